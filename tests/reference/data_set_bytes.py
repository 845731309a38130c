"""Data sets put together by hand, in the three native transfer syntaxes (PS3.5 7.1, 7.5)."""

from __future__ import annotations

import struct

from reference.recode import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, LONG_VRS, SYNTAXES

__all__ = ["EXPLICIT_BE", "EXPLICIT_LE", "IMPLICIT_LE", "SYNTAXES", "Encoding"]

UNDEFINED = 0xFFFFFFFF


class Encoding:
    """Encodes heads in one transfer syntax; values are taken as they are."""

    def __init__(self, syntax: str) -> None:
        self.syntax = syntax
        self.order = ">" if syntax == EXPLICIT_BE else "<"

    def element(self, tag: int, vr: str, value: bytes = b"", length: int | None = None) -> bytes:
        """An element; `length` is written in the place of the real one."""
        start = struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)
        length = len(value) if length is None else length
        if self.syntax == IMPLICIT_LE or tag >> 16 == 0xFFFE:
            return start + struct.pack(self.order + "L", length) + value
        if vr in LONG_VRS:
            return start + vr.encode() + struct.pack(self.order + "HL", 0, length) + value
        return start + vr.encode() + struct.pack(self.order + "H", length) + value

    def numbers(self, tag: int, vr: str, *values: float) -> bytes:
        """An element of numbers in the byte order of the transfer syntax."""
        code = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "OW": "H"}
        code |= {"AT": "H", "OF": "f", "OD": "d", "OL": "L", "OV": "Q", "SV": "q", "UV": "Q"}
        return self.element(tag, vr, struct.pack(f"{self.order}{len(values)}{code[vr]}", *values))

    def item(self, value: bytes, length: int | None = None) -> bytes:
        return self.element(0xFFFEE000, "", value, length)

    @property
    def item_end(self) -> bytes:
        return self.element(0xFFFEE00D, "")

    @property
    def sequence_end(self) -> bytes:
        return self.element(0xFFFEE0DD, "")

    def open_item(self, value: bytes) -> bytes:
        """An item of undefined length."""
        return self.item(value, UNDEFINED) + self.item_end

    def open_sequence(self, tag: int, *items: bytes, vr: str = "SQ") -> bytes:
        """A sequence of undefined length."""
        return self.element(tag, vr, b"".join(items), UNDEFINED) + self.sequence_end
