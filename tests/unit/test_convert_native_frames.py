"""Native frames: by the byte, by the bit, and in big endian words."""

from __future__ import annotations

import pytest

from fastsend.convert.native_frames import FrameJoiner, NativeFrames, extract_bits, swap_words
from fastsend.convert.refusal import FramesError
from fastsend.model.pixels import PixelFormat
from reference.encapsulated import open_file
from reference.rle import pack_bits, unpack_bits


def pixels(rows: int, columns: int, bits: int = 8, samples: int = 1) -> PixelFormat:
    photometric = "RGB" if samples == 3 else "MONOCHROME2"
    return PixelFormat(rows, columns, samples, bits, bits, bits - 1, 0, 0, photometric)


def frames_of(
    value: bytes, layout: PixelFormat, number: int | None, *, swap: bool = False
) -> list[bytes]:
    with open_file(b"head" + value + b"behind") as fd:
        frames = NativeFrames(fd, 4, len(value), layout, number, swap=swap)
        assert frames.end == 4 + len(value)
        found = []
        for frame in range(len(frames)):
            buffer = memoryview(bytearray(b"?" * (layout.frame_length + 2)))
            assert frames.read_into(frame, buffer) == layout.frame_length == frames.length(frame)
            assert bytes(buffer[-2:]) == b"??"
            found.append(bytes(buffer[:-2]))
        return found


def test_frames_follow_each_other() -> None:
    assert frames_of(b"abcdefghijkl", pixels(2, 3), 2) == [b"abcdef", b"ghijkl"]


def test_samples_and_bytes_belong_to_a_frame() -> None:
    assert frames_of(b"abcdefghijkl", pixels(1, 1, 16, 3), 2) == [b"abcdef", b"ghijkl"]


@pytest.mark.parametrize("number", [1, None])
def test_frames_of_odd_length_have_one_byte_of_padding_in_all(number: int | None) -> None:
    assert frames_of(b"abc\0", pixels(1, 3), number) == [b"abc"]
    assert frames_of(b"abcdef", pixels(1, 3), 2) == [b"abc", b"def"]


@pytest.mark.parametrize("number", [1, None])
def test_the_length_tells_the_frames_where_their_number_is_missing_or_one(
    number: int | None,
) -> None:
    assert frames_of(b"abcdefghijkl", pixels(2, 3), number) == [b"abcdef", b"ghijkl"]
    assert frames_of(b"abcdefghi\0", pixels(1, 3), number) == [b"abc", b"def", b"ghi"]


def test_zeros_behind_the_frames_are_padding() -> None:
    assert frames_of(b"abcdef" + bytes(4), pixels(2, 3), 1) == [b"abcdef"]
    assert frames_of(b"abcdef" + bytes(6), pixels(1, 3), 2) == [b"abc", b"def"]


@pytest.mark.parametrize("number", [1, 2, None])
def test_other_bytes_behind_the_frames_are_not_dropped(number: int | None) -> None:
    with pytest.raises(FramesError, match="goes on for"):
        frames_of(b"abcdefghijklm" + b"..", pixels(2, 3), number)


def test_padding_beyond_measure_is_refused() -> None:
    with pytest.raises(FramesError, match="goes on for"):
        frames_of(bytes(1 << 21), pixels(2, 3), 2)


@pytest.mark.parametrize(
    ("number", "length"), [(1, 5), (3, 17), (None, 5), (None, 0), (1 << 40, 6)]
)
def test_frames_that_are_not_all_there_are_refused(number: int | None, length: int) -> None:
    with pytest.raises(FramesError, match="too short"):
        frames_of(b"?" * length, pixels(2, 3), number)


@pytest.mark.parametrize("frame", [-1, 2])
def test_there_is_no_frame_of_another_number(frame: int) -> None:
    with open_file(b"abcdefghijkl") as fd:
        frames = NativeFrames(fd, 0, 12, pixels(2, 3), 2)
        with pytest.raises(IndexError):
            frames.read_into(frame, memoryview(bytearray(6)))


def test_frames_of_single_bits_begin_within_bytes() -> None:
    one, two, three = b"\1\0\1\1\0", b"\0\1\1\0\1", b"\1\1\1\1\0"
    value = pack_bits(one + two + three)
    assert frames_of(value, pixels(1, 5, 1), 3) == [pack_bits(f) for f in (one, two, three)]


def test_the_rest_of_the_last_byte_of_a_frame_of_bits_is_zeros() -> None:
    assert frames_of(b"\xff\xff", pixels(1, 5, 1), 3) == [b"\x1f", b"\x1f", b"\x1f"]


def test_big_endian_words_are_swapped() -> None:
    assert frames_of(b"badcfehg", pixels(1, 2, 16), 2, swap=True) == [b"abcd", b"efgh"]


def test_bytes_in_big_endian_words_are_swapped_where_frames_share_a_word() -> None:
    assert frames_of(b"badcfe", pixels(1, 3), 2, swap=True) == [b"abc", b"def"]
    assert frames_of(b"badcfehg\0i", pixels(1, 3), 3, swap=True) == [b"abc", b"def", b"ghi"]


def test_bits_in_big_endian_words_are_swapped() -> None:
    bits = b"\1\0\1\1\0\1\1\0\0\1\1\0\1\0\0\1"
    low, high = pack_bits(bits)
    assert frames_of(bytes((high, low)), pixels(1, 8, 1), 2, swap=True) == [
        pack_bits(bits[:8]),
        pack_bits(bits[8:]),
    ]
    assert frames_of(bytes((high, low)), pixels(1, 5, 1), 3, swap=True) == [
        pack_bits(bits[at : at + 5]) for at in (0, 5, 10)
    ]


def test_a_file_that_shrinks_meanwhile_is_an_error() -> None:
    with open_file(b"abcdef") as fd:
        frames = NativeFrames(fd, 0, 12, pixels(2, 3), 2)
        with pytest.raises(FramesError, match="became shorter"):
            frames.read_into(1, memoryview(bytearray(6)))


@pytest.mark.parametrize("shift", range(8))
@pytest.mark.parametrize("bits", [1, 7, 8, 9, 16])
def test_bits_are_extracted(shift: int, bits: int) -> None:
    data = bytes.fromhex("a5c3f00f")
    expected = unpack_bits(data, 32)[shift : shift + bits]
    assert extract_bits(data, shift, bits) == pack_bits(expected)


@pytest.mark.parametrize("bits", [1, 5, 8, 11, 16, 23])
def test_frames_of_bits_are_joined(bits: int) -> None:
    frames = [unpack_bits(bytes((i, 255 - i, i * 7)), bits) for i in range(5)]
    joiner = FrameJoiner(bits)
    joined = b"".join(bytes(joiner.push(pack_bits(frame))) for frame in frames)
    assert joined + joiner.finish() == pack_bits(b"".join(frames))
    assert joiner.finish() == b""


def test_what_fills_up_a_frame_is_not_joined() -> None:
    joiner = FrameJoiner(4)
    assert b"".join(bytes(joiner.push(b"\xff")) for _ in range(2)) + joiner.finish() == b"\xff"


def test_whole_bytes_are_joined_as_they_are() -> None:
    frame = memoryview(b"abc")
    joiner = FrameJoiner(24)
    assert joiner.push(frame) is frame
    assert joiner.finish() == b""


def test_words_are_swapped_in_place() -> None:
    buffer = bytearray(b"abcdef")
    swap_words(memoryview(buffer))
    assert buffer == b"badcfe"
