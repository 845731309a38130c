"""The headers of JPEG 2000 (ISO/IEC 15444-1 Annexes A and I) and HTJ2K (ISO/IEC 15444-15)."""

from __future__ import annotations

from struct import unpack_from
from typing import NamedTuple

from fastsend.codecs.header import BrokenCodestreamError, Header
from fastsend.codecs.job import CodecError

_SOT_BYTES = b"\xff\x90"
_EOC = b"\xff\xd9"
_TRAILING = 64
"""Bytes behind EOC in which it is looked for: padding."""
_SOC, _CAP, _SIZ, _COD, _COC, _SOT = 0xFF4F, 0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF90
_MOST_SEGMENTS = 10_000
_MOST_TILES = 65_535
"""As many as Isot can count (A.4.2)."""
_HT_CAPABILITY = 1 << 17
"""Pcap15: the codestream is for ISO/IEC 15444-15."""
_HT_BLOCKS = 0x40
"""A code-block style with HT code-blocks (15444-15 A.4)."""


class _Size(NamedTuple):
    """The SIZ segment (A.5.1)."""

    rows: int
    columns: int
    components: int
    precision: int
    signed: bool
    subsampled: bool


def read_jpeg2000(codestream: memoryview) -> Header:
    """Return the main header of a JPEG 2000 or HTJ2K codestream, bare or in JP2 boxes.

    Raises
    ------
    CodecError
        Where it is broken, or describes what Pixel Data cannot hold.
    """
    start, end = _contiguous_codestream(codestream)
    stream = codestream[start:end]
    if len(stream) < 6 or unpack_from(">HH", stream) != (_SOC, _SIZ):
        raise CodecError("the JP2 file format holds no JPEG 2000 codestream")
    size: _Size | None = None
    high_throughput = colour_transform = coded = ended = False
    reversible = True
    position = 2
    for _ in range(_MOST_SEGMENTS):
        if position + 4 > len(stream):
            raise CodecError("the JPEG 2000 codestream ends inside its main header")
        marker, length = unpack_from(">HH", stream, position)
        if marker == _SOT:
            ended = _ends(stream, position)
            break
        segment = stream[position + 4 : position + 2 + length]
        if length < 2 or len(segment) != length - 2:
            raise CodecError(f"the JPEG 2000 segment at byte {position} has a wrong length")
        if marker == _SIZ:
            size = _size(segment)
        elif marker == _CAP and len(segment) >= 4:
            high_throughput |= bool(unpack_from(">I", segment)[0] & _HT_CAPABILITY)
        elif marker == _COD:
            if len(segment) < 10:
                raise CodecError("the JPEG 2000 coding style is cut off")
            coded = True
            colour_transform = segment[4] == 1
            high_throughput |= bool(segment[8] & _HT_BLOCKS)
            reversible &= segment[9] == 1
        elif marker == _COC and size is not None:
            # Component number, one or two bytes; Scoc; then as SPcod: levels, block, style, wavelet
            at = (1 if size.components < 257 else 2) + 1
            if len(segment) < at + 5:
                raise CodecError("the JPEG 2000 coding style of a component is cut off")
            reversible &= segment[at + 4] == 1
        position += 2 + length
    if size is None or not coded:
        raise CodecError("the JPEG 2000 main header lacks its SIZ or COD segment")
    return Header(
        coding="HTJ2K" if high_throughput else "JPEG 2000",
        detail="5-3 reversible" if reversible else "9-7 irreversible",
        rows=size.rows,
        columns=size.columns,
        components=size.components,
        precision=size.precision,
        lossless=reversible,
        exact=reversible,
        signed=size.signed,
        subsampled=size.subsampled,
        colour_transform=colour_transform,
        ended=ended,
        start=start,
        end=end,
    )


def _ends(stream: memoryview, position: int) -> bool:
    """Tell whether the EOC marker follows the last tile-part.

    Raises
    ------
    BrokenCodestreamError
        Where the codestream ends inside a tile-part (A.4.2): some decoders make up the rest.
    """
    while bytes(stream[position : position + 2]) == _SOT_BYTES:
        left = len(stream) - position
        (length,) = unpack_from(">6xI", stream, position) if left >= 12 else (left + 1,)
        if length == 0:  # to the end of the codestream, which must be there then
            if bytes(stream[-_TRAILING:]).rfind(_EOC) < 0:
                raise BrokenCodestreamError("the JPEG 2000 codestream is cut off in its last tile")
            return True
        if not 14 <= length <= left:
            raise BrokenCodestreamError(
                f"the JPEG 2000 tile-part at byte {position} has {length} bytes, "
                f"and {left} are there"
            )
        position += length
    return bytes(stream[position : position + 2]) == _EOC


def _size(segment: memoryview) -> _Size:
    if len(segment) < 36:
        raise CodecError("the JPEG 2000 image and tile size is cut off")
    x1, y1, x0, y0, tile_width, tile_height, tile_x0, tile_y0, components = unpack_from(
        ">8IH", segment, 2
    )
    if len(segment) != 36 + 3 * components or components == 0:
        raise CodecError(f"the JPEG 2000 image has {components} components that do not fit it")
    if x1 <= x0 or y1 <= y0 or tile_width == 0 or tile_height == 0:
        raise CodecError("the JPEG 2000 image or its tiles are empty")
    if tile_x0 > x0 or tile_y0 > y0 or tile_x0 + tile_width <= x0 or tile_y0 + tile_height <= y0:
        raise CodecError("the first tile of the JPEG 2000 image lies outside of it")
    tiles = -(-(x1 - tile_x0) // tile_width) * -(-(y1 - tile_y0) // tile_height)
    if tiles > _MOST_TILES:
        raise CodecError(f"the JPEG 2000 image of {y1 - y0} x {x1 - x0} has {tiles} tiles")
    depths = {segment[36 + 3 * i] for i in range(components)}
    if len(depths) > 1:
        raise CodecError("the components of the JPEG 2000 image differ in their depth")
    depth = depths.pop()
    spacing = {(segment[37 + 3 * i], segment[38 + 3 * i]) for i in range(components)}
    return _Size(
        rows=y1 - y0,
        columns=x1 - x0,
        components=components,
        precision=(depth & 0x7F) + 1,
        signed=bool(depth & 0x80),
        subsampled=spacing != {(1, 1)},
    )


def _contiguous_codestream(data: memoryview) -> tuple[int, int]:
    """Return where the codestream lies: all of `data`, or its ``jp2c`` box (I.5.4).

    DICOM wants it bare (PS3.5 A.4.4); some encoders leave the file format around it. What the boxes
    say of colour is left unread: the attributes of the data set decide.
    """
    if bytes(data[:2]) == b"\xff\x4f":
        return 0, len(data)
    position = 0
    while position + 8 <= len(data):
        length, kind = unpack_from(">I4s", data, position)
        head = 8
        if length == 1:
            if position + 16 > len(data):
                break
            (length,) = unpack_from(">Q", data, position + 8)
            head = 16
        elif length == 0:
            length = len(data) - position
        if length < head or position + length > len(data):
            break
        if kind == b"jp2c":
            return position + head, position + length
        position += length
    raise CodecError("the JP2 file format is broken, or holds no codestream")
