"""Deflated data sets, to a file and in chunks, against zlib."""

from __future__ import annotations

import os
import random
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from descriptors import count_descriptors
from fastsend.convert import deflated
from fastsend.convert.deflated import Deflater, inflate_to_file
from fastsend.convert.refusal import InflateError
from reference.encapsulated import open_file

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT = b"a data set " * 1000
NOISE = random.Random(3).randbytes(3 << 20)


def raw_deflate(data: bytes, level: int = 6) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


def raw_inflate(stream: bytes) -> tuple[bytes, bytes]:
    decompressor = zlib.decompressobj(-15)
    return decompressor.decompress(stream) + decompressor.flush(), decompressor.unused_data


def inflated(
    stream: bytes, *, limit: int = 1 << 30, memory_limit: int = 64 << 20, behind: bytes = b""
) -> bytes:
    with open_file(b"head" + stream + behind) as fd:
        out = inflate_to_file(fd, 4, len(stream), limit=limit, memory_limit=memory_limit)
        try:
            assert not os.get_inheritable(out)
            size = os.fstat(out).st_size
            assert os.fstat(out).st_nlink == 0 or not hasattr(os, "memfd_create")
            return os.pread(out, size + 1, 0)
        finally:
            os.close(out)


@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE], ids=["none", "one", "text", "noise"])
def test_what_zlib_deflated(data: bytes) -> None:
    assert inflated(raw_deflate(data)) == data


@pytest.mark.parametrize("memory_limit", [0, 1, len(TEXT) - 1, len(TEXT), len(NOISE) - 1])
@pytest.mark.parametrize("data", [TEXT, NOISE], ids=["text", "noise"])
def test_beyond_a_limit_it_goes_to_disk(data: bytes, memory_limit: int) -> None:
    assert inflated(raw_deflate(data), memory_limit=memory_limit) == data


def test_without_memory_files_it_goes_to_disk_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    assert inflated(raw_deflate(TEXT)) == TEXT


@pytest.mark.parametrize("padding", [0, 1, 2, 1000, 200_000])
def test_zeros_behind_the_stream_are_padding(padding: int) -> None:
    assert inflated(raw_deflate(TEXT) + bytes(padding)) == TEXT


@pytest.mark.parametrize("padding", [0, 1, 200_000])
def test_other_bytes_behind_the_stream_are_refused(padding: int) -> None:
    stream = raw_deflate(TEXT) + bytes(padding)
    with pytest.raises(InflateError, match="goes on behind its end") as caught:
        inflated(stream + b"x" + bytes(100_000))
    assert caught.value.offset == 4 + len(raw_deflate(TEXT))


@pytest.mark.parametrize("data", [TEXT, NOISE], ids=["text", "noise"])
@pytest.mark.parametrize("padding", [0, 1, 9])
def test_the_end_of_a_gzip_file_may_stand_behind_the_stream(data: bytes, padding: int) -> None:
    trailer = struct.pack("<LL", zlib.crc32(data), len(data))
    stream = raw_deflate(data)
    assert inflated(stream + trailer + bytes(padding)) == data
    for wrong in (trailer[:7], trailer + b"x", trailer[4:] + trailer[:4]):
        with pytest.raises(InflateError, match="goes on behind its end"):
            inflated(stream + wrong)


def test_padding_beyond_measure_is_refused() -> None:
    with pytest.raises(InflateError, match="goes on behind its end"):
        inflated(raw_deflate(TEXT) + bytes(2 << 20))


def test_bytes_behind_the_data_set_are_not_read() -> None:
    assert inflated(raw_deflate(TEXT), behind=b"more") == TEXT


@pytest.mark.parametrize("keep", [0, 1, 5, 0.5, -1])
def test_a_stream_that_is_cut_off_is_refused_at_its_end(keep: float) -> None:
    stream = raw_deflate(TEXT)
    kept = int(keep * len(stream)) if keep == 0.5 else int(keep) % len(stream)
    with pytest.raises(InflateError, match="end in the middle") as caught:
        inflated(stream[:kept])
    assert caught.value.offset == 4 + kept


def test_what_is_not_deflated_is_refused() -> None:
    with pytest.raises(InflateError, match="no deflated data") as caught:
        inflated(b"\xff" * 100)
    assert 4 <= caught.value.offset <= 104


def test_the_limit_ends_it() -> None:
    assert inflated(raw_deflate(TEXT), limit=len(TEXT)) == TEXT
    with pytest.raises(InflateError, match="more than the limit"):
        inflated(raw_deflate(TEXT), limit=len(TEXT) - 1)


def test_a_bomb_ends_at_the_limit() -> None:
    bomb = raw_deflate(bytes(64 << 20), 9)
    with pytest.raises(InflateError, match="more than the limit"):
        inflated(bomb, limit=1 << 20)


def test_a_file_that_is_shorter_than_it_should_be_is_refused() -> None:
    stream = raw_deflate(NOISE)
    with open_file(stream[:100_000]) as fd, pytest.raises(InflateError, match="became shorter"):
        inflate_to_file(fd, 0, len(stream), limit=1 << 30)


def test_a_full_disk_is_told_and_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    before = count_descriptors()
    with open_file(raw_deflate(TEXT)) as fd:
        monkeypatch.setattr(deflated.os, "write", full)
        with pytest.raises(InflateError, match="no room to inflate it: No space left on device"):
            inflate_to_file(fd, 0, len(raw_deflate(TEXT)), limit=1 << 30)
    assert count_descriptors() == before


def deflate_all(deflater: Deflater, pieces: Iterable[bytes]) -> bytes:
    out = bytearray()
    for piece in pieces:
        for chunk in deflater.push(piece):
            out += chunk
    for chunk in deflater.finish():
        out += chunk
    return bytes(out)


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("step", [1 << 20, 100_001])
def test_zlib_inflates_what_is_deflated(level: int, step: int) -> None:
    data = TEXT + NOISE[: 1 << 20]
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    stream = deflate_all(Deflater(level), pieces)
    assert len(stream) % 2 == 0
    result, rest = raw_inflate(stream)
    assert result == data
    assert rest in (b"", b"\0")


def test_lengths_are_made_even_with_a_nul() -> None:
    rests = set()
    deflater = Deflater(6)
    for length in range(200):
        stream = deflate_all(deflater, [TEXT[:length]])
        assert len(stream) % 2 == 0
        result, rest = raw_inflate(stream)
        assert result == TEXT[:length]
        rests.add(rest)
    assert rests == {b"", b"\0"}


def test_a_data_set_may_be_forgotten() -> None:
    deflater = Deflater(1)
    for _ in deflater.push(NOISE):
        pass
    deflater.reset()
    assert raw_inflate(deflate_all(deflater, [TEXT]))[0] == TEXT


def test_chunks_are_of_bounded_length() -> None:
    deflater = Deflater(0)
    chunks = [len(chunk) for chunk in deflater.push(NOISE)]
    chunks += [len(chunk) for chunk in deflater.finish()]
    assert max(chunks) <= 128 << 10
    assert sum(chunks) >= len(NOISE)


@pytest.mark.parametrize("level", [-1, 10])
def test_there_is_no_such_level(level: int) -> None:
    with pytest.raises(ValueError, match="level"):
        Deflater(level)
