"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from subprocess import SubprocessError
from typing import TYPE_CHECKING

from benchmarks import conversion, goals, machine, report
from benchmarks.e2e import data as data_sets
from benchmarks.e2e import peers
from benchmarks.e2e.compare import RECEIVERS, Comparison, compare, say
from benchmarks.e2e.link import LINKS, over
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import SENDERS, VARIANTS
from benchmarks.e2e.senders import require as require_sender
from benchmarks.goals import Goal, Place
from benchmarks.measure import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PRESETS = {"goals": goals.GOALS, "convert": conversion.GOALS}
FAILURES = (
    CommandFailedError,
    NotArrivedError,
    SubprocessError,
    TimeoutError,
    RuntimeError,
    peers.NotInstalledError,
)


def _names(known: Mapping[str, object]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)} not among {', '.join(known)}")
        return names

    return parse


def _parser() -> argparse.ArgumentParser:
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
    add("--runs", type=int, default=5, help="measured runs of each sender (default: 5)")
    add(
        "--data",
        type=Path,
        metavar="FOLDER",
        default=Path(tempfile.gettempdir(), "fastsend-benchmark-data"),
        help="where the data sets are made and kept, up to 1.6 GB",
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
    add("--json", type=Path, metavar="FILE", help="write everything measured")
    add(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write the tables; between the marks, where the file has them",
    )
    return parser


class _Results:
    def __init__(self) -> None:
        self.machine = machine.describe()
        self.comparisons: list[Comparison] = []
        self.goals: list[Goal] = []
        self.failures: list[str] = []

    def add(self, comparison: Comparison) -> None:
        self.comparisons.append(comparison)
        work = f"{comparison.data} to {comparison.receiver}"
        self.failures += [f"{work}: {failure}" for failure in comparison.failures]

    @contextmanager
    def keep_going(self, name: str) -> Iterator[None]:
        """A failure of one case is reported at the end and does not cost the others."""
        try:
            yield
        except FAILURES as error:
            say(f"FAILED {name}: {error}")
            self.failures.append(f"{name}: {error}")

    def tables(self, versus: str) -> str:
        parts = [report.machine_table(self.machine)]
        if self.comparisons:
            parts.append(report.comparison_table(self.comparisons, versus))
            parts += report.footnotes(self.comparisons)
        if self.goals:
            parts.append(report.goal_table(self.goals))
        parts += [f"FAILED: {failure}" for failure in self.failures]
        return "\n\n".join(parts)

    def exit_code(self) -> int:
        if self.failures:
            return 2
        return 1 if any(goal.met is False for goal in self.goals) else 0


def _goals_of(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[str]:
    """Return the names of the goals to measure."""
    if options.goals is None:
        return list(PRESETS[options.preset]) if options.preset else []
    if options.preset is None:
        parser.error("--goals are of a --preset")
    try:
        return _names(PRESETS[options.preset])(options.goals)
    except argparse.ArgumentTypeError as error:
        parser.error(f"--goals: {error}")


def _install() -> int:
    said = peers.install()
    print("\n".join(said))
    return 0 if all("NOT" not in line for line in said) else 2


def _installed(
    parser: argparse.ArgumentParser,
    chosen: list[str] | None,
    defaults: list[str],
    require: Callable[[str], None],
) -> list[str]:
    """Return the names of those to run: all that were chosen, or the defaults that are there."""
    there = []
    for name in chosen or defaults:
        try:
            require(name)
        except peers.NotInstalledError as error:
            if chosen:
                parser.error(f"{name}: {error}")
            say(f"without {name}: {error}")
        else:
            there.append(name)
    return there


def main() -> int:
    parser = _parser()
    options = parser.parse_args()
    if folder := options.install_peers or options.peers:
        os.environ[peers.FOLDER_VARIABLE] = str(folder)
    if options.install_peers:
        return _install()
    senders, receivers = [], []
    if not options.preset:
        default_senders = [name for name in SENDERS if name not in VARIANTS]
        senders = _installed(parser, options.senders, default_senders, require_sender)
        receivers = _installed(
            parser, options.receivers, list(RECEIVERS), lambda name: RECEIVERS[name].require()
        )
    goal_names = _goals_of(parser, options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = _Results()
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix="fastsend-benchmarks-") as folder:
        scratch = Path(folder)
        if options.preset:
            place = Place(options.data, scratch, options.runs)
            for name in goal_names:
                with results.keep_going(name):
                    results.goals += PRESETS[options.preset][name](place)
        else:
            for data_name in options.sets:
                data = data_sets.provide(data_name, options.data)
                for link, receiver in itertools.product(options.links, receivers):
                    kind = over(LINKS[link], RECEIVERS[receiver])
                    with results.keep_going(f"{data_name} to {kind.name}"):
                        results.add(compare(kind, data, senders, scratch, runs=options.runs))
    tables = results.tables(options.versus)
    print(tables)
    if options.json:
        options.json.write_text(json.dumps(report.as_json(vars(results)), indent=1) + "\n")
    if options.markdown:
        old = options.markdown.read_text() if options.markdown.exists() else ""
        options.markdown.write_text(report.put_between_marks(old, tables))
    return results.exit_code()
