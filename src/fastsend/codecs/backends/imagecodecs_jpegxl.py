"""JPEG XL (ISO/IEC 18181) by imagecodecs' jpegxl, which is libjxl."""

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
from fastsend.codecs.syntaxes import JPEG_XL, JPEG_XL_RECOMPRESSION

if TYPE_CHECKING:
    from fastsend.codecs.header import Header

# Their stubs know neither memoryview nor all numbers.
jpegxl_decode: Any = imagecodecs.jpegxl_decode
jpegxl_decode_jpeg: Any = imagecodecs.jpegxl_decode_jpeg
jpegxl_encode: Any = imagecodecs.jpegxl_encode

_EFFORT = 3
"""Lossless frames are smaller than those of JPEG-LS from here on; the next efforts are five times
slower."""
_FINEST, _COARSEST = 0.01, 25.0
"""Butteraugli distances."""
_CONTAINER = b"\0\0\0\x0cJXL "


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame; what was a JPEG codestream becomes that one first, where it can."""
    if job.transfer_syntax_uid == JPEG_XL_RECOMPRESSION and bytes(codestream[:8]) == _CONTAINER:
        return _decode_recompressed(codestream, job, out)
    room = target(header, job.pixels, out)
    result = put_native(jpegxl_decode(codestream, numthreads=1, out=room), job, header, out)
    if header.components == 3 and not header.lossless:
        return result._replace(photometric_interpretation="RGB")
    return result


def _decode_recompressed(codestream: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    from fastsend.codecs.backends import imagecodecs_jpeg8
    from fastsend.codecs.header import check, read

    jpeg = memoryview(jpegxl_decode_jpeg(codestream, numthreads=1))
    header = read(jpeg)
    check(header, job.pixels, len(jpeg))
    return imagecodecs_jpeg8.decode(jpeg, job, header, out)


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame, without loss or to a compression ratio, as a bare codestream."""
    pixels = job.pixels
    samples = native_samples(native, pixels)
    bits = bits_that_count(samples, pixels)
    samples = narrow(samples, bits)
    if job.transfer_syntax_uid != JPEG_XL:
        encoded = jpegxl_encode(
            samples, lossless=True, effort=_EFFORT, bitspersample=bits, numthreads=1
        )
        return FrameResult(put_encoded(encoded, out), pixels.photometric_interpretation, "")
    if bits != pixels.bits_stored:
        raise CodecError("there is something in the bits above Bits Stored")

    def coarse(distance: float) -> bytes:
        made: bytes = jpegxl_encode(
            samples,
            lossless=False,
            effort=_EFFORT,
            distance=distance,
            bitspersample=bits,
            numthreads=1,
        )
        return made

    wanted = wanted_length(job.quality.ratio, pixels.frame_length)
    length = put_encoded(reach_length(coarse, _FINEST, _COARSEST, wanted), out)
    interpretation = "XYB" if pixels.samples_per_pixel == 3 else pixels.photometric_interpretation
    return FrameResult(length, interpretation, "", lossy=True)
