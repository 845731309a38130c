"""Pixel Data that comes from elsewhere: its place is kept, and what it was is not read."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fastsend._native import recode
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding

IMPLICIT, EXPLICIT, BIG = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE), Encoding(EXPLICIT_BE)
PIXEL_DATA = 0x7FE00010
Pieces = list[bytes | tuple[int, int] | None]


@pytest.fixture
def pull() -> Iterator[Callable[..., Pieces]]:
    """All pieces, without slices; measuring must find their length."""
    with tempfile.TemporaryFile() as file:

        def pieces(data_set: bytes, one: str, other: str, **options: object) -> Pieces:
            os.ftruncate(file.fileno(), 0)
            os.pwrite(file.fileno(), data_set, 0)

            def recoder() -> recode.Recoder:
                return recode.Recoder(
                    file.fileno(),
                    0,
                    len(data_set),
                    one,
                    other,
                    slice_least=0,
                    external_pixel_data=True,
                    **options,
                )

            measured = recoder()
            length = measured.measure()
            found = list(measured)
            assert sum(len(piece) for piece in found if isinstance(piece, bytes)) == length
            assert list(measured) == []
            # Without measuring lengths may be undefined, no more.
            assert [piece is None for piece in recoder()] == [piece is None for piece in found]
            return found

        yield pieces


def header(encoding: Encoding) -> bytes:
    return (
        encoding.element(0x00100010, "PN", b"A^B ")
        + encoding.numbers(0x00280100, "US", 16)
        + encoding.numbers(0x00280103, "US", 0)
    )


directions = pytest.mark.parametrize(
    ("one", "other"), [(Encoding(one), Encoding(other)) for one in SYNTAXES for other in SYNTAXES]
)


@directions
def test_native_pixel_data(pull: Callable[..., Pieces], one: Encoding, other: Encoding) -> None:
    trailer = 0x7FE10010, "LO", b"ACME"
    for pixels in (b"", b"12", bytes(100_001)):
        data_set = header(one) + one.element(PIXEL_DATA, "OW", pixels)
        assert pull(data_set, one.syntax, other.syntax) == [header(other), None]
        expected = [header(other), None, other.element(*trailer)]
        assert pull(data_set + one.element(*trailer), one.syntax, other.syntax) == expected


@directions
def test_without_pixel_data(pull: Callable[..., Pieces], one: Encoding, other: Encoding) -> None:
    assert pull(header(one), one.syntax, other.syntax) == [header(other)]
    assert pull(b"", one.syntax, other.syntax) == []


@directions
def test_only_pixel_data(pull: Callable[..., Pieces], one: Encoding, other: Encoding) -> None:
    # No sign is needed where nothing depends on it.
    assert pull(one.element(PIXEL_DATA, "OW", b"12"), one.syntax, other.syntax) == [None]


@directions
def test_that_of_icons_stays(pull: Callable[..., Pieces], one: Encoding, other: Encoding) -> None:
    def icon(encoding: Encoding) -> bytes:
        inside = header(encoding) + encoding.numbers(PIXEL_DATA, "OW", 1, 2)
        return encoding.element(0x00880200, "SQ", encoding.item(inside))

    data_set = icon(one) + one.element(PIXEL_DATA, "OW", b"12")
    assert pull(data_set, one.syntax, other.syntax) == [icon(other), None]


@directions
def test_float_pixel_data_is_an_element_like_others(
    pull: Callable[..., Pieces], one: Encoding, other: Encoding
) -> None:
    data_set = one.numbers(0x7FE00008, "OF", 1.5) + one.element(PIXEL_DATA, "OW", b"12")
    data_set += one.element(0x7FE10010, "LO", b"ACME")
    expected = [
        other.numbers(0x7FE00008, "OF", 1.5),
        None,
        other.element(0x7FE10010, "LO", b"ACME"),
    ]
    assert pull(data_set, one.syntax, other.syntax) == expected


FRAGMENTS = {
    "empty": [],
    "only the offset table": [b""],
    "a frame": [b"\0\0\0\0", b"\xff\xd8\xff\xd9"],
    "many": [bytes(8)] + [b"ab"] * 3000,
    "odd": [b"", b"abc", b"d"],
    "long": [b"", bytes(200_000), b"\xfe\xff\0\xe0" * 5],
}


@pytest.mark.parametrize("other", [EXPLICIT, BIG, IMPLICIT])
@pytest.mark.parametrize("vr", ["OB", "OW", "UN"])
@pytest.mark.parametrize("fragments", FRAGMENTS.values(), ids=FRAGMENTS)
def test_encapsulated_pixel_data(
    pull: Callable[..., Pieces], other: Encoding, vr: str, fragments: list[bytes]
) -> None:
    items = b"".join(map(EXPLICIT.item, fragments))
    pixels = EXPLICIT.element(PIXEL_DATA, vr, items, 0xFFFFFFFF)
    end, trailer = EXPLICIT.sequence_end, (0x7FE10010, "LO", b"ACME")
    data_set = header(EXPLICIT) + pixels
    assert pull(data_set + end, EXPLICIT_LE, other.syntax) == [header(other), None]
    # a delimiter that is missing at the end
    assert pull(data_set, EXPLICIT_LE, other.syntax) == [header(other), None]
    expected = [header(other), None, other.element(*trailer)]
    whole = data_set + end + EXPLICIT.element(*trailer)
    assert pull(whole, EXPLICIT_LE, other.syntax) == expected


@pytest.mark.parametrize("other", [EXPLICIT, IMPLICIT])
def test_encapsulated_in_implicit_vr(pull: Callable[..., Pieces], other: Encoding) -> None:
    # No transfer syntax says so, and nothing else can be meant.
    data_set = header(IMPLICIT) + IMPLICIT.open_sequence(PIXEL_DATA, IMPLICIT.item(b"12"))
    assert pull(data_set, IMPLICIT_LE, other.syntax) == [header(other), None]


@pytest.mark.parametrize(
    ("pixels", "reason", "offset"),
    [
        (EXPLICIT.item(b"12")[:-1], "exceeds", 12),
        (EXPLICIT.item(b"12", 0xFFFFFFFE), "exceeds", 12),
        (EXPLICIT.item(b"12", 0xFFFFFFFF), "out of place", 12),
        (EXPLICIT.item(b"12") + b"\xfe\xff\0", "ends inside", 22),
        (EXPLICIT.item(b"12") + bytes(8), "out of place", 22),
        (EXPLICIT.item(b"12") + EXPLICIT.item_end, "out of place", 22),
        (EXPLICIT.item(b"12") + EXPLICIT.element(0x7FE10010, "LO"), "out of place", 22),
    ],
)
def test_broken_fragments(
    pull: Callable[..., Pieces], pixels: bytes, reason: str, offset: int
) -> None:
    before = header(EXPLICIT)
    data_set = before + EXPLICIT.element(PIXEL_DATA, "OB", pixels, 0xFFFFFFFF)
    for other in (EXPLICIT_LE, IMPLICIT_LE):
        with pytest.raises(recode.RecodeError, match=reason) as caught:
            pull(data_set, EXPLICIT_LE, other)
        assert caught.value.offset == len(before) + offset


def test_pixel_data_that_is_cut(pull: Callable[..., Pieces]) -> None:
    for vr in ("OB", "OW", "UN"):
        with pytest.raises(recode.RecodeError, match="exceeds"):
            pull(EXPLICIT.element(PIXEL_DATA, vr, b"12", 3), EXPLICIT_LE, EXPLICIT_LE)
    with pytest.raises(recode.UnsureError, match="undefined"):
        pull(EXPLICIT.element(PIXEL_DATA, "OF", b"", 0xFFFFFFFF), EXPLICIT_LE, EXPLICIT_LE)


def test_fragments_in_big_endian(pull: Callable[..., Pieces]) -> None:
    data_set = BIG.open_sequence(PIXEL_DATA, BIG.item(b"12"), vr="OB")
    for other in SYNTAXES:
        with pytest.raises(recode.UnsureError, match="encapsulated"):
            pull(data_set, EXPLICIT_BE, other)


def test_encapsulated_icons_are_not_for_native_syntaxes(pull: Callable[..., Pieces]) -> None:
    fragments = EXPLICIT.open_sequence(PIXEL_DATA, EXPLICIT.item(b"ab"), vr="OB")
    icon = EXPLICIT.element(0x00880200, "SQ", EXPLICIT.item(fragments))
    with pytest.raises(recode.UnsureError, match="encapsulated"):
        pull(icon + fragments, EXPLICIT_LE, EXPLICIT_LE)
    assert pull(icon + fragments, EXPLICIT_LE, EXPLICIT_LE, copy_fragments=True) == [icon, None]


@directions
def test_the_length_of_its_group_is_left_out(
    pull: Callable[..., Pieces], one: Encoding, other: Encoding
) -> None:
    data_set = one.numbers(0x7FE00000, "UL", 10) + one.element(PIXEL_DATA, "OW", b"12")
    assert pull(data_set, one.syntax, other.syntax) == [None]


@directions
def test_edits_around_it(pull: Callable[..., Pieces], one: Encoding, other: Encoding) -> None:
    data_set = one.element(0x7FE00001, "OV", bytes(8)) + one.element(PIXEL_DATA, "OW", b"12")
    before = other.element(0x7FE00003, "UV", bytes(8))
    behind = other.element(0x7FE10010, "LO", b"ACME")
    edits = [(0x7FE00001, b"", True), (0x7FE00003, before, False), (0x7FE10010, behind, False)]
    assert pull(data_set, one.syntax, other.syntax, edits=edits) == [before, None, behind]


def test_an_edit_of_it() -> None:
    with pytest.raises(ValueError, match="external"):
        recode.Recoder(
            0,
            0,
            0,
            EXPLICIT_LE,
            EXPLICIT_LE,
            edits=[(PIXEL_DATA, b"", True)],
            external_pixel_data=True,
        )


def test_images_whose_sign_is_not_known(pull: Callable[..., Pieces]) -> None:
    # As with Pixel Data of its own: US or SS
    data_set = IMPLICIT.numbers(0x00280106, "US", 7) + IMPLICIT.element(PIXEL_DATA, "OW", b"12")
    with pytest.raises(recode.UnsureError, match="depends"):
        pull(data_set, IMPLICIT_LE, EXPLICIT_LE)


def test_slices_stay_slices(tmp_path: Path) -> None:
    path = tmp_path / "file"
    document = EXPLICIT.element(0x00420011, "OB", bytes(20_000))
    path.write_bytes(document + EXPLICIT.element(PIXEL_DATA, "OW", b"12"))
    with path.open("rb") as file:
        recoder = recode.Recoder(
            file.fileno(),
            0,
            path.stat().st_size,
            EXPLICIT_LE,
            EXPLICIT_LE,
            external_pixel_data=True,
        )
        assert list(recoder) == [document[:12], (12, 20_000), None]


@pytest.mark.parametrize("encapsulated", [True, False])
def test_gigabytes_are_not_read(tmp_path: Path, encapsulated: bool) -> None:
    path = tmp_path / "sparse"
    length = 3 << 30
    before = header(EXPLICIT)
    with path.open("wb") as file:
        file.write(before)
        if encapsulated:
            file.write(EXPLICIT.element(PIXEL_DATA, "OB", EXPLICIT.item(b""), 0xFFFFFFFF))
            file.write(EXPLICIT.item(b"", length))
        else:
            file.write(EXPLICIT.element(PIXEL_DATA, "OW", b"", length))
        file.seek(length, os.SEEK_CUR)
        file.write(EXPLICIT.sequence_end if encapsulated else b"")
        file.write(EXPLICIT.element(0x7FE10010, "LO", b"ACME"))
    with path.open("rb") as file:
        recoder = recode.Recoder(
            file.fileno(),
            0,
            path.stat().st_size,
            EXPLICIT_LE,
            IMPLICIT_LE,
            external_pixel_data=True,
        )
        for _ in range(2):
            assert recoder.measure() == len(header(IMPLICIT)) + 12
            last = IMPLICIT.element(0x7FE10010, "LO", b"ACME")
            assert list(recoder) == [header(IMPLICIT), None, last]
