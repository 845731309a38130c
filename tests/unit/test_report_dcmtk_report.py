"""The report of dcmsend. What the real one writes for the same runs: tests/peers."""

import os
from pathlib import Path

import pytest

from fastsend import errors
from fastsend.model.options import SendOptions
from fastsend.model.report import SendReport
from fastsend.model.result import Outcome, StoreResult
from fastsend.report.dcmtk_report import (
    check_report_file,
    dcmtk_status_text,
    has_report,
    report_text,
    status_summary,
    write_report,
)

OPTIONS = SendOptions("pacs", 104, ("f",))
RESULT = StoreResult(
    1, "/a/1.dcm", "1.2.840.10008.5.1.4.1.1.2", "1.2.3.1", "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1", 1000, 1, 3, Outcome.ANSWERED, 0xB000, 0.0015, None, None, 3,
)  # fmt: skip
NO_CONTEXT = RESULT._replace(
    number=2, path="/a/2.dcm", sent_transfer_syntax_uid=None, context_id=0,
    outcome=Outcome.NOT_SENT, status=None, no_context=True, proposed_context_id=5,
)  # fmt: skip
PENDING = NO_CONTEXT._replace(
    number=3, path="/a/3.dcm", outcome=Outcome.PENDING, no_context=False, association=0,
    proposed_context_id=0,
)  # fmt: skip

TEXT = """\
Detailed Report on the Transfer of Instances
============================================

Communication Peer : pacs:104
AE Titles used     : FASTSEND -> ANY-SCP
Current Date/Time  : 2026-02-03 04:05:06


Number        : 1
Filename      : /a/1.dcm
SOP Instance  : 1.2.3.1
SOP Class     : 1.2.840.10008.5.1.4.1.1.2 = CTImageStorage
Original Xfer : 1.2.840.10008.1.2 = Little Endian Implicit
Dataset Size  : 1000 bytes
Association   : 1
Pres. Context : 3
Network Xfer  : 1.2.840.10008.1.2.1 = Little Endian Explicit
DIMSE Status  : 0xb000 (Warning: CoercionOfDataElements)

Number        : 2
Filename      : /a/2.dcm
SOP Instance  : 1.2.3.1
SOP Class     : 1.2.840.10008.5.1.4.1.1.2 = CTImageStorage
Original Xfer : 1.2.840.10008.1.2 = Little Endian Implicit
Dataset Size  : 1000 bytes
Association   : 1
Pres. Context : 5
Network Xfer  : 1.2.840.10008.1.2 = Little Endian Implicit
DIMSE Status  : <no acceptable presentation context>

Number        : 3
Filename      : /a/3.dcm
SOP Instance  : 1.2.3.1
SOP Class     : 1.2.840.10008.5.1.4.1.1.2 = CTImageStorage
Original Xfer : 1.2.840.10008.1.2 = Little Endian Implicit
Dataset Size  : 0 bytes
Association   : 0
Pres. Context : 0
Network Xfer  : 
DIMSE Status  : <not sent>


Status Summary
--------------
Number of associations   : 1
Number of pres. contexts : 3
Number of SOP instances  : 3
- sent to the peer       : 1
  * with status WARNING  : 1
- NOT sent to the peer   : 2
  * no acceptable pres.  : 1"""  # noqa: W291 - as dcmsend writes it


def a_report(*results: StoreResult, **changed: object) -> SendReport:
    counts: dict[tuple[Outcome, int | None], int] = {}
    for result in results:
        counts[result.outcome, result.status] = counts.get((result.outcome, result.status), 0) + 1
    report = SendReport(OPTIONS, "pacs:104", counts, 1000, results, (), 1, 3, 0.5, 0.25)
    return report._replace(accepted_contexts=(2,))._replace(**changed)  # type: ignore[arg-type]


def text_of(report: SendReport) -> str:
    return "".join(report_text(report, "2026-02-03 04:05:06"))


def test_text() -> None:
    assert text_of(a_report(RESULT, NO_CONTEXT, PENDING)) == TEXT


def test_nothing_accepted_at_all() -> None:
    text = text_of(a_report(NO_CONTEXT, accepted_contexts=(0,)))
    assert (
        "Dataset Size  : 0 bytes\nAssociation   : 0\nPres. Context : 5\nNetwork Xfer  : \n" in text
    )


def test_nothing_proposed() -> None:
    text = text_of(a_report(NO_CONTEXT._replace(association=2, proposed_context_id=0)))
    assert "Association   : 0\nPres. Context : 0\nNetwork Xfer  : \n" in text
    assert "  * no acceptable pres.  : 1" in text


def test_sent_and_not_answered() -> None:
    text = text_of(a_report(RESULT._replace(outcome=Outcome.UNKNOWN, status=None)))
    assert "Association   : 1\nPres. Context : 3\nNetwork Xfer  : 1.2.840.10008.1.2.1" in text
    assert "DIMSE Status  : <not sent>\n" in text


def test_a_name_cannot_forge_lines() -> None:
    name = "x\nDIMSE Status  : 0x0000 (Success)\r\x85\u2028\u2029y\u202e"
    text = text_of(a_report(RESULT._replace(path=name)))
    (line,) = [line for line in text.splitlines() if line.startswith("Filename")]
    assert line == (
        "Filename      : x\\nDIMSE Status  : 0x0000 (Success)\\r\\x85\\u2028\\u2029y\u202e"
    )


@pytest.mark.parametrize(
    ("statuses", "line"),
    [
        ((0, 0), "  * with status SUCCESS  : 2"),
        ((0xB000, 0xB123, 0x0001, 0x0107, 0x0116), "  * with status WARNING  : 5"),
        ((0xA900, 0xC000, 0xCFFF), "  * with status ERROR    : 3"),
        ((0xA700, 0xA7FF, 0x0122), "  * with status REFUSED  : 3"),
        ((0x0112, 0x0111, 0xA800, 0x0124), "  * with unknown status  : 4"),
    ],
)
def test_classes_of_statuses(statuses: tuple[int, ...], line: str) -> None:
    lines = status_summary(a_report(*(RESULT._replace(status=status) for status in statuses)))
    assert lines[5:] == [f"- sent to the peer       : {len(statuses)}", line]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0x0000, "Success"),
        (0x0122, "Refused: SOPClassNotSupported"),
        (0xA7C3, "Refused: OutOfResources"),
        (0xA9C3, "Error: DataSetDoesNotMatchSOPClass"),
        (0xC123, "Error: CannotUnderstand"),
        (0xB006, "Warning: ElementsDiscarded"),
        (0xB123, "Unknown Status: 0xb123"),
        (0x0112, "Unknown Status: 0x112"),
        (0x0111, "Unknown Status: 0x111"),
        (0x0001, "Unknown Status: 0x1"),
    ],
)
def test_status_texts(status: int, text: str) -> None:
    assert dcmtk_status_text(status) == text


LOST = errors.PeerAbortedError("lost")


@pytest.mark.parametrize(
    ("halt", "error", "interrupted", "written"),
    [
        (True, None, False, True),
        (True, LOST, False, False),
        (False, LOST, False, True),
        (False, errors.NegotiationError("rejected"), False, False),
        (False, errors.InterruptedRunError(""), True, False),
        (False, None, True, False),
    ],
)
def test_when_there_is_a_report(
    halt: bool, error: errors.FastsendError | None, interrupted: bool, written: bool
) -> None:
    options = OPTIONS._replace(halt=halt)
    report = a_report(RESULT, options=options, error=error, interrupted=interrupted)
    assert has_report(report) is written


def test_records_are_made_one_after_the_other() -> None:
    made: list[int] = []

    class Many(tuple[StoreResult]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            for number in range(1000):
                made.append(number)
                yield RESULT

    pieces = report_text(a_report(RESULT, results=Many()), "now")
    next(pieces)
    next(pieces)
    assert made == [0]


def test_written_as_bytes_of_file_names(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    write_report(
        a_report(RESULT._replace(path=os.fsdecode(b"/a/\xff\xc3\xa4"))), str(path), date="x"
    )
    assert b"Filename      : /a/\xff\xc3\xa4\n" in path.read_bytes()


@pytest.mark.parametrize("name", ["none/report.txt", "."])
def test_a_file_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    path = str(tmp_path / name)
    with pytest.raises(errors.ReportFileError, match=r"cannot write the report \(\+crf\) to .*: "):
        check_report_file(path)
    with pytest.raises(errors.ReportFileError) as caught:
        write_report(a_report(RESULT), path)
    assert caught.value.exit_code == 43


def test_a_full_disk() -> None:
    check_report_file("/dev/full")
    with pytest.raises(errors.ReportFileError, match="No space left on device"):
        write_report(a_report(RESULT), "/dev/full")


def test_checking_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    check_report_file(str(path))
    assert not path.exists()
    path.write_text("old")
    check_report_file(str(path))
    assert path.read_text() == "old"
