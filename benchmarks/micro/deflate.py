"""Deflating against DCMTK and zlib: ``python -m benchmarks.micro.deflate``.

CT slices of 512x512x16, as the other benchmarks send them and real ones where pydicom-data is
installed: each as a stream of its own, and all of them as one, which is what a long multi-frame is.
zlib is Python's. DCMTK's rate is that of dcmconv writing one instance of all the slices, less what
it takes to write the same without deflating. One thread each; what was deflated is inflated and
compared.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
import zlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.data import get_testdata_file

from benchmarks import machine
from benchmarks.alternate import Sample, alternate
from benchmarks.micro.images import made_ct, real
from benchmarks.report import machine_table, table
from fastsend._native import deflate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.alternate import Timing

_RUNS = 5
_LEVELS = (1, 6, 9)
_DCMCONV = "/usr/bin/dcmconv"


def _fastsend(data: list[bytes], level: int) -> list[bytes]:
    encoder = deflate.Encoder(level)
    return [encoder.encode(piece) for piece in data]


def _zlib(data: list[bytes], level: int) -> list[bytes]:
    streams = []
    for piece in data:
        encoder = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        streams.append(encoder.compress(piece) + encoder.flush())
    return streams


def _timed(call: Callable[[], object]) -> Sample:
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return Sample(time.perf_counter() - wall, time.process_time() - cpu)


def _write_instance(path: Path, frames: list[bytes]) -> None:
    dataset = dcmread(str(get_testdata_file("CT_small.dcm")))
    dataset.Rows = dataset.Columns = 512
    dataset.NumberOfFrames = len(frames)
    dataset.PixelData = b"".join(frames)
    dataset["PixelData"].VR = "OW"
    dataset.save_as(path, enforce_file_format=True)


class _Dcmconv:
    """dcmconv on one instance in a folder."""

    def __init__(self, folder: Path, frames: list[bytes]) -> None:
        self._source = folder / "native.dcm"
        self._result = folder / "result.dcm"
        _write_instance(self._source, frames)

    def seconds(self, level: int) -> Sample:
        deflated = self._run("+td", "+cl", str(level))
        return Sample(deflated - self._run("+te"), 0)

    def _run(self, *options: str) -> float:
        start = time.perf_counter()
        subprocess.run([_DCMCONV, *options, self._source, self._result], check=True)
        return time.perf_counter() - start

    def length(self, level: int) -> int:
        self._run("+td", "+cl", str(level))
        return self._result.stat().st_size


def _check(data: list[bytes], streams: list[bytes]) -> int:
    """Return the length of all streams, once they are known to be right."""
    for piece, stream in zip(data, streams, strict=True):
        assert zlib.decompress(stream, -zlib.MAX_WBITS) == piece
        assert deflate.decode(stream, max_length=len(piece)) == piece
    return sum(map(len, streams))


def _measure(data: list[bytes], level: int, dcmconv: _Dcmconv | None) -> Iterator[list[str]]:
    lengths = {
        "fastsend": _check(data, _fastsend(data, level)),
        "zlib": _check(data, _zlib(data, level)),
    }
    actions: dict[str, Callable[[], Sample]] = {
        "fastsend": partial(_timed, partial(_fastsend, data, level)),
        "zlib": partial(_timed, partial(_zlib, data, level)),
    }
    if dcmconv is not None:
        actions["dcmconv"] = partial(dcmconv.seconds, level)
        lengths["dcmconv"] = dcmconv.length(level)
    yield from _rows(sum(map(len, data)), lengths, alternate(_RUNS, 1, actions))


def _rows(length: int, lengths: dict[str, int], timings: dict[str, Timing]) -> Iterator[list[str]]:
    peer = timings.get("dcmconv", timings["zlib"]).wall.median
    for name, timing in timings.items():
        wall = timing.wall
        rates = (length / 1e6 / seconds for seconds in (wall.median, wall.most, wall.least))
        rate = "{:.1f} ({:.1f}-{:.1f})".format(*rates)
        yield [name, rate, f"{length / lengths[name]:.3f}", f"{peer / wall.median:.2f}"]


def _works(name: str, frames: list[bytes], folder: Path) -> Iterator[list[str]]:
    dcmconv = _Dcmconv(folder, frames) if Path(_DCMCONV).exists() else None
    for level in _LEVELS:
        for shape, data in (("each", frames), ("in one", [b"".join(frames)])):
            for row in _measure(data, level, dcmconv):
                yield [f"{name}, {shape}, level {level}", *row]


def main() -> None:
    rows: list[list[str]] = []
    for name, images in {"CT, made": made_ct(), "CT, real": real("693_UNCR.dcm")}.items():
        if images:
            with tempfile.TemporaryDirectory() as folder:
                rows += _works(name, [image.by_pixel for image in images], Path(folder))
    print(machine_table(machine.describe()))
    print(
        f"\n{deflate.ENCODER_LIBRARY}; MB/s of native data, median of {_RUNS} runs (least-most)\n"
    )
    print(table(("work", "what", "MB/s", "ratio", "times as fast as DCMTK"), rows))


if __name__ == "__main__":
    main()
