"""The items of one sequence of a data set, found without a look at what is in them."""

import os
import tempfile
from collections.abc import Callable, Iterator

import pytest

from fastsend._native import part10
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, Encoding

IMPLICIT, EXPLICIT, BIG = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE), Encoding(EXPLICIT_BE)
ICON, ROWS, PIXEL_DATA = 0x00880200, 0x00280010, 0x7FE00010
BEFORE = b"File Meta Information"
Finder = Callable[..., list[bytes]]

encodings = pytest.mark.parametrize(
    "encoding", [IMPLICIT, EXPLICIT, BIG], ids=["implicit", "explicit", "big"]
)


@pytest.fixture
def find() -> Iterator[Finder]:
    """Return what the items of Icon Image Sequence hold: ``find(encoding, data_set)``."""
    with tempfile.TemporaryFile() as file:

        def find_in(encoding: Encoding, data_set: bytes, **options: int) -> list[bytes]:
            os.ftruncate(file.fileno(), 0)
            os.pwrite(file.fileno(), BEFORE + data_set + encoding.sequence_end, 0)
            found = part10.find_items(
                file.fileno(),
                len(BEFORE),
                len(data_set),
                ICON,
                implicit_vr=encoding.syntax == IMPLICIT_LE,
                big_endian=encoding.syntax == EXPLICIT_BE,
                **options,
            )
            return [os.pread(file.fileno(), length, offset) for offset, length in found]

        yield find_in


def numbered(encoding: Encoding, number: int) -> bytes:
    return encoding.numbers(ROWS, "US", number) + encoding.numbers(PIXEL_DATA, "OW", number)


@encodings
@pytest.mark.parametrize("open_sequence", [False, True])
@pytest.mark.parametrize("open_item", [False, True])
def test_each_item(
    find: Finder, encoding: Encoding, *, open_sequence: bool, open_item: bool
) -> None:
    inside = [numbered(encoding, number) for number in (1, 2, 3)]
    wrap = encoding.open_item if open_item else encoding.item
    items = b"".join(map(wrap, inside))
    sequence = (
        encoding.open_sequence(ICON, items)
        if open_sequence
        else encoding.element(ICON, "SQ", items)
    )
    data_set = numbered(encoding, 9)[:10] + sequence + encoding.numbers(PIXEL_DATA, "OW", 9)
    assert find(encoding, data_set) == inside
    assert find(encoding, sequence) == inside
    for most in (1, 2, 3):
        assert find(encoding, data_set, most=most) == inside[:most]


@encodings
def test_none(find: Finder, encoding: Encoding) -> None:
    other = encoding.element(0x00081140, "SQ", encoding.item(numbered(encoding, 1)))
    later = encoding.element(0x00880904, "LO", b"a title ")
    for icon in (b"", encoding.element(ICON, "SQ"), encoding.open_sequence(ICON)):
        assert find(encoding, other + icon + later) == []
    assert find(encoding, b"") == []
    assert find(encoding, encoding.open_sequence(ICON, encoding.item(b""))) == [b""]
    nested = encoding.open_sequence(ICON, encoding.item(numbered(encoding, 1)))
    outer = encoding.open_sequence(0x00081140, encoding.open_item(nested))
    assert find(encoding, outer) == []
    assert find(encoding, encoding.numbers(PIXEL_DATA, "OW", 1) + other) == []


@encodings
def test_fragments_and_sequences_inside(find: Finder, encoding: Encoding) -> None:
    fragments = encoding.open_sequence(PIXEL_DATA, encoding.item(b"code"), vr="OB")
    deep = encoding.open_sequence(0x00081140, encoding.open_item(numbered(encoding, 1)))
    inside = deep + encoding.numbers(ROWS, "US", 2) + fragments
    sequence = encoding.open_sequence(ICON, encoding.open_item(inside), encoding.item(inside))
    assert find(encoding, sequence) == [inside, inside]


@pytest.mark.parametrize("vr", ["UN", "OB"])
def test_nothing_but_a_sequence_has_items(find: Finder, vr: str) -> None:
    items = IMPLICIT.item(numbered(IMPLICIT, 1))
    assert find(EXPLICIT, EXPLICIT.element(ICON, vr, items)) == []
    if vr == "UN":
        assert find(EXPLICIT, EXPLICIT.open_sequence(ICON, items, vr=vr)) == []


@encodings
def test_what_is_broken(find: Finder, encoding: Encoding) -> None:
    item = encoding.item(numbered(encoding, 1))
    cut = encoding.element(ICON, "SQ", item, 0xFFFFFFFF)
    for data_set, reason in [
        (cut, "ends inside"),
        (encoding.element(ICON, "SQ", item[:-1]), "exceeds what is left"),
        (encoding.element(ICON, "SQ", item[:-1], len(item)), "exceeds what is left"),
        (encoding.element(ICON, "SQ", encoding.item(b"", 0xFFFFFFFF)), "ends inside"),
        (encoding.element(ICON, "SQ", b"no items"), "out of place"),
        (encoding.element(ICON, "SQ", item + item[:5]), "ends inside"),
        (encoding.open_sequence(ICON, item, numbered(encoding, 1)), "out of place"),
    ]:
        with pytest.raises(part10.DataSetError, match=reason) as caught:
            find(encoding, data_set)
        assert len(BEFORE) <= caught.value.offset <= len(BEFORE) + len(data_set)
    # What is not asked for is not looked at.
    assert find(encoding, cut, most=1) == [numbered(encoding, 1)]


def test_as_deep_as_it_gets(find: Finder) -> None:
    inside = b""
    for _ in range(3000):
        inside = EXPLICIT.open_sequence(0x00081140, EXPLICIT.open_item(inside))
    assert find(EXPLICIT, EXPLICIT.open_sequence(ICON, EXPLICIT.open_item(inside))) == [inside]


def test_arguments() -> None:
    with tempfile.TemporaryFile() as file:
        with pytest.raises(ValueError, match="asked for"):
            part10.find_items(file.fileno(), 0, 0, ICON, most=0)
        with pytest.raises(ValueError, match="long"):
            part10.find_items(file.fileno(), 1 << 62, 1 << 62, ICON)
        with pytest.raises(part10.DataSetError, match="changed"):
            part10.find_items(file.fileno(), 0, 100, ICON)
        assert part10.find_items(file.fileno(), 0, 0, ICON) == []
    with pytest.raises(ValueError, match="descriptor"):
        part10.find_items(-1, 0, 0, ICON)
    with pytest.raises(OSError, match=r"\[Errno 9\]"):
        part10.find_items(1 << 20, 0, 100, ICON)
