"""The transfer syntaxes whose Pixel Data a codec makes or reads, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fastsend.codecs.header import Coding

RLE_LOSSLESS = "1.2.840.10008.1.2.5"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
DEFLATED_IMAGE_FRAME = "1.2.840.10008.1.2.8.1"

_JPEG = "1.2.840.10008.1.2.4."
JPEG_BASELINE = _JPEG + "50"
JPEG_EXTENDED = _JPEG + "51"
JPEG_SPECTRAL_SELECTION = _JPEG + "53"
JPEG_FULL_PROGRESSION = _JPEG + "55"
JPEG_LOSSLESS = _JPEG + "57"
JPEG_LOSSLESS_SV1 = _JPEG + "70"
JPEG_LS_LOSSLESS = _JPEG + "80"
JPEG_LS_NEAR_LOSSLESS = _JPEG + "81"
JPEG_2000_LOSSLESS = _JPEG + "90"
JPEG_2000 = _JPEG + "91"
JPEG_XL_LOSSLESS = _JPEG + "110"
JPEG_XL_RECOMPRESSION = _JPEG + "111"
JPEG_XL = _JPEG + "112"
HTJ2K_LOSSLESS = _JPEG + "201"
HTJ2K_LOSSLESS_RPCL = _JPEG + "202"
HTJ2K = _JPEG + "203"


class Encapsulation(NamedTuple):
    """What frames in a transfer syntax are."""

    coding: Coding | None
    """What the codestream says it is; None where there is no codestream with a header."""
    lossless_only: bool


ENCAPSULATIONS: dict[str, Encapsulation] = {
    ENCAPSULATED_UNCOMPRESSED: Encapsulation(None, lossless_only=True),
    DEFLATED_IMAGE_FRAME: Encapsulation(None, lossless_only=True),
    RLE_LOSSLESS: Encapsulation(None, lossless_only=True),
    JPEG_BASELINE: Encapsulation("JPEG", lossless_only=False),
    JPEG_EXTENDED: Encapsulation("JPEG", lossless_only=False),
    JPEG_SPECTRAL_SELECTION: Encapsulation("JPEG", lossless_only=False),
    JPEG_FULL_PROGRESSION: Encapsulation("JPEG", lossless_only=False),
    JPEG_LOSSLESS: Encapsulation("JPEG Lossless", lossless_only=True),
    JPEG_LOSSLESS_SV1: Encapsulation("JPEG Lossless", lossless_only=True),
    JPEG_LS_LOSSLESS: Encapsulation("JPEG-LS", lossless_only=True),
    JPEG_LS_NEAR_LOSSLESS: Encapsulation("JPEG-LS", lossless_only=False),
    JPEG_2000_LOSSLESS: Encapsulation("JPEG 2000", lossless_only=True),
    JPEG_2000: Encapsulation("JPEG 2000", lossless_only=False),
    HTJ2K_LOSSLESS: Encapsulation("HTJ2K", lossless_only=True),
    HTJ2K_LOSSLESS_RPCL: Encapsulation("HTJ2K", lossless_only=True),
    HTJ2K: Encapsulation("HTJ2K", lossless_only=False),
    JPEG_XL_LOSSLESS: Encapsulation("JPEG XL", lossless_only=True),
    JPEG_XL_RECOMPRESSION: Encapsulation("JPEG XL", lossless_only=False),
    JPEG_XL: Encapsulation("JPEG XL", lossless_only=False),
}
"""By Transfer Syntax UID, in the order in which they are listed."""
