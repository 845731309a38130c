"""JPEG 2000 by pylibjpeg-openjpeg, which is OpenJPEG; it decodes HTJ2K, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpeg.utils import decode as openjpeg_decode
from openjpeg.utils import encode_buffer

from fastsend.codecs.backends.output import put_encoded
from fastsend.codecs.backends.rate import wanted_length
from fastsend.codecs.backends.samples import (
    bits_that_count,
    narrow,
    native_samples,
    put_native,
)
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.syntaxes import JPEG_2000

if TYPE_CHECKING:
    from fastsend.codecs.header import Header

_SRGB = 1


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame; RCT and ICT become RGB."""
    return put_native(openjpeg_decode(bytes(codestream), 0), job, header, out)


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame without loss, or to a compression ratio in one quality layer."""
    pixels = job.pixels
    samples = native_samples(native, pixels)
    bits = bits_that_count(samples, pixels)
    if bits > 24:
        raise CodecError(f"OpenJPEG is sure of 24 bits a sample, and {bits} are in use")
    lossy = job.transfer_syntax_uid == JPEG_2000
    ratios = None
    if lossy:
        # The library counts from samples without the bits that are not stored.
        length = wanted_length(job.quality.ratio, pixels.frame_length)
        ratios = [max(samples.size * bits / 8 / length, 1.0)]
    rgb = pixels.photometric_interpretation == "RGB"
    encoded = encode_buffer(
        narrow(samples, bits).tobytes(),
        pixels.columns,
        pixels.rows,
        pixels.samples_per_pixel,
        bits,
        bool(pixels.pixel_representation),
        photometric_interpretation=_SRGB if rgb else 0,
        use_mct=rgb,
        compression_ratios=ratios,
    )
    interpretation = pixels.photometric_interpretation
    if rgb:
        interpretation = "YBR_ICT" if lossy else "YBR_RCT"
    return FrameResult(put_encoded(encoded, out), interpretation, "", lossy=lossy)
