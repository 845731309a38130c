"""Where the time of a transfer went, from what its channels counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.pace import Pace

if TYPE_CHECKING:
    from fastsend.sender.transfer import Transfer


def pace_of(transfer: Transfer) -> Pace | None:
    """Return the pace of a transfer that is over; None where nothing was sent."""
    carriers = transfer.carriers()
    instances, sent = transfer.progress()
    if not carriers or not instances:
        return None
    times = [[ns / 1e9 for ns in carrier.channel.times] for carrier in carriers]
    round_trips = [carrier.path[0] for carrier in carriers if carrier.path[0]]
    delivery_rate = max(carrier.path[2] for carrier in carriers)
    responses, sending, limit, files, rows = map(sum, zip(*times, strict=True))
    return Pace(
        instances=instances,
        response_seconds=responses,
        round_trip_seconds=min(round_trips, default=0.0),
        sending_seconds=sending,
        peer_window_seconds=min(sending, sum(carrier.path[1] for carrier in carriers)),
        reading_seconds=files,
        conversion_seconds=transfer.conversion_seconds,
        scan_seconds=rows,
        limit_seconds=limit,
        busy_seconds=sum(carrier.seconds for carrier in carriers),
        associations=transfer.most_associations(),
        reason_for_associations=transfer.growth.reason,
        operations=max(carrier.operations for carrier in carriers),
        wire_seconds=sent / delivery_rate if delivery_rate else 0.0,
    )
