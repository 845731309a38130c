"""Paths as storescu and dcmsend take them, and what they say of files that they cannot use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fastsend._native.part10 import InstanceTable
from fastsend.errors import (
    InvalidInputFileError,
    NoInputFilesError,
    NoValidInputFilesError,
)
from fastsend.model.options import SendOptions
from fastsend.scan import scan
from fastsend.scan.dcmtk_input import expand_as_dcmtk
from fastsend.scan.folders import FileBatch
from peers.proposals import SmallFiles

if TYPE_CHECKING:
    from fastsend.scan import ScanReport

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
VERIFICATION = "1.2.840.10008.1.1"
LEE = "1.2.840.10008.1.2.1"


class Run:
    """A scan with all that it said."""

    def __init__(self, *paths: Path, **options: object) -> None:
        self.told: list[str] = []
        self.table = InstanceTable()
        # A program's own defaults: see fastsend.cli.programs.
        self.options = SendOptions("h", 1, tuple(map(str, paths)), **options)  # type: ignore[arg-type]

    def scan(self) -> ScanReport:
        return scan(self.options, self.table, self.told.append)

    def names(self) -> list[str]:
        names = []
        for batch in expand_as_dcmtk(self.options, self.told.append):
            assert isinstance(batch, FileBatch)
            folder = os.fsdecode(batch.folder)
            names += [str(Path(folder, os.fsdecode(name))) for name in batch.names]
        return names


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    return SmallFiles(tmp_path)(CT, LEE)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text"
    path.write_bytes(b"no DICOM at all" * 20)
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for name in ("b", "a", "sub/c", "sub/deep/d", "e.dcm"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


@pytest.mark.parametrize("compat", ["storescu", "dcmsend"])
def test_a_directory_is_left_out_unless_it_is_to_be_scanned(tree: Path, compat: str) -> None:
    run = Run(tree, compat=compat)
    with pytest.raises(NoInputFilesError):
        run.scan()
    assert run.told == [f"ignoring directory because option --scan-directories is not set: {tree}"]


def test_files_come_in_the_order_of_the_file_system(tree: Path) -> None:
    def listed(folder: Path, *, recurse: bool) -> list[str]:
        found = []
        for name in os.listdir(folder):  # noqa: PTH208 - as readdir gives them
            path = folder / name
            if path.is_dir():
                found += listed(path, recurse=True) if recurse else []
            else:
                found.append(str(path))
        return found

    for recurse in (False, True):
        run = Run(tree, compat="dcmsend", scan_directories=True, recurse=recurse)
        assert run.names() == listed(tree, recurse=recurse)


def test_a_pattern_is_for_what_is_scanned(tree: Path) -> None:
    run = Run(tree, tree / "a", compat="dcmsend", scan_directories=True, scan_pattern="*.dcm")
    assert run.names() == [str(tree / "e.dcm"), str(tree / "a")]


def test_a_link_to_a_directory_above_ends(tree: Path) -> None:
    (tree / "sub" / "up").symlink_to(tree)
    run = Run(tree, compat="dcmsend", scan_directories=True, recurse=True)
    assert len(run.names()) == 5


def test_a_pipe_is_not_opened(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    run = Run(tree, compat="dcmsend", scan_directories=True, halt=False, file_format="file")
    with pytest.raises(NoValidInputFilesError):
        run.scan()
    assert any(line.startswith(f"bad DICOM file: {tree}/pipe: ") for line in run.told)


def test_storescu_looks_for_all_files_before_it_reads_one(ct: Path, text: Path) -> None:
    missing = text.with_name("missing")
    run = Run(ct, text, missing, compat="storescu")
    with pytest.raises(InvalidInputFileError) as caught:
        run.scan()
    assert str(caught.value) == f"cannot access file: {missing}"
    run = Run(ct, missing, ct, compat="storescu", halt=False)
    report = run.scan()
    assert run.told == [f"cannot access file: {missing}, ignoring file"]
    assert (len(run.table), report.gaps, report.end) == (2, (), None)
    assert [skipped.path for skipped in report.skipped] == [str(missing)]


def test_storescu_comes_upon_a_bad_file_in_its_turn(ct: Path, text: Path) -> None:
    report = Run(ct, ct, text, ct, compat="storescu").scan()
    assert (report.end, report.gaps) == (2, ())
    assert report.stop.startswith(f"Bad DICOM file: {text}: ")
    report = Run(text, ct, text, text, ct, compat="storescu", halt=False).scan()
    assert (report.end, report.gaps) == (None, (0, 1, 1))
    # Nothing to send is nothing to be said of.
    assert Run(text, compat="storescu", halt=False).scan().gaps == (0,)


def test_storescu_reads_all_first_where_it_is_to_propose_their_classes(
    ct: Path, text: Path
) -> None:
    with pytest.raises(InvalidInputFileError, match=r"^missing SOP class .or instance. in file: "):
        Run(ct, text, compat="storescu", required=True).scan()
    run = Run(ct, text, ct, compat="storescu", required=True, halt=False)
    assert (run.scan().gaps, len(run.table)) == ((), 2)
    assert run.told[0].endswith(", ignoring file")


def test_storescu_does_not_mind_the_class_unless_it_proposes_it(tmp_path: Path) -> None:
    make = SmallFiles(tmp_path)
    for uid in (VERIFICATION, "1.2.3.4"):
        path = make(uid, LEE)
        run = Run(path, compat="storescu")
        run.scan()
        assert run.table.kinds() == [(uid, LEE)]
        with pytest.raises(InvalidInputFileError, match=r"^unknown storage SOP class in file: "):
            Run(path, compat="storescu", required=True).scan()


def test_dcmsend_minds_every_file_that_it_finds(tree: Path, ct: Path) -> None:
    options = {"compat": "dcmsend", "file_format": "file", "scan_directories": True}
    with pytest.raises(InvalidInputFileError, match=r"^bad DICOM file: ") as caught:
        Run(ct, tree, **options).scan()
    assert "File meta information header missing" in str(caught.value)
    run = Run(ct, tree, **options, halt=False)
    assert len(run.scan().skipped) == len(run.told) == 3
    with pytest.raises(InvalidInputFileError, match="No such file or directory"):
        Run(tree / "missing", **options).scan()


def test_dcmsend_takes_private_classes_only(tmp_path: Path) -> None:
    make = SmallFiles(tmp_path)
    options = {"compat": "dcmsend", "file_format": "file"}
    Run(make("1.2.3.4", LEE), **options).scan()
    with pytest.raises(InvalidInputFileError, match="Invalid SOP Class UID"):
        Run(make(VERIFICATION, LEE), **options).scan()
