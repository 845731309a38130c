"""Any data set, deflated in any pieces and inflated again."""

from __future__ import annotations

import os
import zlib

from hypothesis import given
from hypothesis import strategies as st

from fastsend.convert.deflated import Deflater, inflate_to_file
from fastsend.convert.refusal import InflateError
from reference.encapsulated import open_file

PIECES = st.lists(st.binary(max_size=300) | st.integers(0, 200_000).map(bytes), max_size=6)


def inflated(stream: bytes, memory_limit: int = 1 << 20) -> bytes:
    with open_file(stream) as fd:
        out = inflate_to_file(fd, 0, len(stream), limit=1 << 22, memory_limit=memory_limit)
    try:
        return os.pread(out, 1 << 23, 0)
    finally:
        os.close(out)


@given(PIECES, st.integers(0, 9), st.integers(0, 200_000))
def test_there_and_back(pieces: list[bytes], level: int, memory_limit: int) -> None:
    deflater = Deflater(level)
    stream = b"".join(bytes(chunk) for piece in pieces for chunk in deflater.push(piece))
    stream += b"".join(bytes(chunk) for chunk in deflater.finish())
    assert len(stream) % 2 == 0
    assert zlib.decompressobj(-15).decompress(stream) == b"".join(pieces)
    assert inflated(stream, memory_limit) == b"".join(pieces)


@given(st.binary(min_size=1, max_size=200), st.data())
def test_no_prefix_is_taken_for_the_whole(data: bytes, choice: st.DataObject) -> None:
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    stream = compressor.compress(data) + compressor.flush()
    cut = choice.draw(st.integers(0, len(stream) - 1))
    try:
        inflated(stream[:cut])
    except InflateError as error:
        assert error.offset <= cut
    else:
        raise AssertionError("a part was taken for the whole")


@given(st.binary(max_size=100))
def test_any_bytes_are_refused_or_inflate_as_zlib_has_it(stream: bytes) -> None:
    try:
        result = inflated(stream)
    except InflateError:
        return
    # The stream may also have the head of zlib's own format (RFC 1950).
    expected = []
    for window in (-15, 15):
        try:
            expected.append(zlib.decompressobj(window).decompress(stream))
        except zlib.error:
            continue
    assert result in expected
