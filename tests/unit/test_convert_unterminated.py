"""Pixel Data that lacks its end, which only a conversion within its own transfer syntax adds."""

from __future__ import annotations

import os
import struct
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from fastsend.convert.conversion import Conversion
from fastsend.convert.image import Target
from fastsend.convert.refusal import ConversionError
from fastsend.convert.source import Stored
from peers.image_files import ImageLayout, encapsulate, encode_image, write_image
from peers.study import CT, IMPLICIT, RLE

if TYPE_CHECKING:
    from pathlib import Path

UID = "1.2.826.0.1.3680043.10.999.5.8"
WHOLE = encode_image(UID, ImageLayout(), codestreams=[b"nobody", b"decodes it"], frames=2)
END = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
CUT = WHOLE.removesuffix(END)


def store(folder: Path, data_set: bytes, syntax: str = RLE, *, unterminated: bool = True) -> Stored:
    path = write_image(folder / "one.dcm", data_set, UID, syntax)
    status = path.stat()
    offset = status.st_size - len(data_set)
    size, mtime = status.st_size, status.st_mtime_ns
    return Stored(bytes(path), offset, size, mtime, syntax, CT, UID, unterminated)


def convert(source: Stored, *, new_vr: bool = True) -> tuple[bytes, bool]:
    target = Target(source.transfer_syntax_uid, 1, new_vr=new_vr)
    with closing(Conversion(source, target)) as conversion:
        conversion.prepare()
        return b"".join(bytes(piece) for piece in conversion.pieces()), conversion.terminates


@pytest.mark.parametrize("new_vr", [True, False])
def test_the_end_is_added(tmp_path: Path, *, new_vr: bool) -> None:
    assert convert(store(tmp_path, CUT), new_vr=new_vr) == (WHOLE, True)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.102", "1.2.826.0.1.3680043.10.999.77"])
def test_syntaxes_that_nobody_decodes(tmp_path: Path, syntax: str) -> None:
    assert convert(store(tmp_path, CUT, syntax)) == (WHOLE, True)


@pytest.mark.parametrize("new_vr", [True, False])
def test_what_has_an_end_stays(tmp_path: Path, *, new_vr: bool) -> None:
    assert convert(store(tmp_path, WHOLE, unterminated=False), new_vr=new_vr) == (WHOLE, False)


def test_an_icon_and_the_vr_stay(tmp_path: Path) -> None:
    inside = encapsulate([b"an icon!"])
    icon = struct.pack("<HH2s2xL", 0x88, 0x200, b"SQ", len(inside) + 8)
    icon += struct.pack("<HHL", 0xFFFE, 0xE000, len(inside)) + inside
    at = CUT.index(b"\xe0\x7f\x10\0")
    data_set = CUT[:at] + icon + CUT[at:].replace(b"\x10\0OB", b"\x10\0OW", 1)
    assert convert(store(tmp_path, data_set)) == (data_set + END, True)


def test_other_vrs_on_the_way(tmp_path: Path) -> None:
    at = CUT.index(b"\xe0\x7f\x10\0")
    comment = struct.pack("<HH2s2xL", 0x4000, 0x4000, b"UT", 4) + b"text"
    sent, _ = convert(store(tmp_path, CUT[:at] + comment + CUT[at:]), new_vr=False)
    assert sent == WHOLE[:at] + comment.replace(b"UT", b"OB") + WHOLE[at:]


@pytest.mark.parametrize(
    ("data_set", "syntax", "reason"),
    [
        (CUT + END[:3], RLE, "within the head of an item, at byte"),
        (CUT + b"\xff" * 8, RLE, "neither an item"),
        (CUT[:-1], RLE, "longer than what is left"),
        (CUT[: CUT.index(b"nobody") - 8], RLE, "has no fragment"),
        (WHOLE, RLE, "has its Sequence Delimitation Item"),
        (encode_image(UID, ImageLayout(), native=bytes(512)), RLE, "is not encapsulated"),
        (b"\x08\0\x16\0UI\xff\xff1.2", RLE, "its data set cannot be read"),
    ],
)
def test_what_is_not_certain(tmp_path: Path, data_set: bytes, syntax: str, reason: str) -> None:
    with pytest.raises(ConversionError, match=reason):
        convert(store(tmp_path, data_set, syntax))


def test_native_syntaxes_have_no_fragments(tmp_path: Path) -> None:
    data_set = struct.pack("<HHL", 0x7FE0, 0x10, 0xFFFFFFFF) + CUT[CUT.index(b"\xfe\xff\0\xe0") :]
    with pytest.raises(ConversionError, match="other than its transfer syntax says"):
        convert(store(tmp_path, data_set, IMPLICIT))


def test_a_file_that_shrinks(tmp_path: Path) -> None:
    source = store(tmp_path, CUT)
    with closing(Conversion(source, Target(RLE, 1))) as conversion:
        conversion.prepare()
        os.truncate(source.path, source.file_size - 4)
        with pytest.raises(ConversionError, match="file"):
            b"".join(map(bytes, conversion.pieces()))
