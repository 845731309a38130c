"""What the associations of a run have done: of those that are over only the sums are kept.

An association has buffers of megabytes, and a run of many proposals has hundreds of associations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastsend.sender.carrier import Carrier, progress_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastsend.sender.crew import Crew


class Tally(NamedTuple):
    """Sums over associations, but where something else is said; times are seconds."""

    associations: int = 0
    instances: int = 0
    """Done with, in one way or another."""
    sent_bytes: int = 0
    """Of data sets."""
    response_seconds: float = 0.0
    sending_seconds: float = 0.0
    limit_seconds: float = 0.0
    reading_seconds: float = 0.0
    scan_seconds: float = 0.0
    peer_window_seconds: float = 0.0
    busy_seconds: float = 0.0
    round_trip_seconds: float = 0.0
    """The least; 0 where it is unknown."""
    release_seconds: float = 0.0
    """The same: what the peer's consent to the end took."""
    delivery_rate: float = 0.0
    """The highest, in bytes a second; 0 where it is unknown."""
    operations: int = 0
    """The most that were outstanding on one."""
    most_at_once: int = 0
    """Associations that sent at the same time, at most."""

    def joined(self, other: Tally) -> Tally:
        """Return the tally of both."""
        sums = map(sum, zip(self[:10], other[:10], strict=True))
        least = (
            min(filter(None, pair), default=0.0)
            for pair in zip(self[10:12], other[10:12], strict=True)
        )
        most = map(max, zip(self[12:], other[12:], strict=True))
        return Tally._make([*sums, *least, *most])


class Tallies:
    """Counts what associations do; groups of them send one after the other.

    `begin` is for the thread of the transfer, the rest for any.
    """

    def __init__(self) -> None:
        # One value, so that others see both before or both after.
        self._state: tuple[Tally, Crew | Carrier | None] = (Tally(), None)

    def begin(self, group: Crew | Carrier) -> None:
        """Take up a group, before it sends; the one before is over."""
        self._state = (self.tally(), group)

    def progress(self) -> tuple[int, int]:
        """Return instances done with and bytes of data sets sent, so far."""
        over, group = self._state
        instances, sent = progress_of(_carriers(group))
        return over.instances + instances, over.sent_bytes + sent

    def tally(self) -> Tally:
        """Return all sums, while nobody sends."""
        over, group = self._state
        for carrier in _carriers(group):
            over = over.joined(_tally_of(carrier))
        most = getattr(group, "most_active", 0)
        return over._replace(most_at_once=max(over.most_at_once, most))


def _carriers(group: Crew | Carrier | None) -> Iterable[Carrier]:
    if group is None:
        return ()
    if isinstance(group, Carrier):
        return (group,)
    # One that ends is for a moment among the active and the ended ones.
    return {*group.carriers()}


def _tally_of(carrier: Carrier) -> Tally:
    channel = carrier.channel
    response, sending, limit, reading, scan = (ns / 1e9 for ns in channel.times)
    round_trip, peer_window, delivery_rate = carrier.path
    return Tally(
        associations=1,
        instances=channel.done_rows,
        sent_bytes=channel.sent_bytes,
        response_seconds=response,
        sending_seconds=sending,
        limit_seconds=limit,
        reading_seconds=reading,
        scan_seconds=scan,
        peer_window_seconds=peer_window,
        busy_seconds=carrier.seconds,
        round_trip_seconds=round_trip,
        release_seconds=carrier.release_seconds,
        delivery_rate=delivery_rate,
        operations=carrier.operations,
        most_at_once=1,
    )
