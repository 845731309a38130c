"""Headers of codestreams, put together by hand from their standards."""

from __future__ import annotations

import struct

import pytest

from fastsend.codecs.header import BrokenCodestreamError, Header, check, read
from fastsend.codecs.job import CodecError
from fastsend.model.pixels import PixelFormat

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
GREY = PixelFormat(48, 40, 1, 16, 12, 11, 0, 0, "MONOCHROME2")


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content


def frame_header(
    marker: int,
    rows: int = 48,
    columns: int = 40,
    precision: int = 12,
    sampling: tuple[int, ...] = (0x11,),
) -> bytes:
    components = b"".join(bytes((i, one, 0)) for i, one in enumerate(sampling))
    head = struct.pack(">BHHB", precision, rows, columns, len(sampling))
    return segment(marker, head + components)


def scan_header(components: int = 1, first: int = 1, last: int = 0, point: int = 0) -> bytes:
    selectors = b"".join(bytes((i, 0)) for i in range(components))
    return segment(0xDA, bytes((components,)) + selectors + bytes((first, last, point)))


def jpeg(marker: int = 0xC3, samples: bytes = bytes(1000), **frame: object) -> bytes:
    return SOI + frame_header(marker, **frame) + scan_header() + samples + EOI  # type: ignore[arg-type]


def j2k(
    *,
    depth: int = 11,
    components: int = 1,
    mct: int = 0,
    wavelet: int = 1,
    style: int = 0,
    extent: tuple[int, ...] = (40, 48, 0, 0, 40, 48, 0, 0),
    more: bytes = b"",
    tile: bytes = bytes(50),
) -> bytes:
    siz = struct.pack(">H8IH", 0, *extent, components) + bytes((depth, 1, 1)) * components
    cod = bytes((0, 0, 0, 1, mct, 5, 4, 4, style, wavelet))
    sot = struct.pack(">BBHHIBB", 0xFF, 0x90, 10, 0, 14 + len(tile), 0, 1) + b"\xff\x93"
    return b"\xff\x4f" + segment(0x51, siz) + segment(0x52, cod) + more + sot + tile + EOI


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


JP2 = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")


class BitWriter:
    """Bits of JPEG XL: the least significant first."""

    def __init__(self) -> None:
        self.bits: list[int] = []

    def put(self, value: int, count: int) -> BitWriter:
        self.bits += [value >> i & 1 for i in range(count)]
        return self

    def bytes(self) -> bytes:
        value = sum(bit << i for i, bit in enumerate(self.bits))
        return b"\xff\x0a" + value.to_bytes(len(self.bits) // 8 + 20, "little")


def jxl_grey(rows: int = 48, columns: int = 40, bits: int = 12) -> BitWriter:
    writer = BitWriter().put(0, 1)  # not small
    writer.put(0, 2).put(rows - 1, 9).put(0, 3).put(0, 2).put(columns - 1, 9)
    writer.put(0, 1).put(0, 1)  # not all default, no extra fields
    writer.put(0, 1).put(3, 2).put(bits - 1, 6)  # integers
    writer.put(1, 1).put(0, 2)  # 16-bit buffers, no extra channels
    writer.put(0, 1)  # not XYB
    return writer.put(0, 1).put(0, 1).put(1, 2)  # colour encoding: no ICC, grey


def parsed(data: bytes) -> Header:
    return read(memoryview(data))


def test_jpeg_lossless() -> None:
    header = parsed(jpeg())
    assert (header.coding, header.rows, header.columns) == ("JPEG Lossless", 48, 40)
    assert (header.components, header.precision) == (1, 12)
    assert header.lossless
    assert header.ended
    assert not header.subsampled


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2])
def test_lossy_jpeg(marker: int) -> None:
    header = parsed(jpeg(marker, precision=8, sampling=(0x22, 0x11, 0x11)))
    assert (header.coding, header.components, header.precision) == ("JPEG", 3, 8)
    assert header.subsampled
    assert not header.lossless
    assert not header.exact


@pytest.mark.parametrize(("near", "lossless"), [(0, True), (3, False)])
def test_jpeg_ls(near: int, lossless: bool) -> None:
    data = SOI + frame_header(0xF7, sampling=(0x11, 0x11, 0x11)) + scan_header(1, near) + bytes(9)
    header = parsed(data)
    assert (header.coding, header.lossless, header.exact) == ("JPEG-LS", lossless, True)
    assert header.by_plane
    assert not header.ended


def test_jpeg_ls_behind_spiff() -> None:
    spiff = segment(0xE8, b"SPIFF\0" + bytes(24)) + segment(0xE8, bytes(4)) + SOI
    data = SOI + spiff + frame_header(0xF7) + scan_header(1, 0) + bytes(9) + EOI
    assert parsed(data).coding == "JPEG-LS"


def test_padding_and_fill_bytes_around_jpeg() -> None:
    data = SOI + b"\xff\xff" + frame_header(0xC3) + scan_header() + bytes(1000) + EOI + b"\xff\0"
    assert parsed(data).ended


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (bytes(20), "zeros"),
        (b"GIF89a", "47 49 46 38"),
        (SOI, "ends before"),
        (SOI + EOI, "ends before"),
        (SOI + b"\xff\xe0\x00", "inside a marker segment"),
        (SOI + b"\xff\xe0\x00\x01", "wrong length of 1"),
        (SOI + b"\xff\xe0\xff\xff", "wrong length of 65535"),
        (SOI + b"\x00\x00", "no marker at byte 2"),
        (SOI + scan_header() + bytes(9), "before its frame header"),
        (SOI + frame_header(0xC3) * 2 + scan_header(), "second frame header"),
        (jpeg(0xC5), "SOF5"),
        (jpeg(0xC9), "SOF9"),
        (jpeg(rows=0), "0 rows"),
        (jpeg(columns=0), "0 columns"),
        (jpeg(precision=1), "1 bits"),
        (jpeg(precision=17), "17 bits"),
        (jpeg(sampling=()), "0 components"),
        (jpeg(sampling=(0x11,) * 5), "5 components"),
        (jpeg(sampling=(0x51,)), "sampling"),
        (SOI + segment(0xC3, b"\x08\0\x30\0\x28\x03") + scan_header(), "3 components in 8"),
        (SOI + frame_header(0xC3) + segment(0xDA, b"\x7f" + bytes(5)), "127 components"),
        (SOI + frame_header(0xC3) + scan_header(1, 0) + bytes(9), "selection value 0"),
        (SOI + b"\xff\xe0\0\2" * 10_001 + frame_header(0xC3) + scan_header(), "too many"),
    ],
)
def test_broken_jpeg(data: bytes, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        parsed(data)


def test_jpeg_2000() -> None:
    header = parsed(j2k())
    assert (header.coding, header.rows, header.columns) == ("JPEG 2000", 48, 40)
    assert (header.components, header.precision, header.signed) == (1, 12, False)
    assert header.lossless
    assert not header.colour_transform


def test_colour_sign_and_wavelet_of_jpeg_2000() -> None:
    header = parsed(j2k(depth=0x87, components=3, mct=1, wavelet=0))
    assert (header.components, header.precision, header.signed) == (3, 8, True)
    assert header.colour_transform
    assert not header.lossless


def test_a_component_with_the_irreversible_wavelet() -> None:
    coc = segment(0x53, bytes((1, 0, 5, 4, 4, 0, 0)))
    assert not parsed(j2k(components=3, more=coc)).lossless


@pytest.mark.parametrize(
    "data",
    [
        j2k(style=0x40),
        j2k(more=segment(0x50, struct.pack(">IH", 1 << 17, 0))),
    ],
)
def test_htj2k(data: bytes) -> None:
    assert parsed(data).coding == "HTJ2K"


@pytest.mark.parametrize(
    "head",
    [
        struct.pack(">I4s", 0, b"jp2c"),
        struct.pack(">I4s", 8 + len(j2k()), b"jp2c"),
        struct.pack(">I4sQ", 1, b"jp2c", 16 + len(j2k())),
    ],
)
def test_jp2_boxes(head: bytes) -> None:
    data = JP2 + head + j2k()
    header = parsed(data)
    assert data[header.start : header.end] == j2k()
    assert header.coding == "JPEG 2000"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\x4f\xff\x51", "ends inside|no JPEG 2000"),
        (j2k()[:30], "wrong length"),
        (j2k(extent=(0, 48, 0, 0, 40, 48, 0, 0)), "empty"),
        (j2k(extent=(40, 48, 0, 0, 0, 48, 0, 0)), "empty"),
        (j2k(extent=(40, 48, 0, 0, 40, 48, 1, 0)), "outside"),
        (j2k(extent=(2**32 - 1, 2**32 - 1, 0, 0, 1, 1, 0, 0)), "tiles"),
        (j2k(components=0), "0 components"),
        (j2k(tile=b"")[:-8], "ends inside|cut off|tile-part"),
        (b"\xff\x4f" + j2k()[2:].replace(b"\xff\x52", b"\xff\x64"), "lacks"),
        (JP2, "no codestream"),
        (JP2 + struct.pack(">I4s", 0xFFFFFFFF, b"jp2c") + j2k(), "no codestream"),
        (JP2 + struct.pack(">I4s", 4, b"jp2c") + j2k(), "no codestream"),
        (JP2 + box(b"jp2c", bytes(40)), "no JPEG 2000"),
    ],
)
def test_broken_jpeg_2000(data: bytes, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        parsed(data)


def test_components_of_several_depths() -> None:
    data = bytearray(j2k(components=3))
    data[2 + 4 + 36] = 7
    with pytest.raises(CodecError, match="differ"):
        parsed(bytes(data))


@pytest.mark.parametrize("missing", [3, 20, 50])
def test_jpeg_2000_that_ends_inside_a_tile_part(missing: int) -> None:
    with pytest.raises(BrokenCodestreamError, match="tile-part"):
        parsed(j2k()[: -len(EOI) - missing])


def test_jpeg_2000_without_its_end_marker() -> None:
    assert parsed(j2k()[: -len(EOI)]).rows == 48


def test_a_tile_part_up_to_the_end_needs_the_end_marker() -> None:
    data = j2k()
    at = data.index(b"\xff\x90") + 6
    data = data[:at] + bytes(4) + data[at + 4 :]
    assert parsed(data).rows == 48
    with pytest.raises(BrokenCodestreamError, match="last tile"):
        parsed(data[:-2])


def test_jpeg_xl() -> None:
    header = parsed(jxl_grey().bytes())
    assert (header.coding, header.rows, header.columns) == ("JPEG XL", 48, 40)
    assert (header.components, header.precision, header.lossless) == (1, 12, True)


def test_jpeg_xl_by_default_is_colour_in_xyb() -> None:
    # Small: (5 + 1) * 8 rows, and 4:3 of them as columns.
    header = parsed(BitWriter().put(1, 1).put(5, 5).put(3, 3).put(1, 1).bytes())
    assert (header.rows, header.columns, header.components) == (48, 64, 3)
    assert not header.lossless


@pytest.mark.parametrize("kind", [b"jxlc", b"jxlp"])
def test_jpeg_xl_in_boxes(kind: bytes) -> None:
    stream = jxl_grey().bytes()
    content = stream if kind == b"jxlc" else bytes(4) + stream
    data = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ") + box(kind, content)
    assert parsed(data).columns == 40


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\x0a", "ends inside"),
        (box(b"JXL ", b"\r\n\x87\n"), "no codestream"),
        (box(b"JXL ", b"\r\n\x87\n") + box(b"jxlc", bytes(30)), "no codestream"),
    ],
)
def test_broken_jpeg_xl(data: bytes, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        parsed(data)


@pytest.mark.parametrize(
    "data",
    [jpeg(samples=b""), jpeg(0xF7, samples=b""), j2k(tile=b""), JP2 + box(b"jp2c", j2k())],
)
def test_cut_off_anywhere(data: bytes) -> None:
    for end in range(len(data)):
        for filler in (b"", b"\0" * 40, b"\xff" * 40):
            try:
                header = parsed(data[:end] + filler)
            except CodecError:
                continue
            assert header.rows >= 1


# Against the attributes


def test_a_header_that_agrees() -> None:
    data = jpeg()
    check(parsed(data), GREY, len(data))
    check(parsed(data), GREY._replace(bits_stored=16, high_bit=15), len(data))
    check(parsed(j2k(depth=15)), GREY, 1000)


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (GREY._replace(rows=49), "48 rows and the data set 49"),
        (GREY._replace(columns=41), "40 columns and the data set 41"),
        (GREY._replace(samples_per_pixel=3), "1 components and the data set 3"),
        (GREY._replace(bits_allocated=8, bits_stored=8, high_bit=7), "12 bits .* allocates 8"),
        (GREY._replace(high_bit=15), "High Bit 15"),
    ],
)
def test_differences_are_named(pixels: PixelFormat, reason: str) -> None:
    data = jpeg()
    with pytest.raises(CodecError, match=reason):
        check(parsed(data), pixels, len(data))


def test_components_of_several_sizes() -> None:
    colour = GREY._replace(samples_per_pixel=3, photometric_interpretation="RGB")
    lossless = jpeg(sampling=(0x22, 0x11, 0x11))
    with pytest.raises(CodecError, match="several sizes"):
        check(parsed(lossless), colour, len(lossless))
    lossy = jpeg(0xC0, sampling=(0x22, 0x11, 0x11))
    check(parsed(lossy), colour, len(lossy))


@pytest.mark.parametrize(("marker", "least"), [(0xC3, 48 * 40 // 8), (0xC0, 48 * 40 // 64 // 8)])
def test_too_short_for_its_samples(marker: int, least: int) -> None:
    header = parsed(jpeg(marker))
    check(header, GREY, least)
    with pytest.raises(BrokenCodestreamError, match="too short"):
        check(header, GREY, least - 1)
