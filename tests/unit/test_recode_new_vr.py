"""VRs that came after the first edition of the Standard, written as OB as DCMTK does it."""

import struct

import pytest

from fastsend._native import recode
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding

IMPLICIT, EXPLICIT, BIG = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE), Encoding(EXPLICIT_BE)
TEXT = ("UC", "UN", "UR", "UT")
NUMBERS = {"OD": "d", "OF": "f", "OL": "L", "OV": "Q", "SV": "q", "UV": "Q"}
OLD = (
    *("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UI"),
    *("AT", "FD", "FL", "SL", "SS", "UL", "US", "OB", "OW"),
)


def renamed(data_set: bytes, one: Encoding, other: Encoding) -> bytes:
    return recode.to_bytes(data_set, one.syntax, other.syntax, disable_new_vr=True)


def data_set(encoding: Encoding, *, new: bool) -> bytes:
    """Every VR; the new ones under their name, or in OB."""
    elements = encoding.element(0x00090010, "LO", b"ACME")
    for number, vr in enumerate(OLD):
        elements += encoding.element(0x00091000 + number, vr, bytes(8))
    for number, vr in enumerate(TEXT):
        elements += encoding.element(0x00091100 + number, vr if new else "OB", b"text")
    for number, (vr, code) in enumerate(NUMBERS.items()):
        tag = 0x00091200 + number
        # Numbers in OB are little endian whatever the transfer syntax.
        value = struct.pack("<" + code, 3)
        elements += encoding.numbers(tag, vr, 3) if new else encoding.element(tag, "OB", value)
    return elements


@pytest.mark.parametrize("one", [EXPLICIT, BIG], ids=["explicit", "big"])
@pytest.mark.parametrize("other", [EXPLICIT, BIG], ids=["explicit", "big"])
def test_at_all_depths(one: Encoding, other: Encoding) -> None:
    def nested(encoding: Encoding, *, new: bool) -> bytes:
        item = encoding.item(data_set(encoding, new=new))
        inner = encoding.element(0x00081140, "SQ", item)
        return encoding.open_sequence(0x00081115, encoding.open_item(inner)) + data_set(
            encoding, new=new
        )

    assert renamed(nested(one, new=True), one, other) == nested(other, new=False)


@pytest.mark.parametrize("one", [EXPLICIT, BIG], ids=["explicit", "big"])
def test_implicit_vr_has_none_of_them(one: Encoding) -> None:
    elements = data_set(one, new=True)
    plain = recode.to_bytes(elements, one.syntax, IMPLICIT_LE)
    assert renamed(elements, one, IMPLICIT) == plain
    assert renamed(plain, IMPLICIT, IMPLICIT) == plain


@pytest.mark.parametrize("other", [EXPLICIT, BIG], ids=["explicit", "big"])
def test_from_implicit_vr(other: Encoding) -> None:
    def elements(encoding: Encoding, *, new: bool) -> bytes:
        def vr(name: str) -> str:
            return name if new else "OB"

        return (
            encoding.element(0x00080119, vr("UC"), b"text")
            + encoding.element(0x00091001, vr("UN"), b"1234")
            + encoding.element(0x00640009, vr("OF"), struct.pack("<f", 1.5))
        )

    assert renamed(elements(IMPLICIT, new=True), IMPLICIT, other) == elements(other, new=False)


@pytest.mark.parametrize("one", [EXPLICIT, BIG], ids=["explicit", "big"])
@pytest.mark.parametrize("other", [EXPLICIT, BIG], ids=["explicit", "big"])
@pytest.mark.parametrize("defined", [True, False])
def test_unknown_elements_of_undefined_length(
    one: Encoding, other: Encoding, defined: bool
) -> None:
    """What is inside becomes Explicit VR, so that lengths around it change, too."""

    def inside(encoding: Encoding) -> bytes:
        return encoding.element(0x00080060, "CS", b"OT") + encoding.element(
            0x0040A160, "OB", b"text"
        )

    def wrapped(encoding: Encoding, element: bytes) -> bytes:
        if not defined:
            return encoding.open_sequence(0x00081140, encoding.open_item(element))
        return encoding.element(0x00081140, "SQ", encoding.item(element))

    items = IMPLICIT.item(inside(IMPLICIT)) + IMPLICIT.sequence_end
    element = one.element(0x00091001, "UN", items, 0xFFFFFFFF)
    expected = other.open_sequence(0x00091001, other.item(inside(other)))
    assert renamed(wrapped(one, element), one, other) == wrapped(other, expected)
    assert renamed(element, one, other) == expected


def test_the_sign_inside_unknown_elements() -> None:
    """US or SS by the Pixel Representation around, also where the syntax stays."""
    items = IMPLICIT.item(IMPLICIT.numbers(0x00280106, "SS", -1)) + IMPLICIT.sequence_end
    for signed, vr in ((0, "US"), (1, "SS")):
        sign = EXPLICIT.numbers(0x00280103, "US", signed)
        unknown = EXPLICIT.element(0x00291001, "UN", items, 0xFFFFFFFF)
        value = EXPLICIT.element(0x00280106, vr, b"\xff\xff")
        expected = EXPLICIT.open_sequence(0x00291001, EXPLICIT.item(value))
        assert renamed(sign + unknown, EXPLICIT, EXPLICIT) == sign + expected


@pytest.mark.parametrize("other", [EXPLICIT, BIG], ids=["explicit", "big"])
def test_what_cannot_be_swapped(other: Encoding) -> None:
    with pytest.raises(recode.UnsureError, match="which bytes to swap"):
        renamed(BIG.element(0x00640009, "OF", b"12"), BIG, other)
    assert renamed(EXPLICIT.element(0x00640009, "OF", b"12"), EXPLICIT, other) == other.element(
        0x00640009, "OB", b"12"
    )


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_edits_are_taken_as_they_are(syntax: str) -> None:
    encoding = Encoding(syntax)
    edit = (0x0040A160, encoding.element(0x0040A160, "UT", b"text"), False)
    assert recode.to_bytes(b"", syntax, syntax, edits=[edit], disable_new_vr=True) == edit[1]
