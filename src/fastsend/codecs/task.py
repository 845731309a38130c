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


_PACE_FRAMES = 4
"""Frames that the pace of a kind is about the mean of."""


class JobKind:
    """What frames of equal jobs have in common.

    Attributes
    ----------
    job : FrameJob
        The job.
    in_thread : bool
        A thread of this process does it, and no worker.
    at_once : int
        How many such frames it takes, where there are enough.
    encoded : bytes
        The job as part of a message.
    pace : float or None
        About how many seconds a frame takes, of late, as workers say; None where that is unknown.
    """

    __slots__ = ("at_once", "encoded", "in_thread", "job", "pace")

    def __init__(self, job: FrameJob, encoded: bytes, *, in_thread: bool, at_once: int = 1) -> None:
        self.job = job
        self.encoded = encoded
        self.in_thread = in_thread
        self.at_once = at_once
        self.pace: float | None = None

    def took(self, seconds: float) -> None:
        """Take note of what a frame took."""
        pace = self.pace
        self.pace = seconds if pace is None else pace + (seconds - pace) / _PACE_FRAMES


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
    expected : float
        Seconds that it was thought to take when a worker was given it.
    """

    __slots__ = (
        "block",
        "expected",
        "future",
        "input_length",
        "kind",
        "message",
        "number",
        "seconds",
        "tries",
    )

    def __init__(
        self, number: int, kind: JobKind, block: Block, input_length: int, future: FrameFuture
    ) -> None:
        self.number = number
        self.kind = kind
        self.block = block
        self.future = future
        self.input_length = input_length
        self.message = b""
        self.seconds = 0.0
        self.tries = 0
        self.expected = 0.0
