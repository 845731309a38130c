"""The table of docs/compatibility.md is well-formed and speaks of pairs that there are."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from compat.differences import ASPECTS
from compat.known_differences import HEAD, PAGE, Known, read_known
from compat.matrix import BY_ID

KNOWN = read_known(PAGE.read_text(encoding="utf-8"))


def test_a_table_is_read() -> None:
    page = f"# Title\n\n{HEAD}\n| --- | --- | --- | --- |\n"
    page += "| one | `a-b`, `a-*` | exit code, end | Why it is so. |\n\nNo | row | any | more.\n"
    (row,) = read_known(page)
    assert row == Known("one", ("a-b", "a-*"), ("exit code", "end"), "Why it is so.")
    assert row.concerns("a-c", "end")
    assert not row.concerns("a-c", "files")
    assert not row.concerns("b-c", "end")
    assert row.exact_aspects("a-b") == ("exit code", "end")
    assert row.exact_aspects("a-c") == ()


def test_there_is_a_table() -> None:
    assert len(KNOWN) > 10


def test_identifiers_are_there_once() -> None:
    assert len({row.identifier for row in KNOWN}) == len(KNOWN)


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row.identifier)
def test_rows_speak_of_what_there_is(row: Known) -> None:
    assert set(row.aspects) <= set(ASPECTS)
    assert row.reason.endswith(".")
    for pattern in row.patterns:
        assert any(fnmatchcase(name, pattern) for name in BY_ID), pattern
