"""Frames between the thread that has them converted and the one that sends them."""

from __future__ import annotations

import threading

import pytest

from fastsend.codecs.job import CodecError, FrameResult
from fastsend.convert.frame_stream import FrameStream
from fastsend.convert.refusal import ConversionError


class FakeBlock:
    def __init__(self, content: bytes) -> None:
        self.output = memoryview(bytearray(content + b"not of the frame"))
        self.released = 0

    def release(self) -> None:
        self.released += 1


class FakeFuture:
    def __init__(self, outcome: FrameResult | Exception) -> None:
        self.outcome = outcome

    def result(self) -> FrameResult:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def fill(stream: FrameStream, *frames: bytes | Exception) -> list[FakeBlock]:
    blocks = []
    for frame in frames:
        content = b"" if isinstance(frame, Exception) else frame
        outcome = frame if isinstance(frame, Exception) else FrameResult(len(frame), "RGB", "fake")
        blocks.append(FakeBlock(content))
        stream.put(FakeFuture(outcome), blocks[-1])  # type: ignore[arg-type]
    return blocks


def taken(stream: FrameStream) -> list[bytes]:
    return [bytes(frame) for _, frame in stream.take()]


@pytest.mark.parametrize("held", [0, 1, 3])
@pytest.mark.parametrize("spooled", [False, True])
def test_frames_come_in_order_and_are_released(held: int, spooled: bool) -> None:
    stream = FrameStream()
    blocks = fill(stream, b"one", b"second", b"3")
    stream.end()
    if spooled:
        stream.spool()
    if held:
        assert stream.hold(held) == FrameResult(3, "RGB", "fake")
        assert stream.held_bytes == len(b"onesecond3"[: [0, 3, 9, 10][held]])
        assert [block.released for block in blocks] == [int(spooled)] * held + [0] * (3 - held)
    assert taken(stream) == [b"one", b"second", b"3"]
    assert [block.released for block in blocks] == [1, 1, 1]
    stream.abandon()


def test_a_frame_that_cannot_be_converted() -> None:
    stream = FrameStream()
    blocks = fill(stream, b"good", CodecError("no such marker"), b"good")
    stream.end()
    frames = stream.take()
    next(frames)
    with pytest.raises(ConversionError, match="a frame cannot be converted: no such marker"):
        next(frames)
    stream.abandon()
    assert [block.released for block in blocks] == [1, 1, 1]


def test_a_failure_of_the_other_thread_is_raised_in_its_turn() -> None:
    stream = FrameStream()
    (block,) = fill(stream, b"good")
    stream.fail(OSError("disk"))
    frames = stream.take()
    next(frames)
    with pytest.raises(OSError, match="disk"):
        next(frames)
    assert block.released == 1


def test_fewer_frames_than_are_waited_for() -> None:
    stream = FrameStream()
    (block,) = fill(stream, b"only")
    stream.end()
    with pytest.raises(ConversionError, match="fewer frames"):
        stream.hold(2)
    stream.abandon()
    assert block.released == 1


def test_abandoned_in_the_middle() -> None:
    stream = FrameStream()
    blocks = fill(stream, b"a", b"b", b"c")
    stream.hold(2)
    stream.abandon()
    assert stream.abandoned
    assert [block.released for block in blocks] == [1, 1, 1]
    late = fill(stream, b"put before it was seen")
    stream.release_waiting()
    assert late[0].released == 1


def test_one_waits_for_the_other() -> None:
    stream = FrameStream()
    found: list[list[bytes]] = []
    thread = threading.Thread(target=lambda: found.append(taken(stream)))
    thread.start()
    fill(stream, b"x", b"y")
    stream.end()
    thread.join(10)
    assert found == [[b"x", b"y"]]
