"""What two cores are worth for a decoder: two processes that share nothing, against one.

Each decodes its own copy of the frames in a loop on a core of its own, without any pool.
What these do not reach two threads of the pool cannot reach either.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import contextmanager, suppress
from statistics import median
from typing import TYPE_CHECKING, Any

from fastsend.codecs.worker_process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from benchmarks.micro.decoding import Work

_ROUNDS = 7
_SECONDS = 0.3
_OUTPUTS = 8


def _decode(connection: Connection, core: int) -> None:
    with suppress(EOFError):  # nobody asks for more
        _answer(connection, core)


def _answer(connection: Connection, core: int) -> None:
    from benchmarks.micro.one_codec import run

    os.sched_setaffinity(0, {core})
    job, encoded = connection.recv()
    sources = [memoryview(frame) for frame in encoded]
    outputs = [memoryview(bytearray(job.pixels.frame_length)) for _ in range(_OUTPUTS)]
    for number in range(max(len(sources), _OUTPUTS)):
        run(job, sources[number % len(sources)], outputs[number % _OUTPUTS])
    connection.send(None)
    while connection.recv():
        count = 0
        start = now = time.perf_counter()
        while now - start < _SECONDS:
            run(job, sources[count % len(sources)], outputs[count % _OUTPUTS])
            count += 1
            now = time.perf_counter()
        connection.send(count / (now - start))


@contextmanager
def _process(context: Any, work: Work, core: int) -> Iterator[Connection]:
    ours, theirs = context.Pipe()
    process = context.Process(target=_decode, args=(theirs, core), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send((work.job, work.encoded))
        ours.recv()
        yield ours
    finally:
        ours.close()
        process.terminate()
        process.join()


def _rate(*processes: Connection) -> float:
    """Return the frames a second of these processes at once."""
    for process in processes:
        process.send(True)
    return sum(float(process.recv()) for process in processes)


def two_processes_against_one(work: Work) -> float:
    """Return how many times the frames of one process two decode, the median of short rounds."""
    cores = sorted(os.sched_getaffinity(0))
    before = os.environ.copy()
    os.environ.update(environment())
    try:
        context = multiprocessing.get_context("spawn")
        with (
            _process(context, work, cores[0]) as one,
            _process(context, work, cores[1 % len(cores)]) as other,
        ):
            ratios = [_rate(one, other) / _rate(one) for _ in range(_ROUNDS)]
    finally:
        os.environ.clear()
        os.environ.update(before)
    return median(ratios)
