"""All encoders, their frames decoded by other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

np = pytest.importorskip("numpy")

from fastsend.codecs import registry, syntaxes  # noqa: E402
from fastsend.codecs.header import read  # noqa: E402
from fastsend.codecs.job import CodecError, FrameJob, FrameResult  # noqa: E402
from fastsend.model.pixels import PixelFormat, Quality  # noqa: E402
from peers import codec_tools as tools  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    Array = np.ndarray[Any, Any]

_KINDS = [
    pytest.param(8, 1, False, id="8"),
    pytest.param(8, 1, True, id="8-signed"),
    pytest.param(8, 3, False, id="rgb"),
    pytest.param(12, 1, False, id="12"),
    pytest.param(12, 1, True, id="12-signed"),
    pytest.param(16, 1, False, id="16"),
    pytest.param(16, 1, True, id="16-signed"),
    pytest.param(16, 3, False, id="rgb-16"),
]

_EXACT_OR_NEARLY = [
    *(uid for uid in registry.ENCODERS if syntaxes.ENCAPSULATIONS[uid].lossless_only),
    syntaxes.JPEG_BASELINE,
    syntaxes.JPEG_LS_NEAR_LOSSLESS,
]


def encode(
    uid: str,
    array: Array,
    bits: int,
    quality: Quality = Quality(),  # noqa: B008 - a constant
    pixels: PixelFormat | None = None,
    codec: str | None = None,
) -> tuple[FrameResult, tools.Encoded]:
    """Encode a frame; what comes back names the photometric interpretation to write."""
    pixels = pixels or tools.pixel_format(array, bits)
    job = FrameJob("encode", uid, pixels, quality=quality)
    out = memoryview(bytearray(registry.output_room(job)))
    with pytest.MonkeyPatch.context() as patch:
        if codec is not None:
            row = tuple(one for one in registry.ENCODERS[uid] if one.name == codec)
            patch.setattr(registry, "ENCODERS", {uid: row})
        result = registry.run(job, memoryview(array.tobytes()), out)
    written = pixels._replace(photometric_interpretation=result.photometric_interpretation)
    return result, tools.Encoded(uid, bytes(out[: result.length]), written)


def difference(one: Array, other: Array) -> int:
    return int(np.abs(one.astype("i8") - other.astype("i8")).max())


@pytest.mark.parametrize(("bits", "samples", "signed"), _KINDS)
@pytest.mark.parametrize(
    ("uid", "program"),
    [
        (syntaxes.JPEG_LOSSLESS_SV1, "dcmdjpeg"),
        (syntaxes.JPEG_LS_LOSSLESS, "dcmdjpls"),
        (syntaxes.RLE_LOSSLESS, "dcmdrle"),
    ],
)
def test_dcmtk_decodes_what_is_lossless(
    tmp_path: Path, uid: str, program: str, bits: int, samples: int, signed: bool
) -> None:
    array = tools.image(bits, samples=samples, signed=signed)
    result, encoded = encode(uid, array, bits)
    assert not result.lossy
    assert result.photometric_interpretation == ("RGB" if samples == 3 else "MONOCHROME2")
    options = [] if program == "dcmdrle" else ["+px"]
    if samples == 3 and program == "dcmdrle":
        encoded = encoded._replace(pixels=encoded.pixels._replace(planar_configuration=0))
    theirs = tools.dcmtk_decode(tmp_path, program, *options, encoded=encoded)
    native = np.frombuffer(theirs.PixelData[: array.nbytes], array.dtype)
    if theirs.get("PlanarConfiguration") == 1:
        native = np.moveaxis(native.reshape(samples, *array.shape[:2]), 0, -1)
    assert np.array_equal(native.reshape(array.shape), array)


@pytest.mark.parametrize("uid", [syntaxes.JPEG_LOSSLESS_SV1, syntaxes.JPEG_LS_LOSSLESS])
def test_nothing_above_bits_stored_is_lost(tmp_path: Path, uid: str) -> None:
    # An overlay in the bits above those that are stored (retired, PS3.5 8.1.2).
    array = tools.image(12) | (tools.image(8).astype("u2") & 0xF) << 12
    _, encoded = encode(uid, array, 12)
    program = "dcmdjpls" if uid == syntaxes.JPEG_LS_LOSSLESS else "dcmdjpeg"
    theirs = tools.dcmtk_decode(tmp_path, program, encoded=encoded)
    assert theirs.PixelData[: array.nbytes] == array.tobytes()


@pytest.mark.parametrize("codec", ["imagecodecs jpeg2k", "pylibjpeg openjpeg"])
@pytest.mark.parametrize(("bits", "samples", "signed"), _KINDS)
def test_openjpeg_decodes_lossless_jpeg_2000(
    tmp_path: Path, codec: str, bits: int, samples: int, signed: bool
) -> None:
    array = tools.image(bits, samples=samples, signed=signed)
    result, encoded = encode(syntaxes.JPEG_2000_LOSSLESS, array, bits, codec=codec)
    assert result.photometric_interpretation == ("YBR_RCT" if samples == 3 else "MONOCHROME2")
    header = read(memoryview(encoded.frame))
    assert (header.precision, header.signed, header.lossless) == (bits, signed, True)
    assert header.colour_transform == (samples == 3)
    theirs = tools.opj_decompress(tmp_path, encoded.frame, array.shape, array.dtype.str)
    free = 8 * array.itemsize - bits  # the program leaves the sign out of them
    assert np.array_equal(theirs << free >> free, array)


@pytest.mark.parametrize("codec", ["imagecodecs jpeg2k", "pylibjpeg openjpeg"])
def test_jpeg_2000_of_all_bits_where_some_are_above_bits_stored(tmp_path: Path, codec: str) -> None:
    array = tools.image(16)
    _, encoded = encode(syntaxes.JPEG_2000_LOSSLESS, array, 12, codec=codec)
    assert read(memoryview(encoded.frame)).precision == 16
    theirs = tools.opj_decompress(tmp_path, encoded.frame, array.shape, array.dtype.str)
    assert np.array_equal(theirs, array)


@pytest.mark.parametrize("codec", ["imagecodecs jpeg2k", "pylibjpeg openjpeg"])
def test_jpeg_2000_of_few_bits_in_long_words(tmp_path: Path, codec: str) -> None:
    array = tools.image(7).astype("u2")
    _, encoded = encode(syntaxes.JPEG_2000_LOSSLESS, array, 7, codec=codec)
    theirs = tools.opj_decompress(tmp_path, encoded.frame, array.shape, "u1")
    assert np.array_equal(theirs, array)


@pytest.mark.parametrize("signed", [False, True])
def test_jpeg_2000_of_24_bits(tmp_path: Path, signed: bool) -> None:
    array = tools.image(24, signed=signed)
    _, encoded = encode(syntaxes.JPEG_2000_LOSSLESS, array, 24)
    out = memoryview(bytearray(array.nbytes))
    job = FrameJob("decode", encoded.uid, encoded.pixels)
    for codec in registry.DECODERS[encoded.uid]:
        if codec.takes(encoded.pixels):
            registry.run(job, memoryview(encoded.frame), out)
            assert out == array.tobytes()
    with pytest.raises(CodecError, match="24 bits"):
        encode(syntaxes.JPEG_2000_LOSSLESS, tools.image(32), 32)


@pytest.mark.parametrize("uid", [syntaxes.HTJ2K_LOSSLESS, syntaxes.HTJ2K_LOSSLESS_RPCL])
@pytest.mark.parametrize(("bits", "samples", "signed"), _KINDS)
def test_openjpeg_decodes_htj2k(
    tmp_path: Path, uid: str, bits: int, samples: int, signed: bool
) -> None:
    array = tools.image(bits, samples=samples, signed=signed, rows=150, columns=130)
    result, encoded = encode(uid, array, bits)
    assert result.photometric_interpretation == ("YBR_RCT" if samples == 3 else "MONOCHROME2")
    header = read(memoryview(encoded.frame))
    assert (header.coding, header.signed, header.lossless) == ("HTJ2K", signed, True)
    theirs = tools.opj_decompress(tmp_path, encoded.frame, array.shape, array.dtype.str)
    assert np.array_equal(theirs, array)


@pytest.mark.parametrize("samples", [1, 3])
def test_openjph_decodes_htj2k(tmp_path: Path, samples: int) -> None:
    array = tools.image(16 if samples == 1 else 8, samples=samples)
    _, encoded = encode(syntaxes.HTJ2K_LOSSLESS, array, 8 * array.itemsize)
    theirs = tools.to_pnm(tmp_path, "ojph_expand", encoded.frame, samples == 3, "j2c")
    assert np.array_equal(theirs, array)


def test_rpcl_options(tmp_path: Path) -> None:
    # PS3.5 A.4.5: progression order RPCL, TLM segments, a lowest resolution of at most 64 x 64.
    _, encoded = encode(syntaxes.HTJ2K_LOSSLESS_RPCL, np.zeros((3000, 2500), "u2"), 16)
    head = encoded.frame[: encoded.frame.index(b"\xff\x90")]
    assert b"\xff\x55" in head
    cod = head.index(b"\xff\x52")
    progression, decompositions = head[cod + 5], head[cod + 9]
    assert progression == 2
    assert 3000 >> decompositions <= 64


@pytest.mark.parametrize(("bits", "samples"), [(8, 1), (8, 3), (12, 1), (16, 1), (16, 3)])
def test_libjxl_decodes_jpeg_xl(tmp_path: Path, bits: int, samples: int) -> None:
    array = tools.image(bits, samples=samples)
    result, encoded = encode(syntaxes.JPEG_XL_LOSSLESS, array, bits)
    assert not result.lossy
    header = read(memoryview(encoded.frame))
    assert (header.coding, header.precision, header.lossless) == ("JPEG XL", bits, True)
    theirs = tools.to_pnm(tmp_path, "djxl", encoded.frame, samples == 3, "jxl")
    scale = 1 if bits in {8, 16} else 65535 / ((1 << bits) - 1)
    assert np.array_equal(np.rint(theirs / scale).astype(array.dtype), array)


@pytest.mark.parametrize("uid", [syntaxes.JPEG_XL_LOSSLESS, syntaxes.JPEG_BASELINE])
def test_signed_samples_are_refused_where_there_is_no_sign(uid: str) -> None:
    with pytest.raises(CodecError, match="unsigned"):
        encode(uid, tools.image(8, signed=True), 8, Quality(jpeg=90))


# Lossy


@pytest.mark.parametrize(
    ("uid", "bits", "samples"),
    [
        (syntaxes.JPEG_BASELINE, 8, 1),
        (syntaxes.JPEG_BASELINE, 8, 3),
        (syntaxes.JPEG_EXTENDED, 8, 1),
        (syntaxes.JPEG_EXTENDED, 12, 1),
        (syntaxes.JPEG_EXTENDED, 10, 1),
    ],
)
def test_lossy_jpeg(tmp_path: Path, uid: str, bits: int, samples: int) -> None:
    array = tools.image(bits, samples=samples, smooth=True)
    result, encoded = encode(uid, array, bits, Quality(jpeg=95))
    assert result.lossy
    assert result.photometric_interpretation == ("YBR_FULL_422" if samples == 3 else "MONOCHROME2")
    theirs = tools.dcmtk_decode(tmp_path, "dcmdjpeg", "+px", encoded=encoded)
    native = np.frombuffer(theirs.PixelData[: array.nbytes], array.dtype).reshape(array.shape)
    assert difference(native, array) <= (1 << bits) / 25
    rougher, _ = encode(uid, array, bits, Quality(jpeg=30))
    assert rougher.length < result.length


def test_ybr_full_becomes_jpeg_without_a_conversion(tmp_path: Path) -> None:
    array = tools.image(8, samples=3, smooth=True)
    pixels = tools.pixel_format(array)._replace(photometric_interpretation="YBR_FULL")
    result, encoded = encode(syntaxes.JPEG_BASELINE, array, 8, Quality(jpeg=95), pixels=pixels)
    assert result.photometric_interpretation == "YBR_FULL_422"
    theirs = tools.dcmtk_decode(tmp_path, "dcmdjpeg", "+cn", "+px", encoded=encoded)
    native = np.frombuffer(theirs.PixelData[: array.nbytes], "u1").reshape(array.shape)
    assert difference(native, array) <= 10


@pytest.mark.parametrize("near", [1, 2, 5])
@pytest.mark.parametrize(("bits", "samples", "signed"), _KINDS)
def test_near_lossless_jpeg_ls(
    tmp_path: Path, near: int, bits: int, samples: int, signed: bool
) -> None:
    # The image reaches both ends of the range of its samples.
    array = tools.image(bits, samples=samples, signed=signed)
    result, encoded = encode(syntaxes.JPEG_LS_NEAR_LOSSLESS, array, bits, Quality(near=near))
    assert result.lossy
    theirs = tools.dcmtk_decode(tmp_path, "dcmdjpls", "+px", encoded=encoded)
    native = np.frombuffer(theirs.PixelData[: array.nbytes], array.dtype).reshape(array.shape)
    assert difference(native, array) <= near
    least = -(1 << bits - 1) if signed else 0
    assert least <= native.min()
    assert native.max() < least + (1 << bits)


@pytest.mark.parametrize("uid", [syntaxes.JPEG_2000, syntaxes.HTJ2K, syntaxes.JPEG_XL])
@pytest.mark.parametrize(("bits", "samples"), [(8, 1), (8, 3), (12, 1), (16, 1)])
@pytest.mark.parametrize("ratio", [5.0, 20.0])
def test_compression_ratio(tmp_path: Path, uid: str, bits: int, samples: int, ratio: float) -> None:
    array = tools.image(bits, samples=samples, rows=256, columns=256, smooth=False)
    result, encoded = encode(uid, array, bits, Quality(ratio=ratio))
    assert result.lossy
    assert array.nbytes / ratio * 0.8 < result.length <= array.nbytes / ratio * 1.02
    colour = "XYB" if uid == syntaxes.JPEG_XL else "YBR_ICT"
    assert result.photometric_interpretation == (colour if samples == 3 else "MONOCHROME2")
    if uid == syntaxes.JPEG_XL:
        theirs = tools.to_pnm(tmp_path, "djxl", encoded.frame, samples == 3, "jxl")
        if bits == 12:
            theirs = theirs / (65535 / 4095)
    else:
        theirs = tools.opj_decompress(tmp_path, encoded.frame, array.shape, array.dtype.str)
    # The noise has a standard deviation of a 60th of the range.
    error = np.sqrt(np.mean((theirs.astype("f8") - array) ** 2))
    assert error < (1 << bits) / 40


@pytest.mark.parametrize("codec", ["imagecodecs jpeg2k", "pylibjpeg openjpeg"])
def test_compression_ratio_of_both_encoders_of_jpeg_2000(codec: str) -> None:
    array = tools.image(12, rows=200, columns=200)
    result, _ = encode(syntaxes.JPEG_2000, array, 12, Quality(ratio=8.0), codec=codec)
    assert array.nbytes / 8 * 0.8 < result.length <= array.nbytes / 8 * 1.02


def test_lossy_jpeg_2000_of_a_small_frame() -> None:
    array = tools.image(8, rows=20, columns=20)
    result, _ = encode(syntaxes.JPEG_2000, array, 8, Quality(ratio=2.0))
    assert result.length <= array.nbytes / 2


@pytest.mark.parametrize(
    "uid",
    [
        syntaxes.JPEG_BASELINE,
        syntaxes.JPEG_EXTENDED,
        syntaxes.JPEG_LS_NEAR_LOSSLESS,
        syntaxes.JPEG_2000,
        syntaxes.HTJ2K,
        syntaxes.JPEG_XL,
    ],
)
def test_a_lossy_syntax_needs_its_quality(uid: str) -> None:
    with pytest.raises(CodecError, match="needs"):
        encode(uid, tools.image(8), 8)


@pytest.mark.parametrize("uid", [syntaxes.JPEG_BASELINE, syntaxes.JPEG_2000, syntaxes.HTJ2K])
def test_indices_into_a_palette_are_not_made_lossy(uid: str) -> None:
    array = tools.image(8)
    pixels = tools.pixel_format(array)._replace(photometric_interpretation="PALETTE COLOR")
    with pytest.raises(CodecError, match="takes"):
        encode(uid, array, 8, Quality(jpeg=90, ratio=5.0), pixels=pixels)


# All of them


@pytest.mark.parametrize("uid", registry.ENCODERS)
def test_colour_by_plane(uid: str) -> None:
    array = tools.image(8, samples=3)
    pixels = tools.pixel_format(array)
    quality = Quality(jpeg=90, near=1, ratio=4.0)
    by_pixel = encode(uid, array, 8, quality, pixels=pixels)[1].frame
    by_plane = encode(
        uid,
        np.ascontiguousarray(np.moveaxis(array, -1, 0)),
        8,
        quality,
        pixels=pixels._replace(planar_configuration=1),
    )[1].frame
    if uid in {syntaxes.ENCAPSULATED_UNCOMPRESSED, syntaxes.DEFLATED_IMAGE_FRAME}:
        pytest.skip("keeps the planar configuration")
    assert by_plane == by_pixel


@pytest.mark.parametrize("uid", registry.ENCODERS)
def test_no_more_is_written_than_there_is_room_for(uid: str) -> None:
    array = tools.image(8)
    pixels = tools.pixel_format(array)
    job = FrameJob("encode", uid, pixels, quality=Quality(jpeg=90, near=1, ratio=4.0))
    with pytest.raises(CodecError, match=r"room for 100|too small"):
        registry.run(job, memoryview(array.tobytes()), memoryview(bytearray(100)))


@pytest.mark.parametrize("uid", registry.ENCODERS)
def test_noise_fits_into_the_room(uid: str) -> None:
    array = np.random.default_rng(1).integers(0, 256, (300, 200), dtype="u1")
    result, _ = encode(uid, array, 8, Quality(jpeg=100, near=1, ratio=1.1))
    assert result.length > 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (3, 300)])
@pytest.mark.parametrize(
    "uid",
    [
        *(uid for uid in registry.ENCODERS if syntaxes.ENCAPSULATIONS[uid].lossless_only),
        syntaxes.JPEG_BASELINE,
        syntaxes.JPEG_LS_NEAR_LOSSLESS,
    ],
)
def test_small_frames_come_back(uid: str, shape: tuple[int, int]) -> None:
    array = np.arange(shape[0] * shape[1], dtype="u1").reshape(shape)
    result, encoded = encode(uid, array, 8, Quality(jpeg=100, near=1))
    out = memoryview(bytearray(array.nbytes))
    registry.run(FrameJob("decode", uid, encoded.pixels), memoryview(encoded.frame), out)
    if not result.lossy:
        assert out == array.tobytes()


@pytest.mark.parametrize("uid", [syntaxes.DEFLATED_IMAGE_FRAME, syntaxes.ENCAPSULATED_UNCOMPRESSED])
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_frames_by_plane_come_back_by_pixel(uid: str, bits: int) -> None:
    array = tools.image(bits, samples=3, rows=5, columns=3)
    planes = np.ascontiguousarray(np.moveaxis(array, -1, 0))
    pixels = tools.pixel_format(array)._replace(planar_configuration=1)
    _, encoded = encode(uid, planes, bits, pixels=pixels)
    out = memoryview(bytearray(array.nbytes))
    registry.run(FrameJob("decode", uid, pixels), memoryview(encoded.frame), out)
    assert out == array.tobytes()
