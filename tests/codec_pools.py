"""Pools whose codecs are those of `fake_codecs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastsend.codecs.job import FrameJob
from fastsend.codecs.pool import CodecPool
from fastsend.model.pixels import PixelFormat

if TYPE_CHECKING:
    from fastsend.codecs.pool import Block, FrameFuture

PIXELS = PixelFormat(32, 64, 1, 16, 12, 11, 0, 0, "MONOCHROME1")
JOB = FrameJob("decode", "1.2.840.10008.1.2.4.70", PIXELS)
ROOM = 8192


class FakePool(CodecPool):
    """A pool of fake codecs.

    Parameters
    ----------
    threads : int
        Its workers, and its threads.
    """

    def __init__(self, threads: int = 1, **keywords: Any) -> None:
        super().__init__(threads, registry="fake_codecs", **keywords)

    def begin(
        self, command: str, job: FrameJob = JOB, size: int = ROOM
    ) -> tuple[Block, FrameFuture]:
        """Submit a frame of `size` bytes that begins with `command`, padded to 16."""
        block = self.reserve(size, size)
        data = command.encode().ljust(16, b"\0")
        block.input[: len(data)] = data
        return block, self.submit(job, block, size)

    def do(self, command: str, job: FrameJob = JOB, size: int = ROOM) -> bytes:
        """Wait for such a frame and return the output."""
        block, future = self.begin(command, job, size)
        try:
            return bytes(block.output[: future.result().length])
        finally:
            block.release()

    def worker_ids(self, *, ready: bool = False) -> list[int]:
        """Return the process numbers of the workers that there are, or of those that are ready."""
        workers = self._dispatcher._workers if self._dispatcher else []
        return [worker._process.pid for worker in workers if worker.ready or not ready]
