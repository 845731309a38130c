"""A few elements of a data set and its Pixel Data, found without a look at the rest."""

import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fastsend._native import part10
from peers.corpus import SOURCES, corpus_files
from peers.stored_instance import decode_part10
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding
from reference.data_set_trees import tree
from reference.recode import RefusedError

IMPLICIT, EXPLICIT, BIG = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE), Encoding(EXPLICIT_BE)
ROWS, NAME, PIXEL_DATA, BEFORE = 0x00280010, 0x00100010, 0x7FE00010, b"File Meta Information"
Found = tuple[dict[int, tuple[str, bytes]], tuple[str, int, int] | None]
Finder = Callable[..., Found]

encodings = pytest.mark.parametrize(
    "encoding", [IMPLICIT, EXPLICIT, BIG], ids=["implicit", "explicit", "big"]
)


@pytest.fixture
def find() -> Iterator[Finder]:
    """Find in a data set somewhere in a file: ``find(encoding, data_set, *tags)``."""
    with tempfile.TemporaryFile() as file:

        def find_in(encoding: Encoding, data_set: bytes, *tags: int, **options: int) -> Found:
            os.ftruncate(file.fileno(), 0)
            os.pwrite(file.fileno(), BEFORE + data_set + b"and more", 0)
            return part10.find_elements(
                file.fileno(),
                len(BEFORE),
                len(data_set),
                tags,
                implicit_vr=encoding.syntax == IMPLICIT_LE,
                big_endian=encoding.syntax == EXPLICIT_BE,
                **options,
            )

        yield find_in


def vr(encoding: Encoding, name: str) -> str:
    return "" if encoding.syntax == IMPLICIT_LE else name


@encodings
def test_values_as_they_are_in_the_file(find: Finder, encoding: Encoding) -> None:
    rows = encoding.numbers(ROWS, "US", 512)
    data_set = encoding.element(NAME, "PN", b"A^B ") + rows + encoding.element(0x00280030, "DS")
    found, pixel_data = find(encoding, data_set, 0x00080060, NAME, ROWS, 0x00280030, 0x00280100)
    assert found == {
        NAME: (vr(encoding, "PN"), b"A^B "),
        ROWS: (vr(encoding, "US"), rows[8:]),
        0x00280030: (vr(encoding, "DS"), b""),
    }
    assert pixel_data is None
    assert find(encoding, data_set) == ({}, None)
    assert find(encoding, b"", NAME) == ({}, None)


@encodings
def test_native_pixel_data(find: Finder, encoding: Encoding) -> None:
    rows = encoding.numbers(ROWS, "US", 512)
    head = len(encoding.element(PIXEL_DATA, "OW"))
    data_set = rows + encoding.element(PIXEL_DATA, "OW", bytes(100)) + b"\xff" * 50
    found, pixel_data = find(encoding, data_set, ROWS, PIXEL_DATA, 0x7FE10010)
    assert set(found) == {ROWS}
    assert pixel_data == (vr(encoding, "OW"), len(BEFORE) + len(rows) + head, 100)


@pytest.mark.parametrize("name", ["OB", "OW", "UN"])
def test_encapsulated_pixel_data(find: Finder, name: str) -> None:
    rows = EXPLICIT.numbers(ROWS, "US", 512)
    data_set = rows + EXPLICIT.element(PIXEL_DATA, name, b"whatever", 0xFFFFFFFF)
    assert find(EXPLICIT, data_set)[1] == (name, len(BEFORE) + len(rows) + 12, -1)


@encodings
def test_only_the_top_level_counts(find: Finder, encoding: Encoding) -> None:
    inside = encoding.numbers(ROWS, "US", 1) + encoding.numbers(PIXEL_DATA, "OW", 1)
    data_set = b"".join(
        [
            encoding.element(0x00081140, "SQ", encoding.item(inside) + encoding.open_item(inside)),
            encoding.open_sequence(
                0x00081145,
                encoding.item(inside),
                encoding.open_item(encoding.open_sequence(0x00081140, encoding.open_item(inside))),
            ),
            encoding.open_sequence(0x00081199),
            encoding.numbers(ROWS, "US", 2),
        ]
    )
    found, pixel_data = find(encoding, data_set, ROWS)
    assert found[ROWS][1] == encoding.numbers(ROWS, "US", 2)[8:]
    assert pixel_data is None


@pytest.mark.parametrize("encoding", [EXPLICIT, BIG], ids=["explicit", "big"])
def test_what_has_undefined_length(find: Finder, encoding: Encoding) -> None:
    deep = IMPLICIT.open_sequence(0x00081140, IMPLICIT.open_item(IMPLICIT.element(NAME, "PN")))
    unknown = IMPLICIT.open_item(IMPLICIT.element(NAME, "PN", b"A^B ") + deep)
    icon = encoding.open_sequence(PIXEL_DATA, encoding.item(b"ab"), vr="OB")
    data_set = (
        encoding.element(0x00091001, "UN", unknown + IMPLICIT.sequence_end, 0xFFFFFFFF)
        + encoding.numbers(ROWS, "US", 2)
        + encoding.open_sequence(0x00880200, encoding.open_item(icon))
        + encoding.element(0x00900010, "LO", b"ACME")
    )
    found, _ = find(encoding, data_set, 0x00091001, ROWS, 0x00880200, 0x00900010)
    assert found == {
        ROWS: ("US", encoding.numbers(ROWS, "US", 2)[8:]),
        0x00900010: ("LO", b"ACME"),
    }


@encodings
def test_values_that_are_too_long(find: Finder, encoding: Encoding) -> None:
    def document(length: int) -> bytes:
        value = bytes(i % 251 for i in range(length))
        return encoding.element(0x0040A160, "UT", value) + encoding.numbers(0x00420010, "US", 1)

    assert set(find(encoding, document(4096), 0x0040A160, 0x00420010)[0]) == {
        0x0040A160,
        0x00420010,
    }
    assert set(find(encoding, document(4097), 0x0040A160, 0x00420010)[0]) == {0x00420010}
    assert set(find(encoding, document(0), 0x0040A160, longest_value=0)[0]) == {0x0040A160}
    for length in (16_384, 16_385, 100_000):
        found, _ = find(encoding, document(length), 0x0040A160, 0x00420010, longest_value=100_000)
        assert found[0x0040A160][1] == bytes(i % 251 for i in range(length))
        assert 0x00420010 in found


@encodings
def test_any_depth(find: Finder, encoding: Encoding) -> None:
    depth = 30_000
    head = encoding.element(0x00081140, "SQ", encoding.item(b"", 0xFFFFFFFF), 0xFFFFFFFF)
    tail = encoding.item_end + encoding.sequence_end
    data_set = head * depth + tail * depth + encoding.numbers(ROWS, "US", 2)
    assert set(find(encoding, data_set, ROWS)[0]) == {ROWS}
    with pytest.raises(part10.DataSetError, match="ends inside"):
        find(encoding, head * depth, ROWS)


@encodings
@pytest.mark.parametrize("zeros", [1, 7, 8, 12, 40_000])
def test_zeros_behind_the_last_element(find: Finder, encoding: Encoding, zeros: int) -> None:
    data_set = encoding.numbers(ROWS, "US", 2) + bytes(zeros)
    assert set(find(encoding, data_set, ROWS)[0]) == {ROWS}
    with pytest.raises(part10.DataSetError):
        find(encoding, data_set + b"\1", ROWS)


FIRST = EXPLICIT.element(0x00080060, "CS", b"OT")


@pytest.mark.parametrize(
    ("encoding", "rest", "reason", "tag", "offset"),
    [
        (EXPLICIT, EXPLICIT.element(NAME, "PN", b"A", 2), "exceeds", NAME, 0),
        (EXPLICIT, EXPLICIT.element(NAME, "UT", b"A", 0xFFFFFFFE), "exceeds", NAME, 0),
        (EXPLICIT, EXPLICIT.element(PIXEL_DATA, "OW", b"A", 2), "exceeds", PIXEL_DATA, 0),
        (EXPLICIT, b"\x10\0\x10\0PN\2", "ends inside", NAME, 0),
        (EXPLICIT, b"\x10\0\x10\0UT\0\0\1\0\0", "ends inside", NAME, 0),
        (EXPLICIT, b"\x10\0\x10", "ends inside", 0, 0),
        (EXPLICIT, b"\x10\0\x10\0ZZ\0\0", "no VR", NAME, 0),
        (EXPLICIT, b"\x10\0\x10\0UT\1\0\0\0\0\0", "no VR", NAME, 0),
        (EXPLICIT, FIRST, "not increase", 0x00080060, 0),
        (EXPLICIT, EXPLICIT.item(b""), "out of place", 0xFFFEE000, 0),
        (EXPLICIT, EXPLICIT.item_end, "out of place", 0xFFFEE00D, 0),
        (EXPLICIT, EXPLICIT.sequence_end, "out of place", 0xFFFEE0DD, 0),
        (EXPLICIT, EXPLICIT.element(NAME, "UT", b"", 0xFFFFFFFF), "undefined", NAME, 0),
        (EXPLICIT, EXPLICIT.element(NAME, "OB", b"", 0xFFFFFFFF), "undefined", NAME, 0),
        (EXPLICIT, EXPLICIT.element(NAME, "SQ", FIRST, 0xFFFFFFFF), "out of place", 0x80060, 12),
        (EXPLICIT, EXPLICIT.open_sequence(NAME)[:-1] + b"\1", "out of place", 0xFFFEE0DD, 12),
        (
            EXPLICIT,
            EXPLICIT.element(NAME, "SQ", EXPLICIT.item(b"1", 2), 0xFFFFFFFF),
            "exceeds",
            0xFFFEE000,
            12,
        ),
        (BIG, b"\0\x10\0\x10ZZ\0\0", "no VR", NAME, 0),
        (IMPLICIT, IMPLICIT.element(NAME, "PN", b"A", 2), "exceeds", NAME, 0),
        (IMPLICIT, IMPLICIT.element(0x00080005, "CS"), "not increase", 0x00080005, 0),
    ],
)
def test_broken_data_sets(
    find: Finder, encoding: Encoding, rest: bytes, reason: str, tag: int, offset: int
) -> None:
    first = encoding.element(0x00080060, "CS", b"OT")
    with pytest.raises(part10.DataSetError, match=reason) as caught:
        find(encoding, first + rest, 0x00080060)
    assert (caught.value.tag, caught.value.offset) == (tag, len(BEFORE) + len(first) + offset)


def test_explicit_vr_where_implicit_was_announced(find: Finder) -> None:
    with pytest.raises(part10.DataSetError, match="Explicit VR where"):
        find(IMPLICIT, FIRST, NAME)


def test_tags_that_do_not_increase(find: Finder) -> None:
    for tags in ((ROWS, NAME), (NAME, NAME)):
        with pytest.raises(ValueError, match="do not increase"):
            find(EXPLICIT, b"", *tags)
    for tag in (-1, 2**32):
        with pytest.raises(OverflowError):
            find(EXPLICIT, b"", tag)


def test_offsets_beyond_all_files() -> None:
    for offset, length in ((2**63, 0), (0, 2**63), (2**62, 2**62)):
        with pytest.raises(ValueError, match="no file is that long"):
            part10.find_elements(0, offset, length, ())
    with pytest.raises(ValueError, match="descriptor"):
        part10.find_elements(-1, 0, 0, ())


def test_files_that_fail(tmp_path: Path, find: Finder) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(IsADirectoryError):
            part10.find_elements(descriptor, 0, 100, ())
    finally:
        os.close(descriptor)
    path = tmp_path / "file"
    for data_set in (FIRST, EXPLICIT.element(0x0040A160, "UT", bytes(20_000), 30_000)):
        path.write_bytes(data_set)
        with path.open("rb") as file, pytest.raises(part10.DataSetError, match="changed"):
            part10.find_elements(file.fileno(), 0, 31_000, (0x0040A160,), longest_value=30_000)


def test_errors_survive_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(part10.DataSetError("a reason", PIXEL_DATA, 12)))
    assert str(error) == "a reason: (7fe0,0010) at byte 12"
    assert (error.reason, error.tag, error.offset) == ("a reason", PIXEL_DATA, 12)


@pytest.mark.parametrize("source", SOURCES)
def test_real_files(source: str, tmp_path: Path) -> None:
    compared = 0
    for file in corpus_files(source, tmp_path):
        content = file.path.read_bytes()
        try:
            instance = decode_part10(content)
            syntax = instance.transfer_syntax_uid
            encoding = syntax if syntax in SYNTAXES else EXPLICIT_LE
            elements = tree(instance.data_set, encoding)
        except (ValueError, KeyError, RefusedError):
            continue
        wanted = sorted(elements)
        with file.path.open("rb") as opened:
            found, pixel_data = part10.find_elements(
                opened.fileno(),
                len(content) - len(instance.data_set),
                len(instance.data_set),
                wanted,
                implicit_vr=encoding == IMPLICIT_LE,
                big_endian=encoding == EXPLICIT_BE,
            )
        for tag, element in elements.items():
            if tag >= PIXEL_DATA or not isinstance(element.value, bytes) or not element.defined:
                assert tag not in found or element.vr in ("SQ", None), file.name
            elif len(element.value) <= 4096:
                assert found[tag] == (element.vr or "", element.value), file.name
        assert (pixel_data is None) == (PIXEL_DATA not in elements)
        if pixel_data:
            value = elements[PIXEL_DATA].value
            name, offset, length = pixel_data
            assert name == (elements[PIXEL_DATA].vr or "")
            if isinstance(value, bytes):
                assert content[offset : offset + length] == value, file.name
            else:
                assert length == -1
                assert content[offset : offset + 4] == b"\xfe\xff\0\xe0", file.name
        compared += 1
    if not compared:
        pytest.skip(f"no files of {source}")


@encodings
def test_a_walk_that_ends_with_what_is_wanted(find: Finder, encoding: Encoding) -> None:
    name, rows = encoding.element(NAME, "PN", b"A^B "), encoding.numbers(ROWS, "US", 512)
    cut = encoding.element(0x00280011, "LO", b"cut")[:-1]
    for data_set in (name + rows + cut, name + cut, name + encoding.element(0x00100020, "LO")):
        found, pixel_data = find(encoding, data_set, NAME, pixel_data=False)
        assert (found, pixel_data) == ({NAME: (vr(encoding, "PN"), b"A^B ")}, None)
    # Not there: the element behind it tells; what stands before it has to be right.
    found, _ = find(
        encoding, rows + encoding.numbers(0x00280011, "US", 1) + cut, NAME, pixel_data=False
    )
    assert found == {}
    with pytest.raises(part10.DataSetError):
        find(encoding, name + cut, NAME, ROWS, 0x00280030, pixel_data=False)
    with pytest.raises(part10.DataSetError):
        find(encoding, name + cut, NAME)
