"""Frames among any fragments, any tables and any damage."""

from __future__ import annotations

import struct
from itertools import accumulate
from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st
from pydicom.encaps import encapsulate, encapsulate_extended

from fastsend.convert.frames import FrameIndex, locate
from fastsend.convert.refusal import FramesError
from reference.encapsulated import (
    DELIMITER,
    JPEG,
    JPEG_2000,
    JPEG_XL,
    RLE_HEADER,
    encapsulated,
    offsets_of,
    open_file,
)

SYNTAXES = {
    "1.2.840.10008.1.2.4.50": JPEG,
    "1.2.840.10008.1.2.4.90": JPEG_2000,
    "1.2.840.10008.1.2.4.110": JPEG_XL,
    "1.2.840.10008.1.2.5": RLE_HEADER,
    "1.2.840.10008.1.2.8.1": b"",
}


def located(value: bytes, syntax: str, **keywords) -> FrameIndex:
    with open_file(value) as fd:
        return locate(fd, 0, len(value), transfer_syntax_uid=syntax, **keywords)


def contents(value: bytes, index: FrameIndex) -> list[bytes]:
    return [b"".join(value[o : o + n] for o, n in frame) for frame in index]


class Image(NamedTuple):
    syntax: str
    frames: list[list[bytes]]
    """The fragments of each."""

    @property
    def fragments(self) -> list[bytes]:
        return [fragment for frame in self.frames for fragment in frame]

    @property
    def codestreams(self) -> list[bytes]:
        return [b"".join(frame) for frame in self.frames]

    @property
    def table(self) -> list[int]:
        """A Basic Offset Table as it should be."""
        offsets = offsets_of(self.fragments)
        firsts = [0, *accumulate(map(len, self.frames))][:-1]
        return [offsets[first] for first in firsts]


@st.composite
def images(draw: st.DrawFn, most_fragments: int = 4) -> Image:
    syntax, start = draw(st.sampled_from(sorted(SYNTAXES.items())))
    # No byte of the rest begins a codestream.
    rest = st.binary(min_size=1, max_size=9).map(lambda b: bytes(byte & 0x7F | 0x10 for byte in b))
    frames = draw(
        st.lists(st.lists(rest, min_size=1, max_size=most_fragments), min_size=1, max_size=6)
    )
    return Image(syntax, [[start + frame[0], *frame[1:]] for frame in frames])


@given(images())
def test_a_right_table_and_number_give_the_frames(image: Image) -> None:
    value = encapsulated(image.fragments, table=image.table)
    index = located(value, image.syntax, number_of_frames=len(image.frames))
    assert contents(value, index) == image.codestreams


@given(images(), st.lists(st.integers(0, 80) | st.integers(0, 0xFFFFFFFF), max_size=8))
def test_a_wrong_table_does_no_harm(image: Image, table: list[int]) -> None:
    assume(image.syntax != "1.2.840.10008.1.2.8.1")
    value = encapsulated(image.fragments, table=table)
    number = len(image.frames)
    index = located(value, image.syntax, number_of_frames=number)
    if image.syntax.endswith(".110"):
        assert len(index) == number  # the weak mark of JPEG XL yields to a possible table
    else:
        assert contents(value, index) == image.codestreams


@given(images(most_fragments=1), st.none() | st.integers(1, 9))
def test_one_fragment_a_frame_without_table(image: Image, number: int | None) -> None:
    value = encapsulated(image.fragments)
    known = image.syntax != "1.2.840.10008.1.2.8.1" or len(image.frames) == 1
    if number == len(image.frames) or known:
        index = located(value, image.syntax, number_of_frames=number)
        assert contents(value, index) == image.codestreams
    else:
        with_number = {"number_of_frames": number}
        try:
            located(value, image.syntax, **with_number)
        except FramesError:
            return
        raise AssertionError("guessed")


@given(images(most_fragments=1), st.booleans())
def test_what_pydicom_encapsulates(image: Image, has_table: bool) -> None:
    value = encapsulate(image.codestreams, has_bot=has_table) + DELIMITER
    index = located(value, image.syntax, number_of_frames=len(image.frames))
    padded = [one + bytes(len(one) % 2) for one in image.codestreams]
    assert contents(value, index) == padded


@given(images(most_fragments=1), st.none() | st.integers(1, 9))
def test_what_pydicom_encapsulates_with_an_extended_table(image: Image, number: int | None) -> None:
    value, offsets, lengths = encapsulate_extended(image.codestreams)
    value += DELIMITER
    index = located(
        value,
        image.syntax,
        number_of_frames=number,
        extended_offsets=offsets,
        extended_lengths=lengths,
    )
    # Its lengths are those with padding.
    assert contents(value, index) == [one + bytes(len(one) % 2) for one in image.codestreams]


@given(images(), st.data())
def test_damage_is_refused_or_leaves_whole_fragments(image: Image, data: st.DataObject) -> None:
    value = bytearray(encapsulated(image.fragments, table=image.table))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(value) - 1))
        value[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(value)) | st.just(len(value)))
    with open_file(bytes(value)) as fd:
        try:
            index = locate(
                fd,
                0,
                end,
                transfer_syntax_uid=image.syntax,
                number_of_frames=data.draw(st.none() | st.just(len(image.frames))),
            )
        except FramesError as error:
            assert 0 <= error.offset <= end
            return
    assert index.end <= end
    pieces = [piece for frame in index for piece in frame]
    assert pieces
    position = 0
    for offset, length in pieces:
        head = struct.unpack_from("<HHL", value, offset - 8)
        assert head == (0xFFFE, 0xE000, length)
        assert position <= offset - 8
        position = offset + length
    assert position <= index.end


@given(st.binary(max_size=100), st.sampled_from(sorted(SYNTAXES)))
def test_any_bytes_are_refused_or_hold_fragments(value: bytes, syntax: str) -> None:
    try:
        index = located(value, syntax)
    except FramesError:
        return
    assert index.end <= len(value)
