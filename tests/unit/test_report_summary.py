"""The summary at the end of a run."""

import re
from collections import Counter
from typing import NamedTuple

import pytest

from fastsend.errors import PeerAbortedError
from fastsend.model.options import SendOptions
from fastsend.model.pace import Pace
from fastsend.model.report import SendReport
from fastsend.model.result import Outcome, StoreResult
from fastsend.report.summary import summary_lines


class Skipped(NamedTuple):
    path: str
    reason: str
    named: bool = False
    is_dicom: bool = False


def a_report(*outcomes: tuple[Outcome, int | None, str | None], **changed: object) -> SendReport:
    results = [
        StoreResult(
            number, f"dir/file{number}", "1.2", f"1.3.{number}", "1.2.840.10008.1.2", None, 10,
            1, 1, outcome, status, 0.1, error,
        )
        for number, (outcome, status, error) in enumerate(outcomes, start=1)
    ]  # fmt: skip
    counts = Counter((outcome, status) for outcome, status, _ in outcomes)
    options = SendOptions("pacs", 104, ("dir",))
    report = SendReport(
        options, "pacs:104", counts, 250_000_000, results, (), 1, 3, seconds=2.0,
        transfer_seconds=0.5,
    )  # fmt: skip
    return report._replace(**changed)  # type: ignore[arg-type]


STORED = (Outcome.ANSWERED, 0x0000, None)
REFUSED = (Outcome.ANSWERED, 0xA700, None)


def rows(lines: list[str]) -> dict[str, int]:
    found = (re.fullmatch(r"(.*\S) +([\d,]+)", line) for line in lines[2:])
    return {match[1].strip(): int(match[2].replace(",", "")) for match in found if match}


def test_all_is_well() -> None:
    lines = summary_lines(a_report(*[STORED] * 600))
    assert lines[0] == "Stored all 600 instances at pacs:104"
    # 250 MB and 600 instances in 0.5 s
    assert lines[1] == "250.0 MB in 2.00 s; transfer 500.0 ms, 500.0 MB/s, 1,200 instances/s"
    assert rows(lines) == {
        "Instances": 600,
        "- stored": 600,
        "* 0x0000 Success": 600,
        "Associations": 1,
        "Presentation contexts": 3,
    }


def test_pace() -> None:
    pace = Pace(
        instances=1000,
        response_seconds=1.0,
        round_trip_seconds=1e-4,
        sending_seconds=0.0,
        peer_window_seconds=0.0,
        reading_seconds=0.1,
        conversion_seconds=0.0,
        scan_seconds=0.0,
        limit_seconds=0.0,
        busy_seconds=2.0,
        associations=2,
        reason_for_associations="another was rejected",
        wire_seconds=0.1,
    )
    lines = summary_lines(a_report(*[STORED] * 1000, pace=pace))
    assert lines[2:5] == [
        (
            "Limited by fastsend's own work, 0.9 ms an instance (45% of the time) and "
            "the peer, 0.8 ms an instance (40% of the time)"
        ),
        "2 associations at once: another was rejected",
        "",
    ]
    assert rows(lines[3:])["Instances"] == 1000


def test_one_instance() -> None:
    assert summary_lines(a_report(STORED))[0] == "Stored 1 of 1 instance at pacs:104"


def test_everything_at_once() -> None:
    report = a_report(
        STORED,
        STORED,
        (Outcome.ANSWERED, 0xB000, None),
        (Outcome.ANSWERED, 0xB006, None),
        REFUSED,
        (Outcome.ANSWERED, 0x0122, None),
        (Outcome.ANSWERED, 0xC000, None),
        (Outcome.ANSWERED, 0x4321, None),
        (Outcome.UNKNOWN, None, "no answer in time"),
        (Outcome.NOT_SENT, None, "the file changed"),
        (Outcome.PENDING, None, None),
        skipped=[Skipped("a", "not DICOM")],
        error=PeerAbortedError("x"),
    )
    lines = summary_lines(report)
    assert lines[0] == "Ended early: stored 4 of 11 instances at pacs:104"
    assert rows(lines[: lines.index("", 3)]) == {
        "Instances": 11,
        "- stored": 4,
        "* 0x0000 Success": 2,
        "* 0xb000 Warning: CoercionOfDataElements": 1,
        "* 0xb006 Warning: ElementsDiscarded": 1,
        "- refused": 2,
        "* 0x0122 Refused: SOPClassNotSupported": 1,
        "* 0xa700 Refused: OutOfResources": 1,
        "- failed": 1,
        "* 0xc000 Error: CannotUnderstand": 1,
        "- unknown status": 1,
        "* 0x4321 Unknown Status: 0x4321": 1,
        "- no answer, stored or not": 1,
        "- not sent": 1,
        "- not tried": 1,
        "Skipped files": 1,
        "Associations": 1,
        "Presentation contexts": 3,
    }


def test_failures_say_what_which_and_what_to_do() -> None:
    lines = summary_lines(a_report(STORED, REFUSED, (Outcome.NOT_SENT, None, "the file changed")))
    at = lines.index("Refused: OutOfResources (0xa700): 1 instance")
    assert "send again" in lines[at + 1]
    assert lines[at + 2] == "    dir/file2 (1.3.2)"
    at = lines.index("The file changed: 1 instance")
    assert lines[at + 2] == "    dir/file3 (1.3.3)"


def test_twenty_failures_are_named() -> None:
    report = a_report(*[REFUSED] * 25)
    lines = summary_lines(report)
    assert sum(line.startswith("    dir/") for line in lines) == 20
    assert "    and 5 more (-v names all)" in lines
    every = summary_lines(report, every=True)
    assert sum(line.startswith("    dir/") for line in every) == 25
    assert not any("more" in line for line in every)


def test_each_cause_names_a_file() -> None:
    lines = summary_lines(a_report(*[REFUSED] * 30, (Outcome.UNKNOWN, None, "timeout")))
    assert "    dir/file31 (1.3.31)" in lines
    assert "    and 10 more (-v names all)" in lines


def test_skipped_files_are_grouped() -> None:
    skipped = [Skipped(f"n{i}", "not DICOM") for i in range(7)] + [Skipped("b", "cut off")]
    lines = summary_lines(a_report(STORED, skipped=skipped))
    at = lines.index("Skipped, not DICOM: 7 files")
    assert lines[at + 1 : at + 7] == [
        "    n0", "    n1", "    n2", "    n3", "    n4", "    and 2 more (-v names all)",
    ]  # fmt: skip
    assert "Skipped, cut off: 1 file" in lines
    assert "    n6" in summary_lines(a_report(STORED, skipped=skipped), every=True)


def test_interrupted() -> None:
    lines = summary_lines(a_report(STORED, (Outcome.PENDING, None, None), interrupted=True))
    assert lines[0] == "Interrupted: stored 1 of 2 instances at pacs:104"


def test_a_run_that_ended_before_its_scan() -> None:
    report = a_report(STORED, STORED, interrupted=True)
    assert summary_lines(report)[0] == "Interrupted: stored all 2 instances at pacs:104"
    # How many there are nobody knows then.
    report = report._replace(scan_complete=False)
    wanted = "Interrupted: stored 2 of 2 instances found until then at pacs:104"
    assert summary_lines(report)[0] == wanted


def test_nothing_stored_has_no_speed() -> None:
    lines = summary_lines(a_report(REFUSED))
    assert lines[:2] == ["Stored 0 of 1 instance at pacs:104", ""]


def test_no_time_at_all() -> None:
    lines = summary_lines(a_report(STORED, seconds=0.0, transfer_seconds=0.0))
    assert lines[1].endswith("0.0 MB/s, 0 instances/s")


def test_colour_is_asked_for() -> None:
    good = summary_lines(a_report(STORED), colour=True)
    bad = summary_lines(a_report(REFUSED), colour=True)
    assert good[0].startswith("\x1b[1;32m")
    assert good[0].endswith("\x1b[0m")
    assert bad[0].startswith("\x1b[1;31m")
    assert not any("\x1b" in line for line in good[1:] + bad[1:])


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\nStored all", "\u202e", "\x9b"])
def test_hostile_text_is_escaped(hostile: str) -> None:
    report = a_report((Outcome.NOT_SENT, None, hostile), peer=f"pacs{hostile}:104")
    result = report.results[0]._replace(path=hostile, sop_instance_uid=hostile)
    report = report._replace(results=[result], skipped=[Skipped(hostile, hostile)])
    assert all(line.isprintable() for line in summary_lines(report))


def test_records_are_not_made_where_all_is_stored() -> None:
    class Untouchable(list):  # type: ignore[type-arg]
        def __iter__(self):  # type: ignore[no-untyped-def]
            raise AssertionError("records were made")

    report = a_report(STORED)
    assert summary_lines(report._replace(results=Untouchable()), every=True)
