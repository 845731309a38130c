"""fastsend against the fastest other sender."""

import pytest

from benchmarks import rivals, scale
from benchmarks.e2e import peers
from benchmarks.e2e.receivers import NotArrivedError
from unmeasured import PLACE, answering, make_no_data, only


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    make_no_data(monkeypatch)


@pytest.mark.parametrize(("share", "wanted"), [(0.89, 1.3), (0.91, 1.0), (1.7, 1.0)])
def test_what_is_wanted_depends_on_the_receiver(
    monkeypatch: pytest.MonkeyPatch, share: float, wanted: float
) -> None:
    walls = {"fastsend": 1.0, "dcmsend": 2.0, "storescu": 1.1, "pydcm": 9.0}
    asked = answering(monkeypatch, walls, share)
    goals = scale.GOALS["every-sink"](PLACE)
    assert [(one.data, one.runs) for one in asked] == [("ct600", 3), ("ct10000", 5)]
    assert set(asked[0].senders) == {"fastsend", "dcmsend", "storescu", "pydcm"}
    assert set(asked[1].senders) == {"fastsend", "dcmsend", "storescu"}
    first, second = (
        goal for goal in goals if goal.measure == "times faster than the fastest other"
    )
    assert first.wanted is None
    assert second.wanted == wanted
    assert second.measured == pytest.approx(1.1)
    # Half of its wall time each, as they are made up.
    assert only(goals, "processor time").measured == pytest.approx(0.5)


def test_compressed_against_those_that_convert(monkeypatch: pytest.MonkeyPatch) -> None:
    def verify(kind: type, command: object, *_: object) -> int:
        if command is rivals.SENDERS["pydcm"]:
            raise NotArrivedError("it does not decode")
        return 1000

    asked = answering(monkeypatch, {"fastsend": 1.0, "dcmsend": 4.0, "storescu": 3.0})
    monkeypatch.setattr(rivals, "verify_sample", verify)
    monkeypatch.setattr(rivals, "arriving", lambda data, *_: data)
    goals = scale.GOALS["compressed-rle"](PLACE)
    assert asked[0].senders == ("fastsend", "dcmsend", "storescu")
    goal = only(goals, "the fastest other")
    assert (goal.measured, goal.wanted) == (3.0, 2.5)
    assert "pydcm did not convert" in goal.detail
    assert only(goals, "memory").wanted == 200


def test_compressed_where_nobody_else_converts(monkeypatch: pytest.MonkeyPatch) -> None:
    def verify(kind: type, command: object, *_: object) -> int:
        if command is not rivals.SENDERS["fastsend"]:
            raise NotArrivedError("it does not decode")
        return 1000

    answering(monkeypatch, {"fastsend": 1.0})
    monkeypatch.setattr(rivals, "verify_sample", verify)
    monkeypatch.setattr(rivals, "arriving", lambda data, *_: data)
    goal = scale.GOALS["compressed-jpeg-2000"](PLACE)[0]
    assert (goal.measure, goal.wanted) == ("instances a second", None)


def test_others_are_installed_and_have_no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    def require(name: str) -> None:
        if name == "pydcm":
            raise peers.NotInstalledError("pip install it")

    monkeypatch.setattr(rivals, "require", require)
    found = rivals.others()
    assert {"dcmsend", "storescu", "pynetdicom"} <= set(found)
    assert not {"fastsend", "fastsend-8", "fastsend-window", "pydcm"} & set(found)
