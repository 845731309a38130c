"""All decoders against real files and against frames that other programs encoded."""

from __future__ import annotations

import csv
import hashlib
import warnings
from typing import TYPE_CHECKING

import pytest

np = pytest.importorskip("numpy")

from pydicom import dcmread  # noqa: E402
from pydicom.encaps import generate_frames  # noqa: E402

from fastsend.codecs import header as headers  # noqa: E402
from fastsend.codecs import registry, syntaxes  # noqa: E402
from fastsend.codecs.job import CodecError, FrameJob, FrameResult  # noqa: E402
from peers import codec_tools as tools  # noqa: E402
from peers.corpus import MANIFEST, SOURCES, corpus_files  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from fastsend.codecs.codec_table import Codec
    from fastsend.model.pixels import PixelFormat

    Array = np.ndarray[Any, Any]

CODECS = {codec.name: codec for codecs in registry.DECODERS.values() for codec in codecs}


def decode_by(
    name: str, uid: str, pixels: PixelFormat, frame: bytes, *, rgb: bool = False
) -> tuple[FrameResult, bytes]:
    """Decode by one codec alone."""
    codec = CODECS[name]
    if not registry.installed(codec.package):
        pytest.skip(f"{codec.library} is not installed")
    out = memoryview(bytearray(pixels.frame_length))
    job = FrameJob("decode", uid, pixels, rgb=rgb)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "DECODERS", {uid: (codec,)})
        result = registry.run(job, memoryview(frame), out)
    assert result.length == len(out)
    assert result.codec == name
    with_header = not registry.runs_in_thread(uid)
    assert result.lossy is (with_header and not headers.read(memoryview(frame)).lossless)
    return result, bytes(out)


def names(*uids: str) -> list[str]:
    """Return the decoders of transfer syntaxes, each once."""
    return list({codec.name: 0 for uid in uids for codec in registry.DECODERS[uid]})


JPEG = names(syntaxes.JPEG_BASELINE)
JPEG_LOSSLESS = names(syntaxes.JPEG_LOSSLESS)
JPEG_LS = names(syntaxes.JPEG_LS_LOSSLESS)
JPEG_2000 = names(syntaxes.JPEG_2000_LOSSLESS)
HTJ2K = names(syntaxes.HTJ2K)


# Real files


def _manifest() -> list[dict[str, str]]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [
            row
            for row in rows
            if row["transfer_syntax"] in registry.DECODERS and row["expected_pixel_md5"]
        ]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("corpus")
    return {
        file.path.name: file.path for source in SOURCES for file in corpus_files(source, folder)
    }


@pytest.mark.parametrize(
    ("row", "codec"),
    [
        pytest.param(row, codec, id=f"{row['filename'].rpartition('/')[2]}-{codec.name}")
        for row in _manifest()
        for codec in registry.DECODERS[row["transfer_syntax"]]
    ],
)
def test_real_files(row: dict[str, str], codec: Codec, files: dict[str, Path]) -> None:
    path = files.get(row["filename"].rpartition("/")[2])
    if path is None:
        pytest.skip("the package with this file is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = dcmread(path, force=True)
        if "PixelData" not in data_set:
            pytest.skip("pydicom does not find its Pixel Data")
        frames = list(generate_frames(data_set.PixelData, number_of_frames=int(row["frames"] or 1)))
    pixels = tools.pixels_of(data_set)
    digest = hashlib.md5(usedforsecurity=False)
    for frame in frames:
        result, native = decode_by(codec.name, row["transfer_syntax"], pixels, frame)
        digest.update(native)
        transformed = pixels.photometric_interpretation in {"YBR_RCT", "YBR_ICT"}
        assert result.photometric_interpretation == (
            "RGB" if transformed else pixels.photometric_interpretation
        )
    assert digest.hexdigest() == row["expected_pixel_md5"]


# JPEG


@pytest.mark.parametrize("codec", JPEG_LOSSLESS)
@pytest.mark.parametrize("selection_value", range(1, 8))
def test_jpeg_lossless_with_every_predictor(
    tmp_path: Path, codec: str, selection_value: int
) -> None:
    array = tools.image(16)
    encoded = tools.dcmtk_encode(
        tmp_path, "dcmcjpeg", "+el", "+sv", str(selection_value), array=array, stored=16
    )
    assert encoded.uid == syntaxes.JPEG_LOSSLESS
    assert decode_by(codec, encoded.uid, encoded.pixels, encoded.frame)[1] == array.tobytes()


@pytest.mark.parametrize("codec", JPEG_LOSSLESS)
@pytest.mark.parametrize(
    ("bits", "samples", "signed"),
    [(8, 1, False), (8, 3, False), (12, 1, False), (12, 1, True), (16, 1, True), (8, 1, True)],
)
def test_jpeg_lossless(tmp_path: Path, codec: str, bits: int, samples: int, signed: bool) -> None:
    array = tools.image(bits, samples=samples, signed=signed)
    encoded = tools.dcmtk_encode(tmp_path, "dcmcjpeg", "+e1", array=array, stored=bits)
    assert encoded.uid == syntaxes.JPEG_LOSSLESS_SV1
    result, native = decode_by(codec, encoded.uid, encoded.pixels, encoded.frame)
    assert native == array.tobytes()
    assert result.photometric_interpretation == ("RGB" if samples == 3 else "MONOCHROME2")


@pytest.mark.parametrize("codec", JPEG)
@pytest.mark.parametrize(
    ("option", "uid", "bits"),
    [
        ("+eb", syntaxes.JPEG_BASELINE, 8),
        ("+ee", syntaxes.JPEG_EXTENDED, 8),
        ("+ee", syntaxes.JPEG_EXTENDED, 12),
        ("+es", syntaxes.JPEG_SPECTRAL_SELECTION, 8),
        ("+es", syntaxes.JPEG_SPECTRAL_SELECTION, 12),
        ("+ep", syntaxes.JPEG_FULL_PROGRESSION, 8),
        ("+ep", syntaxes.JPEG_FULL_PROGRESSION, 12),
    ],
)
def test_lossy_jpeg_in_grey(tmp_path: Path, codec: str, option: str, uid: str, bits: int) -> None:
    array = tools.image(bits)
    encoded = tools.dcmtk_encode(tmp_path, "dcmcjpeg", option, array=array, stored=bits)
    assert encoded.uid == uid
    _, native = decode_by(codec, uid, encoded.pixels, encoded.frame)
    theirs = tools.dcmtk_decode(tmp_path, "dcmdjpeg", encoded=encoded).PixelData
    # Two inverse transforms may round differently.
    assert _difference(native, theirs[: len(native)], array.dtype) <= 1


@pytest.mark.parametrize("codec", JPEG)
@pytest.mark.parametrize("sampling", ["+s4", "+s2"])
@pytest.mark.parametrize("rgb", [True, False])
def test_lossy_jpeg_in_colour(tmp_path: Path, codec: str, sampling: str, rgb: bool) -> None:
    array = tools.image(8, samples=3, smooth=True)
    encoded = tools.dcmtk_encode(tmp_path, "dcmcjpeg", "+eb", sampling, array=array, stored=8)
    result, native = decode_by(codec, encoded.uid, encoded.pixels, encoded.frame, rgb=rgb)
    assert result.photometric_interpretation == ("RGB" if rgb else "YBR_FULL")
    theirs = tools.dcmtk_decode(
        tmp_path, "dcmdjpeg", "+cp" if rgb else "+cn", "+px", encoded=encoded
    )
    assert theirs.PlanarConfiguration == 0
    # Chrominance between the samples that are there is interpolated in more than one way.
    assert _difference(native, theirs.PixelData[: len(native)], array.dtype) <= 6


def test_attributes_decide_about_the_colour_of_jpeg(tmp_path: Path) -> None:
    array = tools.image(8, samples=3, smooth=True)
    encoded = tools.dcmtk_encode(tmp_path, "dcmcjpeg", "+eb", "+cr", array=array, stored=8)
    assert encoded.pixels.photometric_interpretation == "RGB"
    result, native = decode_by(JPEG[0], encoded.uid, encoded.pixels, encoded.frame, rgb=True)
    assert result.photometric_interpretation == "RGB"
    assert _difference(native, array.tobytes(), array.dtype) <= 8


# JPEG-LS


@pytest.mark.parametrize("codec", JPEG_LS)
@pytest.mark.parametrize(
    ("bits", "samples", "signed", "options"),
    [
        (8, 1, False, ["+el"]),
        (8, 3, False, ["+el", "+il"]),
        (8, 3, False, ["+el", "+in"]),
        (12, 1, False, ["+el"]),
        (12, 1, True, ["+el"]),
        (16, 1, False, ["+el"]),
        (8, 1, False, ["+en", "+md", "3"]),
        (16, 1, False, ["+en", "+md", "3"]),
    ],
)
def test_jpeg_ls(
    tmp_path: Path, codec: str, bits: int, samples: int, signed: bool, options: list[str]
) -> None:
    array = tools.image(bits, samples=samples, signed=signed)
    encoded = tools.dcmtk_encode(tmp_path, "dcmcjpls", *options, array=array, stored=bits)
    result, native = decode_by(codec, encoded.uid, encoded.pixels, encoded.frame)
    theirs = tools.dcmtk_decode(tmp_path, "dcmdjpls", "+px", encoded=encoded)
    assert native == theirs.PixelData[: len(native)]
    assert result.photometric_interpretation == theirs.PhotometricInterpretation
    if "+el" in options:
        assert native == array.tobytes()
    else:
        assert 0 < _difference(native, array.tobytes(), array.dtype) <= 3


# JPEG 2000 and HTJ2K


@pytest.mark.parametrize("codec", JPEG_2000)
@pytest.mark.parametrize(
    ("bits", "samples", "signed", "suffix", "options"),
    [
        (8, 1, False, "j2k", []),
        (8, 3, False, "j2k", []),
        (8, 3, False, "jp2", []),
        (8, 3, False, "j2k", ["-mct", "0"]),
        (12, 1, False, "j2k", []),
        (12, 1, True, "j2k", []),
        (16, 1, False, "j2k", ["-t", "32,32"]),
        (16, 1, True, "jp2", ["-p", "RPCL", "-n", "3"]),
        (8, 1, True, "j2k", ["-r", "8,4,1"]),
        (10, 1, False, "j2k", ["-b", "32,32", "-SOP", "-EPH"]),
    ],
)
def test_jpeg_2000(
    tmp_path: Path,
    codec: str,
    bits: int,
    samples: int,
    signed: bool,
    suffix: str,
    options: list[str],
) -> None:
    array = tools.image(bits, samples=samples, signed=signed)
    frame = tools.opj_compress(tmp_path, array, bits, *options, suffix=suffix)
    pixels = tools.pixel_format(array, bits)
    transformed = samples == 3 and "-mct" not in options
    if transformed:
        pixels = pixels._replace(photometric_interpretation="YBR_RCT")
    result, native = decode_by(codec, syntaxes.JPEG_2000_LOSSLESS, pixels, frame)
    assert native == array.tobytes()
    assert result.photometric_interpretation == ("RGB" if samples == 3 else "MONOCHROME2")


@pytest.mark.parametrize("codec", names(syntaxes.JPEG_2000))
@pytest.mark.parametrize(("bits", "samples"), [(8, 1), (8, 3), (12, 1)])
def test_lossy_jpeg_2000(tmp_path: Path, codec: str, bits: int, samples: int) -> None:
    array = tools.image(bits, samples=samples, smooth=True)
    frame = tools.opj_compress(tmp_path, array, bits, "-I", "-r", "8", suffix="j2k")
    pixels = tools.pixel_format(array, bits)._replace(
        photometric_interpretation="YBR_ICT" if samples == 3 else "MONOCHROME2"
    )
    result, native = decode_by(codec, syntaxes.JPEG_2000, pixels, frame)
    theirs = tools.opj_decompress(tmp_path, frame, array.shape, array.dtype.str)
    assert result.photometric_interpretation == ("RGB" if samples == 3 else "MONOCHROME2")
    assert _difference(native, theirs.tobytes(), array.dtype) <= 1


@pytest.mark.parametrize("codec", HTJ2K)
@pytest.mark.parametrize(("bits", "samples"), [(8, 1), (8, 3), (16, 1)])
@pytest.mark.parametrize("reversible", [True, False])
def test_htj2k(tmp_path: Path, codec: str, bits: int, samples: int, reversible: bool) -> None:
    array = tools.image(bits, samples=samples, rows=130, columns=150, smooth=not reversible)
    options = ["-reversible", "true"] if reversible else ["-qstep", "0.01"]
    frame = tools.through_pnm(tmp_path, "ojph_compress", array, *options, suffix="j2c")
    colour = "YBR_RCT" if reversible else "YBR_ICT"
    pixels = tools.pixel_format(array, bits)
    if samples == 3:
        pixels = pixels._replace(photometric_interpretation=colour)
    result, native = decode_by(codec, syntaxes.HTJ2K, pixels, frame)
    assert result.photometric_interpretation == ("RGB" if samples == 3 else "MONOCHROME2")
    if reversible:
        assert native == array.tobytes()
    else:
        theirs = tools.to_pnm(tmp_path, "ojph_expand", frame, samples == 3, "j2c")
        # OpenJPEG and OpenJPH reconstruct at other points of a quantisation step.
        assert _difference(native, theirs.astype(array.dtype).tobytes(), array.dtype) <= (
            2 if bits == 8 else 400
        )


# JPEG XL


@pytest.mark.parametrize(("bits", "samples"), [(8, 1), (8, 3), (16, 1), (16, 3)])
@pytest.mark.parametrize("container", [0, 1])
def test_jpeg_xl(tmp_path: Path, bits: int, samples: int, container: int) -> None:
    array = tools.image(bits, samples=samples)
    frame = tools.through_pnm(
        tmp_path, "cjxl", array, "-d", "0", "-e", "3", f"--container={container}", suffix="jxl"
    )
    pixels = tools.pixel_format(array, bits)
    result, native = decode_by("imagecodecs jpegxl", syntaxes.JPEG_XL_LOSSLESS, pixels, frame)
    assert native == array.tobytes()
    assert result.photometric_interpretation == pixels.photometric_interpretation


@pytest.mark.parametrize("samples", [1, 3])
def test_lossy_jpeg_xl(tmp_path: Path, samples: int) -> None:
    array = tools.image(8, samples=samples, smooth=True)
    frame = tools.through_pnm(tmp_path, "cjxl", array, "-d", "1", "-e", "3", suffix="jxl")
    pixels = tools.pixel_format(array)
    if samples == 3:
        pixels = pixels._replace(photometric_interpretation="XYB")
    result, native = decode_by("imagecodecs jpegxl", syntaxes.JPEG_XL, pixels, frame)
    theirs = tools.to_pnm(tmp_path, "djxl", frame, samples == 3, "jxl")
    assert result.photometric_interpretation == ("RGB" if samples == 3 else "MONOCHROME2")
    assert _difference(native, theirs.tobytes(), array.dtype) <= 1
    with pytest.raises(CodecError, match="not lossless"):
        decode_by("imagecodecs jpegxl", syntaxes.JPEG_XL_LOSSLESS, pixels, frame)


@pytest.mark.parametrize("rgb", [True, False])
def test_recompressed_jpeg(tmp_path: Path, rgb: bool) -> None:
    array = tools.image(8, samples=3, smooth=True)
    jpeg = tools.dcmtk_encode(tmp_path, "dcmcjpeg", "+eb", array=array, stored=8)
    source, target = tmp_path / "frame.jpg", tmp_path / "frame.jxl"
    source.write_bytes(jpeg.frame.rstrip(b"\0"))
    tools.run("cjxl", "--lossless_jpeg=1", source, target)
    as_jpeg, expected = decode_by(JPEG[0], jpeg.uid, jpeg.pixels, jpeg.frame, rgb=rgb)
    result, native = decode_by(
        "imagecodecs jpegxl",
        syntaxes.JPEG_XL_RECOMPRESSION,
        jpeg.pixels,
        target.read_bytes(),
        rgb=rgb,
    )
    assert native == expected
    assert result.photometric_interpretation == as_jpeg.photometric_interpretation


def _difference(one: bytes, other: bytes, kind: Any) -> int:
    """Return the largest difference between two native frames."""
    first, second = (np.frombuffer(side, kind).astype("i8") for side in (one, other))
    return int(np.abs(first - second).max())
