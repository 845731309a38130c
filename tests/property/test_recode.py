"""Re-encoding of any data set and any damage, against the plain-Python reading of PS3.5."""

from __future__ import annotations

import itertools
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastsend._native import recode
from reference import recode as slow
from reference.data_set_strategies import data_sets
from reference.data_set_trees import Comparison, tree

DIRECTIONS = list(itertools.permutations(slow.SYNTAXES, 2))
directions = pytest.mark.parametrize(("one", "other"), DIRECTIONS)
thorough = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
AMBIGUOUS = "the VR depends on an element that is not there"


def check(data_set: bytes, one: str, other: str, *, copy_fragments: bool = False) -> bytes | None:
    """Both must make the same of it; return it, None where both refuse."""
    try:
        expected = slow.recode(data_set, one, other, copy_fragments=copy_fragments)
    except slow.RefusedError:
        expected = None
    try:
        ours = recode.to_bytes(data_set, one, other, copy_fragments=copy_fragments)
    except recode.RecodeError as error:
        # What the kernel finds too late is nothing that it may have guessed right.
        assert expected is None or error.reason == AMBIGUOUS
        return None
    assert ours == expected
    return ours


@directions
@thorough
@given(data=st.data())
def test_as_the_reference(data: st.DataObject, one: str, other: str) -> None:
    data_set = data.draw(data_sets(one))
    check(data_set, one, other, copy_fragments=data.draw(st.booleans()))


@directions
@thorough
@given(data=st.data())
def test_clean_data_sets_are_mostly_re_encoded(data: st.DataObject, one: str, other: str) -> None:
    data_set = data.draw(data_sets(one, clean=True))
    try:
        ours = recode.to_bytes(data_set, one, other)
    except recode.UnsureError as error:
        assert error.reason in {AMBIGUOUS, "it is not certain which bytes to swap"}
    else:
        assert ours == slow.recode(data_set, one, other)
        # Streamed without a look ahead it is the same but for what lengths say.
        with tempfile.TemporaryFile() as file:
            file.write(data_set)
            file.flush()
            recoder = recode.Recoder(file.fileno(), 0, len(data_set), one, other, slice_least=0)
            try:
                streamed = b"".join(recoder)
            except recode.UnsureError as error:
                assert error.reason == AMBIGUOUS
            else:
                assert (
                    list(Comparison(other).differences(tree(streamed, other), tree(ours, other)))
                    == []
                )


@directions
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_cut_anywhere(data: st.DataObject, one: str, other: str) -> None:
    data_set = data.draw(data_sets(one, clean=True))
    for length in range(len(data_set)):
        check(data_set[:length], one, other)


@directions
@thorough
@given(data=st.data())
def test_with_any_bytes_changed(data: st.DataObject, one: str, other: str) -> None:
    data_set = bytearray(data.draw(data_sets(one)) + data.draw(st.binary(max_size=30)))
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)
    ):
        if at < len(data_set):
            data_set[at] = value
    check(bytes(data_set), one, other)


@directions
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_with_any_length(data: st.DataObject, one: str, other: str) -> None:
    data_set = bytearray(data.draw(data_sets(one)))
    at = data.draw(st.integers(0, max(0, len(data_set) - 4)))
    data_set[at : at + 4] = data.draw(
        st.sampled_from([b"\xff" * 4, b"\xfe" + b"\xff" * 3, bytes(4)])
    )
    check(bytes(data_set), one, other)


@pytest.mark.parametrize(("one", "other"), [d for d in DIRECTIONS if d[1] != slow.IMPLICIT_LE])
@thorough
@given(data=st.data())
def test_there_and_back(data: st.DataObject, one: str, other: str) -> None:
    data_set = data.draw(data_sets(one))
    there = check(data_set, one, other)
    if there is not None:
        back = recode.to_bytes(there, other, one)
        assert recode.to_bytes(back, one, other) == there
