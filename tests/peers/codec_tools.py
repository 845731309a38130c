"""Frames through other people's codecs: DCMTK's, OpenJPEG's, OpenJPH's and libjxl's programs.

DCMTK's programs take and give DICOM files, which pydicom writes and reads here; the others files of
their own formats. What they give owes nothing to the package.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, ExplicitVRLittleEndian

from fastsend.model.pixels import PixelFormat
from peers.programs import require_program

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    Array = np.ndarray[Any, Any]


class Encoded(NamedTuple):
    """One frame, and what its data set says."""

    uid: str
    frame: bytes
    pixels: PixelFormat


def image(
    bits: int,
    *,
    samples: int = 1,
    signed: bool = False,
    rows: int = 67,
    columns: int = 61,
    smooth: bool = False,
) -> Array:
    """Return ramps with noise, or without, over the whole range of `bits`; the same each time."""
    numbers = np.random.default_rng(bits + samples)
    ramp = np.add.outer(np.arange(rows), np.arange(columns))[..., None] * np.ones(samples)
    values = (ramp + 40 * np.arange(samples)) * ((1 << bits) / (rows + columns + 80))
    if not smooth:
        values += numbers.normal(0, (1 << bits) / 60, values.shape)
    values = np.clip(np.rint(values), 0, (1 << bits) - 1)
    if not smooth:
        values[0, 0], values[0, 1] = 0, (1 << bits) - 1
    if signed:
        values -= 1 << (bits - 1)
    kind = f"{'i' if signed else 'u'}{1 if bits <= 8 else 2 if bits <= 16 else 4}"
    return values.astype(kind).squeeze()


def pixel_format(array: Array, bits_stored: int | None = None) -> PixelFormat:
    """Return the attributes of an image; RGB where it has samples."""
    allocated = 8 * array.itemsize
    stored = bits_stored or allocated
    colour = array.ndim == 3
    return PixelFormat(
        rows=array.shape[0],
        columns=array.shape[1],
        samples_per_pixel=array.shape[2] if colour else 1,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1,
        pixel_representation=int(array.dtype.kind == "i"),
        planar_configuration=0,
        photometric_interpretation="RGB" if colour else "MONOCHROME2",
    )


def pixels_of(data_set: Dataset) -> PixelFormat:
    """Return the attributes that a data set has."""
    return PixelFormat(
        rows=data_set.Rows,
        columns=data_set.Columns,
        samples_per_pixel=data_set.SamplesPerPixel,
        bits_allocated=data_set.BitsAllocated,
        bits_stored=data_set.BitsStored,
        high_bit=data_set.HighBit,
        pixel_representation=data_set.PixelRepresentation,
        planar_configuration=data_set.get("PlanarConfiguration") or 0,
        photometric_interpretation=data_set.PhotometricInterpretation,
    )


def dcmtk_encode(folder: Path, program: str, *options: str, array: Array, stored: int) -> Encoded:
    """Encode a native frame: with dcmcjpeg, dcmcjpls or dcmcrle."""
    source = folder / "native.dcm"
    _write(source, ExplicitVRLittleEndian, pixel_format(array, stored), array.tobytes())
    result = dcmread(_convert(folder, program, *options, source=source))
    frame = next(generate_frames(result.PixelData, number_of_frames=1))
    return Encoded(str(result.file_meta.TransferSyntaxUID), frame, pixels_of(result))


def dcmtk_decode(folder: Path, program: str, *options: str, encoded: Encoded) -> Dataset:
    """Decode a frame: with dcmdjpeg, dcmdjpls or dcmdrle, to a data set with native pixels."""
    source = folder / "encoded.dcm"
    _write(source, encoded.uid, encoded.pixels, encapsulate([encoded.frame]))
    return dcmread(_convert(folder, program, *options, source=source))


def _convert(folder: Path, program: str, *options: str, source: Path) -> Path:
    result = folder / "converted.dcm"
    run(program, *options, source, result)
    return result


def _write(path: Path, uid: str, pixels: PixelFormat, pixel_data: bytes) -> None:
    data_set = Dataset()
    data_set.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    data_set.SOPInstanceUID = UID("2.25.1")
    data_set.Rows, data_set.Columns = pixels.rows, pixels.columns
    data_set.SamplesPerPixel = pixels.samples_per_pixel
    data_set.PhotometricInterpretation = pixels.photometric_interpretation
    if pixels.samples_per_pixel > 1:
        data_set.PlanarConfiguration = pixels.planar_configuration
    data_set.BitsAllocated, data_set.BitsStored = pixels.bits_allocated, pixels.bits_stored
    data_set.HighBit = pixels.high_bit
    data_set.PixelRepresentation = pixels.pixel_representation
    data_set.PixelData = pixel_data + bytes(len(pixel_data) % 2)
    encapsulated = uid != ExplicitVRLittleEndian
    data_set["PixelData"].VR = "OB" if encapsulated or pixels.bits_allocated == 8 else "OW"
    data_set["PixelData"].is_undefined_length = encapsulated
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = UID(uid)
    data_set.save_as(path, enforce_file_format=True)


def opj_compress(folder: Path, array: Array, bits: int, *options: str, suffix: str) -> bytes:
    """Encode with OpenJPEG, to a codestream (j2k) or a file (jp2)."""
    source, result = folder / "opj.rawl", folder / f"opj.{suffix}"
    samples = array.shape[2] if array.ndim == 3 else 1
    planes = np.moveaxis(array, -1, 0) if samples > 1 else array
    source.write_bytes(planes.tobytes())
    sign = "s" if array.dtype.kind == "i" else "u"
    shape = f"{array.shape[1]},{array.shape[0]},{samples},{bits},{sign}"
    run("opj_compress", "-i", source, "-o", result, "-F", shape, *options)
    return result.read_bytes()


def opj_decompress(folder: Path, codestream: bytes, shape: tuple[int, ...], kind: str) -> Array:
    """Decode with OpenJPEG."""
    source, result = folder / "opj_in.j2k", folder / "opj_out.rawl"
    source.write_bytes(codestream)
    run("opj_decompress", "-i", source, "-o", result)
    if len(shape) == 2:
        return np.frombuffer(result.read_bytes(), kind).reshape(shape)
    planes = np.frombuffer(result.read_bytes(), kind).reshape(shape[2], shape[0], shape[1])
    return np.moveaxis(planes, 0, -1)


def through_pnm(folder: Path, program: str, array: Array, *options: str, suffix: str) -> bytes:
    """Encode with a program that reads PGM and PPM."""
    source = folder / ("in.ppm" if array.ndim == 3 else "in.pgm")
    result = folder / f"out.{suffix}"
    source.write_bytes(pnm(array))
    if program.startswith("ojph"):
        run(program, "-i", source, "-o", result, *options)
    else:
        run(program, source, result, *options)
    return result.read_bytes()


def to_pnm(folder: Path, program: str, codestream: bytes, colour: bool, suffix: str) -> Array:
    """Decode with a program that writes PGM and PPM."""
    source, result = folder / f"in.{suffix}", folder / ("out.ppm" if colour else "out.pgm")
    source.write_bytes(codestream)
    if program.startswith("ojph"):
        run(program, "-i", source, "-o", result)
    else:
        run(program, source, result)
    return read_pnm(result.read_bytes())


def pnm(array: Array, most: int | None = None) -> bytes:
    """Return an unsigned image as PGM or PPM, whose words are big endian."""
    most = most or (255 if array.itemsize == 1 else 65535)
    head = f"P{6 if array.ndim == 3 else 5}\n{array.shape[1]} {array.shape[0]}\n{most}\n"
    return head.encode() + array.astype(array.dtype.newbyteorder(">")).tobytes()


def read_pnm(content: bytes) -> Array:
    """Return the image of a PGM or PPM without comments."""
    magic, columns, rows, most = content.split(maxsplit=4)[:4]
    samples = {b"P5": (), b"P6": (3,)}[magic]
    kind = "u1" if int(most) < 256 else ">u2"
    count = int(rows) * int(columns) * (3 if samples else 1) * np.dtype(kind).itemsize
    return np.frombuffer(content[-count:], kind).reshape(int(rows), int(columns), *samples)


def run(program: str, *arguments: str | Path) -> None:
    """Run a program to its end; without it, skip the test."""
    command = [require_program(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-1000:] + done.stdout[-1000:]
