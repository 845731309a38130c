"""What converting on the way should show: ``python -m benchmarks --preset convert``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.e2e import codec_peers, multi_frame
from benchmarks.e2e import data as data_sets
from benchmarks.e2e.compare import compare, say
from benchmarks.e2e.encoded import CODINGS
from benchmarks.e2e.one_syntax import ImplicitStorescp, arriving, verify_sample
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import SENDERS
from benchmarks.goals import Goal, detail

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.alternate import Timing
    from benchmarks.goals import Place
    from benchmarks.micro.decoding import Result
    from benchmarks.process_tree import TreeMemory

_SENDERS = ("fastsend", "dcmsend")


def _against_dcmsend(data: str, sample: str, wanted: float, place: Place) -> list[Goal]:
    """Send to a receiver that takes only Implicit VR Little Endian, as dcmsend does."""
    part, native = (data_sets.provide(name, place.data) for name in (sample, "ct100"))
    size = min(
        verify_sample(ImplicitStorescp, SENDERS[sender], part, native, place.scratch)
        for sender in _SENDERS
    )
    whole = arriving(data_sets.provide(data, place.data), part, size)
    found = compare(
        ImplicitStorescp,
        whole,
        _SENDERS,
        place.scratch,
        runs=place.runs,
        patience_seconds=place.patience_seconds,
    )
    if found.failures:
        raise NotArrivedError("; ".join(found.failures))
    work = f"{data} to {ImplicitStorescp.name}"
    ratio, times = found.times_faster(*_SENDERS), detail(found.senders)
    return [Goal(work, "times faster than dcmsend", times, ratio, wanted, comparison=found)]


def _times_faster(work: str, timings: dict[str, Timing], wanted: float) -> Goal:
    ours, peer = timings.values()
    ratio = peer.wall.median / ours.wall.median
    return Goal(
        work,
        f"times faster than {list(timings)[1]}",
        detail(timings),
        ratio,
        wanted,
        timings=timings,
    )


def _jpeg_2000(wanted: float, place: Place) -> list[Goal]:
    names = "ct100-jpeg-2000", "ct100", "ct2000-jpeg-2000"
    sample, native, data = (data_sets.provide(name, place.data) for name in names)
    timings = codec_peers.decode_jpeg_2000(sample, native, data, place.scratch, place.runs)
    return [_times_faster(f"{data.name} to {ImplicitStorescp.name}", timings, wanted)]


def _compress(coding: str, wanted: float, place: Place) -> list[Goal]:
    sample, data = (data_sets.provide(name, place.data) for name in ("ct100", "ct2000"))
    timings = codec_peers.encode(coding, sample, data, place.scratch, place.runs)
    return [_times_faster(f"{data.name} sent in {CODINGS[coding].text}", timings, wanted)]


def _decoding(wanted: float, place: Place) -> list[Goal]:
    from benchmarks.micro import decoding

    goals = []
    for work in decoding.works():
        say(f"decoding {work.name}")
        alone, *fed = decoding.measure(work, place.runs)
        goals.append(_of_threads(alone, wanted))
        goals += [_of_threads(result, None) for result in fed]
    return goals


def _of_threads(result: Result, wanted: float | None) -> Goal:
    work = f"{result.frames:,} frames of {result.name}"
    measure = "times faster on 2 threads than on 1"
    figures = detail(result.timings)
    if result.machine is not None:
        figures += f"; two processes that share nothing {result.machine:.2f}"
    return Goal(work, measure, figures, result.times_faster, wanted, timings=result.timings)


def _mixed(wanted: float, place: Place) -> list[Goal]:
    from benchmarks.micro import decoding

    say("decoding all lossless codings mixed")
    mixed = decoding.preferred_lossless(decoding.works())
    result, share = decoding.measure_mixed(mixed, place.runs)
    work = f"{result.frames:,} frames of {len(mixed)} codings, mixed"
    measure = "times half of what they take apart"
    return [
        Goal(work, measure, detail(result.timings), share, wanted, "<=", timings=result.timings)
    ]


def _memory(coding: str, wanted: float, place: Place) -> list[Goal]:
    """Convert an instance of 4 GB both ways, once each: the peak does not depend on luck."""
    slices = data_sets.provide("ct100", place.data)
    encoded = data_sets.provide(f"ct100-{coding}", place.data)
    option, kind = codec_peers.PROPOSALS[coding]
    text = CODINGS[coding].text
    with TemporaryDirectory(dir=place.scratch) as folder:
        small = _below(folder, "small")
        native = multi_frame.make_native(slices, _below(folder, "native"))
        packed = multi_frame.make_encapsulated(
            encoded, coding, multi_frame.make_empty(slices, coding, small), _below(folder, coding)
        )
        # Encoders differ by little in what they make of the same frames.
        least = int(packed.data_set_bytes * 0.95)
        to = multi_frame.peak(native, kind, (option,), least, place.scratch)
        pixels = multi_frame.NATIVE_BYTES
        back = multi_frame.peak(packed, ImplicitStorescp, (), pixels, place.scratch)
    return [
        _peak(f"native multi-frame of 4 GB to {text}", to, wanted),
        _peak(f"multi-frame of 4 GB in {text} to native", back, wanted),
    ]


def _below(folder: str, name: str) -> Path:
    path = Path(folder, name)
    path.mkdir()
    return path


def _peak(work: str, found: TreeMemory, wanted: float) -> Goal:
    shown = (
        f"private {found.private / 1e6:.0f} MB, with pages of files "
        f"{found.proportional / 1e6:.0f} MB, {found.processes} processes"
    )
    measured = max(found.private, found.beyond_file_cache) / 1e6
    return Goal(work, "MB of memory beyond the file cache", shown, measured, wanted, "<=")


GOALS: dict[str, Callable[[Place], list[Goal]]] = {
    "jpeg-lossless": partial(_against_dcmsend, "ct2000-jpeg-lossless", "ct100-jpeg-lossless", 2.5),
    "jpeg-ls": partial(_against_dcmsend, "ct2000-jpeg-ls", "ct100-jpeg-ls", 3),
    "rle": partial(_against_dcmsend, "ct2000-rle", "ct100-rle", 1.5),
    "jpeg-2000": partial(_jpeg_2000, 1.4),
    "native": partial(_against_dcmsend, "ct10000", "ct100", 1.3),
    "to-jpeg-lossless": partial(_compress, "jpeg-lossless", 1.8),
    "to-jpeg-ls": partial(_compress, "jpeg-ls", 1.8),
    "to-rle": partial(_compress, "rle", 1.8),
    "decoding": partial(_decoding, 1.8),
    "mixed": partial(_mixed, 1.15),
    "memory-rle": partial(_memory, "rle", 300),
    "memory-jpeg-ls": partial(_memory, "jpeg-ls", 300),
}
