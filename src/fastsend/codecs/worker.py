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
from typing import TYPE_CHECKING

from fastsend.codecs import confinement
from fastsend.codecs.job import CodecError
from fastsend.codecs.limits import address_space_bytes, kept_bytes
from fastsend.codecs.messages import JobMessage, MessageReader, decode_job_message, encode

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
        self._memory = memoryview(mmap.mmap(memory_fd, memory_size))
        self._run = run
        self._own_memory = _OwnMemory()

    def serve(self) -> None:
        """Take jobs and answer them in turn."""
        reader = MessageReader()
        while data := os.read(self._socket_fd, _READ_BYTES):
            for content in reader.feed(data):
                message = decode_job_message(content)
                self._answer({"id": message.number, **self._work(message)})
                if self._keeps_too_much(message):
                    self._answer({"retires": True})
                    return

    def _work(self, message: JobMessage) -> dict[str, object]:
        self._limit(message)
        try:
            result = self._run_in_memory(message)
        except CodecError as error:
            return {"error": str(error)[:1000]}
        except MemoryError:
            return {"error": f"the {message.job.operation}r needs more memory than it may have"}
        except Exception as error:  # the frame is lost, whatever a library raises
            operation = message.job.operation
            return {"error": f"the {operation}r failed: {type(error).__name__}: {error}"[:1000]}
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_PROF, 0)
        length, photometric_interpretation, codec, lossy = result
        return {"result": [int(length), str(photometric_interpretation), str(codec), bool(lossy)]}

    def _limit(self, message: JobMessage) -> None:
        """Bound the memory and, should the pool be gone, the time of the next job."""
        if hasattr(signal, "setitimer"):
            # By the kernel: a codec in an endless loop would not let Python handle a signal.
            signal.setitimer(signal.ITIMER_PROF, _PROCESSOR_TIMES * message.seconds)
        size, _ = self._own_memory.read()
        if size:
            confinement.limit_address_space(size + address_space_bytes(message.size))

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
        _, kept = self._own_memory.read()
        return kept > kept_bytes(message.size)

    def _answer(self, content: dict[str, object]) -> None:
        answer(self._socket_fd, content)


def answer(socket_fd: int, content: dict[str, object]) -> None:
    """Write one message, whole."""
    data = memoryview(encode(content))
    while data:
        data = data[os.write(socket_fd, data) :]


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
        answer(socket_fd, {"failed": f"{type(error).__name__}: {error}"[:1000]})
        return
    answer(socket_fd, {"ready": True})
    worker.serve()


if __name__ == "__main__":
    with contextlib.suppress(OSError):  # the pool is gone
        main(sys.argv[1:])
    os._exit(0)
