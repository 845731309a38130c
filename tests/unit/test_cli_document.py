"""docs/options.md is what the table gives."""

from itertools import pairwise
from pathlib import Path

from fastsend import errors
from fastsend.cli.document import options_page
from fastsend.cli.table import OPTIONS

PAGE = Path(__file__).parents[2] / "docs" / "options.md"


def test_the_page_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == options_page(), "run: python -m fastsend.cli.document > docs/options.md"


def test_every_option_has_its_row() -> None:
    rows = [line for line in options_page().splitlines() if line.startswith("| ")]
    for option in OPTIONS:
        spellings = " ".join(f"`{name}`" for name in (option.short, option.long) if name)
        assert sum(row.startswith(f"| {spellings} |") for row in rows) == 1


def test_every_exit_code_has_its_row() -> None:
    codes = {getattr(errors, name) for name in dir(errors) if name.startswith("EXIT_")}
    rows = options_page().partition("## Exit codes")[2].splitlines()
    documented = [row.split("|")[1].strip(" *") for row in rows if row.startswith("|")][2:]
    assert codes < set(map(int, documented))
    assert len(documented) == len(set(documented))


def test_tables_are_whole() -> None:
    lines = options_page().splitlines()
    for before, line in pairwise(lines):
        if before.startswith("|") and line.startswith("|"):
            assert before.count("|") == line.count("|")
