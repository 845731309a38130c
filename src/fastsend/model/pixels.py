"""What a frame of Pixel Data is: the attributes of the Image Pixel Module (PS3.3 C.7.6.3)."""

from __future__ import annotations

from typing import NamedTuple


class PixelFormat(NamedTuple):
    """How the samples of one frame are laid out in native form (PS3.5 8.1, 8.2)."""

    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int
    """1, or whole bytes."""
    bits_stored: int
    high_bit: int
    pixel_representation: int
    """0: unsigned, 1: two's complement."""
    planar_configuration: int
    """0: colour by pixel, 1: by plane; 0 where there is one sample a pixel."""
    photometric_interpretation: str

    @property
    def frame_bits(self) -> int:
        """The bits of a native frame; frames of 1-bit pixels follow each other without padding."""
        return self.rows * self.columns * self.samples_per_pixel * self.bits_allocated

    @property
    def frame_length(self) -> int:
        """The bytes of a native frame."""
        return (self.frame_bits + 7) // 8


class Quality(NamedTuple):
    """How lossy an encoder may be; None where the user did not say."""

    jpeg: int | None = None
    """1 to 100, as libjpeg counts."""
    near: int | None = None
    """The most by which a sample may differ after JPEG-LS, from 1."""
    ratio: float | None = None
    """How many times smaller JPEG 2000 and HTJ2K should become."""
