"""Real files: their frames and attributes, as pydicom finds them."""

from __future__ import annotations

import os
import struct
import warnings
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pydicom import Dataset, config, dcmread
from pydicom.encaps import generate_frames

from fastsend._native import part10
from fastsend.convert import attributes
from fastsend.convert.deflated import inflate_to_file
from fastsend.convert.frames import FrameIndex, locate
from fastsend.convert.native_frames import NativeFrames
from fastsend.convert.refusal import AttributeRefusedError, FramesError
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES
from peers.corpus import SOURCES, corpus_files, expected_instance
from reference.data_set_bytes import EXPLICIT_BE, IMPLICIT_LE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFLATED = "1.2.840.10008.1.2.1.99"

# Not converted, and why.
REFUSED = {
    "MR_truncated.dcm": "too short",
    "SC_ybr_full_422_uncompressed.dcm": "cannot be encoded",
    "nested_priv_SQ.dcm": "Photometric Interpretation is missing",
}
# Number of Frames is "1A", and the length tells their number.
BROKEN_NUMBER = {"badVR.dcm": 15}


class Instance(NamedTuple):
    path: Path
    syntax: str
    offset: int
    size: int
    theirs: Dataset


def instances_of(source: str, folder: Path) -> Iterator[Instance]:
    for file in corpus_files(source, folder):
        try:
            expected = expected_instance(file)
        except KeyError:
            continue  # no transfer syntax
        if expected.transfer_syntax_uid in TRANSFER_SYNTAXES:
            theirs = dcmread(file.path, force=True)
            size = file.path.stat().st_size
            if "PixelData" in theirs:
                syntax = expected.transfer_syntax_uid
                yield Instance(file.path, syntax, size - len(expected.data_set), size, theirs)


@pytest.fixture(scope="module", params=SOURCES)
def instances(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    before = config.settings.reading_validation_mode
    config.settings.reading_validation_mode = config.IGNORE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(instances_of(request.param, tmp_path_factory.mktemp("corpus")))
    config.settings.reading_validation_mode = before
    if not found:
        pytest.skip(f"no images of {request.param}")
    return found


class Opened(NamedTuple):
    fd: int
    offset: int
    end: int
    found: dict[int, tuple[str, bytes]]
    pixel_data: tuple[str, int, int] | None


def opened(instance: Instance) -> Opened:
    fd = os.open(instance.path, os.O_RDONLY)
    offset, end = instance.offset, instance.size
    if instance.syntax == DEFLATED:
        inflated = inflate_to_file(fd, offset, end - offset, limit=1 << 30)
        os.close(fd)
        fd, offset = inflated, 0
        end = os.fstat(fd).st_size
    found, pixel_data = part10.find_elements(
        fd,
        offset,
        end - offset,
        attributes.TAGS,
        implicit_vr=instance.syntax == IMPLICIT_LE,
        big_endian=instance.syntax == EXPLICIT_BE,
    )
    return Opened(fd, offset, end, found, pixel_data)


def each(instances: list[Instance]) -> Iterator[tuple[Instance, Opened]]:
    for instance in instances:
        try:
            file = opened(instance)
        except part10.DataSetError:
            continue
        try:
            yield instance, file
        finally:
            os.close(file.fd)


def frames_of(instance: Instance, file: Opened) -> FrameIndex | NativeFrames:
    big_endian = instance.syntax == EXPLICIT_BE
    pixels, number = attributes.read_pixels(file.found, big_endian=big_endian)
    assert file.pixel_data is not None
    vr, offset, length = file.pixel_data
    if length >= 0:
        attributes.check_native(file.found, pixels)
        swap = attributes.words_are_swapped(pixels, vr, big_endian=big_endian)
        return NativeFrames(file.fd, offset, length, pixels, number, swap=swap)
    return locate(
        file.fd,
        offset,
        file.end,
        transfer_syntax_uid=instance.syntax,
        number_of_frames=number,
        frame_length=pixels.frame_length,
    )


def number_of_frames(data_set: Dataset) -> int | None:
    if data_set.get_item(0x00280008) is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return int(data_set.NumberOfFrames)
    except ValueError:
        return None  # one is "1A"


def test_attributes_are_those_that_pydicom_reads(instances: list[Instance]) -> None:
    for instance, file in each(instances):
        big_endian = instance.syntax == EXPLICIT_BE
        try:
            pixels, number = attributes.read_pixels(file.found, big_endian=big_endian)
        except AttributeRefusedError as error:
            assert REFUSED.get(instance.path.name, "?") in str(error), instance.path.name
            continue
        theirs = instance.theirs
        assert (pixels.rows, pixels.columns) == (theirs.Rows, theirs.Columns)
        assert pixels.photometric_interpretation == theirs.PhotometricInterpretation
        assert (pixels.bits_allocated, pixels.bits_stored, pixels.high_bit) == (
            theirs.BitsAllocated,
            theirs.BitsStored,
            theirs.HighBit,
        )
        assert pixels.samples_per_pixel == theirs.SamplesPerPixel
        assert pixels.pixel_representation == theirs.PixelRepresentation
        assert number == number_of_frames(theirs)


def test_encapsulated_frames_are_those_that_pydicom_finds(instances: list[Instance]) -> None:
    for instance, file in each(instances):
        if not instance.theirs["PixelData"].is_undefined_length:
            continue
        index = frames_of(instance, file)
        number = number_of_frames(instance.theirs) or 1
        theirs = list(generate_frames(instance.theirs.PixelData, number_of_frames=number))
        ours = []
        for frame in range(len(index)):
            buffer = memoryview(bytearray(index.length(frame)))
            assert isinstance(index, FrameIndex)
            index.read_into(file.fd, frame, buffer)
            ours.append(bytes(buffer))
        assert ours == theirs, instance.path.name


def wrong_tables(fragments: int) -> list[bytes]:
    return [b"", struct.pack("<L", 4), b"\1" * (4 * fragments), b"\0" * 8, b"odd"]


def test_frames_are_found_without_tables_and_numbers_too(
    instances: list[Instance], tmp_path: Path
) -> None:
    seen: Counter[str] = Counter()
    for instance, file in each(instances):
        if not instance.theirs["PixelData"].is_undefined_length or file.pixel_data is None:
            continue
        index = frames_of(instance, file)
        assert isinstance(index, FrameIndex)
        pixel_data = instance.theirs.PixelData
        rest = pixel_data[8 + struct.unpack_from("<L", pixel_data, 4)[0] :]
        expected = [sum(length for _, length in frame) for frame in index]
        for table in wrong_tables(len(expected)):
            value = struct.pack("<HHL", 0xFFFE, 0xE000, len(table)) + table + rest
            changed = tmp_path / "changed"
            changed.write_bytes(value + bytes.fromhex("feffdde000000000"))
            with changed.open("rb") as opened_file:
                fragments = sum(map(len, index))
                for number in {None, len(expected), 1, len(expected) + 1}:
                    if number == fragments != len(expected):
                        continue  # then each fragment is a frame, which a decoder refuses
                    try:
                        found = locate(
                            opened_file.fileno(),
                            0,
                            len(value) + 8,
                            transfer_syntax_uid=instance.syntax,
                            number_of_frames=number,
                        )
                    except FramesError:
                        # Nothing is guessed, but then the number was no help.
                        assert number != len(expected), instance.path.name
                        seen["refused"] += 1
                        continue
                    assert list(map(found.length, range(len(found)))) == expected
                    seen["found"] += 1
    assert seen["refused"] == 0


def test_native_frames_are_slices_of_pixel_data(instances: list[Instance]) -> None:
    for instance, file in each(instances):
        if instance.theirs["PixelData"].is_undefined_length:
            continue
        name = instance.path.name
        try:
            frames = frames_of(instance, file)
        except (FramesError, AttributeRefusedError) as error:
            assert REFUSED.get(name, "?") in str(error) or big_endian_words(instance), name
            continue
        assert isinstance(frames, NativeFrames)
        theirs = instance.theirs
        bits = theirs.Rows * theirs.Columns * theirs.SamplesPerPixel * theirs.BitsAllocated
        number = BROKEN_NUMBER.get(name) or number_of_frames(theirs) or 1
        assert len(frames) == number, name
        if bits % 8 or big_endian_words(instance) or instance.syntax == EXPLICIT_BE:
            continue  # in tests of their own
        buffer = memoryview(bytearray(bits // 8))
        for frame in range(number):
            frames.read_into(frame, buffer)
            expected = theirs.PixelData[frame * bits // 8 : (frame + 1) * bits // 8]
            assert buffer == expected, name


def big_endian_words(instance: Instance) -> bool:
    """Pixels whose byte order programs do not agree on."""
    bits, vr = instance.theirs.BitsAllocated, instance.theirs["PixelData"].VR
    return instance.syntax == EXPLICIT_BE and (bits > 16 or (bits > 8 and vr == "OB"))
