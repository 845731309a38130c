"""Folders as the compiled core lists them, beside what Python's own `os.scandir` says."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

import pytest

from fastsend._native import part10

if TYPE_CHECKING:
    from pathlib import Path


def names(batches: list[bytes]) -> list[bytes]:
    return [name for batch in batches for name in batch.split(b"\0")]


def listed(folder: Path, most: int = 1000) -> list[list[bytes]]:
    found = part10.list_folder(os.fsencode(folder), most)
    assert isinstance(found, tuple)
    return [*map(names, found)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 1000])
def test_names_come_sorted_and_in_batches(count: int, tmp_path: Path) -> None:
    for name in ("b", "a", "c", "B", "\u00e9"):
        (tmp_path / name).touch()

    files, special, folders = part10.list_folder(os.fsencode(tmp_path), count)

    assert names(files) == sorted(os.listdir(os.fsencode(tmp_path)))  # noqa: PTH208
    assert [one.count(b"\0") + 1 for one in files] == [
        min(count, 5 - start) for start in range(0, 5, count)
    ]
    assert (special, folders) == ([], [])


def test_each_kind_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "z-file").touch()
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "to-file").symlink_to("z-file")
    (tmp_path / "to-folder").symlink_to("a-folder")
    (tmp_path / "to-nothing").symlink_to("nothing")
    (tmp_path / "to-itself").symlink_to("to-itself")
    (tmp_path / "to-device").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the path of a socket may not be long
        listener.bind("socket")

        found = listed(tmp_path)

    assert found == [
        [b"to-device", b"to-file", b"to-itself", b"to-nothing", b"z-file"],
        [b"fifo", b"socket"],
        [b"a-folder", b"to-folder"],
    ]


def test_an_empty_folder(tmp_path: Path) -> None:
    assert part10.list_folder(os.fsencode(tmp_path), 10) == ([], [], [])


def test_more_names_than_one_step_reads(tmp_path: Path) -> None:
    wanted = {f"{'x' * (number % 200)}{number}" for number in range(3000)}
    for name in wanted:
        (tmp_path / name).touch()

    files, _, _ = listed(tmp_path, 7)

    assert files == sorted(map(os.fsencode, wanted))


def test_longest_names_and_any_bytes(tmp_path: Path) -> None:
    wanted = [b"\n", b"\xff" * 255, b" ", b"...", b"..a", b"y" * 255]
    for name in wanted:
        try:
            os.close(os.open(os.path.join(os.fsencode(tmp_path), name), os.O_CREAT))  # noqa: PTH118
        except OSError:
            pytest.skip("names are not any bytes here")

    assert listed(tmp_path)[0] == sorted(wanted)


def test_what_cannot_be_listed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert part10.list_folder(os.fsencode(tmp_path / "none"), 1) == errno.ENOENT
    assert part10.list_folder(os.fsencode(tmp_path / "file"), 1) == errno.ENOTDIR
    assert part10.list_folder(b"x" * 5000, 1) == errno.ENAMETOOLONG
    with pytest.raises(ValueError, match="null"):
        part10.list_folder(b"a\0b", 1)
    with pytest.raises(ValueError, match="without names"):
        part10.list_folder(os.fsencode(tmp_path), 0)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    def lowest() -> int:
        descriptor = os.open(tmp_path, os.O_RDONLY)
        os.close(descriptor)
        return descriptor

    before = lowest()
    for _ in range(5):
        part10.list_folder(os.fsencode(tmp_path), 1)
        part10.list_folder(os.fsencode(tmp_path / "none"), 1)

    assert lowest() == before


def test_what_the_one_who_is_called_raises_ends_the_listing(tmp_path: Path) -> None:
    class Stop(Exception):  # noqa: N818 - no error
        pass

    def tick() -> None:
        raise Stop

    with pytest.raises(Stop):
        part10.list_folder(os.fsencode(tmp_path), 1, tick)
