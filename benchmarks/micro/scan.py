"""The scanner against pydicom's and dcmsend's: ``python -m benchmarks.micro.scan``.

A folder of links to copies of one small CT of pydicom's is scanned warm. "fastsend" is the whole
scan of the folder, listing and sorting included; "compiled part" is what opens and reads the
files. pydicom reads the File Meta Information alone, of a part of the files, and takes no UIDs
from the data set. dcmsend has no dry run: it scans, which fails for no file, and then finds that
nothing listens on the port; from its time goes that of the same with one file. That is also File
Meta Information alone. All wall times; what was found is checked.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.data.data_manager import DATA_ROOT
from pydicom.filereader import read_file_meta_info

from benchmarks import machine
from benchmarks.alternate import Sample, alternate
from benchmarks.report import machine_table, table
from fastsend._native.part10 import InstanceTable
from fastsend.model.options import SendOptions
from fastsend.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable

_SOURCE = Path(DATA_ROOT, "test_files", "CT_small.dcm")
_COPIES = 600
_PYDICOM_FILES = 2000
_DCMSEND = "/usr/bin/dcmsend"
_CANNOT_NEGOTIATE = 61
_RUNS = 5


def _make_files(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        path = folder / f"IM{number:05d}.dcm"
        if number < _COPIES:
            shutil.copyfile(_SOURCE, path)
        else:
            os.link(folder / f"IM{number % _COPIES:05d}.dcm", path)


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _timed(call: Callable[[], object], files: int) -> Sample:
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Sample(wall / files, cpu / files)


def _check(instances: InstanceTable, count: int) -> None:
    expected = dcmread(_SOURCE, stop_before_pixels=True)
    kind = (expected.SOPClassUID, expected.file_meta.TransferSyntaxUID)
    assert len(instances) == count
    assert instances.kinds() == [kind]
    assert instances.sop_instance_uid(count - 1) == expected.SOPInstanceUID


class _Subjects:
    """What is timed, each for one file."""

    def __init__(self, folder: Path, single: Path, count: int) -> None:
        self._folder = folder
        self._single = single
        self._count = count
        self._names = sorted(os.listdir(os.fsencode(folder)))  # noqa: PTH208 - names in bytes

    def fastsend(self) -> Sample:
        instances = InstanceTable()
        options = SendOptions("localhost", 104, (str(self._folder),))
        sample = _timed(lambda: scan(options, instances), self._count)
        _check(instances, self._count)
        return sample

    def compiled(self) -> Sample:
        instances = InstanceTable()
        number = instances.add_folder(os.fsencode(self._folder))
        sample = _timed(lambda: instances.scan(number, self._names, True), self._count)
        _check(instances, self._count)
        return sample

    def pydicom(self) -> Sample:
        paths = sorted(self._folder.iterdir())[:_PYDICOM_FILES]
        return _timed(lambda: [read_file_meta_info(path) for path in paths], len(paths))

    def dcmsend(self) -> Sample | None:
        if not Path(_DCMSEND).exists() or self._count < 2:
            return None
        whole, start = self._dcmsend(self._folder), self._dcmsend(self._single)
        return Sample((whole - start) / (self._count - 1), 0)

    def _dcmsend(self, folder: Path) -> float:
        command = [_DCMSEND, "+sd", "127.0.0.1", str(_closed_port()), str(folder)]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # Had it refused a file, it would not have come as far as to connect.
        assert done.returncode == _CANNOT_NEGOTIATE, done.stderr
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    count = parser.parse_args().files
    with tempfile.TemporaryDirectory() as temporary:
        folder, single = Path(temporary, "many"), Path(temporary, "one")
        _make_files(folder, count)
        _make_files(single, 1)
        subjects = _Subjects(folder, single, count)
        timings = alternate(
            _RUNS,
            1,
            {
                "fastsend": subjects.fastsend,
                "compiled part": subjects.compiled,
                "pydicom read_file_meta_info": subjects.pydicom,
                "dcmsend": subjects.dcmsend,
            },
        )
    ours = timings["fastsend"].wall.median
    walls = {name: timing.wall for name, timing in timings.items()}
    rows = [
        (
            name,
            f"{wall.median * 1e6:.1f} ({wall.least * 1e6:.1f}-{wall.most * 1e6:.1f})",
            f"{wall.median / ours:.1f}",
        )
        for name, wall in walls.items()
    ]
    print(machine_table(machine.describe()))
    size = _SOURCE.stat().st_size
    print(f"\n{count:,} files of {size:,} bytes, warm, median of {_RUNS} runs:\n")
    print(table(("what", "us a file", "times fastsend's"), rows))


if __name__ == "__main__":
    main()
