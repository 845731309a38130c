"""Time and memory by the number of instances, and by the size of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.e2e import data as data_sets
from benchmarks.e2e.compare import compare, say
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import SENDERS
from benchmarks.e2e.sink import Sink
from benchmarks.goals import Goal, detail
from benchmarks.process_tree import TreeMemory, peak_of_tree

if TYPE_CHECKING:
    from benchmarks.e2e.compare import Comparison
    from benchmarks.goals import Place

NUMBERS = (1_000, 10_000, 20_000, 100_000, 200_000)
SIZES = ("instance-1m", "instance-64m", "multiframe", "instance-1g", "instance-4g")
_SENDERS = ("fastsend", "dcmsend")
_MEMORY_RUNS = 3
MOST_MEGABYTES = 200
_MOST_BYTES_AN_INSTANCE = 200


def _compare(name: str, place: Place) -> Comparison:
    found = compare(
        Sink,
        data_sets.provide(name, place.data),
        _SENDERS,
        place.scratch,
        runs=place.runs,
        patience_seconds=place.patience_seconds,
    )
    if "fastsend" not in found.senders:
        raise NotArrivedError("; ".join(found.failures))
    return found


def _peaks(data_name: str, place: Place) -> list[TreeMemory]:
    """Return what fastsend needs, in runs of their own: so close a look slows them."""
    data = data_sets.provide(data_name, place.data)
    say(f"memory of {data_name}")
    peaks = []
    with Sink(place.scratch) as sink:
        for _ in range(min(place.runs, _MEMORY_RUNS)):
            sink.prepare()
            peaks.append(peak_of_tree(SENDERS["fastsend"](data, sink)))
            sink.verify(data)
    return peaks


def _most_private(peaks: list[TreeMemory]) -> int:
    """Return the most of all runs: a peak that was seen once is a peak."""
    return max(peak.private for peak in peaks)


def of_number(wanted: float, place: Place) -> list[Goal]:
    """Return how time and memory grow between 20,000 and 200,000 instances, and all between.

    Parameters
    ----------
    wanted : float
        How many times as long 200,000 instances may take at most.
    place : Place
        Where, and how often.
    """
    found = {number: _compare(f"small{number}", place) for number in NUMBERS}
    peaks = {number: _peaks(f"small{number}", place) for number in NUMBERS}
    goals = [
        _memory(one, peaks[number], f"{number:,} instances to {one.receiver}")
        for number, one in found.items()
    ]
    less, more = 20_000, 200_000
    ours = {f"{number:,} instances": found[number].senders["fastsend"] for number in (less, more)}
    few, many = (timing.wall.median for timing in ours.values())
    work = f"{more:,} instances to {Sink.name}"
    goals.append(Goal(work, f"times as long as {less:,}", detail(ours), many / few, wanted, "<="))
    least, most = _most_private(peaks[less]), _most_private(peaks[more])
    shown = f"{less:,}: {least / 1e6:.1f} MB, {more:,}: {most / 1e6:.1f} MB"
    slope = (most - least) / (more - less)
    measure = f"bytes of memory for each beyond {less:,}"
    goals.append(Goal(work, measure, shown, slope, _MOST_BYTES_AN_INSTANCE, "<="))
    return goals


def of_instance_size(place: Place) -> list[Goal]:
    """Return what fastsend needs for one instance of 1 MB to 4 GB."""
    found = [_compare(name, place) for name in SIZES]
    return [
        _memory(one, _peaks(one.data, place), f"one instance of {one.bytes / 1e6:,.0f} MB")
        for one in found
    ]


def _memory(found: Comparison, peaks: list[TreeMemory], work: str) -> Goal:
    each = ", ".join(f"{peak.private / 1e6:.1f}" for peak in peaks)
    with_files = max(peak.proportional for peak in peaks) / 1e6
    shown = f"runs of {each} MB, with pages of files {with_files:.0f} MB; {detail(found.senders)}"
    measure, measured = "MB of resident private memory", _most_private(peaks) / 1e6
    return Goal(work, measure, shown, measured, MOST_MEGABYTES, "<=", found)
