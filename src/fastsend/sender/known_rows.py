"""The rows of a run as they come, as far as something is known of their kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from fastsend._native.part10 import InstanceTable


def known_rows(
    table: InstanceTable, kinds: Container[int], first: int, rows_behind: Callable[[int], int]
) -> Iterator[tuple[int, memoryview]]:
    """Yield pieces of rows, up to the first of a kind that is not among `kinds`.

    Parameters
    ----------
    table : InstanceTable
        Where they are.
    kinds : container of int
        Those that something is known of.
    first : int
        The first row.
    rows_behind : callable
        Waits until there are rows behind a given one, and returns their end: the given row where
        there are none.

    Yields
    ------
    tuple of int and memoryview
        The first row of a piece, and the kinds of its rows.
    """
    while (end := rows_behind(first)) > first:
        column = table.kind_column(first, end)
        known = next((n for n, kind in enumerate(column) if kind not in kinds), len(column))
        yield first, column[:known]
        if known < len(column):
            return
        first = end
