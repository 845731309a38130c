"""Frames among fragments: tables right, wrong and missing, and numbers of frames as well."""

from __future__ import annotations

import struct

import pytest

from fastsend.convert.frames import (
    ENCAPSULATED_END,
    FrameIndex,
    encapsulated_head,
    item_head,
    item_padding,
    locate,
)
from fastsend.convert.refusal import FramesError
from reference.encapsulated import (
    DELIMITER,
    JP2,
    JPEG,
    JPEG_2000,
    JPEG_XL,
    RLE_HEADER,
    encapsulated,
    offsets_of,
    open_file,
)

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.4.110"
RLE = "1.2.840.10008.1.2.5"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
UNCOMPRESSED = "1.2.840.10008.1.2.1.98"


def frames_of(
    value: bytes, syntax: str = JPEG_BASELINE, number: int | None = None, **keywords
) -> list[bytes]:
    """What the frames found hold, checked to be the same in every way to ask for it."""
    with open_file(b"head" + value + b"behind") as fd:
        index = locate(
            fd,
            4,
            4 + len(value),
            transfer_syntax_uid=syntax,
            number_of_frames=number,
            **keywords,
        )
        content = b"head" + value
        frames = []
        for number_of_frame, fragments in enumerate(index):
            joined = b"".join(content[offset : offset + length] for offset, length in fragments)
            buffer = memoryview(bytearray(len(joined) + 3))
            assert index.read_into(fd, number_of_frame, buffer) == len(joined)
            assert bytes(buffer) == joined + bytes(3)
            assert index.length(number_of_frame) == len(joined)
            frames.append(joined)
        assert len(index) == len(frames)
        return frames


def jpeg(name: str) -> bytes:
    return JPEG + name.encode().ljust(20, b".")


A, B, C = jpeg("a"), jpeg("b"), jpeg("c")
A1, A2, B1, B2, B3 = A[:10], A[10:], B[:6], B[6:12], B[12:]


@pytest.mark.parametrize("number", [None, 1])
@pytest.mark.parametrize("table", [[], [0]])
def test_one_frame_in_one_fragment(number: int | None, table: list[int]) -> None:
    assert frames_of(encapsulated([A], table=table), number=number) == [A]


@pytest.mark.parametrize("number", [None, 1])
@pytest.mark.parametrize("table", [[], [0]])
def test_one_frame_in_many_fragments(number: int | None, table: list[int]) -> None:
    assert frames_of(encapsulated([B1, B2, B3], table=table), number=number) == [B]


def test_one_fragment_a_frame_without_a_table() -> None:
    assert frames_of(encapsulated([A, B, C]), number=3) == [A, B, C]


def test_a_table_that_is_right() -> None:
    fragments = [A1, A2, B1, B2, B3, C]
    table = [offsets_of(fragments)[i] for i in (0, 2, 5)]
    assert frames_of(encapsulated(fragments, table=table), number=3) == [A, B, C]


@pytest.mark.parametrize(
    "table",
    [
        [0, 1, 2],  # to no item
        [0, 24, 12],  # not ascending
        [0, 0, 0],
        [8, 20, 40],  # counted from the table
        [0],
        [0, 0xFFFFFFF0, 0xFFFFFFFF],
        [0, 18, 40],  # to items that no frame begins with
        [0, 18, 40, 54, 68, 82],  # to each fragment
    ],
)
def test_a_table_that_is_wrong(table: list[int]) -> None:
    fragments = [A1, A2, B1, B2, B3, C]
    assert frames_of(encapsulated(fragments, table=table), number=3) == [A, B, C]


@pytest.mark.parametrize("number", [1, 2, 4, 5, 99, None])
def test_codestreams_decide_where_the_number_of_frames_is_wrong_or_missing(
    number: int | None,
) -> None:
    fragments = [A1, A2, B1, B2, B3, C]
    assert frames_of(encapsulated(fragments), number=number) == [A, B, C]


@pytest.mark.parametrize("number", [1, 2, 99, None])
def test_codestreams_and_a_table_may_agree_against_the_number(number: int | None) -> None:
    fragments = [A, B, C]
    table = offsets_of(fragments)
    assert frames_of(encapsulated(fragments, table=table), number=number) == [A, B, C]


@pytest.mark.parametrize("number", [1, None])
def test_no_codestream_is_dropped_because_table_and_number_know_of_one_only(
    number: int | None,
) -> None:
    with pytest.raises(FramesError, match="do not tell where the frames begin"):
        frames_of(encapsulated([A, B], table=[0]), number=number)


def test_as_many_fragments_as_frames_although_one_is_no_codestream() -> None:
    """The codec refuses that one: to join it to another would move the frames behind it."""
    assert frames_of(encapsulated([A, b"noise", C]), number=3) == [A, b"noise", C]


def test_a_frame_less_at_the_end_of_a_data_set_without_delimiter_was_cut_off() -> None:
    with pytest.raises(FramesError, match="ends after 2 frames, and Number of Frames is 3"):
        frames_of(encapsulated([A, B], end=b""), number=3)


def test_a_delimiter_may_be_missing_where_all_frames_are_there() -> None:
    assert frames_of(encapsulated([A, B], end=b""), number=2) == [A, B]


def test_empty_fragments_count_for_nothing() -> None:
    assert frames_of(encapsulated([A, b"", B, b""]), number=2) == [A, B]


def test_a_codestream_of_another_kind_than_the_syntax_says() -> None:
    assert frames_of(encapsulated([A1, A2, B1, B2, B3]), JPEG_2000_LOSSLESS, 2) == [A, B]


@pytest.mark.parametrize("start", [JPEG_2000, JP2])
def test_jpeg_2000_with_and_without_container(start: bytes) -> None:
    one, two = start + b"one...", start + b"two..."
    fragments = [one[:14], one[14:], two]
    assert frames_of(encapsulated(fragments), JPEG_2000_LOSSLESS, 2) == [one, two]


def test_the_weak_mark_of_jpeg_xl_needs_the_number_of_frames() -> None:
    one, two = JPEG_XL + b"one.", JPEG_XL + b"two."
    fragments = [one, b"more", two]
    assert frames_of(encapsulated(fragments), JPEG_XL_LOSSLESS, 2) == [one + b"more", two]
    with pytest.raises(FramesError):
        frames_of(encapsulated(fragments), JPEG_XL_LOSSLESS, 7)


@pytest.mark.parametrize("number", [None, 1, 2, 5])
def test_rle_frames_are_known_by_their_headers(number: int | None) -> None:
    fragments = [RLE_HEADER + b"one.", RLE_HEADER + b"two"]
    assert frames_of(encapsulated(fragments), RLE, number) == fragments


@pytest.mark.parametrize("number", [2, 3, 4, None])
@pytest.mark.parametrize("odd", [0, 1])
def test_deflated_frames_need_a_number_or_a_table(number: int | None, odd: int) -> None:
    fragments = [b"one"[odd:], b"two!", b"three"]
    if number == 3:
        assert frames_of(encapsulated(fragments), DEFLATED_FRAMES, 3) == fragments
    else:
        with pytest.raises(FramesError):
            frames_of(encapsulated(fragments), DEFLATED_FRAMES, number)
    table = offsets_of(fragments)
    assert frames_of(encapsulated(fragments, table=table), DEFLATED_FRAMES, number) == fragments


def test_an_unknown_beginning_and_no_table_are_not_enough() -> None:
    with pytest.raises(FramesError, match=r"3 fragments .* Number of Frames is 2"):
        frames_of(encapsulated([b"ab", b"cd", b"ef"]), number=2)


@pytest.mark.parametrize("number", [None, 1, 2, 9])
@pytest.mark.parametrize("length", [6, 5])
def test_uncompressed_frames_are_known_by_their_length(number: int | None, length: int) -> None:
    fragments = [b"abcd", b"ef", b"ghijkl"]
    frames = frames_of(encapsulated(fragments), UNCOMPRESSED, number, frame_length=length)
    assert frames == [b"abcdef", b"ghijkl"]


def test_uncompressed_fragments_that_are_no_frames_are_refused() -> None:
    with pytest.raises(FramesError):
        frames_of(encapsulated([b"abcd", b"efgh", b"ij"]), UNCOMPRESSED, 2, frame_length=5)


def extended(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}Q", *values)


def test_an_extended_offset_table_gives_lengths_without_padding() -> None:
    fragments = [b"one\0", b"three\0"]
    assert frames_of(
        encapsulated(fragments),
        DEFLATED_FRAMES,
        None,
        extended_offsets=extended(offsets_of(fragments)),
        extended_lengths=extended([3, 5]),
    ) == [b"one", b"three"]


@pytest.mark.parametrize("lengths", [[0, 5], [5, 5], [1 << 63, 5], [3], [3, 5, 7]])
def test_extended_lengths_that_do_not_fit_are_not_used(lengths: list[int]) -> None:
    fragments = [b"one\0", b"three\0"]
    assert (
        frames_of(
            encapsulated(fragments),
            DEFLATED_FRAMES,
            2,
            extended_offsets=extended(offsets_of(fragments)),
            extended_lengths=extended(lengths),
        )
        == fragments
    )


@pytest.mark.parametrize(
    "value", [b"", b"1234567", extended([0]), extended([0, 1]), extended([1 << 63, 0])]
)
def test_an_extended_offset_table_that_is_wrong(value: bytes) -> None:
    fragments = [A, B]
    assert frames_of(encapsulated(fragments), number=2, extended_offsets=value) == fragments


def test_a_hundred_thousand_frames_take_little_memory() -> None:
    fragments = [b"ab"] * 100_000
    value = encapsulated(fragments)
    with open_file(value) as fd:
        index = locate(
            fd, 0, len(value), transfer_syntax_uid=DEFLATED_FRAMES, number_of_frames=100_000
        )
    assert len(index) == 100_000
    assert index[99_999] == ((len(value) - 8 - 2, 2),)
    arrays = [index._offsets, index._lengths]
    assert sum(len(one) * one.itemsize for one in arrays) <= 16 * 100_000


@pytest.mark.parametrize("frame", [-1, 2])
def test_there_is_no_frame_of_another_number(frame: int) -> None:
    value = encapsulated([A, B])
    with open_file(value) as fd:
        index = locate(fd, 0, len(value), transfer_syntax_uid=JPEG_BASELINE, number_of_frames=2)
        with pytest.raises(IndexError):
            index[frame]
        with pytest.raises(IndexError):
            index.length(frame)


def test_a_file_that_shrinks_meanwhile_is_an_error() -> None:
    value = encapsulated([A, B])
    with open_file(value) as fd:
        index = locate(fd, 0, len(value), transfer_syntax_uid=JPEG_BASELINE, number_of_frames=2)
    with open_file(value[: len(value) - 12]) as fd:
        buffer = memoryview(bytearray(100))
        assert index.read_into(fd, 0, buffer) == len(A)
        with pytest.raises(FramesError, match="became shorter"):
            index.read_into(fd, 1, buffer)


def test_the_index_ends_behind_the_delimiter() -> None:
    value = encapsulated([A])
    with open_file(value + b"more") as fd:
        index = locate(fd, 0, len(value) + 4, transfer_syntax_uid=JPEG_BASELINE)
    assert isinstance(index, FrameIndex)
    assert index.end == len(value)


# What is written around frames, PS3.5 A.4, Tables A.4-1 and A.4-2.


def test_a_single_frame_has_its_offset_in_the_table() -> None:
    assert encapsulated_head(1) == bytes.fromhex(
        "e07f1000 4f42 0000 ffffffff"  # (7FE0,0010), OB, undefined length
        "feff00e0 04000000 00000000"  # Basic Offset Table with one entry
    )


def test_several_frames_have_an_empty_table() -> None:
    assert encapsulated_head(2) == bytes.fromhex("e07f1000 4f42 0000 ffffffff feff00e0 00000000")


@pytest.mark.parametrize(
    ("length", "head", "padding"),
    [
        (1, "feff00e0 02000000", b"\0"),
        (2, "feff00e0 02000000", b""),
        (513, "feff00e002020000", b"\0"),
    ],
)
def test_items_are_of_even_length(length: int, head: str, padding: bytes) -> None:
    assert item_head(length) == bytes.fromhex(head)
    assert item_padding(length) == padding


def test_a_codestream_may_be_too_long_for_an_item() -> None:
    assert item_head(0xFFFFFFFE) == bytes.fromhex("feff00e0feffffff")
    with pytest.raises(FramesError):
        item_head(0xFFFFFFFF)


def test_the_end_is_the_sequence_delimitation_item() -> None:
    assert ENCAPSULATED_END == DELIMITER


def test_what_is_written_is_found_again() -> None:
    frames = [A, B + b"x", C]
    value = encapsulated_head(3) + b"".join(
        item_head(len(one)) + one + item_padding(len(one)) for one in frames
    )
    value = value[12:] + ENCAPSULATED_END
    assert frames_of(value, number=3) == [A, B + b"x" + bytes(1), C]
