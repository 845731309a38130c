"""Where the time of a transfer went, from what its channels counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.pace import Pace

if TYPE_CHECKING:
    from fastsend.sender.transfer import Transfer


def pace_of(transfer: Transfer) -> Pace | None:
    """Return the pace of a transfer that is over; None where nothing was sent."""
    tally = transfer.tallies.tally()
    if not tally.instances:
        return None
    rate = tally.delivery_rate
    return Pace(
        instances=tally.instances,
        response_seconds=tally.response_seconds,
        round_trip_seconds=tally.round_trip_seconds,
        sending_seconds=tally.sending_seconds,
        peer_window_seconds=min(tally.sending_seconds, tally.peer_window_seconds),
        reading_seconds=tally.reading_seconds,
        conversion_seconds=transfer.conversion_seconds,
        scan_seconds=tally.scan_seconds,
        limit_seconds=tally.limit_seconds,
        busy_seconds=tally.busy_seconds,
        associations=tally.most_at_once,
        reason_for_associations=transfer.growth.reason,
        operations=tally.operations,
        wire_seconds=tally.sent_bytes / rate if rate else 0.0,
        release_seconds=tally.release_seconds,
    )
