"""UIDs as DCMTK's configuration files have them: numbers, or DCMTK's names."""

from __future__ import annotations

import sys

from fastsend.model.transfer_syntax import EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN

_LITTLE_ENDIAN_HERE = sys.byteorder == "little"
_LITTLE_ENDIAN = {
    "LocalEndianExplicit": _LITTLE_ENDIAN_HERE,
    "OppositeEndianExplicit": not _LITTLE_ENDIAN_HERE,
}
_UID_CHARACTERS = frozenset("0123456789.")


def uid_of(text: str) -> str | None:
    """Return the UID that a text stands for; None where it is no name and no UID.

    As with DCMTK any digits and points are a UID, and an equals sign may come before a name.
    """
    uid = text if "0" <= text[:1] <= "9" else _named(text.removeprefix("=")) or text
    return uid if uid and set(uid) <= _UID_CHARACTERS else None


def _named(name: str) -> str | None:
    little_endian = _LITTLE_ENDIAN.get(name)
    if little_endian is not None:
        return EXPLICIT_VR_LITTLE_ENDIAN if little_endian else EXPLICIT_VR_BIG_ENDIAN
    from fastsend.model.dcmtk_class_names import CLASS_NAMES
    from fastsend.plan.dcmtk_transfer_syntax_names import TRANSFER_SYNTAX_NAMES

    return TRANSFER_SYNTAX_NAMES.get(name) or CLASS_NAMES.get(name)
