"""Images for the codecs: made CT slices, and real images of pydicom in all positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy as np
from pydicom import dcmread
from pydicom.data import get_testdata_file

from benchmarks.e2e.recipes import SliceImages

if TYPE_CHECKING:
    from typing import Any


class Attributes(TypedDict):
    """As the RLE codec wants them."""

    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int


class Image(NamedTuple):
    """One native frame, little endian."""

    by_pixel: bytes
    by_plane: bytes
    byte_planes: tuple[Any, ...]
    """Each byte of a pixel as an array of rows and columns."""
    attributes: Attributes


def _image(array: Any) -> Image:
    rows, columns, *samples = array.shape
    attributes: Attributes = {
        "rows": rows,
        "columns": columns,
        "samples_per_pixel": samples[0] if samples else 1,
        "bits_allocated": 8 * array.itemsize,
    }
    by_pixel = array.tobytes()
    by_plane = array.transpose(2, 0, 1).tobytes() if samples else by_pixel
    planes = np.frombuffer(by_pixel, np.uint8).reshape(rows, columns, -1)
    apart = tuple(np.ascontiguousarray(planes[..., byte]) for byte in range(planes.shape[2]))
    return Image(by_pixel, by_plane, apart, attributes)


def made_ct(count: int = 24) -> list[Image]:
    """Return slices of 512x512x16 as the recipes make them."""
    images = SliceImages(512, seed=512)
    return [_image(np.frombuffer(images.draw(), "<u2").reshape(512, 512)) for _ in range(count)]


def real(name: str) -> list[Image]:
    """Return the eight positions of a real image; none where its file is not installed."""
    path = get_testdata_file(name, download=False)
    if path is None:
        return []
    dataset = dcmread(path)
    array = dataset.pixel_array
    if dataset.get("NumberOfFrames", 1) > 1:
        array = array[0]
    turned = [np.rot90(array, turns) for turns in range(4)]
    return [_image(np.ascontiguousarray(one)) for each in turned for one in (each, each[::-1])]
