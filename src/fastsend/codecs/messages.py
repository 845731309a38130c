"""What goes between the pool and a worker process: packed numbers and texts, never pickles.

A worker works on bytes that anybody may have made, and may not be itself any more when it answers.
So an answer can say how long a frame is and what it holds, or what went wrong, and nothing else.

Each message is the length of its body, 4 bytes, and its kind, one byte, before the body:

pool to worker   JOB: `_JOB`, and the `FrameJob` as JSON
worker to pool   READY, then for each job in turn RESULT: `_RESULT`, and two names with a zero
                 between them; or ERROR: `_NUMBER` and a text; RETIRES before it ends by itself,
                 FAILED with a text where it cannot work at all
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from fastsend.codecs.job import FrameJob, FrameResult
from fastsend.model.pixels import PixelFormat, Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB: Final = 1
RESULT: Final = 2
ERROR: Final = 3
READY: Final = 4
RETIRES: Final = 5
FAILED: Final = 6

_HEAD = struct.Struct("<IB")
_NUMBER = struct.Struct("<Q")
_JOB = struct.Struct("<6Qd")
_RESULT = struct.Struct("<QQIB")
_LONGEST_MESSAGE = 16_384
_LONGEST_TEXT = 400
_LONGEST_NAME = 200
_MOST_MICROSECONDS = 0xFFFF_FFFF
_JOBS_REMEMBERED = 64


class MessageError(Exception):
    """What came is not a message of this protocol."""


class JobMessage(NamedTuple):
    """A job as a worker gets it; offsets are those in the shared memory, in bytes."""

    number: int
    input_offset: int
    input_length: int
    output_offset: int
    output_length: int
    size: int
    """What the frame takes, decoded or encoded, whichever is more."""
    seconds: float
    """How long the pool will wait."""
    job: FrameJob


def encode(kind: int, body: bytes = b"") -> bytes:
    """Return a message."""
    return _HEAD.pack(len(body), kind) + body


def encode_job(job: FrameJob) -> bytes:
    """Return the part of a job's message that frames of the same kind share."""
    return json.dumps(job).encode()


def encode_job_message(
    number: int,
    input_extent: tuple[int, int],
    output_extent: tuple[int, int],
    size: int,
    seconds: float,
    encoded_job: bytes,
) -> bytes:
    """Return the message for one frame; extents are (offset, length)."""
    numbers = _JOB.pack(number, *input_extent, *output_extent, size, seconds)
    return b"".join((_HEAD.pack(_JOB.size + len(encoded_job), JOB), numbers, encoded_job))


def decode_job_message(body: bytes) -> JobMessage:
    """Return the job of a message that the pool sent."""
    return JobMessage._make((*_JOB.unpack_from(body), _decode_job(body[_JOB.size :])))


@lru_cache(_JOBS_REMEMBERED)
def _decode_job(encoded: bytes) -> FrameJob:
    job = FrameJob(*json.loads(encoded))
    return job._replace(pixels=PixelFormat(*job.pixels), quality=Quality(*job.quality))


def encode_result(number: int, result: FrameResult, seconds: float) -> bytes:
    """Return the answer to a job that was done, and how long that took."""
    length, photometric_interpretation, codec, lossy = result
    microseconds = min(int(seconds * 1e6), _MOST_MICROSECONDS)
    names = f"{photometric_interpretation}\0{codec}".encode(errors="replace")
    numbers = _RESULT.pack(number, length, microseconds, bool(lossy))
    return b"".join((_HEAD.pack(_RESULT.size + len(names), RESULT), numbers, names))


def encode_error(number: int, text: str) -> bytes:
    """Return the answer to a job that could not be done."""
    return encode(ERROR, _NUMBER.pack(number) + text[:1000].encode(errors="replace"))


def answered_number(body: bytes) -> int:
    """Return which job a RESULT or an ERROR answers.

    Raises
    ------
    MessageError
        Where it does not say.
    """
    if len(body) < _NUMBER.size:
        raise MessageError("an answer that is cut off")
    return int.from_bytes(body[: _NUMBER.size], "little")


def decode_result(body: bytes, longest: int) -> tuple[FrameResult, float]:
    """Return the result in a worker's answer, and the seconds that it says it took.

    Parameters
    ----------
    body : bytes
        Of a RESULT.
    longest : int
        The bytes that the output has room for.

    Raises
    ------
    MessageError
        Where it is anything but a result that is possible.
    """
    if len(body) < _RESULT.size:
        raise MessageError("an impossible result")
    _, length, microseconds, lossy = _RESULT.unpack_from(body)
    if length > longest or lossy > 1:
        raise MessageError("an impossible result")
    photometric_interpretation, codec = _decode_names(body[_RESULT.size :])
    result = FrameResult(length, photometric_interpretation, codec, lossy == 1)
    return result, microseconds / 1e6


def decode_error(body: bytes) -> str:
    """Return the text of an ERROR, fit to be shown."""
    return decode_text(body[_NUMBER.size :])


def decode_text(encoded: bytes) -> str:
    """Return a text that a worker sent, short and without what a terminal or a log would obey."""
    return _printable(encoded.decode("utf-8", "replace")[:_LONGEST_TEXT])


@lru_cache(_JOBS_REMEMBERED)
def _decode_names(encoded: bytes) -> tuple[str, str]:
    try:
        names = encoded.decode().split("\0")
    except UnicodeDecodeError as error:
        raise MessageError("not a text") from error
    if len(names) != 2 or max(map(len, names)) > _LONGEST_NAME:
        raise MessageError("an impossible result")
    return _printable(names[0]), _printable(names[1])


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


class MessageReader:
    """Cuts a stream into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Take what was read and yield kind and body of the messages that are complete.

        Raises
        ------
        MessageError
            Where a message is too long.
        """
        if self._rest:
            data = self._rest + data
            self._rest = b""
        start, end = 0, len(data)
        while end - start >= _HEAD.size:
            length, kind = _HEAD.unpack_from(data, start)
            if length > _LONGEST_MESSAGE:
                raise MessageError("a message that is too long")
            body = start + _HEAD.size
            if end - body < length:
                break
            start = body + length
            yield kind, data[body:start]
        self._rest = data[start:]
