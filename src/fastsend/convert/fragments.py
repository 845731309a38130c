"""The items of encapsulated Pixel Data (PS3.5 A.4): where the pixel fragments lie in a file."""

from __future__ import annotations

import os
import struct
from array import array
from typing import Final, NamedTuple

from fastsend.convert.refusal import FramesError

MOST_FRAGMENTS: Final = 1 << 22
"""Beyond it lies no image: 4,194,304 fragments of a whole slide of 2,048 by 2,048 tiles."""

BEGINNING_LENGTH: Final = 16
"""Bytes of each fragment that are kept, to tell what begins there."""

_HEAD: Final = struct.Struct("<HHL")
_ITEM: Final = (0xFFFE, 0xE000)
_SEQUENCE_DELIMITER: Final = (0xFFFE, 0xE0DD)


class Fragments(NamedTuple):
    """The pixel fragments in order, those without any bytes left out."""

    basic_offset_table: tuple[int, int]
    """Offset in the file and length of its value, in bytes."""
    first_item: int
    """Offset of what follows the Basic Offset Table: what its entries count from."""
    offsets: array[int]
    """Of each fragment's value, in the file; its item begins 8 bytes before."""
    lengths: array[int]
    """In bytes, as its item says."""
    beginnings: bytes
    """The first bytes of each fragment, `BEGINNING_LENGTH` of them, filled up with zeros."""
    end: int
    """Offset behind the Sequence Delimitation Item, or of the end where there is none."""
    delimited: bool
    """Whether there is one."""

    def beginning(self, index: int) -> bytes:
        """Return the first bytes of a fragment."""
        return self.beginnings[index * BEGINNING_LENGTH : (index + 1) * BEGINNING_LENGTH]


def read_fragments(fd: int, value_offset: int, end: int) -> Fragments:
    """Walk the items of encapsulated Pixel Data.

    Parameters
    ----------
    fd : int
        An open file; its position neither matters nor changes.
    value_offset : int
        Where the value of Pixel Data begins in the file, in bytes.
    end : int
        Where the data set ends in the file.

    Returns
    -------
    Fragments
        Items of odd length are followed as they are, and a Sequence Delimitation Item may be
        missing where the last item ends with the data set: both are found in the field.

    Raises
    ------
    FramesError
        Where something else than an item stands, or an item is longer than what is left.
    OSError
        Where the file cannot be read.
    """
    offsets, lengths = array("Q"), array("I")
    beginnings = bytearray()
    table: tuple[int, int] | None = None
    position = value_offset
    first_item = value_offset
    delimited = False
    while position < end:
        head = os.pread(fd, min(_HEAD.size + BEGINNING_LENGTH, end - position), position)
        if len(head) < _HEAD.size:
            raise FramesError("Pixel Data ends within the head of an item", position)
        *tag, length = _HEAD.unpack_from(head)
        value = position + _HEAD.size
        if tuple(tag) == _SEQUENCE_DELIMITER:
            if length:
                raise FramesError("the Sequence Delimitation Item has a length", position)
            position, delimited = value, True
            break
        if tuple(tag) != _ITEM:
            raise FramesError("neither an item of Pixel Data nor their end", position)
        if length > end - value:
            raise FramesError("an item of Pixel Data is longer than what is left", position)
        beginning = head[_HEAD.size :][:length]
        if table is None and not _begins_with_codestream(beginning):
            table = value, length
            first_item = value + length
        elif length:
            table = table or (value_offset, 0)
            if len(offsets) == MOST_FRAGMENTS:
                raise FramesError(f"more than {MOST_FRAGMENTS:,} fragments", position)
            offsets.append(value)
            lengths.append(length)
            beginnings += beginning.ljust(BEGINNING_LENGTH, b"\0")
        position = value + length
    if not offsets:
        raise FramesError("Pixel Data has no fragment", value_offset)
    return Fragments(
        table or (value_offset, 0),
        first_item,
        offsets,
        lengths,
        bytes(beginnings),
        position,
        delimited,
    )


def _begins_with_codestream(beginning: bytes) -> bool:
    """Tell a fragment in the place of a Basic Offset Table, which begins with zeros, if at all."""
    return beginning.startswith((b"\xff\xd8\xff", b"\xff\x4f\xff\x51"))


def read_basic_offset_table(fd: int, fragments: Fragments) -> array[int] | None:
    """Return the entries of the Basic Offset Table, or None where it is empty or cannot be right.

    Raises
    ------
    OSError
        Where the file cannot be read.
    """
    offset, length = fragments.basic_offset_table
    if not length or length % 4 or length > 4 * len(fragments.offsets):
        return None
    value = os.pread(fd, length, offset)
    return array("Q", (entry for (entry,) in struct.iter_unpack("<L", value)))
