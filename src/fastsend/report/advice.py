"""Why an instance was not stored, and what the user can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastsend.model.result import Outcome, StatusClass, status_class, status_text

if TYPE_CHECKING:
    from fastsend.model.result import StoreResult


class Cause(NamedTuple):
    """What happened to instances that were not stored, and what to do."""

    reason: str
    advice: str


_ADVICE = {
    0x0111: "The peer says that it has this instance already; compare before sending it anew.",
    0x0122: "The peer does not store this SOP class; its administrator can enable it.",
    0x0124: "The peer does not let this AE title store; have the calling AE title (-aet) entered "
    "there.",
    0x0213: "The peer is short of resources; send again later.",
}
_ADVICE_BY_CLASS = {
    # PS3.4 B.2.3 means lack of space by A7xx; some receivers refuse for other reasons with it.
    StatusClass.REFUSED: "The peer is out of space or refuses for a reason of its own that its "
    "log tells; send again when that is cured.",
    StatusClass.ERROR: "The peer found fault with the data set; its log tells which. Sending it "
    "unchanged will not help.",
    StatusClass.UNKNOWN: "The Standard does not list this status for C-STORE; the log of the peer "
    "may tell more. Count the instance as not stored.",
}
_NO_ANSWER = Cause(
    "No answer came",
    "The peer may have stored it or not; send it again, or look there.",
)
_NOT_SENT = Cause("Not sent", "Nothing of it was stored.")
_PENDING = Cause("Not tried, the run ended before", "Send it again.")


def cause_of(result: StoreResult) -> Cause:
    """Return why an instance that was not stored was not, and what to do.

    The reason is the same text for the same cause, so that it can be counted.
    """
    if result.outcome is Outcome.ANSWERED and result.status is not None:
        status = result.status
        advice = _ADVICE.get(status) or _ADVICE_BY_CLASS.get(status_class(status), "")
        words = status_text(status)
        return Cause(words if f"{status:04x}" in words else f"{words} (0x{status:04x})", advice)
    general = {Outcome.NOT_SENT: _NOT_SENT, Outcome.PENDING: _PENDING}
    cause = general.get(result.outcome, _NO_ANSWER)
    return cause._replace(reason=result.error) if result.error else cause


def outcome_text(result: StoreResult) -> str:
    """Return what became of an instance, stored or not, in a few words."""
    if result.stored and result.status is not None:
        return f"{status_text(result.status)} (0x{result.status:04x})"
    return cause_of(result).reason
