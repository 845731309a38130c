"""Why an instance is not converted: nothing is guessed, dropped or altered instead.

The texts name Data Elements and offsets, never values that may be of a patient.
"""

from __future__ import annotations


class ConversionError(Exception):
    """An instance that cannot be converted with certainty.

    Attributes
    ----------
    reason : str
        What is wrong, without the place.
    """

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{reason}, {place}" if place else reason)
        self.reason = reason


class NoPixelDataError(ConversionError):
    """There is nothing to encode: the instance should rather go in a native transfer syntax."""


class BytesError(ConversionError):
    """The bytes of a file are not what they should be.

    Attributes
    ----------
    offset : int
        Bytes from the start of the file.
    """

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason, f"at byte {offset}")
        self.offset = offset


class FramesError(BytesError):
    """The frames of Pixel Data cannot be found."""


class AttributeRefusedError(ConversionError):
    """An attribute that says how pixels are encoded is missing, broken or of no known use.

    Attributes
    ----------
    tag : int
        The Data Element, as a 32-bit number.
    """

    def __init__(self, reason: str, tag: int) -> None:
        super().__init__(reason, f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
        self.tag = tag


class InflateError(BytesError):
    """A deflated data set cannot be inflated."""
