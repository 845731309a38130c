"""The exit code and the counts of a report."""

from typing import NamedTuple

import pytest

from fastsend.errors import (
    ConnectionLostError,
    FastsendError,
    HaltedError,
    InterruptedRunError,
    InvalidInputFileError,
    NegotiationError,
    PeerAbortedError,
    PeerReleasedError,
)
from fastsend.model.options import SendOptions
from fastsend.model.report import (
    SendReport,
    error_exit_code,
    exit_code,
    instance_count,
    not_stored,
    stored_count,
)
from fastsend.model.result import Outcome, StoreResult

STORED = (Outcome.ANSWERED, 0)


class Skipped(NamedTuple):
    path: str = "x"
    reason: str = "y"
    named: bool = False
    is_dicom: bool = False


def a_report(counts: dict[tuple[Outcome, int | None], int], **changed: object) -> SendReport:
    results = [
        StoreResult(
            number, "p", "1.2", "1.3", "1.2.840.10008.1.2", None, 10, 1, 1, outcome, status, 0.1,
            None,
        )
        for number, (outcome, status) in enumerate(
            key for key, times in counts.items() for _ in range(times)
        )
    ]  # fmt: skip
    options = SendOptions("pacs", 104, ("dir",))
    report = SendReport(options, "pacs:104", counts, 10, results, (), 1, 1, 1.0, 0.5)
    return report._replace(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [0x0000, 0xB000, 0xB006, 0xB007, 0x0001, 0x0107, 0x0116])
def test_success_and_warning_are_stored(status: int) -> None:
    assert exit_code(a_report({(Outcome.ANSWERED, status): 3})) == 0


@pytest.mark.parametrize("status", [0xA700, 0xA900, 0xC000, 0x0122, 0x0111, 0x0112, 0x1234, 0xFF00])
def test_one_that_is_not_stored_shows(status: int) -> None:
    assert exit_code(a_report({STORED: 999, (Outcome.ANSWERED, status): 1})) == 66


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.NOT_SENT, Outcome.UNKNOWN])
def test_one_without_an_answer_shows(outcome: Outcome) -> None:
    assert exit_code(a_report({STORED: 999, (outcome, None): 1})) == 66


@pytest.mark.parametrize(
    ("skipped", "code"),
    [
        (Skipped(), 0),
        (Skipped(named=True), 66),
        (Skipped(is_dicom=True), 66),
        (Skipped(named=True, is_dicom=True), 66),
    ],
)
def test_skipped_files(skipped: Skipped, code: int) -> None:
    assert exit_code(a_report({STORED: 1}, skipped=(Skipped(), skipped))) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [(NegotiationError("x"), 61), (PeerAbortedError("x"), 62), (InterruptedRunError("x"), 130)],
)
def test_an_early_end_has_its_own_code(error: FastsendError, code: int) -> None:
    assert exit_code(a_report({(Outcome.PENDING, None): 1}, error=error)) == code


def test_interruption_goes_first() -> None:
    report = a_report({STORED: 1}, error=PeerAbortedError("x"), interrupted=True)
    assert exit_code(report) == 130


def test_counts() -> None:
    report = a_report({STORED: 3, (Outcome.ANSWERED, 0xB000): 2, (Outcome.UNKNOWN, None): 4})
    assert instance_count(report) == 9
    assert stored_count(report) == 5
    assert [result.number for result in not_stored(report)] == [5, 6, 7, 8]


def test_records_are_made_only_until_all_failures_are_found() -> None:
    made = []

    class Lazy(list):  # type: ignore[type-arg]
        def __iter__(self):  # type: ignore[no-untyped-def]
            for index in range(len(self)):
                made.append(index)
                yield self[index]

    report = a_report({(Outcome.UNKNOWN, None): 1, STORED: 100})
    assert len(list(not_stored(report._replace(results=Lazy(report.results))))) == 1
    assert len(made) == 1


REFUSED = (Outcome.ANSWERED, 0xA700)


@pytest.mark.parametrize(
    ("counts", "error", "storescu", "storescu_on", "dcmsend"),
    [
        ({STORED: 3}, None, 0, 0, 0),
        ({(Outcome.ANSWERED, 0xB000): 1}, None, 0, 0, 0),
        ({STORED: 1, REFUSED: 1, (Outcome.PENDING, None): 1}, None, 0xA7, 0, 0),
        ({(Outcome.ANSWERED, 0xC123): 1}, None, 0xC1, 0, 0),
        ({(Outcome.ANSWERED, 0x0122): 1}, None, 1, 0, 0),
        ({STORED: 1, (Outcome.NOT_SENT, None): 1}, None, 0, 0, 0),
        ({STORED: 1}, NegotiationError("x"), 1, 1, 61),
        ({STORED: 1}, HaltedError("x"), 1, 1, 62),
        ({STORED: 1}, PeerAbortedError("x"), 10, 1, 62),
        ({STORED: 1}, PeerReleasedError("x"), 10, 1, 62),
        ({STORED: 1}, ConnectionLostError("x"), 10, 1, 62),
    ],
)
def test_exit_codes_of_dcmtk(
    counts: dict[tuple[Outcome, int | None], int],
    error: FastsendError | None,
    storescu: int,
    storescu_on: int,
    dcmsend: int,
) -> None:
    plain = a_report(counts, error=error, skipped=(Skipped(named=True),))

    def code(**options: object) -> int:
        return exit_code(plain._replace(options=plain.options._replace(**options)))  # type: ignore[arg-type]

    assert code(compat="storescu") == storescu
    assert code(compat="storescu", halt=False) == storescu_on
    assert code(compat="dcmsend") == dcmsend


def test_exit_codes_before_there_is_a_report() -> None:
    error = InvalidInputFileError("x")
    assert error_exit_code(error, "storescu") == 1
    assert error_exit_code(error, "dcmsend") == error_exit_code(error, None) == 22
    assert error_exit_code(InterruptedRunError("x"), "storescu") == 130
