"""What DCMTK calls SOP classes and transfer syntaxes in its report and its lists."""

from __future__ import annotations

from functools import cache

from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

_JPEG = "1.2.840.10008.1.2.4."

_OWN_NAMES = {
    "1.2.840.10008.1.2": "Little Endian Implicit",
    "1.2.840.10008.1.2.1": "Little Endian Explicit",
    "1.2.840.10008.1.2.2": "Big Endian Explicit",
    _JPEG + "50": "JPEG Baseline",
    _JPEG + "51": "JPEG Extended, Process 2+4",
    _JPEG + "52": "JPEG Extended, Process 3+5",
    _JPEG + "53": "JPEG Spectral Selection, Non-hierarchical, Process 6+8",
    _JPEG + "54": "JPEG Spectral Selection, Non-hierarchical, Process 7+9",
    _JPEG + "55": "JPEG Full Progression, Non-hierarchical, Process 10+12",
    _JPEG + "56": "JPEG Full Progression, Non-hierarchical, Process 11+13",
    _JPEG + "57": "JPEG Lossless, Non-hierarchical, Process 14",
    _JPEG + "58": "JPEG Lossless, Non-hierarchical, Process 15",
    _JPEG + "59": "JPEG Extended, Hierarchical, Process 16+18",
    _JPEG + "60": "JPEG Extended, Hierarchical, Process 17+19",
    _JPEG + "61": "JPEG Spectral Selection, Hierarchical, Process 20+22",
    _JPEG + "62": "JPEG Spectral Selection, Hierarchical, Process 21+23",
    _JPEG + "63": "JPEG Full Progression, Hierarchical, Process 24+26",
    _JPEG + "64": "JPEG Full Progression, Hierarchical, Process 25+27",
    _JPEG + "65": "JPEG Lossless, Hierarchical, Process 28",
    _JPEG + "66": "JPEG Lossless, Hierarchical, Process 29",
    _JPEG + "70": "JPEG Lossless, Non-hierarchical, 1st Order Prediction",
    _JPEG + "80": "JPEG-LS Lossless",
    _JPEG + "81": "JPEG-LS Lossy (Near-lossless)",
    _JPEG + "90": "JPEG 2000 (Lossless only)",
    _JPEG + "91": "JPEG 2000 (Lossless or Lossy)",
    _JPEG + "92": "JPEG 2000 Part 2 Multicomponent Image Compression (Lossless only)",
    _JPEG + "93": "JPEG 2000 Part 2 Multicomponent Image Compression (Lossless or Lossy)",
    _JPEG + "100": "MPEG2 Main Profile @ Main Level",
    _JPEG + "101": "MPEG2 Main Profile @ High Level",
    "1.2.840.113619.5.2": "Private GE Little Endian Implicit with big endian pixel data",
}
"""Where its name is not that of the Standard."""

_NO_SOP_CLASSES = ("MetaSOPClass", "ServiceClass")
"""Ends of the names of classes that no instance has; they are known in configurations only."""
_NOT_ITS_OWN = ("real_time", "other")
"""Ways of coding whose transfer syntaxes DCMTK knows as UIDs only."""


def dcmtk_transfer_syntax_name(uid: str) -> str:
    """Return what DCMTK's senders call a transfer syntax."""
    name = _OWN_NAMES.get(uid)
    if name is not None:
        return name
    known = TRANSFER_SYNTAXES.get(uid)
    if known is None or known.coding in _NOT_ITS_OWN:
        return "Unknown Transfer Syntax"
    return known.name


@cache
def sop_class_names() -> dict[str, str]:
    """Return the names by UID: of those that DCMTK takes for one UID the one that it writes."""
    from fastsend.model.dcmtk_class_names import CLASS_NAMES

    names: dict[str, str] = {}
    for name, uid in CLASS_NAMES.items():
        if not name.endswith(_NO_SOP_CLASSES):
            names.setdefault(uid, name)
    return names


def dcmtk_class_name(uid: str, without: str = "unknown") -> str:
    """Return what DCMTK's senders call a SOP class; `without` where they have no name for it."""
    return sop_class_names().get(uid, without)
