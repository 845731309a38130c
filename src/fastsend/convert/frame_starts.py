"""Which fragments frames begin with: by offset tables, by codestreams, and how they agree."""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING

from fastsend.convert.codestream_start import start_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.convert.fragments import Fragments


def decide(
    count: int,
    number_of_frames: int | None,
    table: array[int] | None,
    marked: array[int] | None,
    *,
    certain: bool,
) -> array[int] | None:
    """Return the first fragment of each frame, or None where the evidence does not suffice.

    Parameters
    ----------
    count : int
        How many fragments there are.
    number_of_frames : int or None
        What the data set says.
    table, marked : array or None
        The frames' first fragments by an offset table, and by how codestreams begin.
    certain : bool
        Whether what looks like the beginning of a codestream is one.
    """
    one_each = array("L", range(count))
    candidates = (table, marked, one_each)
    agreeing = [one for one in candidates if one is not None and len(one) == number_of_frames]
    if agreeing:
        if marked is None or not certain:
            return agreeing[0]
        if marked in agreeing:
            # Also where the offsets of a table point to fragments, but to the wrong ones.
            return marked
        # A codestream that begins within a frame would be dropped.
        return agreeing[0] if set(marked) <= set(agreeing[0]) else None
    if marked is not None and (certain or marked == one_each):
        return marked if table is None or table == marked else None
    if count == 1 or table == one_each:
        return one_each
    return table if number_of_frames is None else None


def table_starts(fragments: Fragments, entries: Sequence[int] | None) -> array[int] | None:
    """Return the fragment that each entry of an offset table names, or None where one does not."""
    if not entries or entries[0] != 0:
        return None
    item_of = fragments.first_item + 8
    starts = array("L")
    index = 0
    for entry in entries:
        wanted = item_of + entry
        while index < len(fragments.offsets) and fragments.offsets[index] < wanted:
            index += 1
        if index == len(fragments.offsets) or fragments.offsets[index] != wanted:
            return None
        starts.append(index)
        index += 1
    return starts


def extended_table(fragments: Fragments, value: bytes | None) -> array[int] | None:
    """Return the frames by the Extended Offset Table: always one fragment each."""
    count = len(fragments.offsets)
    if value is None or len(value) != 8 * count:
        return None
    starts = table_starts(fragments, struct.unpack(f"<{count}Q", value))
    return starts if starts is not None and len(starts) == count else None


def lengths_without_padding(fragments: Fragments, value: bytes) -> array[int] | None:
    """Return the Extended Offset Table Lengths, or None where they do not fit the fragments."""
    count = len(fragments.offsets)
    if len(value) != 8 * count:
        return None
    lengths = struct.unpack(f"<{count}Q", value)
    pairs = zip(lengths, fragments.lengths, strict=True)
    if any(not 0 < length <= whole for length, whole in pairs):
        return None
    return array("Q", lengths)


def marked_starts(fragments: Fragments, transfer_syntax_uid: str) -> tuple[array[int] | None, bool]:
    """Return the fragments that a codestream begins in, and whether that is certain."""
    mark = start_mark(transfer_syntax_uid, fragments.beginning(0))
    if mark is None:
        return None, False
    return array(
        "L",
        (i for i in range(len(fragments.offsets)) if mark.found(fragments.beginning(i))),
    ), mark.certain


def uncompressed_starts(fragments: Fragments, frame_length: int) -> array[int] | None:
    """Return where native frames begin that each end with a fragment, padded or not."""
    starts = array("L")
    filled = frame_length
    for index, length in enumerate(fragments.lengths):
        if filled >= frame_length:
            starts.append(index)
            filled = 0
        filled += length
        if filled > frame_length + frame_length % 2:
            return None
    return starts if filled >= frame_length else None
