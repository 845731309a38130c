"""Data sets for property tests: hypothesis puts them together in a native transfer syntax."""

from __future__ import annotations

from hypothesis import strategies as st

from reference.data_set_bytes import IMPLICIT_LE, Encoding
from reference.recode import LONG_VRS, PIXEL_DATA, SHORT_VRS, UNITS, standard_vr

# fmt: off
PLAIN = (
    0x00080005, 0x00080060, 0x00080119, 0x00080309, 0x0008040C, 0x0008041B, 0x00081163, 0x00100010,
    0x00180013, 0x00186020, 0x00189219, 0x00205000, 0x00280030, 0x00281201, 0x0040A160, 0x00640009,
    0x00660022, 0x00660040, 0x00720081, 0x00720082, 0x60020010, 0x60FE3000,
)
SEQUENCES = (0x00081140, 0x00082112, 0x00283010, 0x00400275, 0x54000100, 0x003A0200)
DECIDING = (0x00280100, 0x00280103, 0x54001004)
AMBIGUOUS = (
    0x00189810, 0x00280106, 0x00281101, 0x00281200, 0x00283002, 0x00283006, 0x00409211, 0x00603004,
    0x54000110, 0x5400100A, 0x54001010, 0x50003000, 0x7FE00010,
)
ODD = (
    0x00080000, 0x00090000, 0x00090001, 0x00090010, 0x000900FF, 0x00091001, 0x0009100F, 0x00100011,
    0x00280000, 0xFFFCFFFC,
)
UNDECIDED = (0x00143050, 0x5000200C, 0x7F000010)
# fmt: on
TAGS = (*PLAIN, *SEQUENCES, *DECIDING, *AMBIGUOUS, *ODD)
DECIDED = {0x00280100: (1, 8, 12, 16, 32), 0x00280103: (0, 1), 0x54001004: (8, 16, 32)}


def _vr(tag: int) -> str:
    return standard_vr(tag).rpartition(" ")[2]


@st.composite
def values(draw: st.DrawFn, encoding: Encoding, tag: int, vr: str, clean: bool) -> bytes:
    """A value; of a length that its VR allows where it is to be clean."""
    if tag in DECIDED and draw(st.integers(0, 9)):
        return encoding.numbers(tag, "US", draw(st.sampled_from(DECIDED[tag])))[8:]
    unit = max(UNITS.get(vr, 2), 2)
    if not clean and not draw(st.integers(0, 9)):
        return draw(st.binary(max_size=9))
    count = draw(st.integers(0, 3))
    if vr in UNITS or vr in ("OB", "UN"):
        return draw(st.binary(min_size=count * unit, max_size=count * unit))
    return draw(st.text("AB12", min_size=count * 2, max_size=count * 2)).encode()


@st.composite
def elements(
    draw: st.DrawFn, encoding: Encoding, depth: int, clean: bool, below: int = 0xFFFFFFFF
) -> bytes:
    """Elements with increasing tags, sometimes without order where they need not be clean."""
    known = TAGS if clean or draw(st.integers(0, 19)) else TAGS + UNDECIDED
    known = tuple(tag for tag in known if tag < below)
    tags = draw(st.lists(st.sampled_from(known), unique=True, max_size=8))
    if {0x5400100A, 0x54001010, 0x7FE00010}.intersection(tags) and draw(st.integers(0, 9)):
        tags += [tag for tag in DECIDING if tag not in tags]
    if clean or draw(st.integers(0, 19)):
        tags.sort()
    return b"".join(draw(element(encoding, tag, depth, clean)) for tag in tags)


@st.composite
def element(draw: st.DrawFn, encoding: Encoding, tag: int, depth: int, clean: bool) -> bytes:
    vr = _vr(tag)
    explicit = encoding.syntax != IMPLICIT_LE
    if tag & 0xFFFF == 0:
        return encoding.numbers(tag, "UL", draw(st.integers(0, 99)))
    if vr == "UN" and depth and not draw(st.integers(0, 2)):
        inside = Encoding(IMPLICIT_LE) if explicit else encoding
        items = b"".join(draw(st.lists(item(inside, depth - 1, clean), max_size=2)))
        return encoding.element(tag, vr, items + inside.sequence_end, 0xFFFFFFFF)
    if tag == PIXEL_DATA and not clean and not draw(st.integers(0, 3)):
        return draw(pixel_fragments(encoding, clean))
    if vr == "SQ":
        items = draw(st.lists(item(encoding, depth - 1, clean), max_size=2)) if depth else []
        if draw(st.booleans()):
            return encoding.open_sequence(tag, *items)
        end = encoding.sequence_end if not clean and not draw(st.integers(0, 5)) else b""
        return encoding.element(tag, vr, b"".join(items) + end)
    if explicit and not clean and not draw(st.integers(0, 5)):
        vr = draw(st.sampled_from([*SHORT_VRS, *(one for one in LONG_VRS if one != "SQ")]))
    return encoding.element(tag, vr, draw(values(encoding, tag, vr, clean)))


@st.composite
def item(draw: st.DrawFn, encoding: Encoding, depth: int, clean: bool) -> bytes:
    inside = draw(elements(encoding, depth, clean))
    if draw(st.booleans()):
        return encoding.open_item(inside)
    end = encoding.item_end if not clean and not draw(st.integers(0, 5)) else b""
    return encoding.item(inside + end)


@st.composite
def pixel_fragments(draw: st.DrawFn, encoding: Encoding, clean: bool) -> bytes:
    """Encapsulated Pixel Data; the delimiter may be missing where it need not be clean."""
    fragments = draw(st.lists(st.binary(max_size=9), max_size=3))
    items = b"".join(map(encoding.item, fragments))
    if not clean and not draw(st.integers(0, 3)):
        vr = draw(st.sampled_from(["OB", "OW", "UN", "SQ", "OF"]))
        return encoding.element(PIXEL_DATA, vr, items, 0xFFFFFFFF)
    vr = draw(st.sampled_from(["OB", "OW"]))
    return encoding.open_sequence(PIXEL_DATA, items, vr=vr)


@st.composite
def encapsulated(draw: st.DrawFn, encoding: Encoding, clean: bool) -> bytes:
    """A data set with encapsulated Pixel Data, and sometimes its group length or more behind it."""
    header = draw(elements(encoding, 3, clean, PIXEL_DATA & 0xFFFF0000))
    group_length = draw(st.sampled_from([b"", encoding.numbers(PIXEL_DATA & 0xFFFF0000, "UL", 9)]))
    trailer = draw(
        st.sampled_from([b"", encoding.element(0x7FE10010, "LO", b"ACME"), bytes(3), bytes(12)])
    )
    return header + group_length + draw(pixel_fragments(encoding, clean)) + trailer


def data_sets(
    syntax: str, *, clean: bool = False, fragments: bool = False
) -> st.SearchStrategy[bytes]:
    """Data sets in a transfer syntax; clean ones keep the rules for tags, VRs and lengths."""
    encoding = Encoding(syntax)
    native = elements(encoding, 3, clean)
    return native | encapsulated(encoding, clean) if fragments else native
