"""JPEG Lossless SV1 (ISO/IEC 10918-1 Annex H), by the project's own kernel: it encodes only."""

from __future__ import annotations

from fastsend._native import jpeg_lossless
from fastsend.codecs.job import FrameJob, FrameResult


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame of Bits Allocated; the GIL is released."""
    pixels = job.pixels
    length = jpeg_lossless.encode(
        native,
        rows=pixels.rows,
        columns=pixels.columns,
        samples_per_pixel=pixels.samples_per_pixel,
        bits_allocated=pixels.bits_allocated,
        planar_configuration=pixels.planar_configuration if pixels.samples_per_pixel > 1 else 0,
        out=out,
    )
    return FrameResult(length, pixels.photometric_interpretation, "")
