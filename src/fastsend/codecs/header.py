"""What a codestream says of itself, read before a codec library sees it.

A codestream is recognised by its content, whatever the transfer syntax: its first bytes decide who
reads the header. No length in it is believed before it is compared with what is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend.codecs.job import CodecError

if TYPE_CHECKING:
    from fastsend.model.pixels import PixelFormat

Coding = Literal["JPEG", "JPEG Lossless", "JPEG-LS", "JPEG 2000", "HTJ2K", "JPEG XL"]
"""What decoders divide the work by; "JPEG" is all that has a discrete cosine transform."""


class BrokenCodestreamError(CodecError):
    """The codestream lacks some of its samples: a decoder that takes it makes them up."""


class Header(NamedTuple):
    """The header of one codestream."""

    coding: Coding
    detail: str
    """Which process or profile, in the words of its standard."""
    rows: int
    columns: int
    components: int
    precision: int
    """Bits of a sample."""
    lossless: bool
    """The decoder gives the samples that the encoder got; as far as the header tells."""
    exact: bool
    """All decoders give the same samples: lossless, and JPEG-LS near-lossless."""
    signed: bool = False
    """Samples are two's complement: only JPEG 2000 and HTJ2K know such."""
    subsampled: bool = False
    """A component has fewer samples than another."""
    colour_transform: bool = False
    """JPEG 2000: a component transform, RCT or ICT, that its decoder takes back."""
    by_plane: bool = False
    """JPEG-LS: each component in a scan of its own."""
    start: int = 0
    end: int | None = None
    """Where in the pixel fragments the codestream lies; they may hold a file format around it."""
    ended: bool = True
    """The end marker is there."""
    least_length: int = 0
    """Bytes that so many samples take at the very least."""


def read(codestream: memoryview) -> Header:
    """Return the header of a frame's codestream.

    Parameters
    ----------
    codestream : memoryview
        The pixel fragments of one frame, joined.

    Raises
    ------
    CodecError
        Where it is none of the known ones, or its header is broken or cut off.
    """
    magic = bytes(codestream[:12])
    if magic[:2] == b"\xff\xd8":
        from fastsend.codecs.header_jpeg import read_jpeg

        return read_jpeg(codestream)
    if magic[:4] == b"\xff\x4f\xff\x51" or magic[4:12] == b"jP  \r\n\x87\n":
        from fastsend.codecs.header_jpeg2000 import read_jpeg2000

        return read_jpeg2000(codestream)
    if magic[:2] == b"\xff\x0a" or magic[4:12] == b"JXL \r\n\x87\n":
        from fastsend.codecs.header_jpegxl import read_jpegxl

        return read_jpegxl(codestream)
    if not any(magic):
        raise CodecError("the codestream is empty, or begins with zeros")
    raise CodecError(f"no known codestream begins with the bytes {magic[:4].hex(' ')}")


def check(header: Header, pixels: PixelFormat, length: int) -> None:
    """Refuse a codestream that does not agree with the attributes of its data set.

    Parameters
    ----------
    header : Header
        What the codestream says.
    pixels : PixelFormat
        The attributes.
    length : int
        The bytes of the pixel fragments.

    Raises
    ------
    CodecError
        Where they differ; it says what both say.
    """
    differences = [
        f"{theirs} {what} and the data set {ours}"
        for what, theirs, ours in (
            ("rows", header.rows, pixels.rows),
            ("columns", header.columns, pixels.columns),
            ("components", header.components, pixels.samples_per_pixel),
        )
        if theirs != ours
    ]
    if differences:
        raise CodecError(f"the {header.coding} codestream has " + ", ".join(differences))
    if header.subsampled and header.coding != "JPEG":
        # No native form has it, and what decoders make of it differs.
        raise CodecError(f"the {header.coding} codestream has components of several sizes")
    if length < header.least_length:
        raise BrokenCodestreamError(
            f"the {header.coding} codestream of {length} bytes is too short for {header.rows} rows "
            f"and {header.columns} columns"
        )
    if header.precision > pixels.bits_allocated:
        raise CodecError(
            f"the {header.coding} codestream has {header.precision} bits a sample "
            f"and the data set allocates {pixels.bits_allocated}"
        )
    if header.precision <= pixels.high_bit >= pixels.bits_stored:
        raise CodecError(
            f"the {header.coding} codestream has {header.precision} bits a sample, and the data "
            f"set has {pixels.bits_stored} below High Bit {pixels.high_bit}"
        )
