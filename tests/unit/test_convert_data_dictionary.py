"""Dictionaries in DCMTK's format: what a line says, what is complained about, what holds."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import pytest

from fastsend._native import recode
from fastsend.convert.data_dictionary import Entry, Span, load_dictionaries, parse_line

if TYPE_CHECKING:
    from pathlib import Path

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
TAG = Span(0x0011, 0x0011), Span(0x1001, 0x1001)


def entry(groups: Span, elements: Span, vr: str = "US", creator: bytes = b"") -> Entry:
    return Entry(creator, groups, elements, vr)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("(0011,1001)", entry(*TAG)),
        (" ( 0011 , 1001 ) ", entry(*TAG)),
        ("(11,1001)", entry(*TAG)),
        ("(0x0011,0X1001)", entry(*TAG)),
        ("(0011,1001)x)", entry(*TAG)),
        ("(0011,1001z)", entry(*TAG)),
        ('(0011,"CR",01)', entry(TAG[0], Span(1, 1), creator=b"CR")),
        ('(0011, "A, B)" , 1001)', entry(*TAG, creator=b"A, B)")),
        ('(0011,"",1001)', entry(*TAG)),
        ('(0011,"CR ",01)', entry(TAG[0], Span(1, 1), creator=b"CR ")),
        ("(6000-60ff,3000)", entry(Span(0x6000, 0x60FF, "even"), Span(0x3000, 0x3000))),
        ("(0009-o-ffff,0000)", entry(Span(9, 0xFFFF, "odd"), Span(0, 0))),
        ("(0009-O-ffff,0000)", entry(Span(9, 0xFFFF, "odd"), Span(0, 0))),
        ("(0020,3100-u-31ff)", entry(Span(0x20, 0x20), Span(0x3100, 0x31FF, "any"))),
        ("(0020,3100-e-31ff)", entry(Span(0x20, 0x20), Span(0x3100, 0x31FF, "even"))),
        ("(FFFF1,0001)", entry(Span(0xFFF1, 0xFFF1), Span(1, 1))),
    ],
)
def test_tags(tag: str, expected: Entry) -> None:
    assert parse_line(f"{tag}\tUS\tName\t1\tDICOM".encode()) == expected


@pytest.mark.parametrize(
    "tag",
    [
        *("", "0011,1001", "(0011,1001", "0011,1001)", "(00111001)", "(,)", "(0011,)", "(,1001)"),
        *("(xx,1001)", "(0011,xx)", '(0011,"CR,01)', '(0011,"CR")', '(0011,"CR" 01)'),
        *("(0009-x-0011,1001)", "(-1,1001)", f'(0011,"{64 * "C"}",01)', f"({64 * '0'},0001)"),
    ],
)
def test_no_tags(tag: str) -> None:
    found = parse_line(f"{tag}\tUS\tName\t1\tDICOM".encode())
    assert isinstance(found, str)
    assert "tag" in found


@pytest.mark.parametrize(
    ("vr", "expected"),
    [
        *((vr, vr) for vr in ("AE", "UI", "SQ", "UN", "OV", "UV", "OB", "ox", "xs")),
        *((" U S ", "US"), ("USX", "US"), ("lt", "OW"), ("px", "OW"), ("up", "UL")),
        *(("na", "UN"), ("??", "UN"), ("u", "UN"), ("", "UN"), ("zz", "UN"), ("us", "UN")),
    ],
)
def test_vrs(vr: str, expected: str) -> None:
    assert parse_line(f"(0011,1001)\t{vr}\tName".encode()) == entry(*TAG, vr=expected)


def test_pixel_data_keeps_its_choice() -> None:
    found = parse_line(b"(7fe0,0010)\tpx\tPixelData\t1\tDICOM")
    assert isinstance(found, Entry)
    assert found.vr == "ox"


@pytest.mark.parametrize("vr", ["ZZ", "XX", "AA", "US"[::-1]])
def test_a_vr_of_the_future_is_an_error(vr: str) -> None:
    assert parse_line(f"(0011,1001)\t{vr}\tName".encode()) == f"no VR: {vr}"


@pytest.mark.parametrize("vm", ["1", "1-2", "1-n", "1-N", "2-2n", "2n", "n", "3-3N", " 1 - n "])
def test_vms(vm: str) -> None:
    assert parse_line(f"(0011,1001)\tUS\tName\t{vm}".encode()) == entry(*TAG)


@pytest.mark.parametrize("vm", ["", "x", "1-", "1x", "1-x", "1-2x", "-n"])
def test_no_vms(vm: str) -> None:
    assert parse_line(f"(0011,1001)\tUS\tName\t{vm}\tX".encode()) == f"no VM: {vm}"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("x", "too few fields between tabs"),
        ("(0011,1001)\tUS", "too few fields between tabs"),
        ("(0011,1001) US Name 1 DICOM", "too few fields between tabs"),
        ("(0011,1001)\tUS\tName\t1\tX\tY", "too many fields between tabs"),
    ],
)
def test_fields(line: str, complaint: str) -> None:
    assert parse_line(line.encode()) == complaint


def vr_of(dictionary: recode.Dictionary, group: int, number: int, creator: bytes = b"") -> str:
    """Return the VR that an element gets, behind its Private Creator where it has one."""
    before = b""
    if creator:
        before = struct.pack("<HHL", group, number >> 8, len(creator)) + creator
    element = struct.pack("<HHL", group, number, 4) + bytes(4)
    sent = recode.to_bytes(before + element, IMPLICIT, EXPLICIT, dictionary=dictionary)
    return sent[len(before) + 4 : len(before) + 6].decode()


def load(folder: Path, *texts: str | bytes) -> tuple[recode.Dictionary, list[str]]:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.dic"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(os.fspath(path))
    return load_dictionaries(paths)


def line(tag: str, vr: str) -> str:
    return f"{tag}\t{vr}\tName\t1\tX\n"


def test_later_files_and_lines_hold(tmp_path: Path) -> None:
    one = line("(0019,1001)", "US") + line("(0019,1002)", "UL") + line("(0019,1002)", "SL")
    dictionary, complaints = load(tmp_path, one, line("(0019,1001)", "SS"))
    assert complaints == []
    assert len(dictionary) == 2
    assert [vr_of(dictionary, 0x19, number) for number in (0x1001, 0x1002)] == ["SS", "SL"]


def test_comments_blank_lines_and_line_ends(tmp_path: Path) -> None:
    text = "# a\n   # b\n\n \t \n" + line("(0019,1001)", "US").replace("\n", "\r\n") + "\x1a"
    dictionary, complaints = load(tmp_path, text)
    assert vr_of(dictionary, 0x19, 0x1001) == "US"
    assert len(complaints) == 1  # the end of a file in DOS is none here


def test_broken_lines_are_told_and_left_out(tmp_path: Path) -> None:
    text = line("(0019,1001)", "US") + "broken\n" + "#\n" + line("(0019,1002)", "ZZ\x1b")
    dictionary, complaints = load(tmp_path, text, line("(0019,1003)", "UL"))
    path = tmp_path / "0.dic"
    assert complaints == [
        f"{path}, line 2: too few fields between tabs",
        f"{path}, line 4: no VR: ZZ\\x1b",
    ]
    found = [vr_of(dictionary, 0x19, number) for number in (0x1001, 0x1002, 0x1003)]
    assert found == ["US", "UN", "UL"]


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    good = tmp_path / "good.dic"
    good.write_text(line("(0019,1001)", "US"))
    dictionary, complaints = load_dictionaries(
        [os.fspath(path) for path in (tmp_path / "none.dic", tmp_path, good)]
    )
    assert vr_of(dictionary, 0x19, 0x1001) == "US"
    assert len(complaints) == 2
    assert "none.dic: No such file" in complaints[0]
    assert "it is no file" in complaints[1]
    assert all("DCMDICTPATH" in one for one in complaints)


def test_any_bytes_can_be_read(tmp_path: Path) -> None:
    text = bytes(range(256)) * 40 + b"\n" + line("(0019,1001)", "US").encode()
    dictionary, _ = load(tmp_path, text)
    assert vr_of(dictionary, 0x19, 0x1001) == "US"


def test_what_is_behind_2047_bytes_is_another_line(tmp_path: Path) -> None:
    name = "N" * (2047 - len("(0019,1001)\tUS\t"))
    dictionary, complaints = load(tmp_path, f"(0019,1001)\tUS\t{name}{line('(0019,1002)', 'UL')}")
    assert complaints == []
    assert [vr_of(dictionary, 0x19, number) for number in (0x1001, 0x1002)] == ["US", "UL"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The same range again, a part of it, and what is neither.
        ([("1000-u-10ff", "US"), ("1000-u-10ff", "SS")], "SS"),
        ([("1000-u-10ff", "US"), ("1001-u-1002", "SS")], "SS"),
        ([("1001-u-1002", "SS"), ("1000-u-10ff", "US")], "SS"),
        ([("1001-u-1003", "SS"), ("1000-u-1002", "US")], "SS"),
        ([("1000-1002", "US"), ("1000-u-1002", "SS")], "SS"),
        ([("1000-u-10ff", "US"), ("1001", "SS")], "SS"),
    ],
)
def test_which_range_holds(tmp_path: Path, lines: list[tuple[str, str]], expected: str) -> None:
    text = "".join(line(f'(0019,"CR",{element})', vr) for element, vr in lines)
    dictionary, complaints = load(tmp_path, text)
    assert complaints == []
    assert vr_of(dictionary, 0x19, 0x1001, b"CR") == expected
