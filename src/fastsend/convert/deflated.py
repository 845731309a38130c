"""Data sets in Deflated Explicit VR Little Endian (PS3.5 A.5): to a file, and in chunks."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final

from fastsend._native import deflate
from fastsend.convert.refusal import InflateError

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_LIMIT: Final = 64 << 20
"""Bytes of an inflated data set that are kept in memory; a longer one goes to a temporary file."""

_READ_LENGTH: Final = 128 << 10
_PIECE_LENGTH: Final = 1 << 20
_CHUNK_LENGTH: Final = 128 << 10
_LONGEST_REST: Final = 1 << 20


def inflate_to_file(
    fd: int, offset: int, length: int, *, limit: int, memory_limit: int = MEMORY_LIMIT
) -> int:
    """Inflate a data set into a file without a name.

    Parameters
    ----------
    fd : int
        An open file; its position neither matters nor changes.
    offset, length : int
        Where the deflated data set lies in it, in bytes.
    limit : int
        The most bytes that it may inflate to.
    memory_limit : int
        Up to how many of them are kept in memory instead of a temporary file.

    Returns
    -------
    int
        A file descriptor; closing it removes the file. The data set begins at 0 and ends with the
        file.

    Raises
    ------
    InflateError
        Where the stream is corrupt or cut off, is followed by more than padding, or inflates to
        more than `limit`; where there is no room for a temporary file.
    OSError
        Where the file cannot be read.
    """
    out = _memory_file()
    try:
        return _inflate(fd, offset, length, limit, memory_limit, out)
    except BaseException:
        os.close(out)
        raise


def _inflate(fd: int, offset: int, length: int, limit: int, memory_limit: int, out: int) -> int:
    decoder = deflate.Decoder(limit)
    buffer = memoryview(bytearray(_PIECE_LENGTH))
    end = offset + length
    stream = b""
    position = offset
    ended = False
    in_memory = True
    while not ended:
        if not stream and position < end:
            stream = os.pread(fd, min(_READ_LENGTH, end - position), position)
            if not stream:
                raise InflateError("the file became shorter while it was read", position)
            position += len(stream)
        try:
            taken, written, ended = decoder.next(stream, buffer, last=position == end)
        except ValueError as exc:
            raise InflateError(_reason(exc), offset + decoder.taken) from exc
        stream = stream[taken:]
        if in_memory and decoder.made > memory_limit:
            _move_to_disk(out)
            in_memory = False
        _write(out, buffer[:written], offset + decoder.taken)
    _check_rest(fd, offset + decoder.taken, end, out)
    return out


def _reason(exc: ValueError) -> str:
    """Return what is wrong, without the place in the stream, which is told in the file instead."""
    return str(exc).partition(", at byte")[0]


def _check_rest(fd: int, position: int, end: int, out: int) -> None:
    """Refuse to drop what stands behind the stream.

    Zeros are padding (PS3.5 A.5). Some writers leave the check sum and the length there that end a
    file of gzip (RFC 1952 2.3.1); then they have to be right.
    """
    rest = os.pread(fd, min(_LONGEST_REST, end - position), position)
    if end - position <= _LONGEST_REST:
        if not rest.strip(b"\0"):
            return
        if rest[:8] == _gzip_trailer(out) and not rest[8:].strip(b"\0"):
            return
    raise InflateError("the deflated data set goes on behind its end", position)


def _gzip_trailer(out: int) -> bytes:
    import zlib

    check_sum = length = 0
    while piece := os.pread(out, _PIECE_LENGTH, length):
        check_sum = zlib.crc32(piece, check_sum)
        length += len(piece)
    return struct.pack("<LL", check_sum, length & 0xFFFFFFFF)


def _memory_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("inflated data set", os.MFD_CLOEXEC)
    return _temporary_file()


def _temporary_file() -> int:
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _move_to_disk(out: int) -> None:
    """Put a temporary file in the place of one in memory, under the same descriptor."""
    try:
        disk = _temporary_file()
    except OSError as exc:
        raise InflateError(f"no temporary file: {exc.strerror or exc}", 0) from exc
    try:
        position = 0
        while piece := os.pread(out, _PIECE_LENGTH, position):
            _write(disk, memoryview(piece), 0)
            position += len(piece)
        os.dup2(disk, out, inheritable=False)
    finally:
        os.close(disk)


def _write(out: int, piece: memoryview, offset: int) -> None:
    try:
        while piece:
            piece = piece[os.write(out, piece) :]
    except OSError as exc:
        raise InflateError(f"no room to inflate it: {exc.strerror or exc}", offset) from exc


class Deflater:
    """Deflates one data set after another, in chunks.

    Parameters
    ----------
    level : int
        0 (stored) to 9 (smallest).

    Raises
    ------
    ValueError
        Where there is no such level.
    """

    def __init__(self, level: int = 6) -> None:
        self._encoder = deflate.Encoder(level)
        self._chunk = memoryview(bytearray(_CHUNK_LENGTH))
        self._filled = 0

    def push(self, data: bytes | memoryview) -> Iterator[memoryview]:
        """Take bytes of the data set, and yield full chunks of the stream.

        Parameters
        ----------
        data : bytes-like
            It has to be iterated to the end for all of it to be taken.

        Yields
        ------
        memoryview
            Valid until the next one.
        """
        data = memoryview(data)
        while data:
            taken, written, _ = self._encoder.next(data, self._chunk[self._filled :])
            data = data[taken:]
            self._filled += written
            if self._filled == len(self._chunk):
                self._filled = 0
                yield self._chunk

    def finish(self) -> Iterator[memoryview]:
        """Yield the rest of the stream, with the NUL after one of odd length (PS3.5 A.5).

        Then another data set may begin.
        """
        ended = False
        while not ended:
            _, written, ended = self._encoder.next(b"", self._chunk[self._filled :], last=True)
            filled = self._filled + written
            self._filled = 0
            if filled:
                yield self._chunk[:filled]
        self._encoder.reset()

    def reset(self) -> None:
        """Forget a data set that was not finished."""
        self._encoder.reset()
        self._filled = 0
