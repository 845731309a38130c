"""Elements that are replaced, inserted and left out on the way, byte for byte."""

import itertools
import tempfile

import pytest

from fastsend._native import recode
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding

IMPLICIT, EXPLICIT, BIG = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE), Encoding(EXPLICIT_BE)
ALL_DIRECTIONS = list(itertools.product(SYNTAXES, repeat=2))
CHARACTER_SET, MODALITY, REFERENCED, NAME = 0x00080005, 0x00080060, 0x00081140, 0x00100010
PHOTOMETRIC, BITS_ALLOCATED, PIXEL_REPRESENTATION = 0x00280004, 0x00280100, 0x00280103
SMALLEST, PIXEL_DATA = 0x00280106, 0x7FE00010


def edited(
    data_set: bytes, one: Encoding, other: Encoding, *edits: tuple[int, bytes, bool]
) -> bytes:
    return recode.to_bytes(data_set, one.syntax, other.syntax, edits=edits)


def header(encoding: Encoding, *, name: bytes = b"A^B ", photometric: bytes = b"RGB ") -> bytes:
    item = encoding.item(encoding.element(PHOTOMETRIC, "CS", b"RGB "))
    return b"".join(
        [
            encoding.element(MODALITY, "CS", b"OT"),
            encoding.element(REFERENCED, "SQ", item),
            encoding.element(NAME, "PN", name),
            encoding.element(PHOTOMETRIC, "CS", photometric),
            encoding.numbers(BITS_ALLOCATED, "US", 16),
        ]
    )


directions = pytest.mark.parametrize(
    ("one", "other"), [(Encoding(one), Encoding(other)) for one, other in ALL_DIRECTIONS]
)


@directions
def test_an_element_is_replaced_only_at_the_top_level(one: Encoding, other: Encoding) -> None:
    photometric = other.element(PHOTOMETRIC, "CS", b"YBR_FULL_422")
    for only_if_present in (True, False):
        ours = edited(header(one), one, other, (PHOTOMETRIC, photometric, only_if_present))
        assert ours == header(other, photometric=b"YBR_FULL_422")


@directions
def test_elements_are_inserted_in_their_place(one: Encoding, other: Encoding) -> None:
    first = other.element(CHARACTER_SET, "CS", b"ISO_IR 100")
    middle = other.numbers(0x00280002, "US", 1)
    last = other.open_sequence(0x00400275, other.open_item(b""))
    ours = edited(
        header(one),
        one,
        other,
        (CHARACTER_SET, first, False),
        (0x00280002, middle, False),
        (0x00400275, last, False),
    )
    whole = header(other)
    at = whole.rindex(other.element(PHOTOMETRIC, "CS", b"RGB "))
    assert ours == first + whole[:at] + middle + whole[at:] + last


@directions
def test_nothing_is_inserted_where_it_must_be_present(one: Encoding, other: Encoding) -> None:
    tags = (CHARACTER_SET, 0x00280002, 0x7FE10010)
    edits = [(tag, other.element(tag, "LO", b"12"), True) for tag in tags]
    absent = [(tag + 1, b"", False) for tag in tags]
    assert edited(header(one), one, other, *sorted(edits + absent)) == header(other)


@directions
def test_elements_are_left_out(one: Encoding, other: Encoding) -> None:
    ours = edited(header(one), one, other, (MODALITY, b"", True), (BITS_ALLOCATED, b"", False))
    modality, bits = other.element(MODALITY, "CS", b"OT"), other.numbers(BITS_ALLOCATED, "US", 16)
    assert modality + ours + bits == header(other)


@directions
def test_an_empty_data_set(one: Encoding, other: Encoding) -> None:
    elements = [other.element(tag, "LO", b"12") for tag in (0x00090010, 0x00110010)]
    edits = [(0x00090010, elements[0], False), (0x00110010, elements[1], False)]
    assert edited(b"", one, other, *edits) == b"".join(elements)


@directions
@pytest.mark.parametrize("padding", [bytes(5), bytes(40_000), None])
def test_insertion_before_what_is_not_carried_over(
    one: Encoding, other: Encoding, padding: bytes | None
) -> None:
    padding = one.element(0xFFFCFFFC, "OB", b"\1\2") if padding is None else padding
    edits = [(tag, other.element(tag, "LO", b"12"), False) for tag in (0x7FE10010, 0x7FE30010)]
    ours = edited(header(one) + padding, one, other, *edits)
    assert ours == header(other) + b"".join(edit[1] for edit in edits)


@directions
def test_sequences_are_replaced_without_a_look_into_them(one: Encoding, other: Encoding) -> None:
    # of both lengths, with tags that do not increase and lengths that only the items know
    disorder = one.element(NAME, "PN") + one.element(MODALITY, "CS")
    deep = one.open_sequence(REFERENCED, one.open_item(disorder), one.item(b"12345678"))
    edit = (REFERENCED, other.element(REFERENCED, "SQ"), False)
    for value in (deep, one.element(REFERENCED, "SQ", b"no items")):
        data_set = value + one.element(NAME, "PN", b"A^B ")
        expected = edit[1] + other.element(NAME, "PN", b"A^B ")
        assert edited(data_set, one, other, edit) == expected
        assert edited(data_set, one, other, (REFERENCED, b"", True)) == expected[len(edit[1]) :]


@pytest.mark.parametrize("other", [EXPLICIT, BIG, IMPLICIT])
def test_pixel_data_is_replaced(other: Encoding) -> None:
    pixels = other.numbers(PIXEL_DATA, "OW", 1, 2)
    native = EXPLICIT.element(PIXEL_DATA, "OW", bytes(100_000))
    fragments = EXPLICIT.open_sequence(PIXEL_DATA, EXPLICIT.item(b"ab"), vr="OB")
    for value in (native, fragments):
        ours = edited(header(EXPLICIT) + value, EXPLICIT, other, (PIXEL_DATA, pixels, False))
        assert ours == header(other) + pixels


@directions
def test_long_elements(one: Encoding, other: Encoding) -> None:
    text = bytes(range(65, 91)) * 10_000
    edit = (0x0040A160, other.element(0x0040A160, "UT", text), False)
    assert edited(header(one), one, other, edit) == header(other) + edit[1]


@directions
def test_what_others_depend_on_is_that_of_the_file(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding, signed: int) -> bytes:
        return (
            encoding.numbers(BITS_ALLOCATED, "US", 16)
            + encoding.numbers(PIXEL_REPRESENTATION, "US", signed)
            + encoding.numbers(SMALLEST, "SS", -5)
            + encoding.numbers(PIXEL_DATA, "OW", 1, 2)
        )

    ours = edited(
        data_set(one, 1),
        one,
        other,
        (BITS_ALLOCATED, other.numbers(BITS_ALLOCATED, "US", 32), True),
        (PIXEL_REPRESENTATION, other.numbers(PIXEL_REPRESENTATION, "US", 0), True),
    )
    expected = data_set(other, 0).replace(
        other.numbers(BITS_ALLOCATED, "US", 16), other.numbers(BITS_ALLOCATED, "US", 32)
    )
    assert ours == expected


def group(encoding: Encoding, length: int, *, more: bytes = b"") -> bytes:
    return (
        encoding.numbers(0x00280000, "UL", length)
        + encoding.element(PHOTOMETRIC, "CS", b"RGB ")
        + more
        + encoding.numbers(0x00280010, "US", 512)
    )


@directions
def test_lengths_of_groups_with_edits(one: Encoding, other: Encoding) -> None:
    name = (NAME, other.element(NAME, "PN", b"A^B "), False)
    inserted = (0x00280006, other.numbers(0x00280006, "US", 0), False)
    removed = (0x00280010, b"", True)
    assert edited(group(one, 77), one, other, inserted) == group(other, 32, more=inserted[1])
    assert edited(group(one, 77), one, other, removed) == group(other, 12)[:-10]
    # That of another group is right anyway, or stays what it is.
    stays = (one.syntax == IMPLICIT_LE) == (other.syntax == IMPLICIT_LE)
    right = group(other, 77 if stays else 22)
    assert edited(group(one, 77), one, other, name) == name[1] + right


@directions
def test_lengths_of_groups_without_measuring(one: Encoding, other: Encoding) -> None:
    data_set = group(one, 22)
    edit = (0x00280010, b"", True)
    with tempfile.TemporaryFile() as file:
        file.write(data_set)
        file.flush()
        recoder = recode.Recoder(
            file.fileno(), 0, len(data_set), one.syntax, other.syntax, edits=[edit]
        )
        assert list(recoder) == [other.element(PHOTOMETRIC, "CS", b"RGB ")]


def test_the_same_syntax_leaves_sequences_as_they_are() -> None:
    disorder = EXPLICIT.element(NAME, "PN") + EXPLICIT.element(MODALITY, "CS")
    delimited = EXPLICIT.item(disorder + EXPLICIT.item_end) + EXPLICIT.sequence_end
    data_set = EXPLICIT.element(REFERENCED, "SQ", delimited)
    data_set += EXPLICIT.open_sequence(0x00081145, EXPLICIT.open_item(disorder))
    edit = (MODALITY, EXPLICIT.element(MODALITY, "CS", b"OT"), False)
    assert edited(data_set, EXPLICIT, EXPLICIT, edit) == edit[1] + data_set
    broken = EXPLICIT.element(REFERENCED, "SQ", b"no items")
    with pytest.raises(recode.UnsureError, match="out of place"):
        edited(broken, EXPLICIT, EXPLICIT, edit)
    # where fragments may stay nobody has to look for them
    ours = recode.to_bytes(broken, EXPLICIT_LE, EXPLICIT_LE, edits=[edit], copy_fragments=True)
    assert ours == edit[1] + broken


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG])
def test_the_same_syntax_still_wants_order_at_the_top_level(encoding: Encoding) -> None:
    data_set = encoding.element(NAME, "PN") + encoding.element(MODALITY, "CS")
    with pytest.raises(recode.UnsureError, match="not increase"):
        edited(data_set, encoding, encoding, (CHARACTER_SET, b"", True))


@pytest.mark.parametrize("undefined", [True, False])
def test_encapsulated_icons_where_the_syntax_stays(undefined: bool) -> None:
    fragments = EXPLICIT.open_sequence(PIXEL_DATA, EXPLICIT.item(b"ab"), vr="OB")
    item = EXPLICIT.item(fragments)
    icon = EXPLICIT.element(0x00880200, "SQ", item)
    if undefined:
        icon = EXPLICIT.open_sequence(0x00880200, EXPLICIT.open_item(fragments))
    edit = (MODALITY, b"", True)
    with pytest.raises(recode.UnsureError, match="encapsulated"):
        edited(icon, EXPLICIT, EXPLICIT, edit)
    ours = recode.to_bytes(icon, EXPLICIT_LE, EXPLICIT_LE, edits=[edit], copy_fragments=True)
    assert ours == icon


NAME_ELEMENT = EXPLICIT.element(NAME, "PN", b"A^B ")


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ([(NAME, NAME_ELEMENT, False), (MODALITY, b"", False)], "do not increase"),
        ([(NAME, NAME_ELEMENT, False), (NAME, b"", False)], "do not increase"),
        ([(0x00280000, EXPLICIT.numbers(0x00280000, "UL", 4), False)], "group lengths"),
        ([(0x00280000, b"", False)], "group lengths"),
        ([(0x00020010, b"", True)], "no data set has"),
        ([(0x00000002, b"", True)], "no data set has"),
        ([(0xFFFCFFFC, b"", True)], "no data set has"),
        ([(0xFFFEE000, b"", True)], "no data set has"),
        ([(MODALITY, NAME_ELEMENT, False)], "no element"),
        ([(NAME, NAME_ELEMENT[:-1], False)], "no element"),
        ([(NAME, NAME_ELEMENT + b"1", False)], "no element"),
        ([(NAME, NAME_ELEMENT[:7], False)], "no element"),
        ([(NAME, BIG.element(NAME, "PN", b"A^B "), False)], "no element"),
        ([(NAME, IMPLICIT.element(NAME, "PN", b"A^B "), False)], "no element"),
        ([(NAME, NAME_ELEMENT.replace(b"PN", b"UT"), False)], "no element"),
        ([(NAME, EXPLICIT.element(NAME, "UT", b"")[:-1], False)], "no element"),
    ],
)
def test_edits_that_are_none(edits: list[tuple[int, bytes, bool]], reason: str) -> None:
    for syntax in (IMPLICIT_LE, EXPLICIT_LE):
        with pytest.raises(ValueError, match=reason):
            recode.to_bytes(b"", syntax, EXPLICIT_LE, edits=edits)
        with pytest.raises(ValueError, match=reason):
            recode.Recoder(0, 0, 0, syntax, EXPLICIT_LE, edits=edits)


def test_edits_of_another_type() -> None:
    for edit in ((NAME, "text", False), (-1, b"", False), (2**32, b"", False), (NAME, b"")):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            recode.to_bytes(b"", IMPLICIT_LE, EXPLICIT_LE, edits=[edit])


def test_edits_are_copied_from_any_bytes() -> None:
    element = bytearray(NAME_ELEMENT)
    with tempfile.TemporaryFile() as file:
        recoder = recode.Recoder(
            file.fileno(),
            0,
            0,
            IMPLICIT_LE,
            EXPLICIT_LE,
            edits=[(NAME, memoryview(element), False)],
        )
        element[:] = bytes(len(element))
        assert list(recoder) == [NAME_ELEMENT]
