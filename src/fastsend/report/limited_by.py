"""What limited a run, by where its time went: one or two lines of the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastsend.report.quantity import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.model.pace import Pace

DOMINANT = 0.4
"""The share of the time from which on something limited the run."""
_WORTH_NAMING = 0.1
_RELEASE_SECONDS = 0.008
"""A release may take as much on a busy machine, and where the peer starts to end a process."""


class _Part(NamedTuple):
    """Some of the time of a run."""

    name: str
    seconds: float
    detail: str = ""


def limit_lines(pace: Pace) -> list[str]:
    """Return what limited a run, and how many associations it used and why not more.

    Parameters
    ----------
    pace : Pace
        Where its time went.

    Returns
    -------
    list of str
        No line about what is unknown: nothing was sent or measured, or there was one association
        and nobody wanted more.
    """
    lines = []
    parts = sorted(_parts(pace), key=lambda part: -part.seconds)
    total = max(pace.busy_seconds, sum(part.seconds for part in parts))
    if pace.instances > 0 and total > 0:
        lines.append(_sentence(parts, total))
    if pace.associations > 1 or (pace.associations and pace.reason_for_associations):
        reason = f": {pace.reason_for_associations}" if pace.reason_for_associations else ""
        lines.append(f"{number_of(pace.associations, 'association')} at once{reason}")
    return lines


def _sentence(parts: list[_Part], total: float) -> str:
    limits = [part for part in parts if part.seconds >= DOMINANT * total]
    if limits:
        return f"Limited by {' and '.join(_with_share(part, total) for part in limits)}"
    named = [part for part in parts if part.seconds >= _WORTH_NAMING * total]
    shares = ", ".join(f"{part.name} {part.seconds / total:.0%}" for part in named)
    return f"Limited by nothing alone: {shares} of the time"


def _with_share(part: _Part, total: float) -> str:
    detail = f", {part.detail}" if part.detail else ""
    return f"{part.name}{detail} ({part.seconds / total:.0%} of the time)"


def _parts(pace: Pace) -> Iterator[_Part]:
    yield from _network(pace)
    instances = pace.instances
    yield _Part(
        "conversion (CPU)", pace.conversion_seconds, _each(pace.conversion_seconds, instances)
    )
    yield _Part("the disk", pace.reading_seconds, _each(pace.reading_seconds, instances))
    yield _Part("the scan of the files", pace.scan_seconds)
    yield _Part("--limit", pace.limit_seconds)
    own = pace.busy_seconds - sum(
        (
            pace.response_seconds,
            pace.sending_seconds,
            pace.reading_seconds,
            pace.conversion_seconds,
            pace.scan_seconds,
            pace.limit_seconds,
        )
    )
    yield _Part("fastsend's own work", max(0.0, own), _each(own, instances))


def _network(pace: Pace) -> Iterator[_Part]:
    """Divide the time of waiting for the network between the link and the peer."""
    waiting = pace.response_seconds + pace.sending_seconds
    hidden = _has_hidden_way(pace)
    round_trip = pace.release_seconds if hidden else pace.round_trip_seconds
    # Each request but the outstanding ones waits a round trip for its response, at the least.
    of_all = pace.instances * round_trip / max(1, pace.operations)
    round_trips = min(pace.response_seconds, of_all)
    blocked = max(0.0, pace.sending_seconds - pace.peer_window_seconds)
    wire = min(max(blocked, pace.wire_seconds), waiting - round_trips)
    peer = waiting - round_trips - wire
    link = round_trips + wire
    if round_trips < wire:
        yield _Part("the link", link, "its rate")
    elif hidden:
        # A release takes somewhat longer than a response without work.
        shown = _milliseconds(round_trip * round_trips / of_all if of_all else round_trip)
        yield _Part("the round trip to the peer", link, f"about {shown}")
    else:
        yield _Part("the link", link, f"its round trip of {_milliseconds(round_trip)}")
    # Where the link is unknown, bytes may have been on their way for a part of the time.
    knows_link = pace.wire_seconds > 0 and pace.round_trip_seconds > 0
    knows = knows_link or peer <= pace.peer_window_seconds
    name = "the peer" if knows else "the wait for the peer's responses"
    yield _Part("the peer or the way to it" if hidden else name, peer, _each(peer, pace.instances))


def _has_hidden_way(pace: Pace) -> bool:
    """Return True where the peer is further away than what TCP is connected with."""
    return pace.release_seconds > max(_RELEASE_SECONDS, 4 * pace.round_trip_seconds)


def _each(seconds: float, instances: int) -> str:
    return f"{_milliseconds(seconds / instances)} an instance" if instances > 0 else ""


def _milliseconds(seconds: float) -> str:
    value = seconds * 1e3
    return f"{value:,.0f} ms" if value >= 99.5 else f"{value:.2g} ms"
