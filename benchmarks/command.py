"""The command line of the benchmarks."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import goals, machine, report
from benchmarks.arguments import PRESETS, goals_of, parser_of_options
from benchmarks.e2e import data as data_sets
from benchmarks.e2e import peers
from benchmarks.e2e.compare import RECEIVERS, compare, say
from benchmarks.e2e.link import LINKS, over
from benchmarks.e2e.senders import SENDERS, VARIANTS
from benchmarks.e2e.senders import require as require_sender
from benchmarks.goals import Place
from benchmarks.results import (
    Results,
    UnreadableResultsError,
    of_goals,
    read,
    together,
    write,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from benchmarks.e2e.compare import Comparison
    from benchmarks.goals import Goal


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


class _Cases:
    """What was measured so far, and what could not be."""

    def __init__(self) -> None:
        self.comparisons: list[Comparison] = []
        self.goals: list[Goal] = []
        self.failures: list[str] = []
        self.left_out: list[str] = []
        machine.keep_awake()
        # Before anything runs: its load is to be that of others.
        self.machine = machine.describe()

    @contextmanager
    def keep_going(self, name: str) -> Iterator[None]:
        """A failure of one case is reported at the end and does not cost the others."""
        try:
            yield
        except peers.NotInstalledError as error:
            say(f"without {name}: {error}")
            self.left_out.append(f"{name}: {error}")
        except goals.FAILURES as error:
            say(f"FAILED {name}: {error}")
            self.failures.append(f"{name}: {error}")

    def results(self) -> Results:
        return Results(
            self.machine,
            tuple(self.comparisons),
            tuple(self.goals),
            tuple(self.failures),
            tuple(self.left_out),
        )


def _measure_goals(options: argparse.Namespace, names: list[str]) -> Results:
    cases = _Cases()
    with _scratch(options) as scratch:
        place = Place(options.data, scratch, options.runs, options.patience)
        for name in names:
            with cases.keep_going(name):
                found = PRESETS[options.preset][name](place)
                cases.goals += of_goals(found, options.preset)
            _save(cases, options)
    return cases.results()


def _measure_product(
    options: argparse.Namespace, senders: list[str], receivers: list[str]
) -> Results:
    cases = _Cases()
    with _scratch(options) as scratch:
        for data_name in options.sets:
            data = data_sets.provide(data_name, options.data)
            for link, receiver in itertools.product(options.links, receivers):
                kind = over(LINKS[link], RECEIVERS[receiver])
                with cases.keep_going(f"{data_name} to {kind.name}"):
                    found = compare(
                        kind,
                        data,
                        senders,
                        scratch,
                        runs=options.runs,
                        patience_seconds=options.patience,
                    )
                    cases.comparisons.append(found)
                _save(cases, options)
    return cases.results()


@contextmanager
def _scratch(options: argparse.Namespace) -> Iterator[Path]:
    prefix = "fastsend-benchmarks-"
    with tempfile.TemporaryDirectory(dir=options.scratch, prefix=prefix) as folder:
        yield Path(folder)


def _save(cases: _Cases, options: argparse.Namespace) -> None:
    """Write what there is: some hours of measuring are not lost when the rest is stopped."""
    if options.json:
        write(cases.results(), options.json)


def _results(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Results:
    goal_names = goals_of(parser, options)
    if options.read:
        try:
            return together([read(path) for path in options.read])
        except UnreadableResultsError as error:
            parser.error(str(error))
    if options.preset:
        return _measure_goals(options, goal_names)
    default_senders = [name for name in SENDERS if name not in VARIANTS]
    senders = _installed(parser, options.senders, default_senders, require_sender)
    receivers = _installed(
        parser, options.receivers, list(RECEIVERS), lambda name: RECEIVERS[name].require()
    )
    return _measure_product(options, senders, receivers)


def main() -> int:
    parser = parser_of_options()
    options = parser.parse_args()
    if folder := options.install_peers or options.peers:
        os.environ[peers.FOLDER_VARIABLE] = str(folder)
    if options.install_peers:
        return _install()
    if options.plots and not find_spec("matplotlib"):
        parser.error("--plots needs matplotlib: pip install 'matplotlib>=3.10'")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = _results(parser, options)
    if options.json:
        write(results, options.json)
    tables = results.tables(options.versus)
    print(tables)
    if options.markdown:
        old = options.markdown.read_text() if options.markdown.exists() else ""
        options.markdown.write_text(report.put_between_marks(old, tables))
    if options.plots:
        from benchmarks.plots import draw

        for path in draw(results, options.plots):
            say(f"drew {path}")
    return results.exit_code()
