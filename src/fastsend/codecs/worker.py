"""A worker process: takes one frame after the other from the pool and runs a codec on it.

``python -m fastsend.codecs.worker SOCKET MEMORY SIZE REGISTRY PARENT`` with two inherited
descriptors, the size of the shared memory in bytes, the module whose `run` does the work, and the
process number of the parent. It trusts the parent and is not trusted by it.
"""

from __future__ import annotations

import contextlib
import importlib
import mmap
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from fastsend.codecs import confinement
from fastsend.codecs.frame_memory import ask_for_large_pages
from fastsend.codecs.job import CodecError
from fastsend.codecs.limits import address_space_bytes, kept_bytes
from fastsend.codecs.messages import (
    FAILED,
    READY,
    RETIRES,
    JobMessage,
    MessageReader,
    decode_job_message,
    encode,
    encode_error,
    encode_result,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.codecs.job import FrameJob, FrameResult

    Run = Callable[[FrameJob, memoryview, memoryview], FrameResult]

_PRELOADED = ("numpy",)
"""What most codecs need and takes long; its compiled modules can be written before confinement."""

_PROCESSOR_TIMES = 4
"""Processor time for one frame, as a multiple of the pool's deadline: that of several threads."""

_READ_BYTES = 65_536


class _OwnMemory:
    """How much memory this process has, in bytes; zeros where there is no /proc."""

    def __init__(self) -> None:
        try:
            self._fd = os.open("/proc/self/statm", os.O_RDONLY)
        except OSError:
            self._fd = -1
        self._page = mmap.PAGESIZE

    def read(self) -> tuple[int, int]:
        """Return the address space, and what is resident and not shared."""
        if self._fd < 0:
            return 0, 0
        size, resident, shared = os.pread(self._fd, 128, 0).split(b" ", 3)[:3]
        return int(size) * self._page, (int(resident) - int(shared)) * self._page


class Worker:
    """Runs jobs until the pool closes the socket.

    Parameters
    ----------
    socket_fd, memory_fd : int
        The connection to the pool and the shared memory.
    memory_size : int
        Bytes of it that all frames share; one frame may lie behind.
    run : callable
        ``run(job, input, output) -> FrameResult``.
    """

    def __init__(self, socket_fd: int, memory_fd: int, memory_size: int, run: Run) -> None:
        self._socket_fd = socket_fd
        self._memory_fd = memory_fd
        self._memory_size = memory_size
        mapping = mmap.mmap(memory_fd, memory_size)
        ask_for_large_pages(mapping)
        self._memory = memoryview(mapping)
        self._run = run
        self._own_memory = _OwnMemory()
        self._size, _ = self._own_memory.read()
        self._limit_set = 0

    def serve(self) -> None:
        """Take jobs and answer them in turn."""
        reader = MessageReader()
        while data := os.read(self._socket_fd, _READ_BYTES):
            for _, body in reader.feed(data):
                message = decode_job_message(body)
                answer(self._socket_fd, self._work(message))
                if self._keeps_too_much(message):
                    answer(self._socket_fd, encode(RETIRES))
                    return

    def _work(self, message: JobMessage) -> bytes:
        number, operation = message.number, message.job.operation
        self._limit(message)
        start = time.monotonic()
        try:
            result = self._run_in_memory(message)
            return encode_result(number, result, time.monotonic() - start)
        except CodecError as error:
            return encode_error(number, str(error))
        except MemoryError:
            return encode_error(number, f"the {operation}r needs more memory than it may have")
        except Exception as error:  # the frame is lost, whatever a library raises
            what = f"{type(error).__name__}: {error}"
            return encode_error(number, f"the {operation}r failed: {what}")

    def _limit(self, message: JobMessage) -> None:
        """Bound the memory and, should the pool be gone, the time of the next job."""
        if hasattr(signal, "setitimer"):
            # By the kernel: a codec in an endless loop would not let Python handle a signal.
            # It needs no end: it counts the time of this process, which only works.
            signal.setitimer(signal.ITIMER_PROF, _PROCESSOR_TIMES * message.seconds)
        limit = self._size + address_space_bytes(message.size)
        if self._size and limit != self._limit_set:
            confinement.limit_address_space(limit)
            self._limit_set = limit

    def _run_in_memory(self, message: JobMessage) -> FrameResult:
        start, mapping = 0, self._memory
        end = message.output_offset + message.output_length
        large = end > self._memory_size
        if large:
            start = self._memory_size
            mapping = memoryview(mmap.mmap(self._memory_fd, end - start, offset=start))
        at = message.input_offset - start
        source = mapping[at : at + message.input_length].toreadonly()
        at = message.output_offset - start
        output = mapping[at : at + message.output_length]
        try:
            return self._run(message.job, source, output)
        finally:
            if large:
                mapping.release()

    def _keeps_too_much(self, message: JobMessage) -> bool:
        self._size, kept = self._own_memory.read()
        return kept > kept_bytes(message.size)


def answer(socket_fd: int, message: bytes) -> None:
    """Write one message, whole."""
    written = os.write(socket_fd, message)
    while written < len(message):
        written += os.write(socket_fd, message[written:])


def main(arguments: list[str]) -> None:
    """Be a worker until the pool is gone."""
    socket_fd, memory_fd, memory_size, parent = map(int, (*arguments[:3], arguments[4]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    confinement.die_with(parent)
    try:
        registry = importlib.import_module(arguments[3])
        for name in _PRELOADED:
            with contextlib.suppress(ImportError):  # the codecs that need it say so
                importlib.import_module(name)
        sys.dont_write_bytecode = True
        confinement.confine()
        worker = Worker(socket_fd, memory_fd, memory_size, registry.run)
    except Exception as error:  # nobody would see it otherwise
        answer(socket_fd, encode(FAILED, f"{type(error).__name__}: {error}"[:1000].encode()))
        return
    answer(socket_fd, encode(READY))
    worker.serve()


if __name__ == "__main__":
    with contextlib.suppress(OSError):  # the pool is gone
        main(sys.argv[1:])
    os._exit(0)
