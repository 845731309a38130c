"""Messages between the pool and its workers."""

from __future__ import annotations

import struct

import pytest

from fastsend.codecs import messages
from fastsend.codecs.job import FrameJob, FrameResult
from fastsend.codecs.messages import MessageError, MessageReader
from fastsend.model.pixels import PixelFormat, Quality

PIXELS = PixelFormat(512, 256, 3, 16, 12, 11, 1, 0, "YBR_FULL_422")
JOB = FrameJob(
    "transcode",
    "1.2.840.10008.1.2.4.81",
    PIXELS,
    True,
    Quality(near=2, ratio=1.5),
    "1.2.840.10008.1.2.4.70",
)


NAMES = b"MONOCHROME2\0some codec"


def framed(kind: int, body: bytes) -> bytes:
    return struct.pack("<IB", len(body), kind) + body


def result(length: int, lossy: int = 0, names: bytes = NAMES) -> bytes:
    return struct.pack("<QQIB", 7, length, 1500, lossy) + names


def test_a_job_arrives_as_it_was_sent():
    message = messages.encode_job_message(
        7, (64, 1000), (1088, 3 << 30), 4 << 30, 12.5, messages.encode_job(JOB)
    )
    ((kind, body),) = MessageReader().feed(message)
    assert kind == messages.JOB
    assert messages.decode_job_message(body) == (
        *(7, 64, 1000, 1088, 3 << 30, 4 << 30, 12.5),
        JOB,
    )
    assert isinstance(messages.decode_job_message(body).job.quality, Quality)


def test_the_stream_may_come_in_any_pieces():
    stream = framed(2, b"abc") + framed(4, b"") + messages.encode(3, b"x" * 300)
    reader = MessageReader()
    found = [m for at in range(len(stream)) for m in reader.feed(stream[at : at + 1])]
    assert found == [(2, b"abc"), (4, b""), (3, b"x" * 300)]
    assert list(MessageReader().feed(stream)) == found


@pytest.mark.parametrize("stream", [struct.pack("<IB", 1 << 20, 2), b"\xff" * 8])
def test_a_message_that_is_too_long_is_refused(stream):
    with pytest.raises(MessageError):
        list(MessageReader().feed(stream))


def test_a_result_arrives():
    sent = FrameResult(100, "MONOCHROME2", "some codec", True)
    ((kind, body),) = MessageReader().feed(messages.encode_result(7, sent, 0.25))
    assert kind == messages.RESULT
    assert messages.answered_number(body) == 7
    assert messages.decode_result(body, 100) == (sent, 0.25)


def test_any_time_fits_into_an_answer():
    ((_, body),) = MessageReader().feed(messages.encode_result(1, FrameResult(1, "", ""), 1e9))
    assert messages.decode_result(body, 1)[1] > 4000


def test_an_error_arrives():
    ((kind, body),) = MessageReader().feed(messages.encode_error(1 << 40, "no such é"))
    assert kind == messages.ERROR
    assert messages.answered_number(body) == 1 << 40
    assert messages.decode_error(body) == "no such é"


def test_the_result_is_where_the_format_says():
    assert messages.decode_result(result(100), 100) == (
        FrameResult(100, "MONOCHROME2", "some codec", False),
        0.0015,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        result(1)[:20],
        result(101),
        result(0xFFFF_FFFF_FFFF_FFFF),
        result(1, lossy=2),
        result(1, names=b""),
        result(1, names=b"RGB"),
        result(1, names=b"RGB\0c\0d"),
        result(1, names=b"\xff\0c"),
        result(1, names=b"R" * 201 + b"\0c"),
        result(1, names=b"R\0" + b"c" * 201),
    ],
)
def test_an_impossible_result_is_refused(body):
    with pytest.raises(MessageError):
        messages.decode_result(body, 100)


def test_an_answer_without_a_number_is_refused():
    with pytest.raises(MessageError):
        messages.answered_number(b"\1\0\0\0")


def test_texts_are_short_and_harmless():
    assert messages.decode_text("a\x1b[2Jb\nc\u202ed".encode()) == "a?[2Jb?c?d"
    assert messages.decode_text("é 12".encode()) == "é 12"
    assert messages.decode_text(b"\xff") == "\ufffd"
    assert len(messages.decode_text(b"x" * 10_000)) == 400
    names = b"a\x1b\0b\n"
    assert messages.decode_result(result(1, names=names), 1)[0][1:3] == ("a?", "b?")
