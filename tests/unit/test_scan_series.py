"""Rows grouped by series, of files in every encoding, and of files that do not say it."""

from __future__ import annotations

import os
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from fastsend._native.part10 import InstanceTable
from fastsend.errors import InterruptedRunError
from fastsend.scan.series import by_series
from reference.part10_files import (
    BIG_ENDIAN,
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    element,
    identity,
    item,
    part10,
    pixels,
    sequence,
    uid,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Add = Callable[..., Path]

SERIES = 0x0020000E


class Folder:
    """Files of `folder`, and a table of those that were added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table = InstanceTable()
        self.paths: list[Path] = []

    def add(
        self,
        series: str | bytes | None,
        *,
        syntax: str = EXPLICIT,
        before: bytes = b"",
        behind: bytes | None = None,
        sub_folder: str = "",
    ) -> Path:
        """Write and append a file; `before` and `behind` are what stands around the series."""
        encoding = EXPLICIT if syntax in (DEFLATED, JPEG) else syntax
        data_set = identity(syntax=encoding) + before
        if series is not None:
            value = uid(series) if isinstance(series, str) else series
            data_set += element(SERIES, "UI", value, syntax=encoding)
        data_set += pixels(syntax=encoding) if behind is None else behind
        if syntax == DEFLATED:
            deflater = zlib.compressobj(wbits=-15)
            data_set = deflater.compress(data_set) + deflater.flush()
        return self.write(data_set, syntax, sub_folder)

    def write(self, data_set: bytes, syntax: str, sub_folder: str = "") -> Path:
        content = part10(data_set, syntax=syntax)
        path = self.folder / sub_folder / f"{len(self.paths)}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        self.paths.append(path)
        folder = self.table.add_folder(os.fsencode(path.parent))
        name, offset = os.fsencode(path.name), len(content) - len(data_set)
        self.table.append(folder, name, b"1.2", b"1.2.3", syntax.encode(), offset, len(content), 0)
        return path

    def groups(self, first: int = 0, end: int | None = None) -> list[list[int]]:
        found = by_series(self.table, first, len(self.table) if end is None else end)
        assert (found.rows.typecode, found.starts.typecode) == ("I", "I")
        starts = list(found.starts)
        assert (starts[0], starts[-1]) == (0, len(found.rows))
        return [list(found.rows[a:b]) for a, b in pairwise(starts)]


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_no_rows(files: Folder) -> None:
    found = by_series(files.table, 0, 0)
    assert (list(found.rows), list(found.starts)) == ([], [0])


def test_series_in_the_order_of_their_first_rows(files: Folder) -> None:
    for series in ("1.9", "1.2", "1.9", "1.5", "1.2", "1.9"):
        files.add(series)
    assert files.groups() == [[0, 2, 5], [1, 4], [3]]
    assert files.groups(1, 5) == [[1, 4], [2], [3]]


def test_every_encoding_and_padding(files: Folder) -> None:
    for syntax in (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED, JPEG):
        files.add("1.2.345", syntax=syntax)
        files.add("1.2.34", syntax=syntax)
    files.add(b"1.2.345 ")
    files.add(b"1.2.345")
    files.add(b"1.2.34")
    files.add(b"1.2.34\0\0")
    assert files.groups() == [[0, 2, 4, 6, 8, 10, 11], [1, 3, 5, 7, 9, 12, 13]]


@pytest.mark.parametrize("syntax", [EXPLICIT, DEFLATED])
def test_only_the_series_of_the_data_set_itself_counts(files: Folder, syntax: str) -> None:
    inner = element(SERIES, "UI", uid("1.1"))
    for series in ("1.1", "1.2"):
        before = sequence(0x00081115, item(inner))
        behind = sequence(0x00400275, item(inner)) + pixels()
        files.add(series, syntax=syntax, before=before, behind=behind)
    files.add("1.2", syntax=syntax)
    assert files.groups() == [[0], [1, 2]]


@pytest.mark.parametrize("has_memory_files", [True, False])
def test_deflated_data_sets_that_come_to_it_late(
    has_memory_files: bool, files: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_memory_files:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    for length in (60_000, 900_000, 0):
        behind = element(0x00280030, "OB", os.urandom(400_000)) + pixels()
        before = element(0x00091001, "OB", os.urandom(length))
        files.add("1.7", syntax=DEFLATED, before=before, behind=behind)
        files.add("1.8", syntax=DEFLATED, before=before, behind=behind)
    assert files.groups() == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize("syntax", [EXPLICIT, DEFLATED])
@pytest.mark.parametrize(
    "behind",
    [
        element(0x00280010, "US", b"", length=0xFFF0),
        element(0x00280010, "ZZ", b"12"),
        element(0x00080005, "CS", b"12"),  # tags that do not increase
        sequence(0x00400275, item(element(0x00280010, "ZZ", b"12"))),
        b"\xff",
    ],
)
def test_what_is_broken_behind_it_does_not_matter(
    files: Folder, syntax: str, behind: bytes
) -> None:
    for series in ("1.1", "1.2", "1.1"):
        files.add(series, syntax=syntax, behind=behind)
    assert files.groups() == [[0, 2], [1]]


def test_files_that_do_not_say_it_stay_together_folder_by_folder(files: Folder) -> None:
    gone, cut = files.add("1.1"), files.add("1.1")
    files.add(None)
    files.add("")
    files.add("1" * 258)
    files.add("1.1", before=element(0x00100010, "ZZ", b"12"))
    files.add("1.1", syntax=IMPLICIT, sub_folder="other")
    files.add(None, syntax=DEFLATED, sub_folder="other")
    files.write(b"\xff no deflate stream", DEFLATED, "other")
    files.write(b"", DEFLATED, "other")
    fifo = files.add("1.1", sub_folder="other")
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:210])
    fifo.unlink()
    os.mkfifo(fifo)
    assert files.groups() == [[0, 1, 2, 3, 4, 5], [6], [7, 8, 9, 10]]


def test_a_deflate_bomb_is_not_inflated_to_its_end(files: Folder) -> None:
    before = element(0x00091001, "OB", bytes(20 << 20))
    files.add("1.1", syntax=DEFLATED, before=before)
    files.add("1.1", syntax=DEFLATED)
    assert files.groups() == [[0], [1]]


def test_repeats_are_of_one_series(files: Folder) -> None:
    files.table.set_repeat(3)
    for series in ("1.1", "1.2", "1.1"):
        files.add(series)
    assert files.groups() == [[0, 1, 2, 6, 7, 8], [3, 4, 5]]


def test_a_run_that_is_given_up(files: Folder) -> None:
    files.add("1.1")
    with pytest.raises(InterruptedRunError):
        by_series(files.table, 0, 1, lambda: True)
    assert list(by_series(files.table, 0, 1, lambda: False).rows) == [0]


def test_rows_that_are_not_there(files: Folder) -> None:
    files.add("1.1")
    with pytest.raises(IndexError):
        by_series(files.table, 0, 2)


def test_what_a_scan_found(files: Folder) -> None:
    files.add("1.1", sub_folder="a")
    files.add("1.2", sub_folder="b")
    files.add("1.1", sub_folder="b")
    scanned = InstanceTable()
    for path in files.paths:
        folder = scanned.add_folder(os.fsencode(path.parent))
        assert scanned.scan(folder, [os.fsencode(path.name)], check_uids=True) == []
    assert scanned.kinds() == [(CT, EXPLICIT)]
    found = by_series(scanned, 0, 3)
    assert (list(found.rows), list(found.starts)) == ([0, 2, 1], [0, 2, 3])
