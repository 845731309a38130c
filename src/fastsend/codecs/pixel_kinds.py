"""Which pixels a codec takes, in words and as a predicate."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.model.pixels import PixelFormat


class PixelKind(NamedTuple):
    """Some of all formats of pixels."""

    words: str
    takes: Callable[[PixelFormat], bool]


_GREY = {"MONOCHROME1", "MONOCHROME2"}
_COLOUR = {"RGB", "YBR_FULL"}


def _rle(pixels: PixelFormat) -> bool:
    # At most 15 segments of one byte of one sample each (PS3.5 G.3).
    bits, samples = pixels.bits_allocated, pixels.samples_per_pixel
    if _shares_samples(pixels):
        return False
    return (bits == 1 and samples == 1) or (bits % 8 == 0 and bits <= 64 and bits * samples <= 120)


def _shares_samples(pixels: PixelFormat) -> bool:
    """Native YBR_FULL_422 has two chrominance samples for two pixels (PS3.3 C.7.6.3.1.2)."""
    interpretation = pixels.photometric_interpretation
    return interpretation == "YBR_FULL_422" or interpretation.startswith("YBR_PARTIAL")


def _grey_or_colour(pixels: PixelFormat) -> bool:
    return pixels.samples_per_pixel in {1, 3} and not _shares_samples(pixels)


def _lossless(pixels: PixelFormat) -> bool:
    return pixels.bits_allocated in {8, 16} and _grey_or_colour(pixels)


def _lossless_jpeg_2000(pixels: PixelFormat) -> bool:
    return pixels.bits_allocated in {8, 16, 32} and _grey_or_colour(pixels)


def _visible(pixels: PixelFormat) -> bool:
    """Tell what a difference may be made to: not to an index into a palette."""
    names = _GREY if pixels.samples_per_pixel == 1 else _COLOUR
    return pixels.samples_per_pixel in {1, 3} and pixels.photometric_interpretation in names


def _lossy(pixels: PixelFormat) -> bool:
    return pixels.bits_allocated in {8, 16} and _visible(pixels)


def _lossy_8(pixels: PixelFormat) -> bool:
    unsigned = pixels.pixel_representation == 0
    return pixels.bits_allocated == 8 and unsigned and _visible(pixels)


def _extended(pixels: PixelFormat) -> bool:
    grey = pixels.samples_per_pixel == 1 and pixels.pixel_representation == 0 and _visible(pixels)
    return _lossy_8(pixels) or (pixels.bits_allocated == 16 and pixels.bits_stored <= 12 and grey)


def _unsigned(pixels: PixelFormat) -> bool:
    return pixels.pixel_representation == 0 and _lossless(pixels)


def _one_or_three(pixels: PixelFormat) -> bool:
    return pixels.samples_per_pixel in {1, 3}


def _up_to_16(pixels: PixelFormat) -> bool:
    return _one_or_three(pixels) and pixels.bits_stored <= 16


UP_TO_16 = PixelKind("up to 16 bits a sample, 1 or 3 samples", _up_to_16)
UP_TO_24 = PixelKind("up to 24 bits a sample, 1 or 3 samples", _one_or_three)
FRAMES = PixelKind("any pixels", lambda _: True)
RLE = PixelKind("1 bit, or 8 to 64 bits allocated with at most 15 bytes a pixel", _rle)
COLOUR_OR_GREY_8_16 = PixelKind("8 or 16 bits allocated, 1 or 3 samples", _lossless)
LOSSLESS_JPEG_2000 = PixelKind(
    "8, 16 or 32 bits allocated with up to 24 in use, 1 or 3 samples", _lossless_jpeg_2000
)
UNSIGNED_8_16 = PixelKind("8 or 16 bits allocated, unsigned, 1 or 3 samples", _unsigned)
LOSSY_8 = PixelKind("8 bits allocated, unsigned, grey, RGB or YBR_FULL", _lossy_8)
EXTENDED = PixelKind(
    "8 bits allocated, grey, RGB or YBR_FULL, or 16 with up to 12 stored, grey; unsigned", _extended
)
LOSSY_8_16 = PixelKind("8 or 16 bits allocated, grey, RGB or YBR_FULL", _lossy)
