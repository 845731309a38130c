"""Alternating runs of commands, and what is made of their times."""

from __future__ import annotations

import math
import time
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
    """What one run gave; None for what was not measured."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, of all processes of the command."""
    memory: float | None = None
    """Bytes: the peak of the memory of all its processes that is no file's, over samples."""
    high_water: float | None = None
    """Bytes: what its largest process had resident, shared pages included, exactly."""
    receiver_cpu: float | None = None
    """Seconds, of all processes of the receiver, meanwhile."""


class Timing(NamedTuple):
    """All runs of one command in a comparison, as in `Sample`; the values are in their order."""

    wall: Spread
    cpu: Spread
    memory: Spread | None = None
    high_water: Spread | None = None
    receiver_cpu: Spread | None = None

    @property
    def runs(self) -> int:
        """How many were measured."""
        return len(self.wall.values)


def timing_of(samples: Sequence[Sample]) -> Timing:
    """Return the spreads of what every one of the samples has."""
    wall, cpu, *others = zip(*samples, strict=True)
    spreads = (None if None in column else spread_of(column) for column in others)
    return Timing(spread_of(wall), spread_of(cpu), *spreads)


def alternate(
    runs: int,
    warm_ups: int,
    actions: Mapping[str, Callable[[], Sample | None]],
    patience_seconds: float = math.inf,
) -> dict[str, Timing]:
    """Run A B C, A B C, ... so that a slow minute of the machine hits all alike.

    The first `warm_ups` rounds fill the page cache and are thrown away. An action that gives
    None is left out of that round, and one that never gave a sample out of the result. One that
    has taken more than `patience_seconds` in all is not run again, and where that was before its
    first measured round, its last warm-up counts: what takes minutes is not decided by a cache.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in actions}
    spent = dict.fromkeys(actions, 0.0)
    for round_number in range(warm_ups + runs):
        for name, action in actions.items():
            if spent[name] > patience_seconds:
                continue
            start = time.monotonic()
            sample = action()
            spent[name] += time.monotonic() - start
            if sample is None:
                continue
            if round_number >= warm_ups:
                samples[name].append(sample)
            elif spent[name] > patience_seconds:
                samples[name] = [sample]
    return {name: timing_of(taken) for name, taken in samples.items() if taken}
