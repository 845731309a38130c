"""How codestreams begin."""

from __future__ import annotations

import struct

import pytest

from fastsend.convert.codestream_start import start_mark
from reference.encapsulated import (
    JP2,
    JPEG,
    JPEG_2000,
    JPEG_XL,
    JPEG_XL_CONTAINER,
    RLE_HEADER,
)

RLE = "1.2.840.10008.1.2.5"
FAMILY = "1.2.840.10008.1.2.4."


def padded(beginning: bytes) -> bytes:
    return beginning[:16].ljust(16, b"\0")


@pytest.mark.parametrize("syntax", [FAMILY + end for end in ("50", "70", "80", "90", "203", "110")])
@pytest.mark.parametrize("beginning", [JPEG, JPEG_2000, JP2, JPEG_XL, JPEG_XL_CONTAINER])
def test_content_decides_within_the_jpeg_family(syntax: str, beginning: bytes) -> None:
    mark = start_mark(syntax, padded(beginning))
    assert mark is not None
    assert mark.found(padded(beginning))
    assert not mark.found(padded(b"rest"))
    assert mark.certain == (beginning != JPEG_XL)


def test_a_codestream_with_and_without_a_jp2_container_may_alternate() -> None:
    mark = start_mark(FAMILY + "90", padded(JP2))
    assert mark is not None
    assert mark.found(padded(JPEG_2000))


def test_a_jpeg_does_not_begin_where_a_jpeg_2000_would() -> None:
    mark = start_mark(FAMILY + "50", padded(JPEG))
    assert mark is not None
    assert not mark.found(padded(JPEG_2000))


@pytest.mark.parametrize("count", [1, 3, 15])
def test_an_rle_header_is_known_by_its_segments(count: int) -> None:
    mark = start_mark(RLE, struct.pack("<4L", count, 64, 0, 0))
    assert mark is not None
    assert mark.found(padded(RLE_HEADER))


@pytest.mark.parametrize(
    "beginning",
    [
        struct.pack("<4L", 0, 64, 0, 0),
        struct.pack("<4L", 16, 64, 0, 0),
        struct.pack("<4L", 1, 63, 0, 0),
        struct.pack("<4L", 257, 64, 0, 0),
        struct.pack("<4L", 1, 0x140, 0, 0),
    ],
)
def test_what_is_no_rle_header_is_no_mark(beginning: bytes) -> None:
    assert start_mark(RLE, beginning) is None


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98", RLE])
def test_other_syntaxes_have_no_jpeg(syntax: str) -> None:
    assert start_mark(syntax, padded(JPEG)) is None


def test_an_unknown_beginning_is_no_mark() -> None:
    assert start_mark(FAMILY + "50", padded(b"\xff\xd9\xff\xd8")) is None
