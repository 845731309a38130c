"""The call that whoever sends while the scan goes on gets from it."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from fastsend._native.part10 import InstanceTable
from fastsend.errors import InvalidInputFileError
from fastsend.model.options import SendOptions
from fastsend.scan import scan
from reference.dicomdir_files import Record, write_dicomdir
from reference.part10_files import CT, IMPLICIT, identity, pixels
from reference.part10_files import part10 as make_file

if TYPE_CHECKING:
    from pathlib import Path


class Stop(Exception):  # noqa: N818 - no error
    """What the one who is called raises."""


class Ticks:
    """Notes how many rows there were at each tick, and may stop the scan."""

    def __init__(self, stop_at: int = 1 << 62) -> None:
        self.table = InstanceTable()
        self.rows: list[int] = []
        self._stop_at = stop_at

    def __call__(self) -> None:
        self.rows.append(len(self.table))
        if len(self.table) >= self._stop_at:
            raise Stop

    def scan(self, *paths: Path, **options: object) -> None:
        scan(SendOptions("h", 1, tuple(map(str, paths)), **options), self.table, None, self)

    def longest(self) -> int:
        """The most rows between two ticks."""
        rows = [0, *self.rows, len(self.table)]
        return max(after - before for before, after in pairwise(rows))

    def check_table(self) -> None:
        """All that there is of the table has to be whole."""
        for row in range(len(self.table)):
            uid = self.table.sop_instance_uid(row)
            assert os.path.basename(self.table.path(row)).startswith(uid.encode())  # noqa: PTH119
        assert set(self.table.kind_column()) <= set(range(len(self.table.kinds())))


def fill(folder: Path, count: int, *, start: int = 0, bare: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(start, start + count):
        uid = f"1.2.{number + 100_000}"
        file = identity(CT, uid, syntax=IMPLICIT) + pixels(syntax=IMPLICIT)
        if not bare:
            file = make_file(identity(CT, uid) + pixels())
        (folder / f"{uid}.dcm").write_bytes(file)
    return folder


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of more files than a batch has."""
    folder = tmp_path_factory.mktemp("many")
    fill(folder, 1)
    uid = "1.2.100000"
    for number in range(1, 5000):
        os.link(folder / f"{uid}.dcm", folder / f"{uid}.{number:05}.dcm")
    return folder


def test_at_least_every_64_files(many: Path) -> None:
    ticks = Ticks()

    ticks.scan(many)

    assert len(ticks.table) == 5000
    assert ticks.longest() == 64
    assert ticks.rows[0] == 0  # the folder, before it is listed
    ticks.check_table()


def test_a_large_folder_keeps_its_order(many: Path) -> None:
    ticks = Ticks()

    ticks.scan(many)

    paths = [ticks.table.path(row) for row in range(5000)]
    assert paths == sorted(bytes(path) for path in many.iterdir())


def test_files_that_the_user_names(many: Path) -> None:
    ticks = Ticks()

    ticks.scan(*sorted(many.iterdir())[:1000])

    assert (len(ticks.table), ticks.longest()) == (1000, 64)


def test_each_folder_with_or_without_files(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"empty{number}" / "below").mkdir(parents=True)
    fill(tmp_path / "last", 3)
    ticks = Ticks()

    ticks.scan(tmp_path)

    assert ticks.rows.count(0) >= 1 + 20 * 2 + 1
    assert ticks.rows[-1] == 3


@pytest.mark.parametrize("file_format", ["any", "data_set"])
def test_each_file_that_takes_longer(tmp_path: Path, file_format: str) -> None:
    ticks = Ticks()

    ticks.scan(fill(tmp_path / "bare", 70, bare=True), file_format=file_format)

    assert (len(ticks.table), ticks.longest()) == (70, 1)


def test_files_that_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    for number in range(1000):
        (tmp_path / f"no-{number}").write_bytes(b"no DICOM")
    ticks = Ticks()

    ticks.scan(tmp_path)

    assert len(ticks.rows) > 1000 / 64


@pytest.mark.parametrize("compat", ["storescu", "dcmsend"])
def test_as_dcmtk(many: Path, compat: str) -> None:
    ticks = Ticks()

    ticks.scan(many, compat=compat, scan_directories=True, recurse=True, halt=False)

    assert (len(ticks.table), ticks.longest()) == (5000, 64)
    # storescu looks for every file before it reads the first.
    assert ticks.rows.count(0) > (5000 if compat == "storescu" else 0)


def test_the_records_of_a_dicomdir(tmp_path: Path) -> None:
    fill(tmp_path / "images", 300)
    names = sorted(path.name for path in (tmp_path / "images").iterdir())
    records = [Record(["images", name], CT, name.removesuffix(".dcm")) for name in names]
    directory = write_dicomdir(tmp_path / "DICOMDIR", records)
    ticks = Ticks()

    ticks.scan(directory, read_dicomdir=True)

    assert (len(ticks.table), ticks.longest()) == (300, 64)
    assert ticks.rows.count(0) >= 300 // 64 + 300


@pytest.mark.parametrize("stop_at", [0, 1, 64, 4096, 4999, 5000])
def test_what_it_raises_ends_the_scan(many: Path, stop_at: int) -> None:
    ticks = Ticks(stop_at)

    with pytest.raises(Stop):
        ticks.scan(many)

    assert stop_at <= len(ticks.table) < stop_at + 64
    ticks.check_table()
    # The table goes on from there.
    ticks = Ticks()
    ticks.scan(many)
    assert len(ticks.table) == 5000


@pytest.mark.parametrize(
    ("stop_at", "options"),
    [
        (3, {}),
        (3, {"file_format": "data_set"}),
        (0, {"compat": "dcmsend", "scan_directories": True, "halt": False}),
        (0, {"compat": "storescu", "scan_directories": True, "halt": False}),
    ],
)
def test_wherever_it_raises(tmp_path: Path, stop_at: int, options: dict[str, object]) -> None:
    ticks = Ticks(stop_at)

    with pytest.raises(Stop):
        ticks.scan(fill(tmp_path / "bare", 10, bare=True), **options)

    assert len(ticks.table) == stop_at
    ticks.check_table()


@pytest.mark.parametrize("error", [OSError, UnicodeError, KeyError, KeyboardInterrupt])
def test_no_error_of_its_own_is_taken_for_one_of_a_file(
    tmp_path: Path, error: type[BaseException]
) -> None:
    fill(tmp_path / "a", 1)
    fill(tmp_path / "b", 1, bare=True)
    write_dicomdir(tmp_path / "a" / "DICOMDIR", [Record(["x"], CT, "1.2")])
    ticks = Ticks()
    options = SendOptions("h", 1, (str(tmp_path),), read_dicomdir=True)
    scan(options, InstanceTable(), None, ticks)

    # At each of the ticks in turn.
    for number in range(len(ticks.rows)):
        left = iter(range(number))

        def tick(left: object = left) -> None:
            if next(left, None) is None:
                raise error("of the tick")

        with pytest.raises(error, match="of the tick"):
            scan(options, InstanceTable(), None, tick)


def test_errors_of_the_input_are_as_without(tmp_path: Path) -> None:
    fill(tmp_path, 1)
    broken = tmp_path / "broken"
    broken.write_bytes(b"no DICOM")
    ticks = Ticks()

    with pytest.raises(InvalidInputFileError, match="broken: not a DICOM file"):
        ticks.scan(tmp_path / "1.2.100000.dcm", broken)
    assert len(ticks.table) == 1


def test_what_was_found_by_then(tmp_path: Path) -> None:
    fill(tmp_path / "a", 3)
    (tmp_path / "a" / "note.txt").write_text("not DICOM")
    fill(tmp_path / "b", 3, start=3)
    ticks, found = Ticks(stop_at=6), []
    options = SendOptions("h", 1, (str(tmp_path),))

    with pytest.raises(Stop):
        scan(options, ticks.table, None, ticks, found.append)

    (report,) = found
    assert not report.complete
    assert [os.path.basename(one.path) for one in report.skipped] == ["note.txt"]  # noqa: PTH119

    found.clear()
    assert scan(options, InstanceTable(), None, lambda: None, found.append).complete
    assert found == []
