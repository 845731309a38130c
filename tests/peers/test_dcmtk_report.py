"""The report (+crf) against that of the real dcmsend: the same runs, text by text."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset

from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES
from fastsend.report.dcmtk_names import (
    dcmtk_class_name,
    dcmtk_transfer_syntax_name,
    sop_class_names,
)
from peers import pdu_bytes
from peers.dcmsend_report import read_report
from peers.programs import require_program
from peers.proposals import SmallFiles
from peers.recording_scp import Close, RecordingSCP, Send, accept_only, refuse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peers.recording_scp import Store

pytestmark = pytest.mark.peer("dcmsend")

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"
PRIVATE = "1.2.826.0.1.3680043.10.999.77"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
MPEG2 = "1.2.840.10008.1.2.4.100"
FIRST_OF_3_7_0 = "1.2.840.10008.5.1.4.1.1.9.1.4"


class Outcome(NamedTuple):
    exit_code: int
    report: str | None
    log: str


@pytest.fixture
def make_file(tmp_path: Path) -> SmallFiles:
    return SmallFiles(tmp_path)


@pytest.fixture
def files(make_file: SmallFiles) -> list[Path]:
    kinds = [(CT, LEI), (MR, LEE), (SEG, BEE), (PRIVATE, LEE), (CT, JPEG_LOSSLESS), (CT, MPEG2)]
    return [make_file(*kind) for kind in kinds]


def both(
    files: list[Path],
    report: Path,
    *options: str,
    make_scp: Callable[[], RecordingSCP] = RecordingSCP,
) -> list[Outcome]:
    """Run dcmsend, then fastsend under its title, with peers that behave the same."""
    outcomes = []
    fastsend = [sys.executable, "-m", "fastsend", "-aet", "DCMSEND"]
    for program in ([str(require_program("dcmsend"))], fastsend):
        with make_scp() as scp:
            target = ["127.0.0.1", str(scp.port), *map(str, files)]
            command = [*program, "-v", *options, "+crf", str(report), *target]
            process = subprocess.run(
                command,
                env={**os.environ, "TCP_NODELAY": "1"},
                capture_output=True,
                timeout=100,
                check=False,
            )
            text = report.read_text() if report.exists() else None
            text = text and text.replace(f":{scp.port}\n", ":PORT\n")
        report.unlink(missing_ok=True)
        outcomes.append(Outcome(process.returncode, text, process.stderr.decode()))
    return outcomes


def compare(outcomes: list[Outcome]) -> str:
    """Check that the reports are the same but for their dates; return the report."""
    texts = [
        re.sub(r"(Current Date/Time  : ).*", r"\1NOW", outcome.report or "no report")
        for outcome in outcomes
    ]
    assert texts[1] == texts[0]
    if outcomes[1].report is not None:
        read_report(outcomes[0].report or "")
        read_report(outcomes[1].report)
    return texts[1]


def answering(*statuses: int) -> Callable[[], RecordingSCP]:
    def make() -> RecordingSCP:
        answers = itertools.cycle(statuses)
        return RecordingSCP(status=lambda _: next(answers))

    return make


@pytest.mark.parametrize(
    "statuses",
    [
        (0,),
        (0xB000, 0xB006, 0xB007, 0xBFFF, 0x0001, 0x0107),
        (0xA700, 0xA7FF, 0xA900, 0xA9FF, 0xC000, 0xCFFF),
        (0x0122, 0x0112, 0x0117, 0x0111, 0x0124, 0x0213),
        (0x0116, 0x1234, 0xFDFF, 0x01FF, 0x0110, 0xD000),
    ],
    ids=lambda statuses: f"{statuses[0]:04x}",
)
def test_statuses(statuses: tuple[int, ...], files: list[Path], tmp_path: Path) -> None:
    outcomes = both(files, tmp_path / "r.txt", make_scp=answering(*statuses))
    report = read_report(compare(outcomes).replace("NOW", "2026-01-01 00:00:00"))
    assert [one["DIMSE Status"][:6] for one in report.instances] == [
        f"0x{status:04x}" for status in (statuses * 6)[:6]
    ]


def test_summary_at_verbose_level(files: list[Path], tmp_path: Path) -> None:
    dcmsend, fastsend = both(files, tmp_path / "r.txt", make_scp=answering(0, 0xA700, 0xC000))
    for outcome in (dcmsend, fastsend):
        assert outcome.report is not None
        lines = outcome.report[outcome.report.index("Status Summary") :].split("\n")
        assert "\n".join(f"I: {line}" for line in lines) in outcome.log


@pytest.mark.parametrize("sop_classes", [(CT,), (MR, SEG), ()], ids=["one", "two", "all"])
def test_refused_classes(sop_classes: tuple[str, ...], files: list[Path], tmp_path: Path) -> None:
    text = compare(
        both(
            files,
            tmp_path / "r.txt",
            "-nh",
            make_scp=lambda: RecordingSCP(accept=refuse(*sop_classes)),
        )
    )
    assert "<no acceptable presentation context>" in text


def test_converted(make_file: SmallFiles, tmp_path: Path) -> None:
    files = [make_file(CT, uid) for uid in (LEE, BEE, LEI, JPEG_LOSSLESS)]
    text = compare(
        both(files, tmp_path / "r.txt", make_scp=lambda: RecordingSCP(accept=accept_only(LEI)))
    )
    assert text.count("Network Xfer  : 1.2.840.10008.1.2 = Little Endian Implicit") == 4


def test_several_associations(make_file: SmallFiles, tmp_path: Path) -> None:
    files = [make_file(f"1.2.840.10008.5.1.4.1.1.77777.{number}", LEE) for number in range(130)]
    text = compare(both(files, tmp_path / "r.txt"))
    assert "Association   : 2\nPres. Context : 3\n" in text
    text = compare(both(files, tmp_path / "r.txt", "-ma"))
    assert text.count("<not sent>") == 2


def test_illegal_proposals(make_file: SmallFiles, tmp_path: Path) -> None:
    files = [make_file(CT, LEE), make_file(CT, JPEG_LOSSLESS), make_file(MR, LEE)]
    text = compare(both(files, tmp_path / "r.txt", "-nip", "-nh", "-dn"))
    assert "Association   : 0\nPres. Context : 0\nNetwork Xfer  : \n" in text


def test_no_report_where_the_run_is_halted(files: list[Path], tmp_path: Path) -> None:
    def aborting() -> RecordingSCP:
        return RecordingSCP(on_store=lambda _: [Send(pdu_bytes.abort()), Close()])

    outcomes = both(files, tmp_path / "r.txt", make_scp=aborting)
    assert compare(outcomes) == "no report"
    assert [outcome.exit_code for outcome in outcomes] == [62, 62]


def test_a_report_where_an_association_was_lost_without_halting(
    files: list[Path], tmp_path: Path
) -> None:
    # dcmsend gives up; fastsend goes on with new associations, so that the last ones arrive.
    def once() -> RecordingSCP:
        first = iter([True])

        def answer(store: Store) -> list[object]:
            if next(first, False):
                return [Send(pdu_bytes.abort()), Close()]
            return [Send(store.response())]

        return RecordingSCP(on_store=answer)

    dcmsend, fastsend = both(files, tmp_path / "r.txt", "-nh", make_scp=once)
    reports = [read_report(one.report or "") for one in (dcmsend, fastsend)]
    assert reports[0].failed == [str(path) for path in files]
    assert reports[1].failed == [str(files[0])]
    assert reports[0].instances[0] == reports[1].instances[0]


def test_a_report_that_cannot_be_written(files: list[Path], tmp_path: Path) -> None:
    outcomes = both(files, tmp_path / "none" / "r.txt")
    assert [outcome.exit_code for outcome in outcomes] == [43, 43]


def test_an_older_report_is_overwritten(files: list[Path], tmp_path: Path) -> None:
    report = tmp_path / "r.txt"
    report.write_text("ancient\n" * 10_000)
    with RecordingSCP() as scp:
        command = [sys.executable, "-m", "fastsend", "+crf", report, "127.0.0.1", str(scp.port)]
        process = subprocess.run([*command, *files], capture_output=True, timeout=100, check=False)
    assert f"W: file '{report}' already exists, overwriting\n" in process.stderr.decode()
    assert "ancient" not in report.read_text()


def names_of_dcmtk(uids: list[str], folder: Path) -> dict[str, str]:
    """Return what dcmdump calls UIDs, "" where it has no name."""
    data_set = Dataset()
    data_set.ReferencedSOPSequence = []
    for uid in uids:
        item = Dataset()
        item.ReferencedSOPClassUID = uid
        data_set.ReferencedSOPSequence.append(item)
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = LEE
    dcmwrite(folder / "uids", data_set, implicit_vr=False, little_endian=True)
    command = [require_program("dcmdump"), "+L", "-M", folder / "uids"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    values = re.findall(r"\(0008,1150\) UI (\S+)", text)
    assert len(values) == len(uids)
    return {
        uid: value[1:] if value.startswith("=") else ""
        for uid, value in zip(uids, values, strict=True)
    }


def test_names_of_all_classes(tmp_path: Path) -> None:
    names = names_of_dcmtk([*sop_class_names()], tmp_path)
    known = {uid: name for uid, name in names.items() if name}
    assert len(known) > 250
    assert {uid: dcmtk_class_name(uid) for uid in known} == known


def test_names_of_all_transfer_syntaxes(make_file: SmallFiles, tmp_path: Path) -> None:
    uids = [uid for uid in TRANSFER_SYNTAXES if uid != "1.2.840.10008.1.2.1.99"]
    files = [make_file(CT, uid) for uid in uids]
    dcmsend, _ = both(files, tmp_path / "r.txt", "-nh", "-nuc")
    report = read_report(dcmsend.report or "")
    named = dict(one["Original Xfer"].split(" = ") for one in report.instances)
    known = {uid: name for uid, name in named.items() if name != "Unknown Transfer Syntax"}
    assert len(known) >= 40
    assert {uid: dcmtk_transfer_syntax_name(uid) for uid in known} == known
