"""Two data sets compared as pydicom reads them: the same elements in the same order, byte by byte.

Left aside are group lengths, Data Set Trailing Padding, the byte that makes lengths even, whether
lengths are defined, and what the byte order changes. Private elements may lose their VR to UN.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydicom.dataelem import DataElement, RawDataElement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pydicom import Dataset
    from pydicom.tag import BaseTag

_TRAILING_PADDING = 0xFFFCFFFC
_WORDS = {
    **dict.fromkeys(("US", "SS", "OW", "AT"), 2),
    **dict.fromkeys(("UL", "SL", "FL", "OF", "OL"), 4),
    **dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), 8),
}


class _Value(NamedTuple):
    written_vr: str | None
    """None in Implicit VR."""
    known_vr: str
    """May be several: "US or SS"."""
    items: list[Dataset] | None
    content: bytes


def element_differences(
    source: Dataset,
    received: Dataset,
    *,
    swapped: bool,
    but_for: Collection[int] = (),
    where: str = "",
) -> Iterator[str]:
    """Yield a line for each difference.

    Parameters
    ----------
    source, received : Dataset
        What was stored in a file, and what a receiver got of it.
    swapped : bool
        Their byte orders are not the same.
    but_for : collection of int
        Tags that are left aside, in `source` and `received` themselves.
    where : str
        Put in front of tags.
    """
    tags = [_tags(one, but_for) for one in (source, received)]
    if tags[0] != tags[1]:
        lost, new = ([str(t) for t in a if t not in b] for a, b in (tags, tags[::-1]))
        yield f"{where or 'elements'}: {lost} lost, {new} new" if lost or new else "another order"
        return
    # All of them before one is looked at: to read a sequence, pydicom reads other elements.
    written = [{tag: one.get_item(tag) for tag in tags[0]} for one in (source, received)]
    for tag in tags[0]:
        place = f"{where}{tag}"
        before = _value(source, tag, written[0][tag])
        after = _value(received, tag, written[1][tag])
        yield from _vr_differences(before, after, place)
        if before.items is None or after.items is None:
            if not _same(before, after, swapped):
                yield f"{place}: {before.content[:32]!r} became {after.content[:32]!r}"
        elif len(before.items) != len(after.items):
            yield f"{place}: {len(before.items)} items became {len(after.items)}"
        else:
            for number, (one, other) in enumerate(zip(before.items, after.items, strict=True)):
                inside = f"{place}[{number}]"
                yield from element_differences(one, other, swapped=swapped, where=inside)


def _tags(data_set: Dataset, but_for: Collection[int]) -> list[BaseTag]:
    """Return the tags in the order of the file."""
    return [
        tag
        for tag in data_set.keys()  # noqa: SIM118 - a Dataset iterates over its elements, in order of tags
        if tag.element and tag != _TRAILING_PADDING and tag not in but_for
    ]


def _value(data_set: Dataset, tag: BaseTag, written: object) -> _Value:
    assert isinstance(written, RawDataElement | DataElement)
    # What is empty is no raw element any more, and then its VR may be that of the dictionary.
    vr = written.VR if isinstance(written, RawDataElement) else None
    known, items = written.VR or "UN", None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            element = data_set[tag]
        known = element.VR
        if known == "SQ":
            items = list(element.value)
    except Exception:  # a value that is none of its VR, in some files
        assert known != "SQ"
    content = written.value if isinstance(written, RawDataElement) else b""
    return _Value(vr, known, items, content or b"")


def _vr_differences(before: _Value, after: _Value, place: str) -> Iterator[str]:
    if after.written_vr in (None, before.written_vr):
        return
    if before.written_vr is None and after.written_vr in (*before.known_vr.split(" or "), "UN"):
        return
    yield f"{place}: {before.written_vr or before.known_vr} became {after.written_vr}"


def _same(before: _Value, after: _Value, swapped: bool) -> bool:
    if (before.items is None) != (after.items is None):
        return False
    content = before.content
    if swapped:
        vr = before.written_vr if after.written_vr is None else after.written_vr
        size = _WORDS.get(vr or "", 1)
        if len(content) % size:
            return False
        content = np.frombuffer(content, f"<u{size}").astype(f">u{size}").tobytes()
    return after.content in (content, content + b"\0", content + b" ")
