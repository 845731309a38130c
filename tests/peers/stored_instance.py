"""What a receiver stored: the meta information that names it, and the bytes of its data set.

Read by hand from PS3.10 7.1, so that an expected value owes nothing to the package or to pydicom.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_LONG_LENGTH = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UN", b"UC", b"UR", b"UT")


class StoredInstance(NamedTuple):
    """One instance as a receiver got it; `data_set` is in its transfer syntax."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes


def decode_part10(content: bytes) -> StoredInstance:
    """Split a file with preamble and meta information; raise ValueError where it is not one."""
    if content[128:132] != b"DICM":
        raise ValueError("no DICM prefix")
    elements: dict[int, bytes] = {}
    position = 132
    while content[position : position + 2] == b"\x02\x00":
        element, vr, length = struct.unpack_from("<2xH2sH", content, position)
        position += 8
        if vr in _LONG_LENGTH:
            (length,) = struct.unpack_from("<I", content, position)
            position += 4
        elements[element] = content[position : position + length]
        position += length
    sop_class, sop_instance, transfer_syntax = (
        elements[element].rstrip(b"\0 ").decode("ascii") for element in (0x02, 0x03, 0x10)
    )
    return StoredInstance(sop_class, sop_instance, transfer_syntax, content[position:])


def by_instance_uid(instances: list[StoredInstance]) -> dict[str, StoredInstance]:
    """Return instances by SOP Instance UID, each of which must occur once."""
    found = {instance.sop_instance_uid: instance for instance in instances}
    assert len(found) == len(instances), "a SOP Instance UID came twice"
    return found
