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
from typing import TYPE_CHECKING, Any

from fastsend.codecs.job import CodecError
from fastsend.codecs.limits import (
    JOBS_IN_WORKER,
    QUICK_JOBS_IN_WORKER,
    QUICK_SECONDS,
    START_SECONDS,
)
from fastsend.codecs.messages import MessageError, MessageReader, decode_result, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.codecs.frame_memory import FrameMemory
    from fastsend.codecs.job import FrameResult
    from fastsend.codecs.task import Task

_READ_BYTES = 65_536
_UNKNOWN_PACE = 1.0
_PACE_JOBS = 8
"""Jobs that the pace is about the mean of."""
_EXIT_SECONDS = 0.2
"""How long a process that closed its socket may take to be gone."""

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPJ_NUM_THREADS")
"""There is one worker for each core: threads of libraries would only take memory."""

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
    pace : float
        About how many seconds it takes for a job, of late.
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
        self.pace = _UNKNOWN_PACE
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
        quick = self.pace < QUICK_SECONDS
        most = QUICK_JOBS_IN_WORKER if quick else JOBS_IN_WORKER
        return not self.alone and len(self.tasks) < most

    def busy_seconds(self) -> float:
        """Return about how long it has enough to do without another task; 0 where unknown."""
        return self.pace * (len(self.tasks) - 1) if self.answered and self.tasks else 0.0

    def deadline(self) -> float:
        """Return when it has to be ready, or done with the task it is at."""
        if not self.ready:
            return self.since + START_SECONDS
        return self.since + self.tasks[0].seconds if self.tasks else math.inf

    def give(self, task: Task) -> None:
        """Send it a task; where it does not take it, it is killed, and its stream ends."""
        if not self.tasks and self.ready:
            self.since = time.monotonic()
        self.tasks.append(task)
        try:
            taken = self._socket.send(task.message)
        except OSError:
            taken = 0
        if taken < len(task.message):
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
        for message in self._reader.feed(data):
            if self.tasks and message.get("id") == self.tasks[0].number:
                yield self._take_answer(message)
            elif "ready" in message and not self.ready:
                self.ready = True
                self.since = time.monotonic()
            elif "failed" in message and not self.ready:
                self.failure = printable(message["failed"])
            elif "retires" in message and self.answered:
                self.retires = True
                return
            else:
                raise MessageError("an answer to no question")

    def _take_answer(self, message: dict[str, Any]) -> tuple[Task, FrameResult | CodecError]:
        task = self.tasks[0]
        outcome: FrameResult | CodecError
        if "result" in message:
            outcome = decode_result(message["result"], len(task.block.output))
        else:
            outcome = CodecError(printable(message.get("error")))
        now = time.monotonic()
        self.tasks.popleft()
        self.answered += 1
        self.alone = False
        # Of answers that came together all but one add nothing: this is right for all of them.
        self.pace += (now - self.since - self.pace) / _PACE_JOBS
        self.since = now
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
        env=_environment(),
        # Signals of the terminal are the parent's to answer.
        process_group=0,
    )


def _environment() -> dict[str, str]:
    """Return the environment of a worker, without secrets that are meant for this process."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(_OUR_OWN)}
    return inherited | dict.fromkeys(_ONE_THREAD, "1")


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
