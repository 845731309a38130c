"""Decoders and encoders by transfer syntax, in order of preference: the one table.

The order is measured (``docs/codecs.md``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend.codecs.pixel_kinds import (
    COLOUR_OR_GREY_8_16,
    EXTENDED,
    FRAMES,
    LOSSLESS_JPEG_2000,
    LOSSY_8,
    LOSSY_8_16,
    RLE,
    UNSIGNED_8_16,
    UP_TO_16,
    UP_TO_24,
    PixelKind,
)
from fastsend.codecs.syntaxes import (
    DEFLATED_IMAGE_FRAME,
    ENCAPSULATED_UNCOMPRESSED,
    ENCAPSULATIONS,
    HTJ2K,
    HTJ2K_LOSSLESS,
    HTJ2K_LOSSLESS_RPCL,
    JPEG_2000,
    JPEG_2000_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS_SV1,
    JPEG_LS_LOSSLESS,
    JPEG_LS_NEAR_LOSSLESS,
    JPEG_XL,
    JPEG_XL_LOSSLESS,
    RLE_LOSSLESS,
)

if TYPE_CHECKING:
    from fastsend.codecs.header import Coding
    from fastsend.model.pixels import PixelFormat


class Codec(NamedTuple):
    """One codec of one library."""

    name: str
    """As `FrameResult.codec` and ``--list-decoders`` have it."""
    library: str
    """The distribution that it comes with."""
    package: str
    """What that distribution lets import."""
    module: str
    """Under ``fastsend.codecs.backends``."""
    runs_in: Literal["worker", "thread"]
    releases_gil: bool
    pixels: PixelKind
    frames_at_once: int = 1
    """How many it decodes in one call."""

    def takes(self, pixels: PixelFormat) -> bool:
        """Tell whether it can hold such pixels; it may still refuse a frame."""
        return self.pixels.takes(pixels)


def _imagecodecs(codec: str, pixels: PixelKind) -> Codec:
    module = f"imagecodecs_{codec}"
    return Codec(
        f"imagecodecs {codec}", "imagecodecs", "imagecodecs", module, "worker", True, pixels
    )


def _pylibjpeg(codec: str, pixels: PixelKind) -> Codec:
    module = f"pylibjpeg_{codec}"
    return Codec(f"pylibjpeg {codec}", f"pylibjpeg-{codec}", codec, module, "worker", False, pixels)


def _own(kernel: str, pixels: PixelKind) -> Codec:
    name, module = f"fastsend {kernel}", f"fastsend_{kernel.replace(' ', '_')}"
    return Codec(name, "dicom-fastsend", "fastsend", module, "thread", True, pixels)


_RLE = _own("rle", RLE)._replace(frames_at_once=8)
_FRAMES = _own("frames", FRAMES)
_JPEG_LOSSLESS = _own("jpeg lossless", COLOUR_OR_GREY_8_16)
_JPEG8 = _imagecodecs("jpeg8", UP_TO_16)
_JPEGLS = _imagecodecs("jpegls", UP_TO_16)
_JPEG2K = _imagecodecs("jpeg2k", UP_TO_24)
_HTJ2K = _imagecodecs("htj2k", UP_TO_24)
_JPEGXL = _imagecodecs("jpegxl", UP_TO_16)
_GDCM = Codec("gdcm", "python-gdcm", "gdcm", "gdcm_image", "worker", False, UP_TO_16)
_OPENJPEG = _pylibjpeg("openjpeg", UP_TO_24)
_LIBJPEG = _pylibjpeg("libjpeg", UP_TO_16)

BY_CODING: dict[Coding, tuple[Codec, ...]] = {
    "JPEG": (_JPEG8, _LIBJPEG),
    "JPEG Lossless": (_JPEG8, _GDCM, _LIBJPEG),
    "JPEG-LS": (_JPEGLS, _GDCM),
    "JPEG 2000": (_JPEG2K, _GDCM, _OPENJPEG),
    "HTJ2K": (_HTJ2K, _JPEG2K, _OPENJPEG),
    "JPEG XL": (_JPEGXL,),
}
"""By what a codestream is, the preferred ones first."""
WITHOUT_HEADER = {
    RLE_LOSSLESS: _RLE,
    DEFLATED_IMAGE_FRAME: _FRAMES,
    ENCAPSULATED_UNCOMPRESSED: _FRAMES,
}
"""By Transfer Syntax UID, where frames have no header of their own to read."""

DECODERS: dict[str, tuple[Codec, ...]] = {
    uid: (WITHOUT_HEADER[uid],) if what.coding is None else BY_CODING[what.coding]
    for uid, what in ENCAPSULATIONS.items()
}
"""By Transfer Syntax UID, the preferred ones first."""

ENCODERS: dict[str, tuple[Codec, ...]] = {
    ENCAPSULATED_UNCOMPRESSED: (_FRAMES,),
    DEFLATED_IMAGE_FRAME: (_FRAMES,),
    RLE_LOSSLESS: (_RLE,),
    JPEG_BASELINE: (_JPEG8._replace(pixels=LOSSY_8),),
    JPEG_EXTENDED: (_JPEG8._replace(pixels=EXTENDED),),
    JPEG_LOSSLESS_SV1: (_JPEG_LOSSLESS,),
    JPEG_LS_LOSSLESS: (_JPEGLS._replace(pixels=COLOUR_OR_GREY_8_16),),
    JPEG_LS_NEAR_LOSSLESS: (_JPEGLS._replace(pixels=LOSSY_8_16),),
    JPEG_2000_LOSSLESS: (
        _JPEG2K._replace(pixels=LOSSLESS_JPEG_2000),
        _OPENJPEG._replace(pixels=LOSSLESS_JPEG_2000),
    ),
    JPEG_2000: (_OPENJPEG._replace(pixels=LOSSY_8_16), _JPEG2K._replace(pixels=LOSSY_8_16)),
    JPEG_XL_LOSSLESS: (_JPEGXL._replace(pixels=UNSIGNED_8_16),),
    JPEG_XL: (_JPEGXL._replace(pixels=UNSIGNED_8_16),),
    HTJ2K_LOSSLESS: (_HTJ2K._replace(pixels=COLOUR_OR_GREY_8_16),),
    HTJ2K_LOSSLESS_RPCL: (_HTJ2K._replace(pixels=COLOUR_OR_GREY_8_16),),
    HTJ2K: (_HTJ2K._replace(pixels=LOSSY_8_16),),
}
"""By Transfer Syntax UID, the preferred ones first."""
