"""Native frames of any layout, against one bit at a time."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from fastsend.convert.attributes import native_value_length
from fastsend.convert.native_frames import FrameJoiner, NativeFrames
from fastsend.model.pixels import PixelFormat
from reference.encapsulated import open_file
from reference.rle import pack_bits, unpack_bits


class Image(NamedTuple):
    pixels: PixelFormat
    frames: list[bytes]
    """The bits of each, a byte a bit."""


@st.composite
def images(draw: st.DrawFn) -> Image:
    bits = draw(st.sampled_from((1, 8, 16, 24, 32, 64)))
    samples = 1 if bits == 1 else draw(st.integers(1, 3))
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    photometric = "MONOCHROME2" if samples == 1 else "RGB"
    pixels = PixelFormat(rows, columns, samples, bits, bits, bits - 1, 0, 0, photometric)
    length = rows * columns * samples * bits
    count = draw(st.integers(1, 4))
    noise = draw(st.binary(min_size=count * -(-length // 8), max_size=count * -(-length // 8)))
    all_bits = unpack_bits(noise, 8 * len(noise))
    return Image(pixels, [all_bits[i * length : (i + 1) * length] for i in range(count)])


def swapped(value: bytes) -> bytes:
    return b"".join(value[i : i + 2][::-1] for i in range(0, len(value), 2))


@given(images(), st.booleans())
def test_every_frame_is_read(image: Image, swap: bool) -> None:
    value = pack_bits(b"".join(image.frames))
    value += bytes(len(value) % 2)
    stored = swapped(value) if swap else value
    count = len(image.frames)
    with open_file(b"?" + stored + b"?") as fd:
        frames = NativeFrames(fd, 1, len(stored), image.pixels, count, swap=swap)
        assert len(frames) == count
        for number, bits in enumerate(image.frames):
            buffer = memoryview(bytearray(image.pixels.frame_length))
            assert frames.read_into(number, buffer) == len(buffer)
            assert buffer == pack_bits(bits)


@given(images())
def test_every_frame_is_joined(image: Image) -> None:
    joiner = FrameJoiner(image.pixels.frame_bits)
    joined = b"".join(bytes(joiner.push(pack_bits(bits))) for bits in image.frames)
    joined += joiner.finish()
    assert joined == pack_bits(b"".join(image.frames))
    length = native_value_length(image.pixels, len(image.frames))
    assert length == len(joined) + len(joined) % 2
