from __future__ import annotations

from pathlib import Path

import pytest

from fastsend._native.part10 import InstanceTable
from fastsend.errors import InvalidInputFileError, NoValidInputFilesError
from fastsend.model.options import SendOptions
from fastsend.scan import ScanReport, scan
from reference.dicomdir_files import MEDIA_STORAGE_DIRECTORY, Record, write_dicomdir
from reference.part10_files import CT, EXPLICIT, IMPLICIT, MR, identity, pixels
from reference.part10_files import part10 as make_file


@pytest.fixture
def medium(tmp_path):
    for number in range(1, 5):
        path = tmp_path / "A" / f"im{number}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(make_file(identity(CT, f"1.2.{number}") + pixels()))
    (tmp_path / "A" / "junk").write_bytes(b"junk" * 100)
    return tmp_path


def record(number: int, **changed: object) -> Record:
    return Record(["A", f"IM{number}"], CT, f"1.2.{number}")._replace(**changed)  # type: ignore[arg-type]


def run(*paths: object, **options: object) -> tuple[InstanceTable, ScanReport, list[str]]:
    table = InstanceTable()
    warnings: list[str] = []
    chosen = SendOptions("peer", 104, tuple(map(str, paths)), read_dicomdir=True)
    report = scan(chosen._replace(**options), table, warnings.append)  # type: ignore[arg-type]
    return table, report, warnings


def instances(table: InstanceTable) -> list[str]:
    return [table.sop_instance_uid(row) for row in range(len(table))]


def test_files_in_the_order_of_the_records(medium) -> None:
    path = write_dicomdir(medium / "DICOMDIR", [record(3), record(1), record(2), record(1)])
    table, report, warnings = run(medium / "A" / "im4", path, medium / "A" / "im2")
    assert instances(table) == ["1.2.4", "1.2.3", "1.2.1", "1.2.2", "1.2.1", "1.2.2"]
    assert Path(table.path(1).decode()) == medium / "A" / "im3"
    assert table.file(1)[1:] == (*table.file(0)[1:3], table.file(1)[3])
    assert report.files == 7
    assert not report.skipped
    assert not warnings


def test_without_the_option_a_dicomdir_is_none(medium) -> None:
    path = write_dicomdir(medium / "DICOMDIR", [record(1)])
    with pytest.raises(InvalidInputFileError, match="a DICOMDIR, not an instance"):
        run(path, read_dicomdir=False)


def test_found_in_a_folder(medium) -> None:
    write_dicomdir(medium / "DICOMDIR", [record(1)])
    (medium / "A" / "junk").unlink()
    table, *_ = run(medium)
    assert instances(table) == ["1.2.1", "1.2.1", "1.2.2", "1.2.3", "1.2.4"]


def test_relative_to_the_dicomdir(medium, monkeypatch) -> None:
    write_dicomdir(medium / "DICOMDIR", [record(1)])
    monkeypatch.chdir(medium)
    assert run("DICOMDIR")[0].path(0) == b"A/im1"
    monkeypatch.chdir(medium / "A")
    assert run("../DICOMDIR")[0].path(0) == b"../A/im1"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record(7), "there is no such file"),
        (Record("", CT, "1.2.1"), "empty Referenced File ID"),
        (Record(["..", "x"], CT, "1.2.1"), "outside of its own folder"),
        (Record(["A", "JUNK"], CT, "1.2.1"), "not a DICOM file"),
        (Record(["A"], CT, "1.2.1"), "not a regular file"),
        (Record(["DICOMDIR"], MEDIA_STORAGE_DIRECTORY, "1.2.1"), "a DICOMDIR, not an instance"),
    ],
)
def test_a_record_whose_file_cannot_be_sent(medium, bad, reason) -> None:
    path = write_dicomdir(medium / "DICOMDIR", [record(1), bad, record(2)])
    with pytest.raises(InvalidInputFileError, match=reason) as caught:
        run(path)
    assert caught.value.exit_code == 22

    table, report, _ = run(path, halt=False)
    assert instances(table) == ["1.2.1", "1.2.2"]
    (skipped,) = report.skipped
    assert reason in skipped.reason
    assert skipped.named
    assert str(medium) in skipped.path


def test_a_damaged_dicomdir(medium) -> None:
    path = write_dicomdir(medium / "DICOMDIR", [record(1)], undefined_lengths=True)
    content = bytearray(path.read_bytes())
    content[content.index(b"\xfe\xff\x00\xe0") + 2] = 0x0E  # no tag that an item begins with
    path.write_bytes(content)
    with pytest.raises(InvalidInputFileError, match="damaged DICOMDIR"):
        run(path)
    table, report, _ = run(path, medium / "A" / "im2", halt=False)
    assert instances(table) == ["1.2.2"]
    assert len(report.skipped) == 1


def test_a_dicomdir_without_files(medium) -> None:
    with pytest.raises(NoValidInputFilesError):
        run(write_dicomdir(medium / "DICOMDIR", []))


def test_the_file_is_believed(medium) -> None:
    (medium / "A" / "im3").write_bytes(make_file(identity(MR, "1.2.3") + pixels()))
    records = [
        record(1, sop_instance_uid="1.2.99"),
        record(2, transfer_syntax_uid=IMPLICIT),
        record(3),
        record(4),
    ]
    path = write_dicomdir(medium / "DICOMDIR", records)
    table, _, (warning,) = run(path)
    assert instances(table) == ["1.2.1", "1.2.2", "1.2.3", "1.2.4"]
    assert table.kinds() == [(CT, EXPLICIT), (MR, EXPLICIT)]
    assert "3 of the files" in warning
    assert warning.endswith("A/im1")


def test_with_repeats_and_without_meta(medium) -> None:
    (medium / "A" / "im2").write_bytes(
        identity(CT, "1.2.2", syntax=IMPLICIT) + pixels(syntax=IMPLICIT)
    )
    path = write_dicomdir(
        medium / "DICOMDIR",
        [record(1), record(9), record(2, transfer_syntax_uid=IMPLICIT), record(3)],
    )
    table, _, warnings = run(path, repeat=2, halt=False)
    assert instances(table) == ["1.2.1"] * 2 + ["1.2.2"] * 2 + ["1.2.3"] * 2
    assert not warnings


class TestAsDcmsend:
    def test_a_missing_file_has_its_turn(self, medium) -> None:
        records = [record(1), record(7, sop_class_uid=MR), record(2)]
        path = write_dicomdir(medium / "DICOMDIR", records)
        table, report, _ = run(path, compat="dcmsend", file_format="file")
        assert instances(table) == ["1.2.1", "1.2.7", "1.2.2"]
        assert table.kinds() == [(CT, EXPLICIT), (MR, EXPLICIT)]
        assert table.file(1) == (bytes(medium / "A" / "IM7"), 0, 0, 0)
        assert not report.skipped

    @pytest.mark.parametrize(
        "bad",
        [
            record(2, sop_class_uid=None),
            record(2, sop_instance_uid=None),
            record(2, transfer_syntax_uid=None),
            record(2, sop_class_uid="1.2.840.10008.1.1"),
            record(2, sop_class_uid=MEDIA_STORAGE_DIRECTORY),
            record(2, sop_instance_uid="1.02"),
        ],
    )
    def test_uids_of_a_record_are_checked(self, medium, bad) -> None:
        path = write_dicomdir(medium / "DICOMDIR", [record(1), bad, record(3)])
        with pytest.raises(InvalidInputFileError):
            run(path, compat="dcmsend", file_format="file")
        table, *_ = run(path, compat="dcmsend", file_format="file", halt=False)
        assert instances(table) == ["1.2.1", "1.2.3"]
