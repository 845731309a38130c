"""Where the fuzzers begin: real files, and PDUs made by hand.

They are made anew for each run, so that no binaries need to be kept; only inputs that once broke
something are kept, in ``tests/fuzz/found/<target>/``.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pydicom.data

from fuzz.recode_seeds import data_set_seeds
from peers import pdu_bytes
from peers.image_files import rle_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FOUND = Path(__file__).parent / "found"
"""Inputs that once broke something, a folder for each target."""

FILE_BYTES = 20_000
"""The most of a file that a seed has: more than two windows of the scanner."""


def stream_seeds() -> Iterator[tuple[str, bytes]]:
    """Yield streams of a Storage SCP, right and wrong ones, by name."""
    responses = [
        pdu_bytes.store_rsp_command_set(
            number, "1.2.840.10008.5.1.4.1.1.2", f"1.2.{number}", status
        )
        for number, status in [(1, 0x0000), (2, 0xA700), (3, 0xB000)]
    ]
    first = responses[0]
    comment = pdu_bytes.encode_command_set(
        {
            0x0100: struct.pack("<H", 0x8001),
            0x0120: struct.pack("<H", 7),
            0x0800: struct.pack("<H", 0x0101),
            0x0900: struct.pack("<H", 0xC000),
            0x0901: struct.pack("<HH", 0x0010, 0x0010),
            0x0902: b"cannot understand",
        }
    )
    yield "responses", b"".join(pdu_bytes.p_data(1, 3, response) for response in responses)
    yield "comment", pdu_bytes.p_data(255, 3, comment)
    yield "command", first
    yield (
        "fragments",
        b"".join(
            pdu_bytes.p_data(1, 1 if at + 10 < len(first) else 3, first[at : at + 10])
            for at in range(0, len(first), 10)
        ),
    )
    for length in (16_000, 17_000):  # a command set may have 16,384 bytes
        element = struct.pack("<HHI", 0, 0x0902, length) + bytes(length)
        halves = element[: length // 2], element[length // 2 :]
        parts = [
            pdu_bytes.p_data(1, control, half) for control, half in zip((1, 3), halves, strict=True)
        ]
        yield f"command_of_{length}", b"".join(parts)
    pdvs = b"".join(
        struct.pack(">IBB", len(part) + 2, 1, control) + part
        for part, control in [(first[:20], 1), (b"", 1), (first[20:], 3)]
    )
    yield "several_pdvs", pdu_bytes.pdu(4, pdvs)
    yield "abort", pdu_bytes.p_data(1, 3, first) + pdu_bytes.abort(2, 6)
    yield "abort_inside_a_message", pdu_bytes.p_data(1, 1, first[:9]) + pdu_bytes.abort()
    yield "release", pdu_bytes.p_data(1, 3, first) + pdu_bytes.release_rq()
    yield "data_set", pdu_bytes.p_data(1, 3, first) + pdu_bytes.p_data(1, 2, b"data")
    yield "two_contexts", pdu_bytes.p_data(1, 1, first) + pdu_bytes.p_data(3, 3, b"")
    yield "too_long", struct.pack(">BBI", 4, 0, 2**31) + bytes(100)
    yield "reject", pdu_bytes.associate_rj()
    yield "not_dicom", b"HTTP/1.1 400 Bad Request\r\n\r\n"


def nested(depth: int) -> bytes:
    """Return a file of Explicit VR Little Endian with sequences of undefined length in each other.

    `depth` of them, which no one closes.
    """

    def text(group: int, element: int, value: bytes) -> bytes:
        value += b"\0" * (len(value) % 2)
        return struct.pack("<HH2sH", group, element, b"UI", len(value)) + value

    meta = text(0x0002, 0x0010, b"1.2.840.10008.1.2.1")
    data_set = text(0x0008, 0x0016, b"1.2.840.10008.5.1.4.1.1.2") + text(0x0008, 0x0018, b"1.2.3")
    sequence = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    return bytes(128) + b"DICM" + meta + data_set + (sequence + item) * depth


def file_seeds() -> Iterator[tuple[str, bytes]]:
    """Yield heads of pydicom's test files, by name, and files made by hand."""
    # pydicom.data.get_testdata_files would download what is not installed.
    folder = Path(pydicom.data.__file__).parent / "test_files"
    for path in sorted(folder.glob("*.dcm")):
        with path.open("rb") as file:
            yield path.stem, file.read(FILE_BYTES)
    yield "nested", nested(800)
    yield "empty", b""
    yield "only_prefix", bytes(128) + b"DICM"


def rle_seeds() -> Iterator[tuple[str, bytes]]:
    """Yield RLE frames behind the six bytes that choose their attributes (see fuzz_rle.c)."""
    for number, sample_bytes in enumerate((1, 2, 4, 8)):
        frame = rle_of(
            bytes(range(256))[: 8 * 16 * sample_bytes][:128] * sample_bytes, sample_bytes
        )
        yield f"literal {sample_bytes}", bytes((8, 16, 1, number + 1, 0, 0)) + frame
    runs = struct.pack("<16L", 1, 64, *(0,) * 14) + bytes((129, 7)) + bytes((0, 1))
    yield "a run", bytes((8, 16, 1, 1, 0, 0)) + runs


def deflate_seeds() -> Iterator[tuple[str, bytes]]:
    """Yield deflate streams behind the two bytes that choose level and pieces."""
    data = bytes(range(256)) * 8 + bytes(4000)
    for level in (0, 1, 6, 9):
        compress = zlib.compressobj(level, wbits=-15)
        yield f"level {level}", bytes((level, 3)) + compress.compress(data) + compress.flush()


SEEDS = {
    "pdu": stream_seeds,
    "part10": file_seeds,
    "recode": data_set_seeds,
    "rle": rle_seeds,
    "deflate": deflate_seeds,
}
"""The seeds of a target; one that is not here starts from what was found and from nothing."""


def found(target: str) -> Iterator[tuple[str, bytes]]:
    """Yield the inputs that once broke something, by name."""
    for path in sorted((FOUND / target).glob("*")):
        yield path.name, path.read_bytes()


def write_seeds(target: str, folder: Path) -> int:
    """Write the seeds and found inputs of a target into an empty folder; return their number."""
    seeds = SEEDS[target]() if target in SEEDS else ()
    contents = [content for _, content in [*seeds, *found(target)]]
    for number, content in enumerate(contents):
        (folder / f"{number:03}").write_bytes(content)
    return len(contents)
