"""Files of PS3.10 put together byte by byte, right and wrong."""

from __future__ import annotations

import struct

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.50"
RLE = "1.2.840.10008.1.2.5"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LONG_VRS = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
UNDEFINED = 0xFFFFFFFF


def element(
    tag: int, vr: str, value: bytes, *, syntax: str = EXPLICIT, length: int | None = None
) -> bytes:
    """One Data Element; `length` is written in the place of the true one."""
    end = ">" if syntax == BIG_ENDIAN else "<"
    size = len(value) if length is None else length
    head = struct.pack(end + "HH", tag >> 16, tag & 0xFFFF)
    if syntax == IMPLICIT or tag >> 16 == 0xFFFE:
        return head + struct.pack(end + "L", size) + value
    if vr in LONG_VRS:
        return head + vr.encode() + b"\0\0" + struct.pack(end + "L", size) + value
    return head + vr.encode() + struct.pack(end + "H", size) + value


def item(content: bytes, *, syntax: str = EXPLICIT, defined: bool = False) -> bytes:
    if defined:
        return element(0xFFFEE000, "", content, syntax=syntax)
    end = element(0xFFFEE00D, "", b"", syntax=syntax)
    return element(0xFFFEE000, "", content, syntax=syntax, length=UNDEFINED) + end


def sequence(
    tag: int, *items: bytes, syntax: str = EXPLICIT, defined: bool = False, vr: str = "SQ"
) -> bytes:
    content = b"".join(items)
    if defined:
        return element(tag, vr, content, syntax=syntax)
    end = element(0xFFFEE0DD, "", b"", syntax=syntax)
    return element(tag, vr, content, syntax=syntax, length=UNDEFINED) + end


def uid(text: str) -> bytes:
    encoded = text.encode("latin-1")
    return encoded + b"\0" * (len(encoded) % 2)


def identity(
    sop_class: str | None = CT, sop_instance: str | None = "1.2.3.4", *, syntax: str = EXPLICIT
) -> bytes:
    """SOP Class UID and SOP Instance UID of a data set."""
    parts = [(0x00080016, sop_class), (0x00080018, sop_instance)]
    return b"".join(
        element(tag, "UI", uid(text), syntax=syntax) for tag, text in parts if text is not None
    )


def meta_elements(
    syntax: str | None = EXPLICIT, sop_class: str | None = CT, sop_instance: str | None = "1.2.3.4"
) -> bytes:
    parts = [(0x00020002, sop_class), (0x00020003, sop_instance), (0x00020010, syntax)]
    version = element(0x00020001, "OB", b"\0\1")
    return version + b"".join(
        element(tag, "UI", uid(text)) for tag, text in parts if text is not None
    )


def with_group_length(elements: bytes, length: int | None = None) -> bytes:
    size = len(elements) if length is None else length
    return element(0x00020000, "UL", struct.pack("<L", size)) + elements


def part10(data_set: bytes, meta: bytes | None = None, *, syntax: str = EXPLICIT) -> bytes:
    """A whole file; `meta` is group 0002 in the place of a proper one."""
    if meta is None:
        meta = with_group_length(meta_elements(syntax))
    return bytes(128) + b"DICM" + meta + data_set


def pixels(size: int = 200, *, syntax: str = EXPLICIT) -> bytes:
    return element(0x7FE00010, "OW", b"\x5a" * size, syntax=syntax)


def fragments(*contents: bytes, end: bool = True) -> bytes:
    """Encapsulated Pixel Data with an empty Basic Offset Table."""
    items = b"".join(element(0xFFFEE000, "", content) for content in (b"", *contents))
    closing = element(0xFFFEE0DD, "", b"") if end else b""
    return element(0x7FE00010, "OB", items, length=UNDEFINED) + closing
