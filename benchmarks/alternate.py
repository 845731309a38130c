"""Alternating runs of commands, and what is made of their times."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Spread(NamedTuple):
    """A median with the least and the most, in the unit of the values."""

    median: float
    least: float
    most: float
    values: tuple[float, ...]


def spread_of(values: Sequence[float]) -> Spread:
    """Return median, least and most of the values, which are kept in their order."""
    return Spread(median(values), min(values), max(values), tuple(values))


class Sample(NamedTuple):
    """What one run gave, in seconds."""

    wall: float
    cpu: float


class Timing(NamedTuple):
    """All runs of one command in a comparison."""

    wall: Spread
    cpu: Spread


def alternate(
    runs: int, warm_ups: int, actions: Mapping[str, Callable[[], Sample | None]]
) -> dict[str, Timing]:
    """Run A B C, A B C, ... so that a slow minute of the machine hits all alike.

    The first `warm_ups` rounds fill the page cache and are thrown away. An action that gives
    None is left out of that round, and one that never gave a sample out of the result.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in actions}
    for round_number in range(warm_ups + runs):
        for name, action in actions.items():
            sample = action()
            if sample is not None and round_number >= warm_ups:
                samples[name].append(sample)
    return {
        name: Timing(spread_of([s.wall for s in taken]), spread_of([s.cpu for s in taken]))
        for name, taken in samples.items()
        if taken
    }
