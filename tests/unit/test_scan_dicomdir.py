from __future__ import annotations

import struct
import warnings
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from fastsend.scan.dicomdir import LARGEST_BYTES, DirectoryRecord, read_directory
from fastsend.scan.skipped import Refusal
from reference.dicomdir_files import BIG_ENDIAN, EXPLICIT, IMPLICIT, Record, write_dicomdir
from reference.part10_files import CT, MR

RECORDS = [
    Record(None, None, None, None, "PATIENT"),
    Record(["A", "IM1"], CT, "1.2.3"),
    Record(["A", "IM2"], MR, "1.2.4", IMPLICIT, "PRIVATE"),
    Record("", CT, "1.2.5"),
    Record(["B"], None, None, None),
]
EXPECTED = [
    DirectoryRecord(b"A\\IM1", CT.encode(), b"1.2.3", EXPLICIT.encode()),
    DirectoryRecord(b"A\\IM2", MR.encode(), b"1.2.4", IMPLICIT.encode()),
    DirectoryRecord(b"", CT.encode(), b"1.2.5", EXPLICIT.encode()),
    DirectoryRecord(b"B", b"", b"", b""),
]


def read(path: Path) -> list[DirectoryRecord] | Refusal:
    return read_directory(bytes(path))


@pytest.mark.parametrize("undefined_lengths", [False, True])
@pytest.mark.parametrize("transfer_syntax_uid", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_every_record_with_a_file_id(tmp_path, transfer_syntax_uid, undefined_lengths) -> None:
    path = write_dicomdir(
        tmp_path / "DICOMDIR",
        RECORDS,
        transfer_syntax_uid=transfer_syntax_uid,
        undefined_lengths=undefined_lengths,
    )
    assert read(path) == EXPECTED


@pytest.mark.parametrize(
    "name", ["DICOMDIR", "DICOMDIR-nopatient", "DICOMDIR-nooffset", "DICOMDIR-reordered",
             "DICOMDIR-implicit", "DICOMDIR-bigEnd", "DICOMDIR-empty.dcm"]
)  # fmt: skip
def test_real_ones_read_by_pydicom(name) -> None:
    path = get_testdata_file(f"dicomdirtests/{name}") or get_testdata_file(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        items = dcmread(path).DirectoryRecordSequence
        expected = [
            DirectoryRecord(
                "\\".join(item.ReferencedFileID).encode()
                if not isinstance(item.ReferencedFileID, str)
                else item.ReferencedFileID.encode(),
                item.ReferencedSOPClassUIDInFile.encode(),
                item.ReferencedSOPInstanceUIDInFile.encode(),
                item.ReferencedTransferSyntaxUIDInFile.encode(),
            )
            for item in items
            if "ReferencedFileID" in item
        ]
    assert read(Path(path)) == expected


def test_without_records(tmp_path) -> None:
    assert read(write_dicomdir(tmp_path / "DICOMDIR", [])) == []


def test_a_record_agrees_with_what_it_does_not_contradict() -> None:
    record = EXPECTED[0]
    assert record.agrees(CT, "1.2.3", EXPLICIT)
    assert not record.agrees(MR, "1.2.3", EXPLICIT)
    assert not record.agrees(CT, "1.2.4", EXPLICIT)
    assert not record.agrees(CT, "1.2.3", IMPLICIT)
    assert EXPECTED[3].agrees(CT, "1.2.3", EXPLICIT)


@pytest.mark.parametrize(
    ("uid", "regular", "usable"),
    [
        (b"1.2.0", True, True),
        (b"1.02", False, True),
        (b"1..2", False, True),
        (b"1.2.", False, True),
        (b"1.2\xb2", False, False),
        (b"1.2 3", False, False),
        (b"1." + b"2" * 62, True, True),
        (b"1." + b"2" * 63, False, False),
        (b"", False, False),
    ],
)
def test_valid_uids(uid: bytes, regular: bool, usable: bool) -> None:
    record = EXPECTED[0]._replace(sop_instance_uid=uid)
    assert record.has_valid_uids(check_uids=True) == regular
    assert record.has_valid_uids(check_uids=False) == usable


def refused(path: Path) -> str:
    found = read(path)
    assert isinstance(found, Refusal)
    return found.reason


def test_files_that_are_none(tmp_path) -> None:
    assert refused(tmp_path / "gone") == "there is no such file"
    assert refused(tmp_path) == "not a regular file"
    path = tmp_path / "junk"
    path.write_bytes(b"junk" * 100)
    assert refused(path) == "a damaged DICOMDIR"


def test_too_large(tmp_path) -> None:
    path = write_dicomdir(tmp_path / "DICOMDIR", RECORDS)
    with path.open("r+b") as file:
        file.truncate(LARGEST_BYTES + 1)
    assert refused(path) == "a DICOMDIR of more than 128 MiB"


def test_deflated(tmp_path) -> None:
    # PS3.10 8.6 has none; inflating could make any length of a few bytes.
    path = write_dicomdir(tmp_path / "DICOMDIR", RECORDS)
    deflated = b"1.2.840.10008.1.2.1.99"
    content = path.read_bytes().replace(
        struct.pack("<H", 20) + EXPLICIT.encode() + b"\0",
        struct.pack("<H", len(deflated)) + deflated,
        1,
    )
    path.write_bytes(content)
    assert refused(path) == "a DICOMDIR in transfer syntax 1.2.840.10008.1.2.1.99"


@pytest.mark.parametrize("cut", [1, 9, 30, 100])
def test_cut_short(tmp_path, cut) -> None:
    path = write_dicomdir(tmp_path / "DICOMDIR", RECORDS, undefined_lengths=True)
    path.write_bytes(path.read_bytes()[:-cut])
    assert refused(path) == "a damaged DICOMDIR"


@pytest.mark.parametrize("depth", [100, 5000])
def test_sequences_within_sequences_cost_the_file_only(tmp_path, depth) -> None:
    path = write_dicomdir(tmp_path / "DICOMDIR", [RECORDS[1]], undefined_lengths=True)
    content = path.read_bytes()
    at = content.index(b"\x04\x00\x00\x15CS")
    nested = b"\x04\x00\x99\x14SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * depth
    ends = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0" * depth
    path.write_bytes(content[:at] + nested + ends + content[at:])
    found = read(path)
    assert found == [EXPECTED[0]] if depth == 100 else isinstance(found, Refusal)


def test_a_file_id_of_kilobytes_is_none(tmp_path) -> None:
    path = write_dicomdir(tmp_path / "DICOMDIR", [Record(["A" * 8] * 200, CT, "1.2")])
    found = read(path)
    assert isinstance(found, list)
    assert found[0].file_id == b""
