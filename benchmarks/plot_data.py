"""What each plot shows, taken from the comparisons that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.alternate import Spread, spread_of
from benchmarks.e2e.encoded import CODINGS
from benchmarks.e2e.link import LINKS
from benchmarks.e2e.one_syntax import ImplicitStorescp
from benchmarks.e2e.sink import Sink
from benchmarks.growth import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.alternate import Timing
    from benchmarks.e2e.compare import Comparison

    Lines = dict[str, dict[float, Spread]]
    """By sender, what was measured at each place of the horizontal axis."""

_RATE_SET = "ct600"
_ROUND_TRIPS = tuple(link for link in LINKS.values() if not link.rate)
_NO_LOCAL_RECEIVERS = ("sink-4", "sink-window")
"""Of the plot of rates: on a local link they show what the sink shows."""

_RECEIVER_OF_OPTIONS = {
    "fastsend-8": "sink",
    "dicom-rs-8": "sink",
    "fastsend-window": "sink-window",
}


class Dots(NamedTuple):
    """Rows, and by sender the value of each row that it has one for."""

    rows: list[str]
    senders: dict[str, dict[str, Spread]]


def _per_second(amount: float, timing: Timing) -> Spread:
    return spread_of([amount / wall for wall in timing.wall.values])


def _dots(found: Iterable[tuple[str, Comparison]], amount: Callable[[Comparison], float]) -> Dots:
    rows: dict[str, None] = {}
    senders: dict[str, dict[str, Spread]] = {}
    for row, comparison in found:
        rows[row] = None
        for sender, timing in comparison.senders.items():
            rate = _per_second(amount(comparison), timing)
            senders.setdefault(sender, {})[row] = rate
    return Dots(list(rows), senders)


def rate_by_receiver(comparisons: Iterable[Comparison]) -> Dots:
    """Return megabytes a second of 600 CT by local receiver."""
    found = (
        (one.receiver, one)
        for one in comparisons
        if one.data == _RATE_SET
        and " over " not in one.receiver
        and one.receiver not in _NO_LOCAL_RECEIVERS
        and "fastsend" in one.senders
        and len(one.senders) > 1
    )
    return _dots(found, lambda one: one.bytes / 1e6)


def converted(comparisons: Iterable[Comparison]) -> Dots:
    """Return instances a second by what 2,000 compressed CT were compressed with."""
    texts = {f"ct2000-{name}": coding.text for name, coding in CODINGS.items()}
    found = (
        (texts[one.data], one)
        for one in comparisons
        if one.data in texts and one.receiver == ImplicitStorescp.name
    )
    return _dots(found, lambda one: one.instances)


def by_round_trip(comparisons: Iterable[Comparison]) -> tuple[Lines, list[str]]:
    """Return seconds for 600 CT by link, as its number among them, and what the links are."""
    places = {link.name: place for place, link in enumerate(_ROUND_TRIPS)}
    texts = [
        f"{link.round_trip * 1000:g} ms" if link.round_trip else "local" for link in _ROUND_TRIPS
    ]
    lines: Lines = {}
    for one in comparisons:
        receiver, _, link = one.receiver.partition(" over ")
        # The receivers that long links are measured with; others limit a sender themselves.
        if one.data != _RATE_SET or not receiver.startswith(Sink.name) or receiver == "sink-16k":
            continue
        for sender, timing in one.senders.items():
            if (place := places.get(link or "local")) is not None and _belongs(sender, receiver):
                lines.setdefault(sender, {})[place] = timing.wall
    return {sender: dict(sorted(line.items())) for sender, line in lines.items()}, texts


def _belongs(sender: str, receiver: str) -> bool:
    """Whether a sender is shown with a receiver: each with the one that its options are for."""
    return receiver == _RECEIVER_OF_OPTIONS.get(sender, "sink-4")


def _by_number(
    comparisons: Iterable[Comparison], value: Callable[[Timing], Spread | None]
) -> Lines:
    numbers = {f"small{number}": number for number in NUMBERS}
    lines: Lines = {}
    for one in comparisons:
        if one.data in numbers and one.receiver == Sink.name:
            for sender, timing in one.senders.items():
                spread = value(timing)
                if spread is not None:
                    lines.setdefault(sender, {})[numbers[one.data]] = spread
    return {sender: dict(sorted(line.items())) for sender, line in lines.items()}


def time_by_number(comparisons: Iterable[Comparison]) -> Lines:
    """Return seconds by number of instances."""
    return _by_number(comparisons, lambda timing: timing.wall)


def memory_by_number(comparisons: Iterable[Comparison]) -> Lines:
    """Return megabytes of memory by number of instances."""

    def megabytes(timing: Timing) -> Spread | None:
        if timing.memory is None:
            return None
        return spread_of([value / 1e6 for value in timing.memory.values])

    return _by_number(comparisons, megabytes)
