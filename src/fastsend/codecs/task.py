"""A frame that a codec works on, and what its owner waits for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fastsend.codecs.frame_memory import POLL_SECONDS, PoolClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.codecs.frame_memory import Block
    from fastsend.codecs.job import CodecError, FrameJob, FrameResult


class FrameFuture:
    """What becomes of one frame."""

    __slots__ = ("_cancelled", "_outcome", "_pending")

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._outcome: FrameResult | CodecError | PoolClosedError | None = None
        self._pending = threading.Lock()
        self._pending.acquire()

    def done(self) -> bool:
        """Tell whether `result` would return, or raise, at once."""
        return self._outcome is not None

    def result(self) -> FrameResult:
        """Wait for the frame.

        Raises
        ------
        CodecError
            Where it could not be decoded or encoded.
        PoolClosedError
            Where the pool was closed, or the run cancelled, before that was known.
        """
        while self._outcome is None:
            if self._pending.acquire(timeout=POLL_SECONDS):
                self._pending.release()
            elif self._cancelled() and self._outcome is None:
                raise PoolClosedError("the run was cancelled")
        if isinstance(self._outcome, Exception):
            # Its own traceback for each that asks: a frame may be asked for twice.
            raise self._outcome.with_traceback(None)
        return self._outcome

    def finish(self, outcome: FrameResult | CodecError | PoolClosedError) -> None:
        """Say what became of it, once."""
        self._outcome = outcome
        self._pending.release()


class Task:
    """One frame on its way to a codec and back.

    Attributes
    ----------
    number : int
        Which it is; unique in a pool.
    message : bytes
        What a worker is sent.
    seconds : float
        How long a worker may take.
    tries : int
        Workers that were lost with it.
    """

    __slots__ = (
        "block",
        "future",
        "input_length",
        "job",
        "message",
        "number",
        "seconds",
        "tries",
    )

    def __init__(
        self, number: int, job: FrameJob, block: Block, input_length: int, future: FrameFuture
    ) -> None:
        self.number = number
        self.job = job
        self.block = block
        self.future = future
        self.input_length = input_length
        self.message = b""
        self.seconds = 0.0
        self.tries = 0
