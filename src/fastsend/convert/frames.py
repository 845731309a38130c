"""Where the frames of encapsulated Pixel Data lie, and what is written around them (PS3.5 A.4)."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final

from fastsend.convert.fragments import read_basic_offset_table, read_fragments
from fastsend.convert.frame_starts import (
    decide,
    extended_table,
    lengths_without_padding,
    marked_starts,
    table_starts,
    uncompressed_starts,
)
from fastsend.convert.refusal import FramesError
from fastsend.convert.tags import PIXEL_DATA

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator

_ENCAPSULATED_UNCOMPRESSED: Final = "1.2.840.10008.1.2.1.98"


class FrameIndex:
    """The pixel fragments of each frame: ``index[i]`` gives offsets and lengths in the file.

    It takes at most 16 bytes a fragment.
    """

    def __init__(
        self, offsets: array[int], lengths: array[int], starts: array[int] | None, end: int
    ) -> None:
        self._offsets = offsets
        self._lengths = lengths
        self._starts = starts
        self.end = end
        """Offset behind Pixel Data, in bytes."""

    def __len__(self) -> int:
        return len(self._offsets if self._starts is None else self._starts)

    def _fragments(self, frame: int) -> range:
        """Return the numbers of a frame's fragments."""
        if not 0 <= frame < len(self):
            raise IndexError(frame)
        if self._starts is None:
            return range(frame, frame + 1)
        last = frame + 1 == len(self._starts)
        return range(self._starts[frame], len(self._offsets) if last else self._starts[frame + 1])

    def __getitem__(self, frame: int) -> tuple[tuple[int, int], ...]:
        return tuple((self._offsets[i], self._lengths[i]) for i in self._fragments(frame))

    def __iter__(self) -> Iterator[tuple[tuple[int, int], ...]]:
        return (self[frame] for frame in range(len(self)))

    def length(self, frame: int) -> int:
        """Return the bytes of a frame's codestream, with what it is padded with."""
        return sum(self._lengths[i] for i in self._fragments(frame))

    def read_into(self, fd: int, frame: int, buffer: memoryview) -> int:
        """Read a frame's codestream, the fragments joined, and return its length.

        Parameters
        ----------
        fd : int
            The file.
        frame : int
            Its number, from 0.
        buffer : memoryview
            Where to, at least `length` bytes.

        Raises
        ------
        FramesError
            Where the file became shorter meanwhile.
        OSError
            Where it cannot be read.
        """
        position = 0
        for offset, length in self[frame]:
            read_into(fd, offset, buffer[position : position + length])
            position += length
        return position


def read_into(fd: int, offset: int, buffer: memoryview) -> None:
    """Fill a buffer from a file.

    Raises
    ------
    FramesError
        Where the file ends before.
    OSError
        Where it cannot be read.
    """
    while buffer:
        count = os.preadv(fd, [buffer], offset)
        if not count:
            raise FramesError("the file became shorter while it was read", offset)
        buffer = buffer[count:]
        offset += count


def locate(
    fd: int,
    value_offset: int,
    end: int,
    *,
    transfer_syntax_uid: str,
    number_of_frames: int | None = None,
    extended_offsets: bytes | None = None,
    extended_lengths: bytes | None = None,
    frame_length: int | None = None,
) -> FrameIndex:
    """Find the frames of encapsulated Pixel Data.

    Parameters
    ----------
    fd : int
        An open file; its position neither matters nor changes.
    value_offset, end : int
        Where the value of Pixel Data begins, and where the data set ends in the file, in bytes.
    transfer_syntax_uid : str
        Of the file.
    number_of_frames : int, optional
        Number of Frames (0028,0008), where it holds a number above 0.
    extended_offsets, extended_lengths : bytes, optional
        Values of Extended Offset Table (7FE0,0001) and its Lengths (7FE0,0002).
    frame_length : int, optional
        Of a native frame in bytes; used for Encapsulated Uncompressed only.

    Returns
    -------
    FrameIndex
        It has the frames that are there: `number_of_frames` may be wrong.

    Raises
    ------
    FramesError
        Where items are broken, or where fragments, tables, beginnings of codestreams and
        `number_of_frames` do not agree on what the frames are.
    OSError
        Where the file cannot be read.

    Notes
    -----
    An offset table is followed where it is free of contradictions (PS3.5 A.4, PS3.3 C.7.6.3.1.8).
    Else the beginnings of the codestreams decide, then one fragment a frame where these are as many
    as `number_of_frames`.
    """
    fragments = read_fragments(fd, value_offset, end)
    count = len(fragments.offsets)
    table = extended_table(fragments, extended_offsets)
    lengths = fragments.lengths
    if table is not None and extended_lengths is not None:
        lengths = lengths_without_padding(fragments, extended_lengths) or lengths
    if table is None:
        table = table_starts(fragments, read_basic_offset_table(fd, fragments))
    if transfer_syntax_uid == _ENCAPSULATED_UNCOMPRESSED and frame_length:
        marked, certain = uncompressed_starts(fragments, frame_length), True
    else:
        marked, certain = marked_starts(fragments, transfer_syntax_uid)
    starts = decide(count, number_of_frames, table, marked, certain=certain)
    if not fragments.delimited and starts is not None and len(starts) < (number_of_frames or 0):
        raise FramesError(
            f"Pixel Data ends after {len(starts):,} frames, {_expected(number_of_frames)}",
            fragments.end,
        )
    if starts is None:
        raise FramesError(
            f"{count:,} fragments do not tell where the frames begin, "
            f"{_expected(number_of_frames)}",
            value_offset,
        )
    return FrameIndex(
        fragments.offsets, lengths, None if len(starts) == count else starts, fragments.end
    )


def _expected(number_of_frames: int | None) -> str:
    if number_of_frames is None:
        return "and there is no Number of Frames"
    return f"and Number of Frames is {number_of_frames:,}"


def encapsulated_head(number_of_frames: int) -> bytes:
    """Return Pixel Data up to its first fragment, in Explicit VR Little Endian (PS3.5 A.4).

    Parameters
    ----------
    number_of_frames : int
        With one, the Basic Offset Table holds its offset; else it is empty, for the lengths of
        later frames are not known yet.
    """
    head = struct.pack("<HH2s2xL", PIXEL_DATA >> 16, PIXEL_DATA & 0xFFFF, b"OB", 0xFFFFFFFF)
    return head + (item_head(4) + bytes(4) if number_of_frames == 1 else item_head(0))


def item_head(length: int) -> bytes:
    """Return the head of an item of Pixel Data; `length` is that of a codestream, in bytes.

    Raises
    ------
    FramesError
        Where no item can be as long.
    """
    padded = length + length % 2
    if padded > 0xFFFFFFFE:
        raise FramesError(f"a codestream of {length:,} bytes fits no item", 0)
    return struct.pack("<HHL", 0xFFFE, 0xE000, padded)


def item_padding(length: int) -> bytes:
    """Return the NUL behind a codestream of odd length, or nothing (PS3.5 A.4)."""
    return bytes(length % 2)


ENCAPSULATED_END: Final = struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
"""The Sequence Delimitation Item."""
