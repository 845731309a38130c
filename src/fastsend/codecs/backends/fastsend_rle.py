"""RLE Lossless (PS3.5 Annex G), by the project's own kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend._native import rle
from fastsend.codecs.backends.output import put_encoded
from fastsend.codecs.job import FrameJob, FrameResult

if TYPE_CHECKING:
    from fastsend.codecs.header import Header
    from fastsend.model.pixels import PixelFormat


def decode(
    codestream: memoryview, job: FrameJob, _header: Header | None, out: memoryview
) -> FrameResult:
    """Decode one frame to colour by pixel; the GIL is released."""
    pixels = job.pixels
    rle.decode(codestream, **_shape(pixels), planar_configuration=0, out=out[: pixels.frame_length])
    return _decoded(pixels)


def decode_frames(
    frames: list[tuple[memoryview, memoryview]], job: FrameJob
) -> tuple[FrameResult, list[ValueError | None]]:
    """Decode up to 16 frames to colour by pixel; the GIL is released once for all of them.

    Returns what each of them is, and for each why it is not.
    """
    pixels = job.pixels
    length = pixels.frame_length
    errors = rle.decode_frames(
        [(codestream, out[:length]) for codestream, out in frames],
        **_shape(pixels),
        planar_configuration=0,
    )
    return _decoded(pixels), errors


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame; the GIL is released."""
    pixels = job.pixels
    encoded = rle.encode(native, **_shape(pixels), planar_configuration=pixels.planar_configuration)
    return FrameResult(put_encoded(encoded, out), pixels.photometric_interpretation, "")


def _decoded(pixels: PixelFormat) -> FrameResult:
    interpretation = pixels.photometric_interpretation
    # RLE has all samples of all pixels, whatever the attribute says.
    return FrameResult(
        pixels.frame_length,
        "YBR_FULL" if interpretation == "YBR_FULL_422" else interpretation,
        "",
    )


def _shape(pixels: PixelFormat) -> dict[str, int]:
    return {
        "rows": pixels.rows,
        "columns": pixels.columns,
        "samples_per_pixel": pixels.samples_per_pixel,
        "bits_allocated": pixels.bits_allocated,
    }
