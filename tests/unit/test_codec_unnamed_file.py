"""The file behind the shared memory of frames."""

from __future__ import annotations

import mmap
import os

import pytest

from fastsend.codecs.frame_memory import FrameMemory
from fastsend.codecs.unnamed_file import open_unnamed_file

SIZE = 3 << 20


@pytest.fixture(params=["in memory", "on disk"])
def fd(request, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    if request.param == "on disk":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    opened = open_unnamed_file(SIZE, SIZE + (1 << 31))
    assert not list(tmp_path.iterdir())
    yield opened
    os.close(opened)


def test_it_can_be_mapped_twice_and_far_behind(fd):
    for offset in (0, SIZE + (1 << 30)):
        with mmap.mmap(fd, 4096, offset=offset) as one, mmap.mmap(fd, 4096, offset=offset) as other:
            one[5:8] = b"abc"
            assert other[4:9] == b"\0abc\0"


def test_what_was_not_used_takes_no_room(fd):
    assert os.fstat(fd).st_size == SIZE + (1 << 31)
    assert os.fstat(fd).st_blocks * 512 <= SIZE + (1 << 16)


def test_no_other_program_inherits_it(fd):
    assert not os.get_inheritable(fd)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="the system has no sealed files")
def test_nobody_can_cut_it_short():
    fd = open_unnamed_file(SIZE, 2 * SIZE)
    for size in (0, SIZE, 3 * SIZE):
        with pytest.raises(PermissionError):
            os.ftruncate(fd, size)
    os.close(fd)


def test_the_disk_has_room_for_what_is_in_constant_use(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    fd = open_unnamed_file(SIZE, 2 * SIZE)
    assert os.fstat(fd).st_blocks * 512 >= SIZE
    os.close(fd)


def test_frames_lie_in_either(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    memory = FrameMemory(SIZE)
    for size in (SIZE // 2, 2 * SIZE):
        block = memory.reserve(size, size // 2)
        block.output[-1] = 1
        block.release()
    memory.close()
