"""The RLE codec against imagecodecs and pylibjpeg-rle: ``python -m benchmarks.micro.rle``.

One thread, whole frames from bytes to bytes, no two alike, so that no processor learns a frame by
heart. CT is what the other benchmarks send, and real slices where pydicom-data is installed; US is
a real image in RGB. Real images are turned and mirrored eight ways.

Both peers decode to colour by plane, the order of the segments; "by pixel" also puts the samples of
each pixel together. imagecodecs has no RLE encoder: measured is its PackBits, given the byte planes
ready made, rows apart. All results are checked.
"""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

import imagecodecs
from rle import rle as pylibjpeg_rle

from benchmarks import machine
from benchmarks.alternate import Sample, Timing, alternate
from benchmarks.micro.images import Image, made_ct, real
from benchmarks.report import machine_table, table
from fastsend._native import rle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_RUNS = 9
_REAL = {
    "CT, real": "693_UNCR.dcm",
    "CT, real, two": "eCT_Supplemental.dcm",
    "US, RGB": "US1_UNCR.dcm",
    "RGB": "examples_rgb_color.dcm",
}


class Frame(NamedTuple):
    """What is encoded and decoded."""

    image: Image
    encoded: bytes


def _works() -> Iterator[tuple[str, list[Frame]]]:
    works = {"CT, made": made_ct()} | {name: real(file) for name, file in _REAL.items()}
    for name, images in works.items():
        if images:
            yield (
                name,
                [Frame(image, rle.encode(image.by_pixel, **image.attributes)) for image in images],
            )


def _decode(frame: Frame) -> bytes:
    return rle.decode(frame.encoded, **frame.image.attributes, planar_configuration=1)


def _decode_by_pixel(frame: Frame) -> bytes:
    return rle.decode(frame.encoded, **frame.image.attributes)


def _decode_imagecodecs(frame: Frame) -> Any:
    return imagecodecs.dicomrle_decode(
        frame.encoded, f"u{frame.image.attributes['bits_allocated'] // 8}"
    )


def _decode_pylibjpeg(frame: Frame) -> bytearray:
    bits = frame.image.attributes["bits_allocated"]
    pixels = frame.image.attributes["rows"] * frame.image.attributes["columns"]
    decoded: bytearray = pylibjpeg_rle.decode_frame(frame.encoded, pixels, bits, "<")
    return decoded


def _encode(frame: Frame) -> bytes:
    return rle.encode(frame.image.by_plane, **frame.image.attributes, planar_configuration=1)


def _encode_by_pixel(frame: Frame) -> bytes:
    return rle.encode(frame.image.by_pixel, **frame.image.attributes)


def _encode_imagecodecs(frame: Frame) -> list[bytes | bytearray]:
    return [imagecodecs.packbits_encode(plane) for plane in frame.image.byte_planes]


def _encode_pylibjpeg(frame: Frame) -> bytes:
    encoded: bytes = pylibjpeg_rle.encode_frame(
        frame.image.by_pixel, *frame.image.attributes.values(), "<"
    )
    return encoded


def _check(frames: Iterable[Frame]) -> None:
    for frame in frames:
        assert _decode_by_pixel(frame) == frame.image.by_pixel
        for decode in (_decode, _decode_imagecodecs, _decode_pylibjpeg):
            assert bytes(decode(frame)) == frame.image.by_plane
        for encode in (_encode, _encode_by_pixel, _encode_pylibjpeg):
            assert _decode(frame._replace(encoded=encode(frame))) == frame.image.by_plane


def _timed(step: Callable[[Frame], object], frames: list[Frame]) -> Callable[[], Sample]:
    def action() -> Sample:
        wall, cpu = time.perf_counter(), time.process_time()
        for frame in frames:
            step(frame)
        return Sample(time.perf_counter() - wall, time.process_time() - cpu)

    return action


def _rows(work: str, frames: list[Frame], timings: dict[str, Timing]) -> Iterator[list[str]]:
    megabytes = sum(len(frame.image.by_pixel) for frame in frames) / 1e6
    best = min(
        timing.wall.median for name, timing in timings.items() if not name.startswith("fastsend")
    )
    for name, timing in timings.items():
        wall = timing.wall
        rates = (megabytes / seconds for seconds in (wall.median, wall.most, wall.least))
        rate = "{:,.0f} ({:,.0f}-{:,.0f})".format(*rates)
        yield [work, name, rate, f"{best / wall.median:.2f}"]


def main() -> None:
    rows: list[list[str]] = []
    for work, frames in _works():
        _check(frames)
        decoders = {
            "fastsend": _decode,
            "fastsend, by pixel": _decode_by_pixel,
            "imagecodecs": _decode_imagecodecs,
            "pylibjpeg-rle": _decode_pylibjpeg,
        }
        encoders = {
            "fastsend": _encode,
            "fastsend, by pixel": _encode_by_pixel,
            "imagecodecs packbits": _encode_imagecodecs,
            "pylibjpeg-rle": _encode_pylibjpeg,
        }
        for direction, codecs in (("decode", decoders), ("encode", encoders)):
            if frames[0].image.attributes["samples_per_pixel"] == 1:
                del codecs["fastsend, by pixel"]
            actions = {name: _timed(codec, frames) for name, codec in codecs.items()}
            rows += _rows(f"{direction} {work}", frames, alternate(_RUNS, 1, actions))
    print(machine_table(machine.describe()))
    print(f"- imagecodecs: {imagecodecs.__version__}\n- pylibjpeg-rle: {version('pylibjpeg-rle')}")
    print(f"\nMB/s of native pixels, median of {_RUNS} runs (least-most):\n")
    print(table(("work", "codec", "MB/s", "times the best peer"), rows))


if __name__ == "__main__":
    main()
