"""RLE Lossless in plain Python, as PS3.5 Annex G words it: slow, written to be compared with.

Frames of 1 bit allocated have one sample and are packed as in PS3.5 8.1.1.
"""

from __future__ import annotations

import struct
from itertools import groupby, pairwise

HEADER = struct.Struct("<16L")


def pack_bits(pixels: bytes) -> bytes:
    """The first pixel in the least significant bit."""
    return bytes(
        sum(bit << i for i, bit in enumerate(pixels[at : at + 8]))
        for at in range(0, len(pixels), 8)
    )


def unpack_bits(packed: bytes, pixels: int) -> bytes:
    """One byte a pixel."""
    return bytes(packed[i // 8] >> i % 8 & 1 for i in range(pixels))


def _byte_segments(samples: int, bits: int, planar: int, native_length: int) -> list[slice]:
    """Where the bytes of each segment lie in a native frame, G.2."""
    size = bits // 8
    plane = native_length // samples
    return [
        slice(sample * plane + byte, (sample + 1) * plane, size)
        if planar
        else slice(sample * size + byte, None, samples * size)
        for sample in range(samples)
        for byte in reversed(range(size))
    ]


def encode(native: bytes, rows: int, columns: int, samples: int, bits: int, planar: int) -> bytes:
    """G.4 and G.5."""
    if bits == 1:
        native, bits = unpack_bits(native, rows * columns), 8
    segments = []
    for where in _byte_segments(samples, bits, planar, len(native)):
        plane = native[where]
        encoded = b"".join(
            encode_row(plane[at : at + columns]) for at in range(0, len(plane), columns)
        )
        segments.append(encoded + bytes(len(encoded) % 2))
    offsets = [64 + sum(map(len, segments[:i])) for i in range(len(segments))]
    header = HEADER.pack(len(segments), *offsets, *[0] * (15 - len(segments)))
    return header + b"".join(segments)


def encode_row(row: bytes) -> bytes:
    """G.3.1: three equal bytes are a replicate run; two are one unless a literal run is open."""
    encoded = bytearray()
    literal = bytearray()

    def close_literal() -> None:
        if literal:
            encoded.append(len(literal) - 1)
            encoded.extend(literal)
            literal.clear()

    for value, group in groupby(row):
        left = len(list(group))
        while left:
            count = min(left, 128)
            if count >= 3 or (count == 2 and not literal):
                close_literal()
                encoded += bytes((257 - count, value))
            else:
                count = 1
                literal.append(value)
                if len(literal) == 128:
                    close_literal()
            left -= count
    close_literal()
    return bytes(encoded)


def decode(data: bytes, rows: int, columns: int, samples: int, bits: int, planar: int) -> bytes:
    """The native frame; ValueError where the encoded one does not hold all of it."""
    pixels = rows * columns
    size = 8 if bits == 1 else bits
    native = bytearray(pixels * samples * size // 8)
    where = _byte_segments(samples, size, planar, len(native))
    if len(data) < HEADER.size:
        raise ValueError("no header")
    count, *offsets = HEADER.unpack_from(data)
    if count != len(where):
        raise ValueError("wrong number of segments")
    bounds = list(pairwise([*offsets[:count], len(data)]))
    if not all(HEADER.size <= start < end <= len(data) for start, end in bounds):
        raise ValueError("bad offset")
    for part, (start, end) in zip(where, bounds, strict=True):
        plane = decode_segment(data[start:end], pixels)
        if bits == 1 and len(plane) == (pixels + 7) // 8 < pixels:
            plane = unpack_bits(plane, pixels)
        if len(plane) < pixels:
            raise ValueError("short segment")
        native[part] = plane[:pixels]
    if bits == 1:
        if any(value > 1 for value in native):
            raise ValueError("no bit")
        return pack_bits(native)
    return bytes(native)


def decode_segment(segment: bytes, enough: int) -> bytes:
    """G.3.2: what the runs make, up to the one that makes it `enough` bytes."""
    decoded = bytearray()
    at = 0
    while len(decoded) < enough and at < len(segment):
        control = segment[at]
        if control < 128:
            run = segment[at + 1 : at + 2 + control]
            if len(run) <= control:
                break
            decoded += run
            at += 2 + control
        elif control > 128:
            if at + 1 == len(segment):
                break
            decoded += segment[at + 1 : at + 2] * (257 - control)
            at += 2
        else:
            at += 1
    return bytes(decoded)
