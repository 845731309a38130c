"""Shared memory in which frames lie while worker processes turn them into others.

One file without a name holds it, mapped by this process and by every worker. A frame has one
block, its input before its output. Blocks come from the lowest addresses that are free, which
are the ones that are likely to be in the processor's cache. A block larger than all of it is
mapped behind it, while there is no other.
"""

from __future__ import annotations

import bisect
import contextlib
import mmap
import os
import threading
from collections import deque
from typing import TYPE_CHECKING

from fastsend.codecs.job import CodecError
from fastsend.codecs.limits import LARGEST_BLOCK_BYTES
from fastsend.codecs.unnamed_file import open_unnamed_file

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_SECONDS = 0.1
"""How often those who wait look whether the run was cancelled."""

_ALIGNMENT = 64


class PoolClosedError(Exception):
    """The pool was closed, or the run cancelled, before the frame was done."""


class Block:
    """The memory of one frame; made by `FrameMemory.reserve`.

    Attributes
    ----------
    input, output : memoryview
        Writable bytes, valid until `release`. What `output` holds before a codec filled it is
        undefined.
    offset : int
        Where `input` starts in the shared memory; `output` starts at `output_offset`.
    output_offset : int
        A multiple of 64.
    """

    __slots__ = (
        "_memory",
        "busy",
        "end",
        "input",
        "mapping",
        "offset",
        "output",
        "output_offset",
        "released",
    )

    def __init__(
        self,
        memory: FrameMemory,
        offset: int,
        sizes: tuple[int, int],
        mapping: mmap.mmap,
        start: int,
    ) -> None:
        self._memory = memory
        self.mapping = mapping
        self.offset = offset
        self.output_offset = offset + _aligned(sizes[0])
        self.end = self.output_offset + _aligned(sizes[1])
        whole = memoryview(mapping)
        at = offset - start
        self.input = whole[at : at + sizes[0]]
        at = self.output_offset - start
        self.output = whole[at : at + sizes[1]]
        self.busy = False
        self.released = False

    def release(self) -> None:
        """Give the memory back; the views must not be used from here on.

        A job for it that was not done is given up: it is not started any more, and the memory is
        free when the worker that has it is done with it.
        """
        self._memory.release(self)


class FrameMemory:
    """Shared memory for blocks.

    Parameters
    ----------
    size : int
        Bytes for all blocks together, unless there is just one.
    """

    def __init__(self, size: int) -> None:
        self.size = -(-max(size, 1) // mmap.ALLOCATIONGRANULARITY) * mmap.ALLOCATIONGRANULARITY
        self.fd = open_unnamed_file(self.size, self.size + LARGEST_BLOCK_BYTES)
        self._mapping = mmap.mmap(self.fd, self.size)
        ask_for_large_pages(self._mapping)
        self._free = [(0, self.size)]  # sorted, none touches the next
        self._blocks = 0
        self._large = False
        self._waiting: deque[object] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._closed = False

    def reserve(
        self, input_size: int, output_size: int, cancelled: Callable[[], bool] = lambda: False
    ) -> Block:
        """Return a block as soon as there is room; those who ask first are served first.

        Raises
        ------
        CodecError
            Where a frame is larger than any may be.
        PoolClosedError
            Where the memory was closed, or `cancelled` returned True.
        """
        length = _block_length(input_size, output_size)
        with self._lock:
            turn = object()
            self._waiting.append(turn)
            try:
                while True:
                    if self._closed or cancelled():
                        raise PoolClosedError("the run was cancelled")
                    if self._waiting[0] is turn:
                        block = self._take(length, (input_size, output_size))
                        if block is not None:
                            return block
                    self._changed.wait(POLL_SECONDS)
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()

    def try_reserve(self, input_size: int, output_size: int) -> Block | None:
        """Return a block, or None where that has to wait."""
        length = _block_length(input_size, output_size)
        with self._lock:
            if self._closed:
                raise PoolClosedError("the run was cancelled")
            return None if self._waiting else self._take(length, (input_size, output_size))

    def job_started(self, block: Block) -> None:
        """Keep `block` until `job_ended`, even when it is released."""
        with self._lock:
            if block.released or block.busy:
                raise ValueError("the block was released, or has a job")
            block.busy = True

    def job_ended(self, block: Block) -> None:
        """Nobody writes into `block` any more."""
        with self._lock:
            block.busy = False
            if block.released:
                self._give_back(block)

    def release(self, block: Block) -> None:
        """See `Block.release`."""
        with self._lock:
            if block.released:
                return
            block.released = True
            if not block.busy:
                self._give_back(block)

    def close(self) -> None:
        """End all waiting, and the memory as soon as nobody looks at it any more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            os.close(self.fd)
            self._close_when_unused()
            self._changed.notify_all()

    def _take(self, length: int, sizes: tuple[int, int]) -> Block | None:
        if self._large:
            return None
        if length > self.size:
            return None if self._blocks else self._map_large(length, sizes)
        for index, (start, end) in enumerate(self._free):
            if end - start < length:
                continue
            if end - start == length:
                del self._free[index]
            else:
                self._free[index] = (start + length, end)
            self._blocks += 1
            return Block(self, start, sizes, self._mapping, 0)
        return None

    def _map_large(self, length: int, sizes: tuple[int, int]) -> Block:
        try:
            mapping = mmap.mmap(self.fd, length, offset=self.size)
        except OSError as error:
            raise CodecError(f"no memory for a frame of {length:,} bytes: {error}") from error
        self._large = True
        self._blocks += 1
        return Block(self, self.size, sizes, mapping, self.size)

    def _give_back(self, block: Block) -> None:
        block.input.release()
        block.output.release()
        self._blocks -= 1
        if block.mapping is not self._mapping:
            self._large = False
            _discard(block.mapping)
        elif block.end > block.offset:
            self._add_free(block.offset, block.end)
        if self._closed:
            self._close_when_unused()
        if self._waiting:
            self._changed.notify_all()

    def _add_free(self, start: int, end: int) -> None:
        free = self._free
        index = bisect.bisect(free, (start, end))
        if index < len(free) and free[index][0] == end:
            end = free.pop(index)[1]
        if index and free[index - 1][1] == start:
            index -= 1
            start = free.pop(index)[0]
        free.insert(index, (start, end))

    def _close_when_unused(self) -> None:
        if not self._blocks:
            _discard(self._mapping)


def ask_for_large_pages(mapping: mmap.mmap) -> None:
    """Have the kernel use large pages for a mapping of frames, where it does that for files.

    Filling and reading a frame then takes fewer of the processor's page table entries, and fewer
    page faults when it is new.
    """
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):
            mapping.madvise(mmap.MADV_HUGEPAGE)


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _block_length(input_size: int, output_size: int) -> int:
    if input_size < 0 or output_size < 0:
        raise ValueError("a size is negative")
    length = _aligned(input_size) + _aligned(output_size)
    if length > LARGEST_BLOCK_BYTES:
        raise CodecError(
            f"a frame of {input_size:,} bytes that becomes one of {output_size:,} is too large:"
            f" {LARGEST_BLOCK_BYTES:,} bytes is the most for both"
        )
    return length


def _discard(mapping: mmap.mmap) -> None:
    """Free the pages of a mapping, and the mapping unless somebody still looks at it."""
    if hasattr(mmap, "MADV_REMOVE"):
        with contextlib.suppress(OSError):  # not every file system does; closing it will
            mapping.madvise(mmap.MADV_REMOVE)
    with contextlib.suppress(BufferError):  # the last view that goes away closes it
        mapping.close()
