"""What the statuses of the socket loop mean: sentences for instances, errors for associations."""

from __future__ import annotations

import os

from fastsend._native import wire
from fastsend.errors import (
    AssociationLostError,
    ConnectionLostError,
    DimseTimeoutError,
    FileChangedError,
    NotConvertedError,
    PeerAbortedError,
    PeerProtocolError,
    PeerReleasedError,
    SocketTimeoutError,
)

_ABORT_SOURCE = {0: "the peer's application", 2: "the peer's network service"}
_ABORT_REASON = {  # PS3.8 Table 9-26, for source 2
    1: "unrecognized PDU",
    2: "unexpected PDU",
    4: "unrecognized PDU parameter",
    5: "unexpected PDU parameter",
    6: "invalid PDU parameter value",
}

_ERRORS: dict[int, type[AssociationLostError]] = {
    wire.FILE_CHANGED_SENDING: FileChangedError,
    wire.FILE_READ: FileChangedError,
    wire.NOT_CONVERTED_SENDING: NotConvertedError,
    wire.SOCKET_TIMEOUT: SocketTimeoutError,
    wire.DIMSE_TIMEOUT: DimseTimeoutError,
    wire.CONNECTION_LOST: ConnectionLostError,
    wire.PEER_ABORTED: PeerAbortedError,
    wire.PEER_RELEASED: PeerReleasedError,
}


def failure_text(status: int, detail: int) -> str:
    """Say why an instance was not stored.

    Parameters
    ----------
    status : int
        A status of `fastsend._native.wire` that is neither OK nor STATUS_FAILED.
    detail : int
        The errno, event or value that the loop noted with it.
    """
    match status:
        case wire.FILE_OPEN:
            return f"the file cannot be opened: {os.strerror(detail)}"
        case wire.FILE_CHANGED:
            return "the file changed after it was scanned, and was not sent; send it again"
        case wire.NOT_RECODED:
            return f"its data set cannot be re-encoded for the peer: {wire.recode_text(detail)}"
        case wire.NOT_CONVERTED:
            return "it cannot be converted for the peer"
        case wire.NOT_CONVERTED_SENDING:
            return (
                "it could not be converted to its end, and the association was ended before it was "
                "complete at the peer"
            )
        case wire.FILE_CHANGED_SENDING:
            return (
                "the file changed while it was sent, and the association was ended before it was "
                "complete at the peer; send it again"
            )
        case wire.FILE_READ:
            return f"the file cannot be read: {os.strerror(detail)}"
        case wire.CANCELLED:
            return "the run was interrupted"
        case wire.SOCKET_TIMEOUT:
            return "the connection did not move within the socket timeout (-ts)"
        case wire.DIMSE_TIMEOUT:
            return "no response within the DIMSE timeout (-td)"
        case wire.CONNECTION_LOST:
            reason = os.strerror(detail) if detail else "the peer closed it"
            return f"the connection was lost: {reason}"
        case wire.PEER_ABORTED:
            return "the peer aborted the association"
        case wire.PEER_RELEASED:
            return "the peer ended the association before it had answered"
        case wire.PROTOCOL:
            return f"the peer sent {wire.protocol_text(detail)}"
        case wire.WRONG_MESSAGE_ID:
            return f"the peer answered message {detail}, which it was not asked"
        case wire.WRONG_SOP_INSTANCE:
            return "the peer's answer names another SOP instance"
        case wire.WRONG_CONTEXT:
            return f"the peer answered on presentation context {detail}, not on the one used"
        case wire.PENDING_STATUS:
            return f"the peer answered with 0x{detail:04x}, which is no final status"
        case wire.ANSWERED_EARLY:
            return (
                "the peer answered that it has stored it before it was sent to its end, and the "
                "association was ended"
            )
        case wire.OTHER_FAULT:
            return "no response: the association was ended because of another instance"
        case _:
            return f"unknown cause {status}"


def lost_association(channel: wire.Channel, status: int) -> AssociationLostError:
    """Return the error for an association that ended with `status`, from FIRST_FATAL on."""
    text = failure_text(status, channel.detail)
    if status == wire.PEER_ABORTED:
        source, reason = channel.abort
        text += f" (by {_ABORT_SOURCE.get(source, f'source {source}')}"
        text += f", {_ABORT_REASON[reason]})" if source == 2 and reason in _ABORT_REASON else ")"
    elif status == wire.PROTOCOL:
        text += f", at byte {channel.received_bytes} of its answers"
    return _ERRORS.get(status, PeerProtocolError)(text)
