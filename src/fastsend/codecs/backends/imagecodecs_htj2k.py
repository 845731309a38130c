"""HTJ2K (ISO/IEC 15444-15) by imagecodecs' htj2k, which is OpenJPH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

from fastsend.codecs.backends.output import put_encoded
from fastsend.codecs.backends.rate import reach_length, wanted_length
from fastsend.codecs.backends.samples import bits_that_count, native_samples, put_native, target
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.syntaxes import HTJ2K

if TYPE_CHECKING:
    from fastsend.codecs.header import Header
    from fastsend.model.pixels import PixelFormat

# Their stubs know neither memoryview nor all numbers.
htj2k_decode: Any = imagecodecs.htj2k_decode
htj2k_encode: Any = imagecodecs.htj2k_encode

_THUMBNAIL = 64
"""The longest side of the lowest resolution that the RPCL options ask for, in pixels."""
_FINEST, _COARSEST = 0.0001, 0.5
"""Quantisation steps, as parts of the range of a sample."""


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame; RCT and ICT become RGB."""
    room = target(header, job.pixels, out)
    return put_native(htj2k_decode(codestream, planar=False, out=room), job, header, out)


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame of Bits Allocated, without loss or to a compression ratio.

    All have what the RPCL options ask for (PS3.5 A.4.11): the progression order, a TLM segment and
    enough resolutions.
    """
    pixels = job.pixels
    samples = native_samples(native, pixels)
    lossy = job.transfer_syntax_uid == HTJ2K
    if lossy and bits_that_count(samples, pixels) != pixels.bits_stored:
        raise CodecError("there is something in the bits above Bits Stored")
    rgb = pixels.photometric_interpretation == "RGB"

    def encoded(step: float) -> bytes:
        made: bytes = htj2k_encode(
            samples,
            level=step or None,
            rgb=rgb,
            planar=False,
            resolutions=_decompositions(pixels),
            reversible=not step,
            tlm=True,
        )
        return made

    if not lossy:
        exact = encoded(0)
        # OpenJPH 0.32 encodes frames with a side of one pixel to others, and does not say so;
        # looking takes a small part of the time.
        if not np.array_equal(htj2k_decode(exact, planar=False), samples):
            raise CodecError("what it encodes is not the same pixels")
        length = put_encoded(exact, out)
    else:
        wanted = wanted_length(job.quality.ratio, pixels.frame_length)
        length = put_encoded(reach_length(encoded, _FINEST, _COARSEST, wanted), out)
    interpretation = pixels.photometric_interpretation
    if rgb:
        interpretation = "YBR_ICT" if lossy else "YBR_RCT"
    return FrameResult(length, interpretation, "", lossy=lossy)


def _decompositions(pixels: PixelFormat) -> int:
    levels, side = 1, max(pixels.rows, pixels.columns)
    if min(pixels.rows, pixels.columns) == 1 and side <= _THUMBNAIL:
        return 0  # a thumbnail already
    while (side >> levels) > _THUMBNAIL:
        levels += 1
    return max(levels, 5)
