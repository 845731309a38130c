"""What goes between the pool and a worker process: JSON behind its length, never pickles.

A worker works on bytes that anybody may have made, and may not be itself any more when it answers.
So an answer can say how long a frame is and what it holds, or what went wrong, and nothing else.

pool to worker   ``{"id", "in": [offset, length], "out": [offset, length], "size", "seconds",
                 "job"}``
worker to pool   ``{"ready": true}``, then for each job in turn ``{"id", "result": [...]}`` or
                 ``{"id", "error": text}``; ``{"retires": true}`` before it ends by itself,
                 ``{"failed": text}`` where it cannot work at all
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from fastsend.codecs.job import FrameJob, FrameResult
from fastsend.model.pixels import PixelFormat, Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = struct.Struct("<I")
_LONGEST_MESSAGE = 16_384
_LONGEST_TEXT = 400
_LONGEST_NAME = 200


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


def encode(content: dict[str, Any]) -> bytes:
    """Return a message."""
    return _with_head(json.dumps(content).encode())


def encode_job(job: FrameJob) -> bytes:
    """Return the part of a job's message that frames of the same image share."""
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
    return _with_head(
        b'{"id":%d,"in":[%d,%d],"out":[%d,%d],"size":%d,"seconds":%d,"job":%b}'
        % (number, *input_extent, *output_extent, size, seconds, encoded_job)
    )


def decode_job_message(content: dict[str, Any]) -> JobMessage:
    """Return the job of a message that the pool sent."""
    job = FrameJob(*content["job"])
    job = job._replace(pixels=PixelFormat(*job.pixels), quality=Quality(*job.quality))
    input_offset, input_length = content["in"]
    output_offset, output_length = content["out"]
    return JobMessage(
        content["id"],
        input_offset,
        input_length,
        output_offset,
        output_length,
        content["size"],
        content["seconds"],
        job,
    )


def decode_result(values: object, longest: int) -> FrameResult:
    """Return the result in a worker's answer.

    Parameters
    ----------
    values : object
        What the answer holds under ``"result"``.
    longest : int
        The bytes that the output has room for.

    Raises
    ------
    MessageError
        Where it is anything but a result that is possible.
    """
    match values:
        case [int(length), str(photometric_interpretation), str(codec), bool(lossy)]:
            names_fit = max(len(photometric_interpretation), len(codec)) <= _LONGEST_NAME
            if not isinstance(length, bool) and 0 <= length <= longest and names_fit:
                return FrameResult(
                    length, printable(photometric_interpretation), printable(codec), lossy
                )
    raise MessageError("an impossible result")


def printable(text: object) -> str:
    """Return a text that is short and has nothing in it that a terminal or a log would obey."""
    if not isinstance(text, str):
        raise MessageError("not a text")
    cut = text[:_LONGEST_TEXT]
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)


class MessageReader:
    """Cuts a stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Take what was read and yield the messages that are complete.

        Raises
        ------
        MessageError
            Where a message is too long or not a JSON object.
        """
        buffer = self._buffer
        buffer += data
        while len(buffer) >= _HEAD.size:
            (length,) = _HEAD.unpack_from(buffer)
            if length > _LONGEST_MESSAGE:
                raise MessageError("a message that is too long")
            end = _HEAD.size + length
            if len(buffer) < end:
                return
            text = bytes(buffer[_HEAD.size : end])
            del buffer[:end]
            try:
                content = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise MessageError("a message that is not JSON") from error
            if not isinstance(content, dict):
                raise MessageError("a message that is not an object")
            yield content


def _with_head(text: bytes) -> bytes:
    return _HEAD.pack(len(text)) + text
