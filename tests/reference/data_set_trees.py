"""Data sets of two programs compared element by element, but for what programs may choose.

Left aside are: group lengths and Data Set Trailing Padding; whether lengths are defined; spaces and
pad bytes at the end of text; the VR of elements that ours has as UN, whose bytes must be the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.recode import (
    EXPLICIT_BE,
    IMPLICIT_LE,
    LONG_VRS,
    SHORT_VRS,
    UNITS,
    DataSet,
    Element,
    Item,
    Reader,
    RefusedError,
    standard_vr,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = {vr for vr in (*SHORT_VRS, *LONG_VRS) if vr not in UNITS} - {"OB", "SQ", "UN"}


def tree(data_set: bytes, syntax: str) -> DataSet:
    """Return the elements of a data set."""
    reader = Reader(data_set, syntax != IMPLICIT_LE, syntax == EXPLICIT_BE)
    elements = reader.data_set(None, 0, len(data_set), True)[0].elements
    assert isinstance(elements, DataSet)
    return elements


def swapped(value: bytes, vr: str | None) -> bytes:
    """Return a value in the other byte order."""
    unit = UNITS.get(vr or "", 1)
    return b"".join(value[i : i + unit][::-1] for i in range(0, len(value), unit))


class Comparison:
    """Compares data sets in one transfer syntax; `forgets_words`: OW is not swapped in theirs."""

    def __init__(self, syntax: str, forgets_words: bool = False) -> None:
        self.big = syntax == EXPLICIT_BE
        self.forgets_words = forgets_words

    def differences(self, ours: DataSet, theirs: DataSet, where: str = "") -> Iterator[str]:
        """Yield a line for each difference."""
        for tag in sorted({*ours, *theirs}):
            if tag & 0xFFFF and tag != 0xFFFCFFFC:
                place = f"{where}{tag:08x}"
                if tag in ours and tag in theirs:
                    yield from self.element(ours[tag], theirs[tag], ours, place)
                else:
                    yield f"{place} is only in {'ours' if tag in ours else 'theirs'}"

    def element(
        self, ours: Element, theirs: Element, data_set: DataSet, where: str
    ) -> Iterator[str]:
        mine, other = ours.value, theirs.value
        if isinstance(mine, bytes) and isinstance(other, bytes):
            yield from self.values(ours, mine, theirs, other, where)
            return
        try:
            items = [self.items(one, data_set) for one in (ours, theirs)]
        except RefusedError:
            yield f"{where} is a sequence in one only"
            return
        if len(items[0]) != len(items[1]):
            yield f"{where} has {len(items[0])} and {len(items[1])} items"
            return
        for number, (one, another) in enumerate(zip(*items, strict=True)):
            if isinstance(one.elements, DataSet) and isinstance(another.elements, DataSet):
                yield from self.differences(one.elements, another.elements, f"{where}[{number}].")
            elif one.elements != another.elements:
                yield f"{where}[{number}] differs"

    @staticmethod
    def items(element: Element, data_set: DataSet) -> list[Item]:
        """Return the items of a sequence, also where it is private and hidden in bytes."""
        if isinstance(element.value, list):
            return element.value
        if element.vr not in (None, "UN"):
            raise RefusedError(str(element.vr))
        reader = Reader(element.value, False, False)
        return reader.items(data_set, 0, len(element.value), element.defined)[0]

    def values(
        self, ours: Element, mine: bytes, theirs: Element, other: bytes, where: str
    ) -> Iterator[str]:
        vr = ours.vr or standard_vr(ours.tag)
        if ours.vr != theirs.vr:
            if ours.vr not in (None, "UN"):  # None: inside UN
                yield f"{where} is {ours.vr} and {theirs.vr}"
            elif self.big:
                other = swapped(other, theirs.vr)
        # In Implicit VR nobody sees whether it was OB or OW.
        if self.forgets_words and (vr == "OW" or (vr == "OB or OW" and mine != other)):
            other = swapped(other, "OW")
        if vr in TEXT or (vr == "UN" and theirs.vr in TEXT):
            mine, other = mine.rstrip(b" \0"), other.rstrip(b" \0")
        if mine != other and mine + b"\0" != other:
            yield f"{where} has {mine[:20]!r} and {other[:20]!r}"
