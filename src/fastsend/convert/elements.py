"""Data Elements as bytes (PS3.5 7.1, 7.5), for what conversion changes in a data set."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from fastsend.convert.refusal import AttributeRefusedError
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Iterable

Edit = tuple[int, bytes, bool]
"""A tag of the top level, the whole element that stands there in the output (empty: none), and
whether only where the input has one."""

_LONG_VRS: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN"}) | {
    "UR",
    "UT",
    "UV",
}
"""VRs with a 32-bit length behind two reserved bytes (PS3.5 7.1.2)."""

_ITEM: Final = 0xFFFEE000


class ElementEncoder:
    """Encodes Data Elements in one transfer syntax.

    Parameters
    ----------
    transfer_syntax_uid : str
        Implicit VR and Big Endian where it says so, else Explicit VR Little Endian, as all that
        are encapsulated or deflated (PS3.5 A.4, A.5).
    """

    def __init__(self, transfer_syntax_uid: str) -> None:
        known = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
        self.implicit_vr = known is not None and known.implicit_vr
        self.big_endian = known is not None and known.big_endian
        self._order = ">" if self.big_endian else "<"

    def head(self, tag: int, vr: str, length: int) -> bytes:
        """Return tag, VR and length.

        Parameters
        ----------
        tag : int
            As a 32-bit number.
        vr : str
            Its Value Representation.
        length : int
            Of the value, in bytes; 0xFFFFFFFF where it is undefined.

        Raises
        ------
        AttributeRefusedError
            Where the VR has no room for the length.
        """
        group, element = tag >> 16, tag & 0xFFFF
        if self.implicit_vr:
            return struct.pack(self._order + "HHL", group, element, length)
        if vr in _LONG_VRS:
            return struct.pack(self._order + "HH2s2xL", group, element, vr.encode(), length)
        if length > 0xFFFF:
            raise AttributeRefusedError(f"{length:,} bytes are too many for VR {vr}", tag)
        return struct.pack(self._order + "HH2sH", group, element, vr.encode(), length)

    def element(self, tag: int, vr: str, value: bytes) -> bytes:
        """Return a whole element, its value padded to even length (PS3.5 6.2)."""
        if len(value) % 2:
            value += b"\0" if vr in ("UI", "OB", "UN") else b" "
        return self.head(tag, vr, len(value)) + value

    def unsigned_short(self, tag: int, number: int) -> bytes:
        """Return an element of VR US."""
        return self.element(tag, "US", struct.pack(self._order + "H", number))

    def sequence(self, tag: int, item: bytes, *, before: bytes = b"") -> bytes:
        """Return a sequence of defined length.

        Parameters
        ----------
        tag : int
            Of the sequence.
        item : bytes
            The elements of its last item.
        before : bytes
            Other items, with their heads, that stand before it.
        """
        head = struct.pack(self._order + "HHL", _ITEM >> 16, _ITEM & 0xFFFF, len(item))
        return self.element(tag, "SQ", before + head + item)


def merge_edits(*lists: Iterable[Edit]) -> list[Edit]:
    """Return edits in the order of their tags; of two for one tag the later list's stands."""
    merged = {edit[0]: edit for edits in lists for edit in edits}
    return [merged[tag] for tag in sorted(merged)]


def text_values(value: bytes) -> list[bytes]:
    """Return the values of a text element without padding (PS3.5 6.2, 6.4)."""
    stripped = [part.strip(b" \0") for part in value.split(b"\\")]
    return [] if stripped == [b""] else stripped
