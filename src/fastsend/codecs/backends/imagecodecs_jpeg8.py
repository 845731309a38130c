"""JPEG and JPEG Lossless (ISO/IEC 10918-1) by imagecodecs' jpeg8, which is libjpeg-turbo 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

from fastsend.codecs.backends.output import put_encoded
from fastsend.codecs.backends.samples import (
    bits_that_count,
    narrow,
    native_samples,
    put_native,
    target,
)
from fastsend.codecs.header import BrokenCodestreamError
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.syntaxes import JPEG_BASELINE

if TYPE_CHECKING:
    from fastsend.codecs.header import Header

# Their stubs know neither memoryview nor all numbers.
jpeg8_decode: Any = imagecodecs.jpeg8_decode
jpeg8_encode: Any = imagecodecs.jpeg8_encode

_TAIL_LENGTH = 1024
"""More bytes than a decoder reads ahead, and than many a lost end needs."""


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame; the attributes, and no marker, decide about its colour space."""
    colour, result_colour = _colours(job, header)
    room = target(header, job.pixels, out)

    def decoded(data: Any, into: Any) -> Any:
        return jpeg8_decode(data, colorspace=colour, outcolorspace=result_colour, out=into)

    samples = decoded(codestream, room) if header.ended else _decode_unended(codestream, decoded)
    result = put_native(samples, job, header, out)
    if result_colour != colour:
        return result._replace(photometric_interpretation=result_colour)
    return result


def _colours(job: FrameJob, header: Header) -> tuple[str, str]:
    if header.components == 1:
        return "GRAYSCALE", "GRAYSCALE"
    if header.components != 3:
        raise CodecError(f"{header.components} components")
    if header.coding == "JPEG" and job.pixels.photometric_interpretation.startswith("YBR"):
        return "YCBCR", "RGB" if job.rgb else "YCBCR"
    return "RGB", "RGB"  # the samples as they are


def _decode_unended(codestream: memoryview, decoded: Any) -> Any:
    """Decode a codestream without EOI, if that is all that it lacks.

    libjpeg fills what is missing with grey and says nothing. So two different ends are put behind
    it: where they change the image, more than the end is missing.
    """
    first, second = (
        decoded(b"".join((codestream, bytes((filler,)) * _TAIL_LENGTH, b"\xff\xd9")), None)
        for filler in (0x00, 0xAA)
    )
    if not np.array_equal(first, second):
        raise BrokenCodestreamError("the JPEG codestream is cut off")
    return first


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Encode one frame: baseline, or extended with 12 bits."""
    if job.quality.jpeg is None:
        raise CodecError("JPEG is lossy: it needs a quality")
    samples = native_samples(native, job.pixels)
    stored = bits_that_count(samples, job.pixels)
    bits = 8 if job.transfer_syntax_uid == JPEG_BASELINE or stored <= 8 else 12
    if stored > bits:
        raise CodecError(f"JPEG holds {bits} bits a sample here, and {stored} are in use")
    interpretation = job.pixels.photometric_interpretation
    colours: dict[str, str] = {}
    if job.pixels.samples_per_pixel == 3:
        source = "RGB" if interpretation == "RGB" else "YCBCR"
        colours = {"colorspace": source, "outcolorspace": "YCBCR", "subsampling": "422"}
        interpretation = "YBR_FULL_422"
    encoded = jpeg8_encode(
        narrow(samples, bits),
        level=job.quality.jpeg,
        bitspersample=bits,
        optimize=True,
        **colours,
    )
    return FrameResult(put_encoded(encoded, out), interpretation, "", lossy=True)
