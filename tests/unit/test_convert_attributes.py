"""The attributes of Pixel Data: read, refused, and changed with the encoding."""

from __future__ import annotations

import struct

import pytest
from pydicom import Dataset

from fastsend.convert import attributes, tags
from fastsend.convert.attributes import (
    bits_of_encoded,
    check_native,
    edits_to_encapsulated,
    edits_to_native,
    native_head,
    native_value_length,
    read_pixels,
    words_are_swapped,
)
from fastsend.convert.refusal import AttributeRefusedError
from fastsend.model.pixels import PixelFormat
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES
from reference.pixel_attributes import edited, found_in

RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
JPEG_BASELINE, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LS, JPEG_2000 = (
    f"1.2.840.10008.1.2.4.{end}" for end in (50, 51, 70, 80, 90)
)

MONOCHROME = {
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": 4,
    "Columns": 6,
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 1,
}
COLOUR = {
    **MONOCHROME,
    "SamplesPerPixel": 3,
    "PhotometricInterpretation": "RGB",
    "PlanarConfiguration": 1,
    "BitsAllocated": 8,
    "BitsStored": 8,
    "HighBit": 7,
    "PixelRepresentation": 0,
}


def data_set(base: dict[str, object] = MONOCHROME, **changes: object) -> Dataset:
    made = Dataset()
    for keyword, value in {**base, **changes}.items():
        if value is not None:
            setattr(made, keyword, value)
    return made


def test_the_tags_ascend() -> None:
    assert list(attributes.TAGS) == sorted(set(attributes.TAGS))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_pixels_are_read(syntax: str) -> None:
    found = found_in(data_set(COLOUR, NumberOfFrames=17), syntax)
    pixels, number = read_pixels(found, big_endian=syntax == EXPLICIT_BE)
    assert pixels == PixelFormat(4, 6, 3, 8, 8, 7, 0, 1, "RGB")
    assert number == 17


def test_signed_pixels_with_unused_bits_are_read() -> None:
    pixels, number = read_pixels(found_in(data_set()))
    assert pixels == PixelFormat(4, 6, 1, 16, 12, 11, 1, 0, "MONOCHROME2")
    assert number is None


def test_planar_configuration_says_nothing_of_one_sample() -> None:
    pixels, _ = read_pixels(found_in(data_set(PlanarConfiguration=1)))
    assert pixels.planar_configuration == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", None),
        (b"  ", None),
        (b"0 ", None),
        (b"1 ", 1),
        (b" 12 ", 12),
        (b"+3", 3),
        (b"12\0", 12),
        (b"-1", None),
        (b"1A", None),
        (b"1\\2", None),
        (b"1e9", None),
        (b"2147483647", 2147483647),
        (b"9" * 13, None),
        ("\N{ARABIC-INDIC DIGIT ONE}".encode(), None),
    ],
)
def test_number_of_frames_is_a_number_above_0_or_nothing(text: bytes, expected: int | None) -> None:
    found = found_in(data_set())
    found[tags.NUMBER_OF_FRAMES] = ("IS", text)
    assert read_pixels(found)[1] == expected


@pytest.mark.parametrize("keyword", list(MONOCHROME))
def test_none_may_be_missing(keyword: str) -> None:
    found = found_in(data_set())
    tag = next(iter(found_in(data_set({keyword: MONOCHROME[keyword]}))))
    absent = {other: entry for other, entry in found.items() if other != tag}
    for entries in (absent, {**found, tag: ("", b"")}):
        with pytest.raises(AttributeRefusedError, match="missing") as caught:
            read_pixels(entries)
        assert caught.value.tag == tag
        assert f"({tag >> 16:04X},{tag & 0xFFFF:04X})" in str(caught.value)


@pytest.mark.parametrize(
    "entry",
    [
        ("UL", struct.pack("<L", 4)),
        ("US", struct.pack("<HH", 4, 4)),
        ("US", b"\4"),
        ("LO", b"4 "),
        ("OB", b"\4\0"),
    ],
)
def test_a_number_of_another_kind_is_refused(entry: tuple[str, bytes]) -> None:
    found = found_in(data_set())
    found[tags.ROWS] = entry
    with pytest.raises(AttributeRefusedError, match="Rows is no single unsigned short"):
        read_pixels(found)


def test_un_is_read_where_its_byte_order_is_certain() -> None:
    found = found_in(data_set())
    found[tags.ROWS] = ("UN", b"\5\0")
    assert read_pixels(found)[0].rows == 5
    found = found_in(data_set(), EXPLICIT_BE)
    found[tags.ROWS] = ("UN", b"\5\0")
    with pytest.raises(AttributeRefusedError):
        read_pixels(found, big_endian=True)


def test_photometric_interpretation_is_text() -> None:
    found = found_in(data_set())
    found[tags.PHOTOMETRIC_INTERPRETATION] = ("CS", b"\xff\xfe")
    with pytest.raises(AttributeRefusedError):
        read_pixels(found)


@pytest.mark.parametrize("photometric", sorted(attributes._DECODED))
def test_subsampled_and_transformed_native_pixels_are_not_encoded(photometric: str) -> None:
    found = found_in(data_set(COLOUR, PhotometricInterpretation=photometric))
    pixels, _ = read_pixels(found)
    with pytest.raises(AttributeRefusedError, match="cannot be encoded"):
        check_native(found, pixels)


def test_native_colour_without_planar_configuration_is_not_certain() -> None:
    found = found_in(data_set(COLOUR, PlanarConfiguration=None))
    pixels, _ = read_pixels(found)
    with pytest.raises(AttributeRefusedError, match="Planar Configuration is missing"):
        check_native(found, pixels)


@pytest.mark.parametrize("base", [MONOCHROME, COLOUR])
def test_other_native_pixels_are_encoded(base: dict[str, object]) -> None:
    found = found_in(data_set(base))
    check_native(found, read_pixels(found)[0])


# Changes from encapsulated to native.

EXTENDED = {
    "ExtendedOffsetTable": bytes(8),
    "ExtendedOffsetTableLengths": bytes(8),
    "EncapsulatedPixelDataValueTotalLength": 8,
}


def to_native(made: Dataset, syntax: str = EXPLICIT_LE, frames: int = 1, **keywords) -> Dataset:
    found = found_in(made)
    edits = edits_to_native(
        found, read_pixels(found)[0], to_syntax=syntax, frames=frames, **keywords
    )
    assert [edit[0] for edit in edits] == sorted({edit[0] for edit in edits})
    return edited(made, edits, syntax)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("base", [MONOCHROME, {**COLOUR, "PlanarConfiguration": 0}])
def test_what_agrees_already_stays(base: dict[str, object], syntax: str) -> None:
    made = data_set(base, PatientID="x", NumberOfFrames=3)
    assert to_native(made, syntax, 3) == made


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_tables_of_offsets_go(syntax: str) -> None:
    assert to_native(data_set(MONOCHROME, **EXTENDED), syntax) == data_set()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("before", [0, 1, None])
@pytest.mark.parametrize("after", [0, 1])
def test_planar_configuration_is_that_of_the_pixels(
    syntax: str, before: int | None, after: int
) -> None:
    made = data_set(COLOUR, PlanarConfiguration=before)
    expected = data_set(COLOUR, PlanarConfiguration=after)
    assert to_native(made, syntax, planar_configuration=after) == expected


@pytest.mark.parametrize(
    ("before", "answered", "after"),
    [
        ("YBR_FULL_422", "RGB", "RGB"),
        ("YBR_FULL", "RGB", "RGB"),
        ("YBR_FULL", "YBR_FULL", "YBR_FULL"),
        ("YBR_FULL", None, "YBR_FULL"),
        ("YBR_RCT", None, "RGB"),
        ("YBR_ICT", None, "RGB"),
        ("YBR_RCT", "YBR_RCT", "RGB"),
        ("YBR_FULL_422", None, "YBR_FULL"),
        ("YBR_PARTIAL_420", None, "YBR_PARTIAL"),
        ("RGB", "RGB", "RGB"),
    ],
)
def test_photometric_interpretation_is_that_of_whole_pixels(
    before: str, answered: str | None, after: str
) -> None:
    made = data_set(COLOUR, PhotometricInterpretation=before, PlanarConfiguration=0)
    result = to_native(made, photometric_interpretation=answered)
    assert result.PhotometricInterpretation == after


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("before", "frames", "after"),
    [(None, 1, None), (None, 2, 2), (1, 1, 1), (3, 2, 2), ("", 1, 1), (5, 1, 1)],
)
def test_number_of_frames_changes_only_where_it_is_wrong(
    syntax: str, before: object, frames: int, after: int | None
) -> None:
    result = to_native(data_set(NumberOfFrames=before), syntax, frames)
    assert result.get("NumberOfFrames") == after


@pytest.mark.parametrize(
    ("before", "lossy", "after"),
    [
        (None, False, None),
        (None, True, "01"),
        ("00", True, "01"),
        ("00", False, "00"),
        ("01", True, "01"),
        ("01", False, "01"),
    ],
)
def test_a_lossy_codestream_is_marked(before: str | None, lossy: bool, after: str | None) -> None:
    made = data_set(LossyImageCompression=before)
    assert to_native(made, lossy=lossy).get("LossyImageCompression") == after
    assert to_encapsulated(made, JPEG_2000, lossy=lossy).get("LossyImageCompression") == after


# Changes from native to encapsulated.


def to_encapsulated(made: Dataset, syntax: str, frames: int = 1, **keywords) -> Dataset:
    found = found_in(made)
    pixels = read_pixels(found)[0]
    edits = edits_to_encapsulated(found, pixels, to_syntax=syntax, frames=frames, **keywords)
    return edited(made, edits, EXPLICIT_LE)


@pytest.mark.parametrize("syntax", [JPEG_LOSSLESS, JPEG_LS, JPEG_2000])
def test_codestreams_of_colour_are_by_pixel(syntax: str) -> None:
    assert to_encapsulated(data_set(COLOUR), syntax) == data_set(COLOUR, PlanarConfiguration=0)


@pytest.mark.parametrize("syntax", [RLE, DEFLATED_FRAMES, UNCOMPRESSED])
@pytest.mark.parametrize("planar", [0, 1])
def test_where_planes_are_kept_so_is_the_attribute(syntax: str, planar: int) -> None:
    made = data_set(COLOUR, PlanarConfiguration=planar)
    assert to_encapsulated(made, syntax) == made


@pytest.mark.parametrize("syntax", [RLE, JPEG_LOSSLESS, JPEG_LS, JPEG_2000, DEFLATED_FRAMES])
def test_a_lossless_step_changes_nothing_of_monochrome(syntax: str) -> None:
    made = data_set(HighBit=15, NumberOfFrames=2)
    assert to_encapsulated(made, syntax, 2) == made


def test_a_component_transform_is_named() -> None:
    made = data_set(COLOUR, PlanarConfiguration=0)
    result = to_encapsulated(made, JPEG_2000, photometric_interpretation="YBR_RCT")
    assert result == data_set(COLOUR, PlanarConfiguration=0, PhotometricInterpretation="YBR_RCT")


@pytest.mark.parametrize(
    ("syntax", "before", "after"),
    [
        (JPEG_BASELINE, (8, 8, 7), (8, 8, 7)),
        (JPEG_BASELINE, (16, 8, 7), (8, 8, 7)),
        (JPEG_BASELINE, (8, 6, 5), (8, 8, 7)),
        (JPEG_EXTENDED, (16, 12, 11), (16, 12, 11)),
        (JPEG_EXTENDED, (16, 10, 9), (16, 12, 11)),
        (JPEG_EXTENDED, (16, 8, 7), (8, 8, 7)),
        (JPEG_LS, (16, 10, 9), (16, 10, 9)),
    ],
)
def test_bits_are_those_of_the_process(
    syntax: str, before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    names = ("BitsAllocated", "BitsStored", "HighBit")
    made = data_set(MONOCHROME, **dict(zip(names, before, strict=True)))
    assert to_encapsulated(made, syntax) == data_set(
        MONOCHROME, **dict(zip(names, after, strict=True))
    )
    assert bits_of_encoded(read_pixels(found_in(made))[0], syntax) == after


def test_tables_of_offsets_of_another_encoding_go() -> None:
    assert to_encapsulated(data_set(MONOCHROME, **EXTENDED), RLE) == data_set()


# Native Pixel Data.


def pixels_of(bits: int, rows: int = 4, samples: int = 1) -> PixelFormat:
    return PixelFormat(rows, 6, samples, bits, bits, bits - 1, 0, 0, "MONOCHROME2")


@pytest.mark.parametrize(
    ("bits", "frames", "length"),
    [(8, 1, 24), (16, 1, 48), (16, 3, 144), (1, 1, 4), (1, 2, 6), (1, 3, 10), (64, 1, 192)],
)
def test_the_value_is_of_even_length(bits: int, frames: int, length: int) -> None:
    assert native_value_length(pixels_of(bits), frames) == length


def test_frames_of_odd_length_are_padded_once() -> None:
    odd = PixelFormat(3, 3, 1, 8, 8, 7, 0, 0, "MONOCHROME2")
    assert [native_value_length(odd, frames) for frames in (1, 2, 3)] == [10, 18, 28]


def test_no_element_is_longer_than_4_gib() -> None:
    row = PixelFormat(1, 2, 1, 8, 8, 7, 0, 0, "MONOCHROME2")
    assert native_value_length(row, 0x7FFFFFFF) == 0xFFFFFFFE
    with pytest.raises(AttributeRefusedError, match="longer than an element can be"):
        native_value_length(row, 0x80000000)


@pytest.mark.parametrize(
    ("bits", "syntax", "head"),
    [
        (8, EXPLICIT_LE, "e07f1000 4f57 0000 18000000"),
        (16, EXPLICIT_LE, "e07f1000 4f57 0000 30000000"),
        (64, EXPLICIT_LE, "e07f1000 4f57 0000 c0000000"),
        (16, "1.2.840.10008.1.2.1.99", "e07f1000 4f57 0000 30000000"),
        (8, IMPLICIT_LE, "e07f1000 18000000"),
        (8, EXPLICIT_BE, "7fe00010 4f42 0000 00000018"),
        (16, EXPLICIT_BE, "7fe00010 4f57 0000 00000030"),
        (1, EXPLICIT_BE, "7fe00010 4f42 0000 00000004"),
    ],
)
def test_the_head_of_native_pixel_data(bits: int, syntax: str, head: str) -> None:
    assert native_head(pixels_of(bits), 1, syntax) == bytes.fromhex(head)


@pytest.mark.parametrize("bits", [24, 32, 64])
def test_programs_do_not_agree_on_longer_pixels_in_big_endian(bits: int) -> None:
    with pytest.raises(AttributeRefusedError, match="byte order"):
        native_head(pixels_of(bits), 1, EXPLICIT_BE)


@pytest.mark.parametrize(
    ("bits", "vr", "big_endian", "expected"),
    [
        (16, "OW", False, False),
        (64, "OB", False, False),
        (16, "OW", True, True),
        (8, "OW", True, True),
        (8, "OB", True, False),
        (1, "OW", True, True),
        (1, "OB", True, False),
        (16, "OB", True, None),
        (32, "OW", True, None),
        (16, "UN", True, None),
    ],
)
def test_which_pixels_are_swapped(
    bits: int, vr: str, big_endian: bool, expected: bool | None
) -> None:
    if expected is None:
        with pytest.raises(AttributeRefusedError):
            words_are_swapped(pixels_of(bits), vr, big_endian=big_endian)
    else:
        assert words_are_swapped(pixels_of(bits), vr, big_endian=big_endian) is expected
