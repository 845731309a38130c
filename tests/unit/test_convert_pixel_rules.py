"""Frames that cannot be, and those that can."""

from __future__ import annotations

from itertools import product

import pytest

from fastsend.convert.pixel_rules import LONGEST_FRAME, check_pixels
from fastsend.convert.refusal import AttributeRefusedError
from fastsend.model.pixels import PixelFormat

SOUND = PixelFormat(4, 6, 1, 16, 12, 11, 0, 0, "MONOCHROME2")


def refusal(**changes: object) -> str | None:
    try:
        check_pixels(SOUND._replace(**changes))
    except AttributeRefusedError as error:
        return str(error)
    return None


def test_a_sound_format() -> None:
    assert refusal() is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"rows": 0}, "Rows is 0, (0028,0010)"),
        ({"columns": 0}, "Columns is 0, (0028,0011)"),
        ({"samples_per_pixel": 0}, "Samples per Pixel is 0, (0028,0002)"),
        ({"samples_per_pixel": 3}, "(0028,0002)"),
        ({"planar_configuration": 2}, "(0028,0006)"),
        ({"pixel_representation": 2}, "(0028,0103)"),
        ({"bits_allocated": 12}, "Bits Allocated is 12"),
        ({"bits_allocated": 0}, "Bits Allocated is 0"),
        ({"bits_allocated": 72}, "Bits Allocated is 72"),
        ({"bits_allocated": 65535}, "Bits Allocated is 65535"),
        ({"bits_stored": 0}, "Bits Stored is 0 of 16"),
        ({"bits_stored": 17}, "Bits Stored is 17 of 16"),
        ({"high_bit": 10}, "High Bit is 10 with 12 of 16"),
        ({"high_bit": 16}, "High Bit is 16 with 12 of 16"),
        ({"high_bit": 65535}, "High Bit is 65535"),
        ({"rows": 65535, "columns": 65535}, "a frame of 8,589,672,450 bytes"),
    ],
)
def test_what_cannot_be(changes: dict[str, object], text: str) -> None:
    reason = refusal(**changes)
    assert reason is not None
    assert text in reason


def test_every_combination_of_bits_is_judged_as_the_standard_does() -> None:
    for allocated, stored, high in product(range(66), repeat=3):
        sound = (
            (allocated == 1 or (allocated % 8 == 0 and 0 < allocated <= 64))
            and 1 <= stored <= allocated
            and stored - 1 <= high <= allocated - 1
        )
        changes = {"bits_allocated": allocated, "bits_stored": stored, "high_bit": high}
        assert (refusal(**changes) is None) == sound, changes


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL", "HSV", "ARGB", "of the future"])
def test_colour_may_have_samples(photometric: str) -> None:
    assert refusal(samples_per_pixel=3, photometric_interpretation=photometric) is None


def test_the_longest_frame() -> None:
    assert refusal(rows=32767, columns=32767) is None
    longest = 2 * 32768 * 32767
    assert longest <= LONGEST_FRAME < 2 * 32768 * 32768
    assert refusal(rows=32768, columns=32767) is None
    assert refusal(rows=32768, columns=32768) is not None
