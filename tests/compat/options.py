"""The options that programs know, by what they print for ``--help``."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

from peers.programs import require_program

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compat.pair import Pair, Program

Spellings = frozenset[str]

# Options of other releases than the one that is installed: of 2005, and of 3.6.8 and later.
OTHER_RELEASES: dict[str, tuple[Spellings, ...]] = {
    "storescu": (
        frozenset({"-i4", "--ipv4"}),
        frozenset({"-i6", "--ipv6"}),
        frozenset({"-i0", "--ip-auto"}),
        frozenset({"-vc", "--verify-peer-cert"}),
        frozenset({"+dp", "--dhparam"}),
        frozenset({"+pg", "--profile-8996"}),
        frozenset({"+pm", "--profile-8996-mod"}),
        frozenset({"+pb", "--profile-basic"}),
        frozenset({"+ph", "--list-profiles"}),
        frozenset({"--request-sni"}),
        frozenset({"--no-sni"}),
    ),
    "dcmsend": (
        frozenset({"-i4", "--ipv4"}),
        frozenset({"-i6", "--ipv6"}),
        frozenset({"-i0", "--ip-auto"}),
    ),
}


@cache
def options_of_dcmtk(program: Program) -> tuple[Spellings, ...]:
    """Return the spellings of each option of a program that is installed."""
    return _listed(_output([str(require_program(program)), "--help"]))


@cache
def options_of_fastsend(program: Program) -> Spellings:
    """Return all spellings that fastsend knows in the place of a program; none where it cannot."""
    text = _output([sys.executable, "-m", "fastsend", "--compat", program, "--help"])
    return frozenset(name for option in _listed(text) for name in option)


def missing_options(pair: Pair) -> set[str]:
    """Return the options of a pair that fastsend does not know yet."""
    theirs = {
        name
        for option in (*options_of_dcmtk(pair.program), *OTHER_RELEASES[pair.program])
        for name in option
    }
    return (set(pair.option_words()) & theirs) - options_of_fastsend(pair.program)


def uses(pairs: Iterable[Pair], option: Spellings) -> list[Pair]:
    """Return the pairs that have an option on their command line."""
    return [pair for pair in pairs if not option.isdisjoint(pair.option_words())]


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def _listed(text: str) -> tuple[Spellings, ...]:
    found = re.findall(r"^ {2,8}([-+]\S{1,3})? +(--[a-z0-9][-a-z0-9]*)", text, re.MULTILINE)
    return tuple(frozenset(name for name in names if name) for names in found)
