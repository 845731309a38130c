"""What became of each instance."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Outcome(IntEnum):
    """How far an instance came. The numbers are those of the compiled core (table.h)."""

    PENDING = 0
    """Nothing of it was sent: the run ended before its turn."""
    ANSWERED = 1
    """The peer answered; the status says what."""
    NOT_SENT = 2
    """Nothing of it can have been stored; the error says why."""
    UNKNOWN = 3
    """Sent wholly or in part, and not answered: the peer may or may not have stored it."""


class StatusClass(IntEnum):
    """What a C-STORE status means for the sender (PS3.4 B.2.3, PS3.7 C)."""

    SUCCESS = 0
    WARNING = 1
    REFUSED = 2
    ERROR = 3
    UNKNOWN = 4


def status_class(status: int) -> StatusClass:
    """Return the class of a C-STORE status.

    Parameters
    ----------
    status : int
        The value of (0000,0900), 0 to 0xFFFF.

    Returns
    -------
    StatusClass
        As PS3.4 Table B.2-1 and PS3.7 Annex C list it; a status that they do not list is
        ``UNKNOWN`` and counts as not stored.
    """
    if status == 0x0000:
        return StatusClass.SUCCESS
    if 0xB000 <= status <= 0xBFFF or status in (0x0001, 0x0107, 0x0116):
        return StatusClass.WARNING
    if 0xA700 <= status <= 0xA7FF or status in (0x0112, 0x0122):
        return StatusClass.REFUSED
    if 0xA900 <= status <= 0xA9FF or 0xC000 <= status <= 0xCFFF:
        return StatusClass.ERROR
    return StatusClass.UNKNOWN


_STATUS_TEXT = {
    0x0000: "Success",
    0x0110: "Error: ProcessingFailure",
    0x0111: "Error: DuplicateSOPInstance",
    0x0112: "Refused: NoSuchObjectInstance",
    0x0117: "Error: InvalidObjectInstance",
    0x0122: "Refused: SOPClassNotSupported",
    0x0124: "Refused: NotAuthorized",
    0x0210: "Error: DuplicateInvocation",
    0x0211: "Error: UnrecognizedOperation",
    0x0212: "Error: MistypedArgument",
    0x0213: "Error: ResourceLimitation",
    0xB000: "Warning: CoercionOfDataElements",
    0xB006: "Warning: ElementsDiscarded",
    0xB007: "Warning: DataSetDoesNotMatchSOPClass",
}


def status_text(status: int) -> str:
    """Return the words for a C-STORE status, as DCMTK's report has them where it has any."""
    known = _STATUS_TEXT.get(status)
    if known is not None:
        return known
    high = status & 0xFF00
    if high == 0xA700:
        return "Refused: OutOfResources"
    if high == 0xA900:
        return "Error: DataSetDoesNotMatchSOPClass"
    if status & 0xF000 == 0xC000:
        return "Error: CannotUnderstand"
    return f"Unknown Status: 0x{status:04x}"


class StoreResult(NamedTuple):
    """The record of one instance, in the order of the input list."""

    number: int
    """Position in the input list, from 1."""
    path: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    """The syntax of the file."""
    sent_transfer_syntax_uid: str | None
    """The syntax on the wire; None where nothing was sent."""
    data_set_bytes: int
    """Length of the data set in the file, in bytes."""
    association: int
    """The number of the association, from 1; 0 where none was reached."""
    context_id: int
    """The presentation context that carried it; 0 where none did."""
    outcome: Outcome
    status: int | None
    """(0000,0900) of the response; None where there was none."""
    seconds: float
    """From the first byte of the request to the last of the response."""
    error: str | None
    """Why it was not stored, in words for the user; None where it was."""
    sent_sop_instance_uid: str | None = None
    """The new one of an instance that was compressed with loss on its way (PS3.3 C.7.6.1.1.5), or
    whose identifiers were invented."""
    proposed_context_id: int = 0
    """The first presentation context that was proposed for it; 0 where none was."""
    no_context: bool = False
    """True where it was not sent because no accepted context can carry it."""
    remark: str | None = None
    """What else is to be said of how it was sent, in words for the user; None for most."""

    @property
    def stored(self) -> bool:
        """True where the peer answered with success or a warning."""
        return (
            self.outcome is Outcome.ANSWERED
            and self.status is not None
            and status_class(self.status) <= StatusClass.WARNING
        )
