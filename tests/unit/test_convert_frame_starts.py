"""What offset tables, codestreams and the number of frames say together."""

from __future__ import annotations

from array import array

import pytest

from fastsend.convert.frame_starts import decide

ONE, FIRST, BOTH, ALL = [0], [0, 2], [0, 1], [0, 1, 2]


def starts(
    count: int,
    number: int | None,
    table: list[int] | None,
    marked: list[int] | None,
    *,
    certain: bool = True,
) -> list[int] | None:
    arrays = [None if one is None else array("L", one) for one in (table, marked)]
    decided = decide(count, number, *arrays, certain=certain)
    return None if decided is None else list(decided)


@pytest.mark.parametrize(
    ("number", "table", "marked", "expected"),
    [
        # All agree, or what there is.
        (2, FIRST, FIRST, FIRST),
        (2, FIRST, None, FIRST),
        (2, None, FIRST, FIRST),
        (3, None, None, ALL),
        # Two against one.
        (2, ONE, FIRST, FIRST),
        (2, BOTH, FIRST, FIRST),
        (5, FIRST, FIRST, FIRST),
        (None, FIRST, FIRST, FIRST),
        (2, FIRST, ONE, FIRST),
        (3, None, ONE, ALL),
        (5, ALL, None, ALL),
        # Codestreams alone.
        (None, None, FIRST, FIRST),
        (1, None, FIRST, FIRST),
        (9, None, FIRST, FIRST),
        # A table alone.
        (None, FIRST, None, FIRST),
        # One against one, or nothing at all.
        (1, ONE, FIRST, None),
        (None, ONE, FIRST, None),
        (9, BOTH, FIRST, None),
        (9, FIRST, None, None),
        (1, None, None, None),
        (None, None, None, None),
        # A codestream would be dropped.
        (2, BOTH, ALL, None),
    ],
)
def test_three_fragments(
    number: int | None,
    table: list[int] | None,
    marked: list[int] | None,
    expected: list[int] | None,
) -> None:
    assert starts(3, number, table, marked) == expected


@pytest.mark.parametrize(
    ("number", "table", "marked", "expected"),
    [
        (2, FIRST, BOTH, FIRST),
        (2, None, FIRST, FIRST),
        (3, None, ONE, ALL),
        (9, None, ALL, ALL),
        (9, None, FIRST, None),
        (None, FIRST, BOTH, FIRST),
    ],
)
def test_three_fragments_with_an_uncertain_mark(
    number: int | None,
    table: list[int] | None,
    marked: list[int] | None,
    expected: list[int] | None,
) -> None:
    assert starts(3, number, table, marked, certain=False) == expected


@pytest.mark.parametrize("number", [None, 1, 7])
@pytest.mark.parametrize("marked", [None, ONE])
def test_one_fragment_is_one_frame(number: int | None, marked: list[int] | None) -> None:
    assert starts(1, number, None, marked) == ONE
