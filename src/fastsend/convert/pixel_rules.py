"""Which values the attributes of Pixel Data may have (PS3.3 C.7.6.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastsend.convert.refusal import AttributeRefusedError
from fastsend.convert.tags import (
    BITS_ALLOCATED,
    BITS_STORED,
    COLUMNS,
    HIGH_BIT,
    PIXEL_REPRESENTATION,
    PLANAR_CONFIGURATION,
    ROWS,
    SAMPLES_PER_PIXEL,
)

if TYPE_CHECKING:
    from fastsend.model.pixels import PixelFormat

LONGEST_FRAME: Final = 0x7FFFFFFF
"""Bytes of a native frame; codec libraries count in 32 bits."""

_ONE_SAMPLE: Final = {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}


def check_pixels(pixels: PixelFormat) -> None:
    """Refuse what no frame can be (PS3.3 C.7.6.3.1, PS3.5 8.1.1), or none that can be converted.

    Raises
    ------
    AttributeRefusedError
        With the attribute that is wrong.
    """
    bits = pixels.bits_allocated
    rules = (
        (pixels.rows > 0, "Rows is 0", ROWS),
        (pixels.columns > 0, "Columns is 0", COLUMNS),
        (pixels.samples_per_pixel > 0, "Samples per Pixel is 0", SAMPLES_PER_PIXEL),
        (
            pixels.samples_per_pixel == 1 or pixels.photometric_interpretation not in _ONE_SAMPLE,
            "Samples per Pixel is not that of the Photometric Interpretation",
            SAMPLES_PER_PIXEL,
        ),
        (pixels.planar_configuration <= 1, "Planar Configuration is above 1", PLANAR_CONFIGURATION),
        (
            bits == 1 or (bits % 8 == 0 and 8 <= bits <= 64),
            f"Bits Allocated is {bits}, neither 1 nor whole bytes up to 8",
            BITS_ALLOCATED,
        ),
        (
            1 <= pixels.bits_stored <= bits,
            f"Bits Stored is {pixels.bits_stored} of {bits}",
            BITS_STORED,
        ),
        (
            pixels.bits_stored <= pixels.high_bit + 1 <= bits,
            f"High Bit is {pixels.high_bit} with {pixels.bits_stored} of {bits} bits stored",
            HIGH_BIT,
        ),
        (
            pixels.pixel_representation <= 1,
            "Pixel Representation is above 1",
            PIXEL_REPRESENTATION,
        ),
        (
            pixels.frame_length <= LONGEST_FRAME,
            f"a frame of {pixels.frame_length:,} bytes is longer than any that can be converted",
            ROWS,
        ),
    )
    for holds, reason, tag in rules:
        if not holds:
            raise AttributeRefusedError(reason, tag)
