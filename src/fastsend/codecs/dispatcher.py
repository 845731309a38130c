"""Gives frames to worker processes, and deals with those that die, stall or answer nonsense.

One thread starts the workers, reads their answers and ends them; who submits a frame sends it to a
worker itself where one has room. A worker answers in order, so the frame that it is lost with
is the first that it has not answered. That frame gets one more try, in a worker of its own; those
behind it were not begun.
"""

from __future__ import annotations

import contextlib
import math
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from fastsend.codecs.frame_memory import FrameMemory, PoolClosedError
from fastsend.codecs.job import CodecError
from fastsend.codecs.limits import (
    JOBS_IN_WORKER,
    LONGEST_PAUSE_SECONDS,
    START_SECONDS,
    START_TRIES,
)
from fastsend.codecs.messages import MessageError
from fastsend.codecs.worker_process import WorkerProcess

if TYPE_CHECKING:
    from fastsend.codecs.job import FrameResult
    from fastsend.codecs.task import Task

_HELD_UP_SECONDS = 1.0
"""Waking this much later than asked for means that the process itself was stopped."""

_ENOUGH_TO_SEND = 8
"""Tasks that are sent together to a worker that has something to do."""
_SOON_SECONDS = 0.0005
_LEAST_PAUSE_SECONDS = 0.0002
"""A shorter one is not worth its system calls."""


class Dispatcher:
    """The worker processes of a pool.

    Parameters
    ----------
    workers : int
        How many run at once.
    memory : FrameMemory
        Where the frames are.
    registry : str
        The module whose `run` they call.
    """

    def __init__(self, workers: int, memory: FrameMemory, registry: str) -> None:
        self._most = workers
        self._memory = memory
        self._registry = registry
        self._lock = threading.Lock()
        self._workers: list[WorkerProcess] = []
        self._waiting: deque[Task] = deque()
        self._second_tries: deque[Task] = deque()
        self._answered: list[tuple[Task, FrameResult | CodecError]] = []
        self._wanted = 0
        self._failed_starts = 0
        self._closing = False
        self._wakes_at = math.inf
        self._has_room = False
        self._soon = -math.inf
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._dispatch, name="codecs", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Start all workers, without waiting for them."""
        with self._lock:
            self._wanted = self._most
        self._ring()

    def submit(self, task: Task) -> None:
        """Have a task done."""
        with self._lock:
            if self._closing:
                self._finish(task, PoolClosedError("the run was cancelled"))
                return
            self._waiting.append(task)
            if self._has_room and (
                len(self._waiting) >= _ENOUGH_TO_SEND or time.monotonic() >= self._soon
            ):
                self._hand_out()
            more = bool(self._waiting) and len(self._workers) < self._most
            if more:
                self._wanted = max(self._wanted, len(self._workers) + 1)
        if more:
            self._ring()

    def close(self, seconds: float) -> None:
        """Kill the workers and finish all tasks with `PoolClosedError`.

        Parameters
        ----------
        seconds : float
            How long to wait for that.
        """
        with self._lock:
            self._closing = True
            for worker in self._workers:
                worker.kill()
        self._ring()
        self._thread.join(seconds)

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # it rings already, or nobody is there to hear it
            self._ringer.send(b"\0")

    def _dispatch(self) -> None:
        try:
            while not self._closing:
                self._start_workers()
                self._wait()
                self._pause()
        finally:
            self._end()

    def _wait(self) -> None:
        """Wait for answers, for new tasks or for the first deadline, and deal with them."""
        with self._lock:
            deadlines = (worker.deadline() for worker in self._workers)
            self._wakes_at = first = min(deadlines, default=math.inf)
        before = time.monotonic()
        timeout = max(first - before, 0.0) if first < math.inf else None
        events = self._selector.select(timeout)
        now = time.monotonic()
        with self._lock:
            if timeout is not None and now - before > timeout + _HELD_UP_SECONDS:
                for worker in self._workers:
                    worker.since = now
            for key, _ in events:
                if key.data is None:
                    self._bell.recv(4096)
                elif key.data in self._workers:
                    self._read(key.data)
            now = time.monotonic()
            for worker in [w for w in self._workers if w.deadline() <= now]:
                self._stalled(worker)
            # First the workers: who waits for a frame would hold this thread up. He waits for the
            # first, so that is finished last, and he finds the others done.
            self._hand_out()
            while self._answered:
                self._finish(*self._answered.pop())

    def _pause(self) -> None:
        """Let more answers come in while all workers have enough to do."""
        now = time.monotonic()
        with self._lock:
            left = min((worker.busy_until() for worker in self._workers), default=now) - now
        if _LEAST_PAUSE_SECONDS < left / 2 < LONGEST_PAUSE_SECONDS:  # else frames are slow
            time.sleep(left / 2)

    # All that follows runs with the lock held, but for _start_workers and _end.

    def _start_workers(self) -> None:
        while True:
            with self._lock:
                self._drop_given_up()
                if self._second_tries or self._waiting:
                    needed = len(self._second_tries) + -(-len(self._waiting) // JOBS_IN_WORKER)
                    self._wanted = max(self._wanted, min(len(self._workers) + needed, self._most))
                if self._closing or len(self._workers) >= self._wanted:
                    return
            try:
                worker = WorkerProcess(self._memory, self._registry)
            except OSError as error:
                with self._lock:
                    self._start_failed(str(error))
                continue
            with self._lock:
                self._workers.append(worker)
                self._selector.register(worker, selectors.EVENT_READ, worker)
                if self._second_tries:
                    worker.alone = True
                    task = self._second_tries.popleft()
                    worker.assign(task)
                    self._send(worker, [task])
                else:
                    self._hand_out()

    def _start_failed(self, why: str) -> None:
        """Do with fewer workers after too many that never got ready, or give everything up."""
        self._failed_starts += 1
        if self._failed_starts < START_TRIES:
            return
        self._wanted = len(self._workers)
        self._failed_starts = 0
        error = f"no worker process could be started for the codec: {why}"
        self._finish_all(self._second_tries, CodecError(error))
        if any(worker.ready for worker in self._workers):
            self._most = len(self._workers)
        else:
            self._finish_all(self._waiting, CodecError(error))

    def _drop_given_up(self) -> None:
        for tasks in (self._second_tries, self._waiting):
            while tasks and tasks[0].block.released:
                self._finish(tasks.popleft(), CodecError("given up"))

    def _hand_out(self) -> None:
        """Give waiting tasks to the workers that have room, those with the least to do first.

        Then tell those who submit more whether there is room for it, and from when on a worker
        could soon have nothing to do.
        """
        given: dict[WorkerProcess, list[Task]] = {}
        free = [worker for worker in self._workers if worker.has_room()]
        while free:
            self._drop_given_up()
            if not self._waiting:
                break
            worker = min(free, key=_least_to_do)
            task = self._waiting.popleft()
            worker.assign(task)
            given.setdefault(worker, []).append(task)
            if not worker.has_room():
                free.remove(worker)
        for worker, tasks in given.items():
            self._send(worker, tasks)
        self._has_room = bool(free)
        ends = (worker.busy_until() for worker in self._workers)
        self._soon = min(ends, default=-math.inf) - _SOON_SECONDS

    def _send(self, worker: WorkerProcess, tasks: list[Task]) -> None:
        worker.send(tasks)
        if worker.deadline() < self._wakes_at:
            self._ring()

    def _read(self, worker: WorkerProcess) -> None:
        was_ready = worker.ready
        try:
            for task, outcome in worker.receive():
                self._answered.append((task, outcome))
        except EOFError:
            self._lost(worker, at_once=False)
            return
        except MessageError as error:
            self._lost(worker, at_once=True, why=f"answered nonsense ({error})")
            return
        if worker.ready and not was_ready:
            self._failed_starts = 0
        if worker.retires:
            self._remove(worker, at_once=True)
            self._hand_back(worker)

    def _finish(self, task: Task, outcome: FrameResult | CodecError | PoolClosedError) -> None:
        self._memory.job_ended(task.block)
        task.future.finish(outcome)

    def _finish_all(self, tasks: deque[Task], outcome: CodecError | PoolClosedError) -> None:
        while tasks:
            self._finish(tasks.popleft(), outcome)

    def _stalled(self, worker: WorkerProcess) -> None:
        if worker.ready:
            why = f"took longer than {worker.tasks[0].seconds:.0f} s"
        else:
            why = f"it was not ready after {START_SECONDS:.0f} s"
        self._lost(worker, at_once=True, why=why)

    def _lost(self, worker: WorkerProcess, *, at_once: bool, why: str = "") -> None:
        """Deal with a worker that is no use any more, and with the frame that it was at."""
        how = self._remove(worker, at_once=at_once)
        if not worker.ready:
            self._hand_back(worker)
            self._start_failed(worker.failure or why or f"it ended with {how}")
        elif worker.tasks:
            self._lost_task(worker.tasks.popleft(), why or f"crashed ({how})")
            self._hand_back(worker)
        else:
            self._wanted -= 1  # the next is started when there is something to do

    def _lost_task(self, task: Task, why: str) -> None:
        task.tries += 1
        if task.tries == 1 and not task.block.released:
            self._second_tries.append(task)
        else:
            self._finish(task, CodecError(f"the {task.kind.job.operation}r {why}"))

    def _hand_back(self, worker: WorkerProcess) -> None:
        """Put in front what a worker did not begin with."""
        while worker.tasks:
            task = worker.tasks.pop()
            (self._second_tries if task.tries else self._waiting).appendleft(task)

    def _remove(self, worker: WorkerProcess, *, at_once: bool) -> str:
        self._workers.remove(worker)
        self._selector.unregister(worker)
        return worker.end(at_once=at_once)

    def _end(self) -> None:
        with self._lock:
            self._closing = True
            while self._answered:
                self._finish(*self._answered.pop())
            for worker in self._workers:
                worker.kill()
            for worker in self._workers:
                self._selector.unregister(worker)
                worker.end(at_once=True)
                self._waiting.extend(worker.tasks)
            self._workers.clear()
            for tasks in (self._second_tries, self._waiting):
                self._finish_all(tasks, PoolClosedError("the run was cancelled"))
            self._selector.close()
            self._bell.close()
            self._ringer.close()


def _least_to_do(worker: WorkerProcess) -> tuple[float, int]:
    return worker.expected, len(worker.tasks)
