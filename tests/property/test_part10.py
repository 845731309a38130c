"""The compiled scanner against its plain-Python twin, on files that are nearly right."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.data.data_manager import DATA_ROOT

from fastsend._native import part10
from fastsend._native.part10 import InstanceTable
from reference import part10 as oracle
from reference.part10_files import (
    BIG_ENDIAN,
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    UNDEFINED,
    element,
    item,
    meta_elements,
    sequence,
    with_group_length,
)
from reference.part10_files import part10 as make_file

STATUS = {value: name for name, value in vars(part10).items() if name.isupper()}
REAL = [
    Path(DATA_ROOT, "test_files", name).read_bytes()
    for name in (
        "MR_small.dcm",
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "JPEG2000.dcm",
        "reportsi.dcm",
        "rtplan.dcm",
        "nested_priv_SQ.dcm",
        "image_dfl.dcm",
        "UN_sequence.dcm",
        "test-SR.dcm",
        "no_meta_group_length.dcm",
    )
]


def compiled(file: bytes, *, check_uids: bool) -> oracle.Found:
    status, *rest = part10.scan_bytes(file, check_uids)
    found = oracle.Found(STATUS[status], *rest)
    return found if status == part10.OK else oracle.Found(found.status, found.detail)


def assert_same(file: bytes, *, check_uids: bool) -> None:
    assert compiled(file, check_uids=check_uids) == oracle.scan(file, check_uids=check_uids)


# ---------------------------------------------------------------- strategies

SYNTAXES = st.sampled_from([EXPLICIT, IMPLICIT, BIG_ENDIAN, JPEG, DEFLATED, "1.2.3"])
UIDS = st.one_of(
    st.sampled_from([CT, "1.2.3.4", "", "1.02", "1.2.", "x", " 1.2", "1.2 .3", "1.2." + "3" * 60]),
    st.text("0123456789. \0\\\n", max_size=70),
)
TAGS = st.one_of(
    st.sampled_from(
        [0x00080005, 0x00080016, 0x00080018, 0x00081140, 0x7FE00010, 0xFFFCFFFC, 0x00020010]
    ),
    st.integers(0x00080000, 0x00080020),
    st.integers(0, 0xFFFFFFFF),
)
VRS = st.sampled_from(["UI", "CS", "OB", "OW", "SQ", "UN", "UT", "US", "??", "zz", "\0\0"])
LENGTHS = st.one_of(
    st.none(),
    st.none(),
    st.integers(0, 300),
    st.sampled_from([UNDEFINED, UNDEFINED - 1, 0x80000000, 0xFFFF, 0x7FFFFFFF]),
)


def clipped(tag: int, vr: str, value: bytes, *, syntax: str, length: int | None) -> bytes:
    """An element whose length is made to fit the field that its VR has for it."""
    short = syntax != IMPLICIT and tag >> 16 != 0xFFFE and vr not in {"OB", "OW", "SQ", "UN", "UT"}
    if length is not None and short:
        length &= 0xFFFF
    return element(tag, vr, value, syntax=syntax, length=length)


@st.composite
def elements(draw: st.DrawFn, syntax: str, depth: int = 0) -> bytes:
    tag = draw(TAGS)
    if tag in {0x00080016, 0x00080018}:
        value = draw(UIDS) if draw(st.booleans()) else CT
        return element(tag, "UI", value.encode(), syntax=syntax)
    if depth < 3 and draw(st.integers(0, 3)) == 0:
        vr = draw(st.sampled_from(["SQ", "SQ", "UN", "OB"]))
        inner = IMPLICIT if vr == "UN" and syntax == EXPLICIT else syntax
        contents = draw(st.lists(elements(inner, depth + 1), max_size=3))
        items = [item(one, syntax=syntax, defined=draw(st.booleans())) for one in contents]
        return sequence(tag, *items, syntax=syntax, defined=draw(st.booleans()), vr=vr)
    value = draw(st.binary(max_size=20))
    return clipped(tag, draw(VRS), value, syntax=syntax, length=draw(LENGTHS))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    syntax = draw(SYNTAXES)
    uids = [good if draw(st.integers(0, 7)) else draw(UIDS) for good in (syntax, CT, "1.2.3")]
    meta = meta_elements(*uids)
    if draw(st.booleans()):
        meta = with_group_length(meta, draw(st.one_of(st.none(), st.integers(0, 300))))
    if draw(st.integers(0, 4)) == 0:
        meta += draw(elements(EXPLICIT))
    encoding = draw(st.sampled_from([syntax, syntax, syntax, EXPLICIT, IMPLICIT, BIG_ENDIAN]))
    parts = draw(st.lists(elements(encoding), max_size=8))
    if draw(st.booleans()):
        parts = sorted(parts, key=lambda part: (part[0] | part[1] << 8, part[2] | part[3] << 8))
    file = make_file(b"".join(parts) + draw(st.binary(max_size=12)), meta)
    cut = draw(st.one_of(st.none(), st.integers(0, len(file))))
    return file[:cut]


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    file = bytearray(draw(st.sampled_from(REAL))[: draw(st.integers(140, 20_000))])
    for _ in range(draw(st.integers(0, 4))):
        where = draw(st.integers(min(len(file), 128), min(len(file), 3000)))
        what = draw(st.binary(max_size=4))
        if draw(st.booleans()):
            file[where : where + len(what)] = what
        else:
            file[where : where + draw(st.integers(0, 8))] = what
    return bytes(file)


# ---------------------------------------------------------------- properties


@settings(max_examples=600, deadline=None)
@given(files(), st.booleans())
def test_made_files(file: bytes, check_uids: bool) -> None:
    assert_same(file, check_uids=check_uids)


@settings(max_examples=600, deadline=None)
@given(damaged_files(), st.booleans())
def test_damaged_files(file: bytes, check_uids: bool) -> None:
    assert_same(file, check_uids=check_uids)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes(tail: bytes, check_uids: bool) -> None:
    assert_same(tail, check_uids=check_uids)
    assert_same(bytes(128) + b"DICM" + tail, check_uids=check_uids)


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 9000), max_size=12),
    st.sampled_from([EXPLICIT, IMPLICIT, BIG_ENDIAN, JPEG]),
    st.integers(0, 60),
)
def test_a_file_is_read_as_its_bytes(
    folder: Path, sizes: list[int], syntax: str, missing: int
) -> None:
    """Elements of all sizes across the ends of the window that the scanner reads through."""
    identity = [(0x00080016, b"1.2.840.10008.5.1.4.1.1.2\0"), (0x00080018, b"1.2.3.4\0")]
    parts = [element(0x00080005, "UN", bytes(size), syntax=syntax) for size in sizes[:2]]
    parts += [element(tag, "UI", value, syntax=syntax) for tag, value in identity]
    parts += [
        element(0x00091000 + number, "UN", b"\x11" * size, syntax=syntax)
        for number, size in enumerate(sizes)
    ]
    file = make_file(b"".join(parts), syntax=syntax)
    file = file[: len(file) - missing]
    (folder / "file").write_bytes(file)
    table = InstanceTable()
    number = table.add_folder(os.fsencode(folder))

    failures = table.scan(number, [b"file"], True)

    expected = oracle.scan(file, check_uids=True)
    found = [(STATUS[status], detail) for _, status, detail in failures] or [("OK", 0)]
    assert found == [(expected.status, expected.detail)]
    if not failures:
        assert table.data_set_length(0) == len(file) - expected.data_set_offset
        assert table.sop_instance_uid(0).encode() == expected.sop_instance_uid
