"""The pool when codecs crash, hang, eat memory or lie."""

from __future__ import annotations

import contextlib
import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from codec_pools import JOB, FakePool
from fake_codecs import THREAD_SYNTAX
from fastsend.codecs import dispatcher as dispatcher_module
from fastsend.codecs import pool as pool_module
from fastsend.codecs import worker_process
from fastsend.codecs.job import CodecError
from fastsend.codecs.pool import PoolClosedError

THREAD_JOB = JOB._replace(transfer_syntax_uid=THREAD_SYNTAX)
ENCODE_JOB = JOB._replace(operation="encode")
TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _workers_find_the_fake(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


@pytest.fixture
def pool():
    with FakePool(1) as made:
        yield made


@pytest.fixture
def _encoders_get_little_time(monkeypatch):
    monkeypatch.setattr(
        pool_module,
        "deadline_seconds",
        lambda operation, size: 0.3 if operation == "encode" else 100.0,
    )


@pytest.mark.parametrize("job", [JOB, THREAD_JOB], ids=["worker", "thread"])
def test_a_refusal_costs_the_frame(pool, job):
    with pytest.raises(CodecError, match=r"no such .codestream"):
        pool.do("refuse", job)
    with pytest.raises(CodecError, match="the decoder failed: ZeroDivisionError: in the codec"):
        pool.do("raise", job)
    assert pool.do("fine", job).startswith(b"fine")


def test_what_a_worker_says_is_short_and_harmless(pool):
    with pytest.raises(CodecError) as raised:
        pool.do("refuse")
    assert str(raised.value).startswith("no such ?codestream?at all xxx")
    assert len(str(raised.value)) == 400


@pytest.mark.parametrize(
    ("command", "job", "reason"),
    [
        ("crash 11", JOB, r"the decoder crashed \(SIGSEGV\)"),
        ("crash 6", ENCODE_JOB, r"the encoder crashed \(SIGABRT\)"),
        ("crash 7", JOB._replace(operation="transcode"), r"the transcoder crashed \(SIGBUS\)"),
        ("crash 9", JOB, r"the decoder crashed \(SIGKILL\)"),
        ("crash 40", JOB, r"the decoder crashed \(signal 40\)"),
        ("exit 3", JOB, r"the decoder crashed \(exit code 3\)"),
        ("systemexit", JOB, r"the decoder crashed \(exit code 0\)"),
        ("say noise", JOB, r"the decoder answered nonsense \(a message that is too long\)"),
        ("say short", JOB, r"the decoder answered nonsense \(an answer that is cut off\)"),
        ("say kind", JOB, r"the decoder answered nonsense \(an answer to no question\)"),
        ("say bytes", JOB, r"the decoder answered nonsense \(not a text\)"),
        ("say names", JOB, r"the decoder answered nonsense \(an impossible result\)"),
        ("say other", JOB, r"the decoder answered nonsense \(an answer to no question\)"),
        ("say long", JOB, r"the decoder answered nonsense \(an impossible result\)"),
        ("say lossy", JOB, r"the decoder answered nonsense \(an impossible result\)"),
        ("say early", JOB, r"the decoder answered nonsense \(an answer to no question\)"),
        ("say job", JOB, r"the decoder answered nonsense \(an answer to no question\)"),
    ],
)
def test_a_worker_that_is_lost_costs_one_frame(pool, command, job, reason):
    first = pool.do("process")
    with pytest.raises(CodecError, match=reason):
        pool.do(command, job)
    assert pool.do("process") not in {first, b""}


@pytest.mark.usefixtures("_encoders_get_little_time")
def test_a_worker_that_stalls_costs_one_frame(pool):
    with pytest.raises(CodecError, match="the encoder took longer than 0 s"):
        pool.do("hang", ENCODE_JOB)
    assert pool.do("fine").startswith(b"fine")


def test_a_frame_gets_a_second_try(pool):
    block = pool.reserve(100, 100)
    block.input[:] = b"crash_once".ljust(100, b"\0")
    block.output[:] = bytes(100)
    assert pool.submit(JOB, block, 100).result().length == 100
    block.release()


def test_the_second_try_is_alone():
    with FakePool(1) as pool:
        block = pool.reserve(4096, 4096)
        block.input[:16] = b"crash_once".ljust(16, b"\0")
        block.output[:] = bytes(4096)
        futures = [pool.submit(JOB, block, 4096)]
        alone = []
        send = worker_process.WorkerProcess.send

        def note(worker, tasks):
            send(worker, tasks)
            if any(task.tries for task in tasks):
                alone.append((worker.alone, len(worker.tasks), worker.answered))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(worker_process.WorkerProcess, "send", note)
            others = [pool.begin("sleep 5") for _ in range(10)]
            for future in [*futures, *(future for _, future in others)]:
                future.result()
        assert alone == [(True, 1, 0)]


@pytest.mark.parametrize("command", ["crash 11", "exit 1", "say noise"])
def test_frames_beside_and_behind_are_not_hurt(command):
    with FakePool(2) as pool:
        begun = [
            pool.begin(command if number % 20 == 7 else f"frame {number}") for number in range(60)
        ]
        for number, (block, future) in enumerate(begun):
            if number % 20 == 7:
                with pytest.raises(CodecError):
                    future.result()
            else:
                assert future.result().length == len(block.output)
                assert bytes(block.output).startswith(b"frame %d\0" % number)
            block.release()


@pytest.mark.usefixtures("_encoders_get_little_time")
def test_frames_behind_a_stalled_one_are_not_hurt():
    with FakePool(1) as pool:
        hung = pool.begin("hang", ENCODE_JOB)
        behind = [pool.begin("fine", ENCODE_JOB) for _ in range(5)]
        for _, future in behind:
            assert future.result().length
        with pytest.raises(CodecError, match="longer"):
            hung[1].result()


def test_an_idle_worker_that_is_lost_is_replaced_when_needed(pool):
    pool.do("")
    (pid,) = pool.worker_ids()
    os.kill(pid, signal.SIGKILL)
    while pool.worker_ids():
        pass
    assert pool.do("fine").startswith(b"fine")


def test_memory_is_limited(pool):
    assert pool.do("eat 100").startswith(b"eat")
    with pytest.raises(CodecError, match="more memory than it may have"):
        pool.do("eat 600")
    # A frame that is larger itself may take more.
    assert pool.do("eat 600", size=40 << 20).startswith(b"eat")
    larger = JOB._replace(pixels=JOB.pixels._replace(rows=8192, columns=8192))
    assert pool.do("eat 600", larger).startswith(b"eat")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_a_worker_that_keeps_memory_is_replaced(pool):
    processes = set()
    for _ in range(8):
        begun = [pool.begin("leak 100"), pool.begin("process"), pool.begin("process")]
        for block, future in begun:
            length = future.result().length
            processes.add(bytes(block.output[:length])) if length < 100 else None
            block.release()
    assert len(processes) > 1


def test_a_worker_cannot_retire_before_it_did_anything(pool):
    with pytest.raises(CodecError, match="no question"):
        pool.do("say retire")


@pytest.mark.usefixtures("_encoders_get_little_time")
def test_a_worker_that_is_stopped_is_one_that_stalls(pool):
    os.kill(int(pool.do("process")), signal.SIGSTOP)
    # The first try ends with the deadline, the second is in another worker.
    assert pool.do("fine", ENCODE_JOB).startswith(b"fine")


def test_the_time_that_everything_was_stopped_does_not_count(monkeypatch):
    jump = [0.0]
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + jump[0])
    monkeypatch.setattr(dispatcher_module, "time", clock)
    monkeypatch.setattr(worker_process, "time", clock)
    with FakePool(1) as pool:
        before = pool.do("process")
        block, future = pool.begin("sleep 600")
        while pool._dispatcher._wakes_at == math.inf:
            time.sleep(0.01)
        time.sleep(0.2)  # now it waits for the worker
        jump[0] = 1000.0
        pool._dispatcher._ring()
        future.result()
        block.release()
        assert pool.do("process") == before


def test_workers_that_are_killed_at_any_time():
    over = threading.Event()
    with FakePool(2) as pool:

        def kill() -> None:
            numbers = random.Random(1)
            while not over.wait(0.04):
                for pid in pool.worker_ids(ready=True)[: numbers.randint(0, 2)]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            begun = [pool.begin(f"frame {number}") for number in range(500)]
            wrong = []
            for number, (block, future) in enumerate(begun):
                try:
                    future.result()
                    if not bytes(block.output).startswith(b"frame %d\0" % number):
                        wrong.append(f"frame {number} is another")
                except CodecError as error:
                    if str(error) != "the decoder crashed (SIGKILL)":
                        wrong.append(str(error))
                block.release()
        finally:
            over.set()
            killer.join()
        assert not wrong
        assert pool.do("fine").startswith(b"fine")


class TestStart:
    def test_of_a_worker_that_cannot_work(self, monkeypatch):
        monkeypatch.delenv("PYTHONPATH")
        with (
            FakePool(2) as pool,
            pytest.raises(CodecError, match=r"no worker .*: ModuleNotFoundError: .*fake_codecs"),
        ):
            pool.do("")

    def test_of_an_interpreter_that_is_not_there(self, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/no/such/python")
        with FakePool(2) as pool:
            for _ in range(2):
                with pytest.raises(CodecError, match=r"no worker .*No such file"):
                    pool.do("")
            monkeypatch.undo()
            monkeypatch.setenv("PYTHONPATH", str(TESTS))
            assert pool.do("fine").startswith(b"fine")

    def test_of_no_interpreter_at_all(self, monkeypatch):
        monkeypatch.setattr(sys, "executable", "")
        with FakePool(1) as pool, pytest.raises(CodecError, match="no Python interpreter"):
            pool.do("")

    def test_of_a_program_that_ends_at_once(self, monkeypatch):
        monkeypatch.setattr(sys, "executable", "/bin/true")
        with FakePool(1) as pool, pytest.raises(CodecError, match="ended with exit code 0"):
            pool.do("")

    def test_of_a_program_that_says_nothing(self, monkeypatch, tmp_path):
        program = tmp_path / "python"
        program.write_text("#!/bin/sh\nexec sleep 3600\n", encoding="ascii")
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))
        monkeypatch.setattr(worker_process, "START_SECONDS", 0.1)
        monkeypatch.setattr(dispatcher_module, "START_SECONDS", 0.1)
        with FakePool(2) as pool, pytest.raises(CodecError, match="not ready after"):
            pool.do("")

    def test_of_one_more_than_there_can_be(self, monkeypatch):
        with FakePool(2) as pool:
            pool.do("")
            monkeypatch.setattr(sys, "executable", "/no/such/python")
            begun = [pool.begin("sleep 5") for _ in range(20)]
            for block, future in begun:
                assert future.result().length
                block.release()
            assert len(pool.worker_ids()) == 1

    def test_never_from_the_current_folder(self, monkeypatch, tmp_path):
        (tmp_path / "json.py").write_text("raise SystemExit(9)", encoding="ascii")
        (tmp_path / "fastsend").mkdir()
        monkeypatch.chdir(tmp_path)
        with FakePool(1) as pool:
            assert pool.do("fine").startswith(b"fine")


class TestEnd:
    def test_of_a_worker_in_an_endless_loop(self):
        pool = FakePool(2)
        begun = [pool.begin("hang") for _ in range(4)]
        while len(pool.worker_ids()) < 2:
            pass
        workers = pool.worker_ids()
        pool.close()
        for pid in workers:
            with pytest.raises(ProcessLookupError):  # gone, and not a zombie
                os.kill(pid, 0)
        for _, future in begun:
            with pytest.raises(PoolClosedError):
                future.result()

    def test_while_workers_start(self, monkeypatch):
        started = []
        start = worker_process._start

        def note(*arguments):
            started.append(start(*arguments))
            return started[-1]

        monkeypatch.setattr(worker_process, "_start", note)
        for delay in (0, 0.001, 0.01, 0.05, 0.1):
            pool = FakePool(3)
            pool.start()
            time.sleep(delay)
            pool.close()
        assert started
        assert all(process.returncode is not None for process in started)

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a deadline of its own ends it")
    def test_of_this_process(self):
        code = (
            "import sys, time\n"
            "from codec_pools import FakePool\n"
            "pool = FakePool(2)\n"
            "pool.start()\n"
            "pool.do('')\n"
            "pool.begin('hang')\n"
            "while len(pool.worker_ids()) < 2: time.sleep(0.01)\n"
            "print(*pool.worker_ids(), flush=True)\n"
            "time.sleep(3600)\n"
        )
        parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        with parent.stdout:
            workers = list(map(int, parent.stdout.readline().split()))
        assert len(workers) == 2
        parent.kill()
        parent.wait()
        while any(map(_runs, workers)):
            time.sleep(0.01)

    def test_by_interrupting_this_process_spares_the_workers(self, pool):
        first = pool.do("process")
        os.kill(int(first), signal.SIGINT)
        assert pool.do("process") == first


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
