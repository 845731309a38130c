"""Data dictionaries in DCMTK's format, as ``DCMDICTPATH`` names them.

A line has three to five fields between tabs: tag, VR, name, and perhaps VM and version. A tag is
``(gggg,eeee)``, or ``(gggg,"CREATOR",ee)`` and ``(gggg,"CREATOR",eeee)`` for private elements;
group and element may be ranges, ``low-high`` of even numbers, ``low-o-high`` of odd ones,
``low-u-high`` of all. Lines that begin with ``#`` are comments. What DCMTK takes is taken, and what
it complains about is told and left out.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from fastsend._native.recode import Dictionary
from fastsend.convert.tags import PIXEL_DATA
from fastsend.model.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Parity = Literal["any", "even", "odd"]

_LONGEST_LINE: Final = 2047
"""Bytes; DCMTK takes what is behind them for the next line."""
_LONGEST_PART: Final = 63
"""Bytes of a group, an element or a Private Creator."""

_STANDARD_VRS: Final = frozenset(
    (
        *("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF"),
        *("OL", "OV", "OW", "PN", "SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN"),
        *("UR", "US", "UT", "UV"),
    )
)
_OTHER_VRS: Final = {"ox": "ox", "xs": "xs", "lt": "OW", "px": "OW", "up": "UL"}
"""VRs of DCMTK's own: choices of PS3.6, what native pixels are in, and offsets in a DICOMDIR."""

_TAG: Final = re.compile(rb'\(([^,]*),\s*(?:"([^"]*)"\s*,)?([^)]*).*\)', re.DOTALL)
_HEXADECIMAL: Final = rb"(?:0[xX])?([0-9a-fA-F]+)"
_RANGE: Final = re.compile(_HEXADECIMAL + rb"-(.)-" + _HEXADECIMAL)
_EVEN_RANGE: Final = re.compile(_HEXADECIMAL + rb"-" + _HEXADECIMAL)
_ONE: Final = re.compile(_HEXADECIMAL)
_PARITIES: Final[dict[bytes, Parity]] = {b"o": "odd", b"e": "even", b"u": "any"}
_MULTIPLICITY: Final = re.compile(rb"[+-]?\d+(?:-(?:[+-]?\d+(?:[nN].*)?|[nN].*)|[nN].*)?|[nN].*")
_SPACE: Final = b" \t\n\v\f\r"


class Span(NamedTuple):
    """Groups or elements, from the lowest to the highest."""

    low: int
    high: int
    parity: Parity = "any"


class Entry(NamedTuple):
    """One line of a dictionary."""

    creator: bytes
    """Private Creator; empty where none is named."""
    groups: Span
    elements: Span
    vr: str
    """As `Dictionary` takes it."""

    @property
    def is_range(self) -> bool:
        """True where it is for more than one tag."""
        return self.groups.low != self.groups.high or self.elements.low != self.elements.high

    def is_within(self, other: Entry) -> bool:
        """Return whether all of its tags are in the range of another entry."""
        return (
            self.creator == other.creator
            and other.groups.low <= self.groups.low
            and self.groups.high <= other.groups.high
            and other.elements.low <= self.elements.low
            and self.elements.high <= other.elements.high
        )


def load_dictionaries(paths: Iterable[str]) -> tuple[Dictionary, list[str]]:
    """Read dictionaries; entries of later ones take the place of earlier ones.

    Parameters
    ----------
    paths : iterable of str
        The files.

    Returns
    -------
    dictionary : Dictionary
        All entries together.
    complaints : list of str
        What cannot be opened or understood, in words for the user.
    """
    complaints: list[str] = []
    single: dict[tuple[bytes, int], str] = {}
    ranges: list[Entry] = []
    for path in paths:
        try:
            for entry in _read(path, complaints):
                if entry.is_range:
                    _add_range(ranges, entry)
                else:
                    tag = entry.groups.low << 16 | entry.elements.low
                    single[entry.creator, tag] = entry.vr
        except OSError as exc:
            complaints.append(
                f"cannot read data dictionary {printable(path)}: {exc.strerror or exc}; "
                "check the environment variable DCMDICTPATH"
            )
    dictionary = Dictionary(((*key, vr) for key, vr in single.items()), ranges)
    return dictionary, complaints


def _read(path: str, complaints: list[str]) -> Iterator[Entry]:
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 - pathlib is slow to import
        raise OSError(0, "it is no file")
    with open(path, "rb") as file:  # noqa: PTH123
        for number, text in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            line = text.partition(b"\0")[0].rstrip(_SPACE)
            if not line or line.lstrip(_SPACE).startswith(b"#"):
                continue
            entry = parse_line(line)
            if isinstance(entry, str):
                complaints.append(f"{printable(path)}, line {number}: {entry}")
            else:
                yield entry


def parse_line(line: bytes) -> Entry | str:
    """Return what a line without white space at its end says, or what is wrong with it."""
    fields = line.split(b"\t", 5)
    if len(fields) < 3:
        return "too few fields between tabs"
    if len(fields) > 5:
        return "too many fields between tabs"
    if len(fields) > 3 and not _MULTIPLICITY.fullmatch(_without_space(fields[3])):
        return f"no VM: {_shown(fields[3])}"
    tag = _TAG.fullmatch(fields[0].strip(_SPACE))
    if not tag or max(map(len, tag.groups(b""))) > _LONGEST_PART:
        return f"no tag: {_shown(fields[0])}"
    group, creator, element = tag.groups(b"")
    groups, elements = _span(_without_space(group)), _span(_without_space(element))
    if groups is None or elements is None:
        return f"no tag: {_shown(fields[0])}"
    vr = _vr(_without_space(fields[1]).decode("latin-1"))
    if vr is None:
        return f"no VR: {_shown(fields[1])}"
    if fields[1][:2] == b"px" and groups.low << 16 | elements.low == PIXEL_DATA:
        vr = "ox"
    return Entry(creator, groups, elements, vr)


def _without_space(field: bytes) -> bytes:
    return field.translate(None, _SPACE)


def _shown(field: bytes) -> str:
    return printable(field[:80].decode("utf-8", "replace"))


def _span(part: bytes) -> Span | None:
    """Return one number, or a range; what comes behind it is not looked at."""
    if found := _RANGE.match(part):
        low, kind, high = found.groups()
        parity = _PARITIES.get(kind.lower())
        return None if parity is None else Span(_number(low), _number(high), parity)
    if found := _EVEN_RANGE.match(part):
        return Span(_number(found[1]), _number(found[2]), "even")
    if found := _ONE.match(part):
        return Span(_number(found[1]), _number(found[1]))
    return None


def _number(hexadecimal: bytes) -> int:
    return int(hexadecimal, 16) & 0xFFFF


def _vr(text: str) -> str | None:
    """Return a VR by its first two characters, UN for what is none and None for what is an error.

    Two capital letters could be a VR of a later edition, which is no use to anybody here.
    """
    name = text[:2]
    if name in _STANDARD_VRS:
        return name
    if len(name) == 2 and name.isascii() and name.isalpha() and name.isupper():
        return None
    return _OTHER_VRS.get(name, "UN")


def _add_range(ranges: list[Entry], entry: Entry) -> None:
    """Put a range in the place of the same one, or before the first that it is a part of."""
    for position, other in enumerate(ranges):
        if entry[:3] == other[:3]:
            ranges[position] = entry
            return
        if entry.is_within(other):
            ranges.insert(position, entry)
            return
    ranges.append(entry)
