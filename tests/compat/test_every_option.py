"""Every option of both programs, of the release installed and of others, is in pairs and known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.matrix import PAIRS
from compat.options import OTHER_RELEASES, options_of_dcmtk, options_of_fastsend, uses

if TYPE_CHECKING:
    from compat.pair import Program

pytestmark = pytest.mark.peer("storescu", "dcmsend")

PROGRAMS: tuple[Program, ...] = ("storescu", "dcmsend")


def test_the_help_is_understood() -> None:
    # What the manual pages of 3.6.7 list.
    assert len(options_of_dcmtk("storescu")) == 94
    assert len(options_of_dcmtk("dcmsend")) == 35
    assert frozenset({"-xf", "--config-file"}) in options_of_dcmtk("storescu")
    assert frozenset({"--abort"}) in options_of_dcmtk("storescu")


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_option_is_in_two_pairs(program: Program) -> None:
    pairs = [pair for pair in PAIRS if pair.program == program]
    few = {
        " ".join(sorted(option)): len(uses(pairs, option))
        for option in (*options_of_dcmtk(program), *OTHER_RELEASES[program])
        if len(uses(pairs, option)) < 2
    }
    assert few == {}


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_option_is_known(program: Program) -> None:
    known = options_of_fastsend(program)
    missing = [
        " ".join(sorted(option))
        for option in (*options_of_dcmtk(program), *OTHER_RELEASES[program])
        if not option <= known
    ]
    assert missing == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_page_says_which_program_has_an_option(program: Program) -> None:
    page = (Path(__file__).parents[2] / "docs" / "options.md").read_text(encoding="utf-8")
    marked = {
        frozenset(re.findall("`(.*?)`", cells[0]))
        for cells in (
            [cell.strip() for cell in line.strip("|").split(" | ")]
            for line in page.splitlines()
            if re.match(r"\| `[-+]", line)
        )
        if program in cells[-1]
    }
    assert marked == {*options_of_dcmtk(program), *OTHER_RELEASES[program]}


def test_there_are_enough_pairs() -> None:
    assert len(PAIRS) >= 150
