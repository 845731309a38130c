"""fastsend as a whole process against other programs' codecs, which send nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.alternate import Sample, Timing, alternate
from benchmarks.e2e.compare import say
from benchmarks.e2e.one_syntax import (
    ImplicitStorescp,
    JpegLosslessStorescp,
    JpegLsStorescp,
    RleStorescp,
    arriving,
    verify_sample,
)
from benchmarks.e2e.receivers import NotArrivedError, Receiver
from benchmarks.e2e.senders import fastsend
from benchmarks.measure import Command, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.one_syntax import OneSyntaxStorescp

GDCM = "GDCM's decoder on one thread"
DCMTK = "DCMTK's encoder in one process"

PROPOSALS: dict[str, tuple[str, type[OneSyntaxStorescp]]] = {
    "jpeg-lossless": ("-xs", JpegLosslessStorescp),
    "jpeg-ls": ("-xt", JpegLsStorescp),
    "rle": ("-xr", RleStorescp),
}
"""By coding, fastsend's option for it and who receives it."""

_SOURCE = Path(__file__).with_name("encode.cc")
_FLAGS = ("-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror")
_LIBRARIES = ("-ldcmjpeg", "-ldcmjpls", "-ldcmdata", "-loflog", "-lofstd")
_PIXELS = 512 * 512 * 2


def _compiled(folder: Path) -> Path:
    """Compile the encoder into `folder` and return it."""
    out = folder / "encode"
    if not out.exists():
        command = ["g++", *_FLAGS, str(_SOURCE), "-o", str(out), *_LIBRARIES]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise RuntimeError("a compiler g++ is needed") from error
        except subprocess.CalledProcessError as error:
            said = error.stderr[:500]
            raise RuntimeError(f"encode.cc needs libdcmtk-dev, for g++ says: {said}") from error
    return out


def _figures(command: Command, data: DataSet) -> tuple[dict[str, float], Sample]:
    """Run one of the programs, which print what they did."""
    finished = run(command)
    figures: dict[str, float] = json.loads(finished.output)
    if (figures["instances"], figures["native_bytes"]) != (data.files, data.files * _PIXELS):
        raise NotArrivedError(f"{command.name} did {figures}")
    return figures, Sample(figures.get("seconds", finished.wall), finished.cpu)


def _peer(command: Command, data: DataSet) -> Sample:
    _, sample = _figures(command, data)
    say(f"  {command.name}: {sample.wall:.3f} s")
    return sample


def _send(data: DataSet, receiver: Receiver, *options: str) -> Sample:
    receiver.prepare()
    finished = run(fastsend(data, receiver, *options))
    receiver.verify(data)
    say(f"  fastsend: {finished.wall:.3f} s")
    return Sample(finished.wall, finished.cpu)


def _against(
    kind: type[OneSyntaxStorescp],
    options: tuple[str, ...],
    data: DataSet,
    peer: Command,
    scratch: Path,
    runs: int,
) -> dict[str, Timing]:
    twin = kind(scratch).counting_twin()
    with twin:
        _send(data, twin, *options)
    with kind(scratch) as receiver:
        actions: dict[str, Callable[[], Sample]] = {
            "fastsend": partial(_send, data, receiver, *options),
            peer.name: partial(_peer, peer, data),
        }
        return alternate(runs, 1, actions)


def decode_jpeg_2000(
    sample: DataSet, native: DataSet, data: DataSet, scratch: Path, runs: int
) -> dict[str, Timing]:
    """Return the times of sending `data` decoded and of GDCM's decoding it, alternating."""
    say(f"{data.name} to {ImplicitStorescp.name}, and {GDCM}")
    size = verify_sample(ImplicitStorescp, fastsend, sample, native, scratch)
    script = str(Path(__file__).with_name("gdcm_decode.py"))
    peer = Command(GDCM, (sys.executable, "-P", script, str(data.folder)))
    return _against(ImplicitStorescp, (), arriving(data, sample, size), peer, scratch, runs)


def encode(
    coding: str, sample: DataSet, data: DataSet, scratch: Path, runs: int
) -> dict[str, Timing]:
    """Return the times of sending native `data` encoded and of DCMTK's encoding it, alternating."""
    option, kind = PROPOSALS[coding]
    say(f"{data.name} to {kind.name}, and {DCMTK}")
    program = str(_compiled(scratch))

    def command(sent: DataSet, receiver: Receiver) -> Command:
        return fastsend(sent, receiver, option)

    size = verify_sample(kind, command, sample, sample, scratch)
    peer = Command(DCMTK, (program, coding, str(data.folder)))
    return _against(kind, (option,), arriving(data, sample, size), peer, scratch, runs)
