"""Frames of one instance on their way from a codec to the peer, in order."""

from __future__ import annotations

import queue
import tempfile
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from fastsend.codecs.job import CodecError
from fastsend.convert.frames import read_into
from fastsend.convert.refusal import ConversionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.codecs.job import FrameResult
    from fastsend.codecs.pool import Block, FrameFuture


class _Held(NamedTuple):
    """A frame that is done: in its block, or in the spool from `offset` on."""

    result: FrameResult
    block: Block | None
    offset: int = 0


class FrameStream:
    """One thread puts frames in, another takes them out as they are done.

    Whoever gives up first tells the other: `fail` ends the taking, `abandon` the putting, and no
    block is kept.
    """

    def __init__(self) -> None:
        self._frames: queue.SimpleQueue[tuple[FrameFuture, Block] | BaseException | None] = (
            queue.SimpleQueue()
        )
        self._held: deque[_Held] = deque()
        self._ended = False
        self._spool: BinaryIO | None = None
        self.abandoned = False
        """True once nobody takes any more: what is reserved then has to be released at once."""

    def put(self, future: FrameFuture, block: Block) -> None:
        """Hand over the next frame; the block is released by the one who takes it."""
        self._frames.put((future, block))

    def end(self) -> None:
        """Say that there are no more frames."""
        self._frames.put(None)

    def fail(self, error: BaseException) -> None:
        """Say that there will be no more frames, and why."""
        self._frames.put(error)

    def spool(self) -> None:
        """Keep what `hold` waits for in a temporary file, for there may be any number of frames."""
        self._spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `abandon`

    def hold(self, count: int) -> FrameResult:
        """Wait until `count` frames are done and return the result of the first.

        Parameters
        ----------
        count : int
            From 1; they are kept until they are taken.

        Raises
        ------
        ConversionError
            Where one of them cannot be had.
        """
        while len(self._held) < count:
            done = self._next()
            if done is None:
                raise ConversionError("it has fewer frames than it should have")
            self._held.append(done if self._spool is None else self._move(done, self._spool))
        return self._held[0].result

    @property
    def held_bytes(self) -> int:
        """The bytes of all frames that are kept."""
        return sum(held.result.length for held in self._held)

    def take(self) -> Iterator[tuple[FrameResult, memoryview]]:
        """Yield the result and the bytes of each frame, which are gone with the next.

        Raises
        ------
        ConversionError
            Where one of them cannot be had.
        """
        while held := self._held.popleft() if self._held else self._next():
            if held.block is None:
                yield held.result, self._read_back(held)
                continue
            try:
                yield held.result, held.block.output[: held.result.length]
            finally:
                held.block.release()

    def abandon(self) -> None:
        """Release all blocks that were put and not taken."""
        self.abandoned = True
        while self._held:
            block = self._held.popleft().block
            if block is not None:
                block.release()
        if self._spool is not None:
            self._spool.close()
        self.release_waiting()

    def release_waiting(self) -> None:
        """Release the blocks that wait to be taken; for the one who puts, once it is abandoned."""
        while True:
            try:
                entry = self._frames.get_nowait()
            except queue.Empty:
                return
            if isinstance(entry, tuple):
                entry[1].release()

    def _next(self) -> _Held | None:
        if self._ended:
            return None
        entry = self._frames.get()
        if not isinstance(entry, tuple):
            self._ended = True
            if entry is None:
                return None
            raise entry
        future, block = entry
        try:
            return _Held(future.result(), block)
        except CodecError as exc:
            block.release()
            raise ConversionError(f"a frame cannot be converted: {exc}") from exc
        except BaseException:
            block.release()
            raise

    @staticmethod
    def _move(done: _Held, spool: BinaryIO) -> _Held:
        """Move a frame from its block to the spool."""
        block = done.block
        if block is None:
            return done
        try:
            offset = spool.tell()
            rest = block.output[: done.result.length]
            while rest:
                rest = rest[spool.write(rest) :]
        except OSError as exc:
            raise ConversionError(f"no room for its frames: {exc.strerror or exc}") from exc
        finally:
            block.release()
        return _Held(done.result, None, offset)

    def _read_back(self, held: _Held) -> memoryview:
        buffer = memoryview(bytearray(held.result.length))
        if self._spool is not None:
            read_into(self._spool.fileno(), held.offset, buffer)
        return buffer
