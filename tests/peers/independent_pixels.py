"""The pixels of a data set, as decoders that share nothing with the package give them.

They come as the manifest of the corpus counts them: all frames joined, in little-endian words of
Bits Allocated, colour by pixel, without a pad byte; 1-bit pixels packed (PS3.5 8.1.1).
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.encaps import generate_frames
from pydicom.pixels import get_decoder

from peers.programs import require_program
from reference import rle

if TYPE_CHECKING:
    from pathlib import Path

BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", BIG_ENDIAN, "1.2.840.10008.1.2.1.99")
_JPEG = "1.2.840.10008.1.2.4."
_JPEG_LOSSY = (_JPEG + "50", _JPEG + "51")
_JPEG_LOSSLESS = (_JPEG + "57", _JPEG + "70")
_JPEG_2000 = tuple(_JPEG + end for end in ("90", "91", "201", "202", "203"))


def pixels_of(data_set: Dataset, path: Path) -> bytes:
    """Return the pixels of a data set.

    YCbCr of a lossy JPEG becomes RGB, which DCMTK does of itself, and so does a component transform
    of JPEG 2000; all other colours stay.

    Parameters
    ----------
    data_set : Dataset
        As it was read, with its meta information.
    path : Path
        Its file.
    """
    syntax = str(data_set.file_meta.TransferSyntaxUID)
    if syntax in NATIVE:
        return native_pixels(data_set)
    if syntax == RLE and data_set.BitsAllocated == 1:
        return _one_bit_rle(data_set)
    if syntax in _JPEG_LOSSY:
        return _by_dcmdjpeg(path)
    if syntax in _JPEG_LOSSLESS:
        return _by_dcmdjpeg(path, "+cn")  # no change of colours
    if syntax in _JPEG_2000:
        return _by_openjpeg(data_set)
    return _by_pydicom(data_set, "pydicom" if syntax == RLE else "gdcm")


def frames_of(data_set: Dataset) -> int:
    """Return Number of Frames; 1 where there is none, or none that is a number."""
    try:
        return int(data_set.get("NumberOfFrames") or 1)
    except ValueError:
        return 1


def native_length(data_set: Dataset, frames: int) -> int:
    """Return the bytes of native frames, without a pad byte."""
    samples: int = data_set.SamplesPerPixel
    if data_set.PhotometricInterpretation == "YBR_FULL_422":
        samples -= 1  # two pixels share their chrominance
    bits = frames * data_set.Rows * data_set.Columns * samples * data_set.BitsAllocated
    return (bits + 7) // 8


def native_pixels(data_set: Dataset, frames: int | None = None) -> bytes:
    """Return native pixels; what follows `frames`, by default Number of Frames, is left out."""
    content = data_set.PixelData
    bits = data_set.BitsAllocated
    if data_set.file_meta.TransferSyntaxUID == BIG_ENDIAN:
        size = 2 if data_set["PixelData"].VR == "OW" else max(bits // 8, 1)
        content = np.frombuffer(content, f">u{size}").astype(f"<u{size}").tobytes()
    frames = frames or frames_of(data_set)
    length = native_length(data_set, frames)
    assert len(content) >= length
    samples = data_set.SamplesPerPixel
    if samples == 1 or not data_set.PlanarConfiguration:
        return bytes(content[:length])
    return _by_pixel(content[:length], frames, samples, bits)


def _by_pixel(content: bytes, frames: int, samples: int, bits: int) -> bytes:
    planes = np.frombuffer(content, f"V{bits // 8}").reshape(frames, samples, -1)
    return planes.transpose(0, 2, 1).tobytes()


def _one_bit_rle(data_set: Dataset) -> bytes:
    rows, columns, count = data_set.Rows, data_set.Columns, frames_of(data_set)
    frames = [
        rle.unpack_bits(rle.decode(frame, rows, columns, 1, 1, 0), rows * columns)
        for frame in generate_frames(data_set.PixelData, number_of_frames=count)
    ]
    assert len(frames) == count
    return rle.pack_bits(b"".join(frames))


def _by_pydicom(data_set: Dataset, plugin: str) -> bytes:
    # Not as an array, in which bits above Bits Stored may be changed.
    decoder = get_decoder(data_set.file_meta.TransferSyntaxUID)
    content, meta = decoder.as_buffer(data_set, raw=True, decoding_plugin=plugin)
    samples = data_set.SamplesPerPixel
    if samples == 1 or not meta["planar_configuration"]:
        return bytes(content)
    return _by_pixel(content, frames_of(data_set), samples, data_set.BitsAllocated)


def _by_openjpeg(data_set: Dataset) -> bytes:
    from openjpeg import decode  # that of pylibjpeg-openjpeg

    kind = f"<i{data_set.BitsAllocated // 8}"
    frames = generate_frames(data_set.PixelData, number_of_frames=frames_of(data_set))
    return b"".join(decode(frame).astype(kind).tobytes() for frame in frames)


def _by_dcmdjpeg(path: Path, *options: str) -> bytes:
    decoded = path.with_suffix(".decoded")
    command = [require_program("dcmdjpeg"), *options, path, decoded]
    subprocess.run(command, check=True, capture_output=True)
    return native_pixels(dcmread(decoded))
