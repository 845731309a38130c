"""The pool when codecs do as they should."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from pathlib import Path

import pytest

from codec_pools import JOB, PIXELS, FakePool
from descriptors import DESCRIPTORS
from fake_codecs import FRAMES_AT_ONCE, THREAD_SYNTAX
from fastsend.codecs.job import CodecError, FrameResult
from fastsend.codecs.pool import CodecPool, PoolClosedError
from fastsend.model.pixels import Quality

THREAD_JOB = JOB._replace(transfer_syntax_uid=THREAD_SYNTAX)
TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _workers_find_the_fake(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


@pytest.fixture
def pool():
    with FakePool(2) as made:
        yield made


@pytest.mark.parametrize("job", [JOB, THREAD_JOB], ids=["worker", "thread"])
def test_a_frame_comes_back(pool, job):
    block = pool.reserve(1000, 1500)
    block.input[:] = (frame := os.urandom(1000))
    future = pool.submit(job, block, 900)
    assert future.result() == FrameResult(900, "MONOCHROME1", "fake")
    assert future.done()
    assert bytes(block.output[:900]) == frame[:900]
    block.release()


def test_every_attribute_reaches_the_codec(pool):
    # The fake answers with the photometric interpretation, and lossy where rgb is asked for.
    job = JOB._replace(
        pixels=PIXELS._replace(photometric_interpretation="YBR_FULL_422"),
        rgb=True,
        quality=Quality(jpeg=90),
    )
    block, future = pool.begin("", job)
    assert future.result() == FrameResult(8192, "YBR_FULL_422", "fake", lossy=True)
    block.release()


def test_many_frames_keep_their_content_and_use_all_workers(pool):
    pool.start()
    processes = {pool.do("process") for _ in range(5)}
    blocks = [pool.begin("sleep 5") for _ in range(30)]
    for number, (block, _) in enumerate(blocks):
        block.input[16:] = bytes([number]) * (len(block.input) - 16)
    others = [pool.begin("process") for _ in range(30)]
    for block, future in others:
        processes.add(bytes(block.output[: future.result().length]))
        block.release()
    for block, future in blocks:
        future.result()
        block.release()
    assert len(processes) == 2
    assert str(os.getpid()).encode() not in processes


def test_submitted_and_done_by_many_threads(pool):
    wrong = []

    def work(number: int) -> None:
        job = THREAD_JOB if number % 2 else JOB
        for round_ in range(40):
            text = f"frame {number} {round_}"
            if not pool.do(text, job).startswith(text.encode()):
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_own_kernels_run_in_threads_of_this_process(pool):
    assert pool.do("process", THREAD_JOB) == str(os.getpid()).encode()
    assert pool.do("thread", THREAD_JOB) == b"codec"
    assert pool.worker_ids() == []  # none was needed


def test_frames_that_a_thread_takes_together_have_their_own_outcomes():
    other = THREAD_JOB._replace(rgb=True)
    work = [
        ("a", THREAD_JOB),
        ("refuse", THREAD_JOB),
        ("b", THREAD_JOB),
        ("c", other),
        ("raise", THREAD_JOB),
        ("d", THREAD_JOB),
        ("given up", THREAD_JOB),
        ("e", THREAD_JOB),
    ]
    with FakePool(1) as pool:
        first = pool.begin("sleep 100", THREAD_JOB)  # meanwhile the others come
        begun = [(command, *pool.begin(command, job)) for command, job in work]
        begun[6][1].release()
        outcomes = {}
        for command, block, future in begun:
            try:
                length = future.result().length
                outcomes[command] = bytes(block.output[:length])[:1]
            except CodecError as error:
                outcomes[command] = str(error).split(":")[0]
        first[0].release()
    assert [outcomes[letter] for letter in "abcde"] == [b"a", b"b", b"c", b"d", b"e"]
    assert outcomes["refuse"].startswith("no such")
    assert outcomes["raise"] == "the decoder failed"
    assert outcomes["given up"] == "given up"


def test_between_two_syntaxes_a_worker_does_it(pool):
    job = THREAD_JOB._replace(operation="transcode", from_transfer_syntax_uid="1.2")
    assert pool.do("process", job) != str(os.getpid()).encode()


def test_a_worker_is_started_when_it_is_needed():
    with FakePool(8) as pool:
        assert pool.worker_ids() == []
        pool.do("")
        assert len(pool.worker_ids()) == 1


def test_start_starts_all_of_them():
    with FakePool(2) as pool:
        pool.start()
        while len(pool.worker_ids()) < 2:
            pass
        assert len(set(pool.worker_ids())) == 2


def test_a_frame_larger_than_the_memory_is_done_alone():
    with FakePool(2, memory=1 << 20) as pool:
        small, future = pool.begin("sleep 10")
        size = 5 << 20
        got = []
        thread = threading.Thread(target=lambda: got.append(pool.do("", size=size)))
        thread.start()
        future.result()
        small.release()
        thread.join()
        assert got == [bytes(size)]
        assert pool.do("", size=100) == bytes(100)


def test_more_than_the_memory_goes_through_it():
    with FakePool(2, memory=1 << 20) as pool:

        def release_in_order(begun):
            for block, future in begun:
                future.result()
                block.release()

        queue = []
        for _ in range(100):
            while (block := pool.try_reserve(100_000, 200_000)) is None:
                release_in_order([queue.pop(0)])
            block.input[:16] = bytes(16)
            queue.append((block, pool.submit(JOB, block, 100_000)))
        release_in_order(queue)


def test_no_input_and_no_output(pool):
    block = pool.reserve(0, 0)
    assert pool.submit(JOB, block, 0).result().length == 0


class TestWrongUse:
    def test_more_input_than_was_reserved(self, pool):
        block = pool.reserve(10, 10)
        for length in (11, -1):
            with pytest.raises(ValueError, match="room"):
                pool.submit(JOB, block, length)

    def test_a_block_submitted_twice_or_released(self, pool):
        block, future = pool.begin("sleep 20")
        with pytest.raises(ValueError, match="job"):
            pool.submit(JOB, block, 1)
        future.result()
        pool.submit(JOB, block, 1).result()  # a second job, one after the other
        block.release()
        with pytest.raises(ValueError, match="released"):
            pool.submit(JOB, block, 0)

    def test_no_threads(self):
        with pytest.raises(ValueError, match="thread"):
            CodecPool(0)

    def test_a_registry_that_is_not_there(self):
        with CodecPool(1, registry="no_such_registry") as pool:
            block = pool.reserve(1, 1)
            with pytest.raises(ModuleNotFoundError):
                pool.submit(JOB, block, 1)
            block.release()
            assert pool.try_reserve(0, 96 << 20) is not None


class TestEnd:
    def test_frames_that_were_not_done(self):
        pool = FakePool(1)
        begun = [pool.begin("sleep 60000") for _ in range(10)]
        pool.close()
        for block, future in begun:
            with pytest.raises(PoolClosedError):
                future.result()
            block.release()

    def test_frames_in_threads_that_were_not_begun(self):
        pool = FakePool(1)
        begun = [pool.begin("sleep 100", THREAD_JOB) for _ in range(10)]
        pool.close()
        for block, future in begun[FRAMES_AT_ONCE:]:
            with pytest.raises(PoolClosedError):
                future.result()
            block.release()

    def test_nothing_begins_after_it(self, pool):
        block = pool.reserve(1, 1)
        pool.close()
        for job in (JOB, THREAD_JOB):
            with pytest.raises(PoolClosedError):
                pool.submit(job, block, 1)
        with pytest.raises(PoolClosedError):
            pool.reserve(1, 1)
        with pytest.raises(PoolClosedError):
            pool.start()
        pool.close()

    def test_nothing_begins_after_it_where_workers_ran(self, pool):
        pool.do("")
        block = pool.reserve(1, 1)
        pool.close()
        with pytest.raises(PoolClosedError):
            pool.submit(JOB, block, 1).result()

    def test_a_result_stays(self, pool):
        block, future = pool.begin("process")
        future.result()
        pool.close()
        assert bytes(block.output[:1]).isdigit()
        block.release()

    def test_a_cancelled_run_ends_waiting(self):
        cancelled = []
        with FakePool(1, cancelled=lambda: bool(cancelled), memory=1 << 14) as pool:
            block, future = pool.begin("sleep 60000")
            cancelled.append(True)
            with pytest.raises(PoolClosedError):
                future.result()
            with pytest.raises(PoolClosedError):
                pool.reserve(8192, 8192)
            block.release()

    @pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="needs /proc")
    def test_nothing_is_left(self):
        def left() -> tuple[list[str], int]:
            gc.collect()
            fds = []
            for entry in DESCRIPTORS.iterdir():
                with contextlib.suppress(FileNotFoundError):  # that of the listing
                    fds.append(str(entry.readlink()))
            maps = Path("/proc/self/maps").read_text(encoding="utf-8")
            return sorted(fd.split(":")[0] for fd in fds), maps.count("fastsend-frames")

        with FakePool(1) as pool:  # whatever is imported or opened for good
            pool.do("")
        before = left()
        with FakePool(2) as pool:
            pool.start()
            pool.do("")
            pool.do("", THREAD_JOB)
            assert left() != before
            workers = pool.worker_ids()
        assert left() == before
        for pid in workers:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


def test_a_frame_that_nobody_waits_for_is_not_begun():
    with FakePool(1) as pool:
        begun = [pool.begin("sleep 50") for _ in range(5)]
        given_up = [pool.begin("sleep 3600000") for _ in range(3)]
        for block, _ in given_up:
            block.release()
        assert pool.do("process").isdigit()
        for _, future in given_up:
            with pytest.raises(CodecError, match="given up"):
                future.result()
        for block, _ in begun:
            block.release()
        # What they had is free again.
        assert pool.try_reserve(0, 96 << 20) is not None
