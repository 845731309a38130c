"""The pool that all associations share: frames in, frames out, each by the codec that is for it.

Codec libraries run in worker processes, which cost one frame when they crash and nothing else; the
project's own kernels, which leave the GIL alone, in threads.
"""

from __future__ import annotations

import importlib
import itertools
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol, Self

from fastsend.codecs.frame_memory import Block, FrameMemory, PoolClosedError
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.limits import MEMORY_BYTES, deadline_seconds
from fastsend.codecs.messages import encode_job, encode_job_message
from fastsend.codecs.task import FrameFuture, JobKind, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastsend.codecs.dispatcher import Dispatcher

    _Outcome = FrameResult | CodecError | PoolClosedError

__all__ = ["Block", "CodecPool", "FrameFuture", "PoolClosedError"]

_REGISTRY = "fastsend.codecs.registry"
_MOST_KINDS = 256
"""Kinds of jobs that are remembered."""
_CLOSE_SECONDS = 1.0
"""What ending may take where the machine is busy; the workers are killed before any waiting."""


class _Registry(Protocol):
    def runs_in_thread(self, transfer_syntax_uid: str, operation: str, /) -> bool: ...
    def frames_at_once(self, job: FrameJob, /) -> int: ...
    def run_frames(
        self, job: FrameJob, frames: list[tuple[memoryview, memoryview]], /
    ) -> list[FrameResult | CodecError]: ...


class CodecPool:
    """Codecs at work on several frames at once.

    Frames are done in about the order in which they are submitted. Who reserves must not be the
    only one who releases, for he may have to wait for that; `try_reserve` does not wait.

    Parameters
    ----------
    threads : int
        Frames to work on at once, from 1.
    memory : int, optional
        Bytes for the input and output of all frames between `reserve` and `Block.release`. A frame
        that is larger than this is worked on alone.
    cancelled : callable, optional
        Asked every 0.1 s by those who wait; True ends their waiting.
    registry : str, optional
        The module with `run`, `runs_in_thread`, `frames_at_once` and `run_frames`.
    """

    def __init__(
        self,
        threads: int,
        *,
        memory: int = MEMORY_BYTES,
        cancelled: Callable[[], bool] = lambda: False,
        registry: str = _REGISTRY,
    ) -> None:
        if threads < 1:
            raise ValueError("a pool needs a thread")
        self._threads = threads
        self._cancelled = cancelled
        self._registry_name = registry
        self._registry: _Registry | None = None
        self._memory = FrameMemory(memory)
        self._numbers = itertools.count(1)
        self._kinds: dict[FrameJob, JobKind] = {}
        self._last_kind: JobKind | None = None
        self._lock = threading.Lock()
        self._dispatcher: Dispatcher | None = None
        self._thread_tasks: deque[Task] = deque()
        self._thread_work = threading.Condition(self._lock)
        self._running_threads: list[threading.Thread] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker processes now, while there is something else to wait for."""
        self._get_dispatcher().start()

    def reserve(self, input_size: int, output_size: int) -> Block:
        """Return memory for one frame as soon as there is room.

        Parameters
        ----------
        input_size, output_size : int
            Bytes; of the output as much as it can possibly need.

        Raises
        ------
        CodecError
            Where the frame is larger than 2 GiB with its output.
        PoolClosedError
            Where the pool was closed, or the run cancelled.
        """
        return self._memory.reserve(input_size, output_size, self._cancelled)

    def try_reserve(self, input_size: int, output_size: int) -> Block | None:
        """Return memory for one frame, or None where that would have to wait."""
        return self._memory.try_reserve(input_size, output_size)

    def submit(self, job: FrameJob, block: Block, input_length: int) -> FrameFuture:
        """Have one frame decoded or encoded.

        Parameters
        ----------
        job : FrameJob
            What to do; the same object for all frames of an image saves time.
        block : Block
            Its input holds the frame; its output has the result until it is released.
        input_length : int
            Bytes of input.

        Returns
        -------
        FrameFuture
            Where to wait for it.

        Raises
        ------
        CodecError
            Where the system does not let worker processes be started.
        PoolClosedError
            Where the pool was closed.
        """
        if not 0 <= input_length <= len(block.input):
            raise ValueError("more input than the block has room for")
        kind = self._kind_of(job)
        future = FrameFuture(self._cancelled)
        task = Task(next(self._numbers), kind, block, input_length, future)
        self._memory.job_started(block)
        try:
            self._start_task(task)
        except BaseException:
            self._memory.job_ended(block)
            raise
        return future

    def _start_task(self, task: Task) -> None:
        kind, block = task.kind, task.block
        if kind.in_thread:
            self._submit_to_thread(task)
            return
        output_length = len(block.output)
        size = max(task.input_length, output_length, kind.job.pixels.frame_length)
        task.seconds = deadline_seconds(kind.job.operation, size)
        task.message = encode_job_message(
            task.number,
            (block.offset, task.input_length),
            (block.output_offset, output_length),
            size,
            task.seconds,
            kind.encoded,
        )
        (self._dispatcher or self._get_dispatcher()).submit(task)

    def _kind_of(self, job: FrameJob) -> JobKind:
        last = self._last_kind
        if last is not None and last.job is job:
            return last
        kind = self._kinds.get(job)
        if kind is None:
            registry = self._get_registry()
            kind = JobKind(
                job,
                encode_job(job),
                in_thread=registry.runs_in_thread(job.transfer_syntax_uid, job.operation),
                at_once=registry.frames_at_once(job),
            )
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds.clear()
            self._kinds[job] = kind
        if kind.job is job:
            self._last_kind = kind
        return kind

    def close(self) -> None:
        """End all work at once, kill the workers and give the memory back.

        Frames that were not done end with `PoolClosedError`; blocks that were not released stay
        readable until then.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            dispatcher = self._dispatcher
            self._thread_work.notify_all()
        end = time.monotonic() + _CLOSE_SECONDS
        if dispatcher:
            dispatcher.close(_CLOSE_SECONDS)
        for thread in self._running_threads:
            thread.join(max(end - time.monotonic(), 0.0))
        self._memory.close()

    def _get_registry(self) -> _Registry:
        if self._registry is None:
            self._registry = importlib.import_module(self._registry_name)
        return self._registry

    def _get_dispatcher(self) -> Dispatcher:
        if self._dispatcher is None:
            from fastsend.codecs.dispatcher import Dispatcher

            with self._lock:
                if self._closed:
                    raise PoolClosedError("the run was cancelled")
                if self._dispatcher is None:
                    try:
                        self._dispatcher = Dispatcher(
                            self._threads, self._memory, self._registry_name
                        )
                    except OSError as error:
                        raise CodecError(f"no worker process can be started: {error}") from error
        return self._dispatcher

    def _submit_to_thread(self, task: Task) -> None:
        with self._lock:
            if self._closed:
                raise PoolClosedError("the run was cancelled")
            self._thread_tasks.append(task)
            self._thread_work.notify()
            if len(self._running_threads) < self._threads:
                thread = threading.Thread(target=self._work, name="codec", daemon=True)
                self._running_threads.append(thread)
                thread.start()

    def _work(self) -> None:
        """Do the jobs of the project's own kernels, in one of the threads."""
        while tasks := self._take():
            wanted = [task for task in tasks if not task.block.released]
            outcomes = dict(zip(wanted, self._run(wanted), strict=True))
            for task in reversed(tasks):  # who waits for the first finds the others done
                self._memory.job_ended(task.block)
                task.future.finish(outcomes.get(task) or CodecError("given up"))

    def _take(self) -> list[Task]:
        """Wait for a task, and take more of its kind with it where there are enough for all.

        Threads need the GIL less often then, and who waits is woken for several frames at once.
        Nothing is left once the pool is closed.
        """
        waiting = self._thread_tasks
        with self._lock:
            while not waiting:
                if self._closed:
                    return []
                self._thread_work.wait()
            tasks = [waiting.popleft()]
            kind = tasks[0].kind
            most = min(kind.at_once, len(waiting) // self._threads)
            while len(tasks) < most and waiting[0].kind is kind:
                tasks.append(waiting.popleft())
            return tasks

    def _run(self, tasks: list[Task]) -> Sequence[_Outcome]:
        if self._closed:
            return [PoolClosedError("the run was cancelled")] * len(tasks)
        if not tasks:
            return []
        job = tasks[0].kind.job
        frames = [
            (task.block.input[: task.input_length].toreadonly(), task.block.output)
            for task in tasks
        ]
        try:
            return self._get_registry().run_frames(job, frames)
        except Exception as error:  # a fault costs the frame, not the thread
            if len(tasks) > 1:
                return [self._run([task])[0] for task in tasks]
            what = f"{type(error).__name__}: {error}"
            return [CodecError(f"the {job.operation}r failed: {what}")]
