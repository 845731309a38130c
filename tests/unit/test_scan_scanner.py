from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastsend._native import part10
from fastsend._native.part10 import InstanceTable
from fastsend.errors import (
    InputError,
    InvalidInputFileError,
    NoInputFilesError,
    NoValidInputFilesError,
)
from fastsend.model.options import SendOptions
from fastsend.scan import ScanReport, SkippedFile, scan
from reference.part10_files import CT, EXPLICIT, IMPLICIT, MR, element, identity, pixels
from reference.part10_files import part10 as make_file


def good(number: int, sop_class: str = CT) -> bytes:
    return make_file(identity(sop_class, f"1.2.{number}") + pixels())


CONTENTS = {
    "1.dcm": good(1),
    "2.txt": b"no DICOM at all",
    "3.dcm": identity(CT, "1.2.3", syntax=IMPLICIT) + pixels(syntax=IMPLICIT),
    "4.dcm": good(4, MR),
    "5.dcm": good(5)[:-1],
    "DICOMDIR": make_file(identity("1.2.840.10008.1.3.10")),
    "sub/6.dcm": good(6),
}


@pytest.fixture
def study(tmp_path):
    for name, content in CONTENTS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def run(*paths: object, **options: object) -> tuple[InstanceTable, ScanReport]:
    table = InstanceTable()
    report = scan(SendOptions("peer", 104, tuple(map(str, paths)), **options), table)
    return table, report


def instances(table: InstanceTable) -> list[str]:
    return [table.sop_instance_uid(row) for row in range(len(table))]


def skipped(report: ScanReport) -> list[tuple[str, bool, bool]]:
    return [(Path(one.path).name, one.named, one.is_dicom) for one in report.skipped]


def test_a_folder(study) -> None:
    table, report = run(study)

    # Each in its turn, the one that pydicom finds among them.
    assert instances(table) == ["1.2.1", "1.2.3", "1.2.4", "1.2.6"]
    assert table.kinds() == [(CT, EXPLICIT), (CT, IMPLICIT), (MR, EXPLICIT)]
    assert report.files == 7
    assert skipped(report) == [
        ("2.txt", False, False),
        ("5.dcm", False, True),
        ("DICOMDIR", False, False),
    ]
    assert report.skipped[1].offset == len(good(5)) - len(pixels())
    assert table.path(3) == os.fsencode(study / "sub" / "6.dcm")


def test_files_without_meta_are_left_out_on_demand(study) -> None:
    table, report = run(study, file_format="file")

    assert instances(table) == ["1.2.1", "1.2.4", "1.2.6"]
    assert ("3.dcm", False, True) in skipped(report)


def test_only_files_without_meta(study) -> None:
    table, report = run(study, file_format="data_set")

    assert instances(table) == ["1.2.3"]
    reasons = {Path(one.path).name: one.reason for one in report.skipped}
    assert reasons["1.dcm"] == "not a data set alone, it has File Meta Information"
    assert reasons["2.txt"] == "not a DICOM file"


@pytest.mark.parametrize("name", ["2.txt", "5.dcm", "DICOMDIR", "gone.dcm"])
def test_a_named_file_that_cannot_be_sent_stops_the_run(study, name: str) -> None:
    with pytest.raises(InvalidInputFileError) as caught:
        run(study / "1.dcm", study / name, study / "4.dcm")

    assert str(caught.value).startswith(f"{study / name}: ")
    assert caught.value.exit_code == 22


def test_the_reason_says_where(study) -> None:
    with pytest.raises(InvalidInputFileError) as caught:
        run(study / "5.dcm")

    assert str(caught.value).endswith(
        "cut short, a Data Element reaches past the end of the file "
        f"(at byte {len(good(5)) - len(pixels())})"
    )


def test_no_halt(study) -> None:
    table, report = run(study / "2.txt", study / "1.dcm", study / "gone", halt=False)

    assert instances(table) == ["1.2.1"]
    assert skipped(report) == [("2.txt", True, False), ("gone", True, True)]
    assert report.files == 3


def test_named_and_found_in_the_order_of_the_command_line(study) -> None:
    table, _ = run(study / "4.dcm", study / "sub", study / "1.dcm", study / "4.dcm")

    assert instances(table) == ["1.2.4", "1.2.6", "1.2.1", "1.2.4"]


def test_nothing_found(tmp_path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(NoInputFilesError):
        run(tmp_path)
    with pytest.raises(NoInputFilesError):
        run()
    (tmp_path / "a.dcm").write_bytes(good(1))
    with pytest.raises(NoInputFilesError):
        run(tmp_path, scan_pattern="*.DCM")


def test_nothing_valid(study) -> None:
    with pytest.raises(NoValidInputFilesError) as caught:
        run(study, scan_pattern="[25]*")

    assert "none of 2 input files can be sent" in str(caught.value)
    assert f"{study / '2.txt'}: not a DICOM file" in str(caught.value)
    with pytest.raises(NoValidInputFilesError):
        run(study / "gone", halt=False)


def test_a_folder_that_cannot_be_listed(study, monkeypatch) -> None:
    listed = part10.list_folder

    def list_folder(path: bytes, *rest: object):
        return errno.EACCES if path == os.fsencode(study / "sub") else listed(path, *rest)

    monkeypatch.setattr(part10, "list_folder", list_folder)

    _, report = run(study)

    # Instances may be in it: the run is not complete.
    assert report.skipped[-1] == SkippedFile(
        str(study / "sub"), "the folder cannot be listed: Permission denied", False, True
    )
    assert report.files == 6
    with pytest.raises(InvalidInputFileError, match="cannot be listed"):
        run(study / "1.dcm", study / "sub")
    with pytest.raises(NoInputFilesError):
        run(study / "sub", halt=False)


def test_uid_checks_can_be_switched_off(tmp_path) -> None:
    (tmp_path / "a").write_bytes(make_file(identity("1.2.840.10008.1.1", "1.2.3") + pixels()))
    bare = identity("1.2.840.10008.1.1", "1.2.4", syntax=IMPLICIT) + pixels(syntax=IMPLICIT)
    (tmp_path / "b").write_bytes(bare)

    with pytest.raises(NoValidInputFilesError, match="no storage class"):
        run(tmp_path)
    table, _ = run(tmp_path, check_uids=False)
    assert instances(table) == ["1.2.3", "1.2.4"]


def test_rows_come_behind_those_of_the_table(study) -> None:
    table, _ = run(study / "1.dcm")
    scan(SendOptions("peer", 104, (str(study / "sub"),)), table)

    assert instances(table) == ["1.2.1", "1.2.6"]
    with pytest.raises(NoValidInputFilesError):
        scan(SendOptions("peer", 104, (str(study / "2.txt"),), halt=False), table)


def test_names_with_anything_in_them(tmp_path) -> None:
    folder = os.fsencode(tmp_path)
    names = [b"\x1b[31m\n.dcm", b"\xff\xfe.dcm", "日本 .dcm".encode()]
    for number, name in enumerate(names):
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(good(number) if number else good(number)[:-1])

    table, report = run(tmp_path)

    assert len(table) == 2
    assert os.fsencode(report.skipped[0].path) == os.path.join(folder, names[0])  # noqa: PTH118
    assert str(report.skipped[0]).isprintable()
    assert r"\x1b[31m\n.dcm: cut short" in str(report.skipped[0])
    with pytest.raises(InvalidInputFileError) as caught:
        run(os.fsdecode(os.path.join(folder, names[0])))  # noqa: PTH118
    assert str(caught.value).isprintable()


def test_a_name_with_a_nul(study) -> None:
    with pytest.raises(InvalidInputFileError, match=r"a\\x00b: there is no such file"):
        run("a\0b")
    _, report = run(study / "1.dcm", "a\0b", halt=False)
    assert skipped(report)[0][0] == "a\0b"


def test_links_that_go_round(study) -> None:
    (study / "sub" / "up").symlink_to(study)
    (study / "sub" / "round").symlink_to("round")

    table, report = run(study)

    assert instances(table) == ["1.2.1", "1.2.3", "1.2.4", "1.2.6"]
    assert [one.reason for one in report.skipped if one.path.endswith("round")] == [
        "it cannot be opened: Too many levels of symbolic links"
    ]


def test_special_files_do_not_hang_the_run(study) -> None:
    os.mkfifo(study / "fifo")

    _, report = run(study)

    assert ("fifo", False, False) in skipped(report)
    with pytest.raises(InvalidInputFileError, match="not a regular file"):
        run(study / "fifo")
    with pytest.raises(InvalidInputFileError, match="not a regular file"):
        run("/dev/null")
    with pytest.raises(InvalidInputFileError):
        run(study / "fifo", file_format="data_set")


def test_pydicom_is_not_loaded_for_proper_files(study) -> None:
    program = f"""if True:
        import sys
        from fastsend._native.part10 import InstanceTable
        from fastsend.model.options import SendOptions
        from fastsend.scan import scan
        scan(SendOptions("p", 1, ({str(study / "sub")!r}, {str(study / "2.txt")!r}), halt=False),
             InstanceTable())
        heavy = {{"pydicom", "pynetdicom", "numpy", "argparse", "inspect"}}
        print(sorted(heavy & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def warned(*paths: object, **options: object) -> list[str]:
    told: list[str] = []
    scan(SendOptions("peer", 104, tuple(map(str, paths)), **options), InstanceTable(), told.append)
    return told


def test_padded_uids_are_told_of_unless_the_user_knows(tmp_path) -> None:
    for number, padding in enumerate((b"", b" ", b" ")):
        uids = element(0x00080016, "UI", CT.encode() + b"\0")
        uids += element(0x00080018, "UI", b"1.2.%d" % number + (padding or b"\0"))
        (tmp_path / f"{number}").write_bytes(make_file(uids + pixels()))

    (text,) = warned(tmp_path)
    assert text.startswith("2 of the instances to send have UIDs that are padded with spaces")
    assert text.endswith(f"the first is {tmp_path / '1'}")
    assert warned(tmp_path, uid_padding=True) == []
    assert warned(tmp_path / "0") == []


def test_each_file_as_often_as_asked_for(study) -> None:
    table, report = run(study / "4.dcm", study / "3.dcm", study / "1.dcm", repeat=2)

    assert instances(table) == ["1.2.4", "1.2.4", "1.2.3", "1.2.3", "1.2.1", "1.2.1"]
    assert report.files == 3


@pytest.mark.parametrize("repeat", [1 << 28 | 1, 1 << 40])
def test_more_rows_than_there_are(study, repeat: int) -> None:
    with pytest.raises(InputError, match=rf"--repeat {repeat}"):
        run(study / "1.dcm", repeat=repeat)
