"""The options of the benchmarks."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import conversion, goals, scale
from benchmarks.e2e import data as data_sets
from benchmarks.e2e import peers
from benchmarks.e2e.compare import RECEIVERS
from benchmarks.e2e.link import LINKS
from benchmarks.e2e.senders import SENDERS, VARIANTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PRESETS = {"goals": goals.GOALS, "convert": conversion.GOALS, "scale": scale.GOALS}


def _names(known: Mapping[str, object]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)} not among {', '.join(known)}")
        return names

    return parse


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def parser_of_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compares senders as whole processes; docs/benchmarks.md explains the figures.",
    )
    add = parser.add_argument
    add(
        "--receivers",
        type=_names(RECEIVERS),
        metavar="A,B",
        help=f"of {', '.join(RECEIVERS)} (default: those that are installed)",
    )
    add(
        "--senders",
        type=_names(SENDERS),
        metavar="A,B",
        help=f"of {', '.join(SENDERS)} (default: those that are installed, without "
        f"{', '.join(VARIANTS)})",
    )
    add(
        "--links",
        type=_names(LINKS),
        default=["local"],
        metavar="A,B",
        help=f"between sender and receiver, of {', '.join(LINKS)} (default: local)",
    )
    add(
        "--sets",
        type=_names(data_sets.RECIPES),
        default=["ct100"],
        metavar="A,B",
        help="; ".join(f"{name}: {r.text}" for name, r in data_sets.RECIPES.items())
        + " (default: ct100)",
    )
    add(
        "--versus",
        choices=list(SENDERS),
        default="dcmsend",
        help="the sender that the ratios are to (default: dcmsend)",
    )
    add("--preset", choices=PRESETS, help="what fastsend wants to show, and whether it does")
    lists = "; ".join(f"{name}: {', '.join(preset)}" for name, preset in PRESETS.items())
    add("--goals", metavar="A,B", help=f"only some of the preset. {lists}")
    add("--runs", type=_positive, default=5, help="measured runs of each sender (default: 5)")
    add(
        "--patience",
        type=_positive,
        default=180,
        metavar="SECONDS",
        help="a sender that has taken longer in all is not run again (default: 180)",
    )
    add(
        "--read",
        type=Path,
        action="append",
        metavar="FILE",
        help="measure nothing, take what an earlier --json wrote; several are put together",
    )
    add(
        "--data",
        type=Path,
        metavar="FOLDER",
        default=Path(tempfile.gettempdir(), "fastsend-benchmark-data"),
        help="where the data sets are made and kept, up to 2 GB",
    )
    add(
        "--scratch",
        type=Path,
        metavar="FOLDER",
        help="where receivers write; emptied at the end (default: the system's temporary folder)",
    )
    add(
        "--peers",
        type=Path,
        metavar="FOLDER",
        help="where other programs were installed for this (default: "
        f"{peers.FOLDER_VARIABLE} of the environment, or {peers.DEFAULT_FOLDER})",
    )
    add(
        "--install-peers",
        type=Path,
        metavar="FOLDER",
        help="install there what package registries have, say how to get the rest, and end",
    )
    add("--json", type=Path, metavar="FILE", help="write every single run")
    add(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write the tables; between the marks, where the file has them",
    )
    add("--plots", type=Path, metavar="FOLDER", help="draw what there is into it; needs matplotlib")
    return parser


def goals_of(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[str]:
    """Return the names of the goals to measure."""
    if options.goals is None:
        return list(PRESETS[options.preset]) if options.preset else []
    if options.preset is None:
        parser.error("--goals are of a --preset")
    try:
        return _names(PRESETS[options.preset])(options.goals)
    except argparse.ArgumentTypeError as error:
        parser.error(f"--goals: {error}")
