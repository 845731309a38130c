"""A worker process as the pool sees it: start it, talk to it, end it."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

from fastsend.codecs.job import CodecError
from fastsend.codecs.limits import (
    JOBS_IN_WORKER,
    QUEUED_SECONDS,
    QUICK_JOBS_IN_WORKER,
    START_SECONDS,
)
from fastsend.codecs.messages import (
    ERROR,
    FAILED,
    READY,
    RESULT,
    RETIRES,
    MessageError,
    MessageReader,
    answered_number,
    decode_error,
    decode_result,
    decode_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastsend.codecs.frame_memory import FrameMemory
    from fastsend.codecs.job import FrameResult
    from fastsend.codecs.task import Task

_READ_BYTES = 65_536
_UNKNOWN_PACE = 1.0
"""Seconds that a frame is thought to take as long as nothing is known: too many, for safety."""
_EXIT_SECONDS = 0.2
"""How long a process that closed its socket may take to be gone."""

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPJ_NUM_THREADS")
"""There is one worker for each core: threads of libraries would only take memory."""

_KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(64 << 20)}
"""glibc keeps what a codec gives back, for the next frame: a quarter to a half of the time of some
decoders went into fresh pages."""

_OUR_OWN = "FASTSEND_"
"""How variables begin that the command reads: passwords are among them."""


class WorkerProcess:
    """One worker.

    Attributes
    ----------
    tasks : deque of Task
        What it was given and has not answered; it works on the first.
    since : float
        When it began with the first of them, or was started, by `time.monotonic`.
    ready : bool
        It takes jobs.
    failure : str
        Why it cannot work, in its own words.
    retires : bool
        It did its last task, and ends.
    answered : int
        Jobs that it answered.
    expected : float
        About how many seconds it takes for `tasks`, from `since` on.
    alone : bool
        It was started for one task that another worker was lost with, and gets no other until
        that is done.
    """

    def __init__(self, memory: FrameMemory, registry: str) -> None:
        self.tasks: deque[Task] = deque()
        self.ready = False
        self.failure = ""
        self.retires = False
        self.answered = 0
        self.expected = 0.0
        self.alone = False
        self._reader = MessageReader()
        self._socket, theirs = socket.socketpair()
        try:
            self._socket.setblocking(False)
            self._process = _start(theirs.fileno(), memory, registry)
        except BaseException:
            self._socket.close()
            raise
        finally:
            theirs.close()
        self.since = time.monotonic()

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._socket.fileno()

    def has_room(self) -> bool:
        """Tell whether it may be given one more task."""
        if self.alone:
            return False
        count = len(self.tasks)
        if count < JOBS_IN_WORKER:
            return True
        return self.ready and count < QUICK_JOBS_IN_WORKER and self.expected < QUEUED_SECONDS

    def busy_until(self) -> float:
        """Return about when it needs more tasks: at once where it has few, or where unknown."""
        if len(self.tasks) < JOBS_IN_WORKER or not self.answered:
            return -math.inf
        return self.since + self.expected

    def deadline(self) -> float:
        """Return when it has to be ready, or done with the task it is at."""
        if not self.ready:
            return self.since + START_SECONDS
        return self.since + self.tasks[0].seconds if self.tasks else math.inf

    def assign(self, task: Task) -> None:
        """Let it have a task, which `send` sends it."""
        if not self.tasks and self.ready:
            self.since = time.monotonic()
        self.tasks.append(task)
        pace = task.kind.pace
        task.expected = _UNKNOWN_PACE if pace is None else pace
        self.expected += task.expected

    def send(self, tasks: Sequence[Task]) -> None:
        """Send it tasks; where it does not take them, it is killed, and its stream ends."""
        message = b"".join([task.message for task in tasks])
        try:
            taken = self._socket.send(message)
        except OSError:
            taken = 0
        if taken < len(message):
            self.kill()

    def receive(self) -> Iterator[tuple[Task, FrameResult | CodecError]]:
        """Read what it sent and yield what became of the tasks that it answered.

        Raises
        ------
        EOFError
            At the end of the stream.
        MessageError
            Where that is not what a worker says.
        """
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise EOFError
        for kind, body in self._reader.feed(data):
            if kind in (RESULT, ERROR) and self.tasks:
                yield self._take_answer(kind, body)
            elif kind == READY and not self.ready:
                self.ready = True
                self.since = time.monotonic()
            elif kind == FAILED and not self.ready:
                self.failure = decode_text(body)
            elif kind == RETIRES and self.answered:
                self.retires = True
                return
            else:
                raise MessageError("an answer to no question")

    def _take_answer(self, kind: int, body: bytes) -> tuple[Task, FrameResult | CodecError]:
        task = self.tasks[0]
        if answered_number(body) != task.number:
            raise MessageError("an answer to no question")
        outcome: FrameResult | CodecError
        if kind == RESULT:
            outcome, seconds = decode_result(body, len(task.block.output))
            task.kind.took(seconds)
        else:
            outcome = CodecError(decode_error(body))
        self.tasks.popleft()
        self.expected = self.expected - task.expected if self.tasks else 0.0
        self.answered += 1
        self.alone = False
        self.since = time.monotonic()
        return task, outcome

    def end(self, *, at_once: bool) -> str:
        """End the process, wait until it is gone and say how it ended.

        Parameters
        ----------
        at_once : bool
            Kill it; otherwise it is given time to be gone by itself, as one that crashed.
        """
        self._socket.close()
        if not at_once:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_EXIT_SECONDS)
        self.kill()
        return _exit_text(self._process.wait())

    def kill(self) -> None:
        """Kill the process without waiting for it."""
        self._process.kill()


def _start(socket_fd: int, memory: FrameMemory, registry: str) -> subprocess.Popen[bytes]:
    if not sys.executable:
        raise OSError("there is no Python interpreter to start")
    command = [sys.executable, *_interpreter_options(), "-m", "fastsend.codecs.worker"]
    command += map(str, (socket_fd, memory.fd, memory.size, registry, os.getpid()))
    return subprocess.Popen(
        command,
        # Codec libraries print.
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(socket_fd, memory.fd),
        env=environment(),
        # Signals of the terminal are the parent's to answer.
        process_group=0,
    )


def environment() -> dict[str, str]:
    """Return the environment of a worker, without secrets that are meant for this process."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(_OUR_OWN)}
    return _KEPT_MEMORY | inherited | dict.fromkeys(_ONE_THREAD, "1")


def _interpreter_options() -> list[str]:
    """Return the options that decide where modules come from; the current folder never does."""
    flags = sys.flags
    options = ["-P"]
    if flags.isolated:
        options.append("-I")
    if flags.ignore_environment:
        options.append("-E")
    if flags.no_user_site:
        options.append("-s")
    return options


def _exit_text(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
