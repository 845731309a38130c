"""Files of a small study, with a patient who must stay unnamed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from reference import part10_files
from reference.part10_files import CT, EXPLICIT, IMPLICIT, MR, RLE

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BIRTH_DATE",
    "CT",
    "EXPLICIT",
    "IMPLICIT",
    "MR",
    "PATIENT",
    "PATIENT_ID",
    "PATIENT_NAME",
    "RLE",
    "SERIES",
    "Study",
    "element",
    "encode_data_set",
    "encode_meta",
]

PATIENT_NAME = b"Canarybird^Tweety"
PATIENT_ID = b"CAGE-4711"
BIRTH_DATE = b"19420512"
SERIES = "1.2.826.0.1.3680043.10.999.2"
"""The Series Instance UID where no other is asked for."""
PATIENT = (b"Canarybird", b"Tweety", PATIENT_ID, BIRTH_DATE)
"""What must not be in any output below debug level."""


def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    """Encode a Data Element, Explicit VR Little Endian, of even length (PS3.5 6.2)."""
    value += (b"\0" if vr in (b"UI", b"OB", b"OW") else b" ") * (len(value) % 2)
    return part10_files.element(group << 16 | number, vr.decode(), value)


def encode_meta(sop_class: str, sop_instance: str, transfer_syntax: str) -> bytes:
    """Encode preamble, prefix and File Meta Information."""
    meta = part10_files.meta_elements(transfer_syntax, sop_class, sop_instance)
    meta += element(2, 0x12, b"UI", b"1.2.826.0.1.3680043.10.999")
    return part10_files.part10(b"", part10_files.with_group_length(meta))


def encode_data_set(
    sop_class: str, sop_instance: str, pixels: bytes, series: str = SERIES
) -> bytes:
    """Encode a data set that Orthanc stores; `pixels` are any."""
    return b"".join(
        [
            part10_files.identity(sop_class, sop_instance),
            element(0x10, 0x10, b"PN", PATIENT_NAME),
            element(0x10, 0x20, b"LO", PATIENT_ID),
            element(0x10, 0x30, b"DA", BIRTH_DATE),
            element(0x20, 0x0D, b"UI", b"1.2.826.0.1.3680043.10.999.1"),
            element(0x20, 0x0E, b"UI", series.encode()),
            element(0x7FE0, 0x10, b"OW", pixels),
        ]
    )


class Study:
    """Instances of a study, in files of `folder`, and what must arrive of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: list[Path] = []
        self.data_sets: dict[str, bytes] = {}
        """By SOP Instance UID, in order."""

    def add(
        self,
        name: str | bytes | None = None,
        *,
        sop_class: str = CT,
        transfer_syntax: str = EXPLICIT,
        pixel_bytes: int = 1000,
        series: str = SERIES,
    ) -> str:
        """Write one more file; return its SOP Instance UID."""
        number = len(self.paths) + 1
        uid = f"1.2.826.0.1.3680043.10.999.3.{number}"
        seed = hashlib.sha256(uid.encode()).digest()
        pixels = (seed * (pixel_bytes // 32 + 1))[:pixel_bytes]
        data_set = encode_data_set(sop_class, uid, pixels, series)
        named = name.decode(errors="surrogateescape") if isinstance(name, bytes) else name
        path = self.folder / (named or f"{number:04}.dcm")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_meta(sop_class, uid, transfer_syntax) + data_set)
        self.paths.append(path)
        self.data_sets[uid] = data_set
        return uid

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each data set by SOP Instance UID."""
        return {uid: hashlib.sha256(data).hexdigest() for uid, data in self.data_sets.items()}
