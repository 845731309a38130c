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
_NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", BIG_ENDIAN, "1.2.840.10008.1.2.1.99")
_J = "1.2.840.10008.1.2.4."
_DCMTK = {
    **dict.fromkeys((_J + "50", _J + "51", _J + "57", _J + "70"), ("dcmdjpeg", "+px")),
    **dict.fromkeys((_J + "80", _J + "81"), ("dcmdjpls", "+px")),
}
"""Programs, and the option that makes colour by pixel."""


def number_of_frames(data_set: Dataset) -> int:
    """Return Number of Frames; 1 where there is none."""
    return int(data_set.get("NumberOfFrames") or 1)


def frame_bits(data_set: Dataset) -> int:
    """Return the length of a native frame in bits."""
    bits: int = data_set.Rows * data_set.Columns * data_set.SamplesPerPixel
    return bits * data_set.BitsAllocated


def pixels_of(data_set: Dataset, path: Path) -> bytes:
    """Return the pixels of a data set, by the first decoder for its transfer syntax.

    Parameters
    ----------
    data_set : Dataset
        As it was read, with its meta information.
    path : Path
        Its file.
    """
    syntax = str(data_set.file_meta.TransferSyntaxUID)
    if syntax in _NATIVE:
        return _native(data_set, syntax)
    if syntax == RLE and data_set.BitsAllocated == 1:
        return _one_bit_rle(data_set)
    if syntax in _DCMTK:
        return by_dcmtk(data_set, path, "+cn") if syntax[-2:] not in ("80", "81") else by_dcmtk(data_set, path)
    plugin = "pydicom" if syntax == RLE else "pylibjpeg"
    return by_pydicom(data_set, plugin)


def _native(data_set: Dataset, syntax: str) -> bytes:
    content = data_set.PixelData
    bits = data_set.BitsAllocated
    if syntax == BIG_ENDIAN and data_set["PixelData"].VR == "OW":
        content = np.frombuffer(content[: len(content) // 2 * 2], ">u2").astype("<u2").tobytes()
    elif syntax == BIG_ENDIAN and bits > 8:
        kind = f"u{bits // 8}"
        content = np.frombuffer(content, f">{kind}").astype(f"<{kind}").tobytes()
    frames = number_of_frames(data_set)
    length = (frame_bits(data_set) * frames + 7) // 8
    assert len(content) == length + length % 2, "the length of Pixel Data"
    content = content[:length]
    samples = data_set.SamplesPerPixel
    if samples == 1 or not data_set.PlanarConfiguration:
        return content
    planes = np.frombuffer(content, f"V{bits // 8}").reshape(frames, samples, -1)
    return planes.transpose(0, 2, 1).tobytes()


def _one_bit_rle(data_set: Dataset) -> bytes:
    rows, columns = data_set.Rows, data_set.Columns
    frames = generate_frames(data_set.PixelData, number_of_frames=number_of_frames(data_set))
    pixels = b"".join(
        rle.unpack_bits(rle.decode(frame, rows, columns, 1, 1, 0), rows * columns)
        for frame in frames
    )
    return rle.pack_bits(pixels)


def by_pydicom(data_set: Dataset, plugin: str) -> bytes:
    """Return the pixels by one of pydicom's plugins, without any change of colours."""
    decoder = get_decoder(data_set.file_meta.TransferSyntaxUID)
    array, _ = decoder.as_array(data_set, raw=True, decoding_plugin=plugin)
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


def by_dcmtk(data_set: Dataset, path: Path, *options: str) -> bytes:
    """Return the pixels by dcmdjpeg or dcmdjpls."""
    program, *always = _DCMTK[data_set.file_meta.TransferSyntaxUID]
    out = path.with_suffix(".decoded")
    command = [require_program(program), *always, *options, path, out]
    subprocess.run(command, check=True, capture_output=True)
    decoded = dcmread(out)
    return _native(decoded, str(decoded.file_meta.TransferSyntaxUID))
