"""Instances with images, written by hand from PS3.10 7.1, PS3.5 A.4 and PS3.3 C.7.6.3."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from peers.study import (
    BIRTH_DATE,
    CT,
    EXPLICIT,
    PATIENT_ID,
    PATIENT_NAME,
    element,
    encode_meta,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class ImageLayout(NamedTuple):
    """The attributes of native or encapsulated Pixel Data."""

    rows: int = 16
    columns: int = 16
    bits_allocated: int = 16
    bits_stored: int = 12
    samples_per_pixel: int = 1
    photometric_interpretation: bytes = b"MONOCHROME2"


def encode_image(
    sop_instance: str,
    layout: ImageLayout,
    *,
    native: bytes | None = None,
    codestreams: Sequence[bytes] = (),
    frames: int | None = None,
) -> bytes:
    """Encode a data set in Explicit VR Little Endian, with native pixels or with codestreams.

    Parameters
    ----------
    sop_instance : str
        Its UID.
    layout : ImageLayout
        What Pixel Data is.
    native : bytes, optional
        All native frames.
    codestreams : sequence of bytes
        One fragment each; the Basic Offset Table is empty.
    frames : int, optional
        Number of Frames; without it there is none.
    """
    return b"".join(
        [
            element(8, 0x16, b"UI", CT.encode()),
            element(8, 0x18, b"UI", sop_instance.encode()),
            element(0x10, 0x10, b"PN", PATIENT_NAME),
            element(0x10, 0x20, b"LO", PATIENT_ID),
            element(0x10, 0x30, b"DA", BIRTH_DATE),
            element(0x20, 0x0D, b"UI", b"1.2.826.0.1.3680043.10.999.1"),
            element(0x20, 0x0E, b"UI", b"1.2.826.0.1.3680043.10.999.2"),
            _short(0x02, layout.samples_per_pixel),
            element(0x28, 0x04, b"CS", layout.photometric_interpretation),
            _short(0x06, 0) if layout.samples_per_pixel > 1 else b"",
            element(0x28, 0x08, b"IS", str(frames).encode()) if frames is not None else b"",
            _short(0x10, layout.rows),
            _short(0x11, layout.columns),
            _short(0x100, layout.bits_allocated),
            _short(0x101, layout.bits_stored),
            _short(0x102, layout.bits_stored - 1),
            _short(0x103, 0),
            element(0x7FE0, 0x10, b"OW", native)
            if native is not None
            else encapsulate(codestreams),
        ]
    )


def encapsulate(codestreams: Sequence[bytes]) -> bytes:
    """Encode Pixel Data of one fragment a codestream (PS3.5 A.4)."""
    parts = [struct.pack("<HH2s2xL", 0x7FE0, 0x10, b"OB", 0xFFFFFFFF), _item(b"")]
    parts += [_item(codestream + bytes(len(codestream) % 2)) for codestream in codestreams]
    return b"".join(parts) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)


def write_image(path: Path, data_set: bytes, sop_instance: str, syntax: str = EXPLICIT) -> Path:
    """Write a file with File Meta Information."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_meta(CT, sop_instance, syntax) + data_set)
    return path


def rle_of(samples: bytes, samples_bytes: int = 2) -> bytes:
    """Encode a frame of one sample a pixel as literal runs only (PS3.5 Annex G)."""
    segments = []
    for byte in reversed(range(samples_bytes)):
        plane = samples[byte::samples_bytes]
        runs = b"".join(
            bytes([len(run) - 1]) + run
            for run in (plane[at : at + 128] for at in range(0, len(plane), 128))
        )
        segments.append(runs + bytes(len(runs) % 2))
    offsets, at = [], 64
    for segment in segments:
        offsets.append(at)
        at += len(segment)
    header = struct.pack("<16L", len(segments), *offsets, *(0,) * (15 - len(segments)))
    return header + b"".join(segments)


def _short(number: int, value: int) -> bytes:
    return element(0x28, number, b"US", struct.pack("<H", value))


def _item(value: bytes) -> bytes:
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(value)) + value
