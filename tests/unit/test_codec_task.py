"""Waiting for a frame."""

from __future__ import annotations

import threading

import pytest

from codec_pools import JOB
from fastsend.codecs.frame_memory import PoolClosedError
from fastsend.codecs.job import CodecError, FrameResult
from fastsend.codecs.task import FrameFuture, JobKind

RESULT = FrameResult(1, "RGB", "c")


def never() -> bool:
    return False


def test_the_result_can_be_asked_for_more_than_once():
    future = FrameFuture(never)
    assert not future.done()
    future.finish(RESULT)
    assert future.done()
    assert future.result() is RESULT
    assert future.result() is RESULT
    assert future.done()


def test_many_may_wait():
    future = FrameFuture(never)
    results = []
    threads = [threading.Thread(target=lambda: results.append(future.result())) for _ in range(5)]
    for thread in threads:
        thread.start()
    future.finish(RESULT)
    for thread in threads:
        thread.join()
    assert results == [RESULT] * 5


def test_an_error_is_raised_each_time():
    future = FrameFuture(never)
    future.finish(CodecError("no"))
    for _ in range(2):
        with pytest.raises(CodecError, match="no"):
            future.result()


def test_a_cancelled_run_ends_the_waiting():
    future = FrameFuture(lambda: True)
    with pytest.raises(PoolClosedError):
        future.result()
    future.finish(RESULT)
    assert future.result() is RESULT  # what is there is there


def test_the_pace_of_a_kind_follows_what_frames_took():
    kind = JobKind(JOB, b"", in_thread=False)
    assert kind.pace is None
    kind.took(0.5)
    assert kind.pace == 0.5
    for _ in range(50):
        kind.took(0.1)
    assert kind.pace == pytest.approx(0.1, rel=0.01)
