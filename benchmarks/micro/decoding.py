"""Decoding alone, on two threads against one: ``python -m benchmarks.micro.decoding``.

Frames go through the pool as when they are sent; their codestreams lie in its memory. Each decoder
of each coding gets slices as the other benchmarks send, 12 bits deep or 8, by itself; then those of
all lossless codings come mixed. Both pools are there all the time and take turns. Beside each
decoder stands what two processes decode that share nothing, against one: what the machine allows.

The project's own decoders run in threads, and that of RLE is done with a slice about as soon as
Python has handed over the next. So threads are measured that find frames waiting, and take them as
those of the pool do; then the pool, fed by one more thread.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.alternate import Sample, Timing, alternate
from benchmarks.e2e.recipes import SliceImages
from benchmarks.micro.machine_limit import two_processes_against_one
from benchmarks.micro.one_codec import CODEC
from fastsend.codecs import registry, syntaxes
from fastsend.codecs.codec_table import DECODERS, ENCODERS
from fastsend.codecs.job import FrameJob
from fastsend.codecs.limits import MEMORY_BYTES
from fastsend.codecs.pool import Block, CodecPool, FrameFuture
from fastsend.model.pixels import PixelFormat, Quality
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES, transfer_syntax_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ONE, TWO = "1 thread", "2 threads"
_THREADS = {ONE: 1, TWO: 2}
_REGISTRIES = {ONE: "benchmarks.micro.one_codec_one_core", TWO: "benchmarks.micro.one_codec"}
_QUALITY = Quality(jpeg=90, near=2, ratio=10.0)
_DISTINCT = 8
_RUNS = 5
_SECONDS = 1.5
"""About how long one thread is to work in a run."""
_MIXED_SECONDS = 4.0
_LEAST_FRAMES = 24
_IN_FLIGHT = 64
"""Frames between being submitted and being waited for, where `limits.MEMORY_BYTES` have room."""
_MEMORY = 1 << 30
"""Bytes: for the frames of several decoders at once."""
_SLICE, _LARGE = 512, 2048
_WINDOW_CENTRE, _WINDOW_WIDTH = 1064, 400
_ALSO_LARGE = (syntaxes.RLE_LOSSLESS, syntaxes.JPEG_BASELINE)
"""A slice is decoded so fast that a frame of the pool costs about as much."""


class Work(NamedTuple):
    """Frames for one decoder."""

    transfer_syntax_uid: str
    codec: str
    job: FrameJob
    encoded: list[bytes]
    native: list[bytes]

    @property
    def exact(self) -> bool:
        """Whether all pixels must come back."""
        return TRANSFER_SYNTAXES[self.transfer_syntax_uid].coding != "lossy"

    @property
    def name(self) -> str:
        """What is done, by whom."""
        size = f"{self.job.pixels.rows}x{self.job.pixels.columns}"
        return f"{transfer_syntax_name(self.transfer_syntax_uid)}, {size}, {self.codec}"


class Result(NamedTuple):
    """What one and two threads took for the same frames."""

    name: str
    frames: int
    timings: dict[str, Timing]
    machine: float | None = None
    """How many times faster two processes are that share nothing."""

    @property
    def times_faster(self) -> float:
        """How many times faster two threads were, by medians."""
        return self.timings[ONE].wall.median / self.timings[TWO].wall.median


def _images(size: int, bits: int) -> list[bytes]:
    images = SliceImages(size, seed=size)
    slices = [images.draw() for _ in range(_DISTINCT)]
    return [_windowed(one) for one in slices] if bits == 8 else slices


def _windowed(image: bytes) -> bytes:
    """Return 8 bits of each sample as a display of soft tissue has them, noise included."""
    lowest = _WINDOW_CENTRE - _WINDOW_WIDTH // 2
    shown = (np.frombuffer(image, "<u2").astype("i4") - lowest) * 255 // _WINDOW_WIDTH
    windowed: bytes = np.clip(shown, 0, 255).astype("u1").tobytes()
    return windowed


def _pixels(size: int, bits: int) -> PixelFormat:
    allocated = 8 if bits == 8 else 16
    return PixelFormat(size, size, 1, allocated, bits, bits - 1, 0, 0, "MONOCHROME2")


def _encode(uid: str, size: int) -> Iterator[Work]:
    """Yield work for each decoder of a transfer syntax that there is an encoder for."""
    encoders = ENCODERS.get(uid, ())
    bits = next((b for b in (12, 8) if any(c.takes(_pixels(size, b)) for c in encoders)), None)
    if bits is None:
        return
    pixels, native = _pixels(size, bits), _images(size, bits)
    job = FrameJob("encode", uid, pixels, quality=_QUALITY)
    out = memoryview(bytearray(registry.output_room(job)))
    encoded = [bytes(out[: registry.run(job, memoryview(frame), out).length]) for frame in native]
    decode = FrameJob("decode", uid, pixels)
    for codec in DECODERS[uid]:
        if registry.installed(codec.package) and codec.takes(pixels):
            yield Work(uid, codec.name, decode, encoded, native)


def works() -> list[Work]:
    """Return work for every decoder, once for each coding: lossless, lossy, named otherwise."""
    found: dict[tuple[object, ...], Work] = {}
    for uid, what in syntaxes.ENCAPSULATIONS.items():
        if uid == syntaxes.ENCAPSULATED_UNCOMPRESSED:  # copies: the memory's speed, not a codec's
            continue
        for size in (_SLICE, _LARGE) if uid in _ALSO_LARGE else (_SLICE,):
            for work in _encode(uid, size):
                found.setdefault(
                    (what.coding or uid, work.exact, work.codec, work.job.pixels), work
                )
    return list(found.values())


class _Pool:
    """A pool with frames in its memory, ready to be decoded again and again.

    So nothing is timed but what the pool and the decoders do: no reading, no copying.
    """

    def __init__(self, pool: CodecPool) -> None:
        self._pool = pool
        self._blocks: dict[str, list[Block]] = {}

    def _blocks_of(self, work: Work) -> list[Block]:
        if work.name not in self._blocks:
            length = len(work.encoded[0]) + work.job.pixels.frame_length
            fit = MEMORY_BYTES // length // _DISTINCT * _DISTINCT
            count = max(_DISTINCT, min(_IN_FLIGHT, fit))
            self._blocks[work.name] = [self._put(work, number) for number in range(count)]
        return self._blocks[work.name]

    def _put(self, work: Work, number: int) -> Block:
        encoded = work.encoded[number % _DISTINCT]
        block = self._pool.reserve(len(encoded), work.job.pixels.frame_length)
        block.input[: len(encoded)] = encoded
        return block

    def decode(self, frames: Sequence[tuple[Work, int]]) -> Sample:
        """Decode frames, each given as its work and its number."""
        blocks = {work.name: self._blocks_of(work) for work, _ in frames}
        most = min(map(len, blocks.values()))
        flying: deque[FrameFuture] = deque()
        start = time.perf_counter()
        for work, number in frames:
            if len(flying) == most:
                flying.popleft().result()
            block = blocks[work.name][number % len(blocks[work.name])]
            length = len(work.encoded[number % _DISTINCT])
            flying.append(self._pool.submit(work.job, block, length))
        while flying:
            flying.popleft().result()
        return Sample(time.perf_counter() - start, 0.0)

    def check(self, work: Work) -> None:
        """Decode each frame once and compare."""
        for number, block in enumerate(self._blocks_of(work)):
            encoded, native = work.encoded[number % _DISTINCT], work.native[number % _DISTINCT]
            result = self._pool.submit(work.job, block, len(encoded)).result()
            if work.exact and bytes(block.output[: result.length]) != native:
                raise RuntimeError(f"{work.name} gives other pixels")


@contextmanager
def _one_decoder(codec: str | None) -> Iterator[None]:
    """Let processes that are started use one decoder, or the best of each coding."""
    root = str(Path(__file__).parents[2])
    before = os.environ.copy()
    os.environ["PYTHONPATH"] = os.pathsep.join((root, *filter(None, [before.get("PYTHONPATH")])))
    os.environ.pop(CODEC, None)
    if codec is not None:
        os.environ[CODEC] = codec
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _pools(codec: str | None) -> Iterator[dict[str, _Pool]]:
    """Give a pool of each size, whose workers use one decoder, or the best of each coding."""
    with _one_decoder(codec), ExitStack() as stack:
        pools = (
            CodecPool(number, memory=_MEMORY, registry=_REGISTRIES[text])
            for text, number in _THREADS.items()
        )
        yield {
            text: _Pool(stack.enter_context(pool))
            for text, pool in zip(_THREADS, pools, strict=True)
        }


class _Threads:
    """Threads that take frames as those of a pool do, and never wait for one.

    Parameters
    ----------
    work : Work
        Frames for a decoder that runs in threads.
    number : int
        How many threads.
    """

    def __init__(self, work: Work, number: int) -> None:
        self._job = work.job
        self._sources = [memoryview(one) for one in work.encoded]
        length = work.job.pixels.frame_length
        self._outputs = [
            [memoryview(bytearray(length)) for _ in self._sources] for _ in range(number)
        ]
        for outputs in self._outputs:
            self._decode(outputs, len(outputs))
            if work.exact and [bytes(one) for one in outputs] != work.native:
                raise RuntimeError(f"{work.name} gives other pixels")

    def _decode(self, outputs: list[memoryview], frames: int) -> None:
        together = registry.frames_at_once(self._job)
        every = list(zip(self._sources, outputs, strict=True))
        parts = [every[at : at + together] for at in range(0, len(every), together)]
        for number in range(frames // together):
            registry.run_frames(self._job, parts[number % len(parts)])

    def decode(self, frames: int) -> Sample:
        """Decode about so many frames, as many in each thread."""
        share = frames // len(self._outputs)
        threads = [
            threading.Thread(target=self._decode, args=(outputs, share))
            for outputs in self._outputs
        ]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Sample(time.perf_counter() - start, 0.0)


def _frames_of(pools: dict[str, _Pool], work: Work, seconds: float) -> list[tuple[Work, int]]:
    """Return what one thread decodes in a time; before, both pools decode it right."""
    for pool in pools.values():
        pool.check(work)
    few = [(work, number) for number in range(_LEAST_FRAMES)]
    one = pools[ONE].decode(few).wall / _LEAST_FRAMES
    return [(work, number) for number in range(max(int(seconds / one), _LEAST_FRAMES))]


def measure(work: Work, runs: int) -> list[Result]:
    """Return the times of one decoder: of threads that find frames waiting, and of the pool."""
    with _one_decoder(work.codec):
        machine = two_processes_against_one(work)
    found = []
    if registry.runs_in_thread(work.transfer_syntax_uid):
        found.append(_measure_threads(work, runs)._replace(machine=machine))
    with _pools(work.codec) as pools:
        frames = _frames_of(pools, work, _SECONDS)
        actions = {name: partial(pool.decode, frames) for name, pool in pools.items()}
        timings = alternate(runs, 1, actions)
    name = f"{work.name}, through the pool" if found else work.name
    return [*found, Result(name, len(frames), timings, machine)]


def _measure_threads(work: Work, runs: int) -> Result:
    threads = {name: _Threads(work, number) for name, number in _THREADS.items()}
    one = threads[ONE].decode(_LEAST_FRAMES).wall / _LEAST_FRAMES
    frames = max(int(_SECONDS / one), _LEAST_FRAMES)
    actions = {name: partial(some.decode, frames) for name, some in threads.items()}
    return Result(work.name, frames, alternate(runs, 1, actions))


def measure_mixed(mixed: Sequence[Work], runs: int) -> tuple[Result, float]:
    """Return the times of as many frames of each codec, and the share of what is possible.

    That is the time that two threads take for all of them mixed, by half of what one thread takes
    for each kind by itself: 1 where no codec holds another up.
    """
    with _pools(None) as pools:
        seconds = 0.0
        for work in mixed:
            frames = _frames_of(pools, work, _SECONDS)
            seconds += _SECONDS / len(frames)
        count = max(int(_MIXED_SECONDS / seconds), _LEAST_FRAMES)
        parts = [[(work, number) for number in range(count)] for work in mixed]
        in_turn = [frame for frames in zip(*parts, strict=True) for frame in frames]

        def apart() -> Sample:
            return Sample(sum(pools[ONE].decode(part).wall for part in parts), 0.0)

        timings = alternate(runs, 1, {ONE: apart, TWO: partial(pools[TWO].decode, in_turn)})
    result = Result("all of them mixed", len(in_turn), timings)
    return result, 2 / result.times_faster


def preferred_lossless(among: Iterable[Work]) -> list[Work]:
    """Return the work of the first decoder of each lossless coding."""
    found: dict[str, Work] = {}
    for work in among:
        if work.exact and work.job.pixels.rows == _SLICE:
            found.setdefault(work.transfer_syntax_uid, work)
    return list(found.values())


def main() -> None:
    from benchmarks import machine
    from benchmarks.report import machine_table, seconds, table

    machine.keep_awake()
    everything = works()
    results = [result for work in everything for result in measure(work, _RUNS)]
    mixed, share = measure_mixed(preferred_lossless(everything), _RUNS)
    rows = [
        (
            result.name,
            f"{result.frames}",
            *(seconds(timing.wall) for timing in result.timings.values()),
            f"{result.times_faster:.2f}",
            f"{result.machine:.2f}" if result.machine else "",
        )
        for result in (*results, mixed)
    ]
    print(machine_table(machine.describe()))
    print(f"\nThe mixed ones took {share:.2f} of what they should.\n")
    print(table(("decoder", "frames", ONE, TWO, "times faster", "two processes"), rows))


if __name__ == "__main__":
    main()
