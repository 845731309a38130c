"""Whole instances into other transfer syntaxes, without a network."""

from __future__ import annotations

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from conversions import convert, read, stored
from fastsend._native import recode
from fastsend.codecs.pool import CodecPool
from fastsend.convert import pipeline as pipeline_module
from fastsend.convert.conversion import Conversion
from fastsend.convert.image import Target
from fastsend.convert.pipeline import Pipeline
from fastsend.convert.refusal import ConversionError
from peers.image_files import ImageLayout, encapsulate, encode_image, rle_of, write_image
from peers.study import CT, EXPLICIT, IMPLICIT, RLE, element

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastsend.convert.source import Stored


UID = "1.2.826.0.1.3680043.10.999.5.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
DEFLATED_FRAME = "1.2.840.10008.1.2.8.1"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
LAYOUT = ImageLayout(rows=3, columns=5)
PIXELS = struct.pack("<15H", *range(100, 4000, 260))


@pytest.fixture
def pool() -> Iterator[CodecPool]:
    with CodecPool(2) as pool:
        yield pool


def store(folder: Path, syntax: str, data_set: bytes) -> Stored:
    path = write_image(folder / "one.dcm", data_set, UID, syntax)
    return stored(path, syntax, data_set, UID)


@pytest.mark.parametrize("target", [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED])
def test_decoded(tmp_path: Path, pool: CodecPool, target: str) -> None:
    data_set = encode_image(UID, LAYOUT, codestreams=[rle_of(PIXELS)])
    sent = convert(store(tmp_path, RLE, data_set), Target(target, 1), pool)
    found = read(sent, target)
    order = ">" if target == BIG_ENDIAN else "<"
    pixels = struct.unpack(order + "15H", found.PixelData)
    assert pixels == struct.unpack("<15H", PIXELS)
    assert found.PatientID == "CAGE-4711"


@pytest.mark.parametrize("source", [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED])
def test_encoded(tmp_path: Path, pool: CodecPool, source: str) -> None:
    data_set = encode_image(UID, LAYOUT, native=PIXELS)
    if source in {IMPLICIT, BIG_ENDIAN}:
        data_set = recode.to_bytes(data_set, EXPLICIT, source)
    if source == DEFLATED:
        compress = zlib.compressobj(wbits=-15)
        data_set = compress.compress(data_set) + compress.flush()
    sent = convert(store(tmp_path, source, data_set), Target(RLE, 1), pool)
    found = read(sent, RLE)
    assert found["PixelData"].is_undefined_length
    found.decompress(decoding_plugin="pydicom")
    assert found.PixelData[:30] == PIXELS


def test_several_frames(tmp_path: Path, pool: CodecPool) -> None:
    natives = [bytes([number]) * 30 for number in range(7)]
    data_set = encode_image(UID, LAYOUT, codestreams=[rle_of(n) for n in natives], frames=7)
    sent = convert(store(tmp_path, RLE, data_set), Target(IMPLICIT, 1), pool)
    assert read(sent, IMPLICIT).PixelData == b"".join(natives)


def test_deflated_without_pixels_needs_no_pool(tmp_path: Path) -> None:
    data_set = element(8, 0x16, b"UI", CT.encode()) + element(8, 0x18, b"UI", UID.encode())
    compress = zlib.compressobj(wbits=-15)
    deflated = compress.compress(data_set) + compress.flush()
    source = store(tmp_path, DEFLATED, deflated + bytes(len(deflated) % 2))
    with closing(Conversion(source, Target(EXPLICIT, 1))) as conversion:
        conversion.prepare()
        assert b"".join(map(bytes, conversion.pieces())) == data_set
    back = store(tmp_path, EXPLICIT, data_set)
    with closing(Conversion(back, Target(DEFLATED, 1, compression_level=9))) as conversion:
        conversion.prepare()
        sent = b"".join(map(bytes, conversion.pieces()))
    assert zlib.decompress(sent, wbits=-15) == data_set


def test_lossy_becomes_another_instance(tmp_path: Path, pool: CodecPool) -> None:
    pytest.importorskip("imagecodecs")
    layout = ImageLayout(rows=64, columns=64)
    pixels = struct.pack("<4096H", *((7 * i * i) % 4096 for i in range(4096)))
    source = store(tmp_path, EXPLICIT, encode_image(UID, layout, native=pixels))
    target = Target(JPEG_LS_NEAR, 1, lossy=True)
    target = target._replace(quality=target.quality._replace(near=3))
    with closing(Conversion(source, target)) as conversion:
        conversion.submit(pool)
        conversion.prepare()
        found = read(b"".join(map(bytes, conversion.pieces())), JPEG_LS_NEAR)
        assert conversion.sop_instance_uid == found.SOPInstanceUID != UID
    assert found.LossyImageCompression == "01"
    assert found.SourceImageSequence[0].ReferencedSOPInstanceUID == UID
    fragment = found.PixelData.index(b"\xff\xd8\xff")
    codestream = len(found.PixelData) - fragment
    assert float(found.LossyImageCompressionRatio) == pytest.approx(8192 / codestream, rel=0.01)


@pytest.mark.parametrize("target", [IMPLICIT, RLE])
def test_what_lost_information_before_is_said_to_have(
    tmp_path: Path, pool: CodecPool, target: str
) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    numpy = pytest.importorskip("numpy")
    samples = numpy.frombuffer(PIXELS, "<u2").reshape(LAYOUT.rows, LAYOUT.columns)
    codestream = imagecodecs.jpegls_encode(samples, level=3)
    data_set = encode_image(UID, LAYOUT, codestreams=[codestream])
    found = read(convert(store(tmp_path, JPEG_LS_NEAR, data_set), Target(target, 1), pool), target)
    assert found.LossyImageCompression == "01"
    assert found.SOPInstanceUID == UID


def test_same_syntax_with_other_vrs_leaves_fragments_alone(tmp_path: Path, pool: CodecPool) -> None:
    data_set = encode_image(UID, LAYOUT, codestreams=[b"no codec sees it"])
    sent = convert(store(tmp_path, RLE, data_set), Target(RLE, 1, new_vr=False), pool)
    assert sent == data_set


@pytest.mark.parametrize("target", [IMPLICIT, DEFLATED_FRAME])
def test_a_codestream_in_a_sequence_is_not_passed_off_as_another(
    tmp_path: Path, pool: CodecPool, target: str
) -> None:
    data_set = encode_image(UID, LAYOUT, codestreams=[rle_of(PIXELS)])
    item = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + encapsulate([rle_of(PIXELS)])
    item += struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    original = struct.pack("<HH2s2xL", 0x0400, 0x0561, b"SQ", 0xFFFFFFFF) + item
    at = data_set.index(b"\xe0\x7f\x10\0")
    source = store(tmp_path, RLE, data_set[:at] + original + data_set[at:])
    with pytest.raises(ConversionError, match="Pixel Data in a sequence is encapsulated"):
        convert(source, Target(target, 1), pool)
    other_vrs = convert(source, Target(RLE, 1, new_vr=False), pool)
    assert other_vrs == data_set[:at] + original + data_set[at:]


@pytest.mark.parametrize(
    ("data_set", "reason"),
    [
        (
            encode_image(UID, LAYOUT, codestreams=[rle_of(PIXELS)], frames=2),
            "Number of Frames is 2",
        ),
        (encode_image(UID, LAYOUT._replace(rows=0), codestreams=[b"xx"]), "Rows is 0"),
        (encode_image(UID, LAYOUT, native=PIXELS), "native, other than its transfer syntax"),
        (encode_image(UID, LAYOUT, codestreams=[rle_of(PIXELS)])[:-30], "Pixel Data"),
        (encode_image(UID, LAYOUT, codestreams=[b"\x01\0\0\0"]), "a frame cannot be converted"),
        (b"\x08\0\x16\0UI\xff\xff1.2", "its data set cannot be read"),
    ],
)
def test_refused(tmp_path: Path, pool: CodecPool, data_set: bytes, reason: str) -> None:
    with pytest.raises(ConversionError, match=reason):
        convert(store(tmp_path, RLE, data_set), Target(IMPLICIT, 1), pool)


def test_no_pixels_to_encode(tmp_path: Path) -> None:
    source = store(tmp_path, EXPLICIT, element(8, 0x16, b"UI", CT.encode()))
    with pytest.raises(ConversionError, match="no Pixel Data to encode"):
        Conversion(source, Target(RLE, 1))
    with closing(Conversion(source, Target(RLE, 1), without_pixels=True)) as conversion:
        conversion.prepare()
        assert b"".join(map(bytes, conversion.pieces())) == element(8, 0x16, b"UI", CT.encode())


def test_a_file_that_changed(tmp_path: Path, pool: CodecPool) -> None:
    source = store(tmp_path, RLE, encode_image(UID, LAYOUT, codestreams=[rle_of(PIXELS)]))
    with pytest.raises(ConversionError, match="changed"):
        Conversion(source._replace(mtime_ns=1), Target(IMPLICIT, 1))
    with pytest.raises(ConversionError, match="cannot be opened"):
        Conversion(source._replace(path=b"/no/such/file"), Target(IMPLICIT, 1))
    with closing(Conversion(source, Target(IMPLICIT, 1))) as conversion:
        conversion.submit(pool)
        conversion.prepare()
        (tmp_path / "one.dcm").touch()
        with pytest.raises(ConversionError, match="changed"):
            list(conversion.pieces())


class TestPipeline:
    def instances(self, folder: Path, count: int) -> list[tuple[Stored, tuple[Target]]]:
        made = []
        for number in range(count):
            pixels = bytes([number]) * 30
            data_set = encode_image(UID, LAYOUT, codestreams=[rle_of(pixels)])
            path = write_image(folder / f"{number}.dcm", data_set, UID, RLE)
            made.append((stored(path, RLE, data_set, UID), (Target(IMPLICIT, 1),)))
        return made

    def test_all_in_their_turn(self, tmp_path: Path, pool: CodecPool) -> None:
        instances = self.instances(tmp_path, 50)
        with closing(Pipeline(range(50), instances.__getitem__, pool)) as pipeline:
            for number in range(50):
                with pipeline.taken(number) as conversion:
                    conversion.prepare()
                    sent = b"".join(map(bytes, conversion.pieces()))
                assert read(sent, IMPLICIT).PixelData == bytes([number]) * 30

    def test_some_are_refused(self, tmp_path: Path, pool: CodecPool) -> None:
        instances = self.instances(tmp_path, 4)
        (tmp_path / "2.dcm").unlink()
        with closing(Pipeline(range(1, 4), instances.__getitem__, pool)) as pipeline:
            with pipeline.taken(1):
                pass
            with pytest.raises(ConversionError, match="cannot be opened"), pipeline.taken(2):
                pass
            with pipeline.taken(3):
                pass

    def test_by_several_threads_and_again(self, tmp_path: Path, pool: CodecPool) -> None:
        instances = self.instances(tmp_path, 60)
        with closing(Pipeline(range(60), instances.__getitem__, pool)) as pipeline:

            def pixels(number: int) -> bytes:
                with pipeline.taken(number) as conversion:
                    conversion.prepare()
                    return bytes(
                        read(b"".join(map(bytes, conversion.pieces())), IMPLICIT).PixelData
                    )

            # each thread is ahead of the others at times, and every tenth is sent once more
            numbers = [
                n for number in range(60) for n in (number, number // 2)[: 1 + (not number % 10)]
            ]
            with ThreadPoolExecutor(4) as threads:
                found = list(threads.map(pixels, numbers))
        assert found == [bytes([number]) * 30 for number in numbers]

    def test_what_is_converted_again_gets_its_memory(self, tmp_path: Path) -> None:
        layout = ImageLayout(rows=512, columns=512)
        frame = rle_of(bytes(2 * 512 * 512))
        data_set = encode_image(UID, layout, codestreams=[frame] * 60, frames=60)
        source = store(tmp_path, RLE, data_set)
        with CodecPool(2, memory=8 << 20) as pool:
            pipeline = Pipeline(range(5), lambda _: (source, (Target(IMPLICIT, 1),)), pool)
            for number in (0, 0, 1, 0, 2, 3, 1, 4):  # those behind have taken all memory
                with pipeline.taken(number) as conversion:
                    conversion.prepare()
                    assert sum(len(piece) for piece in conversion.pieces()) > 60 * 2 * 512 * 512
            pipeline.close()

    def test_several_at_once_that_were_not_made_ahead(self, tmp_path: Path) -> None:
        # each alone fits the memory of the pool, all of them by far do not
        layout = ImageLayout(rows=256, columns=256)
        frame = rle_of(bytes(2 * 256 * 256))
        data_set = encode_image(UID, layout, codestreams=[frame] * 16, frames=16)
        source = store(tmp_path, RLE, data_set)
        with (
            CodecPool(2, memory=6 << 20) as pool,
            closing(Pipeline([], lambda _: (source, (Target(IMPLICIT, 1),)), pool)) as pipeline,
        ):

            def length(number: int) -> int:
                with pipeline.taken(number) as conversion:
                    conversion.prepare()
                    return sum(len(piece) for piece in conversion.pieces())

            with ThreadPoolExecutor(6) as threads:
                lengths = threads.map(length, range(24), timeout=60)
                assert min(lengths) > 16 * 2 * 256 * 256

    def test_those_that_nobody_takes_do_not_keep_the_memory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # as where the association that would have sent the first one was lost
        monkeypatch.setattr(pipeline_module, "_PATIENCE_SECONDS", 0.05)
        layout = ImageLayout(rows=512, columns=512)
        frame = rle_of(bytes(2 * 512 * 512))
        data_set = encode_image(UID, layout, codestreams=[frame] * 60, frames=60)
        source = store(tmp_path, RLE, data_set)
        with (
            CodecPool(2, memory=8 << 20) as pool,
            closing(Pipeline(range(3), lambda _: (source, (Target(IMPLICIT, 1),)), pool)) as made,
        ):

            def length(number: int) -> int:
                with made.taken(number) as conversion:
                    conversion.prepare()
                    return sum(len(piece) for piece in conversion.pieces())

            with ThreadPoolExecutor(1) as threads:
                lengths = threads.map(length, (1, 0, 2), timeout=60)
                assert min(lengths) > 60 * 2 * 512 * 512

    def test_the_next_target_where_one_cannot_be(self, tmp_path: Path, pool: CodecPool) -> None:
        source = store(tmp_path, EXPLICIT, element(8, 0x16, b"UI", CT.encode()))
        targets = (Target(RLE, 1), Target(IMPLICIT, 3))
        pipeline = Pipeline([0], lambda _: (source, targets), pool)
        with closing(pipeline), pipeline.taken(0) as conversion:
            assert conversion.target.context_id == 3

    def test_no_pixels_and_nothing_native(self, tmp_path: Path, pool: CodecPool) -> None:
        source = store(tmp_path, EXPLICIT, element(8, 0x16, b"UI", CT.encode()))
        pipeline = Pipeline([0], lambda _: (source, (Target(RLE, 1),)), pool)
        with closing(pipeline), pipeline.taken(0) as conversion:
            assert conversion.target.transfer_syntax_uid == RLE

    def test_closed_while_much_is_under_way(self, tmp_path: Path) -> None:
        layout = ImageLayout(rows=512, columns=512)
        frame = rle_of(bytes(2 * 512 * 512))
        data_set = encode_image(UID, layout, codestreams=[frame] * 60, frames=60)
        source = store(tmp_path, RLE, data_set)
        with CodecPool(2, memory=8 << 20) as pool:
            pipeline = Pipeline(range(99), lambda _: (source, (Target(IMPLICIT, 1),)), pool)
            with pipeline.taken(0):
                pass
            with pipeline.taken(1) as conversion:
                next(iter(conversion._image.pieces()))
            pipeline.close()
            block = pool.reserve(4 << 20, 4 << 20)  # all of it is free again
            block.release()
