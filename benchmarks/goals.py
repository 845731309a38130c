"""What fastsend wants to show, measured: ``python -m benchmarks --preset goals``."""

from __future__ import annotations

import math
from functools import partial
from subprocess import SubprocessError
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.e2e import data as data_sets
from benchmarks.e2e import limit, startup
from benchmarks.e2e.compare import RECEIVERS, compare, say
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import SENDERS
from benchmarks.e2e.sink import Sink
from benchmarks.measure import CommandFailedError, peak_memory
from benchmarks.report import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from benchmarks.alternate import Timing
    from benchmarks.e2e.compare import Comparison


FAILURES = (CommandFailedError, NotArrivedError, SubprocessError, TimeoutError, RuntimeError)
"""What may go wrong with one case, and does not cost the others."""


class Goal(NamedTuple):
    """One figure and what it should be at least, or at most."""

    work: str
    measure: str
    detail: str
    measured: float
    wanted: float | None = None
    """None: shown for comparison only."""
    sign: str = ">="
    comparison: Comparison | None = None
    """What it comes from; of several goals from one comparison, the first has it."""
    preset: str = ""
    """Which list it is on."""
    timings: dict[str, Timing] | None = None
    """The runs that it comes from, where they are no comparison of senders."""

    @property
    def met(self) -> bool | None:
        """Whether it is as wanted; None where nothing is."""
        if self.wanted is None:
            return None
        return self.measured >= self.wanted if self.sign == ">=" else self.measured <= self.wanted


class Place(NamedTuple):
    """Where things are, and how often to run them."""

    data: Path
    scratch: Path
    runs: int
    patience_seconds: float = math.inf
    """After how long a command is not run again: see `alternate`."""


def detail(timings: Mapping[str, Timing]) -> str:
    """Return the times that a ratio is made of, and how many runs each is of."""
    return ", ".join(
        f"{name} {seconds(timing.wall)} s in {timing.runs}" for name, timing in timings.items()
    )


def _faster(data: str, receiver: str, wanted: float, place: Place) -> list[Goal]:
    found = compare(
        RECEIVERS[receiver],
        data_sets.provide(data, place.data),
        ("fastsend", "dcmsend"),
        place.scratch,
        runs=place.runs,
        patience_seconds=place.patience_seconds,
    )
    if found.failures:
        raise NotArrivedError("; ".join(found.failures))
    ratio = found.times_faster("fastsend", "dcmsend")
    work, times = f"{data} to {receiver}", detail(found.senders)
    return [Goal(work, "times faster than dcmsend", times, ratio, wanted, comparison=found)]


def _of_limit(data: str, wanted: float, place: Place) -> list[Goal]:
    found = limit.measure(data_sets.provide(data, place.data), place.scratch, place.runs)
    fastsend = found[limit.FASTSEND].wall.median
    goals = []
    for name in limit.LIMITS:
        pair = {limit.FASTSEND: found[limit.FASTSEND], name: found[name]}
        share = found[name].wall.median / fastsend
        asked = wanted if name == "push" else None
        goals.append(
            Goal(f"{data} to sink", f"share of {name}", detail(pair), share, asked, timings=pair)
        )
    return goals


def _option(option: str, wanted: float, place: Place) -> list[Goal]:
    found = startup.measure_option(option, place.runs)
    ours, python = found.values()
    ratio = ours.wall.median / python.wall.median
    measure = "times python -c pass"
    return [Goal(f"fastsend {option}", measure, detail(found), ratio, wanted, "<=", timings=found)]


def _one_file(receiver: str, wanted: float, place: Place) -> list[Goal]:
    one = data_sets.provide("one", place.data)
    found = startup.measure_one_file(one, receiver, place.scratch, place.runs)
    ours, python = found.values()
    ratio = ours.wall.median / python.wall.median
    measure = "times import pynetdicom"
    return [
        Goal(f"one file to {receiver}", measure, detail(found), ratio, wanted, "<=", timings=found)
    ]


def _memory(name: str, wanted: float, place: Place) -> list[Goal]:
    """The most of all runs, not the median: a peak that was seen once is a peak."""
    data = data_sets.provide(name, place.data)
    say(f"memory of {name}")
    with Sink(place.scratch) as sink:
        peaks = []
        for _ in range(min(place.runs, 3)):
            sink.prepare()
            peaks.append(peak_memory(SENDERS["fastsend"](data, sink)))
            sink.verify(data)
    private, anonymous, high_water = (max(column) / 1e6 for column in zip(*peaks, strict=True))
    each = ", ".join(f"{peak.private / 1e6:.1f}" for peak in peaks)
    detail = (
        f"runs of {each} MB; anonymous {anonymous:.0f} MB, "
        f"with all shared pages {high_water:.0f} MB"
    )
    measure = "MB of resident private memory"
    return [Goal(f"{name} to sink", measure, detail, private, wanted, "<=")]


GOALS: dict[str, Callable[[Place], list[Goal]]] = {
    "stock": partial(_faster, "ct600", "storescp-stock", 40),
    "orthanc": partial(_faster, "ct600", "orthanc", 8),
    "tuned-ct": partial(_faster, "ct10000", "storescp-tuned", 1.4),
    "tuned-mr": partial(_faster, "mr20000", "storescp-tuned", 1.4),
    "limit-ct": partial(_of_limit, "ct600", 0.8),
    "limit-mr": partial(_of_limit, "mr4000", 0.8),
    "version": partial(_option, "--version", 4),
    "help": partial(_option, "--help", 4),
    "one-file": partial(_one_file, "sink", 1.4),
    "one-file-storescp": partial(_one_file, "storescp-stock", 1.4),
    "memory-instance": partial(_memory, "multiframe", 120),
    "memory-study": partial(_memory, "mr20000", 120),
}
