"""Which runs are taken, and what is made of them."""

from collections.abc import Callable

import pytest

from benchmarks import alternate as module
from benchmarks.alternate import Sample, alternate, timing_of


def test_runs_alternate_after_warm_ups() -> None:
    order: list[str] = []

    def action(name: str) -> Callable[[], Sample]:
        def run() -> Sample:
            order.append(name)
            return Sample(len(order), 0)

        return run

    found = alternate(2, 1, {name: action(name) for name in "ab"})
    assert "".join(order) == "ababab"
    assert found["a"].wall.values == (3, 5)
    assert found["b"].wall.values == (4, 6)


@pytest.mark.parametrize(
    ("seconds", "patience", "kept"),
    [(10, 1000, 5), (10, 25, 2), (10, 20, 2), (30, 25, 1), (200, 100, 1)],
)
def test_patience(
    monkeypatch: pytest.MonkeyPatch, seconds: float, patience: float, kept: int
) -> None:
    now = 0.0

    def slow() -> Sample:
        nonlocal now
        now += seconds
        return Sample(seconds, 1)

    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    found = alternate(5, 1, {"slow": slow, "quick": lambda: Sample(1, 1)}, patience)
    assert found["slow"].runs == kept
    assert found["quick"].runs == 5


def test_one_that_never_ran_is_left_out() -> None:
    assert alternate(2, 0, {"broken": lambda: None}) == {}


def test_what_some_runs_lack_has_no_spread() -> None:
    timing = timing_of([Sample(3, 1, memory=5), Sample(1, 2), Sample(2, 6)])
    assert timing.wall == (2, 1, 3, (3, 1, 2))
    assert timing.cpu.median == 2
    assert timing.memory is None
    assert timing.runs == 3
