"""Deflated streams in any pieces and with any damage, against Python's zlib."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsend._native import deflate

LEVELS = st.integers(0, 9)
CHUNK = 1024 * 1024
MOST = 4 * CHUNK


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Runs and repeated pieces, up to some chunks long and often near the end of one."""
    run = st.tuples(st.binary(min_size=1, max_size=40), st.integers(1, 9) | st.integers(250, 2000))
    pieces = [piece * count for piece, count in draw(st.lists(run, max_size=20))]
    data = b"".join(pieces)
    if data and draw(st.integers(0, 9)) == 0:
        length = draw(st.integers(1, 3)) * CHUNK + draw(st.integers(-2, 2))
        data = (data * (length // len(data) + 1))[:length]
    return data


def raw(data: bytes, level: int) -> bytes:
    encoder = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return encoder.compress(data) + encoder.flush()


def inflated(stream: bytes) -> tuple[bytes, bytes] | None:
    """What zlib makes of a stream and what it leaves; None where it refuses or wants more."""
    # The first byte of the zlib format is taken for it.
    bits = zlib.MAX_WBITS if stream[:1] == b"\x78" else -zlib.MAX_WBITS
    decoder = zlib.decompressobj(bits)
    try:
        data = decoder.decompress(stream, MOST)
    except zlib.error:
        return None
    return (data, decoder.unused_data) if decoder.eof else None


@given(contents(), LEVELS, st.data())
def test_any_pieces_give_one_stream(data: bytes, level: int, drawn: st.DataObject) -> None:
    sizes = st.integers(1, 50) | st.integers(1, 2 * CHUNK)
    encoder = deflate.Encoder(level)
    stream = bytearray()
    at = 0
    ended = False
    size = room = 1
    for step in range(100_000):
        if step < 20:
            size, room = drawn.draw(sizes), drawn.draw(sizes)
        elif step == 20:
            size = room = CHUNK
        out = bytearray(room)
        taken, written, ended = encoder.next(data[at : at + size], out, last=at + size >= len(data))
        at += taken
        stream += out[:written]
        if ended:
            break
    assert ended
    assert len(stream) % 2 == 0
    found = inflated(bytes(stream))
    assert found is not None
    assert found[0] == data
    assert found[1] in {b"", b"\0"}
    assert deflate.decode(stream, max_length=len(data)) == data


@given(contents(), LEVELS, st.binary(max_size=3))
def test_any_stream_of_zlib(data: bytes, level: int, after: bytes) -> None:
    stream = raw(data, level)
    assert deflate.decode(stream + after, max_length=len(data)) == data
    assert deflate.decode(zlib.compress(data, level) + after, max_length=len(data)) == data
    if len(data) > 1:
        with pytest.raises(ValueError, match="more than the limit"):
            deflate.decode(stream, max_length=len(data) - 1)


@given(contents().filter(lambda data: len(data) < CHUNK), LEVELS, st.data())
def test_damage_is_refused_or_read_as_by_zlib(
    data: bytes, level: int, drawn: st.DataObject
) -> None:
    stream = bytearray(raw(data, level))
    for _ in range(drawn.draw(st.integers(1, 3))):
        at = drawn.draw(st.integers(0, len(stream)))
        stream[at : at + drawn.draw(st.integers(0, 2))] = drawn.draw(st.binary(max_size=2))
    _compare(bytes(stream))


@given(st.binary(max_size=300))
def test_any_bytes(stream: bytes) -> None:
    _compare(stream)


def _compare(stream: bytes) -> None:
    expected = inflated(stream)
    if expected is None:
        with pytest.raises(ValueError, match="at byte"):
            deflate.decode(stream, max_length=MOST)
        return
    decoder = deflate.Decoder()
    out = bytearray(MOST)
    taken, written, ended = decoder.next(stream, out, last=True)
    assert ended
    assert (out[:written], stream[taken:]) == expected
