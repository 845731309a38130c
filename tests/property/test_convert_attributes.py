"""Attributes of any value: pixels that can be, or a refusal."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from fastsend.convert import attributes, lossy
from fastsend.convert.attributes import edits_to_encapsulated, edits_to_native, read_pixels
from fastsend.convert.lossy import LossyStep
from fastsend.convert.refusal import AttributeRefusedError
from reference.data_set_bytes import EXPLICIT_LE, SYNTAXES
from reference.pixel_attributes import edited

NUMBERS = st.sampled_from((0, 1, 2, 3, 7, 8, 11, 12, 15, 16, 32, 64, 512, 65535))
SHORTS = NUMBERS | st.integers(0, 65535)
TEXTS = st.sampled_from((b"MONOCHROME2 ", b"RGB ", b"YBR_RCT ", b"YBR_FULL_422", b"1 ", b"01"))
VRS = st.sampled_from(("US", "SS", "UL", "CS", "IS", "UN", "SQ", ""))
ENTRIES = st.tuples(
    VRS, SHORTS.map(lambda n: struct.pack("<H", n)) | TEXTS | st.binary(max_size=20)
)
SOUND = {
    0x00280002: ("US", b"\1\0"),
    0x00280004: ("CS", b"MONOCHROME2 "),
    0x00280010: ("US", b"\2\0"),
    0x00280011: ("US", b"\2\0"),
    0x00280100: ("US", b"\x10\0"),
    0x00280101: ("US", b"\x0c\0"),
    0x00280102: ("US", b"\x0b\0"),
    0x00280103: ("US", b"\0\0"),
}
FOUND = st.dictionaries(st.sampled_from(lossy.TAGS), ENTRIES, max_size=5).map(
    lambda changes: {**SOUND, **changes}
)


@given(FOUND, st.booleans())
def test_what_is_read_can_be(found: dict[int, tuple[str, bytes]], big_endian: bool) -> None:
    try:
        pixels, number = read_pixels(found, big_endian=big_endian)
    except AttributeRefusedError as error:
        assert error.tag in attributes.TAGS
        return
    assert 0 < pixels.frame_length <= 0x7FFFFFFF
    assert 0 < pixels.bits_stored <= pixels.high_bit + 1 <= pixels.bits_allocated <= 64
    assert number is None or number > 0


@given(FOUND, st.sampled_from(SYNTAXES), st.integers(1, 1 << 20))
def test_what_is_written_is_read_again(
    found: dict[int, tuple[str, bytes]], syntax: str, frames: int
) -> None:
    try:
        pixels, _ = read_pixels(found)
    except AttributeRefusedError:
        return
    edits = edits_to_native(found, pixels, to_syntax=syntax, frames=frames, lossy=True)
    result = edited(Dataset(), [edit for edit in edits if edit[1]], syntax)
    marked = found.get(0x00282110, ("", b""))[1].strip(b" \0") == b"01"
    assert result.get("LossyImageCompression") == (None if marked else "01")
    if pixels.samples_per_pixel > 1:
        assert result.PlanarConfiguration == 0
    _, number = read_pixels(found)
    assert result.get("NumberOfFrames", number or 1) == frames


@given(FOUND, st.sampled_from(("50", "81", "91", "203")))
def test_any_instance_is_marked_or_refused(found: dict[int, tuple[str, bytes]], end: str) -> None:
    syntax = "1.2.840.10008.1.2.4." + end
    try:
        pixels, _ = read_pixels(found)
        edits = [
            *edits_to_encapsulated(found, pixels, to_syntax=syntax, frames=1),
            *lossy.edits(found, LossyStep(syntax, 3.0, "2.25.1"), from_syntax=EXPLICIT_LE),
        ]
    except AttributeRefusedError:
        return
    for _, element, _ in edits:
        if element:
            (length,) = struct.unpack_from("<H", element, 6)
            long = element[4:6] == b"SQ"
            assert len(element) == (
                12 + struct.unpack_from("<L", element, 8)[0] if long else 8 + length
            )
            assert len(element) % 2 == 0
