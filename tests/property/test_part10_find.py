"""Finding elements in any data set and any damage, against the plain-Python reading of PS3.5."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastsend._native import part10
from reference.data_set_reader import (
    EXPLICIT_BE,
    IMPLICIT_LE,
    PIXEL_DATA,
    SYNTAXES,
    DataSet,
    Reader,
    Reading,
    RefusedError,
)
from reference.data_set_strategies import SEQUENCES, TAGS, data_sets
from reference.data_set_trees import tree

thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
syntaxes = pytest.mark.parametrize("syntax", SYNTAXES)
Found = tuple[dict[int, tuple[str, bytes]], tuple[str, int, int] | None]


def fast(data_set: bytes, syntax: str, tags: list[int]) -> Found:
    with tempfile.TemporaryFile() as file:
        os.pwrite(file.fileno(), data_set, 0)
        return part10.find_elements(
            file.fileno(),
            0,
            len(data_set),
            tags,
            implicit_vr=syntax == IMPLICIT_LE,
            big_endian=syntax == EXPLICIT_BE,
        )


def elements_of(data_set: bytes, syntax: str) -> DataSet | None:
    reading = Reading(copy_fragments=True, same=True)
    reader = Reader(data_set, syntax != IMPLICIT_LE, syntax == EXPLICIT_BE, reading)
    try:
        elements = reader.data_set(None, 0, len(data_set), True)[0].elements
    except RefusedError:
        return None
    assert isinstance(elements, DataSet)
    return elements


def check(data_set: bytes, syntax: str, tags: list[int]) -> None:
    """What the reference can read must be found; where it cannot, at most what is before."""
    elements = elements_of(data_set, syntax)
    try:
        found, pixel_data = fast(data_set, syntax, tags)
    except part10.DataSetError as error:
        assert elements is None
        assert 0 <= error.offset <= len(data_set)
        return
    assert set(found) <= {tag for tag in tags if tag < PIXEL_DATA or not pixel_data}
    for vr, value in found.values():
        assert value in data_set
        assert (vr == "") == (syntax == IMPLICIT_LE)
    if pixel_data:
        assert -1 <= pixel_data[2] <= len(data_set) - pixel_data[1]
    if elements is None:
        return
    assert found == {
        tag: (one.vr or "", one.value)
        for tag, one in elements.items()
        if tag in tags and (tag < PIXEL_DATA or not pixel_data) and one.defined
    }
    assert (pixel_data is None) == (PIXEL_DATA not in elements)
    if pixel_data:
        pixels = elements[PIXEL_DATA]
        assert pixel_data[0] == (pixels.vr or "")
        if pixels.defined:
            assert data_set[pixel_data[1] :][: pixel_data[2]] == pixels.value
        else:
            assert pixel_data[2] == -1


def check_items(data_set: bytes, syntax: str, tag: int) -> None:
    """What the reference reads in items must be where items are found."""
    try:
        expected = tree(data_set, syntax).get(tag)
    except RefusedError:
        expected = None
        refused = True
    else:
        refused = False
    with tempfile.TemporaryFile() as file:
        os.pwrite(file.fileno(), data_set, 0)
        try:
            found = part10.find_items(
                file.fileno(),
                0,
                len(data_set),
                tag,
                implicit_vr=syntax == IMPLICIT_LE,
                big_endian=syntax == EXPLICIT_BE,
            )
        except part10.DataSetError as error:
            assert refused or not isinstance(expected and expected.value, list)
            assert 0 <= error.offset <= len(data_set)
            return
    end = 0
    for offset, length in found:
        assert offset >= end + 8
        end = offset + length
    assert end <= len(data_set)
    if expected is None or not isinstance(expected.value, list) or expected.vr == "UN":
        return
    assert len(found) == len(expected.value)
    for (offset, length), item in zip(found, expected.value, strict=True):
        if not (item.defined and item.delimited):
            assert tree(data_set[offset : offset + length], syntax) == item.elements


some_tags = st.lists(st.sampled_from([*TAGS, 0x00280004]), unique=True, max_size=12).map(sorted)


@syntaxes
@thorough
@given(data=st.data())
def test_as_the_reference(data: st.DataObject, syntax: str) -> None:
    data_set = data.draw(data_sets(syntax, clean=data.draw(st.booleans()), fragments=True))
    check(data_set, syntax, data.draw(some_tags))


@syntaxes
@thorough
@given(data=st.data())
def test_items_as_the_reference(data: st.DataObject, syntax: str) -> None:
    data_set = bytearray(data.draw(data_sets(syntax, clean=data.draw(st.booleans()))))
    if data_set and data.draw(st.integers(0, 3)) == 0:
        data_set[data.draw(st.integers(0, len(data_set) - 1))] = data.draw(st.integers(0, 255))
    check_items(bytes(data_set), syntax, data.draw(st.sampled_from(SEQUENCES + TAGS[::4])))


@syntaxes
@thorough
@given(data=st.data())
def test_with_any_bytes_changed(data: st.DataObject, syntax: str) -> None:
    data_set = bytearray(data.draw(data_sets(syntax, fragments=True)))
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)
    ):
        if at < len(data_set):
            data_set[at] = value
    cut = data.draw(st.integers(0, len(data_set)) | st.just(len(data_set)))
    check(bytes(data_set[:cut]), syntax, data.draw(some_tags))
