"""The one table of codecs, and what it does with frames that it cannot decode."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from fastsend.codecs import registry, syntaxes
from fastsend.codecs.job import CodecError, FrameJob
from fastsend.model.pixels import PixelFormat, Quality
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

GREY = PixelFormat(8, 10, 1, 16, 16, 15, 0, 0, "MONOCHROME2")
NATIVE = bytes(range(160))


def encoded(uid: str, pixels: PixelFormat = GREY, native: bytes = NATIVE) -> bytes:
    job = FrameJob("encode", uid, pixels, quality=Quality(jpeg=90, near=1, ratio=2.0))
    out = memoryview(bytearray(registry.output_room(job)))
    return bytes(out[: registry.run(job, memoryview(native), out).length])


def decoded(uid: str, frame: bytes, pixels: PixelFormat = GREY) -> tuple[str, bytes]:
    out = memoryview(bytearray(pixels.frame_length))
    result = registry.run(FrameJob("decode", uid, pixels), memoryview(frame), out)
    return result.codec, bytes(out)


def test_the_table_names_what_there_is() -> None:
    for table in (registry.DECODERS, registry.ENCODERS):
        assert set(table) <= set(TRANSFER_SYNTAXES)
        for codecs in table.values():
            assert len({codec.name for codec in codecs}) == len(codecs)
    for uid, codecs in registry.ENCODERS.items():
        own = {codec.module for codec in codecs if codec.package == "fastsend"}
        decoders = {codec.module for codec in registry.DECODERS[uid]}
        assert {codec.module for codec in codecs} - own <= decoders


def test_transfer_syntaxes() -> None:
    # All that is encapsulated in frames and not retired, but for Part 2 of JPEG 2000; and the
    # retired ones that dcmsend decodes.
    frames = {"lossless", "lossy", "encapsulated_uncompressed"}
    wanted = {
        uid
        for uid, syntax in TRANSFER_SYNTAXES.items()
        if syntax.coding in frames and not syntax.retired
    }
    wanted |= {syntaxes.JPEG_SPECTRAL_SELECTION, syntaxes.JPEG_FULL_PROGRESSION}
    part_2 = {"1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93"}
    assert set(registry.DECODERS) == wanted - part_2
    assert wanted - part_2 - set(registry.ENCODERS) == {
        syntaxes.JPEG_SPECTRAL_SELECTION,
        syntaxes.JPEG_FULL_PROGRESSION,
        syntaxes.JPEG_LOSSLESS,
        syntaxes.JPEG_XL_RECOMPRESSION,
    }


def test_loads_no_codec_library() -> None:
    code = """
import sys
sys.modules["numpy"] = None
from fastsend.codecs import registry
from fastsend.codecs.job import FrameJob
from fastsend.model.pixels import PixelFormat
assert registry.decodable() and registry.encodable()
pixels = PixelFormat(4, 4, 1, 8, 8, 7, 0, 0, "MONOCHROME2")
own = ("1.2.5", "1.2.8.1", "1.2.1.98", "1.2.4.70")
for uid in ("1.2.840.10008." + number for number in own):
    assert registry.runs_in_thread(uid, "encode")
    out = memoryview(bytearray(100_000))
    done = registry.run(FrameJob("encode", uid, pixels), memoryview(bytes(range(16))), out)
    if uid.endswith(".70"):
        assert not registry.runs_in_thread(uid)
        continue
    native = memoryview(bytearray(16))
    registry.run(FrameJob("decode", uid, pixels), out[: done.length], native)
    assert native == bytes(range(16))
assert not {"imagecodecs", "gdcm", "openjpeg", "libjpeg", "pydicom"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_runs_in_threads() -> None:
    for operation, table in (("decode", registry.DECODERS), ("encode", registry.ENCODERS)):
        for uid, codecs in table.items():
            where = "thread" if registry.runs_in_thread(uid, operation) else "worker"
            assert {codec.runs_in for codec in codecs} == {where}
            assert not registry.runs_in_thread(uid, "transcode")
            assert {codec.package == "fastsend" for codec in codecs} == {where == "thread"}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch):
    """Pretend that packages are not installed."""

    def forget(*packages: str) -> None:
        found = registry.installed.__wrapped__
        monkeypatch.setattr(
            registry, "installed", lambda package: package not in packages and found(package)
        )
        monkeypatch.setattr(registry, "decodable", registry.decodable.__wrapped__)
        monkeypatch.setattr(registry, "encodable", registry.encodable.__wrapped__)

    return forget


def test_a_missing_library(without) -> None:
    without("imagecodecs", "gdcm", "openjpeg", "libjpeg")
    own = {uid for uid in registry.DECODERS if registry.runs_in_thread(uid)}
    assert registry.decodable() == own
    assert registry.encodable() == own | {syntaxes.JPEG_LOSSLESS_SV1}
    assert registry.available(registry.DECODERS[syntaxes.JPEG_LS_LOSSLESS][0]) is None
    with pytest.raises(CodecError, match="imagecodecs is not installed"):
        encoded(syntaxes.JPEG_LS_LOSSLESS)


def test_the_next_codec_where_a_library_is_missing(without) -> None:
    pytest.importorskip("imagecodecs")
    pytest.importorskip("gdcm")
    frame = encoded(syntaxes.JPEG_LS_LOSSLESS)
    assert decoded(syntaxes.JPEG_LS_LOSSLESS, frame) == ("imagecodecs jpegls", NATIVE)
    without("imagecodecs")
    assert decoded(syntaxes.JPEG_LS_LOSSLESS, frame) == ("gdcm", NATIVE)


def test_the_next_codec_where_one_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imagecodecs")
    pytest.importorskip("gdcm")
    frame = encoded(syntaxes.JPEG_LS_LOSSLESS)
    backend = importlib.import_module("fastsend.codecs.backends.imagecodecs_jpegls")

    def refuse(*_: object) -> None:
        raise RuntimeError("I do not\nlike it")

    monkeypatch.setattr(backend, "decode", refuse)
    assert decoded(syntaxes.JPEG_LS_LOSSLESS, frame) == ("gdcm", NATIVE)


def test_all_reasons_where_all_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imagecodecs")
    frame = bytearray(encoded(syntaxes.JPEG_LS_LOSSLESS))
    del frame[60:-2]
    with pytest.raises(CodecError, match=r"imagecodecs jpegls: .*; gdcm: "):
        decoded(syntaxes.JPEG_LS_LOSSLESS, bytes(frame))


@pytest.mark.parametrize(
    "uid",
    [uid for uid in registry.ENCODERS if syntaxes.ENCAPSULATIONS[uid].coding is not None],
)
def test_a_codestream_that_is_cut_off(uid: str) -> None:
    pytest.importorskip("imagecodecs")
    numpy = pytest.importorskip("numpy")
    noise = numpy.random.default_rng(7).integers(0, 4096, (64, 64), dtype="u2")
    bits = 8 if uid == syntaxes.JPEG_BASELINE else 16
    pixels = PixelFormat(64, 64, 1, bits, min(bits, 12), min(bits, 12) - 1, 0, 0, "MONOCHROME2")
    native = (noise >> 4).astype("u1") if bits == 8 else noise
    frame = encoded(uid, pixels, native.tobytes())
    for length in (len(frame) // 2, len(frame) - 80):
        with pytest.raises(CodecError):
            decoded(uid, frame[:length], pixels)


@pytest.mark.parametrize(
    "uid",
    [
        syntaxes.JPEG_LOSSLESS_SV1,
        syntaxes.JPEG_LS_LOSSLESS,
        syntaxes.JPEG_2000_LOSSLESS,
        syntaxes.HTJ2K_LOSSLESS,
    ],
)
def test_only_the_end_marker_is_missing(uid: str) -> None:
    pytest.importorskip("imagecodecs")
    frame = encoded(uid)
    end = frame.rindex(b"\xff\xd9")
    assert decoded(uid, frame[:end])[1] == NATIVE


def test_a_lossless_codestream_of_another_kind_is_decoded() -> None:
    pytest.importorskip("imagecodecs")
    frame = encoded(syntaxes.JPEG_LS_LOSSLESS)
    codec, native = decoded(syntaxes.JPEG_2000, frame)
    assert codec == "imagecodecs jpegls (JPEG-LS codestream)"
    assert native == NATIVE


def test_a_lossy_codestream_of_another_kind_is_not() -> None:
    pytest.importorskip("imagecodecs")
    pixels = PixelFormat(8, 10, 1, 8, 8, 7, 0, 0, "MONOCHROME2")
    frame = encoded(syntaxes.JPEG_BASELINE, pixels, NATIVE[:80])
    for uid in (syntaxes.JPEG_LOSSLESS_SV1, syntaxes.JPEG_2000):
        with pytest.raises(CodecError, match=r"the codestream is JPEG, baseline, .* not what JPEG"):
            decoded(uid, frame, pixels)


def test_a_lossy_codestream_in_a_lossless_syntax_is_not() -> None:
    pytest.importorskip("openjpeg")
    frame = encoded(syntaxes.JPEG_2000, GREY._replace(rows=40, columns=40), NATIVE * 20)
    with pytest.raises(CodecError, match="9-7 irreversible"):
        decoded(syntaxes.JPEG_2000_LOSSLESS, frame, GREY._replace(rows=40, columns=40))


def test_a_transfer_syntax_without_codec() -> None:
    with pytest.raises(CodecError, match="no decoder knows MPEG2"):
        decoded("1.2.840.10008.1.2.4.100", b"\0\0\1")
    with pytest.raises(CodecError, match="no encoder knows MPEG2"):
        encoded("1.2.840.10008.1.2.4.100")


def test_room_for_a_native_frame() -> None:
    job = FrameJob("decode", syntaxes.RLE_LOSSLESS, GREY)
    assert registry.output_room(job) == len(NATIVE)
    with pytest.raises(CodecError, match="room for 10 bytes of 160"):
        registry.run(job, memoryview(bytes(64)), memoryview(bytearray(10)))


def test_frames_of_another_length() -> None:
    with pytest.raises(CodecError, match="150 bytes, and 160"):
        decoded(syntaxes.ENCAPSULATED_UNCOMPRESSED, NATIVE[:150])
    other = encoded(syntaxes.DEFLATED_IMAGE_FRAME, GREY._replace(rows=9), NATIVE + bytes(20))
    with pytest.raises(CodecError, match="fastsend frames"):
        decoded(syntaxes.DEFLATED_IMAGE_FRAME, other)
    short = encoded(syntaxes.DEFLATED_IMAGE_FRAME, GREY._replace(rows=7), NATIVE[:140])
    with pytest.raises(CodecError, match="inflates to 140"):
        decoded(syntaxes.DEFLATED_IMAGE_FRAME, short)


def test_an_odd_frame_may_have_a_pad_byte() -> None:
    pixels = PixelFormat(3, 3, 1, 8, 8, 7, 0, 0, "MONOCHROME2")
    assert decoded(syntaxes.ENCAPSULATED_UNCOMPRESSED, NATIVE[:10], pixels)[1] == NATIVE[:9]


@pytest.mark.parametrize("representation", [0, 1])
@pytest.mark.parametrize(("uid", "sign"), [("70", True), ("80", True), ("90", False)])
def test_bits_above_the_precision(uid: str, sign: bool, representation: int) -> None:
    """8-bit codestreams under attributes of 16 bits allocated, 8 stored."""
    pytest.importorskip("imagecodecs")
    bytes_ = PixelFormat(2, 3, 1, 8, 8, 7, 0, 0, "MONOCHROME2")
    uid = f"1.2.840.10008.1.2.4.{uid}"
    frame = encoded(uid, bytes_, bytes((0, 1, 127, 128, 200, 255)))
    words = bytes_._replace(bits_allocated=16, pixel_representation=representation)
    high = 0xFF if sign and representation else 0
    expected = bytes((0, 0, 1, 0, 127, 0, 128, high, 200, high, 255, high))
    assert decoded(uid, frame, words)[1] == expected
    # Of more bits that are stored, the 8 are the lower ones: none is a sign.
    more = words._replace(bits_stored=12, high_bit=11)
    assert decoded(uid, frame, more)[1] == bytes((0, 0, 1, 0, 127, 0, 128, 0, 200, 0, 255, 0))


@pytest.mark.parametrize("allocated", [8, 1])
def test_one_bit(allocated: int) -> None:
    numpy = pytest.importorskip("numpy")
    openjpeg = pytest.importorskip("openjpeg.utils")
    array = numpy.random.default_rng(1).integers(0, 2, (41, 35), dtype="u1")
    frame = openjpeg.encode_array(array, bits_stored=1)
    pixels = PixelFormat(41, 35, 1, allocated, 1, 0, 0, 0, "MONOCHROME2")
    expected = array if allocated == 8 else numpy.packbits(array, bitorder="little")
    assert decoded(syntaxes.JPEG_2000_LOSSLESS, frame, pixels)[1] == expected.tobytes()


def test_from_one_encoded_form_to_another() -> None:
    pytest.importorskip("openjpeg")
    pixels = PixelFormat(40, 44, 3, 8, 8, 7, 0, 0, "RGB")
    native = bytes(i * 7 & 0xFF for i in range(pixels.frame_length))
    frame = encoded(syntaxes.JPEG_2000_LOSSLESS, pixels, native)
    transformed = pixels._replace(photometric_interpretation="YBR_RCT")
    job = FrameJob(
        "transcode",
        syntaxes.RLE_LOSSLESS,
        transformed,
        from_transfer_syntax_uid=syntaxes.JPEG_2000_LOSSLESS,
    )
    out = memoryview(bytearray(registry.output_room(job)))
    result = registry.run(job, memoryview(frame), out)
    assert (result.photometric_interpretation, result.lossy) == ("RGB", False)
    assert result.codec.endswith(", fastsend rle")
    rle = bytes(out[: result.length])
    assert decoded(syntaxes.RLE_LOSSLESS, rle, pixels)[1] == native


@pytest.mark.parametrize("operation", ["decode", "encode"])
@pytest.mark.parametrize("uid", sorted(registry.ENCODERS))
def test_several_frames_have_the_outcomes_of_each(uid: str, operation: str) -> None:
    if not registry.runs_in_thread(uid, operation):
        return
    job = FrameJob(operation, uid, GREY)
    good = NATIVE if operation == "encode" else encoded(uid)
    inputs = [good, good[:20], good, b"", good[:-2]]

    def places() -> list[memoryview]:
        return [memoryview(bytearray(registry.output_room(job) + 3)) for _ in inputs]

    together, apart = places(), places()
    frames = [(memoryview(frame), out) for frame, out in zip(inputs, together, strict=True)]
    outcomes = registry.run_frames(job, frames)
    for frame, out, shared, outcome in zip(inputs, apart, together, outcomes, strict=True):
        try:
            expected = registry.run(job, memoryview(frame), out)
        except CodecError as error:
            assert str(outcome) == str(error)
        else:
            assert outcome == expected
            assert shared[: outcome.length] == out[: outcome.length]
    if operation == "decode":
        assert [isinstance(outcome, CodecError) for outcome in outcomes[:4]] == [0, 1, 0, 1]
    short = registry.run_frames(job, [(frames[0][0], memoryview(bytearray(3)))] * 2)
    assert all(isinstance(outcome, CodecError) for outcome in short)


def test_several_frames_are_small() -> None:
    job = FrameJob("decode", syntaxes.RLE_LOSSLESS, GREY)
    assert registry.frames_at_once(job) > 1
    large = GREY._replace(rows=2048, columns=2048)
    assert registry.frames_at_once(job._replace(pixels=large)) == 1
    assert registry.frames_at_once(job._replace(operation="encode")) == 1
    assert registry.frames_at_once(job._replace(transfer_syntax_uid="1.2")) == 1
