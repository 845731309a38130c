"""Comparisons of benchmarks that measure nothing, and say what they were asked for."""

from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks import growth, rivals, scale
from benchmarks.e2e.compare import Comparison
from benchmarks.goals import Goal, Place
from made_up_results import comparison

PLACE = Place(Path("data"), Path("scratch"), 5, 180)


class Set(NamedTuple):
    name: str


class Asked(NamedTuple):
    receiver: str
    data: str
    senders: tuple[str, ...]
    runs: int


def make_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no data set made: only its name is known."""
    monkeypatch.setattr("benchmarks.e2e.data.provide", lambda name, _: Set(name))


def answering(
    monkeypatch: pytest.MonkeyPatch, walls: dict[str, float], receiver_share: float = 0.25
) -> list[Asked]:
    """Have nothing measured: each sender takes so many seconds."""
    asked: list[Asked] = []

    def compare(
        kind: type, data: Set, senders: list[str], _: Path, *, runs: int, patience_seconds: float
    ) -> Comparison:
        assert patience_seconds <= 180
        asked.append(Asked(kind.name, data.name, tuple(senders), runs))
        found = comparison(
            data.name, kind.name, {name: walls[name] for name in senders if name in walls}
        )
        busy = {
            name: timing._replace(
                receiver_cpu=timing.wall._replace(
                    values=tuple(wall * receiver_share for wall in timing.wall.values)
                )
            )
            for name, timing in found.senders.items()
        }
        return found._replace(senders=busy, failures=("no",) if len(busy) < len(senders) else ())

    monkeypatch.setattr(rivals, "compare", compare)
    monkeypatch.setattr(growth, "compare", compare)
    for module in (rivals, scale):
        monkeypatch.setattr(module, "others", lambda: ("dcmsend", "storescu", "pydcm"))
    return asked


def only(goals: list[Goal], measure: str) -> Goal:
    (found,) = (goal for goal in goals if measure in goal.measure)
    return found
