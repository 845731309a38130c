"""The table of options: consistent in itself, and complete for `SendOptions`."""

import re
import subprocess
from pathlib import Path

import pytest

from fastsend.cli.option import Output, default_of
from fastsend.cli.parser import parse
from fastsend.cli.table import OPTIONS
from fastsend.cli.values import convert
from fastsend.model.options import SendOptions

PARAMETER_FIELDS = {"peer", "port", "paths"}


def test_every_spelling_is_there_once() -> None:
    spellings = [name for o in OPTIONS for name in (o.short, o.long) if name]
    assert len(spellings) == len(set(spellings))
    assert all(re.fullmatch(r"[-+][^\d\s]\S*", name) for name in spellings)
    assert all(option.long.startswith("--") for option in OPTIONS)


def test_options_set_fields_that_exist() -> None:
    fields = {option.field for option in OPTIONS if option.action == "send"}
    assert fields <= set(SendOptions._fields) | set(Output._fields)
    assert all(not option.field for option in OPTIONS if option.action != "send")


def test_every_field_is_reachable_from_an_option() -> None:
    fields = {option.field for option in OPTIONS} | PARAMETER_FIELDS
    assert set(SendOptions._fields) <= fields
    assert set(Output._fields) <= fields


def test_relations_name_options_of_the_table() -> None:
    names = {option.long for option in OPTIONS}
    for option in OPTIONS:
        assert set(option.needs) | set(option.conflicts) <= names


def test_options_of_a_group_set_the_same_field() -> None:
    for group in {option.group for option in OPTIONS if option.group}:
        members = [option for option in OPTIONS if option.group == group]
        assert len(members) > 1
        assert len({option.field for option in members}) == 1
        assert len({option.value for option in members}) == len(members)


def test_a_default_is_a_value_that_the_option_takes() -> None:
    for option in OPTIONS:
        default = default_of(option.field) if option.field else None
        if default is None or not option.arguments:
            continue
        (argument,) = option.arguments
        text = f"{default:g}" if isinstance(default, float) else str(default)
        assert convert(option, argument, text) == default


def test_without_options_the_defaults_hold() -> None:
    command = parse(["pacs", "104", "file"])
    assert command.options == SendOptions("pacs", 104, ("file",))
    assert command.output == Output()


def _dcmtk_options(program: str) -> dict[str, str]:
    """Long spellings with their short ones, from the program's own help."""
    if not Path(program).exists():
        pytest.skip(f"{program} is not installed")
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    pairs = re.findall(r"^ +(?:([-+]\S+) +)?(--[\w-]+)", text, re.MULTILINE)
    return {long: short for short, long in pairs}


@pytest.mark.peer
@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
def test_spellings_are_those_of_dcmtk(program: str) -> None:
    theirs = _dcmtk_options(f"/usr/bin/{program}")
    shared = [option for option in OPTIONS if option.known in ("both", program)]
    assert len(shared) > 20
    assert {option.long: option.short for option in shared}.items() <= theirs.items()


@pytest.mark.peer
def test_only_fastsends_own_options_are_unknown_to_dcmtk() -> None:
    theirs = _dcmtk_options("/usr/bin/storescu") | _dcmtk_options("/usr/bin/dcmsend")
    own = {option.long for option in OPTIONS} - set(theirs)
    assert own == {option.long for option in OPTIONS if option.known == "fastsend"} == {"--demo"}
