"""Data sets that are broken or allow two readings: which error, at which element and offset."""

import itertools
import pickle

import pytest

from fastsend._native import recode
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding

IMPLICIT, EXPLICIT, BIG = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE), Encoding(EXPLICIT_BE)
DIRECTIONS = list(itertools.permutations(SYNTAXES, 2))
FIRST = {one: one.element(0x00080060, "CS", b"OT") for one in (IMPLICIT, EXPLICIT, BIG)}
"""The 10 bytes before what is wrong."""

SIGNED, UNSIGNED = (IMPLICIT.numbers(0x00280103, "US", value) for value in (1, 0))
SMALLEST = IMPLICIT.numbers(0x00280106, "US", 7)
PIXELS = IMPLICIT.element(0x7FE00010, "OW", b"\1\2")


def refuse(data_set: bytes, one: str, other: str) -> recode.RecodeError:
    """The error; the same without a look at all of it before."""
    with pytest.raises(recode.RecodeError) as caught:
        recode.to_bytes(data_set, one, other)
    return caught.value


def icon(value: bytes) -> bytes:
    return IMPLICIT.element(0x00880200, "SQ", IMPLICIT.item(value))


@pytest.mark.parametrize("other", [EXPLICIT_LE, EXPLICIT_BE])
@pytest.mark.parametrize(
    ("data_set", "reason", "tag", "offset"),
    [
        (IMPLICIT.element(0x00100010, "PN", b"A", 2), "exceeds", 0x00100010, 0),
        (IMPLICIT.element(0x00100010, "PN", b"A", 0xFFFFFFFE), "exceeds", 0x00100010, 0),
        (b"\x10\0\x10\0\2\0\0", "ends inside", 0x00100010, 0),
        (b"\x10\0\x10", "ends inside", 0, 0),
        (IMPLICIT.item(b""), "out of place", 0xFFFEE000, 0),
        (IMPLICIT.item_end, "out of place", 0xFFFEE00D, 0),
        (IMPLICIT.sequence_end, "out of place", 0xFFFEE0DD, 0),
        (IMPLICIT.element(0x00100010, "PN", b"", 0xFFFFFFFF), "undefined", 0x00100010, 0),
        (IMPLICIT.element(0x00081140, "SQ", b"", 0xFFFFFFFF), "ends inside", 0x00081140, 8),
        (IMPLICIT.element(0x00081140, "SQ", b"12345678"), "out of place", 0x32313433, 8),
        (IMPLICIT.element(0x00081140, "SQ", b"1234"), "ends inside", 0x32313433, 8),
        (IMPLICIT.element(0x00081140, "SQ", IMPLICIT.item(b"", 1)), "exceeds", 0xFFFEE000, 8),
        (IMPLICIT.element(0x00081140, "SQ", SMALLEST), "out of place", 0x00280106, 8),
        (IMPLICIT.element(0x00081140, "SQ", IMPLICIT.item_end), "out of place", 0xFFFEE00D, 8),
        (
            IMPLICIT.element(0x00081140, "SQ", IMPLICIT.sequence_end + IMPLICIT.item(b"")),
            "out of place",
            0xFFFEE0DD,
            8,
        ),
        (  # the delimiter of the item is missing
            IMPLICIT.open_sequence(0x00081140, IMPLICIT.item(SMALLEST, 0xFFFFFFFF)),
            "out of place",
            0xFFFEE0DD,
            26,
        ),
        (  # a delimiter with a length
            IMPLICIT.open_sequence(0x00081140)[:-4] + b"\1\0\0\0",
            "out of place",
            0xFFFEE0DD,
            8,
        ),
        (SMALLEST + UNSIGNED, "not increase", 0x00280103, 10),
        (SMALLEST + SMALLEST, "not increase", 0x00280106, 10),
        (SMALLEST + bytes(8) + b"\1", "not increase", 0, 10),
        (icon(SMALLEST + bytes(8)), "not increase", 0, 26),
        (IMPLICIT.element(0x00000002, "UI", b"1.2\0"), "group", 0x00000002, 0),
        (IMPLICIT.element(0x00020010, "UI", b"1.2\0"), "group", 0x00020010, 0),
        (EXPLICIT.element(0x00080060, "CS", b"OT"), "Explicit VR where", 0x00080060, 0),
        (
            icon(EXPLICIT.element(0x00080060, "CS", b"OT")),
            "Explicit VR where",
            0x00080060,
            16,
        ),
        # No Pixel Representation in an image, or one that is neither 0 nor 1
        (SMALLEST + PIXELS, "depends", 0x7FE00010, 10),
        (IMPLICIT.numbers(0x00280103, "US", 2) + SMALLEST, "depends", 0x00280106, 10),
        (IMPLICIT.numbers(0x00280103, "US", 0, 0) + SMALLEST, "depends", 0x00280106, 12),
        # ... or behind what depends on it, where it says the other thing
        (
            icon(IMPLICIT.numbers(0x00189810, "US", 1) + SIGNED),
            "depends",
            0x00280103,
            26,
        ),
        (
            UNSIGNED + icon(IMPLICIT.numbers(0x00189810, "US", 1) + SIGNED),
            "depends",
            0x00280103,
            36,
        ),
        (IMPLICIT.element(0x54001010, "OW", b"\1\2"), "depends", 0x54001010, 0),
        (  # the channel was taken for OW before 8 bits were seen
            IMPLICIT.element(
                0x003A0200, "SQ", IMPLICIT.item(IMPLICIT.element(0x54000110, "OW", b"\1\2"))
            )
            + IMPLICIT.numbers(0x54001004, "US", 8),
            "depends",
            0x54001004,
            26,
        ),
        (IMPLICIT.element(0x54000110, "OW", b"\1\2"), "depends", 0x54000110, 10),
        (IMPLICIT.element(0x54000110, "OW", b"\1\2") + bytes(9), "depends", 0, 10),
        (IMPLICIT.element(0x00143050, "OW", b"\1\2"), "depends", 0x00143050, 0),
        (IMPLICIT.element(0x5000200C, "OW", b"\1\2"), "depends", 0x5000200C, 0),
        (IMPLICIT.element(0x7F000010, "OW", b"\1\2"), "depends", 0x7F000010, 0),
        (IMPLICIT.element(0x00090010, "LO", b"A" * 70_000), "no VR", 0x00090010, 0),
        (IMPLICIT.open_sequence(0x7FE00010, IMPLICIT.item(b"")), "encapsulated", 0x7FE00010, 0),
    ],
)
def test_implicit_vr(other: str, data_set: bytes, reason: str, tag: int, offset: int) -> None:
    error = refuse(data_set, IMPLICIT_LE, other)
    assert reason in str(error)
    assert (error.tag, error.offset) == (tag, offset)
    broken = reason in {"exceeds", "ends inside"}
    assert isinstance(error, recode.UnsureError) is not broken


@pytest.mark.parametrize("one", [EXPLICIT, BIG], ids=["little", "big"])
@pytest.mark.parametrize(
    ("tag", "vr", "rest", "reason"),
    [
        (0x00100010, b"ZZ", b"\0\0", "no VR"),
        (0x00100010, b"\0\0", b"\0\0", "no VR"),
        (0x00100010, b"pn", b"\0\0", "no VR"),
        (0x00282000, b"OB", b"\1\0\0\0\0\0", "no VR"),  # reserved bytes
        (0x00282000, b"OB", b"\0\0\0\0", "ends inside"),
        (0x00282000, b"OB", b"\0\0\0\0\0\1", "exceeds"),
        (0x00282000, b"OB", b"\0\0\xff\xff\xff\xfe", "exceeds"),
        (0x00282000, b"OB", b"\0\0\xff\xff\xff\xff", "undefined"),
        (0x0040A160, b"UT", b"\0\0\xff\xff\xff\xff", "undefined"),
        (0x00100010, b"PN", b"\1\0", "exceeds"),
        (0x00080016, b"UI", b"\0\0", "not increase"),
        (0x00000010, b"UI", b"\0\0", "not increase"),
    ],
)
def test_explicit_vr(one: Encoding, tag: int, vr: bytes, rest: bytes, reason: str) -> None:
    if one is EXPLICIT and len(rest) == 6 and rest[2:4] != b"\0\0":
        rest = rest[:2] + rest[:1:-1]
    head = one.element(tag, "AE")[:4]
    for other in {EXPLICIT_LE, EXPLICIT_BE, IMPLICIT_LE} - {one.syntax}:
        error = refuse(FIRST[one] + head + vr + rest, one.syntax, other)
        assert reason in str(error)
        assert (error.tag, error.offset) == (tag, 10)


@pytest.mark.parametrize(
    "data_set",
    [
        BIG.element(0x00080309, "UL", b"123"),
        BIG.element(0x00280010, "US", b"1"),
        BIG.numbers(0x00280100, "US", 16) + BIG.element(0x7FE00010, "OW", b"123"),
        # DCMTK swaps words here, pydicom what the pixels take: PS3.5 6.2 and A.3
        BIG.numbers(0x00280100, "US", 32) + BIG.element(0x7FE00010, "OW", b"1234"),
        BIG.numbers(0x00280100, "US", 16) + BIG.element(0x7FE00010, "OB", b"1234"),
        BIG.element(0x7FE00010, "OW", b"1234"),  # no Bits Allocated
        BIG.numbers(0x54001004, "US", 32) + BIG.element(0x54001010, "OW", b"1234"),
        BIG.element(0x50003000, "OB", b"1234"),
    ],
)
def test_bytes_that_may_or_may_not_be_swapped(data_set: bytes) -> None:
    for other in (EXPLICIT_LE, IMPLICIT_LE):
        error = refuse(data_set, EXPLICIT_BE, other)
        assert isinstance(error, recode.UnsureError)
        assert "which bytes to swap" in str(error)


@pytest.mark.parametrize(("one", "other"), DIRECTIONS)
@pytest.mark.parametrize("depth", [recode.MAX_DEPTH + 1, 30_000])
def test_too_many_sequences_in_each_other(one: str, other: str, depth: int) -> None:
    encoding = Encoding(one)
    head = encoding.element(0x00081140, "SQ", encoding.item(b"", 0xFFFFFFFF), 0xFFFFFFFF)
    error = refuse(head * depth, one, other)
    assert not isinstance(error, recode.UnsureError)
    assert "in each other" in str(error)
    assert error.offset <= recode.MAX_DEPTH * len(head) + len(head)


@pytest.mark.parametrize("other", [EXPLICIT_BE, IMPLICIT_LE])
def test_too_many_sequences_inside_un(other: str) -> None:
    deep = IMPLICIT.element(0x00081140, "SQ", IMPLICIT.item(b"", 0xFFFFFFFF), 0xFFFFFFFF) * 30_000
    head = EXPLICIT.element(0x00091001, "UN", IMPLICIT.item(deep, 0xFFFFFFFF), 0xFFFFFFFF)
    assert "in each other" in str(refuse(head, EXPLICIT_LE, other))


@pytest.mark.parametrize("other", [EXPLICIT_LE, EXPLICIT_BE])
def test_fragments_in_big_endian(other: str) -> None:
    one = BIG if other == EXPLICIT_LE else EXPLICIT
    data_set = one.open_sequence(0x7FE00010, one.item(b""), vr="OB")
    with pytest.raises(recode.UnsureError, match="encapsulated"):
        recode.to_bytes(data_set, one.syntax, other, copy_fragments=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [(one, one) for one in SYNTAXES] + [("1.2.840.10008.1.2.5", EXPLICIT_LE), (IMPLICIT_LE, "")],
)
def test_transfer_syntaxes_that_are_none_of_the_three(one: str, other: str) -> None:
    with pytest.raises(ValueError, match=r"transfer syntax"):
        recode.to_bytes(b"", one, other)
    with pytest.raises(ValueError, match=r"transfer syntax"):
        recode.Recoder(0, 0, 0, one, other)


def test_errors_survive_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(recode.UnsureError("a reason", 0x7FE00010, 12)))
    assert type(error) is recode.UnsureError
    assert str(error) == "a reason: (7fe0,0010) at byte 12"
    assert (error.reason, error.tag, error.offset) == ("a reason", 0x7FE00010, 12)
