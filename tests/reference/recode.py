"""Data set re-encoding in plain Python: the oracle of `fastsend._native.recode`.

It reads the whole data set into a tree and writes the tree, where the kernel streams; what an
ambiguous VR depends on is looked up in the tree, where the kernel has to remember it. The
dictionary is pydicom's. Sequences may lie in each other as deep as Python recurses.
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

    def number(self, tag: int, big: bool) -> int | None:
        """The value of an element of 16 bits; None where there is none."""
        element = self.get(tag)
        if element is None or element.vr not in (None, "US"):
            return None
        if not isinstance(element.value, bytes) or len(element.value) != 2:
            return None
        return int.from_bytes(element.value, "big" if big else "little")


class Reader:
    """Reads one data set; `explicit` and `big` are those of the transfer syntax."""

    def __init__(self, data: bytes, explicit: bool, big: bool, copy_fragments: bool = True) -> None:
        self.data, self.explicit, self.big = data, explicit, big
        self.order = ">" if big else "<"
        self.copy_fragments = copy_fragments

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
        found.outer = outer
        last = -1
        while at < end:
            if outer is None and last >= 0 and not any(self.data[at:]):
                return Item(found, True, False), end
            tag, vr, length, start = self.head(at, end, self.explicit)
            if tag >> 16 == 0xFFFE:
                self.check_end(tag, length, ITEM_END, outer is None or (defined and start != end))
                return Item(found, defined, True), start
            if tag <= last or tag >> 16 in (0x0000, 0x0002):
                raise RefusedError("order or group")
            if not self.explicit and last < 0:
                looks_like = self.data[at + 4 : at + 6].decode("latin-1")
                if looks_like in SHORT_VRS or looks_like in LONG_VRS:
                    raise RefusedError("encoding")
            if length != UNDEFINED and length > end - start:
                raise RefusedError("length")
            found[tag], at = self.element(found, (tag, vr, length, start), end)
            last = tag
        if not defined:
            raise RefusedError("no delimiter")
        return Item(found, True, False), at

    @staticmethod
    def check_end(tag: int, length: int, wanted: int, misplaced: bool) -> None:
        if tag != wanted or length or misplaced:
            raise RefusedError("item")

    def element(
        self, data_set: DataSet, head: tuple[int, str | None, int, int], end: int
    ) -> tuple[Element, int]:
        tag, vr, length, start = head
        if length != UNDEFINED:
            value = self.data[start : start + length]
            if vr == "SQ" or (vr is None and standard_vr(tag) == "SQ"):
                items, delimited, _ = self.items(data_set, start, start + length, True)
                return Element(tag, vr, items, True, delimited), start + length
            return Element(tag, vr, value, True), start + length
        if vr == "UN":
            # PS3.5 6.2.2: Implicit VR Little Endian inside, whatever it is in
            stop = skip_implicit(self.data, start, end)
            return Element(tag, vr, self.data[start:stop], False), stop
        if tag == PIXEL_DATA and vr in (None, "OB", "OW"):
            if not self.copy_fragments:
                raise RefusedError("encapsulated")
            items, stop = self.fragments(start, end)
            return Element(tag, vr, items, False, True), stop
        if vr not in (None, "SQ") or (vr is None and standard_vr(tag) not in ("SQ", "UN")):
            raise RefusedError("undefined length")
        items, delimited, stop = self.items(data_set, start, end, False)
        return Element(tag, vr, items, False, delimited), stop

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

    def fragments(self, at: int, end: int) -> tuple[list[Item], int]:
        found = []
        while True:
            tag, _, length, start = self.head(at, end, False)
            if tag != ITEM:
                self.check_end(tag, length, SEQUENCE_END, False)
                return found, start
            if length > end - start:
                raise RefusedError("length")
            at = start + length
            found.append(Item(self.data[start:at], True, False))


def skip_implicit(data: bytes, at: int, end: int) -> int:
    """Where items of Implicit VR end, behind their delimiter."""
    reader = Reader(data, False, False)
    while True:
        tag, _, length, start = reader.head(at, end, False)
        if tag != ITEM:
            reader.check_end(tag, length, SEQUENCE_END, False)
            return start
        if length != UNDEFINED and length > end - start:
            raise RefusedError("length")
        at = skip_elements(data, start, end) if length == UNDEFINED else start + length


def skip_elements(data: bytes, at: int, end: int) -> int:
    """Where an item of Implicit VR ends, behind its delimiter."""
    reader = Reader(data, False, False)
    last = -1
    while True:
        tag, _, length, start = reader.head(at, end, False)
        if tag >> 16 == 0xFFFE:
            reader.check_end(tag, length, ITEM_END, False)
            return start
        if tag <= last or tag >> 16 in (0x0000, 0x0002):
            raise RefusedError("order or group")
        looks_like = data[at + 4 : at + 6].decode("latin-1")
        if last < 0 and (looks_like in SHORT_VRS or looks_like in LONG_VRS):
            raise RefusedError("encoding")
        if length != UNDEFINED and length > end - start:
            raise RefusedError("length")
        at = skip_implicit(data, start, end) if length == UNDEFINED else start + length
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


def chosen_vr(element: Element, data_set: DataSet) -> str:
    """The VR of an element of Implicit VR (PS3.5 A.1, 8.2, 8.3)."""
    tag, vr = element.tag, standard_vr(element.tag)
    if vr == "US or SS":
        vr = ("US", "SS")[pixel_representation(data_set)]
    elif vr in ("US or OW", "US or SS or OW") or tag & 0xFF01FFFF == 0x60003000:
        vr = "OW"
    elif tag & 0xFF01FFFF == 0x50003000:
        vr = "OB"
    elif tag == PIXEL_DATA:
        vr = "OW"
    elif tag in (0x54000110, 0x54000112, 0x5400100A, 0x54001010):
        vr = "OB" if waveform_bits(data_set) == 8 else "OW"
    elif " or " in vr:
        raise RefusedError(vr)
    if vr in SHORT_VRS and element.defined and len(element.value) > 65534:
        if tag >> 16 & 1 and vr == "LO":
            raise RefusedError("a Private Creator is never UN")
        vr = "UN"
    return vr


def pixel_representation(data_set: DataSet) -> int:
    nearest: DataSet | None = data_set
    while nearest is not None:
        if 0x00280103 in nearest:
            value = nearest.number(0x00280103, False)
            if value not in (0, 1):
                raise RefusedError("Pixel Representation")
            return value
        nearest = nearest.outer
    if PIXEL_DATA in data_set:
        raise RefusedError("no Pixel Representation")
    return 0


def waveform_bits(data_set: DataSet) -> int:
    nearest: DataSet | None = data_set
    while nearest is not None:
        bits = nearest.number(0x54001004, False)
        if bits is not None:
            return bits
        nearest = nearest.outer
    raise RefusedError("no Waveform Bits Allocated")


class Writer:
    """Writes a data set that came from another transfer syntax."""

    def __init__(self, from_syntax: str, to_syntax: str) -> None:
        self.explicit = to_syntax != IMPLICIT_LE
        self.big = to_syntax == EXPLICIT_BE
        self.from_big = from_syntax == EXPLICIT_BE
        self.order = ">" if self.big else "<"
        self.swaps = self.big != self.from_big
        self.lengths_stay = self.explicit == (from_syntax != IMPLICIT_LE)

    def head(self, tag: int, vr: str | None, length: int) -> bytes:
        start = struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)
        if vr is None or not self.explicit:
            return start + struct.pack(self.order + "L", length)
        if vr in SHORT_VRS:
            return start + vr.encode() + struct.pack(self.order + "H", length)
        return start + vr.encode() + b"\0\0" + struct.pack(self.order + "L", length)

    def data_set(self, data_set: DataSet) -> bytes:
        encoded = {tag: self.element(one, data_set) for tag, one in data_set.items()}
        if not self.lengths_stay:
            for tag in data_set:
                if tag & 0xFFFF == 0 and encoded[tag]:
                    group = [encoded[other] for other in data_set if tag < other <= tag | 0xFFFF]
                    length = sum(map(len, group))
                    encoded[tag] = self.head(tag, "UL", 4) + struct.pack(self.order + "L", length)
        return b"".join(encoded.values())

    def element(self, element: Element, data_set: DataSet) -> bytes:
        tag, vr, value, defined, delimited = element
        if defined and tag in (0xFFFCFFFC, 0xFFFC0000) and data_set.outer is None:
            return b""
        if defined and tag & 0xFFFF == 0 and not self.lengths_stay:
            return value if len(value) == 4 else b""
        if vr is None:
            vr = chosen_vr(element, data_set)
        if isinstance(value, list):
            return self.items(tag, vr, value, defined, delimited)
        if not defined:
            return self.head(tag, "UN", UNDEFINED) + value
        return self.head(tag, vr, len(value)) + self.value(element, vr, data_set)

    def value(self, element: Element, vr: str, data_set: DataSet) -> bytes:
        value = element.value
        if not self.swaps or vr == "UN":
            return value
        unit = UNITS.get(vr, 1)
        if len(value) % unit or (value and self.doubtful(element.tag, unit, data_set)):
            raise RefusedError("byte order")
        return b"".join(value[i : i + unit][::-1] for i in range(0, len(value), unit))

    def doubtful(self, tag: int, unit: int, data_set: DataSet) -> bool:
        """Numbers in OB, or of more bits than the words of OW have."""
        if tag & 0xFF01FFFF == 0x50003000:
            return True
        if tag == PIXEL_DATA:
            bits = data_set.number(0x00280100, self.from_big)
        elif tag in (0x5400100A, 0x54001010):
            bits = data_set.number(0x54001004, self.from_big)
        else:
            return False
        return not bits or bits > 8 * unit

    def items(self, tag: int, vr: str, items: list[Item], defined: bool, delimited: bool) -> bytes:
        if vr in ("OB", "OW"):
            if self.swaps:
                raise RefusedError("encapsulated")
            inside = b"".join(
                self.head(ITEM, None, len(one.elements)) + one.elements for one in items
            )
            return self.head(tag, "OB", UNDEFINED) + inside + self.head(SEQUENCE_END, None, 0)
        inside = b"".join(
            self.wrap(ITEM, None, ITEM_END, self.data_set(o.elements), o) for o in items
        )
        return self.wrap(tag, "SQ", SEQUENCE_END, inside, Item(b"", defined, delimited))

    def wrap(self, tag: int, vr: str | None, end: int, inside: bytes, item: Item) -> bytes:
        """Put a head before an item or sequence, and a delimiter behind it where one belongs."""
        delimiter = self.head(end, None, 0)
        if not item.defined:
            return self.head(tag, vr, UNDEFINED) + inside + delimiter
        if item.delimited and self.lengths_stay:
            inside += delimiter
        return self.head(tag, vr, len(inside)) + inside


def recode(
    data_set: bytes, from_syntax: str, to_syntax: str, *, copy_fragments: bool = False
) -> bytes:
    """Return the data set in another transfer syntax.

    Raises
    ------
    RefusedError
        Where it is broken or the result is not certain.
    """
    explicit, big = from_syntax != IMPLICIT_LE, from_syntax == EXPLICIT_BE
    reader = Reader(data_set, explicit, big, copy_fragments)
    item, _ = reader.data_set(None, 0, len(data_set), True)
    return Writer(from_syntax, to_syntax).data_set(item.elements)
