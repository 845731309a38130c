"""Data set re-encoding in plain Python: the oracle of `fastsend._native.recode`.

It reads the whole data set into a tree and writes the tree, where the kernel streams; what an
ambiguous VR depends on is looked up in the tree, where the kernel has to remember it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from reference.data_set_reader import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    ITEM,
    ITEM_END,
    LONG_VRS,
    PIXEL_DATA,
    SEQUENCE_END,
    SHORT_VRS,
    SYNTAXES,
    UNDEFINED,
    UNITS,
    DataSet,
    Element,
    Item,
    Reader,
    Reading,
    RefusedError,
    standard_vr,
)

__all__ = [
    "EXPLICIT_BE",
    "EXPLICIT_LE",
    "IMPLICIT_LE",
    "LONG_VRS",
    "NO_CHANGES",
    "PIXEL_DATA",
    "SHORT_VRS",
    "SYNTAXES",
    "UNITS",
    "Changes",
    "DataSet",
    "Element",
    "Item",
    "Reader",
    "RefusedError",
    "recode",
    "standard_vr",
]

NEW_VRS = {"OD", "OF", "OL", "OV", "SV", "UC", "UN", "UR", "UT", "UV"}
MARK = b"<external Pixel Data>"


class Changes(NamedTuple):
    """What becomes of the data set besides its transfer syntax."""

    edits: tuple[tuple[int, bytes, bool], ...] = ()
    external_pixel_data: bool = False
    disable_new_vr: bool = False

    def tags(self) -> set[int]:
        """The elements of which nothing is written as it was."""
        external = {PIXEL_DATA} if self.external_pixel_data else set()
        return external.union(edit[0] for edit in self.edits)

    def groups(self) -> set[int]:
        """The groups whose lengths are not what they were."""
        return {tag >> 16 for tag in self.tags()}

    def apply(self, encoded: dict[int, bytes]) -> dict[int, bytes]:
        """Put the edits in, and the mark."""
        encoded = dict(encoded)
        if self.external_pixel_data and PIXEL_DATA in encoded:
            encoded[PIXEL_DATA] = MARK
        for tag, element, only_if_present in self.edits:
            if tag in encoded or not only_if_present:
                encoded[tag] = element
        return dict(sorted(encoded.items()))


NO_CHANGES = Changes()


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
            value = nearest.number(0x00280103)
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
        bits = nearest.number(0x54001004)
        if bits is not None:
            return bits
        nearest = nearest.outer
    raise RefusedError("no Waveform Bits Allocated")


class Writer:
    """Writes a data set that came from another transfer syntax, or goes into the same one."""

    def __init__(self, from_syntax: str, to_syntax: str, changes: Changes) -> None:
        self.to_syntax, self.changes = to_syntax, changes
        self.same = to_syntax == from_syntax
        self.explicit = to_syntax != IMPLICIT_LE
        self.renames = changes.disable_new_vr and self.explicit
        self.big = to_syntax == EXPLICIT_BE
        self.from_big = from_syntax == EXPLICIT_BE
        self.order = ">" if self.big else "<"
        self.swaps = self.big != self.from_big
        both = self.explicit == (from_syntax != IMPLICIT_LE)
        self.lengths_stay = both and not self.renames

    def head(self, tag: int, vr: str | None, length: int) -> bytes:
        start = struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)
        if vr is None or not self.explicit:
            return start + struct.pack(self.order + "L", length)
        if self.renames and vr in NEW_VRS:
            vr = "OB"
        if vr in SHORT_VRS:
            return start + vr.encode() + struct.pack(self.order + "H", length)
        return start + vr.encode() + b"\0\0" + struct.pack(self.order + "L", length)

    def data_set(self, data_set: DataSet) -> bytes:
        encoded = {tag: self.element(one, data_set) for tag, one in data_set.items()}
        if data_set.outer is None:
            encoded = self.changes.apply(encoded)
        for tag in encoded:
            if tag & 0xFFFF == 0 and encoded[tag] and self.is_new_length(data_set, tag):
                group = [encoded[other] for other in encoded if tag < other <= tag | 0xFFFF]
                length = sum(map(len, group))
                encoded[tag] = self.head(tag, "UL", 4) + struct.pack(self.order + "L", length)
        return b"".join(encoded.values())

    def is_new_length(self, data_set: DataSet, tag: int) -> bool:
        """Whether a group length is written anew."""
        if data_set[tag].defined and not self.lengths_stay:
            return True
        return data_set.outer is None and tag >> 16 in self.changes.groups()

    def element(self, element: Element, data_set: DataSet) -> bytes:
        tag, vr, value, defined, delimited = element
        top = data_set.outer is None
        if defined and tag in (0xFFFCFFFC, 0xFFFC0000) and top:
            return b""
        if defined and tag & 0xFFFF == 0 and self.is_new_length(data_set, tag):
            if tag == 0x7FE00000 and top and self.changes.external_pixel_data:
                return b""
            return value if len(value) == 4 else b""
        if top and tag in self.changes.tags():
            return b""
        if vr is None and not self.same:
            vr = chosen_vr(element, data_set)
        if isinstance(value, list):
            if vr == "UN" and self.explicit and element.vr == "UN":
                inside = Writer(IMPLICIT_LE, self.to_syntax, self.changes)
                return inside.items(tag, "SQ", value, defined, delimited)
            return self.items(tag, vr, value, defined, delimited)
        if not defined:
            return self.head(tag, vr, UNDEFINED) + value
        return self.head(tag, vr, len(value)) + self.value(element, vr, data_set)

    def value(self, element: Element, vr: str, data_set: DataSet) -> bytes:
        value = element.value
        swaps = self.from_big if self.renames and vr in NEW_VRS else self.swaps
        if not swaps or vr == "UN":
            return value
        unit = UNITS.get(vr, 1)
        doubtful = not (self.renames and vr in NEW_VRS)
        doubtful = doubtful and self.doubtful(element.tag, unit, data_set)
        if len(value) % unit or (value and doubtful):
            raise RefusedError("byte order")
        return b"".join(value[i : i + unit][::-1] for i in range(0, len(value), unit))

    def doubtful(self, tag: int, unit: int, data_set: DataSet) -> bool:
        """Numbers in OB, or of more bits than the words of OW have."""
        if tag & 0xFF01FFFF == 0x50003000:
            return True
        if tag == PIXEL_DATA:
            bits = data_set.number(0x00280100)
        elif tag in (0x5400100A, 0x54001010):
            bits = data_set.number(0x54001004)
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
            inside += self.head(SEQUENCE_END, None, 0)
            return self.head(tag, vr if self.same else "OB", UNDEFINED) + inside
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
    data_set: bytes,
    from_syntax: str,
    to_syntax: str,
    *,
    copy_fragments: bool = False,
    changes: Changes = NO_CHANGES,
) -> bytes:
    """Return the data set in a transfer syntax; `MARK` stands where external Pixel Data goes.

    Raises
    ------
    RefusedError
        Where it is broken or the result is not certain.
    """
    explicit, big = from_syntax != IMPLICIT_LE, from_syntax == EXPLICIT_BE
    reading = Reading(
        copy_fragments,
        from_syntax == to_syntax,
        changes.disable_new_vr and to_syntax != IMPLICIT_LE,
        frozenset(changes.tags()),
    )
    item, _ = Reader(data_set, explicit, big, reading).data_set(None, 0, len(data_set), True)
    return Writer(from_syntax, to_syntax, changes).data_set(item.elements)
