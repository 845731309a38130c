"""Why an instance was not stored, and what to do."""

import pytest

from fastsend.model.result import Outcome, StoreResult
from fastsend.report.advice import cause_of, outcome_text


def a_result(outcome: Outcome, status: int | None, error: str | None = None) -> StoreResult:
    return StoreResult(
        1, "p", "1.2", "1.3", "1.2.840.10008.1.2", None, 10, 1, 1, outcome, status, 0.1, error
    )


@pytest.mark.parametrize(
    ("status", "reason", "advice"),
    [
        (0xA700, "Refused: OutOfResources (0xa700)", "out of space"),
        (0xA702, "Refused: OutOfResources (0xa702)", "out of space"),
        (0x0122, "Refused: SOPClassNotSupported (0x0122)", "does not store this SOP class"),
        (0x0124, "Refused: NotAuthorized (0x0124)", "-aet"),
        (0x0111, "Error: DuplicateSOPInstance (0x0111)", "already"),
        (0xA900, "Error: DataSetDoesNotMatchSOPClass (0xa900)", "fault with the data set"),
        (0xC123, "Error: CannotUnderstand (0xc123)", "fault with the data set"),
        (0x0213, "Error: ResourceLimitation (0x0213)", "send again later"),
        (0x1234, "Unknown Status: 0x1234", "does not list this status"),
    ],
)
def test_statuses(status: int, reason: str, advice: str) -> None:
    # What the sender says in words is told by the status already.
    cause = cause_of(a_result(Outcome.ANSWERED, status, "the receiver did not store it"))
    assert cause.reason == reason
    assert advice in cause.advice


def test_every_status_has_advice() -> None:
    for status in range(0x10000):
        result = a_result(Outcome.ANSWERED, status)
        assert result.stored or cause_of(result).advice


def test_no_answer_may_be_stored() -> None:
    assert "stored it or not" in cause_of(a_result(Outcome.UNKNOWN, None)).advice
    assert cause_of(a_result(Outcome.UNKNOWN, None, "timeout")).reason == "timeout"


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.PENDING])
def test_not_sent(outcome: Outcome) -> None:
    assert cause_of(a_result(outcome, None)).reason
    assert cause_of(a_result(outcome, None, "no context")).reason == "no context"
    assert cause_of(a_result(outcome, None)).advice


def test_outcome_text() -> None:
    assert outcome_text(a_result(Outcome.ANSWERED, 0)) == "Success (0x0000)"
    assert (
        outcome_text(a_result(Outcome.ANSWERED, 0xB000))
        == "Warning: CoercionOfDataElements (0xb000)"
    )
    assert outcome_text(a_result(Outcome.UNKNOWN, None, "timeout")) == "timeout"
