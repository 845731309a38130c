"""What worker processes get, and what is made of what they say; tests of the pool do the rest."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from codec_pools import JOB
from fastsend.codecs import messages, worker_process
from fastsend.codecs.job import FrameResult
from fastsend.codecs.messages import MessageError
from fastsend.codecs.task import FrameFuture, JobKind, Task
from fastsend.codecs.worker_process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_workers_get_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTSEND_PASSWORD", "sesame")
    monkeypatch.setenv("SOMETHING_ELSE", "there")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    started = []

    def start(*_: object, **keywords: object) -> None:
        started.append(keywords["env"])

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(sys, "executable", "python")

    class Memory:
        fd, size = 4, 4096

    worker_process._start(3, Memory(), "registry")  # type: ignore[arg-type]
    (environment,) = started
    assert "sesame" not in str(environment)
    assert environment["SOMETHING_ELSE"] == "there"
    assert environment["OMP_NUM_THREADS"] == "1"


def test_who_tunes_the_allocator_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "4096")
    environment = worker_process.environment()
    assert environment["MALLOC_TRIM_THRESHOLD_"] == "4096"
    assert int(environment["MALLOC_MMAP_THRESHOLD_"]) > 0


class Process:
    """In place of a process that was started."""

    killed = False

    def kill(self) -> None:
        self.killed = True


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[WorkerProcess, socket.socket]]:
    """Give a worker without a process, and what that would read from and write to."""
    theirs: list[socket.socket] = []

    def start(socket_fd: int, *_: object) -> Process:
        theirs.append(socket.socket(fileno=os.dup(socket_fd)))
        return Process()

    monkeypatch.setattr(worker_process, "_start", start)
    made = WorkerProcess(None, "registry")  # type: ignore[arg-type]
    with theirs[0], made._socket:
        yield made, theirs[0]


def task(number: int, kind: JobKind) -> Task:
    block = SimpleNamespace(output=bytes(100), released=False)
    made = Task(number, kind, block, 1, FrameFuture(lambda: False))  # type: ignore[arg-type]
    made.message = b"task %d;" % number
    return made


def answers(*numbers: int, seconds: float = 0.0001) -> bytes:
    result = FrameResult(1, "RGB", "c")
    return b"".join(messages.encode_result(number, result, seconds) for number in numbers)


def room_of(worker: WorkerProcess, kind: JobKind) -> int:
    """Return how many more tasks of a kind it has room for."""
    count = 0
    while worker.has_room():
        worker.assign(task(1000 + count, kind))
        count += 1
    return count


@pytest.mark.parametrize(
    ("pace", "most"),
    [(None, 2), (1.0, 2), (0.006, 2), (0.002, 3), (0.0005, 12), (0.00001, 32)],
)
def test_the_quicker_frames_are_the_more_it_is_given(worker, pace: float, most: int) -> None:
    made, theirs = worker
    theirs.send(messages.encode(messages.READY))
    assert list(made.receive()) == []
    kind = JobKind(JOB, b"", in_thread=False)
    kind.pace = pace
    assert room_of(made, kind) == most


def test_before_it_is_ready_it_gets_few(worker) -> None:
    kind = JobKind(JOB, b"", in_thread=False)
    kind.pace = 0.00001
    assert room_of(worker[0], kind) == 2


def test_several_tasks_go_and_come_at_once(worker) -> None:
    made, theirs = worker
    theirs.send(messages.encode(messages.READY))
    assert list(made.receive()) == []
    kind = JobKind(JOB, b"", in_thread=False)
    tasks = [task(number, kind) for number in range(1, 5)]
    for one in tasks:
        made.assign(one)
    made.send(tasks)
    assert theirs.recv(1000) == b"task 1;task 2;task 3;task 4;"
    theirs.send(answers(1, 2, 3, seconds=0.002))
    assert [done.number for done, _ in made.receive()] == [1, 2, 3]
    assert [one.number for one in made.tasks] == [4]
    assert kind.pace == 0.002
    theirs.send(answers(4))
    assert [done for done, _ in made.receive()] == [tasks[3]]
    assert made.expected == 0
    assert made.busy_until() < made.since


def test_an_answer_out_of_turn_is_nonsense(worker) -> None:
    made, theirs = worker
    kind = JobKind(JOB, b"", in_thread=False)
    for number in (1, 2):
        made.assign(task(number, kind))
    theirs.send(messages.encode(messages.READY) + answers(2))
    with pytest.raises(MessageError, match="no question"):
        list(made.receive())


def test_who_does_not_take_tasks_is_killed(worker) -> None:
    made, _ = worker
    kind = JobKind(JOB, b"", in_thread=False)
    long = task(1, kind)
    long.message = bytes(16 << 20)
    made.assign(long)
    made.send([long])
    assert made._process.killed
