"""Encapsulated Pixel Data, written item by item as PS3.5 A.4 words it, right or wrong."""

from __future__ import annotations

import struct
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DELIMITER = bytes.fromhex("feffdde000000000")

JPEG = b"\xff\xd8\xff\xe0"
JPEG_2000 = b"\xff\x4f\xff\x51"
JP2 = bytes.fromhex("0000000c6a5020200d0a870a")
JPEG_XL = b"\xff\x0a"
JPEG_XL_CONTAINER = bytes.fromhex("0000000c4a584c200d0a870a")
RLE_HEADER = struct.pack("<16L", 1, 64, *[0] * 14)


def item(value: bytes) -> bytes:
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(value)) + value


def offsets_of(fragments: Sequence[bytes]) -> list[int]:
    """Where the item of each fragment begins, from the first item on."""
    return [sum(8 + len(one) for one in fragments[:i]) for i in range(len(fragments))]


def encapsulated(
    fragments: Sequence[bytes],
    *,
    table: Sequence[int] = (),
    table_value: bytes | None = None,
    end: bytes = DELIMITER,
) -> bytes:
    """The value of Pixel Data: a Basic Offset Table, the fragments, and the end."""
    if table_value is None:
        table_value = struct.pack(f"<{len(table)}L", *table)
    return b"".join((item(table_value), *map(item, fragments), end))


@contextmanager
def open_file(content: bytes) -> Iterator[int]:
    """The descriptor of a file with this content."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        yield file.fileno()
