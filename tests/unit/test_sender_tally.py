"""Sums over associations, of which those that are over are not kept."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from fastsend.sender import tally
from fastsend.sender.tally import Tallies, Tally


class Channel:
    def __init__(self, rows: int) -> None:
        self.done_rows = rows
        self.sent_bytes = 1000 * rows
        self.times = tuple(n * 10**9 * rows for n in (1, 2, 3, 4, 5))


class Carrier:
    """As much of one as is counted."""

    def __init__(self, rows: int, round_trip: float = 0.0, operations: int = 1) -> None:
        self.channel = Channel(rows)
        self.path = (round_trip, 0.5, 100.0 * rows)
        self.seconds = 7.0
        self.release_seconds = round_trip / 2
        self.operations = operations


class Crew:
    def __init__(self, *carriers: Carrier, most_active: int = 1) -> None:
        self.all = carriers
        self.most_active = most_active

    def carriers(self) -> list[Carrier]:
        return [*self.all, self.all[0]]  # as for a moment where one comes to its end


@pytest.fixture(autouse=True)
def _carriers_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "Carrier", Carrier)


def begin(tallies: Tallies, group: Any) -> None:
    tallies.begin(group)


def test_nothing_yet() -> None:
    tallies = Tallies()

    assert tallies.progress() == (0, 0)
    assert tallies.tally() == Tally()


def test_the_sums_of_all() -> None:
    tallies = Tallies()
    begin(tallies, Crew(Carrier(1), Carrier(2, round_trip=0.2, operations=8), most_active=2))
    assert tallies.progress() == (3, 3000)
    begin(tallies, Carrier(4, round_trip=0.1))
    assert tallies.progress() == (7, 7000)
    begin(tallies, Crew(Carrier(8, round_trip=0.3)))

    assert tallies.progress() == (15, 15000)
    assert tallies.tally() == Tally(
        associations=4,
        instances=15,
        sent_bytes=15000,
        response_seconds=15.0,
        sending_seconds=30.0,
        limit_seconds=45.0,
        reading_seconds=60.0,
        scan_seconds=75.0,
        peer_window_seconds=2.0,
        busy_seconds=28.0,
        round_trip_seconds=0.1,
        delivery_rate=800.0,
        release_seconds=0.05,
        operations=8,
        most_at_once=2,
    )


def test_the_group_that_sends_is_looked_at_again() -> None:
    tallies, carrier = Tallies(), Carrier(1)
    begin(tallies, Crew(carrier))
    assert tallies.progress() == (1, 1000)
    carrier.channel = Channel(5)

    assert tallies.progress() == (5, 5000)


def test_what_is_over_is_not_kept() -> None:
    tallies, carrier = Tallies(), Carrier(1)
    kept = weakref.ref(carrier)
    begin(tallies, Crew(carrier))
    del carrier
    begin(tallies, Crew(Carrier(1)))
    gc.collect()

    assert kept() is None
    assert tallies.progress() == (2, 2000)
