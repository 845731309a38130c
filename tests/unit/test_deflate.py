"""Deflated streams against Python's zlib, a real file, and DCMTK."""

import hashlib
import subprocess
import zlib
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian

from fastsend._native import deflate

KIB = 1024
# Around the stored block, the window, a PDV, the pieces of zlib and the chunks of libdeflate.
EDGES = [16 * KIB, 32 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB, 2048 * KIB]
SIZES = [0, 1, 2, 3, *(edge + more for edge in EDGES for more in (-1, 0, 1))]


def bytes_like_pixels(length: int, seed: int = 1) -> bytes:
    """Bytes that deflate to about half, and no two stretches alike."""
    random = Random(seed)
    pattern = random.randbytes(length)
    return pattern.translate(bytes(i if i < 100 else i % 4 for i in range(256)))


def inflated(stream: bytes) -> bytes:
    """What zlib makes of a stream that must be complete, and padded to even as PS3.5 A.5 says."""
    zlib_decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    data = zlib_decoder.decompress(stream)
    assert zlib_decoder.eof
    assert zlib_decoder.unused_data in {b"", b"\0"}
    assert len(stream) % 2 == 0
    return data


def raw(data: bytes, level: int = 6) -> bytes:
    encoder = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return encoder.compress(data) + encoder.flush()


def pushed(coder: deflate.Encoder | deflate.Decoder, data: bytes, piece: int, room: int) -> bytes:
    """The stream of a coder that is given pieces; each step must move."""
    result = bytearray()
    out = bytearray(room)
    at = 0
    ended = False
    while not ended:
        last = at + piece >= len(data)
        taken, written, ended = coder.next(data[at : at + piece], out, last=last)
        assert taken or written or ended
        at += taken
        result += out[:written]
    return bytes(result)


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("size", SIZES)
def test_every_level_and_size(level: int, size: int) -> None:
    data = bytes_like_pixels(size)
    stream = deflate.encode(data, level=level)
    assert inflated(stream) == data
    assert deflate.decode(stream, max_length=size) == data


@pytest.mark.parametrize("level", range(10))
@pytest.mark.parametrize("data", [bytes(3_000_001), Random(2).randbytes(3_000_001)])
def test_data_without_and_with_nothing_but_surprise(level: int, data: bytes) -> None:
    stream = deflate.encode(data, level=level)
    assert inflated(stream) == data
    assert len(stream) < len(data) * 1.01


def test_the_stream_is_padded_to_an_even_length() -> None:
    # RFC 1951: the shortest streams, of 10 bits and of 5 bytes
    assert deflate.encode(b"", level=6) in {b"\x03\x00", b"\x01\x00\x00\xff\xff\x00"}
    odd = [length for length in range(100) if len(raw(bytes_like_pixels(length))) % 2]
    assert odd
    for length in odd:
        stream = deflate.encode(bytes_like_pixels(length))
        assert inflated(stream) == bytes_like_pixels(length)


@pytest.mark.parametrize(("piece", "room"), [(1, 1), (1, 1000), (1000, 1), (7, 3), (333, 64)])
@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_small_pieces(level: int, piece: int, room: int) -> None:
    data = bytes_like_pixels(5000)
    encoder = deflate.Encoder(level)
    for _ in range(2):
        stream = pushed(encoder, data, piece, room)
        assert inflated(stream) == data
        assert pushed(deflate.Decoder(), stream, piece, room) == data
        encoder.reset()


@pytest.mark.parametrize("piece", [16 * KIB - 6, 1024 * KIB, 1024 * KIB + 1, 5000 * KIB])
@pytest.mark.parametrize("room", [16 * KIB - 6, 128 * KIB])
def test_pieces_of_a_long_stream(piece: int, room: int) -> None:
    data = bytes_like_pixels(4000 * KIB + 1)
    stream = pushed(deflate.Encoder(1), data, piece, room)
    assert inflated(stream) == data
    assert pushed(deflate.Decoder(), stream, piece, room) == data


def test_an_encoder_can_be_used_again_in_the_middle() -> None:
    encoder = deflate.Encoder(6)
    encoder.next(bytes_like_pixels(3000 * KIB), bytearray(10))
    encoder.reset()
    assert inflated(pushed(encoder, b"another", 3, 9)) == b"another"
    assert inflated(encoder.encode(b"third")) == b"third"


def test_the_end_stays() -> None:
    encoder, decoder = deflate.Encoder(), deflate.Decoder()
    stream = pushed(encoder, b"data", 4, 100)
    assert encoder.next(b"", bytearray(9), last=True) == (0, 0, True)
    assert pushed(decoder, stream, 100, 100) == b"data"
    assert decoder.next(b"more", bytearray(9), last=True) == (0, 0, True)


@pytest.mark.parametrize("level", [-1, 10, 100])
def test_refuses_other_levels(level: int) -> None:
    with pytest.raises(ValueError, match="is not 0 to 9"):
        deflate.Encoder(level)


@pytest.mark.parametrize("after", [b"", b"\0", b"\0\0", b"garbage" * 1000, raw(b"another")])
def test_what_follows_the_stream_is_padding(after: bytes) -> None:
    assert deflate.decode(raw(b"data") + after, max_length=100) == b"data"
    decoder = deflate.Decoder()
    out = bytearray(100)
    stream = raw(b"data")
    assert decoder.next(stream + after, out, last=True) == (len(stream), 4, True)
    assert (decoder.taken, decoder.made) == (len(stream), 4)


def test_a_stream_in_the_zlib_format_is_read() -> None:
    data = bytes_like_pixels(100_000)
    for level in range(10):
        assert deflate.decode(zlib.compress(data, level), max_length=len(data)) == data
    with pytest.raises(ValueError, match="no deflated data"):
        deflate.decode(zlib.compress(data)[:-1] + b"?", max_length=len(data))


@pytest.mark.parametrize("level", [0, 1, 6])
def test_each_cut_of_a_stream_is_an_error(level: int) -> None:
    data = bytes_like_pixels(2000)
    stream = raw(data, level)
    for length in range(len(stream)):
        with pytest.raises(ValueError, match=f"end in the middle, at byte {length}, with"):
            deflate.decode(stream[:length], max_length=len(data))
        with pytest.raises(ValueError, match=f"end in the middle, at byte {length}, with"):
            pushed(deflate.Decoder(), stream[:length], 1, 1)


@pytest.mark.parametrize(
    "stream",
    [
        "07",  # a block of the reserved type
        "01 02 00 00 00",  # a stored block whose lengths do not agree
        "63 00 11 00",  # a distance that reaches before the start
        "78 9c ff ff ff ff",
        "1f 8b 08 00",
    ],
)
def test_refuses_what_is_not_deflated(stream: str) -> None:
    decoder = deflate.Decoder()
    for _ in range(2):  # and stays refused
        with pytest.raises(ValueError, match="no deflated data, at byte"):
            decoder.next(bytes.fromhex(stream), bytearray(1000), last=True)


def test_the_length_is_limited_to_the_byte() -> None:
    data = bytes(100_000)
    stream = raw(data)
    assert deflate.decode(stream, max_length=100_000) == data
    for limit in (1, 99_999):
        with pytest.raises(ValueError, match="more than the limit, at byte"):
            deflate.decode(stream, max_length=limit)
        with pytest.raises(ValueError, match="more than the limit, at byte"):
            pushed(deflate.Decoder(max_length=limit), stream, 3, 1000)


def test_a_bomb_is_stopped_by_its_ratio() -> None:
    stream = raw(bytes(40_000_000), 9)
    with pytest.raises(ValueError, match="limit for their length, at byte"):
        pushed(deflate.Decoder(max_ratio=100), stream, len(stream), 1024 * KIB)
    # Deflate's own most is 1032, and below 16 MiB everything is allowed.
    allowed = deflate.Decoder(max_ratio=1032)
    assert len(pushed(allowed, stream, len(stream), 9999 * KIB)) == 40_000_000
    short = raw(bytes(16 * 1024 * KIB), 9)
    assert len(deflate.decode(short, max_length=0, max_ratio=2)) == 16 * 1024 * KIB


def test_without_a_limit() -> None:
    data = bytes_like_pixels(1_000_000)
    assert deflate.decode(raw(data), max_length=0) == data


def test_names_its_libraries() -> None:
    assert deflate.ENCODER_LIBRARY.split()[0] in {"libdeflate", "zlib"}
    assert deflate.DECODER_LIBRARY.split()[0] == "zlib"


def _file(stream: bytes) -> bytes:
    """A deflated file with the File Meta Information of a CT image."""
    meta = dcmread(get_testdata_file("CT_small.dcm")).file_meta
    meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    head = DicomBytesIO()
    write_file_meta_info(head, meta)
    return bytes(128) + b"DICM" + head.getvalue() + stream


def _data_set(path: Path) -> bytes:
    """All after the File Meta Information."""
    content = path.read_bytes()
    return content[144 + int.from_bytes(content[140:144], "little") :]


def test_a_real_file() -> None:
    path = Path(get_testdata_file("image_dfl.dcm"))
    data_set = deflate.decode(_data_set(path), max_length=1_000_000)
    # What dcmconv and gdcmconv agree on.
    assert hashlib.md5(data_set[-262144:]).hexdigest() == "22c9be23446a7be61a90d3578f3c9739"
    assert inflated(deflate.encode(data_set)) == data_set


def test_pydicom_reads_ours() -> None:
    native = Path(get_testdata_file("CT_small.dcm"))
    dataset = dcmread(BytesIO(_file(deflate.encode(_data_set(native)))))
    assert dataset == dcmread(native)


@pytest.mark.peer("dcmconv")
@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_dcmtk_agrees(level: int, program, tmp_path: Path) -> None:
    dcmconv = program("dcmconv")
    original = get_testdata_file("CT_small.dcm")
    native, ours, theirs, back = (tmp_path / name for name in ("n.dcm", "o.dcm", "t.dcm", "b.dcm"))

    def convert(*argv: object) -> None:
        subprocess.run(list(map(str, [dcmconv, *argv])), check=True, capture_output=True)

    convert("+te", original, native)
    convert("+td", "+cl", level, original, theirs)
    data_set = _data_set(native)
    assert deflate.decode(_data_set(theirs), max_length=len(data_set)) == data_set
    ours.write_bytes(_file(deflate.encode(data_set, level=level)))
    convert("+te", ours, back)
    assert _data_set(back) == data_set
