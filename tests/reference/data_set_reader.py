"""Data sets read into a tree in plain Python: the first half of the oracle of re-encoding.

Sequences may lie in each other as deep as Python recurses. The dictionary is pydicom's.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from pydicom.datadict import dictionary_VR

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
SYNTAXES = (IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE)

_SHORT = "AEASATCSDADSDTFDFLISLOLTPNSHSLSSSTTMUIULUS"
_LONG = "OBODOFOLOVOWSQSVUCUNURUTUV"
SHORT_VRS, LONG_VRS = ([vrs[i : i + 2] for i in range(0, len(vrs), 2)] for vrs in (_SHORT, _LONG))
UNITS = dict.fromkeys(("AT", "OW", "SS", "US"), 2)
UNITS |= dict.fromkeys(("FL", "OF", "OL", "SL", "UL"), 4)
UNITS |= dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), 8)

ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010
UNDEFINED = 0xFFFFFFFF


class RefusedError(Exception):
    """The data set is broken, or allows more than one reading."""


class Item(NamedTuple):
    elements: DataSet | bytes
    """Bytes for a pixel fragment."""
    defined: bool
    delimited: bool


class Element(NamedTuple):
    tag: int
    vr: str | None
    """None in Implicit VR."""
    value: bytes | list[Item]
    defined: bool
    delimited: bool = False
    """A delimiter was there."""


class DataSet(dict[int, Element]):
    """Elements by tag, in the order of the file."""

    outer: DataSet | None = None
    big = False

    def number(self, tag: int) -> int | None:
        """The value of an element of 16 bits; None where there is none."""
        element = self.get(tag)
        if element is None or element.vr not in (None, "US"):
            return None
        if not isinstance(element.value, bytes) or len(element.value) != 2:
            return None
        return int.from_bytes(element.value, "big" if self.big else "little")


class Reading(NamedTuple):
    """What the reader may leave unread."""

    copy_fragments: bool = True
    same: bool = False
    """The output has the same transfer syntax: the order of what lies in items does not matter."""
    renames: bool = False
    """There is to be no UN of undefined length."""
    dropped: frozenset[int] = frozenset()
    """Elements of the data set itself of which nothing is written."""


class Reader:
    """Reads one data set; `explicit` and `big` are those of the transfer syntax."""

    def __init__(
        self, data: bytes, explicit: bool, big: bool, reading: Reading | None = None
    ) -> None:
        reading = reading or Reading()
        self.data, self.explicit, self.big = data, explicit, big
        self.order = ">" if big else "<"
        self.reading = reading
        self.ordered = reading.renames or not reading.same
        """Whether the tags of items must increase."""
        copies = reading.copy_fragments or not explicit
        self.opaque = reading.same and copies and not reading.renames
        """Whether nobody looks into what has a defined length, below the data set itself."""

    def head(self, at: int, end: int, explicit: bool) -> tuple[int, str | None, int, int]:
        """Tag, VR, length, and where the value begins."""
        if end - at < 8:
            raise RefusedError("cut")
        group, number, length = struct.unpack_from(self.order + "HHL", self.data, at)
        tag = group << 16 | number
        if not explicit or group == 0xFFFE:
            return tag, None, length, at + 8
        vr = self.data[at + 4 : at + 6].decode("latin-1")
        if vr in SHORT_VRS:
            return tag, vr, struct.unpack_from(self.order + "H", self.data, at + 6)[0], at + 8
        if vr not in LONG_VRS or self.data[at + 6 : at + 8] != b"\0\0":
            raise RefusedError("VR")
        if end - at < 12:
            raise RefusedError("cut")
        return tag, vr, struct.unpack_from(self.order + "L", self.data, at + 8)[0], at + 12

    def data_set(self, outer: DataSet | None, at: int, end: int, defined: bool) -> tuple[Item, int]:
        """Read to the end, or to a delimiter where the length is not defined."""
        found = DataSet()
        found.outer, found.big = outer, self.big
        last = -1
        while at < end:
            if outer is None and last >= 0 and not any(self.data[at:]):
                return Item(found, True, False), end
            tag, vr, length, start = self.head(at, end, self.explicit)
            if tag >> 16 == 0xFFFE:
                self.check_end(tag, length, ITEM_END, outer is None or (defined and start != end))
                return Item(found, defined, True), start
            if tag <= last and (outer is None or self.ordered):
                raise RefusedError("order")
            if tag >> 16 in (0x0000, 0x0002):
                raise RefusedError("group")
            if not self.explicit and last < 0:
                self.check_encoding(at)
            if length != UNDEFINED and length > end - start:
                raise RefusedError("length")
            found[tag], at = self.element(found, (tag, vr, length, start), end)
            last = tag
        if not defined:
            raise RefusedError("no delimiter")
        return Item(found, True, False), at

    def check_encoding(self, at: int) -> None:
        looks_like = self.data[at + 4 : at + 6].decode("latin-1")
        if looks_like in SHORT_VRS or looks_like in LONG_VRS:
            raise RefusedError("encoding")

    @staticmethod
    def check_end(tag: int, length: int, wanted: int, misplaced: bool) -> None:
        if tag != wanted or length or misplaced:
            raise RefusedError("item")

    def element(
        self, data_set: DataSet, head: tuple[int, str | None, int, int], end: int
    ) -> tuple[Element, int]:
        tag, vr, length, start = head
        stop = start + length
        dropped = data_set.outer is None and tag in self.reading.dropped
        if length == UNDEFINED and dropped:
            skipping = Reader(self.data, self.explicit, self.big, Reading(same=True))
            return Element(tag, vr, b"", True), skipping.skip_dropped(tag, vr, start, end)
        if length == UNDEFINED and (self.opaque or (vr == "UN" and not self.reading.renames)):
            stop = self.skip(tag, vr, start, end)
            return Element(tag, vr, self.data[start:stop], False), stop
        is_sequence = vr == "SQ" or (vr is None and standard_vr(tag) == "SQ")
        if length != UNDEFINED and (not is_sequence or self.opaque or dropped):
            return Element(tag, vr, self.data[start:stop], True), stop
        if tag == PIXEL_DATA and vr in (None, "OB", "OW"):
            items, stop = self.fragments(start, end)
            return Element(tag, vr, items, False, True), stop
        if not is_sequence and vr != "UN" and (vr or standard_vr(tag) != "UN"):
            raise RefusedError("undefined length")
        # PS3.5 6.2.2: inside UN it is Implicit VR Little Endian, whatever it is in
        inside = Reader(self.data, False, False, self.reading) if vr == "UN" else self
        defined = length != UNDEFINED
        items, delimited, stop = inside.items(data_set, start, stop if defined else end, defined)
        if self.reading.same and not self.reading.renames:
            return Element(tag, vr, self.data[start:stop], defined), stop
        return Element(tag, vr, items, defined, delimited), stop

    def items(
        self, outer: DataSet, at: int, end: int, defined: bool
    ) -> tuple[list[Item], bool, int]:
        found = []
        while at < end:
            tag, _, length, start = self.head(at, end, False)
            if tag != ITEM:
                self.check_end(tag, length, SEQUENCE_END, defined and start != end)
                return found, True, start
            if length != UNDEFINED and length > end - start:
                raise RefusedError("length")
            stop = end if length == UNDEFINED else start + length
            item, at = self.data_set(outer, start, stop, length != UNDEFINED)
            found.append(item)
        if not defined:
            raise RefusedError("no delimiter")
        return found, False, at

    def fragments(self, at: int, end: int, *, may_end: bool = False) -> tuple[list[Item], int]:
        """Read pixel fragments to their delimiter; `may_end`: or to the end of the data set."""
        if not self.reading.copy_fragments or self.big:
            raise RefusedError("encapsulated")
        found = []
        while not (may_end and at == end):
            tag, _, length, start = self.head(at, end, False)
            if tag != ITEM:
                self.check_end(tag, length, SEQUENCE_END, False)
                return found, start
            if length > end - start:
                raise RefusedError("length")
            at = start + length
            found.append(Item(self.data[start:at], True, False))
        return found, at

    def skip_dropped(self, tag: int, vr: str | None, start: int, end: int) -> int:
        """Where the value of undefined length of a dropped element ends."""
        if tag == PIXEL_DATA and vr in (None, "OB", "OW", "UN"):
            return self.fragments(start, end, may_end=True)[1]
        return self.skip(tag, vr, start, end)

    def skip(self, tag: int, vr: str | None, start: int, end: int) -> int:
        """Where a value of undefined length ends that is not looked into."""
        if tag == PIXEL_DATA and (vr in ("OB", "OW") or (vr is None and self.reading.same)):
            return self.fragments(start, end)[1]
        if vr == "UN":
            return Reader(self.data, False, False, self.reading).skip_items(start, end)
        if vr not in (None, "SQ"):
            raise RefusedError("undefined length")
        return self.skip_items(start, end)

    def skip_items(self, at: int, end: int) -> int:
        """Where a sequence ends, behind its delimiter."""
        while True:
            tag, _, length, start = self.head(at, end, False)
            if tag != ITEM:
                self.check_end(tag, length, SEQUENCE_END, False)
                return start
            if length != UNDEFINED and length > end - start:
                raise RefusedError("length")
            at = self.skip_elements(start, end) if length == UNDEFINED else start + length

    def skip_elements(self, at: int, end: int) -> int:
        """Where an item ends, behind its delimiter."""
        last = -1
        while True:
            tag, vr, length, start = self.head(at, end, self.explicit)
            if tag >> 16 == 0xFFFE:
                self.check_end(tag, length, ITEM_END, False)
                return start
            if tag <= last and self.ordered:
                raise RefusedError("order")
            if tag >> 16 in (0x0000, 0x0002):
                raise RefusedError("group")
            if not self.explicit and last < 0:
                self.check_encoding(at)
            if length != UNDEFINED and length > end - start:
                raise RefusedError("length")
            at = self.skip(tag, vr, start, end) if length == UNDEFINED else start + length
            last = tag


def standard_vr(tag: int) -> str:
    """The VR of a tag without a look at other elements, with its choices: ``US or SS``."""
    group, number = tag >> 16, tag & 0xFFFF
    if number == 0:
        return "UL"
    if group % 2:
        return "LO" if 0x10 <= number <= 0xFF else "UN"
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"
