"""The pieces that a data set is given out in: buffers, slices, files that fail or change."""

import contextlib
import errno
import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fastsend._native import recode
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, Encoding

EXPLICIT = Encoding(EXPLICIT_LE)
HEADER = (
    EXPLICIT.element(0x00080060, "CS", b"OT")
    + EXPLICIT.element(0x00081140, "SQ", EXPLICIT.item(EXPLICIT.element(0x00080060, "CS", b"MR")))
    + EXPLICIT.numbers(0x00280100, "US", 16)
)
PIXELS = bytes(range(256)) * 2048
BEFORE = b"File Meta Information"


class OpenFile:
    """A data set somewhere in a file."""

    def __init__(self, path: Path, data_set: bytes, length: int | None) -> None:
        path.write_bytes(BEFORE + data_set + b"and more")
        self.path = path
        self.file = path.open("rb")
        self.length = len(data_set) if length is None else length

    def recoder(self, to: str = IMPLICIT_LE, **options: int) -> recode.Recoder:
        return recode.Recoder(
            self.file.fileno(), len(BEFORE), self.length, EXPLICIT_LE, to, **options
        )

    def joined(self, pieces: list[bytes | tuple[int, int]]) -> bytes:
        content = self.path.read_bytes()
        return b"".join(
            piece if isinstance(piece, bytes) else content[piece[0] : sum(piece)]
            for piece in pieces
        )


Opener = Callable[..., OpenFile]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Write a data set into a file and open it: ``opened(data_set, length=None)``."""
    with contextlib.ExitStack() as stack:

        def open_file(data_set: bytes, length: int | None = None) -> OpenFile:
            file = OpenFile(tmp_path / "file", data_set, length)
            stack.enter_context(file.file)
            return file

        yield open_file


@pytest.fixture
def image(opened: Opener) -> OpenFile:
    return opened(HEADER + EXPLICIT.element(0x7FE00010, "OW", PIXELS))


def test_long_values_that_stay_are_slices(image: OpenFile) -> None:
    pieces = list(image.recoder())
    header, pixels = pieces
    assert isinstance(header, bytes)
    assert pixels == (len(BEFORE) + len(HEADER) + 12, len(PIXELS))
    assert header.endswith(bytes.fromhex("e07f1000 00000800"))


def test_the_least_length_of_a_slice(image: OpenFile) -> None:
    whole = image.joined(list(image.recoder()))
    assert len(list(image.recoder(slice_least=len(PIXELS)))) == 2
    for least in (0, len(PIXELS) + 1):
        pieces = list(image.recoder(slice_least=least))
        assert all(isinstance(piece, bytes) for piece in pieces)
        assert b"".join(pieces) == whole
    assert image.joined(list(image.recoder(slice_least=1))) == whole


@pytest.mark.parametrize("to", [IMPLICIT_LE, EXPLICIT_BE])
def test_measuring_finds_the_length(image: OpenFile, to: str) -> None:
    recoder = image.recoder(to)
    for _ in range(2):
        length = recoder.measure()
        pieces = list(recoder)
        assert len(image.joined(pieces)) == length
        assert list(recoder) == []


@pytest.mark.parametrize("to", [IMPLICIT_LE, EXPLICIT_BE])
def test_buffers_are_bounded_and_full(opened: Opener, to: str) -> None:
    many = b"".join(EXPLICIT.numbers(0x00090000 + i, "US", i) for i in range(0x1000, 0x9000))
    data_set = many + EXPLICIT.element(0x00281201, "OW", PIXELS)
    pieces = list(opened(data_set).recoder(to, slice_least=0))
    lengths = list(map(len, pieces))
    assert max(lengths) <= 65_536
    assert min(lengths[:-1]) > 65_500
    assert b"".join(pieces) == recode.to_bytes(data_set, EXPLICIT_LE, to)


def test_without_measuring_lengths_become_undefined(image: OpenFile) -> None:
    data_set = image.joined(list(image.recoder()))
    implicit = Encoding(IMPLICIT_LE)
    item = implicit.open_item(implicit.element(0x00080060, "CS", b"MR"))
    assert implicit.open_sequence(0x00081140, item) in data_set
    # Between the encodings with explicit VR no length changes.
    big = Encoding(EXPLICIT_BE)
    item = big.item(big.element(0x00080060, "CS", b"MR"))
    pieces = list(image.recoder(EXPLICIT_BE))
    assert big.element(0x00081140, "SQ", item) in image.joined(pieces)


def test_group_lengths_are_left_out_without_measuring(opened: Opener) -> None:
    modality = EXPLICIT.element(0x00080060, "CS", b"OT")
    with_length = opened(EXPLICIT.numbers(0x00080000, "UL", 10) + modality)
    assert list(with_length.recoder()) == [Encoding(IMPLICIT_LE).element(0x00080060, "CS", b"OT")]


def test_more_lengths_than_are_kept(opened: Opener) -> None:
    # A slot for the sequence and for each of its items
    count = 2**20 + 5
    items = EXPLICIT.item(EXPLICIT.element(0x00080060, "CS", b"OT")) * count
    recoder = opened(EXPLICIT.element(0x00081140, "SQ", items)).recoder()
    length = recoder.measure()
    data_set = b"".join(recoder)
    assert len(data_set) == length
    implicit = Encoding(IMPLICIT_LE)
    modality = implicit.element(0x00080060, "CS", b"OT")
    kept = 2**20 - 1
    inside = implicit.item(modality) * kept + implicit.open_item(modality) * (count - kept)
    assert data_set == implicit.element(0x00081140, "SQ", inside)


def test_memory_does_not_grow_with_the_data_set(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.write(HEADER + EXPLICIT.element(0x7FE00010, "OW", b"", 2**31))
        file.truncate(file.tell() + 2**31)
    length = path.stat().st_size
    with path.open("rb") as file:
        tracemalloc.start()
        recoder = recode.Recoder(file.fileno(), 0, length, EXPLICIT_LE, EXPLICIT_BE)
        assert recoder.measure() == length
        for _, piece in zip(range(500), recoder, strict=False):
            assert isinstance(piece, bytes)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()


@pytest.mark.parametrize("to", [IMPLICIT_LE, EXPLICIT_BE])
@pytest.mark.parametrize("kept", [0, 5, len(HEADER), len(HEADER) + 20, len(HEADER) + 100_000])
def test_a_file_that_became_shorter(image: OpenFile, to: str, kept: int) -> None:
    recoder = image.recoder(to, slice_least=0)
    recoder.measure()
    os.truncate(image.path, len(BEFORE) + kept)
    with pytest.raises(recode.RecodeError, match="changed while it was read") as caught:
        list(recoder)
    assert not isinstance(caught.value, recode.UnsureError)
    with pytest.raises(recode.RecodeError):
        next(recoder)


@pytest.mark.parametrize("nested", [True, False])
def test_a_file_that_became_another_one(opened: Opener, nested: bool) -> None:
    def data_set(elements: bytes) -> bytes:
        if nested:
            elements = EXPLICIT.element(0x0040A730, "SQ", EXPLICIT.item(elements))
        return EXPLICIT.element(0x00090010, "LO", bytes(60_000)) + elements

    # 16 bytes each, 16 and 12 in Implicit VR
    two = EXPLICIT.element(0x0040A160, "LO") + EXPLICIT.element(0x0040A161, "LO")
    one = EXPLICIT.element(0x0040A160, "UT", b"text")
    file = opened(data_set(two))
    recoder = file.recoder()
    recoder.measure()
    file.path.write_bytes(file.path.read_bytes().replace(two, one))
    with pytest.raises(recode.RecodeError, match="changed while it was read"):
        list(recoder)


def test_a_data_set_that_the_file_does_not_hold(opened: Opener) -> None:
    short = opened(HEADER, len(HEADER) + 1000)
    with pytest.raises(recode.RecodeError, match="changed while it was read"):
        short.recoder().measure()


def test_offsets_of_errors_are_those_of_the_file(opened: Opener) -> None:
    broken = opened(HEADER + EXPLICIT.element(0x7FE00010, "OW", b"1", 2))
    for attempt in (broken.recoder().measure, lambda: list(broken.recoder())):
        with pytest.raises(recode.RecodeError) as caught:
            attempt()
        assert caught.value.offset == len(BEFORE) + len(HEADER)
        assert caught.value.tag == 0x7FE00010


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        recoder = recode.Recoder(descriptor, 0, 100, EXPLICIT_LE, IMPLICIT_LE)
        with pytest.raises(IsADirectoryError) as caught:
            recoder.measure()
        assert caught.value.errno == errno.EISDIR
    finally:
        os.close(descriptor)
    with pytest.raises(ValueError, match="descriptor"):
        recode.Recoder(-1, 0, 0, EXPLICIT_LE, IMPLICIT_LE)


def test_offsets_beyond_all_files(image: OpenFile) -> None:
    descriptor = image.file.fileno()
    for offset, length in ((2**63, 0), (0, 2**63), (2**62, 2**62)):
        with pytest.raises(ValueError, match="no file is that long"):
            recode.Recoder(descriptor, offset, length, EXPLICIT_LE, IMPLICIT_LE)
    for offset, length in ((2**62, 100), (0, 2**63 - 1)):
        recoder = recode.Recoder(descriptor, offset, length, EXPLICIT_LE, IMPLICIT_LE)
        with pytest.raises((recode.RecodeError, OSError)):
            recoder.measure()
