"""The headers of JPEG (ISO/IEC 10918-1 Annex B) and JPEG-LS (ISO/IEC 14495-1 Annex C)."""

from __future__ import annotations

from struct import unpack_from

from fastsend.codecs.header import Coding, Header
from fastsend.codecs.job import CodecError

_SOI, _EOI, _SOS, _SOF55 = 0xD8, 0xD9, 0xDA, 0xF7
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a segment: TEM, RST0 to RST7, and SOI, which SPIFF headers repeat."""
_NOT_FRAMES = {0xC4, 0xC8, 0xCC}
"""DHT, JPG and DAC, which lie among the SOF markers."""
_PROCESSES = {
    0xC0: "baseline",
    0xC1: "extended sequential",
    0xC2: "progressive",
    _SOF55: "JPEG-LS",
    0xC3: "lossless",
}
_MOST_SEGMENTS = 10_000
_TRAILING = 64
"""Bytes behind EOI in which it is looked for: padding, and what encoders leave there."""


def read_jpeg(codestream: memoryview) -> Header:
    """Return the header of a JPEG or JPEG-LS codestream, up to its first scan.

    Raises
    ------
    CodecError
        Where it is broken, or of a process that no decoder here knows.
    """
    frame: tuple[int, int] | None = None  # marker, and offset of its segment
    position = 2
    for _ in range(_MOST_SEGMENTS):
        marker, position = _next_marker(codestream, position)
        if marker in _STANDALONE:
            continue
        length = _segment_length(codestream, position)
        if marker == _SOS:
            if frame is None:
                raise CodecError("the JPEG codestream has a scan before its frame header")
            return _header(codestream, *frame, position)
        if marker in _PROCESSES or (0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES):
            if frame is not None:
                raise CodecError("the JPEG codestream has a second frame header")
            if marker not in _PROCESSES:
                raise CodecError(
                    f"the JPEG codestream is hierarchical or arithmetic: SOF{marker - 0xC0}"
                )
            frame = marker, position
        position += length
    raise CodecError("the JPEG codestream has too many segments before its first scan")


def _next_marker(codestream: memoryview, position: int) -> tuple[int, int]:
    """Return a marker and the offset behind it; FFH may be repeated before it (B.1.1.2)."""
    start = position
    while position < len(codestream) and codestream[position] == 0xFF:
        position += 1
    if position >= len(codestream):
        raise CodecError("the JPEG codestream ends before its first scan")
    if position == start or codestream[position] == 0:
        raise CodecError(f"the JPEG codestream has no marker at byte {start}")
    marker = codestream[position]
    if marker == _EOI:
        raise CodecError("the JPEG codestream ends before its first scan")
    return marker, position + 1


def _segment_length(codestream: memoryview, position: int) -> int:
    if position + 2 > len(codestream):
        raise CodecError("the JPEG codestream ends inside a marker segment")
    (length,) = unpack_from(">H", codestream, position)
    if length < 2 or position + length > len(codestream):
        raise CodecError(f"the JPEG segment at byte {position} has a wrong length of {length}")
    return int(length)


def _header(codestream: memoryview, marker: int, at: int, scan_at: int) -> Header:
    length = _segment_length(codestream, at)
    if length < 8:
        raise CodecError("the JPEG frame header is too short")
    precision, rows, columns, components = unpack_from(">BHHB", codestream, at + 2)
    if length != 8 + 3 * components or not 1 <= components <= 4:
        raise CodecError(f"the JPEG frame header has {components} components in {length} bytes")
    if rows == 0 or columns == 0:
        # A height that only a DNL segment or a later LSE tells (B.2.5); no encoder is known.
        raise CodecError(f"the JPEG frame header has {rows} rows and {columns} columns")
    if not 2 <= precision <= 16:
        raise CodecError(f"the JPEG frame header has {precision} bits a sample")
    sampling = {codestream[at + 9 + 3 * i] for i in range(components)}
    if any(not (1 <= one >> 4 <= 4 and 1 <= one & 15 <= 4) for one in sampling):
        raise CodecError("the JPEG frame header has wrong sampling factors")
    in_scan, first, interleave, point = _scan(codestream, scan_at)
    coding: Coding = "JPEG"
    detail = _PROCESSES[marker]
    lossless = exact = False
    # No Huffman code is shorter than one bit: for the DC difference of a block of 64 samples, which
    # chrominance may have fewer of, or for a difference of samples.
    least_bits = rows * columns // 64
    if marker == 0xC3:
        if not 1 <= first <= 7:
            raise CodecError(f"the JPEG Lossless codestream has the selection value {first}")
        coding, detail = "JPEG Lossless", f"selection value {first}"
        lossless, exact = point == 0, True
        least_bits = rows * columns
    elif marker == _SOF55:
        # Ss is NEAR and Se is ILV (ISO/IEC 14495-1 C.2.3).
        coding, detail = "JPEG-LS", f"NEAR {first}"
        lossless, exact = first == 0, True
        least_bits = rows  # the rest may be one long run
    return Header(
        coding=coding,
        detail=detail,
        rows=rows,
        columns=columns,
        components=components,
        precision=precision,
        lossless=lossless,
        exact=exact,
        subsampled=len(sampling) > 1,
        by_plane=coding == "JPEG-LS" and components > 1 and interleave == 0 and in_scan == 1,
        least_length=least_bits // 8,
        ended=bytes(codestream[-_TRAILING:]).rfind(b"\xff\xd9") >= 0,
    )


def _scan(codestream: memoryview, at: int) -> tuple[int, int, int, int]:
    """Return the components of a scan header, its Ss, Se and Al (B.2.3)."""
    length = _segment_length(codestream, at)
    components = codestream[at + 2] if length > 2 else 0
    if length != 6 + 2 * components or not 1 <= components <= 4:
        raise CodecError(f"the JPEG scan header has {components} components in {length} bytes")
    behind = at + 3 + 2 * components
    return components, codestream[behind], codestream[behind + 1], codestream[behind + 2] & 15
