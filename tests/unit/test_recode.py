"""What becomes of a data set in another transfer syntax, byte for byte by PS3.5."""

import itertools

import pytest

from fastsend._native import recode
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, Encoding

IMPLICIT, EXPLICIT, BIG = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE), Encoding(EXPLICIT_BE)
ENCODINGS = {"implicit": IMPLICIT, "explicit": EXPLICIT, "big": BIG}
DIRECTIONS = list(itertools.permutations(ENCODINGS.values(), 2))
NAMES = [f"{one}-{other}" for one, other in itertools.permutations(ENCODINGS, 2)]
directions = pytest.mark.parametrize(("one", "other"), DIRECTIONS, ids=NAMES)
to_explicit = pytest.mark.parametrize("other", [EXPLICIT, BIG], ids=["explicit", "big"])
from_explicit = pytest.mark.parametrize(("one", "other"), DIRECTIONS[2:], ids=NAMES[2:])

MODALITY, REFERENCED, CREATOR = 0x00080060, 0x00081140, 0x00090010
BITS_ALLOCATED, PIXEL_REPRESENTATION, SMALLEST = 0x00280100, 0x00280103, 0x00280106
LUT_SEQUENCE, LUT_DESCRIPTOR, LUT_DATA = 0x00283000, 0x00283002, 0x00283006
WAVEFORMS, CHANNELS, WAVEFORM_BITS, WAVEFORM_DATA = 0x54000100, 0x003A0200, 0x54001004, 0x54001010
CHANNEL_MINIMUM, PIXEL_DATA = 0x54000110, 0x7FE00010


def convert(
    data_set: bytes, one: Encoding, other: Encoding, *, copy_fragments: bool = False
) -> bytes:
    return recode.to_bytes(data_set, one.syntax, other.syntax, copy_fragments=copy_fragments)


def test_the_three_encodings_byte_for_byte() -> None:
    # fmt: off
    implicit = bytes.fromhex(
        "0800 0500 0a000000 49534f5f495220313030"      # (0008,0005) ISO_IR 100
        "2800 0001 02000000 1000"                      # (0028,0100) 16
        "2800 0101 02000000 0c00"                      # (0028,0101) 12
        "e07f 1000 04000000 01020304"                  # (7FE0,0010)
    )
    explicit = bytes.fromhex(
        "0800 0500 4353 0a00 49534f5f495220313030"     # CS
        "2800 0001 5553 0200 1000"                     # US
        "2800 0101 5553 0200 0c00"                     # US
        "e07f 1000 4f57 0000 04000000 01020304"        # OW
    )
    big = bytes.fromhex(
        "0008 0005 4353 000a 49534f5f495220313030"
        "0028 0100 5553 0002 0010"
        "0028 0101 5553 0002 000c"
        "7fe0 0010 4f57 0000 00000004 02010403"
    )
    # fmt: on
    forms = {IMPLICIT: implicit, EXPLICIT: explicit, BIG: big}
    for one, other in DIRECTIONS:
        assert convert(forms[one], one, other) == forms[other]


@directions
def test_numbers_change_their_byte_order(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding) -> bytes:
        return b"".join(
            [
                encoding.numbers(0x00080309, "UL", 1, 0x01020304),
                encoding.numbers(0x0008040C, "UV", 0x0102030405060708),
                encoding.element(0x0008041B, "OB", b"\1\2\3\4"),
                encoding.numbers(0x00081163, "FD", 1.5, -2.25),
                encoding.numbers(0x00186020, "SL", -2),
                encoding.numbers(0x00189219, "SS", -3),
                encoding.numbers(0x00189436, "SS", -300, 300),
                encoding.numbers(0x00205000, "AT", 0x0054, 0x0010),
                encoding.numbers(0x00281201, "OW", 0x0102, 0x0304),
                encoding.numbers(0x00640009, "OF", 0.5),
                encoding.numbers(0x00660022, "OD", 0.1),
                encoding.numbers(0x00660040, "OL", 0x01020304),
                encoding.numbers(0x00720081, "OV", 0x0102030405060708),
                encoding.numbers(0x00720082, "SV", -4),
            ]
        )

    assert convert(data_set(one), one, other) == data_set(other)


@directions
@pytest.mark.parametrize("length", [8, 65_536, 200_002])
def test_long_values_are_swapped_in_pieces(one: Encoding, other: Encoding, length: int) -> None:
    def data_set(encoding: Encoding) -> bytes:
        words = [i % 65_536 for i in range(length // 2)]
        return (
            encoding.element(0x00080005, "CS", b"ISO_IR 100")  # the buffer begins uneven
            + encoding.numbers(BITS_ALLOCATED, "US", 16)
            + encoding.numbers(0x00281201, "OW", *words)
            + encoding.numbers(0x00660022, "OD", *(0.1 * i for i in range(length // 8)))
            + encoding.numbers(PIXEL_DATA, "OW", *words)
        )

    assert convert(data_set(one), one, other) == data_set(other)


@directions
def test_sequences_keep_their_kind_of_length(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding) -> bytes:
        item = encoding.item(encoding.element(MODALITY, "CS", b"OT"))
        inner = encoding.element(REFERENCED, "SQ", item + encoding.item(b""))
        return b"".join(
            [
                encoding.element(REFERENCED, "SQ", encoding.item(inner)),
                encoding.element(0x00081145, "SQ", encoding.open_item(inner)),
                encoding.open_sequence(0x0008114A, item, encoding.open_item(b"")),
                encoding.open_sequence(0x0008114B),
                encoding.element(0x00081150, "UI", b"1.2\0"),
                encoding.element(0x00081199, "SQ"),
            ]
        )

    assert convert(data_set(one), one, other) == data_set(other)


@directions
def test_a_delimiter_behind_a_defined_length(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding, item_end: bytes, sequence_end: bytes) -> bytes:
        item = encoding.item(encoding.element(MODALITY, "CS", b"OT") + item_end)
        return encoding.element(REFERENCED, "SQ", item + sequence_end)

    with_delimiters = data_set(one, one.item_end, one.sequence_end)
    lengths_stay = IMPLICIT not in {one, other}
    expected = (other.item_end, other.sequence_end) if lengths_stay else (b"", b"")
    assert convert(with_delimiters, one, other) == data_set(other, *expected)


@directions
def test_group_lengths_are_written_anew(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding) -> bytes:
        modality = encoding.element(MODALITY, "CS", b"OT")
        private = encoding.element(CREATOR, "LO", b"ACME")
        inner = encoding.numbers(0x00080000, "UL", len(modality)) + modality
        rest = modality + encoding.element(REFERENCED, "SQ", encoding.item(inner))
        return b"".join(
            [
                encoding.numbers(0x00080000, "UL", len(rest)) + rest,
                encoding.numbers(0x00090000, "UL", len(private)) + private,
                encoding.numbers(0x00100000, "UL", 0),
                encoding.element(0x00200010, "SH", b"1 "),
            ]
        )

    assert convert(data_set(one), one, other) == data_set(other)


@directions
def test_data_set_trailing_padding_is_left_out(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding, *padding: bytes) -> bytes:
        item = encoding.item(encoding.element(0xFFFCFFFC, "OB", bytes(4)))
        return encoding.element(REFERENCED, "SQ", item) + b"".join(padding)

    padding = [one.numbers(0xFFFC0000, "UL", 12), one.element(0xFFFCFFFC, "OB", bytes(100))]
    assert convert(data_set(one, *padding), one, other) == data_set(other)


@directions
@pytest.mark.parametrize("length", [1, 7, 8, 50_000])
def test_zeros_behind_the_last_element_are_left_out(
    one: Encoding, other: Encoding, length: int
) -> None:
    data_set = one.element(MODALITY, "CS", b"OT")
    assert convert(data_set + bytes(length), one, other) == other.element(MODALITY, "CS", b"OT")


@directions
def test_odd_lengths_stay(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding) -> bytes:
        return encoding.element(0x00100010, "PN", b"A^B") + encoding.element(
            0x00282000, "OB", b"abc"
        )

    assert convert(data_set(one), one, other) == data_set(other)


@to_explicit
def test_private_elements_become_un_and_creators_lo(other: Encoding) -> None:
    def data_set(encoding: Encoding, inside: Encoding) -> bytes:
        # 1 and 2 as the implicit data set has them: UN is never swapped, PS3.5 6.2.2
        unknown = IMPLICIT.element(MODALITY, "CS", b"OT")
        item = inside.open_item(inside.element(0x00091003, "UN", b"\1\0\2\0"))
        return b"".join(
            [
                encoding.element(CREATOR, "LO", b"ACME"),
                encoding.element(0x000900FF, "LO", b"OTHER "),
                encoding.element(0x00091001, "UN", b"\1\0\2\0"),
                encoding.element(0x00091002, "UN", IMPLICIT.item(unknown)),
                encoding.open_sequence(0x00091003, item),
                encoding.element(0x00100011, "UN", b"no such element "),
            ]
        )

    assert convert(data_set(IMPLICIT, IMPLICIT), IMPLICIT, other) == data_set(other, other)


@from_explicit
def test_un_of_defined_length_stays(one: Encoding, other: Encoding) -> None:
    value = b"\1\0\2\0" * 3
    data_set = one.element(0x00091001, "UN", value) + one.element(0x00280010, "UN", b"\1\0")
    assert convert(data_set, one, other) == (
        other.element(0x00091001, "UN", value) + other.element(0x00280010, "UN", b"\1\0")
    )


@from_explicit
def test_what_is_inside_un_of_undefined_length_stays_implicit(
    one: Encoding, other: Encoding
) -> None:

    def data_set(encoding: Encoding) -> bytes:
        deep = IMPLICIT.open_sequence(REFERENCED, IMPLICIT.item(b"any bytes"))
        group_length = IMPLICIT.numbers(0x00080000, "UL", 4711)
        item = IMPLICIT.open_item(group_length + IMPLICIT.element(MODALITY, "CS", b"OT") + deep)
        inside = item + IMPLICIT.item(b"what is here is not looked at") + IMPLICIT.sequence_end
        return encoding.element(0x00091001, "UN", inside, 0xFFFFFFFF) + encoding.numbers(
            PIXEL_REPRESENTATION, "US", 1
        )

    assert convert(data_set(one), one, other) == data_set(other)


@to_explicit
@pytest.mark.parametrize(("length", "vr"), [(65_534, "DS"), (65_536, "UN"), (100_000, "UN")])
def test_values_too_long_for_their_vr_become_un(other: Encoding, length: int, vr: str) -> None:
    def data_set(encoding: Encoding, long_vr: str) -> bytes:
        return encoding.element(0x00280030, long_vr, b"1" * length) + encoding.element(
            0x0040A160, "UT", b"1" * length
        )

    assert convert(data_set(IMPLICIT, "DS"), IMPLICIT, other) == data_set(other, vr)
    assert convert(data_set(other, vr), other, IMPLICIT) == data_set(IMPLICIT, "DS")


def test_numbers_in_un_stay_little_endian() -> None:
    value = b"\1\0" * 40_000
    data_set = IMPLICIT.element(0x00080309, "UL", value)
    assert convert(data_set, IMPLICIT, BIG) == BIG.element(0x00080309, "UN", value)


@to_explicit
@pytest.mark.parametrize(("sign", "vr"), [(0, "US"), (1, "SS"), (None, "US")])
@pytest.mark.parametrize(
    "tag", [SMALLEST, 0x00280120, 0x00281101, LUT_DESCRIPTOR, 0x00409211, 0x00603004]
)
def test_us_or_ss_by_pixel_representation(
    other: Encoding, sign: int | None, vr: str, tag: int
) -> None:
    def data_set(encoding: Encoding) -> bytes:
        start = b"" if sign is None else encoding.numbers(PIXEL_REPRESENTATION, "US", sign)
        values = (2, 0, 16) if tag in {0x00281101, LUT_DESCRIPTOR} else (7,)
        return start + encoding.numbers(tag, vr, *values)

    assert convert(data_set(IMPLICIT), IMPLICIT, other) == data_set(other)


@to_explicit
def test_the_nearest_pixel_representation_counts(other: Encoding) -> None:
    def data_set(encoding: Encoding) -> bytes:
        def number(vr: str) -> bytes:
            return encoding.numbers(SMALLEST, vr, 7)

        unsigned = encoding.numbers(PIXEL_REPRESENTATION, "US", 0)
        deep = encoding.open_sequence(0x0040A730, encoding.item(number("US")))
        return b"".join(
            [
                encoding.numbers(PIXEL_REPRESENTATION, "US", 1),
                number("SS"),
                encoding.open_sequence(
                    LUT_SEQUENCE,
                    encoding.item(number("SS")),
                    encoding.item(unsigned + number("US") + deep),
                    encoding.item(number("SS")),
                ),
            ]
        )

    assert convert(data_set(IMPLICIT), IMPLICIT, other) == data_set(other)


@to_explicit
@pytest.mark.parametrize(("sign", "vr"), [(0, "US"), (1, "SS")])
def test_pixel_representation_may_come_later(other: Encoding, sign: int, vr: str) -> None:
    def data_set(encoding: Encoding) -> bytes:
        velocity = encoding.numbers(0x00189810, vr, 7)
        nested = encoding.element(
            REFERENCED, "SQ", encoding.item(encoding.numbers(SMALLEST, vr, 3))
        )
        return nested + velocity + encoding.numbers(PIXEL_REPRESENTATION, "US", sign)

    assert convert(data_set(IMPLICIT), IMPLICIT, other) == data_set(other)


@to_explicit
def test_lut_data_overlays_and_curves(other: Encoding) -> None:
    def data_set(encoding: Encoding) -> bytes:
        curve = (
            encoding.element(0x50043000, "OB")
            if encoding is BIG or other is BIG
            else (encoding.element(0x50043000, "OB", b"\1\2\3\4"))
        )
        return b"".join(
            [
                encoding.numbers(0x00281200, "OW", 1, 2),
                encoding.numbers(LUT_DATA, "OW", *range(40_000)),
                curve,
                encoding.numbers(0x60020010, "US", 512),
                encoding.numbers(0x60FE3000, "OW", 0x0102, 0x0304),
            ]
        )

    assert convert(data_set(IMPLICIT), IMPLICIT, other) == data_set(other)


@to_explicit
@pytest.mark.parametrize("bits", [8, 16])
def test_waveforms_are_words_but_for_eight_bits(other: Encoding, bits: int) -> None:
    def data_set(encoding: Encoding) -> bytes:
        def samples(tag: int) -> bytes:
            if bits == 8:
                return encoding.element(tag, "OB", b"\1\2")
            return encoding.numbers(tag, "OW", 0x0102)

        channel = encoding.item(samples(CHANNEL_MINIMUM) if bits == 16 else b"")
        return encoding.element(
            WAVEFORMS,
            "SQ",
            encoding.item(
                encoding.element(CHANNELS, "SQ", channel)
                + encoding.numbers(WAVEFORM_BITS, "US", bits)
                + samples(0x5400100A)
                + samples(WAVEFORM_DATA)
            ),
        )

    assert convert(data_set(IMPLICIT), IMPLICIT, other) == data_set(other)


@from_explicit
def test_pixels_of_bytes_stay(one: Encoding, other: Encoding) -> None:

    def data_set(encoding: Encoding) -> bytes:
        bits = encoding.numbers(BITS_ALLOCATED, "US", 8)
        return bits + encoding.element(PIXEL_DATA, "OB", bytes(range(256)))

    assert convert(data_set(one), one, other) == data_set(other)


@pytest.mark.parametrize(("one", "other"), [(IMPLICIT, EXPLICIT), (EXPLICIT, IMPLICIT)])
def test_fragments_are_copied_when_asked_for(one: Encoding, other: Encoding) -> None:
    def data_set(encoding: Encoding) -> bytes:
        fragments = [encoding.item(b""), encoding.item(b"\xff\xd8 and more"), encoding.item(b"odd")]
        pixels = encoding.open_sequence(PIXEL_DATA, *fragments, vr="OB")
        return encoding.element(0x00880200, "SQ", encoding.item(pixels)) + pixels

    assert convert(data_set(one), one, other, copy_fragments=True) == data_set(other)
    with pytest.raises(recode.UnsureError, match=r"encapsulated: \(7fe0,0010\)"):
        convert(data_set(one), one, other)


@directions
@pytest.mark.parametrize("depth", [1, 1000, recode.MAX_DEPTH])
@pytest.mark.parametrize("defined", [True, False])
def test_sequences_in_each_other(one: Encoding, other: Encoding, depth: int, defined: bool) -> None:
    def data_set(encoding: Encoding) -> bytes:
        value = encoding.element(MODALITY, "CS", b"OT")
        for _ in range(depth):
            if defined:
                value = encoding.element(REFERENCED, "SQ", encoding.item(value))
            else:
                value = encoding.open_sequence(REFERENCED, encoding.open_item(value))
        return value

    assert convert(data_set(one), one, other) == data_set(other)


@directions
def test_an_empty_data_set(one: Encoding, other: Encoding) -> None:
    assert convert(b"", one, other) == b""
