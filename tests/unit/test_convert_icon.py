"""Icons in the transfer syntax of the image, decoded with it and without a network."""

from __future__ import annotations

import struct
import threading
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import pytest

from conversions import convert, read, stored
from fastsend._native import recode
from fastsend.codecs.pool import CodecPool
from fastsend.convert import icon as icons
from fastsend.convert.conversion import Conversion
from fastsend.convert.image import Target
from fastsend.convert.refusal import ConversionError
from peers.image_files import ImageLayout, encapsulate, encode_image, rle_of, write_image
from peers.study import EXPLICIT, IMPLICIT, RLE, element

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastsend.convert.source import Stored


UID = "1.2.826.0.1.3680043.10.999.5.7"
BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
DEFLATED_FRAME, JPEG_LS_NEAR = "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.4.81"
TARGETS = (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED, DEFLATED_FRAME)
LAYOUT = ImageLayout(rows=3, columns=5)
PIXELS = struct.pack("<15H", *range(100, 4000, 260))
ICON_PIXELS = bytes(range(7, 247, 20))
UNDEFINED = 0xFFFFFFFF


class IconLayout(NamedTuple):
    rows: int = 3
    columns: int = 4
    bits: int = 8
    samples: int = 1
    photometric_interpretation: bytes = b"MONOCHROME2"
    frames: bytes | None = None


def icon_item(layout: IconLayout, pixel_data: bytes, *, behind: bytes = b"") -> bytes:
    """Encode the elements of an icon's item, with something before and behind its image."""
    shorts = {0x10: layout.rows, 0x11: layout.columns, 0x100: layout.bits, 0x101: layout.bits}
    shorts |= {0x102: layout.bits - 1, 0x103: 0}
    return b"".join(
        [
            element(0x08, 0x2111, b"ST", b"made for a test"),
            element(0x28, 0x02, b"US", struct.pack("<H", layout.samples)),
            element(0x28, 0x04, b"CS", layout.photometric_interpretation),
            element(0x28, 0x06, b"US", b"\1\0") if layout.samples > 1 else b"",
            element(0x28, 0x08, b"IS", layout.frames) if layout.frames else b"",
            *(element(0x28, n, b"US", struct.pack("<H", value)) for n, value in shorts.items()),
            element(0x28, 0x1201, b"OW", struct.pack("<3H", 1, 2, 3)),
            pixel_data,
            behind,
        ]
    )


def sequence(*items: bytes, tag: tuple[int, int] = (0x88, 0x200), defined: bool = False) -> bytes:
    parts = b""
    for item in items:
        if defined:
            parts += struct.pack("<HHL", 0xFFFE, 0xE000, len(item)) + item
        else:
            parts += struct.pack("<HHL", 0xFFFE, 0xE000, UNDEFINED) + item
            parts += struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
    head = struct.pack("<HH2s2xL", *tag, b"SQ", len(parts) if defined else UNDEFINED)
    return head + parts + (b"" if defined else struct.pack("<HHL", 0xFFFE, 0xE0DD, 0))


def data_set_with(icon: bytes, *, layout: ImageLayout = LAYOUT, frames: int = 1) -> bytes:
    codestream = rle_of(PIXELS) if layout == LAYOUT else black(layout)
    data_set = encode_image(UID, layout, codestreams=[codestream] * frames, frames=frames)
    at = data_set.index(b"\xe0\x7f\x10\0")
    return data_set[:at] + icon + data_set[at:]


def black(layout: ImageLayout) -> bytes:
    """Encode a frame of zeros, in runs of 128 bytes (PS3.5 G.3.1)."""
    plane = b"\x81\0" * (layout.rows * layout.columns // 128)
    return struct.pack("<16L", 2, 64, 64 + len(plane), *(0,) * 13) + plane * 2


GOOD = icon_item(IconLayout(), encapsulate([rle_of(ICON_PIXELS, 1)]))


@pytest.fixture
def pool() -> Iterator[CodecPool]:
    with CodecPool(2) as pool:
        yield pool


def store(folder: Path, data_set: bytes, syntax: str = RLE) -> Stored:
    path = write_image(folder / "one.dcm", data_set, UID, syntax)
    return stored(path, syntax, data_set, UID)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("defined", [False, True])
@pytest.mark.parametrize("new_vr", [False, True])
def test_decoded_whatever_the_image_becomes(
    tmp_path: Path, pool: CodecPool, target: str, *, defined: bool, new_vr: bool
) -> None:
    source = store(tmp_path, data_set_with(sequence(GOOD, defined=defined)))
    found = read(convert(source, Target(target, 1, new_vr=new_vr), pool), target)
    (icon,) = found.IconImageSequence
    assert not icon["PixelData"].is_undefined_length
    assert icon.PixelData == ICON_PIXELS
    assert (icon.Rows, icon.Columns, icon.BitsAllocated) == (3, 4, 8)
    assert icon.PhotometricInterpretation == "MONOCHROME2"
    assert icon.DerivationDescription == "made for a test"
    table = struct.unpack(
        (">" if target == BIG_ENDIAN else "<") + "3H", icon.RedPaletteColorLookupTableData
    )
    assert table == (1, 2, 3)
    assert "LossyImageCompression" not in icon
    assert found.PatientID == "CAGE-4711"
    if target not in (BIG_ENDIAN, DEFLATED_FRAME):
        assert found.PixelData == PIXELS
    assert found["PixelData"].is_undefined_length == (target == DEFLATED_FRAME)


@pytest.mark.parametrize("target", [IMPLICIT, BIG_ENDIAN])
def test_sixteen_bits(tmp_path: Path, pool: CodecPool, target: str) -> None:
    item = icon_item(IconLayout(3, 5, 16), encapsulate([rle_of(PIXELS)]))
    found = read(
        convert(store(tmp_path, data_set_with(sequence(item))), Target(target, 1), pool), target
    )
    order = ">" if target == BIG_ENDIAN else "<"
    pixels = struct.unpack(order + "15H", found.IconImageSequence[0].PixelData)
    assert pixels == struct.unpack("<15H", PIXELS)


def test_colour_by_pixel_and_what_is_behind_the_pixels(tmp_path: Path, pool: CodecPool) -> None:
    planes = [bytes(range(start, start + 12)) for start in (0, 100, 200)]
    segments = [bytes([len(plane) - 1]) + plane + b"\0" for plane in planes]
    header = struct.pack("<16L", 3, *(64 + 14 * n for n in range(3)), *(0,) * 12)
    layout = IconLayout(samples=3, photometric_interpretation=b"RGB")
    behind = element(0x7FE1, 0x10, b"LO", b"ACME")
    item = icon_item(layout, encapsulate([header + b"".join(segments)]), behind=behind)
    source = store(tmp_path, data_set_with(sequence(item)))
    (icon,) = read(convert(source, Target(IMPLICIT, 1), pool), IMPLICIT).IconImageSequence
    assert icon.PixelData == bytes(
        sample for pixel in zip(*planes, strict=True) for sample in pixel
    )
    assert (icon.PhotometricInterpretation, icon.PlanarConfiguration) == ("RGB", 0)
    assert icon[0x7FE1, 0x10].value in ("ACME", b"ACME")


def test_a_lossy_icon_says_nothing_of_it(tmp_path: Path, pool: CodecPool) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    numpy = pytest.importorskip("numpy")
    samples = numpy.frombuffer(ICON_PIXELS, "u1").reshape(3, 4)
    codestream = imagecodecs.jpegls_encode(samples, level=2)
    item = icon_item(IconLayout(), encapsulate([codestream]))
    image = imagecodecs.jpegls_encode(numpy.frombuffer(PIXELS, "<u2").reshape(3, 5), level=2)
    data_set = encode_image(UID, LAYOUT, codestreams=[image])
    at = data_set.index(b"\xe0\x7f\x10\0")
    data_set = data_set[:at] + sequence(item) + data_set[at:]
    sent = convert(store(tmp_path, data_set, JPEG_LS_NEAR), Target(IMPLICIT, 1), pool)
    found = read(sent, IMPLICIT)
    (icon,) = found.IconImageSequence
    pairs = zip(icon.PixelData, ICON_PIXELS, strict=True)
    assert max(abs(one - other) for one, other in pairs) <= 2
    assert "LossyImageCompression" not in icon
    assert found.LossyImageCompression == "01"


@pytest.mark.parametrize("target", [IMPLICIT, EXPLICIT, DEFLATED_FRAME])
def test_a_native_icon_stays(tmp_path: Path, pool: CodecPool, target: str) -> None:
    item = icon_item(IconLayout(), element(0x7FE0, 0x10, b"OB", ICON_PIXELS))
    icon = sequence(item, item)
    sent = convert(store(tmp_path, data_set_with(icon)), Target(target, 1), pool)
    encoded = recode.to_bytes(icon, EXPLICIT, IMPLICIT) if target == IMPLICIT else icon
    assert encoded in sent


@pytest.mark.parametrize("target", [IMPLICIT, EXPLICIT])
def test_an_icon_without_an_image(tmp_path: Path, pool: CodecPool, target: str) -> None:
    data_set = data_set_with(sequence(GOOD))
    data_set = data_set[: data_set.rindex(b"\xe0\x7f\x10\0")]
    found = read(convert(store(tmp_path, data_set), Target(target, 1), pool), target)
    assert found.IconImageSequence[0].PixelData == ICON_PIXELS
    assert "PixelData" not in found


def test_same_syntax_leaves_it_alone(tmp_path: Path, pool: CodecPool) -> None:
    data_set = data_set_with(sequence(GOOD))
    assert convert(store(tmp_path, data_set), Target(RLE, 1, new_vr=False), pool) == data_set


@pytest.mark.parametrize(("size", "frames"), [(512, 60), (2048, 4)])
def test_frames_that_fill_the_memory_do_not_wait_for_it(
    tmp_path: Path, size: int, frames: int
) -> None:
    """Some frames wait for room; the large ones need all memory, and each of them alone."""
    layout = ImageLayout(rows=size, columns=size)
    source = store(tmp_path, data_set_with(sequence(GOOD), layout=layout, frames=frames))
    with (
        CodecPool(2, memory=1 << 21) as pool,
        closing(Conversion(source, Target(IMPLICIT, 1))) as c,
    ):
        submitting = threading.Thread(target=c.submit, args=(pool,))
        submitting.start()
        c.prepare()
        sent = b"".join(bytes(piece) for piece in c.pieces())
        submitting.join()
    assert sent.endswith(bytes(2 * size * size * frames))
    native = element(0x7FE0, 0x10, b"OW", ICON_PIXELS)
    assert native[:4] + native[8:] in sent


BROKEN = {
    "no pixels": (icon_item(IconLayout(), encapsulate([])), "Pixel Data has no fragment"),
    "no rows": (icon_item(IconLayout(rows=0), encapsulate([b"xx"])), "Rows is 0"),
    "no attributes": (encapsulate([rle_of(ICON_PIXELS, 1)]), "Interpretation is missing"),
    "codestream": (icon_item(IconLayout(), encapsulate([b"\1\0\0\0"])), "a frame cannot be"),
    "other size": (
        icon_item(IconLayout(rows=4), encapsulate([rle_of(ICON_PIXELS, 1)])),
        "a frame cannot be",
    ),
    "two frames": (
        icon_item(IconLayout(frames=b"2 "), encapsulate([rle_of(ICON_PIXELS, 1)] * 2)),
        "an icon of 2 frames",
    ),
    "fewer frames": (
        icon_item(IconLayout(frames=b"2 "), encapsulate([rle_of(ICON_PIXELS, 1)])),
        "Number of Frames is 2",
    ),
    "too large": (
        icon_item(IconLayout(1025, 1024), encapsulate([rle_of(ICON_PIXELS, 1)])),
        "1,049,600 bytes of pixels are too many for an icon",
    ),
    "too long": (
        icon_item(IconLayout(), encapsulate([bytes(icons.LONGEST_ITEM)])),
        "bytes are too many for an icon",
    ),
    "deeper": (
        sequence(GOOD, tag=(0x08, 0x1140)) + GOOD,
        "Pixel Data in a sequence is encapsulated",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("target", [IMPLICIT, DEFLATED_FRAME])
def test_a_broken_icon(tmp_path: Path, pool: CodecPool, name: str, target: str) -> None:
    item, reason = BROKEN[name]
    source = store(tmp_path, data_set_with(sequence(item)))
    with pytest.raises(ConversionError, match=f"^its icon cannot be converted: .*{reason}"):
        convert(source, Target(target, 1), pool)


def test_more_than_one_item(tmp_path: Path, pool: CodecPool) -> None:
    native = icon_item(IconLayout(), element(0x7FE0, 0x10, b"OB", ICON_PIXELS))
    for items in ([GOOD, native], [native, GOOD], [GOOD] * 3):
        with pytest.raises(ConversionError, match="more than one item"):
            convert(store(tmp_path, data_set_with(sequence(*items))), Target(IMPLICIT, 1), pool)
    third = store(tmp_path, data_set_with(sequence(native, native, GOOD)))
    with pytest.raises(ConversionError, match="in a sequence is encapsulated"):
        convert(third, Target(IMPLICIT, 1), pool)


@pytest.mark.parametrize(
    "missing", [b"\xfe\xff\xdd\xe0" + bytes(4), b"\xfe\xff\x0d\xe0" + bytes(4)]
)
def test_a_delimiter_that_is_missing(tmp_path: Path, pool: CodecPool, missing: bytes) -> None:
    icon = sequence(GOOD)
    at = icon.rindex(missing)
    source = store(tmp_path, data_set_with(icon[:at] + icon[at + 8 :]))
    with pytest.raises(ConversionError):
        convert(source, Target(IMPLICIT, 1), pool)


def test_every_byte_of_an_icon_may_be_another(tmp_path: Path, pool: CodecPool) -> None:
    """It is refused, or what is sent is a data set with the image as it was."""
    icon = sequence(GOOD)
    whole = data_set_with(icon)
    start = whole.index(icon)
    for at in range(0, len(icon), 3):
        changed = bytearray(whole)
        changed[start + at] ^= 0xFF
        source = store(tmp_path, bytes(changed))
        try:
            sent = convert(source, Target(EXPLICIT, 1), pool)
        except ConversionError:
            continue
        head = struct.pack("<HH2s2xL", 0x7FE0, 0x10, b"OW", len(PIXELS))
        assert sent.endswith(head + PIXELS)
