"""Items of encapsulated Pixel Data, sound and hostile."""

from __future__ import annotations

import struct

import pytest

from fastsend.convert import fragments as module
from fastsend.convert.fragments import read_basic_offset_table, read_fragments
from fastsend.convert.refusal import FramesError
from reference.encapsulated import DELIMITER, JPEG, encapsulated, item, open_file


def fragments_of(value: bytes, *, before: int = 0, behind: bytes = b"", end: int | None = None):
    with open_file(bytes(before) + value + behind) as fd:
        whole = before + len(value) if end is None else end
        return read_fragments(fd, before, whole)


def contents(value: bytes) -> list[bytes]:
    found = fragments_of(value)
    return [value[o : o + n] for o, n in zip(found.offsets, found.lengths, strict=True)]


def test_fragments_are_found_behind_an_empty_table() -> None:
    assert contents(encapsulated([b"ab", b"cdef"])) == [b"ab", b"cdef"]


def test_fragments_are_found_behind_a_filled_table() -> None:
    assert contents(encapsulated([b"ab", b"cdef"], table=[0, 10])) == [b"ab", b"cdef"]


def test_offsets_count_from_the_start_of_the_file() -> None:
    found = fragments_of(encapsulated([b"ab"]), before=100)
    assert list(found.offsets) == [100 + 8 + 8]
    assert found.first_item == 108


def test_the_end_is_behind_the_delimiter() -> None:
    value = encapsulated([b"ab"])
    found = fragments_of(value, before=6, behind=b"\xfc\xff\xfc\xff", end=6 + len(value) + 4)
    assert found.end == 6 + len(value)
    assert found.delimited


def test_a_delimiter_may_be_missing_at_the_end_of_the_data_set() -> None:
    value = encapsulated([b"ab"], end=b"")
    found = fragments_of(value)
    assert found.end == len(value)
    assert not found.delimited


def test_fragments_of_odd_length_are_followed_as_they_are() -> None:
    assert contents(encapsulated([b"abc", b"de", b"f"])) == [b"abc", b"de", b"f"]


def test_fragments_without_bytes_are_left_out() -> None:
    assert contents(encapsulated([b"", b"ab", b"", b"c", b""])) == [b"ab", b"c"]


def test_a_codestream_in_the_place_of_the_table_is_a_fragment() -> None:
    value = item(JPEG + b"more") + item(b"rest") + DELIMITER
    assert contents(value) == [JPEG + b"more", b"rest"]
    found = fragments_of(value)
    assert found.basic_offset_table[1] == 0


def test_beginnings_are_kept_and_filled_up() -> None:
    found = fragments_of(encapsulated([b"abc", bytes(range(40))]))
    assert found.beginning(0) == b"abc" + bytes(13)
    assert found.beginning(1) == bytes(range(16))


@pytest.mark.parametrize(
    ("value", "reason", "offset"),
    [
        (b"", "no fragment", 0),
        (DELIMITER, "no fragment", 0),
        (item(b"") + DELIMITER, "no fragment", 0),
        (encapsulated([b"ab"])[:20], "within the head", 18),
        (encapsulated([b"ab"])[:17], "longer than what is left", 8),
        (item(b"") + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF), "longer", 8),
        (item(b"") + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFE) + b"ab", "longer", 8),
        (item(b"") + item(b"ab") + b"\x10\x00\x20\x00LO\x00\x00", "neither an item", 18),
        (item(b"") + item(b"ab") + bytes(8), "neither an item", 18),
        (item(b"ab") + bytes.fromhex("feffdde002000000") + b"ab", "has a length", 10),
        (bytes.fromhex("feff0de000000000"), "neither an item", 0),
    ],
)
def test_broken_items_are_refused(value: bytes, reason: str, offset: int) -> None:
    with pytest.raises(FramesError, match=reason) as caught:
        fragments_of(value)
    assert caught.value.offset == offset


@pytest.mark.parametrize("cut", range(len(encapsulated([b"abcd", b"ef"], table=[0, 12]))))
def test_a_value_cut_anywhere_is_refused_or_ends_with_an_item(cut: int) -> None:
    value = encapsulated([b"abcd", b"ef"], table=[0, 12])[:cut]
    ends = {8 + 8 + 8 + 4: 1, 8 + 8 + 8 + 4 + 8 + 2: 2}
    if cut in ends:
        assert len(fragments_of(value).offsets) == ends[cut]
    else:
        with pytest.raises(FramesError):
            fragments_of(value)


def test_a_file_that_ends_before_the_data_set_does_is_refused() -> None:
    with pytest.raises(FramesError):
        fragments_of(encapsulated([b"ab"], end=b""), end=1 << 40)


def test_there_may_not_be_endlessly_many_fragments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FRAGMENTS", 3)
    assert len(fragments_of(encapsulated([b"ab"] * 3)).offsets) == 3
    with pytest.raises(FramesError, match="more than 3 fragments"):
        fragments_of(encapsulated([b"ab"] * 4))


def table_of(value: bytes) -> list[int] | None:
    with open_file(value) as fd:
        entries = read_basic_offset_table(fd, read_fragments(fd, 0, len(value)))
        return None if entries is None else list(entries)


@pytest.mark.parametrize(
    ("table_value", "expected"),
    [
        (b"", None),
        (struct.pack("<L", 0), [0]),
        (struct.pack("<LL", 0, 0xFFFFFFFF), [0, 0xFFFFFFFF]),
        (b"abc", None),
        (struct.pack("<LLL", 0, 10, 20), None),  # more entries than fragments
    ],
)
def test_the_basic_offset_table_is_read(table_value: bytes, expected: list[int] | None) -> None:
    assert table_of(encapsulated([b"ab", b"cd"], table_value=table_value)) == expected
