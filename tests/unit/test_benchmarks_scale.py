"""What the goals of the preset scale ask for, and make of it."""

import pytest

from benchmarks import scale
from benchmarks.e2e.link import LINKS
from benchmarks.e2e.receivers import NotArrivedError
from unmeasured import PLACE, Asked, answering, make_no_data


@pytest.fixture(autouse=True)
def _no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    make_no_data(monkeypatch)


@pytest.mark.parametrize(
    ("name", "sender", "receiver", "wanted"),
    [
        ("link", "fastsend", "sink-4 over 20ms", 3.5),
        ("link-8", "fastsend-8", "sink over 20ms", 6),
        ("link-window", "fastsend-window", "sink-window over 20ms", 11),
    ],
)
def test_long_links(
    monkeypatch: pytest.MonkeyPatch, name: str, sender: str, receiver: str, wanted: float
) -> None:
    asked = answering(monkeypatch, {sender: 5.0, "dcmsend": 30.0})
    (goal,) = scale.GOALS[name](PLACE)
    assert asked == [Asked(receiver, "ct2000", (sender, "dcmsend"), 5)]
    assert (goal.measured, goal.wanted, goal.sign) == (6.0, wanted, ">=")
    assert goal.met is (wanted <= 6)


def test_a_long_link_where_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {"fastsend": 5.0})
    with pytest.raises(NotArrivedError):
        scale.GOALS["link"](PLACE)


def test_every_local_receiver_has_a_goal() -> None:
    names = {"storescp-stock", "storescp-tuned", "orthanc", "dcmqrscp", "sink", "sink-16k"}
    assert {f"every-{name}" for name in names} <= scale.GOALS.keys()


def test_round_trips(monkeypatch: pytest.MonkeyPatch) -> None:
    senders = ("fastsend", "dcmsend", "storescu", "pydcm", "fastsend-8", "fastsend-window")
    asked = answering(monkeypatch, dict.fromkeys(senders, 1.0))
    scale.GOALS["round-trips"](PLACE)
    unlimited = [link for link in LINKS.values() if not link.rate]
    assert len(asked) == 3 * len(unlimited)
    assert {one.receiver for one in asked} >= {"sink-4", "sink-4 over 100ms", "sink over 2ms"}
