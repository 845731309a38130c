"""JPEG-LS (ISO/IEC 14495-1) by imagecodecs' jpegls, which is CharLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

from fastsend.codecs.backends.output import put_encoded
from fastsend.codecs.backends.samples import (
    bits_that_count,
    native_samples,
    put_native,
    target,
)
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.syntaxes import JPEG_LS_NEAR_LOSSLESS

if TYPE_CHECKING:
    from fastsend.codecs.backends.samples import Array
    from fastsend.codecs.header import Header
    from fastsend.model.pixels import PixelFormat

# Their stubs know neither memoryview nor all numbers.
jpegls_decode: Any = imagecodecs.jpegls_decode
jpegls_encode: Any = imagecodecs.jpegls_encode

_APP8 = b"\xff\xe8"


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame, its components in one scan or in several."""
    room = None if header.by_plane else target(header, job.pixels, out)
    return put_native(jpegls_decode(codestream, out=room), job, header, out)


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame, of Bits Allocated: signed samples come back as they were, too."""
    samples = native_samples(native, job.pixels)
    near, lossy = 0, False
    if job.transfer_syntax_uid == JPEG_LS_NEAR_LOSSLESS:
        if job.quality.near is None:
            raise CodecError("JPEG-LS near-lossless needs the difference that it may make")
        near, lossy = job.quality.near, True
        samples, near = _kept_in_range(samples, near, job.pixels)
    # CharLS would reserve too little for noise.
    encoded = jpegls_encode(samples.view(f"u{samples.itemsize}"), level=near, out=len(out))
    length = put_encoded(_without_spiff(encoded), out)
    return FrameResult(length, job.pixels.photometric_interpretation, "", lossy=lossy)


def _kept_in_range(samples: Array, near: int, pixels: PixelFormat) -> tuple[Array, int]:
    """Return what to encode so that no decoded sample leaves the range of Bits Stored.

    The codestream has the range of Bits Allocated, without sign: near the ends of the range of the
    samples, the difference could carry them over. Where there are such, half of it is spent on
    moving them away, and the other half on the coding.
    """
    bits = bits_that_count(samples, pixels)
    least = -(1 << bits - 1) if pixels.pixel_representation else 0
    most = least + (1 << bits) - 1
    if bits == pixels.bits_allocated and not pixels.pixel_representation:
        return samples, near  # the codec keeps within the range of its codestream
    if samples.min() >= least + near and samples.max() <= most - near:
        return samples, near
    half = near // 2
    return np.clip(samples, least + half, most - half), half


def _without_spiff(encoded: bytes) -> memoryview:
    """Return the codestream that follows a SPIFF file header, whose colour space may be wrong.

    The header is APP8 segments, the last of which ends with the SOI of the codestream
    (ISO/IEC 10918-3 Annex F).
    """
    position = 2
    while encoded[position : position + 2] == _APP8:
        position += 2 + int.from_bytes(encoded[position + 2 : position + 4], "big")
    return memoryview(encoded)[position - 2 if position > 2 else 0 :]
