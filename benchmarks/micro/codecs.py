"""Every decoder and encoder of the registry: ``python -m benchmarks.micro.codecs``.

One core, one frame after the other, through the back ends as a worker calls them: from the
codestream in one buffer to the native frame in another, header check and colour included. CT is
what the other benchmarks send, and real slices where pydicom-data is installed; US is a real image
in RGB. Real images are turned and mirrored eight ways. Each lossless result is checked. What counts
is CPU time, so that other work on the machine matters less.

The peers of a row are the other codecs of the same syntax; the best of them is 1.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import machine
from benchmarks.alternate import Sample, alternate
from benchmarks.micro.images import Image, made_ct, real
from benchmarks.report import machine_table, table
from fastsend.codecs import header, registry, syntaxes
from fastsend.codecs.codec_table import DECODERS, ENCODERS
from fastsend.codecs.job import FrameJob
from fastsend.model.pixels import PixelFormat, Quality
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES, transfer_syntax_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastsend.codecs.codec_table import Codec

_RUNS = 5
_FRAMES = 4
_QUALITY = Quality(jpeg=90, near=2, ratio=10.0)
_WORKS = {"CT, made": "", "CT, real": "693_UNCR.dcm", "US, RGB": "US1_UNCR.dcm"}

_SHORT = {
    syntaxes.ENCAPSULATED_UNCOMPRESSED: "Encapsulated Uncompressed",
    syntaxes.JPEG_LOSSLESS_SV1: "JPEG Lossless SV1",
    syntaxes.JPEG_LS_LOSSLESS: "JPEG-LS Lossless",
    syntaxes.JPEG_LS_NEAR_LOSSLESS: "JPEG-LS Near-Lossless",
    syntaxes.JPEG_2000_LOSSLESS: "JPEG 2000 Lossless",
    syntaxes.JPEG_2000: "JPEG 2000",
    syntaxes.HTJ2K_LOSSLESS: "HTJ2K Lossless",
    syntaxes.HTJ2K_LOSSLESS_RPCL: "HTJ2K Lossless RPCL",
    syntaxes.HTJ2K: "HTJ2K",
}


class Work(NamedTuple):
    """Frames for one codec."""

    job: FrameJob
    native: list[memoryview]
    encoded: list[memoryview]


def _pixels(image: Image) -> PixelFormat:
    shape = image.attributes
    bits, samples = shape["bits_allocated"], shape["samples_per_pixel"]
    colour = "RGB" if samples == 3 else "MONOCHROME2"
    return PixelFormat(shape["rows"], shape["columns"], samples, bits, bits, bits - 1, 0, 0, colour)


def _work(uid: str, images: list[Image]) -> Work | None:
    pixels = _pixels(images[0])
    job = FrameJob("encode", uid, pixels, quality=_QUALITY)
    if not any(codec.takes(pixels) for codec in ENCODERS.get(uid, ())):
        return None
    native = [memoryview(image.by_pixel) for image in images[:_FRAMES]]
    return Work(job, native, [_encoded(job, frame) for frame in native])


def _encoded(job: FrameJob, native: memoryview) -> memoryview:
    out = memoryview(bytearray(registry.output_room(job)))
    return out[: registry.run(job, native, out).length]


def _attributes_of_encoded(work: Work) -> FrameJob:
    """Return the job that decodes: with the photometric interpretation that the encoder names."""
    out = memoryview(bytearray(registry.output_room(work.job)))
    named = registry.run(work.job, work.native[0], out).photometric_interpretation
    pixels = work.job.pixels._replace(photometric_interpretation=named)
    return work.job._replace(operation="decode", pixels=pixels, rgb=True)


def _decoding(codec: Codec, work: Work) -> Callable[[], Sample]:
    module = import_module(f"fastsend.codecs.backends.{codec.module}")
    job = _attributes_of_encoded(work)
    out = memoryview(bytearray(job.pixels.frame_length))
    exact = TRANSFER_SYNTAXES[job.transfer_syntax_uid].coding != "lossy"

    def action() -> Sample:
        wall, cpu = time.perf_counter(), time.process_time()
        for frame in work.encoded:
            read = None if codec.runs_in == "thread" else header.read(frame)
            module.decode(frame, job, read, out)
        sample = Sample(time.perf_counter() - wall, time.process_time() - cpu)
        assert not exact or out == work.native[-1]
        return sample

    return action


def _encoding(codec: Codec, work: Work) -> Callable[[], Sample]:
    module = import_module(f"fastsend.codecs.backends.{codec.module}")
    out = memoryview(bytearray(registry.output_room(work.job)))

    def action() -> Sample:
        wall, cpu = time.perf_counter(), time.process_time()
        for frame in work.native:
            module.encode(frame, work.job, out)
        return Sample(time.perf_counter() - wall, time.process_time() - cpu)

    return action


def _rows(name: str, images: list[Image]) -> Iterator[list[str]]:
    for uid in syntaxes.ENCAPSULATIONS:
        work = _work(uid, images)
        if work is None:
            continue
        native = sum(len(frame) for frame in work.native)
        ratio = native / sum(len(frame) for frame in work.encoded)
        for direction, codecs, action in (
            ("decode", DECODERS[uid], _decoding),
            ("encode", ENCODERS[uid], _encoding),
        ):
            actions = {
                codec.name: action(codec, work)
                for codec in codecs
                if registry.installed(codec.package) and codec.takes(work.job.pixels)
            }
            timings = alternate(_RUNS, 1, actions)
            best = min(timing.cpu.median for timing in timings.values())
            for codec, timing in timings.items():
                yield [
                    f"{direction} {_SHORT.get(uid, transfer_syntax_name(uid))}, {name}",
                    codec,
                    f"{native / 1e6 / timing.cpu.median:,.0f}",
                    f"{best / timing.cpu.median:.2f}",
                    f"{ratio:.2f}",
                ]


def main() -> None:
    rows: list[list[str]] = []
    for name, file in _WORKS.items():
        images = real(file) if file else made_ct(_FRAMES)
        rows += _rows(name, images) if images else []
    print(machine_table(machine.describe()))
    codecs = {codec.library: codec for row in DECODERS.values() for codec in row}
    for library, codec in codecs.items():
        print(f"- {library}: {registry.available(codec) or 'not installed'}")
    print(f"\nMB/s of native pixels and CPU time, median of {_RUNS} runs of {_FRAMES} frames:\n")
    print(table(("work", "codec", "MB/s", "of the best", "times smaller"), rows))


if __name__ == "__main__":
    main()
