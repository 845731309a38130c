"""Data Elements as bytes, against those of PS3.5 7.1 and of pydicom."""

from __future__ import annotations

import io

import pytest
from pydicom import Dataset, dcmwrite
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset

from fastsend.convert.elements import ElementEncoder, merge_edits, text_values
from fastsend.convert.refusal import AttributeRefusedError
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES

DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"


@pytest.mark.parametrize(
    ("syntax", "expected"),
    [
        (IMPLICIT_LE, "28000400 04000000 52474220"),
        (EXPLICIT_LE, "28000400 4353 0400 52474220"),
        (DEFLATED, "28000400 4353 0400 52474220"),
        (JPEG_BASELINE, "28000400 4353 0400 52474220"),
        ("1.2.3", "28000400 4353 0400 52474220"),
        (EXPLICIT_BE, "00280004 4353 0004 52474220"),
    ],
)
def test_text_is_padded_with_a_space(syntax: str, expected: str) -> None:
    element = ElementEncoder(syntax).element(0x00280004, "CS", b"RGB")
    assert element == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("syntax", "expected"),
    [
        (IMPLICIT_LE, "28001000 02000000 0201"),
        (EXPLICIT_LE, "28001000 5553 0200 0201"),
        (EXPLICIT_BE, "00280010 5553 0002 0102"),
    ],
)
def test_numbers_have_the_byte_order_of_the_syntax(syntax: str, expected: str) -> None:
    element = ElementEncoder(syntax).unsigned_short(0x00280010, 0x0102)
    assert element == bytes.fromhex(expected)


def test_uids_are_padded_with_a_nul() -> None:
    element = ElementEncoder(EXPLICIT_LE).element(0x00080018, "UI", b"1.2")
    assert element == bytes.fromhex("08001800 5549 0400 312e3200")


def test_an_undefined_length() -> None:
    head = ElementEncoder(EXPLICIT_LE).head(0x7FE00010, "OW", 0xFFFFFFFF)
    assert head == bytes.fromhex("e07f1000 4f57 0000 ffffffff")


def test_a_value_may_be_too_long_for_its_vr() -> None:
    with pytest.raises(AttributeRefusedError, match="too many"):
        ElementEncoder(EXPLICIT_LE).element(0x00082111, "ST", bytes(65536))
    assert len(ElementEncoder(IMPLICIT_LE).element(0x00082111, "ST", bytes(65536))) == 65544


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_pydicom_reads_a_sequence(syntax: str) -> None:
    encoder = ElementEncoder(syntax)
    first = encoder.sequence(0x00082112, encoder.element(0x00081155, "UI", b"1.2"))
    items = first[8:] if syntax == IMPLICIT_LE else first[12:]
    both = encoder.sequence(0x00082112, encoder.element(0x00081155, "UI", b"1.2.34"), before=items)
    stream = DicomBytesIO(both)
    data_set = read_dataset(stream, syntax == IMPLICIT_LE, syntax != EXPLICIT_BE)
    uids = [item.ReferencedSOPInstanceUID for item in data_set.SourceImageSequence]
    assert uids == ["1.2", "1.2.34"]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("tag", "vr", "value", "text"),
    [
        (0x00080008, "CS", b"DERIVED\\PRIMARY", ["DERIVED", "PRIMARY"]),
        (0x00080018, "UI", b"1.2.3", "1.2.3"),
        (0x00082111, "ST", b"odd", "odd"),
        (0x00280008, "IS", b"123", 123),
        (0x00282112, "DS", b"7.5", "7.5"),
    ],
)
def test_pydicom_writes_the_same(
    syntax: str, tag: int, vr: str, value: bytes, text: object
) -> None:
    data_set = Dataset()
    data_set.add_new(tag, vr, text)
    out = io.BytesIO()
    dcmwrite(
        out,
        data_set,
        implicit_vr=syntax == IMPLICIT_LE,
        little_endian=syntax != EXPLICIT_BE,
        force_encoding=True,
    )
    assert ElementEncoder(syntax).element(tag, vr, value) == out.getvalue()


def test_edits_are_merged_by_tag_and_the_later_stands() -> None:
    first = [(3, b"c", False), (1, b"a", False)]
    second = [(2, b"", True), (3, b"C", True)]
    assert merge_edits(first, second) == [(1, b"a", False), (2, b"", True), (3, b"C", True)]
    assert merge_edits() == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"", []),
        (b"  ", []),
        (b"\0", []),
        (b"RGB ", [b"RGB"]),
        (b"A\\ B \\C\0", [b"A", b"B", b"C"]),
        (b"A\\", [b"A", b""]),
        (b"\\B", [b"", b"B"]),
    ],
)
def test_values_of_text_are_stripped(value: bytes, expected: list[bytes]) -> None:
    assert text_values(value) == expected
