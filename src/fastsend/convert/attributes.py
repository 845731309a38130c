"""The attributes that describe Pixel Data (PS3.3 C.7.6.3), read, and changed with its encoding.

What has to be said of encapsulated pixels is in PS3.5 8.2. Where it leaves a choice, DCMTK's is
taken, so that receivers see what they see from other senders.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from fastsend.convert.elements import ElementEncoder, merge_edits, text_values
from fastsend.convert.pixel_rules import check_pixels
from fastsend.convert.refusal import AttributeRefusedError
from fastsend.convert.tags import (
    BITS_ALLOCATED,
    BITS_STORED,
    COLUMNS,
    ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH,
    EXTENDED_OFFSET_TABLE,
    EXTENDED_OFFSET_TABLE_LENGTHS,
    HIGH_BIT,
    LOSSY_IMAGE_COMPRESSION,
    NUMBER_OF_FRAMES,
    PHOTOMETRIC_INTERPRETATION,
    PIXEL_DATA,
    PIXEL_REPRESENTATION,
    PLANAR_CONFIGURATION,
    ROWS,
    SAMPLES_PER_PIXEL,
)
from fastsend.model.pixels import PixelFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastsend.convert.elements import Edit

TAGS: Final = (
    SAMPLES_PER_PIXEL,
    PHOTOMETRIC_INTERPRETATION,
    PLANAR_CONFIGURATION,
    NUMBER_OF_FRAMES,
    ROWS,
    COLUMNS,
    BITS_ALLOCATED,
    BITS_STORED,
    HIGH_BIT,
    PIXEL_REPRESENTATION,
    LOSSY_IMAGE_COMPRESSION,
    EXTENDED_OFFSET_TABLE,
    EXTENDED_OFFSET_TABLE_LENGTHS,
)
"""What `part10.find_elements` has to look for."""

LONGEST_NATIVE_VALUE: Final = 0xFFFFFFFE
"""Bytes of native Pixel Data (PS3.5 7.1)."""

_RLE_LOSSLESS: Final = "1.2.840.10008.1.2.5"
_OF_NATIVE_BYTES: Final = {
    _RLE_LOSSLESS,
    "1.2.840.10008.1.2.1.98",  # Encapsulated Uncompressed
    "1.2.840.10008.1.2.8.1",  # Deflated Image Frame
}
"""Encapsulated syntaxes whose Planar Configuration may be either (PS3.5 8.2.2, 8.2.16)."""
_JPEG_BASELINE: Final = "1.2.840.10008.1.2.4.50"
_JPEG_EXTENDED: Final = "1.2.840.10008.1.2.4.51"

_DECODED: Final = {
    "YBR_RCT": "RGB",
    "YBR_ICT": "RGB",
    "YBR_FULL_422": "YBR_FULL",
    "YBR_PARTIAL_422": "YBR_PARTIAL",
    "YBR_PARTIAL_420": "YBR_PARTIAL",
}
"""What is said of native pixels with all their samples, for what was said of the codestream."""


def read_pixels(
    found: Mapping[int, tuple[str, bytes]], *, big_endian: bool = False
) -> tuple[PixelFormat, int | None]:
    """Read the attributes of Pixel Data.

    Parameters
    ----------
    found : mapping
        Tag to VR and value, of those of `TAGS` that the data set has.
    big_endian : bool
        The byte order of the values.

    Returns
    -------
    pixels : PixelFormat
        What frames are.
    number_of_frames : int or None
        Number of Frames (0028,0008), where it is a number above 0.

    Raises
    ------
    AttributeRefusedError
        Where one is missing, broken, or contradicts others, and where frames are longer than
        `LONGEST_FRAME`.
    """
    order = ">" if big_endian else "<"

    def number(tag: int, name: str) -> int:
        vr, value = found.get(tag, ("", b""))
        if not value:
            raise AttributeRefusedError(f"{name} is missing", tag)
        if len(value) != 2 or (vr not in ("", "US", "SS") and (vr != "UN" or big_endian)):
            raise AttributeRefusedError(f"{name} is no single unsigned short", tag)
        return int(struct.unpack(order + "H", value)[0])

    photometric = found.get(PHOTOMETRIC_INTERPRETATION, ("", b""))[1].strip(b" \0")
    if not photometric or not photometric.isascii():
        raise AttributeRefusedError(
            "Photometric Interpretation is missing", PHOTOMETRIC_INTERPRETATION
        )
    samples = number(SAMPLES_PER_PIXEL, "Samples per Pixel")
    planar = 0
    if samples > 1 and found.get(PLANAR_CONFIGURATION, ("", b""))[1]:
        planar = number(PLANAR_CONFIGURATION, "Planar Configuration")
    pixels = PixelFormat(
        rows=number(ROWS, "Rows"),
        columns=number(COLUMNS, "Columns"),
        samples_per_pixel=samples,
        bits_allocated=number(BITS_ALLOCATED, "Bits Allocated"),
        bits_stored=number(BITS_STORED, "Bits Stored"),
        high_bit=number(HIGH_BIT, "High Bit"),
        pixel_representation=number(PIXEL_REPRESENTATION, "Pixel Representation"),
        planar_configuration=planar,
        photometric_interpretation=photometric.decode(),
    )
    check_pixels(pixels)
    return pixels, _number_of_frames(found)


def _number_of_frames(found: Mapping[int, tuple[str, bytes]]) -> int | None:
    text = found.get(NUMBER_OF_FRAMES, ("", b""))[1].strip(b" \0").removeprefix(b"+")
    number = int(text) if text.isdigit() and len(text) <= 12 else 0
    return number or None


def check_native(found: Mapping[int, tuple[str, bytes]], pixels: PixelFormat) -> None:
    """Refuse native pixels whose layout is not certain, or not one sample after the other.

    Raises
    ------
    AttributeRefusedError
        Where Planar Configuration is missing and needed, or chrominance is subsampled: no codec
        takes it as it is, and what it would take is not the same pixels.
    """
    if pixels.samples_per_pixel > 1 and not found.get(PLANAR_CONFIGURATION, ("", b""))[1]:
        raise AttributeRefusedError("Planar Configuration is missing", PLANAR_CONFIGURATION)
    if pixels.photometric_interpretation in _DECODED:
        raise AttributeRefusedError(
            f"native pixels in {pixels.photometric_interpretation} cannot be encoded as they are",
            PHOTOMETRIC_INTERPRETATION,
        )


def edits_to_native(
    found: Mapping[int, tuple[str, bytes]],
    pixels: PixelFormat,
    *,
    to_syntax: str,
    frames: int,
    photometric_interpretation: str | None = None,
    planar_configuration: int = 0,
    lossy: bool = False,
) -> list[Edit]:
    """Return what changes in the data set when encapsulated Pixel Data becomes native.

    Parameters
    ----------
    found : mapping
        As for `read_pixels`.
    pixels : PixelFormat
        What it returned.
    to_syntax : str
        The native (or deflated) transfer syntax.
    frames : int
        How many there are.
    photometric_interpretation : str, optional
        Of the decoded pixels; by default what follows from that of `pixels`.
    planar_configuration : int
        Of the decoded pixels.
    lossy : bool
        Whether the codestreams were lossy: Lossy Image Compression (0028,2110) becomes 01 then.

    Returns
    -------
    list of Edit
        In the order of tags.
    """
    photometric = photometric_interpretation or pixels.photometric_interpretation
    photometric = _DECODED.get(photometric, photometric)
    encoder = ElementEncoder(to_syntax)
    edits = _layout_edits(found, pixels, encoder, photometric, planar_configuration, frames)
    if lossy:
        edits += _lossy_edits(found, encoder)
    return merge_edits(edits)


def edits_to_encapsulated(
    found: Mapping[int, tuple[str, bytes]],
    pixels: PixelFormat,
    *,
    to_syntax: str,
    frames: int,
    photometric_interpretation: str | None = None,
    lossy: bool = False,
) -> list[Edit]:
    """Return what changes in the data set when Pixel Data is encoded.

    Parameters
    ----------
    found : mapping
        As for `read_pixels`.
    pixels : PixelFormat
        The native pixels: where they were decoded, Planar Configuration is that of the decoder.
    to_syntax : str
        The encapsulated transfer syntax.
    frames : int
        How many there are.
    photometric_interpretation : str, optional
        What the encoder answered; by default that of `pixels`.
    lossy : bool
        Whether the codestreams before were lossy, as in `edits_to_native`.

    Returns
    -------
    list of Edit
        In the order of tags. A lossy step adds those of `lossy.edits`.
    """
    photometric = photometric_interpretation or pixels.photometric_interpretation
    planar = pixels.planar_configuration if to_syntax in _OF_NATIVE_BYTES else 0
    encoder = ElementEncoder(to_syntax)
    edits = _layout_edits(found, pixels, encoder, photometric, planar, frames)
    encoded = bits_of_encoded(pixels, to_syntax)
    for tag, before, after in zip(
        (BITS_ALLOCATED, BITS_STORED, HIGH_BIT),
        (pixels.bits_allocated, pixels.bits_stored, pixels.high_bit),
        encoded,
        strict=True,
    ):
        if before != after:
            edits.append((tag, encoder.unsigned_short(tag, after), False))
    if lossy:
        edits += _lossy_edits(found, encoder)
    return merge_edits(edits)


def bits_of_encoded(pixels: PixelFormat, to_syntax: str) -> tuple[int, int, int]:
    """Return Bits Allocated, Bits Stored and High Bit of pixels in an encapsulated syntax.

    They stay, but where the process has a sample precision of its own: 8 bits for JPEG Baseline, 8
    or 12 for JPEG Extended (PS3.5 8.2.1).
    """
    if to_syntax == _JPEG_BASELINE or (to_syntax == _JPEG_EXTENDED and pixels.bits_stored <= 8):
        return 8, 8, 7
    if to_syntax == _JPEG_EXTENDED:
        return 16, 12, 11
    return pixels.bits_allocated, pixels.bits_stored, pixels.high_bit


def _layout_edits(
    found: Mapping[int, tuple[str, bytes]],
    pixels: PixelFormat,
    encoder: ElementEncoder,
    photometric: str,
    planar: int,
    frames: int,
) -> list[Edit]:
    """Return the edits of what both directions change."""
    edits: list[Edit] = [
        (tag, b"", True)
        for tag in (
            EXTENDED_OFFSET_TABLE,
            EXTENDED_OFFSET_TABLE_LENGTHS,
            ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH,
        )
    ]
    if photometric.encode() != found[PHOTOMETRIC_INTERPRETATION][1].strip(b" \0"):
        element = encoder.element(PHOTOMETRIC_INTERPRETATION, "CS", photometric.encode())
        edits.append((PHOTOMETRIC_INTERPRETATION, element, False))
    if pixels.samples_per_pixel > 1:
        element = encoder.unsigned_short(PLANAR_CONFIGURATION, planar)
        edits.append((PLANAR_CONFIGURATION, element, False))
    wrong = NUMBER_OF_FRAMES in found and _number_of_frames(found) != frames
    if wrong or (NUMBER_OF_FRAMES not in found and frames != 1):
        element = encoder.element(NUMBER_OF_FRAMES, "IS", str(frames).encode())
        edits.append((NUMBER_OF_FRAMES, element, False))
    return edits


def _lossy_edits(found: Mapping[int, tuple[str, bytes]], encoder: ElementEncoder) -> list[Edit]:
    """Return the edit that says that pixels were lost once (PS3.3 C.7.6.1.1.5.1)."""
    if text_values(found.get(LOSSY_IMAGE_COMPRESSION, ("", b""))[1]) == [b"01"]:
        return []
    element = encoder.element(LOSSY_IMAGE_COMPRESSION, "CS", b"01")
    return [(LOSSY_IMAGE_COMPRESSION, element, False)]


def native_value_length(pixels: PixelFormat, frames: int) -> int:
    """Return the bytes of native Pixel Data, with the one that makes their number even.

    Raises
    ------
    AttributeRefusedError
        Where no element can be as long (PS3.5 7.1).
    """
    length = (pixels.frame_bits * frames + 7) // 8
    length += length % 2
    if length > LONGEST_NATIVE_VALUE:
        raise AttributeRefusedError(
            f"native Pixel Data of {length:,} bytes is longer than an element can be", PIXEL_DATA
        )
    return length


def native_head(pixels: PixelFormat, frames: int, to_syntax: str) -> bytes:
    """Return tag, VR and length of native Pixel Data.

    Raises
    ------
    AttributeRefusedError
        Where no element can be as long; where programs do not agree on the byte order.

    Notes
    -----
    As DCMTK the VR is OW, whatever Bits Allocated is, which PS3.5 A.2 allows; but OB in Explicit VR
    Big Endian for 8 bits and fewer, so that bytes need not change their places.
    """
    encoder = ElementEncoder(to_syntax)
    vr = "OB" if encoder.big_endian and pixels.bits_allocated <= 8 else "OW"
    words_are_swapped(pixels, vr, big_endian=encoder.big_endian)
    return encoder.head(PIXEL_DATA, vr, native_value_length(pixels, frames))


def words_are_swapped(pixels: PixelFormat, vr: str, *, big_endian: bool) -> bool:
    """Return whether native Pixel Data is of 16-bit words in big endian.

    Parameters
    ----------
    pixels : PixelFormat
        The frames.
    vr : str
        Of Pixel Data, empty in Implicit VR.
    big_endian : bool
        Of the transfer syntax.

    Raises
    ------
    AttributeRefusedError
        In big endian, where pixels have more bits than a word, or words are in OB: programs do not
        agree on their byte order.
    """
    if not big_endian:
        return False
    if pixels.bits_allocated > 16 or (vr != "OW" and pixels.bits_allocated > 8):
        raise AttributeRefusedError("the byte order of Pixel Data is not certain", PIXEL_DATA)
    return vr == "OW"
