"""VRs from a dictionary of the user's: which entry an element meets, and where creators hold."""

from __future__ import annotations

import struct
import tempfile
import threading
from typing import TYPE_CHECKING

import pytest

from fastsend._native import recode
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, Encoding
from reference.data_set_trees import tree

if TYPE_CHECKING:
    from fastsend.convert.data_dictionary import Parity

IMPLICIT = Encoding(IMPLICIT_LE)
ACME = b"ACME 1.0"
CREATOR = IMPLICIT.element(0x00110010, "LO", ACME)


def numbers(tag: int, *values: int) -> bytes:
    return IMPLICIT.element(tag, "US", struct.pack(f"<{len(values)}H", *values))


def vrs(data_set: bytes, dictionary: recode.Dictionary) -> dict[int, str | None]:
    sent = recode.to_bytes(data_set, IMPLICIT_LE, EXPLICIT_LE, dictionary=dictionary)
    return {tag: element.vr for tag, element in tree(sent, EXPLICIT_LE).items()}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], "UN"),
        ([(ACME, 0x00110001, "US")], "US"),
        ([(ACME, 0x00111001, "US")], "US"),
        ([(ACME, 0x00110001, "US"), (ACME, 0x00111001, "SS")], "SS"),
        ([(ACME, 0x00110001, "US"), (ACME, 0x00110001, "SS")], "SS"),
        ([(ACME, 0x00130001, "US")], "UN"),
        ([(ACME, 0x00110002, "US")], "UN"),
        ([(b"ACME", 0x00110001, "US")], "UN"),
        ([(b"ACME 1.0x", 0x00110001, "US")], "UN"),
        ([(b"", 0x00111001, "US")], "US"),
        ([(b"", 0x00110001, "US")], "UN"),
        ([(b"", 0x00111001, "US"), (ACME, 0x00110001, "SS")], "SS"),
        ([(ACME, 0x00110001, "xs")], "US"),
        ([(ACME, 0x00110001, "ox")], "OB"),
        ([(ACME, 0x00110001, "UN")], "UN"),
    ],
)
def test_private_elements(entries: list[tuple[bytes, int, str]], expected: str) -> None:
    dictionary = recode.Dictionary(entries)
    assert vrs(CREATOR + numbers(0x00111001, 1), dictionary)[0x00111001] == expected


@pytest.mark.parametrize(
    "value", [ACME, ACME + b"  ", ACME + b"\0\0", ACME + b" \0", ACME + b"\0x"]
)
def test_creators_may_be_padded(value: bytes) -> None:
    dictionary = recode.Dictionary([(ACME, 0x00110001, "US")])
    creator = IMPLICIT.element(0x001100FF, "LO", value)
    assert vrs(creator + numbers(0x0011FF01, 1), dictionary)[0x0011FF01] == "US"


@pytest.mark.parametrize(
    "value", [b" " + ACME + b" ", b"acme 1.0", b"", b"ACME", bytes(300), 300 * b"A"]
)
def test_other_creators(value: bytes) -> None:
    dictionary = recode.Dictionary([(ACME, 0x00110001, "US"), (300 * b"A", 0x00110001, "US")])
    creator = IMPLICIT.element(0x00110010, "LO", value)
    assert vrs(creator + numbers(0x00111001, 1), dictionary)[0x00111001] == "UN"


def test_a_creator_holds_for_its_block_and_group() -> None:
    dictionary = recode.Dictionary(
        [(ACME, 0x00110001, "US"), (ACME, 0x00130001, "SS"), (b"OTHER", 0x00110001, "LO")]
    )
    data_set = (
        CREATOR
        + IMPLICIT.element(0x00110012, "LO", b"OTHER ")
        + b"".join(numbers(0x00110001 | block << 8, 1) for block in (0x10, 0x11, 0x12))
        + numbers(0x00131001, 1)
        + IMPLICIT.element(0x00150010, "LO", ACME)
        + numbers(0x00151001, 1)
    )
    found = vrs(data_set, dictionary)
    assert [found[tag] for tag in (0x00111001, 0x00111101, 0x00111201)] == ["US", "UN", "LO"]
    assert [found[tag] for tag in (0x00131001, 0x00151001)] == ["UN", "UN"]


def test_a_creator_holds_for_its_own_data_set_or_item() -> None:
    dictionary = recode.Dictionary([(ACME, 0x00110001, "US"), (ACME, 0x00110002, "SQ")])
    one = numbers(0x00111001, 1)
    with_creator, without = IMPLICIT.item(CREATOR + one), IMPLICIT.open_item(one)
    deep = IMPLICIT.element(0x00081140, "SQ", IMPLICIT.item(CREATOR + one) + IMPLICIT.item(one))
    data_set = (
        CREATOR
        + one
        + IMPLICIT.element(0x00111002, "SQ", with_creator + without + IMPLICIT.item(deep) + without)
        + IMPLICIT.element(0x00111003, "US", b"\1\0")
    )
    sent = recode.to_bytes(data_set, IMPLICIT_LE, EXPLICIT_LE, dictionary=dictionary)
    top = tree(sent, EXPLICIT_LE)
    items = [item.elements for item in top[0x00111002].value]
    assert [one.get(0x00111001) and one[0x00111001].vr for one in items] == ["US", "UN", None, "UN"]
    inner = [item.elements[0x00111001].vr for item in items[2][0x00081140].value]
    assert inner == ["US", "UN"]
    assert top[0x00111001].vr == "US"
    # The creator of the data set holds behind its sequences, too.
    known = recode.Dictionary([(ACME, 0x00110002, "SQ"), (ACME, 0x00110003, "US")])
    assert vrs(data_set, known)[0x00111003] == "US"


def test_what_the_standard_says_stays() -> None:
    dictionary = recode.Dictionary(
        [(b"", tag, "SH") for tag in (0x00110000, 0x00110010, 0x7FE00010, 0x00100000)]
    )
    data_set = (
        IMPLICIT.numbers(0x00100000, "UL", 10)
        + IMPLICIT.element(0x00100020, "LO", b"ab")
        + CREATOR
        + IMPLICIT.element(0x7FE00010, "OW", b"abcd")
    )
    found = vrs(data_set, dictionary)
    assert found == {0x00100000: "UL", 0x00100020: "LO", 0x00110010: "LO", 0x7FE00010: "OW"}


@pytest.mark.parametrize(
    ("entries", "ranges", "expected"),
    [
        ([(b"", 0x00100020, "SH")], [], "SH"),
        ([], [(b"", (0x10, 0x10, "any"), (0, 0xFFFF, "any"), "SH")], "LO"),
        ([(ACME, 0x00100020, "SH")], [], "LO"),
    ],
)
def test_elements_of_the_standard(
    entries: list[tuple[bytes, int, str]],
    ranges: list[tuple[bytes, tuple[int, int, Parity], tuple[int, int, Parity], str]],
    expected: str,
) -> None:
    dictionary = recode.Dictionary(entries, ranges)
    assert len(dictionary) == len(entries) + len(ranges)
    found = vrs(IMPLICIT.element(0x00100020, "LO", b"ab"), dictionary)
    assert found == {0x00100020: expected}


def test_ranges_come_before_repeating_groups() -> None:
    rows = IMPLICIT.numbers(0x60020010, "US", 1)
    ranges = [(b"", (0x6000, 0x60FF, "even"), (0x10, 0x10, "any"), "SS")]
    assert vrs(rows, recode.Dictionary([], ranges)) == {0x60020010: "SS"}  # type: ignore[arg-type]


def test_long_values_become_unknown_where_the_vr_has_no_room() -> None:
    dictionary = recode.Dictionary([(ACME, 0x00110001, "LO"), (ACME, 0x00110002, "OB")])
    data_set = CREATOR + b"".join(
        IMPLICIT.element(tag, "UN", bytes(65536)) for tag in (0x00111001, 0x00111002)
    )
    found = vrs(data_set, dictionary)
    assert (found[0x00111001], found[0x00111002]) == ("UN", "OB")


def test_numbers_are_swapped_by_their_new_vr() -> None:
    dictionary = recode.Dictionary([(ACME, 0x00110001, "UL"), (ACME, 0x00110002, "US")])
    data_set = (
        CREATOR + numbers(0x00111001, 1, 2) + numbers(0x00111002, 1, 2) + numbers(0x00111003, 1)
    )
    sent = recode.to_bytes(data_set, IMPLICIT_LE, EXPLICIT_BE, dictionary=dictionary)
    found = tree(sent, EXPLICIT_BE)
    assert found[0x00111001].value == struct.pack(">L", 0x00020001)
    assert found[0x00111002].value == struct.pack(">2H", 1, 2)
    assert found[0x00111003].value == struct.pack("<H", 1)  # unknown: never swapped
    broken = CREATOR + IMPLICIT.element(0x00111001, "UL", b"ab")
    with pytest.raises(recode.UnsureError, match="which bytes to swap"):
        recode.to_bytes(broken, IMPLICIT_LE, EXPLICIT_BE, dictionary=dictionary)


@pytest.mark.parametrize(
    ("value", "reason"), [(b"abcd", "inside an element"), (b"abcdefgh", "out of place")]
)
def test_what_is_no_sequence_is_refused(value: bytes, reason: str) -> None:
    dictionary = recode.Dictionary([(ACME, 0x00110001, "SQ")])
    data_set = CREATOR + IMPLICIT.element(0x00111001, "SQ", value)
    with pytest.raises(recode.RecodeError, match=reason):
        recode.to_bytes(data_set, IMPLICIT_LE, EXPLICIT_LE, dictionary=dictionary)


def test_other_directions_do_not_need_it() -> None:
    dictionary = recode.Dictionary([(b"", 0x00100020, "SH"), (ACME, 0x00110001, "US")])
    explicit = Encoding(EXPLICIT_LE)
    data_set = explicit.element(0x00100020, "LO", b"ab") + explicit.element(0x00110010, "LO", ACME)
    sent = recode.to_bytes(data_set, EXPLICIT_LE, EXPLICIT_BE, dictionary=dictionary)
    assert sent == recode.to_bytes(data_set, EXPLICIT_LE, EXPLICIT_BE)


@pytest.mark.parametrize("vr", ["", "U", "us", "USX", "ZZ", "xw", "\xff\xff"])
def test_no_vrs(vr: str) -> None:
    with pytest.raises(ValueError, match="no Value Representation"):
        recode.Dictionary([(ACME, 0x00110001, vr)])
    with pytest.raises(ValueError, match="no Value Representation"):
        recode.Dictionary([], [(ACME, (1, 1, "any"), (1, 1, "any"), vr)])


def test_a_recoder_keeps_it_and_threads_share_it() -> None:
    entries = [(f"C{n:04}".encode(), 0x00110001, "US") for n in range(2000)]
    shared = recode.Dictionary(entries)
    failed = []

    def work(first: int) -> None:
        for number in range(first, 2000, 4):
            creator = IMPLICIT.element(0x00110010, "LO", f"C{number:04} ".encode())
            if vrs(creator + numbers(0x00111001, 1), shared)[0x00111001] != "US":
                failed.append(number)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with tempfile.TemporaryFile() as file:
        data_set = CREATOR + numbers(0x00111001, 1)
        file.write(data_set)
        file.flush()
        recoder = recode.Recoder(
            file.fileno(),
            0,
            len(data_set),
            IMPLICIT_LE,
            EXPLICIT_LE,
            dictionary=recode.Dictionary([(ACME, 0x00110001, "US")]),
        )
        length = recoder.measure()
        sent = b"".join(piece for piece in recoder if isinstance(piece, bytes))
    assert len(sent) == length
    assert tree(sent, EXPLICIT_LE)[0x00111001].vr == "US"


def test_many_creators_at_many_depths() -> None:
    dictionary = recode.Dictionary([(ACME, 0x00110001, "US"), (ACME, 0x00110002, "SQ")])
    creators = b"".join(IMPLICIT.element(0x00110000 | n, "LO", ACME) for n in range(0x10, 0x100))
    inner = creators + numbers(0x0011FF01, 1)
    for _ in range(30):
        inner = (
            creators
            + IMPLICIT.element(0x00111002, "SQ", IMPLICIT.item(inner))
            + numbers(0x0011FF01, 1)
        )
    sent = recode.to_bytes(inner, IMPLICIT_LE, EXPLICIT_LE, dictionary=dictionary)
    level = tree(sent, EXPLICIT_LE)
    for _ in range(30):
        assert level[0x0011FF01].vr == "US"
        level = level[0x00111002].value[0].elements
    assert level[0x0011FF01].vr == "US"
