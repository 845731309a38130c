"""What became of icons that were in fragments, checked by means that are not the package's."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset

from peers.element_differences import element_differences
from peers.independent_pixels import native_length, native_pixels, pixels_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ICON_IMAGE_SEQUENCE = 0x00880200
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_MAY_CHANGE = (0x00280004, 0x00280006, 0x7FE00010)
"""Photometric Interpretation, Planar Configuration, Pixel Data."""


def has_fragmented_icon(data_set: Dataset) -> bool:
    """Tell whether the Icon Image Sequence has Pixel Data of undefined length.

    No value of the data set is looked at more closely, for it would be another one then.
    """
    if "IconImageSequence" not in data_set:
        return False
    items = deepcopy(data_set[ICON_IMAGE_SEQUENCE : ICON_IMAGE_SEQUENCE + 1]).IconImageSequence
    return any("PixelData" in item and item["PixelData"].is_undefined_length for item in items)


def icon_faults(source: Dataset, result: Dataset, folder: Path, *, swapped: bool) -> Iterator[str]:
    """Yield what is wrong with an icon that was in fragments.

    Parameters
    ----------
    source, result : Dataset
        What was stored in a file, and what a receiver got of it.
    folder : Path
        For files of its own.
    swapped : bool
        Their byte orders are not the same.
    """
    (before,), (after,) = source.IconImageSequence, result.get("IconImageSequence") or [None]
    if after is None:
        yield "the icon is lost"
        return
    yield from element_differences(
        before, after, swapped=swapped, but_for=_MAY_CHANGE, where="icon "
    )
    pixels = after["PixelData"]
    length = native_length(after, 1)
    if pixels.is_undefined_length or len(pixels.value) != length + length % 2:
        yield f"the icon's Pixel Data has {len(pixels.value)} bytes instead of {length}"
        return
    alone = _alone(before, source)
    path = folder / "icon.dcm"
    alone.save_as(path, enforce_file_format=True)
    after = deepcopy(after)
    after.file_meta = result.file_meta
    if native_pixels(after) != pixels_of(dcmread(path), path):
        yield "the icon has other pixels"
    if before.PhotometricInterpretation in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB"):
        expected = before.PhotometricInterpretation
        if after.PhotometricInterpretation != expected:
            yield f"the icon's Photometric Interpretation is {after.PhotometricInterpretation}"


def _alone(icon: Dataset, whole: Dataset) -> Dataset:
    """Return an icon as an instance in the transfer syntax of its own."""
    alone = Dataset()
    alone.update(deepcopy(icon))
    alone.file_meta = FileMetaDataset()
    alone.file_meta.TransferSyntaxUID = whole.file_meta.TransferSyntaxUID
    alone.SOPClassUID, alone.SOPInstanceUID = _SECONDARY_CAPTURE, "1.2.3.4.5"
    return alone
