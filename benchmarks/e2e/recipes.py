"""How the instances of the data sets are made: pydicom's real headers, new UIDs, a plausible image.

Imported only when something has to be made: pydicom and numpy are heavy.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom import FileDataset

MULTI_FRAME_GRAYSCALE_WORD_SC = "1.2.840.10008.5.1.4.1.1.7.3"
_SLICES_OF_A_SERIES = 200


def _uid(*parts: object) -> str:
    return generate_uid(entropy_srcs=["fastsend benchmarks", *map(str, parts)])


def _template(name: str) -> FileDataset:
    path = get_testdata_file(name, download=False)
    if path is None:
        raise FileNotFoundError(f"pydicom's test file {name}")
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.pop("DataSetTrailingPadding", None)
    return dataset


class SliceImages:
    """Square 16-bit images with 12 bits stored: a smooth body, and noise as of a scanner.

    The noise makes them about as compressible as real ones, should a sender try; no two are alike.
    """

    def __init__(self, size: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
        radius = np.hypot(x / 0.8, y / 0.65)
        body = 1000 / (1 + np.exp(40 * (radius - 1)))
        self._smooth = body * (1 + 0.15 * np.sin(7 * x) * np.cos(5 * y)) + 24
        self._noise = random.normal(0, 12, (2 * size, 2 * size))
        self._random = random
        self._size = size

    def draw(self) -> bytes:
        """Return one image, little endian, rows first."""
        top, left = self._random.integers(0, self._size, 2)
        noise = self._noise[top : top + self._size, left : left + self._size]
        scale = self._random.uniform(0.9, 1.1)
        image: bytes = np.clip(self._smooth * scale + noise, 0, 4095).astype("<u2").tobytes()
        return image


def _set_image(dataset: Any, size: int) -> None:
    dataset.Rows = dataset.Columns = size
    dataset.SamplesPerPixel = 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PhotometricInterpretation = "MONOCHROME2"
    for keyword in ("SmallestImagePixelValue", "LargestImagePixelValue", "PixelPaddingValue"):
        if keyword in dataset:
            del dataset[keyword]


def write_slices(folder: Path, template: str, size: int, count: int) -> Iterator[str]:
    """Write `count` single-frame instances of one study; yields each SOP Instance UID."""
    dataset: Any = _template(template)
    images = SliceImages(size, seed=size)
    _set_image(dataset, size)
    dataset.StudyInstanceUID = _uid(template, "study")
    dataset.FrameOfReferenceUID = _uid(template, "frame of reference")
    for index in range(count):
        series, instance = divmod(index, _SLICES_OF_A_SERIES)
        dataset.SeriesInstanceUID = _uid(template, "series", series)
        dataset.SeriesNumber = series + 1
        dataset.InstanceNumber = instance + 1
        dataset.ImagePositionPatient = [-160.0, -160.0, -2.5 * instance]
        dataset.SOPInstanceUID = _uid(template, "instance", index)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.PixelData = images.draw()
        dataset["PixelData"].VR = "OW"
        dataset.save_as(folder / f"{index + 1:05}.dcm", enforce_file_format=True)
        yield str(dataset.SOPInstanceUID)


def write_multi_frame(folder: Path, size: int, frames: int) -> Iterator[str]:
    """Write one Multi-frame Grayscale Word Secondary Capture instance; yields its UID."""
    dataset: Any = deepcopy(_template("CT_small.dcm"))
    images = SliceImages(size, seed=frames)
    _set_image(dataset, size)
    dataset.SOPClassUID = MULTI_FRAME_GRAYSCALE_WORD_SC
    dataset.Modality = "OT"
    dataset.SOPInstanceUID = _uid("multi-frame")
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.NumberOfFrames = frames
    dataset.PixelData = b"".join(images.draw() for _ in range(frames))
    dataset["PixelData"].VR = "OW"
    dataset.save_as(folder / "00001.dcm", enforce_file_format=True)
    yield str(dataset.SOPInstanceUID)


def write_sparse_multi_frame(folder: Path, size: int, frames: int) -> Iterator[str]:
    """Write the same with the first frame alone, and holes in the file for the others."""
    (uid,) = write_multi_frame(folder, size, 1)
    path = folder / "00001.dcm"
    dataset: Any = dcmread(path)
    frame = dataset.PixelData
    del dataset.PixelData
    dataset.NumberOfFrames = frames
    dataset.save_as(path, enforce_file_format=True)
    length = size * size * 2 * frames
    with path.open("r+b") as file:
        file.seek(0, 2)
        # Pixel Data, OW, in Explicit VR Little Endian (PS3.5 7.1.2).
        file.write(b"\xe0\x7f\x10\x00OW\0\0" + length.to_bytes(4, "little"))
        end = file.tell() + length
        file.write(frame)
        file.truncate(end)
    yield uid
