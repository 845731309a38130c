"""The command as users run it, against real receivers and scripted ones.

`peers.fastsend_command` checks of every run that its output holds no traceback, no escape sequence
and no word of the patient.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest

from peers import pdu_bytes
from peers.fastsend_command import Command, run
from peers.recording_scp import (
    Close,
    Interrupt,
    RecordingSCP,
    Reset,
    Send,
    Stall,
    accept_only,
    refuse,
)
from peers.stored_instance import by_instance_uid
from peers.study import CT, EXPLICIT, MR, PATIENT_NAME, RLE, Study, element, encode_meta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from peers.fastsend_command import Finished
    from peers.orthanc import Orthanc
    from peers.scp_records import Store
    from peers.storescp import StoreSCP

LOOPBACK = "127.0.0.1"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    folder = tmp_path / "study"
    folder.mkdir()
    return Study(folder)


def counts(finished: Finished) -> dict[str, int]:
    """Return the table of the summary."""
    rows = re.findall(r"^(\S.*?|  \* .*?)  +([\d,]+)$", finished.stdout, re.MULTILINE)
    return {label.strip(): int(number.replace(",", "")) for label, number in rows}


def arrived(scp: RecordingSCP) -> dict[str, str]:
    """Return the hashes of the complete data sets by SOP Instance UID."""
    stores = [store for one in scp.associations for store in one.stores]
    return {store.sop_instance_uid: store.data_set_sha256 for store in stores}


# ---- real receivers


@pytest.mark.peer
@pytest.mark.parametrize("level", [(), ("-v",), ("-v", "+v"), ("-q",)])
def test_to_storescp(
    level: tuple[str, ...], study: Study, storescp: Callable[..., StoreSCP]
) -> None:
    for number in range(5):
        study.add(sop_class=(CT, MR)[number % 2], pixel_bytes=40_000 * number)
    scp = storescp("+xa", "+B")
    finished = run(*level, "-aec", scp.ae_title, LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    received = by_instance_uid(scp.received())
    assert {uid: one.data_set for uid, one in received.items()} == study.data_sets
    if level == ("-q",):
        assert (finished.stdout, finished.stderr) == ("", "")
        return
    assert finished.headline == f"Stored all 5 instances at {LOOPBACK}:{scp.port}"
    assert counts(finished)["- stored"] == 5
    # One line for each instance, none where it is not asked for.
    assert len(re.findall(r"Success \(0x0000\), \d+ bytes", finished.stderr)) == 5 * bool(level)
    assert ("Proposed Transfer Syntax" in finished.stderr) == ("+v" in level)
    assert bool(finished.stderr) == bool(level)


@pytest.mark.peer
def test_to_orthanc(study: Study, orthanc: Callable[..., Orthanc]) -> None:
    for number in range(5):
        study.add(sop_class=(CT, MR)[number % 2])
    # Orthanc stores nothing without a patient, a study and a series.
    uid = b"1.2.826.0.1.3680043.10.999.4"
    bare = element(8, 0x16, b"UI", CT.encode()) + element(8, 0x18, b"UI", uid)
    scp = orthanc({"DicomCheckCalledAet": True})
    target = (LOOPBACK, str(scp.port))
    finished = run("-v", "-aec", "ORTHANC", *target, study.folder)
    assert finished.exit_code == 0, finished
    assert {one.sop_instance_uid for one in scp.received()} == set(study.data_sets)
    (study.folder / "bare.dcm").write_bytes(encode_meta(CT, uid.decode(), EXPLICIT) + bare)
    finished = run("-v", "-aec", "ORTHANC", *target, study.folder)
    assert finished.exit_code == 66, finished
    assert finished.headline.startswith("Stored 5 of 6 instances")
    assert counts(finished)["- stored"] == 5
    assert counts(finished)["- refused"] + counts(finished).get("- failed", 0) == 1
    assert "bare.dcm" in finished.stdout
    finished = run("-aec", "NOBODY", *target, study.folder)
    assert finished.exit_code == 61, finished
    assert "-aec" in finished.stderr


@pytest.mark.peer
@pytest.mark.parametrize(
    ("option", "exit_code", "reported"),
    [
        ("--refuse", 61, "rejected the association"),
        ("--abort-after", 62, "the peer aborted the association"),
        ("--abort-during", 62, "the peer aborted the association"),
    ],
)
def test_storescp_that_misbehaves(
    option: str, exit_code: int, reported: str, study: Study, storescp: Callable[..., StoreSCP]
) -> None:
    for _ in range(3):
        study.add(pixel_bytes=200_000)
    scp = storescp("+xa", option)
    finished = run(LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == exit_code, finished
    assert reported in finished.stderr
    assert finished.headline.startswith("Ended early: stored 0 of 3 instances")
    assert counts(finished)["- stored"] == 0


@pytest.mark.peer
def test_two_thousand_files(study: Study, storescp: Callable[..., StoreSCP]) -> None:
    for number in range(2000):
        study.add(f"{number // 250}/{number:04}", pixel_bytes=number)
    scp = storescp("+xa", "+B")
    finished = run(LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    assert counts(finished)["* 0x0000 Success"] == 2000
    received = by_instance_uid(scp.received())
    assert {uid: one.data_set for uid, one in received.items()} == {
        uid: data + b"\0" * (len(data) % 2) for uid, data in study.data_sets.items()
    }


# ---- exit codes


def test_everything_stored_is_0(study: Study) -> None:
    for _ in range(4):
        study.add()
    statuses = {1: 0, 2: 0xB000, 3: 0xB007, 4: 0x0107}
    with RecordingSCP(status=lambda store: statuses[store.number]) as scp:
        finished = run(LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    assert counts(finished)["- stored"] == 4
    assert arrived(scp) == study.digests()


@pytest.mark.parametrize(
    "arguments", [["127.0.0.1"], ["-xyz"], ["--no-such-option", "h", "104", "f"]]
)
def test_a_wrong_command_line_is_1(arguments: list[str]) -> None:
    finished = run(*arguments)
    assert (finished.exit_code, finished.stdout) == (1, "")
    assert finished.stderr.startswith("error: ")


@pytest.mark.parametrize(
    ("exit_code", "options", "names"),
    [
        (21, (), ["empty"]),
        (22, (), ["missing.dcm"]),
        (22, (), ["text"]),
        (22, (), ["cut.dcm", "good.dcm"]),
        (22, (), ["good.dcm", "text"]),
        (23, ("-nh",), ["text", "missing.dcm"]),
        (23, ("-nh",), ["cut.dcm"]),
        (23, (), ["rubbish"]),
    ],
)
def test_input_that_allows_no_run(
    exit_code: int, options: tuple[str, ...], names: list[str], study: Study
) -> None:
    folder = study.folder
    study.add("good.dcm")
    (folder / "empty").mkdir()
    (folder / "rubbish").mkdir()
    (folder / "rubbish" / "text").write_text("no DICOM")
    (folder / "text").write_text("no DICOM")
    (folder / "cut.dcm").write_bytes((folder / "good.dcm").read_bytes()[:-1])
    with RecordingSCP() as scp:
        finished = run(*options, LOOPBACK, str(scp.port), *(folder / name for name in names))
    assert finished.exit_code == exit_code, finished
    assert finished.stdout == ""
    assert finished.stderr.startswith("E: ")
    assert scp.associations == []


def test_nobody_listens_is_61(study: Study) -> None:
    study.add()
    with socket.socket() as unused:
        unused.bind((LOOPBACK, 0))
        finished = run(LOOPBACK, str(unused.getsockname()[1]), study.folder)
    assert finished.exit_code == 61, finished
    assert "connection refused" in finished.stderr


@pytest.mark.parametrize(
    "ending", [[Send(pdu_bytes.abort())], [Close()], [Reset()], [Send(b"HTTP/1.1 400")]]
)
def test_a_lost_association_is_62(ending: list[Any], study: Study) -> None:
    for _ in range(5):
        study.add()

    def on_store(store: Store) -> list[Any]:
        return ending if store.number == 3 else [Send(store.response())]

    with RecordingSCP(on_store=on_store, strict=False) as scp:
        finished = run(LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 62, finished
    assert finished.headline.startswith("Ended early: stored 2 of 5 instances")
    table = counts(finished)
    assert (table["- stored"], table["- no answer, stored or not"], table["- not tried"]) == (
        2,
        1,
        2,
    )


def test_some_not_stored_is_66(study: Study) -> None:
    for number in range(6):
        study.add(sop_class=CT if number % 2 else MR)
    statuses = {1: 0, 2: 0xA700, 3: 0xC123}
    with RecordingSCP(accept=refuse(MR), status=lambda store: statuses[store.number]) as scp:
        finished = run(LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 66, finished
    table = counts(finished)
    assert {name: table[name] for name in ("- stored", "- refused", "- failed", "- not sent")} == {
        "- stored": 1,
        "- refused": 1,
        "- failed": 1,
        "- not sent": 3,
    }
    for path in (study.paths[n] for n in (0, 2, 3, 4, 5)):
        assert str(path) in finished.stdout


# ---- the end by a signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("gap", [None, 0.01, 0.1])
def test_a_signal_while_the_peer_is_silent(
    number: signal.Signals, gap: float | None, study: Study
) -> None:
    # With a gap: a second one, for the user who cannot wait.
    for _ in range(6):
        study.add()

    def on_store(store: Store) -> list[Any]:
        return [Stall()] if store.number == 3 else [Send(store.response())]

    with RecordingSCP(on_store=on_store) as scp:
        command = Command(LOOPBACK, str(scp.port), study.folder)
        scp.wait_until(lambda: bool(scp.associations) and len(scp.associations[0].stores) == 3)
        command.signal(number)
        pressed = time.monotonic()
        if gap is not None:
            time.sleep(gap)
            command.signal(number)
        finished = command.finish()
        seconds = time.monotonic() - pressed
        (association,) = scp.finished(1)
    assert finished.exit_code == 130, finished
    assert seconds < 2
    if gap is None:
        # About a second is what a user waits. The report is true, the peer is told.
        assert association.ended == "aborted"
        assert finished.headline.startswith("Interrupted: stored 2 of 6 instances")
        table = counts(finished)
        assert table["- stored"] == 2
        assert table["- no answer, stored or not"] == 1
        assert table["- not tried"] == 3
    else:
        assert association.ended in ("aborted", "eof", "reset")
        assert finished.stdout == "" or "stored 2 of 6" in finished.headline


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("reads_on", [True, False])
def test_a_signal_in_the_middle_of_an_instance(
    number: signal.Signals, reads_on: bool, study: Study
) -> None:
    study.add()
    study.add(pixel_bytes=40 << 20)
    study.add()
    stalled, signalled = threading.Event(), threading.Event()

    def actions() -> Iterator[Any]:
        stalled.set()
        if not reads_on:
            yield Stall()
        signalled.wait(30)

    with RecordingSCP(interrupt=Interrupt(1 << 20, actions())) as scp:
        command = Command(LOOPBACK, str(scp.port), study.folder)
        assert stalled.wait(30)
        command.signal(number)
        pressed = time.monotonic()
        signalled.set()
        finished = command.finish()
        seconds = time.monotonic() - pressed
        (association,) = scp.finished(1)
    assert seconds < 2.5
    assert finished.exit_code == 130, finished
    # Where the peer reads on, the PDU is completed and the abort stands behind it. Otherwise
    # there is room for an abort only where the stream happens to stop between two PDUs.
    assert association.ended in (("aborted",) if reads_on else ("aborted", "reset"))
    assert [len(one.stores) for one in scp.associations] == [1]
    assert finished.headline.startswith("Interrupted: stored 1 of 3 instances")
    table = counts(finished)
    assert (table["- stored"], table["- not sent"], table["- not tried"]) == (1, 1, 1)


# ---- output that goes nowhere


def test_a_reader_that_went_away(study: Study) -> None:
    study.add()
    reader, writer = os.pipe()
    os.close(reader)
    with RecordingSCP() as scp:
        command = Command("-v", LOOPBACK, str(scp.port), study.folder, stdout=writer)
        os.close(writer)
        finished = command.finish()
    assert finished.exit_code == 0, finished
    assert "E: " not in finished.stderr
    assert arrived(scp) == study.digests()


@pytest.mark.parametrize(
    ("redirection", "level", "exit_code"),
    [
        (">&-", "-v", 0),
        (">&- 2>&-", "-v", 0),
        (">&- 2>&-", "-q", 0),
        ("2>/dev/full", "-v", 0),
        (">/dev/full", "-v", 40),
        (">/dev/full", "-q", 0),
    ],
)
def test_output_that_cannot_be_written(
    redirection: str, level: str, exit_code: int, study: Study
) -> None:
    study.add()
    with RecordingSCP() as scp:
        shell = ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh"]
        finished = run(level, LOOPBACK, str(scp.port), study.folder, prefix=shell)
    assert finished.exit_code == exit_code, finished
    assert arrived(scp) == study.digests()


# ---- what is sent


def test_no_halt_goes_on(study: Study) -> None:
    uids = [study.add(), study.add(transfer_syntax=RLE), study.add(), study.add()]
    cut = study.folder / "cut.dcm"
    cut.write_bytes(study.paths[0].read_bytes()[:-1])
    missing = study.folder / "missing.dcm"
    dropped: list[str] = []

    def on_store(store: Store) -> list[Any]:
        if store.sop_instance_uid == uids[2] and not dropped:
            dropped.append(store.sop_instance_uid)
            return [Reset()]
        return [Send(store.response())]

    paths = [cut, study.paths[0], missing, *study.paths[1:]]
    with RecordingSCP(accept=accept_only(EXPLICIT), on_store=on_store) as scp:
        finished = run("-nh", LOOPBACK, str(scp.port), *paths)
        scp.finished(2)
    assert finished.exit_code == 66, finished
    sent = [store.sop_instance_uid for one in scp.associations for store in one.stores]
    assert sent == [uids[0], uids[2], uids[3]]
    table = counts(finished)
    labels = ("Instances", "- stored", "- not sent", "- no answer, stored or not", "Skipped files")
    assert [table[label] for label in labels] == [4, 2, 1, 1, 2]
    for path in (cut, missing, study.paths[1], study.paths[2]):
        assert str(path) in finished.stdout


@pytest.mark.peer
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"a.dcm", "b.img", "1/c.dcm", "1/2/d.dcm", ".hidden/e.dcm"}),
        (("-r",), {"a.dcm", "b.img"}),
        (("+sd",), {"a.dcm", "b.img"}),
        (("+sd", "+r"), {"a.dcm", "b.img", "1/c.dcm", "1/2/d.dcm", ".hidden/e.dcm"}),
        (("+sd", "+r", "+sp", "*.dcm"), {"a.dcm", "1/c.dcm", "1/2/d.dcm", ".hidden/e.dcm"}),
        (("+sd", "+sp", "b*"), {"b.img"}),
        (("+sd", "+r", "-r", "+sp", "?.*"), {"a.dcm", "b.img"}),
    ],
)
def test_directories(
    options: tuple[str, ...],
    expected: set[str],
    study: Study,
    storescp: Callable[..., StoreSCP],
) -> None:
    names = ["a.dcm", "b.img", "1/c.dcm", "1/2/d.dcm", ".hidden/e.dcm"]
    uids = {study.add(name): name for name in names}
    (study.folder / "1" / "text.dcm").write_text("no DICOM")
    (study.folder / "1" / "loop").symlink_to(study.folder)
    scp = storescp("+xa", "+B")
    finished = run(*options, LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    received = by_instance_uid(scp.received())
    assert {uids[uid] for uid in received} == expected
    for uid, instance in received.items():
        assert instance.data_set == study.data_sets[uid]
    assert counts(finished)["- stored"] == len(expected)


ODD_NAMES = [
    b"line\nI: stored",
    b"\x1b[2Jclear\x1b]0;title\x07",
    b"\xff\xfe latin \xe9",
    b"back\rspace\x08\x7f",
    "\u202egnp.exe \u200b\N{BOM}".encode(),
    b"-v",
    b"@file",
    b" blank ",
    b"%s%n\\",
    b"x" * 255,
]


def test_odd_file_names(study: Study) -> None:
    for name in ODD_NAMES:
        study.add(name)
    with RecordingSCP() as scp:
        finished = run("-v", LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    assert arrived(scp) == study.digests()
    # Once more, so that all of them are named in the report; the last ones cannot be sent at all.
    for path in study.paths[::2]:
        path.write_bytes(path.read_bytes()[:-1])
    arguments = [os.fsencode(path) for path in study.paths]
    with RecordingSCP(status=0xA700) as scp:
        finished = run("-nh", "-v", LOOPBACK, str(scp.port), *arguments)
    assert finished.exit_code == 66, finished
    assert len(arrived(scp)) == 5
    text = finished.stdout + finished.stderr
    # One line for each file, and nothing that a terminal obeys.
    assert "\\nI: stored" in text
    assert "\\x1b[2Jclear" in text
    assert "\\xff\\xfe latin \\xe9" in text
    assert all(line.isprintable() for line in text.split("\n"))


def assert_little_memory(finished: Finished) -> None:
    if not finished.peak_resident_bytes:
        pytest.skip("this system does not tell what a process needs")
    # Pages that it shares with others are counted, too: its private memory is less.
    assert finished.peak_resident_bytes < 120 << 20


def test_one_huge_instance_takes_little_memory(study: Study) -> None:
    pixel_bytes = 300 << 20
    uid = "1.2.826.0.1.3680043.10.999.9"
    head = encode_meta(CT, uid, EXPLICIT)
    identity = element(8, 0x16, b"UI", CT.encode()) + element(8, 0x18, b"UI", uid.encode())
    pixel_head = struct.pack("<HH2s2xL", 0x7FE0, 0x10, b"OW", pixel_bytes)
    path = study.folder / "huge.dcm"
    with path.open("wb") as file:
        file.write(head + identity + pixel_head)
        file.truncate(file.tell() + pixel_bytes)  # zeros that take no room on the disk
    expected = hashlib.sha256(identity + pixel_head)
    for _ in range(300):
        expected.update(bytes(1 << 20))
    with RecordingSCP(max_pdu_length=131072) as scp:
        finished = run(LOOPBACK, str(scp.port), path)
    assert finished.exit_code == 0, finished
    assert arrived(scp) == {uid: expected.hexdigest()}
    assert_little_memory(finished)


def test_twenty_thousand_instances_take_little_memory(study: Study) -> None:
    study.add("0", pixel_bytes=10)
    for number in range(1, 4000):
        os.link(study.paths[0], study.folder / str(number))
    with RecordingSCP() as scp:
        finished = run("-v", LOOPBACK, str(scp.port), *[study.folder] * 5)
    assert finished.exit_code == 0, finished
    assert sum(len(one.stores) for one in scp.associations) == 20_000
    assert_little_memory(finished)


# ---- the demonstration, and patients


def test_demo() -> None:
    finished = run("--demo")
    assert finished.exit_code == 0, finished
    assert finished.stderr == ""
    lines = finished.stdout.splitlines()
    assert re.fullmatch(
        r"A Storage SCP listens on 127\.0\.0\.1:\d+; sending \d+ images\.", lines[0]
    )
    verified = [line for line in lines if line.endswith("arrived byte for byte")]
    assert len(verified) == counts(finished)["Instances"] == counts(finished)["- stored"] > 5
    for words in ("RLE Lossless", "JPEG-LS", "JPEG 2000", "Deflated", "Implicit VR"):
        assert any(words in line for line in verified)
    assert "NOT" not in finished.stdout
    assert "fastsend -aec" in finished.stdout


@pytest.mark.parametrize("levels", [(), ("-v", "+v"), ("-d",)])
def test_what_the_peer_says_of_a_patient_is_not_repeated(
    levels: tuple[str, ...], study: Study
) -> None:
    study.add()

    def on_store(store: Store) -> list[Any]:
        elements = {
            0x0002: store.command[0x0002],
            0x0100: struct.pack("<H", pdu_bytes.C_STORE_RSP),
            0x0120: store.command[0x0110],
            0x0800: struct.pack("<H", pdu_bytes.NO_DATA_SET),
            0x0900: struct.pack("<H", 0xC000),
            0x0902: b"no such patient: " + PATIENT_NAME,  # Error Comment
            0x1000: store.command[0x1000],
        }
        answer = pdu_bytes.encode_command_set(elements)
        return [Send(pdu_bytes.p_data(store.context_id, 3, answer))]

    with RecordingSCP(on_store=on_store) as scp:
        finished = run(*levels, LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 66, finished
    # It is what one debugs with.
    assert (PATIENT_NAME.decode() in finished.stderr) == ("-d" in levels)
