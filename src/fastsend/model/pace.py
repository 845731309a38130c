"""Where the time of a transfer went, and how many associations took part in it."""

from __future__ import annotations

from typing import NamedTuple


class Pace(NamedTuple):
    """Seconds of a transfer, each summed over all associations; none is counted twice.

    `round_trip_seconds` and `release_seconds` are no sums, `peer_window_seconds` is part of
    `sending_seconds`, and `wire_seconds` is an estimate beside the others. What `busy_seconds` has
    beyond the others is fastsend's own work.
    """

    instances: int
    """That were sent."""
    response_seconds: float
    """Waiting for responses with nothing left to send."""
    round_trip_seconds: float
    """The smallest round trip that TCP measured; 0 where that is unknown."""
    sending_seconds: float
    """Blocked in sending: what was sent before was still in the buffers."""
    peer_window_seconds: float
    """Of these, with the receive window of the peer closed: it did not read."""
    reading_seconds: float
    """Opening and reading files."""
    conversion_seconds: float
    """Waiting for an instance to be converted."""
    scan_seconds: float
    """Waiting for the scan to find the next instance."""
    limit_seconds: float
    """Held back by ``--limit``."""
    busy_seconds: float
    """All of the time."""
    associations: int
    """The most that sent at the same time."""
    reason_for_associations: str | None = None
    """Why it were no more, in words; None where nobody asked for more."""
    operations: int = 1
    """How many requests were outstanding on each association (PS3.7 D.3.3.3)."""
    wire_seconds: float = 0.0
    """What the bytes took on the link at the highest rate at which TCP saw them delivered; 0 where
    that is unknown. The rest of a short request leaves while its response is waited for already,
    which is neither sending nor the peer's time."""
    release_seconds: float = 0.0
    """The shortest time that the peer took to agree to the end of an association: a round trip of
    the Upper Layer, and next to no work (PS3.8 7.2). 0 where none did. Something that passes the
    connection on, as a proxy or a tunnel, hides the way behind it from TCP, and not from this."""


def taken_at_once(associations: int, reason: str) -> str:
    """Return what is said where the peer does not take as many associations as were wanted.

    Parameters
    ----------
    associations : int
        How many there are.
    reason : str
        What became of the next one: `NegotiationError.brief`, or words like it.
    """
    return f"the peer took {associations} association{'s' * (associations != 1)} at once: {reason}"
