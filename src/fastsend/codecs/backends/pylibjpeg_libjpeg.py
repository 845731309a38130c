"""JPEG, JPEG Lossless and JPEG-LS by pylibjpeg-libjpeg (GPL), which holds the GIL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from libjpeg.utils import (  # type: ignore[import-not-found,unused-ignore]
    decode as libjpeg_decode,
)

from fastsend.codecs.backends.samples import put_native
from fastsend.codecs.job import CodecError

if TYPE_CHECKING:
    from fastsend.codecs.header import Header
    from fastsend.codecs.job import FrameJob, FrameResult

_AS_IT_IS, _YBR_TO_RGB = 0, 1


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame that is whole: what is missing, this library makes up."""
    if not header.ended:
        raise CodecError("the JPEG codestream lacks its end")
    ybr = job.pixels.photometric_interpretation.startswith("YBR")
    to_rgb = job.rgb and ybr and header.coding == "JPEG" and header.components == 3
    samples = libjpeg_decode(bytes(codestream), _YBR_TO_RGB if to_rgb else _AS_IT_IS)
    result = put_native(samples, job, header, out)
    return result._replace(photometric_interpretation="RGB") if to_rgb else result
