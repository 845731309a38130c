"""The attributes of Pixel Data as `part10.find_elements` gives them, made with pydicom."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pydicom import Dataset, dcmwrite
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import data_element_generator, read_dataset

from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    Edit = tuple[int, bytes, bool]

LONGEST_VALUE = 4096


def encoding(syntax: str) -> tuple[bool, bool]:
    """Whether a syntax has Implicit VR, and whether it is little endian."""
    return syntax == IMPLICIT_LE, syntax != EXPLICIT_BE


def data_set_bytes(data_set: Dataset, syntax: str) -> bytes:
    implicit, little = encoding(syntax)
    out = io.BytesIO()
    dcmwrite(out, data_set, implicit_vr=implicit, little_endian=little, force_encoding=True)
    return out.getvalue()


def found_in(
    data_set: Dataset, syntax: str = EXPLICIT_LE, tags: Collection[int] | None = None
) -> dict[int, tuple[str, bytes]]:
    """VR and value of the elements in front of Pixel Data, as a file has them."""
    front = Dataset()
    for element in data_set:
        if element.tag < 0x7FE00010 and (tags is None or element.tag in tags):
            front[element.tag] = element
    implicit, little = encoding(syntax)
    stream = DicomBytesIO(data_set_bytes(front, syntax))
    return {
        int(raw.tag): ("" if implicit else str(raw.VR), raw.value or b"")
        for raw in data_element_generator(stream, implicit, little, defer_size=None)
        if len(raw.value or b"") <= LONGEST_VALUE
    }


def edited(data_set: Dataset, edits: Iterable[Edit], to_syntax: str) -> Dataset:
    """The data set with its edits, each read by pydicom as an element of the output."""
    result = Dataset()
    result.update(data_set)
    implicit, little = encoding(to_syntax)
    for tag, element, only_if_present in edits:
        there = tag in result
        if only_if_present and not there:
            continue
        if there:
            del result[tag]
        if element:
            read = read_dataset(DicomBytesIO(element), implicit, little)
            assert [int(one.tag) for one in read] == [tag]
            result[tag] = read[tag]
    return result
