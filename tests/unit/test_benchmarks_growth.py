"""What is made of time and memory by number of instances."""

import pytest

from benchmarks import growth, scale
from benchmarks.e2e.compare import Comparison
from benchmarks.goals import Place
from benchmarks.process_tree import TreeMemory
from made_up_results import comparison
from unmeasured import PLACE, Set, make_no_data, only


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    make_no_data(monkeypatch)


def test_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(kind: type, data: Set, *_: object, **__: object) -> Comparison:
        number = int(data.name.removeprefix("small"))
        return comparison(data.name, kind.name, {"fastsend": 1 + number / 10_000})

    def peaks(name: str, _: Place) -> list[TreeMemory]:
        private = 40_000_000 + 100 * int(name.removeprefix("small"))
        runs = (private - 5_000_000, private, private - 9_000_000)
        return [TreeMemory(one, 70_000_000, one, 1) for one in runs]

    monkeypatch.setattr(growth, "compare", compare)
    monkeypatch.setattr(growth, "_peaks", peaks)
    goals = scale.GOALS["growth"](PLACE)
    times = only(goals, "times as long")
    assert (times.measured, times.wanted, times.sign) == (7.0, 11.5, "<=")
    assert only(goals, "bytes of memory").measured == pytest.approx(100)
    assert [goal.measured for goal in goals if goal.wanted == 200 and goal.comparison] == [
        pytest.approx(40 + number / 10_000) for number in growth.NUMBERS
    ]
