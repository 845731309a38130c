"""Write ``dictionary_table.h``, the VR of each Data Element of the Standard, from pydicom's tables.

``python ext/recode/generate_dictionary.py`` writes it, ``--check`` only compares. The tables of
pydicom are those of PS3.6 6, 7 and 8. The result is committed: a build needs neither pydicom nor
this script.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).with_name("dictionary_table.h")

_CHOICES = {
    "US or SS": "VR_US_OR_SS",
    "OB or OW": "VR_OB_OR_OW",
    "US or OW": "VR_US_OR_OW",
    "US or SS or OW": "VR_US_OR_SS_OR_OW",
}
_NOT_IN_A_DATA_SET = {0x0000, 0x0002, 0xFFFE}
"""Command set, File Meta Information, items and delimiters."""


def _vr(vr: str) -> str:
    return _CHOICES.get(vr) or f"VR('{vr[0]}', '{vr[1]}')"


def table() -> str:
    """Return the text of the header."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "/* Written by generate_dictionary.py, do not edit. PS3.6 6, 7 and 8. */"
    yield "static const dictionary_entry dictionary[] = {"
    for tag, (vr, *_) in sorted(DicomDictionary.items()):
        if tag >> 16 not in _NOT_IN_A_DATA_SET:
            yield f"    {{0x{tag:08X}, {_vr(vr)}}},"
    yield "};"
    yield ""
    yield "static const dictionary_repeater dictionary_repeaters[] = {"
    for pattern, (vr, *_) in RepeatersDictionary.items():
        mask = "".join("0" if digit == "x" else "F" for digit in pattern)
        yield f"    {{0x{mask}, 0x{pattern.replace('x', '0')}, {_vr(vr)}}},"
    yield "};"


def main() -> int:
    """Write or compare the table; return the exit code."""
    if "--check" not in sys.argv[1:]:
        TABLE.write_text(table())
        return 0
    if TABLE.read_text() == table():
        return 0
    print(f"{TABLE.name} does not agree with the installed pydicom", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
