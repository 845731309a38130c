"""Codestreams that crash or hang codec libraries, from the corpus beside the project."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codec_pools import FakePool
from fastsend.codecs import pool as pool_module
from fastsend.codecs.job import CodecError, FrameJob
from fastsend.codecs.pool import CodecPool
from fastsend.model.pixels import PixelFormat
from peers.corpus import PROJECT

if TYPE_CHECKING:
    from fastsend.codecs.pool import Block, FrameFuture

TESTS = Path(__file__).parents[1]
CRASHES = sorted((PROJECT.parent / "shared" / "corpus" / "codec-crash").glob("*.*.*"))

LARGEST_BYTES = 64 << 20
"""Frames are not made larger than this here, whatever a codestream says."""

JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LS = "1.2.840.10008.1.2.4.80"

GRADIENT = PixelFormat(16, 256, 1, 8, 8, 7, 0, 0, "MONOCHROME2")

pytestmark = [
    pytest.mark.skipif(not CRASHES, reason="the corpus is not beside the project"),
    pytest.mark.skipif(
        importlib.util.find_spec("imagecodecs") is None, reason="imagecodecs is not installed"
    ),
]


def pixels_as_in(codestream: bytes) -> PixelFormat:
    """Return attributes that agree with the frame header (T.81 B.2.2): nothing else stops it."""
    for at in range(len(codestream) - 9):
        if codestream[at] == 0xFF and codestream[at + 1] in {0xC0, 0xC1, 0xC2, 0xC3, 0xF7}:
            precision, samples = codestream[at + 4], codestream[at + 9]
            rows = int.from_bytes(codestream[at + 5 : at + 7], "big")
            columns = int.from_bytes(codestream[at + 7 : at + 9], "big")
            allocated = 8 if precision <= 8 else 16
            stored = min(max(precision, 1), allocated)
            colour = "RGB" if samples == 3 else "MONOCHROME2"
            pixels = PixelFormat(
                rows, columns, samples, allocated, stored, stored - 1, 0, 0, colour
            )
            if pixels.frame_length <= LARGEST_BYTES:
                return pixels
    return PixelFormat(512, 512, 1, 16, 12, 11, 0, 0, "MONOCHROME2")


def submit(
    pool: CodecPool, job: FrameJob, data: bytes, room: int | None = None
) -> tuple[Block, FrameFuture]:
    block = pool.reserve(len(data), job.pixels.frame_length if room is None else room)
    block.input[:] = data
    return block, pool.submit(job, block, len(data))


def outcome(begun: tuple[Block, FrameFuture]) -> bytes | str:
    """Return the output, or the reason why there is none."""
    block, future = begun
    try:
        return bytes(block.output[: future.result().length])
    except CodecError as error:
        return str(error)
    finally:
        block.release()


def test_with_the_decoders_in_use_each_costs_no_more_than_itself():
    gradient = bytes(range(256)) * 16
    with CodecPool(2, memory=1 << 30) as pool:  # all at once
        encode = FrameJob("encode", JPEG_LS, GRADIENT)
        codestream = outcome(submit(pool, encode, gradient, room=100_000))
        assert isinstance(codestream, bytes), codestream
        decode = FrameJob("decode", JPEG_LS, GRADIENT)
        begun = []
        for path in CRASHES:
            data = path.read_bytes()
            syntaxes = (JPEG_LS,) if "jpegls" in path.name else (JPEG_LOSSLESS, JPEG_EXTENDED)
            for syntax in syntaxes:
                job = FrameJob("decode", syntax, pixels_as_in(data))
                begun.append((path.name, job, submit(pool, job, data)))
                begun.append(("between", decode, submit(pool, decode, codestream)))
        for name, job, frame in begun:
            found = outcome(frame)
            if name == "between":
                assert found == gradient
            elif isinstance(found, str):
                assert found
                assert found.isprintable()
            else:
                assert len(found) == job.pixels.frame_length


def test_with_the_decoders_that_they_crash_each_costs_no_more_than_itself(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setattr(pool_module, "deadline_seconds", lambda operation, size: 20.0)
    pixels = PixelFormat(64, 64, 1, 16, 12, 11, 0, 0, "MONOCHROME2")
    of_fragile_ones = [path for path in CRASHES if path.name.startswith(("ljpeg.", "jpegsof3."))]
    with FakePool(2) as pool:
        begun = []
        for path in of_fragile_ones[::4]:
            job = FrameJob("decode", f"imagecodecs {path.name.split('.')[0]}", pixels)
            begun.append(submit(pool, job, path.read_bytes()))
        reasons = [found for found in map(outcome, begun) if isinstance(found, str)]
        assert pool.do("fine").startswith(b"fine")
    # Not each of them crashes every version; what it does instead is as good.
    assert [reason for reason in reasons if "the decoder crashed (SIG" in reason]
