"""Re-encoding of any data set and any damage, against the plain-Python reading of PS3.5."""

from __future__ import annotations

import itertools
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fastsend._native import recode
from reference import recode as slow
from reference.data_set_bytes import Encoding
from reference.data_set_strategies import DECIDING, SEQUENCES, TAGS, data_sets
from reference.data_set_trees import Comparison, tree

DIRECTIONS = list(itertools.permutations(slow.SYNTAXES, 2))
directions = pytest.mark.parametrize(("one", "other"), DIRECTIONS)
changed_directions = pytest.mark.parametrize(
    ("one", "other"), [*DIRECTIONS, *((one, one) for one in slow.SYNTAXES)]
)
thorough = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MORE = (0x00280004, 0x7FE00001, slow.PIXEL_DATA, 0x7FE10010)
EDITED = [
    tag
    for tag in {*TAGS[::5], *SEQUENCES[:2], *DECIDING, *MORE}
    if tag & 0xFFFF and tag >> 16 != 0xFFFC
]
AMBIGUOUS = "the VR depends on an element that is not there"


def fast(
    data_set: bytes, one: str, other: str, copy_fragments: bool, changes: slow.Changes
) -> bytes:
    """Return what the kernel makes of it, streamed from a file behind a look at all of it."""
    with tempfile.TemporaryFile() as file:
        file.write(data_set)
        file.flush()
        recoder = recode.Recoder(
            file.fileno(),
            0,
            len(data_set),
            one,
            other,
            slice_least=0,
            copy_fragments=copy_fragments,
            **changes._asdict(),
        )
        length = recoder.measure()
        pieces = list(recoder)
    parts = [slow.MARK if piece is None else piece for piece in pieces]
    assert sum(len(piece) for piece in pieces if piece is not None) == length
    return b"".join(part for part in parts if isinstance(part, bytes))


def check(
    data_set: bytes,
    one: str,
    other: str,
    *,
    copy_fragments: bool = False,
    changes: slow.Changes = slow.NO_CHANGES,
) -> bytes | None:
    """Both must make the same of it; return it, None where both refuse."""
    try:
        expected = slow.recode(data_set, one, other, copy_fragments=copy_fragments, changes=changes)
    except slow.RefusedError:
        expected = None
    try:
        if changes == slow.NO_CHANGES:
            ours = recode.to_bytes(data_set, one, other, copy_fragments=copy_fragments)
        else:
            ours = fast(data_set, one, other, copy_fragments, changes)
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


@st.composite
def all_changes(draw: st.DrawFn, to: str, same: bool) -> slow.Changes:
    """Changes, at least one where the transfer syntax stays."""
    external, new_vr = draw(st.booleans()), draw(st.booleans())
    places = st.sampled_from([tag for tag in EDITED if tag != slow.PIXEL_DATA or not external])
    least = 1 if same and not (external or new_vr) else 0
    tags = sorted(draw(st.lists(places, unique=True, min_size=least, max_size=5)))
    elements = [draw(st.just(b"") | edit_elements(to, tag)) for tag in tags]
    edits = [(tag, one, draw(st.booleans())) for tag, one in zip(tags, elements, strict=True)]
    return slow.Changes(tuple(edits), external, new_vr)


def edit_elements(to: str, tag: int) -> st.SearchStrategy[bytes]:
    encoding = Encoding(to)
    text = st.binary(max_size=20).map(lambda value: encoding.element(tag, "LO", value))
    long = st.binary(max_size=20).map(lambda value: encoding.element(tag, "UT", value))
    return text | long | st.just(encoding.open_sequence(tag, encoding.item(b"")))


@changed_directions
@thorough
@given(data=st.data())
def test_with_changes(data: st.DataObject, one: str, other: str) -> None:
    data_set = data.draw(data_sets(one, clean=data.draw(st.booleans()), fragments=True))
    changes = data.draw(all_changes(other, one == other))
    check(data_set, one, other, copy_fragments=data.draw(st.booleans()), changes=changes)


@changed_directions
@thorough
@given(data=st.data())
def test_with_changes_and_damage(data: st.DataObject, one: str, other: str) -> None:
    data_set = bytearray(data.draw(data_sets(one, fragments=True)))
    changes = data.draw(all_changes(other, one == other))
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)
    ):
        if at < len(data_set):
            data_set[at] = value
    cut = data.draw(st.integers(0, len(data_set)) | st.just(len(data_set)))
    copies = data.draw(st.booleans())
    check(bytes(data_set[:cut]), one, other, copy_fragments=copies, changes=changes)


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
