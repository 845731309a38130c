"""The pool of codecs against its codecs alone: ``python -m benchmarks.micro.codec_pool``.

Frames of 512x512x16 as the other benchmarks send them are decoded: by the registry in this process,
one after the other, which is what the ratios compare with; and through pools of one worker and of
two, from a file to shared memory, in order, a few ahead. The workers run already, and have their
libraries imported. Every frame of the first round, which is not timed, is compared.

"CPU, pool" is what this process spends on a frame: reading, telling a worker, hearing from it. For
RLE, which runs in threads of this process, it is the decoding, too.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import machine
from benchmarks.alternate import Sample, alternate
from benchmarks.micro.images import made_ct
from benchmarks.report import machine_table, table
from fastsend.codecs import registry
from fastsend.codecs.job import FrameJob
from fastsend.codecs.pool import CodecPool
from fastsend.model.pixels import PixelFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.codecs.pool import Block, FrameFuture

_RUNS = 7
_IMAGES = 8
_AHEAD = 8
_WORKS = {
    "JPEG Lossless SV1": ("1.2.840.10008.1.2.4.70", 200),
    "JPEG-LS Lossless": ("1.2.840.10008.1.2.4.80", 80),
    "JPEG 2000 Lossless": ("1.2.840.10008.1.2.4.90", 32),
    "HTJ2K Lossless": ("1.2.840.10008.1.2.4.201", 200),
    "RLE Lossless": ("1.2.840.10008.1.2.5", 400),
}


class Work(NamedTuple):
    """Frames to decode, over and over."""

    job: FrameJob
    file: int
    """The descriptor of a file that holds them one behind the other."""
    frames: list[tuple[int, int, bytes]]
    """Offset and length in it, and the native frame."""
    passes: int


def _work(uid: str, count: int) -> Work:
    pixels = PixelFormat(512, 512, 1, 16, 16, 15, 0, 0, "MONOCHROME2")
    job = FrameJob("encode", uid, pixels)
    out = memoryview(bytearray(registry.output_room(job)))
    frames, offset = [], 0
    with tempfile.TemporaryFile(buffering=0) as file:
        for image in made_ct(_IMAGES):
            native = image.by_pixel
            length = registry.run(job, memoryview(native), out).length
            file.write(out[:length])
            frames.append((offset, length, native))
            offset += length
        descriptor = os.dup(file.fileno())
    return Work(job._replace(operation="decode"), descriptor, frames, count)


def _jobs(work: Work) -> Iterator[tuple[int, int, bytes]]:
    for number in range(work.passes):
        yield work.frames[number % len(work.frames)]


def _alone(work: Work, checks: list[bool]) -> Sample:
    out = memoryview(bytearray(work.job.pixels.frame_length))
    wall, cpu = time.perf_counter(), time.process_time()
    for offset, length, native in _jobs(work):
        registry.run(work.job, memoryview(os.pread(work.file, length, offset)), out)
        assert not checks or bytes(out) == native
    checks.clear()
    return Sample(time.perf_counter() - wall, time.process_time() - cpu)


def _through(pool: CodecPool, work: Work, checks: list[bool]) -> Sample:
    flying: deque[tuple[Block, FrameFuture, bytes]] = deque()

    def land() -> None:
        block, future, native = flying.popleft()
        assert future.result().length == len(native)
        assert not checks or bytes(block.output) == native
        block.release()

    wall, cpu = time.perf_counter(), time.process_time()
    for offset, length, native in _jobs(work):
        if len(flying) == _AHEAD:
            land()
        block = pool.reserve(length, work.job.pixels.frame_length)
        os.preadv(work.file, [block.input], offset)
        flying.append((block, pool.submit(work.job, block, length), native))
    while flying:
        land()
    checks.clear()
    return Sample(time.perf_counter() - wall, time.process_time() - cpu)


def _rows() -> Iterator[list[str]]:
    for name, (uid, count) in _WORKS.items():
        work = _work(uid, count)
        with CodecPool(1) as one, CodecPool(2) as two:
            actions = {
                "alone": partial(_alone, work, [True]),
                "pool of 1": partial(_through, one, work, [True]),
                "pool of 2": partial(_through, two, work, [True]),
            }
            timings = alternate(_RUNS, 1, actions)
        os.close(work.file)
        megabytes = count * work.job.pixels.frame_length / 1e6
        alone = timings["alone"].wall.median
        for how, timing in timings.items():
            yield [
                name,
                how,
                f"{megabytes / timing.wall.median:,.0f}",
                f"{alone / timing.wall.median:.2f}",
                "" if how == "alone" else f"{timing.cpu.median / count * 1e6:,.0f}",
            ]


def main() -> None:
    machine.keep_awake()
    rows = list(_rows())
    print(machine_table(machine.describe()))
    print(f"\nMB/s of native pixels, median of {_RUNS} runs; microseconds a frame:\n")
    print(table(("decode", "how", "MB/s", "times alone", "CPU, pool"), rows))


if __name__ == "__main__":
    main()
