"""Instances that cannot be converted, and runs that end while some are: the others arrive."""

from __future__ import annotations

import os
import re
import signal
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from peers.corpus import PROJECT
from peers.fastsend_command import Command, run
from peers.image_files import ImageLayout, encode_image, rle_of, write_image
from peers.recording_scp import Close, Interrupt, RecordingSCP, Send, Stall, accept_only, pdu_bytes
from peers.study import EXPLICIT, IMPLICIT, RLE

if TYPE_CHECKING:
    from peers.scp_records import Store

LOOPBACK = "127.0.0.1"
JPEG_BASELINE, JPEG_LOSSLESS, JPEG_LS = (f"1.2.840.10008.1.2.4.{n}" for n in (50, 70, 80))
CRASHES = sorted((PROJECT.parent / "shared" / "corpus" / "codec-crash").glob("*.*.*"))
SYNTAX_OF_CODEC = {
    "jpeg8": JPEG_BASELINE,
    "jpegls": JPEG_LS,
    "pyjpegls": JPEG_LS,
    "pylj-libjpeg": JPEG_LOSSLESS,
    "jpegsof3": JPEG_LOSSLESS,
    "ljpeg": JPEG_LOSSLESS,
}
SMALL = ImageLayout()
LARGE = ImageLayout(rows=512, columns=512)


def uid_of(number: int) -> str:
    return f"1.2.826.0.1.3680043.10.999.4.{number}"


def pixels_of(number: int, layout: ImageLayout = SMALL) -> bytes:
    """Native samples of 12 bits that differ from instance to instance."""
    count = layout.rows * layout.columns
    return struct.pack(f"<{count}H", *((number * 37 + i) % 4096 for i in range(count)))


def add_good(folder: Path, number: int) -> bytes:
    """Write an RLE instance; return what its native pixels are."""
    pixels = pixels_of(number)
    data_set = encode_image(uid_of(number), SMALL, codestreams=[rle_of(pixels)])
    write_image(folder / f"{number:04}.dcm", data_set, uid_of(number), RLE)
    return pixels


def pixels_arrived(store: Store) -> bytes:
    """What follows the head of Pixel Data, in Implicit VR the last element (PS3.5 7.1.3)."""
    assert store.data_set is not None
    head = struct.pack("<HH", 0x7FE0, 0x10)
    at = store.data_set.index(head)
    (length,) = struct.unpack_from("<L", store.data_set, at + 4)
    assert at + 8 + length == len(store.data_set)
    return store.data_set[at + 8 :]


def check_good(scp: RecordingSCP, expected: dict[str, bytes]) -> None:
    arrived = {store.sop_instance_uid: store for one in scp.associations for store in one.stores}
    assert arrived.keys() == expected.keys()
    for uid, pixels in expected.items():
        assert pixels_arrived(arrived[uid]) == pixels


def frame_size(codestream: bytes) -> tuple[int, int]:
    """Rows and columns as the frame header has them, so that nothing but the codec stops it."""
    for at in range(len(codestream) - 9):
        if codestream[at] == 0xFF and codestream[at + 1] in {0xC0, 0xC1, 0xC2, 0xC3, 0xF7}:
            rows, columns = struct.unpack_from(">HH", codestream, at + 5)
            if 0 < rows * columns <= 1 << 22:
                return rows, columns
    return 512, 512


def told_of(uid: str, log: str) -> list[str]:
    """The warnings about an instance."""
    return re.findall(rf"^W: Instance .* {re.escape(uid)}: (.*)$", log, re.MULTILINE)


@pytest.mark.peer
@pytest.mark.skipif(not CRASHES, reason="the corpus is not beside the project")
@pytest.mark.timeout(600)
def test_codestreams_that_crash_codecs_cost_one_instance_each(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    good, bad = {}, set()
    for number, path in enumerate(CRASHES):
        codestream = path.read_bytes()
        rows, columns = frame_size(codestream)
        layout = ImageLayout(rows, columns, 8, 8)
        data_set = encode_image(uid_of(2 * number), layout, codestreams=[codestream])
        syntax = SYNTAX_OF_CODEC[path.name.partition(".")[0]]
        write_image(folder / f"{2 * number:04}.dcm", data_set, uid_of(2 * number), syntax)
        bad.add(uid_of(2 * number))
        good[uid_of(2 * number + 1)] = add_good(folder, 2 * number + 1)
    with RecordingSCP(accept=accept_only(IMPLICIT), keep_data=True) as scp:
        finished = run("-v", "+dly", LOOPBACK, str(scp.port), folder, timeout=500)
        # A decoder that makes something of a broken codestream did not crash: that may arrive.
        lenient = {store.sop_instance_uid for one in scp.associations for store in one.stores} & bad
        for one in scp.associations:
            one.stores[:] = [s for s in one.stores if s.sop_instance_uid not in bad]
        check_good(scp, good)
    assert len(lenient) < len(bad) / 2
    assert finished.exit_code == 66, finished
    for uid in bad - lenient:
        (line,) = re.findall(
            rf"^W: Instance .* {re.escape(uid)}: (.*)$", finished.stderr, re.MULTILINE
        )
        assert "a frame cannot be converted" in line or "Pixel Data" in line


@pytest.mark.peer
@pytest.mark.parametrize("halt", [True, False])
def test_broken_instances_in_a_study(tmp_path: Path, halt: bool) -> None:
    folder = tmp_path / "study"
    good = {uid_of(number): add_good(folder, number) for number in (0, 2, 4, 6)}
    broken = {
        1: encode_image(uid_of(1), SMALL, codestreams=[b"no RLE at all!" * 8]),
        3: encode_image(uid_of(3), SMALL._replace(rows=0), codestreams=[rle_of(pixels_of(3))]),
        5: encode_image(uid_of(5), SMALL, codestreams=[rle_of(pixels_of(5))], frames=2),
    }
    for number, data_set in broken.items():
        write_image(folder / f"{number:04}.dcm", data_set, uid_of(number), RLE)
    with RecordingSCP(accept=accept_only(IMPLICIT), keep_data=True) as scp:
        finished = run("-v", *([] if halt else ["-nh"]), LOOPBACK, str(scp.port), folder)
        check_good(scp, good)
        assert [one.ended for one in scp.associations] == ["released"]
    assert finished.exit_code == 66
    assert "Rows is 0" in finished.stderr
    assert len(re.findall("^W: instance [246] is not sent", finished.stderr, re.MULTILINE)) == 3


def add_large(folder: Path, number: int, frames: int, broken_frame: int | None = None) -> bytes:
    """Write a multi-frame RLE instance; return its native pixels."""
    natives = [pixels_of(number + frame, LARGE) for frame in range(4)]
    codestreams = [rle_of(native) for native in natives]
    chosen = [codestreams[frame % 4] for frame in range(frames)]
    if broken_frame is not None:
        chosen[broken_frame] = struct.pack("<L", 99) + chosen[broken_frame][4:]
    data_set = encode_image(uid_of(number), LARGE, codestreams=chosen, frames=frames)
    write_image(folder / f"{number:04}.dcm", data_set, uid_of(number), RLE)
    return b"".join(natives[frame % 4] for frame in range(frames))


@pytest.mark.peer
def test_many_frames_stream_through(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    expected = {uid_of(1): add_large(folder, 1, 120), uid_of(2): add_good(folder, 2)}
    with RecordingSCP(accept=accept_only(IMPLICIT), keep_data=True) as scp:
        finished = run(LOOPBACK, str(scp.port), folder)
        check_good(scp, expected)
    assert finished.exit_code == 0, finished


@pytest.mark.peer
def test_a_frame_that_breaks_in_the_middle_of_many(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    good = {uid_of(0): add_good(folder, 0)}
    add_large(folder, 1, 120, broken_frame=110)
    good[uid_of(2)] = add_good(folder, 2)
    with RecordingSCP(accept=accept_only(IMPLICIT), keep_data=True) as scp:
        finished = run("-v", LOOPBACK, str(scp.port), folder)
        check_good(scp, good)
        assert [one.ended for one in scp.associations] == ["aborted", "released"]
    assert finished.exit_code == 66, finished
    (line,) = re.findall(
        rf"^W: Instance .* {re.escape(uid_of(1))}: (.*)$", finished.stderr, re.MULTILINE
    )
    assert "a frame cannot be converted" in line


@pytest.mark.peer
def test_a_file_that_changes_while_it_is_converted(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    add_large(folder, 1, 400)
    good = {uid_of(2): add_good(folder, 2)}
    path = folder / "0001.dcm"

    pause = Interrupt(after_bytes=3_000_000, actions=[Stall(1.0)])
    with RecordingSCP(accept=accept_only(IMPLICIT), keep_data=True, interrupt=pause) as scp:
        command = Command("-v", LOOPBACK, str(scp.port), folder)
        deadline = time.monotonic() + 10
        while not scp.associations and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.5)
        os.utime(path, ns=(1, 1))
        finished = command.finish()
        check_good(scp, good)
    assert finished.exit_code == 66, finished
    assert "the file changed after it was scanned" in finished.stderr


@pytest.mark.peer
def test_a_peer_that_aborts_within_a_converted_instance(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    good = {uid_of(number): add_good(folder, number) for number in range(20)}
    aborted = []

    def on_store(store: Store) -> list[object]:
        if not aborted and store.sop_instance_uid == uid_of(5):
            aborted.append(store)
            return [Send(pdu_bytes.abort()), Close()]
        return [Send(store.response())]

    with RecordingSCP(accept=accept_only(IMPLICIT), keep_data=True, on_store=on_store) as scp:
        finished = run("-nh", LOOPBACK, str(scp.port), folder)
        assert len(scp.associations) == 2
        check_good(scp, good)
    assert finished.exit_code == 66, finished
    assert "Stored 19 of 20" in finished.headline


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"PPid:\t{pid}\n" in (entry / "status").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.peer
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="processes are listed in /proc")
@pytest.mark.parametrize("after_seconds", [0.2, 0.6, 1.5])
def test_ctrl_c_while_instances_are_converted(tmp_path: Path, after_seconds: float) -> None:
    folder = tmp_path / "study"
    for number in range(40):
        native = pixels_of(number, LARGE)
        data_set = encode_image(uid_of(number), LARGE, native=native)
        write_image(folder / f"{number:04}.dcm", data_set, uid_of(number), EXPLICIT)

    def slowly(store: Store) -> list[object]:
        return [Stall(0.2), Send(store.response())]

    with RecordingSCP(accept=accept_only(JPEG_LS, IMPLICIT), on_store=slowly) as scp:
        command = Command("-xt", LOOPBACK, str(scp.port), folder)
        scp.wait_until(lambda: bool(scp.associations and scp.associations[0].request))
        time.sleep(after_seconds)
        workers = children_of(command.process.pid)
        command.signal(signal.SIGINT)
        start = time.monotonic()
        finished = command.finish()
        assert time.monotonic() - start < 5
    assert finished.exit_code == 130, finished
    assert "Interrupted" in finished.stdout + finished.stderr
    deadline = time.monotonic() + 5
    while (left := [pid for pid in workers if Path(f"/proc/{pid}").exists()]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert left == []
