"""JPEG Lossless against bytes worked out from ISO/IEC 10918-1, and against other decoders."""

from __future__ import annotations

import numpy as np
import pytest

from fastsend._native import jpeg_lossless


def encode(array: np.ndarray, planar: int = 0, room: int | None = None) -> bytes:
    """Encode rows, columns and samples; by plane, those are planes, rows and columns."""
    rows, columns, *rest = np.moveaxis(array, 0, -1).shape if planar else array.shape
    out = bytearray(8 * array.nbytes + 200 if room is None else room)
    length = jpeg_lossless.encode(
        array.astype(array.dtype.newbyteorder("<")).tobytes(),
        rows=rows,
        columns=columns,
        samples_per_pixel=rest[0] if rest else 1,
        bits_allocated=8 * array.itemsize,
        planar_configuration=planar,
        out=out,
    )
    assert not any(out[length:])
    return bytes(out[:length])


def test_a_frame_byte_for_byte() -> None:
    # The first sample is predicted from 128, the second from the first: differences 1 and -1, each
    # of category 1 (Table H.2). That gets the code 0, for 1 is what no code is made of only (K.2);
    # behind it is 1 for 1, and 0 for -1: 01 00, and ones up to the end of the byte (F.1.2.3).
    assert encode(np.array([[129, 128]], "u1")) == bytes.fromhex(
        "FFD8 FFC3 000B 08 0001 0002 01 01 11 00"
        "FFC4 0014 00 01000000000000000000000000000000 01"
        "FFDA 0008 01 01 00 01 00 00 4F FFD9"
    )


def test_the_first_of_a_row_is_predicted_from_above() -> None:
    # Differences 0, 0 and, from the rows above, 0: category 0, whose code is a zero.
    assert encode(np.array([[128], [128], [128]], "u1")).endswith(bytes.fromhex("1F FFD9"))
    # 128 above, then 1 more than that.
    assert encode(np.array([[128, 200], [129, 201]], "u1")) != encode(
        np.array([[128, 200], [201, 129]], "u1")
    )


def test_a_byte_of_ones_is_followed_by_zero() -> None:
    # Differences of 32767, category 15: a zero and fifteen ones each.
    frame = encode((np.arange(9) * 32767 + 0x8000 + 32767).astype("u2").reshape(1, 9))
    assert frame.endswith(bytes.fromhex("7F FF00" * 9) + b"\xff\xd9")


def test_category_16_has_nothing_behind_it() -> None:
    # A difference of 32768, at each sample, and of one: codes 0 and 10 (C.2), and nothing or 1.
    array = np.array([[0, 0x8000, 0, 0x8000, 0, 1]], "u2")
    frame = encode(array)
    assert frame.endswith(bytes.fromhex("05 FFD9"))


SHAPES = [(1, 1), (1, 9), (9, 1), (17, 33), (64, 64)]


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("content", ["noise", "ends", "halves", "smooth", "one", "rare"])
def test_libjpeg_decodes_it(shape, samples: int, dtype: str, content: str) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    random = np.random.default_rng([*shape, samples])
    whole = shape if samples == 1 else (*shape, samples)
    full = 256 if dtype == "u1" else 65536
    array = {
        "noise": lambda: random.integers(0, full, whole),
        "ends": lambda: random.integers(0, 2, whole) * (full - 1),
        "halves": lambda: random.integers(0, 2, whole) * (full // 2),
        "smooth": lambda: np.cumsum(random.integers(-3, 4, whole), axis=1) % full,
        "one": lambda: np.full(whole, full // 3),
        # Every category half as often as the one before: codes would be longer than 16 bits.
        "rare": lambda: np.cumsum(2 ** random.geometric(0.5, whole).clip(1, 16), axis=1) % full,
    }[content]().astype(dtype)
    colours = {"colorspace": "RGB", "outcolorspace": "RGB"} if samples == 3 else {}
    frame = encode(array)
    assert np.array_equal(imagecodecs.jpeg8_decode(frame, **colours).reshape(whole), array)
    if samples == 3:
        assert encode(np.moveaxis(array, -1, 0).copy(), planar=1) == frame


def test_no_code_is_longer_than_16_bits() -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    # Differences so that each category is as frequent as all rarer ones together, and more.
    counts = [1]
    for _ in range(16):
        counts.append(sum(counts) + 2)
    differences = np.repeat([0, *(1 << np.arange(16))], counts[::-1])
    array = (np.cumsum(differences) % 65536).astype("u2")
    array = array[: array.size // 512 * 512].reshape(-1, 512)
    frame = encode(array)
    table = frame.index(b"\xff\xc4")
    lengths = frame[table + 5 : table + 21]
    assert sum(lengths) == int.from_bytes(frame[table + 2 : table + 4], "big") - 19
    assert lengths[15] > 0
    assert np.array_equal(imagecodecs.jpeg8_decode(frame), array)


@pytest.mark.parametrize("room", [0, 1, 50, 100, 130])
def test_too_little_room(room: int) -> None:
    array = np.random.default_rng(1).integers(0, 256, (8, 8)).astype("u1")
    with pytest.raises(ValueError, match="room"):
        encode(array, room=room)


def test_room_that_is_just_enough() -> None:
    array = np.random.default_rng(1).integers(0, 65536, (40, 50)).astype("u2")
    frame = encode(array)
    # It is asked for as if every byte of the last words had a zero behind it.
    assert encode(array, room=len(frame) + 8) == frame
    with pytest.raises(ValueError, match="room"):
        encode(array, room=len(frame) - 1)


@pytest.mark.parametrize(
    "attributes",
    [
        {"rows": 0},
        {"columns": 0},
        {"rows": 65_536},
        {"columns": 65_536},
        {"samples_per_pixel": 0},
        {"samples_per_pixel": 5},
        {"bits_allocated": 1},
        {"bits_allocated": 32},
        {"planar_configuration": 2},
        {"rows": 3},
    ],
)
def test_what_it_cannot_hold(attributes: dict[str, int]) -> None:
    whole = {"rows": 2, "columns": 2, "samples_per_pixel": 1, "bits_allocated": 8} | attributes
    with pytest.raises(ValueError, match=r"cannot hold|are given"):
        jpeg_lossless.encode(bytes(4), **whole, out=bytearray(1000))
