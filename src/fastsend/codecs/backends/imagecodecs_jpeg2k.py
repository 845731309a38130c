"""JPEG 2000 (ISO/IEC 15444-1) by imagecodecs' jpeg2k, which is OpenJPEG; it decodes HTJ2K, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs

from fastsend.codecs.backends.output import put_encoded
from fastsend.codecs.backends.rate import reach_length, wanted_length
from fastsend.codecs.backends.samples import (
    bits_that_count,
    narrow,
    native_samples,
    put_native,
    target,
)
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.syntaxes import JPEG_2000

if TYPE_CHECKING:
    from fastsend.codecs.header import Header

# Their stubs know neither memoryview nor all numbers.
jpeg2k_decode: Any = imagecodecs.jpeg2k_decode
jpeg2k_encode: Any = imagecodecs.jpeg2k_encode

_FINEST, _COARSEST = 1 / 120, 1 / 15
"""One over the signal to noise ratio, in decibels, that the library counts in."""


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame; RCT and ICT become RGB."""
    room = target(header, job.pixels, out)
    samples = jpeg2k_decode(codestream, planar=False, numthreads=1, out=room)
    return put_native(samples, job, header, out)


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame, without loss or to a compression ratio."""
    pixels = job.pixels
    samples = native_samples(native, pixels)
    bits = bits_that_count(samples, pixels)
    if bits > 24:
        raise CodecError(f"OpenJPEG is sure of 24 bits a sample, and {bits} are in use")
    samples = narrow(samples, bits)
    rgb = pixels.photometric_interpretation == "RGB"

    def encoded(coarseness: float) -> bytes:
        made: bytes = jpeg2k_encode(
            samples,
            level=1 / coarseness if coarseness else None,
            codecformat="J2K",
            colorspace="SRGB" if rgb else "UNSPECIFIED",
            mct=rgb,
            planar=False,
            bitspersample=bits,
            reversible=not coarseness,
            numthreads=1,
        )
        return made

    lossy = job.transfer_syntax_uid == JPEG_2000
    if not lossy:
        length = put_encoded(encoded(0), out)
    else:
        wanted = wanted_length(job.quality.ratio, pixels.frame_length)
        length = put_encoded(reach_length(encoded, _FINEST, _COARSEST, wanted), out)
    interpretation = pixels.photometric_interpretation
    if rgb:
        interpretation = "YBR_ICT" if lossy else "YBR_RCT"
    return FrameResult(length, interpretation, "", lossy=lossy)
