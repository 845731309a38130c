"""What is logged in the words of storescu and dcmsend."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from fastsend import errors
from fastsend.model.options import Compat, SendOptions
from fastsend.model.proposal import PresentationContext
from fastsend.model.report import SendReport
from fastsend.model.result import Outcome, StoreResult
from fastsend.report.dcmtk_console import DcmtkObserver

if TYPE_CHECKING:
    from collections.abc import Callable

CT = "1.2.840.10008.5.1.4.1.1.2"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
SENT = StoreResult(1, "p", CT, "1.3", LEI, LEE, 10, 1, 1, Outcome.ANSWERED, 0, 0.1, None)
LOST = SENT._replace(
    outcome=Outcome.NOT_SENT, context_id=0, status=None, error="no way", no_context=True
)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, "fastsend")

    def lines() -> list[str]:
        found = [f"{one.levelname[0]}: {one.getMessage()}" for one in caplog.records]
        caplog.clear()
        return found

    return lines


def observer(compat: Compat, **changed: object) -> DcmtkObserver:
    options = SendOptions("h", 1, ("f",), compat=compat)._replace(**changed)  # type: ignore[arg-type]
    return DcmtkObserver(options)


def report(*results: StoreResult, **changed: object) -> SendReport:
    counts: dict[tuple[Outcome, int | None], int] = {}
    for one in results:
        counts[one.outcome, one.status] = counts.get((one.outcome, one.status), 0) + 1
    options = SendOptions("h", 1, ("f",))
    made = SendReport(options, "h:1", counts, 10, results, (), 1, 2, 1.0, 0.5)
    return made._replace(**changed)  # type: ignore[arg-type]


def test_a_run_of_storescu(log: Callable[[], list[str]]) -> None:
    told = observer("storescu", scan_directories=True)
    told.warning("ignoring directory because of something")
    told.warning("cannot access file: x, ignoring file")
    told.scanned(2, 20, 0)
    context = PresentationContext(1, CT, (LEE,))
    told.association_opened(1, "PEER", [(context, LEE)])
    told.result(SENT)
    told.result(LOST._replace(error="No presentation context for: (CT) 1.2"))
    told.association_closed(1, "released")
    told.finished(report(SENT, LOST))
    assert log() == [
        "I: determining input files ...",
        "W: ignoring directory because of something",
        "I: checking input files ...",
        "W: cannot access file: x, ignoring file",
        "I: Requesting Association",
        "I: Association Accepted (PEER)",
        "I: Sending file: p",
        "I: Converting transfer syntax: Implicit VR Little Endian -> Explicit VR Little Endian",
        f"I: Sending Store Request ({CT})",
        "I: Received Store Response (Success)",
        "I: Sending file: p",
        "E: No presentation context for: (CT) 1.2",
        "I: Releasing Association",
    ]


def test_a_run_of_dcmsend(log: Callable[[], list[str]]) -> None:
    told = observer("dcmsend")
    told.warning("bad DICOM file: x: reason, ignoring file")
    told.scanned(1, 10, 1)
    told.association_opened(1, "PEER", [(PresentationContext(1, CT, (LEE,)), LEE)])
    told.result(SENT._replace(status=0xA700))
    told.association_closed(1, "released")
    told.association_opened(2, "PEER", [(PresentationContext(1, CT, (LEE,)), None)])
    told.finished(report(SENT._replace(status=0xA700), LOST))
    assert log() == [
        "I: checking input files ...",
        "E: cannot add DICOM file to the transfer list: x: reason",
        "W: bad DICOM file: x: reason, ignoring file",
        "I: starting association #1",
        "I: initializing network ...",
        "I: negotiating network association ...",
        "I: Requesting Association",
        "I: Association Accepted (PEER)",
        "I: sending SOP instances ...",
        "I: Converting transfer syntax: Implicit VR Little Endian -> Explicit VR Little Endian",
        f"I: Sending C-STORE Request ({CT})",
        "I: Received C-STORE Response (Refused: OutOfResources)",
        "I: Releasing Association",
        "I: starting association #2",
        "I: initializing network ...",
        "I: negotiating network association ...",
        "I: Requesting Association",
        "E: No Acceptable Presentation Contexts",
        "E: cannot negotiate network association: No acceptable Presentation Contexts",
        "I: ",
        "I: Status Summary",
        "I: --------------",
        "I: Number of associations   : 1",
        "I: Number of pres. contexts : 2",
        "I: Number of SOP instances  : 2",
        "I: - sent to the peer       : 1",
        "I:   * with status REFUSED  : 1",
        "I: - NOT sent to the peer   : 1",
        "I:   * no acceptable pres.  : 1",
    ]


def test_failures_are_told_at_the_end_where_nothing_is_told_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "fastsend")
    told = observer("storescu")
    assert not told.wants_results
    told.finished(report(SENT, LOST, LOST._replace(outcome=Outcome.PENDING, error="not reached")))
    assert caplog.messages == ["Store Failed, file: p: no way"]


def test_an_interrupted_run(log: Callable[[], list[str]]) -> None:
    told = observer("dcmsend")
    told.finished(report(SENT, interrupted=True, error=errors.InterruptedRunError("why")))
    assert log() == ["E: Interrupted"]


def rejected() -> errors.AssociationRejectedError:
    error = errors.AssociationRejectedError("h:1 rejected it")
    error.codes = (2, 3, 2)
    return error


@pytest.mark.parametrize(
    ("error", "storescu", "dcmsend"),
    [
        (
            errors.ConnectionFailedError("why"),
            ["C: Association Request Failed: why"],
            ["C: cannot negotiate network association: why"],
        ),
        (
            rejected(),
            [
                "C: Association Rejected:",
                "C: Result: Rejected Transient, Source: Service Provider (Presentation Related)",
                "C: Reason: Local Limit Exceeded",
            ],
            ["C: cannot negotiate network association: h:1 rejected it"],
        ),
        (
            errors.HaltedError("why"),
            ["E: Store SCU Failed: why"],
            ["C: cannot send SOP instance: why"],
        ),
        (errors.PeerAbortedError("why"), [], ["C: cannot send SOP instance: why"]),
        (
            errors.PeerReleasedError("why"),
            ["E: Protocol Error: Peer requested release (Aborting)"],
            ["C: cannot send SOP instance: why"],
        ),
        (
            errors.PresentationContextError("why"),
            ["C: why"],
            ["E: cannot add presentation contexts: why"],
        ),
        (errors.NetworkError("why"), ["C: why"], ["C: cannot initialize network: why"]),
        (
            errors.NoInputFilesError("no input files to be sent"),
            ["C: no input files to be sent"],
            ["C: no input files to be processed"],
        ),
        (
            errors.NoValidInputFilesError("why"),
            ["C: why"],
            ["C: no valid input files to be processed"],
        ),
        (
            errors.InvalidInputFileError("bad DICOM file: x: y"),
            ["C: bad DICOM file: x: y"],
            ["E: cannot add DICOM file to the transfer list: x: y", "C: bad DICOM file: x: y"],
        ),
    ],
)
def test_what_ends_a_run(
    log: Callable[[], list[str]],
    error: errors.FastsendError,
    storescu: list[str],
    dcmsend: list[str],
) -> None:
    for compat, lines in (("storescu", storescu), ("dcmsend", dcmsend)):
        observer(compat).failed(error)  # type: ignore[arg-type]
        assert [line for line in log() if "checking input files" not in line] == lines


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("released", "I: Releasing Association"),
        ("aborted", "I: Aborting Association"),
        ("aborted by the peer", "I: Peer Aborted Association"),
        ("lost", "I: Peer Aborted Association"),
    ],
)
def test_how_an_association_ends(log: Callable[[], list[str]], how: str, line: str) -> None:
    observer("storescu").association_closed(1, how)
    assert log() == [line]
