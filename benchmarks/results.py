"""Everything that was measured: kept as JSON, read again, put together, shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import report
from benchmarks.alternate import Spread, Timing
from benchmarks.e2e.compare import Comparison
from benchmarks.goals import Goal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_FORMAT = 2
"""Goes up when older files can no longer be read."""


class UnreadableResultsError(Exception):
    """A file is not what `write` makes."""


class Results(NamedTuple):
    """What one call of the benchmarks gave, or several."""

    machine: dict[str, str]
    comparisons: tuple[Comparison, ...] = ()
    goals: tuple[Goal, ...] = ()
    failures: tuple[str, ...] = ()
    """Cases that were not measured because something went wrong."""
    left_out: tuple[str, ...] = ()
    """Cases that were not measured because something is not installed."""

    def all_comparisons(self) -> list[Comparison]:
        """Return those measured by themselves, and those that goals come from."""
        of_goals = (goal.comparison for goal in self.goals)
        return [*self.comparisons, *(one for one in of_goals if one is not None)]

    def all_failures(self) -> list[str]:
        """Return cases that were not measured, and runs that did not deliver everything."""
        runs = (
            f"{one.data} to {one.receiver}: {failure}"
            for one in self.all_comparisons()
            for failure in one.failures
        )
        return [*self.failures, *runs]

    def exit_code(self) -> int:
        """Return 0; 1 where a goal was not met; 2 where something failed."""
        if self.all_failures():
            return 2
        return 1 if any(goal.met is False for goal in self.goals) else 0

    def tables(self, versus: str) -> str:
        """Return all of it in Markdown; ratios are to the sender `versus`."""
        parts = [report.machine_table(self.machine)]
        for preset in dict.fromkeys(goal.preset for goal in self.goals):
            parts.append(f"Of the preset `{preset}`:")
            parts.append(report.goal_table(goal for goal in self.goals if goal.preset == preset))
        comparisons = self.all_comparisons()
        if comparisons:
            parts.append("All runs:")
            parts.append(report.comparison_table(comparisons, versus))
            parts += report.footnotes(comparisons)
        # Programs say much; the first line is what was wrong, and the JSON has the rest.
        parts += [f"FAILED: {failure.splitlines()[0]}" for failure in self.all_failures()]
        parts += [f"Left out: {case.splitlines()[0]}" for case in self.left_out]
        return "\n\n".join(parts)


def together(parts: Sequence[Results]) -> Results:
    """Return several as one: what was measured again replaces what was measured before."""
    machine: dict[str, str] = {}
    comparisons: dict[tuple[str, ...], Comparison] = {}
    goals: dict[tuple[str, ...], Goal] = {}
    failures: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for part in parts:
        for name, value in part.machine.items():
            values = machine[name].split("; ") if name in machine else []
            machine[name] = "; ".join(dict.fromkeys([*values, value]))
        comparisons |= {(one.data, one.receiver, *one.senders): one for one in part.comparisons}
        goals |= {(goal.preset, goal.work, goal.measure): goal for goal in part.goals}
        failures |= dict.fromkeys(part.failures)
        left_out |= dict.fromkeys(part.left_out)
    measured = tuple(comparisons.values()), tuple(goals.values())
    return Results(machine, *measured, tuple(failures), tuple(left_out))


def write(results: Results, path: Path) -> None:
    """Write every single run as JSON."""
    path.write_text(json.dumps({"format": _FORMAT} | as_json(results), indent=1) + "\n")


def read(path: Path) -> Results:
    """Read what `write` wrote.

    Raises
    ------
    UnreadableResultsError
        Where it did not write that.
    """
    try:
        found = json.loads(path.read_text())
        if found["format"] != _FORMAT:
            raise UnreadableResultsError(f"{path} has format {found['format']}, not {_FORMAT}")
        return Results(
            found["machine"],
            tuple(map(_comparison, found["comparisons"])),
            tuple(map(_goal, found["goals"])),
            tuple(found["failures"]),
            tuple(found["left_out"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableResultsError(f"{path} cannot be read as results: {error!r}") from error


def as_json(value: Any) -> Any:
    """Return the same with named tuples as objects."""
    if hasattr(value, "_asdict"):
        return {name: as_json(item) for name, item in value._asdict().items()}
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value


def _timing(found: dict[str, Any]) -> Timing:
    spreads: dict[str, Any] = {
        name: None if spread is None else Spread(**spread | {"values": tuple(spread["values"])})
        for name, spread in found.items()
    }
    return Timing(**spreads)


def _timings(found: dict[str, Any]) -> dict[str, Timing]:
    return {name: _timing(timing) for name, timing in found.items()}


def _comparison(found: dict[str, Any]) -> Comparison:
    senders = _timings(found["senders"])
    return Comparison(**found | {"senders": senders, "failures": tuple(found["failures"])})


def _goal(found: dict[str, Any]) -> Goal:
    comparison, timings = found["comparison"], found["timings"]
    return Goal(
        **found
        | {
            "comparison": None if comparison is None else _comparison(comparison),
            "timings": None if timings is None else _timings(timings),
        }
    )


def of_goals(goals: Iterable[Goal], preset: str) -> tuple[Goal, ...]:
    """Return goals with the name of their list."""
    return tuple(goal._replace(preset=preset) for goal in goals)
