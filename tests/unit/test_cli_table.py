"""The table of options: consistent in itself, and complete for `SendOptions`."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from fastsend.cli.option import Output, default_of
from fastsend.cli.parser import parse
from fastsend.cli.table import OPTIONS
from fastsend.cli.values import convert
from fastsend.model.invention import Invention
from fastsend.model.options import SendOptions
from fastsend.model.pixels import Quality
from fastsend.model.tls import Tls
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES
from fastsend.model.user_identity import UserIdentity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OF_OTHER_RELEASES = {
    "--profile-8996",  # since 3.6.8
    "--profile-8996-mod",
    "--request-sni",
    "--no-sni",
    "--list-profiles",  # since 3.6.9
    "--ipv4",
    "--ipv6",
    "--ip-auto",
    "--profile-basic",  # only where OpenSSL has 3DES
    "--dhparam",  # of 2005
    "--verify-peer-cert",
}
"""Of storescu, but not of every release's."""
PARAMETER_FIELDS = {"peer", "port", "paths"}
WHOLES = {
    "quality": Quality,
    "user_identity": UserIdentity,
    "tls": Tls,
    "invention": Invention,
}
PARTS = {f"{field}.{part}" for field, kind in WHOLES.items() for part in kind._fields}
ENVIRONMENT_FIELDS = {"dictionaries"}


def test_every_spelling_is_there_once() -> None:
    spellings = [name for o in OPTIONS for name in (o.short, o.long) if name]
    assert len(spellings) == len(set(spellings))
    assert all(re.fullmatch(r"[-+][^\d\s]\S*", name) for name in spellings)
    assert all(option.long.startswith("--") for option in OPTIONS)


def test_options_set_fields_that_exist() -> None:
    fields = {option.field for option in OPTIONS if option.action == "send"}
    assert fields <= set(SendOptions._fields) | set(Output._fields) | PARTS
    assert all(not option.field for option in OPTIONS if option.action != "send")


def test_every_field_is_reachable_from_an_option() -> None:
    fields = (
        {option.field.partition(".")[0] for option in OPTIONS}
        | PARAMETER_FIELDS
        | ENVIRONMENT_FIELDS
    )
    assert set(SendOptions._fields) <= fields
    assert set(Output._fields) <= fields
    whole = {option.field for option in OPTIONS}
    # --enable-tls and --anonymous-tls set all of `tls`, with the identity.
    assert whole >= PARTS - {"tls.identity"}


def test_relations_name_options_of_the_table() -> None:
    names = {option.long for option in OPTIONS}
    for option in OPTIONS:
        assert set(option.needs) | set(option.conflicts) | set(option.excluded_by) <= names
        assert all(set(needs) <= names for _, needs in option.needs_in)


def test_options_of_a_group_set_the_same_field() -> None:
    for group in {option.group for option in OPTIONS if option.group}:
        members = [option for option in OPTIONS if option.group == group]
        assert len(members) > 1
        assert len({option.field for option in members}) == 1
        values = [option.value for option in members if not option.arguments]
        assert len(set(values)) == len(values)


def test_a_default_is_a_value_that_the_option_takes() -> None:
    for option in OPTIONS:
        default = default_of(option.field) if option.field else None
        if default is None or not option.arguments or option.repeats:
            continue
        (argument,) = option.arguments
        text = f"{default:g}" if isinstance(default, float) else str(default)
        assert convert(option, argument, text) == default


def test_each_transfer_syntax_is_proposed_by_one_option() -> None:
    uids = [option.value for option in OPTIONS if option.field == "proposed"]
    assert len(uids) == len(set(uids)) == 28
    assert uids.count(None) == 1
    assert set(uids) - {None} <= set(TRANSFER_SYNTAXES)


def test_names_of_proposals_that_dcmtk_lacks() -> None:
    own = {
        option.long: TRANSFER_SYNTAXES[option.value].name
        for option in OPTIONS
        if option.field == "proposed" and option.known == "fastsend"
    }
    htj2k = "High-Throughput JPEG 2000"
    assert own == {
        "--propose-deflated-frame": "Deflated Image Frame Compression",
        "--propose-htj2k-lossless": f"{htj2k} Image Compression (Lossless Only)",
        "--propose-htj2k-rpcl": f"{htj2k} with RPCL Options Image Compression (Lossless Only)",
        "--propose-htj2k-lossy": f"{htj2k} Image Compression",
        "--propose-jxl-lossless": "JPEG XL Lossless",
        "--propose-jxl-lossy": "JPEG XL",
    }


def test_without_options_the_defaults_hold() -> None:
    command = parse(["pacs", "104", "file"])
    assert command.options == SendOptions("pacs", 104, ("file",))
    assert command.output == Output()


def _dcmtk_options(program: Path) -> dict[str, str]:
    """Long spellings with their short ones, from the program's own help."""
    command = [str(program), "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pairs = re.findall(r"^ +(?:([-+]\S+) +)?(--[\w-]+)", text, re.MULTILINE)
    return {long: short for short, long in pairs}


@pytest.mark.peer
@pytest.mark.parametrize("name", ["storescu", "dcmsend"])
def test_spellings_are_those_of_dcmtk(name: str, program: Callable[[str], Path]) -> None:
    theirs = _dcmtk_options(program(name))
    shared = {o.long: o.short for o in OPTIONS if o.known in ("both", name)}
    assert len(shared) > 20
    for long in OF_OTHER_RELEASES - set(theirs):
        shared.pop(long, None)
    assert shared.items() <= theirs.items()


@pytest.mark.peer
def test_only_fastsends_own_options_are_unknown_to_dcmtk(program: Callable[[str], Path]) -> None:
    theirs = _dcmtk_options(program("storescu")) | _dcmtk_options(program("dcmsend"))
    own = {option.long for option in OPTIONS} - set(theirs) - OF_OTHER_RELEASES
    assert own == {option.long for option in OPTIONS if option.known == "fastsend"}
