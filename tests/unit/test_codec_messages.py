"""Messages between the pool and its workers."""

from __future__ import annotations

import json
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


def framed(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text


def test_a_job_arrives_as_it_was_sent():
    message = messages.encode_job_message(
        7, (64, 1000), (1088, 3 << 30), 4 << 30, 12.5, messages.encode_job(JOB)
    )
    (content,) = MessageReader().feed(message)
    assert messages.decode_job_message(content) == (
        *(7, 64, 1000, 1088, 3 << 30, 4 << 30, 12),
        JOB,
    )
    assert isinstance(messages.decode_job_message(content).job.quality, Quality)


def test_the_stream_may_come_in_any_pieces():
    stream = framed(b'{"a": 1}') + framed(b"{}") + messages.encode({"b": "x" * 300})
    reader = MessageReader()
    found = [m for at in range(len(stream)) for m in reader.feed(stream[at : at + 1])]
    assert found == [{"a": 1}, {}, {"b": "x" * 300}]
    assert list(MessageReader().feed(stream)) == found


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack("<I", 1 << 20),
        b"\xff" * 8,
        framed(b""),
        framed(b"[]"),
        framed(b"null"),
        framed(b'{"id": 1'),
        framed(b"\xff\xfe"),
        framed(b"[" * 16_000),
        framed(b'{"a":' * 3000),
        framed(b'{"id": ' + b"9" * 5000 + b"}"),
    ],
)
def test_what_is_no_message_is_refused(stream):
    with pytest.raises(MessageError):
        list(MessageReader().feed(stream))


def test_a_result_arrives():
    values = json.loads(json.dumps([100, "MONOCHROME2", "some codec", True]))
    assert messages.decode_result(values, 100) == FrameResult(
        100, "MONOCHROME2", "some codec", True
    )


@pytest.mark.parametrize(
    "values",
    [
        None,
        {},
        [],
        "abcd",
        [101, "RGB", "c", False],
        [-1, "RGB", "c", False],
        [True, "RGB", "c", False],
        [1.0, "RGB", "c", False],
        ["1", "RGB", "c", False],
        [1, None, "c", False],
        [1, "RGB", ["c"], False],
        [1, "RGB", "c", 0],
        [1, "RGB", "c", False, 1],
        [1, "R" * 201, "c", False],
        [1, "RGB", "c" * 201, False],
    ],
)
def test_an_impossible_result_is_refused(values):
    with pytest.raises(MessageError):
        messages.decode_result(values, 100)


def test_texts_are_short_and_harmless():
    assert messages.printable("a\x1b[2Jb\nc\u202ed") == "a?[2Jb?c?d"
    assert messages.printable("é 12") == "é 12"
    assert len(messages.printable("x" * 10_000)) == 400
    with pytest.raises(MessageError):
        messages.printable(["x"])
