"""RLE Lossless against bytes worked out from PS3.5 Annex G, real files, and DCMTK."""

import hashlib
import struct
import subprocess
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from fastsend._native import rle
from reference import rle as slow


def encoded(*segments: bytes) -> bytes:
    offsets = [64 + sum(map(len, segments[:i])) for i in range(len(segments))]
    return struct.pack("<16L", len(segments), *offsets, *[0] * (15 - len(segments))) + b"".join(
        segments
    )


def shape(rows: int, columns: int, samples: int = 1, bits: int = 8) -> dict[str, int]:
    return {"rows": rows, "columns": columns, "samples_per_pixel": samples, "bits_allocated": bits}


def attributes(dataset: Dataset) -> dict[str, int]:
    return shape(dataset.Rows, dataset.Columns, dataset.SamplesPerPixel, dataset.BitsAllocated)


def test_decodes_the_example_of_packbits() -> None:
    # From Apple's TN1023, which TIFF 6.0 and so PS3.5 Annex G refer to.
    packed = bytes.fromhex("FE AA 02 80 00 2A FD AA 03 80 00 2A 22 F7 AA")
    native = bytes.fromhex("AA AA AA 80 00 2A AA AA AA AA 80 00 2A 22" + "AA" * 10)
    assert rle.decode(encoded(packed), **shape(1, 24)) == native


@pytest.mark.parametrize(
    ("row", "runs"),
    [
        ("07", "00 07"),
        ("07 07", "FF 07"),
        ("07 07 07", "FE 07"),
        ("07" * 128, "81 07"),
        ("07" * 129, "81 07 00 07"),
        ("07" * 130, "81 07 FF 07"),
        ("01 02 03", "02 01 02 03"),
        # G.3.1: two equal bytes between literal runs are best merged into them, three are not.
        ("01 02 02 03", "03 01 02 02 03"),
        ("01 02 02", "02 01 02 02"),
        ("02 02 01", "FF 02 00 01"),
        ("01 02 02 02 03", "00 01 FE 02 00 03"),
        (bytes(range(128)).hex(), "7F" + bytes(range(128)).hex()),
        (bytes(range(129)).hex(), "7F" + bytes(range(128)).hex() + "00 80"),
        (bytes(range(127)).hex() + "FF FF FF", "7E" + bytes(range(127)).hex() + "FE FF"),
    ],
)
def test_runs_of_a_row(row: str, runs: str) -> None:
    native, segment = bytes.fromhex(row), bytes.fromhex(runs)
    frame = shape(1, len(native))
    assert rle.encode(native, **frame) == encoded(segment + bytes(len(segment) % 2))
    assert rle.decode(encoded(segment), **frame) == native


def test_runs_do_not_cross_rows() -> None:
    assert rle.encode(bytes(12), **shape(3, 4)) == encoded(bytes.fromhex("FD 00 FD 00 FD 00"))


def test_segments_are_bytes_from_the_most_significant_on() -> None:
    # Two pixels of two samples: 0102H 0304H and 0506H 0708H.
    by_pixel = bytes.fromhex("0201 0403 0605 0807")
    by_plane = bytes.fromhex("0201 0605 0403 0807")
    segments = [bytes([1, high, low, 0]) for high, low in ((1, 5), (2, 6), (3, 7), (4, 8))]
    for planar, native in enumerate((by_pixel, by_plane)):
        frame = shape(1, 2, samples=2, bits=16) | {"planar_configuration": planar}
        ours = rle.encode(native, **frame)
        assert ours == encoded(*[s[:3] + b"\0" for s in segments])
        assert rle.decode(ours, **frame) == native


def test_pixels_of_one_bit_take_a_byte_each() -> None:
    packed = bytes.fromhex("0D 02")  # pixels 1 0 1 1 0 0 0 0 0 1: first in the lowest bit
    frame = shape(1, 10, bits=1)
    segment = bytes.fromhex("01 01 00 FF 01 FC 00 00 01")
    assert rle.encode(packed, **frame) == encoded(bytes.fromhex("03 01 00 01 01 FC 00 00 01 00"))
    assert rle.decode(encoded(segment), **frame) == packed
    assert rle.decode(encoded(bytes.fromhex("01 0D 02 00")), **frame) == packed  # packed before
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        rle.decode(encoded(bytes.fromhex("F7 02")), **frame)


@pytest.mark.parametrize("bits", [8, 16, 24, 32, 40, 48, 56, 64])
@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 15])
@pytest.mark.parametrize("planar", [0, 1])
def test_any_samples_and_bits(bits: int, samples: int, planar: int) -> None:
    frame = shape(7, 301, samples, bits) | {"planar_configuration": planar}
    native = bytes(i * i // 97 % 251 for i in range(7 * 301 * samples * bits // 8))
    if samples * bits // 8 > 15:  # G.5
        with pytest.raises(ValueError, match="cannot hold"):
            rle.encode(native, **frame)
        return
    ours = rle.encode(native, **frame)
    assert ours == slow.encode(native, 7, 301, samples, bits, planar)
    assert rle.decode(ours, **frame) == native
    offsets = rle.check(ours, **shape(7, 301, samples, bits))
    assert len(offsets) == samples * bits // 8
    assert not any(offset % 2 for offset in offsets)


# MD5 of the native frames: what dcmdrle and gdcmconv agree on; for 16 and 32 bit colour, where
# gdcmconv is wrong, of the original that was not compressed.
REAL = {
    "MR_small_RLE.dcm": "dc9943d2b303bf18ab512dfdd6df0559",
    "SC_rgb_rle.dcm": "6e292886c67969271076242ebef13e22",
    "SC_rgb_rle_2frame.dcm": "0b77a2aae20b789b5379162857d4c07e",
    "SC_rgb_rle_16bit.dcm": "3394aeb0252e85a1edbd717eeb3c277e",
    "SC_rgb_rle_16bit_2frame.dcm": "537870998b5437ac4ea0e560a289d041",
    "SC_rgb_rle_32bit.dcm": "78007a9ad0ee8033c74de7472b39cd7f",
    "SC_rgb_rle_32bit_2frame.dcm": "2be60f86334595f4f7c7ea7803f58ba9",
    "rtdose_rle.dcm": "5d8836986c43b4a16603c48cec2e9c2d",
    "rtdose_rle_1frame.dcm": "8407e34ed95f127a66c01701661e0356",
    "OBXXXX1A_rle.dcm": "b1001814a1fc0b95092635d8b07b3a65",
    "OBXXXX1A_rle_2frame.dcm": "791261375c22844cb49d039ceb03997a",
    "emri_small_RLE.dcm": "35c5e95fce41d3229ada2d616dabeb2d",
}


@pytest.mark.parametrize("name", REAL)
def test_real_files(name: str) -> None:
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"{name} is in pydicom-data, which is not installed")
    dataset = dcmread(path)
    frames = int(dataset.get("NumberOfFrames", 1))
    native = [
        rle.decode(frame, **attributes(dataset))
        for frame in generate_frames(dataset.PixelData, number_of_frames=frames)
    ]
    assert hashlib.md5(b"".join(native)).hexdigest() == REAL[name]
    for frame in native:
        assert rle.decode(rle.encode(frame, **attributes(dataset)), **attributes(dataset)) == frame


@pytest.mark.parametrize(
    "segment",
    [
        "03 01 02 03 04",
        "03 01 02 03 04 00",  # the pad byte of an even segment
        "80 01 01 02 80 80 01 03 04",  # no operation
        "03 01 02 03 04 FF 00 00 00",  # the padding encoded
        "02 01 02 03 FD 04",  # a run longer than what is left
        "05 01 02 03 04 05 06",
        "03 01 02 03 04 7F",
    ],
)
def test_what_follows_the_last_pixel_is_padding(segment: str) -> None:
    two = encoded(bytes.fromhex(segment), bytes.fromhex("03 11 12 13 14"))
    assert rle.decode(two, **shape(2, 2, samples=2)) == bytes.fromhex("01 11 02 12 03 13 04 14")


def test_a_gap_after_the_header_is_skipped() -> None:
    frame = struct.pack("<16L", 1, 70, *[0] * 14) + bytes(6) + bytes.fromhex("FD 07")
    assert rle.decode(frame, **shape(2, 2)) == bytes.fromhex("07 07 07 07")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "header is cut off, at byte 0"),
        (encoded(b"")[:63], "header is cut off"),
        (struct.pack("<16L", 0, *[0] * 15) + bytes(9), "not 1 to 15, at byte 0"),
        (struct.pack("<16L", 16, *[64] * 15) + bytes(9), "not 1 to 15"),
        (struct.pack("<16L", 2**32 - 1, *[64] * 15) + bytes(9), "not 1 to 15"),
        (encoded(b"\xfd\0"), "another number of segments"),
        (encoded(b"\xfd\0", b"\xfd\0", b"\xfd\0"), "another number of segments"),
        (struct.pack("<16L", 2, 0, 66, *[0] * 13) + bytes(9), "segment offset.* at byte 4"),
        (struct.pack("<16L", 2, 66, 64, *[0] * 13) + bytes(9), "segment offset.* at byte 8"),
        (struct.pack("<16L", 2, 64, 64, *[0] * 13) + bytes(9), "segment offset.* at byte 8"),
        (struct.pack("<16L", 2, 64, 73, *[0] * 13) + bytes(9), "segment offset.* at byte 8"),
        (struct.pack("<16L", 2, 64, 2**32 - 1, *[0] * 13) + bytes(9), "offset.* at byte 8"),
        (encoded(b"\xfe\0", b"\xfd\0"), "before all of its pixels .* at byte 66"),
        (encoded(b"\xfd\0", b"\x03\1\2\3"), "before all of its pixels .* at byte 67"),
        (encoded(b"\xfd\0", b"\x80\x80\x80\x80"), "before all of its pixels .* at byte 70"),
        (encoded(b"\xfd\0", b"\x80\xfd"), "before all of its pixels .* at byte 68"),
        (encoded(b"\xfd\0", b"\xfd"), "before all of its pixels .* at byte 66"),
    ],
)
def test_refuses_a_frame_that_does_not_hold_its_pixels(frame: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        rle.decode(frame, **shape(2, 2, samples=2))


def test_refuses_a_small_frame_that_claims_to_be_large_before_memory_is_taken() -> None:
    frame = encoded(*[bytes(100)] * 8)
    with pytest.raises(ValueError, match="at byte 64"):
        rle.check(frame, **shape(65535, 65535, bits=64))
    with pytest.raises(ValueError, match="at byte 64"):
        rle.decode(frame, **shape(65535, 65535, bits=64))


def test_each_cut_of_a_frame_is_an_error() -> None:
    native = bytes(i * i // 50 % 256 for i in range(600))
    frame = shape(10, 20, samples=3)
    whole = rle.encode(native, **frame)
    for length in range(len(whole)):
        try:
            assert rle.decode(whole[:length], **frame) == native
        except ValueError:
            continue
        assert length == len(whole) - 1  # the pad byte alone can be missed
        assert whole[-1] == 0


@pytest.mark.parametrize(
    "frame",
    [
        shape(0, 4),
        shape(4, 0),
        shape(65536, 4),
        shape(4, 65536),
        shape(4, 4, samples=0),
        shape(4, 4, samples=16),
        shape(4, 4, bits=0),
        shape(4, 4, bits=12),
        shape(4, 4, bits=72),
        shape(4, 4, samples=2**29, bits=64),
        shape(4, 4, samples=3, bits=1),
        shape(4, 4) | {"planar_configuration": 2},
    ],
)
def test_refuses_what_has_no_rle_form(frame: dict[str, int]) -> None:
    for function in (rle.encode, rle.decode):
        with pytest.raises(ValueError, match="cannot hold"):
            function(bytes(100), **frame)


def test_encodes_only_what_is_as_long_as_it_says() -> None:
    for length in (0, 11, 13):
        with pytest.raises(ValueError, match="the frame has 12"):
            rle.encode(bytes(length), **shape(3, 4))


def test_decodes_into_the_memory_that_is_given() -> None:
    frame = encoded(bytes.fromhex("FD 07"))
    out = bytearray(6)
    assert rle.decode(frame, **shape(2, 2), out=memoryview(out)[1:5]).obj is out
    assert out == bytes.fromhex("00 07 07 07 07 00")
    for length in (0, 3, 5):
        with pytest.raises(ValueError, match="the frame has 4"):
            rle.decode(frame, **shape(2, 2), out=bytearray(length))


def test_several_frames_each_have_their_own_outcome() -> None:
    whole, short, other = encoded(b"\xfd\7"), encoded(b"\xfe\7"), encoded(b"\xfd\x2a")
    out = bytearray(b"\1" * 12)
    places = [memoryview(out)[at : at + 4] for at in (0, 4, 8)]
    frames = list(zip((whole, short, other), places, strict=True))
    first, second, third = rle.decode_frames(frames, **shape(2, 2))
    assert (first, third) == (None, None)
    with pytest.raises(ValueError, match=r"before all of its pixels .* at byte 66"):
        rle.decode(short, **shape(2, 2))
    assert "at byte 66" in str(second)
    assert out[:4] == b"\7" * 4
    assert out[8:] == b"\x2a" * 4
    assert rle.decode_frames([], **shape(2, 2)) == []


@pytest.mark.parametrize("place", [bytearray(3), bytearray(5), bytes(4), None])
def test_several_frames_need_a_place_each(place: object) -> None:
    good, out = encoded(b"\xfd\7"), bytearray(4)
    with pytest.raises((ValueError, TypeError, BufferError)):
        rle.decode_frames([(good, out), (good, place)], **shape(2, 2))
    out += b"no buffer is held"
    with pytest.raises(ValueError, match="16 are the most"):
        rle.decode_frames([(good, bytearray(4))] * 17, **shape(2, 2))


def test_the_longest_row() -> None:
    native = bytes(i * 7 % 251 for i in range(2 * 65535))
    frame = shape(2, 65535)
    ours = rle.encode(native, **frame)
    assert len(ours) == 64 + 2 * (65535 + 512)  # a literal run for each 128
    assert rle.decode(ours, **frame) == native


def _image(native: bytes, samples: int, bits: int, planar: int) -> Dataset:
    dataset = dcmread(get_testdata_file("MR_small.dcm"))
    dataset.Rows, dataset.Columns = 33, 65
    dataset.SamplesPerPixel, dataset.PlanarConfiguration = samples, planar
    dataset.PhotometricInterpretation = "RGB" if samples == 3 else "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    dataset.PixelData = native
    dataset["PixelData"].VR = "OW" if bits > 8 else "OB"
    for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue", "PixelPaddingValue"):
        dataset.pop(keyword, None)
    return dataset


def _run(*argv: object) -> None:
    subprocess.run([str(word) for word in argv], check=True, capture_output=True)


@pytest.mark.peer("dcmcrle", "dcmdrle")
@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("planar", [0, 1])
def test_dcmtk_agrees(bits: int, samples: int, planar: int, program, tmp_path: Path) -> None:
    native = bytes(i * i // 97 % 251 for i in range(33 * 65 * samples * bits // 8))
    padded = native + bytes(len(native) % 2)
    frame = shape(33, 65, samples, bits) | {"planar_configuration": planar}
    ours, theirs, plain = (tmp_path / name for name in ("ours.dcm", "theirs.dcm", "plain.dcm"))

    dataset = _image(padded, samples, bits, planar)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dcmwrite(plain, dataset, enforce_file_format=True)
    _run(program("dcmcrle"), plain, theirs)
    [fragment] = generate_frames(dcmread(theirs).PixelData, number_of_frames=1)
    assert rle.decode(fragment, **frame) == native

    dataset.PixelData = encapsulate([rle.encode(native, **frame)])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = RLELossless
    dcmwrite(ours, dataset, enforce_file_format=True)
    _run(program("dcmdrle"), ours, plain)
    assert dcmread(plain).PixelData == padded
