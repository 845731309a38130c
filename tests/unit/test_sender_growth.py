"""How many associations are used, with peers that are simulated: steady, noisy, stalling."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

import pytest

from fastsend.sender.growth import PATIENCE_SECONDS, Growth, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TICK = 0.05
MB = 1_000_000


class Peer(NamedTuple):
    """How fast a receiver is, with a number of associations."""

    instances_per_second: Callable[[int], float]
    takes: int = 64
    """It does not answer requests for more."""
    noise: float = 0.0
    """Of the rate in each 0.05 s, as a share."""
    stalls: float = 0.0
    """How often a second nothing goes on for a while."""
    stall_seconds: float = 0.6


def linear(rate: float = 45.0) -> Callable[[int], float]:
    """Return the rates over a link whose round trip is the limit."""
    return lambda active: rate * active


def flat(rate: float = 2000.0) -> Callable[[int], float]:
    """Return the rates of a peer that is busy with one already."""
    return lambda active: rate if active else 0.0


class Run(NamedTuple):
    """What became of a simulated run."""

    history: list[int]
    """How many associations were wanted, at each tick."""
    growth: Growth


def simulate(
    peer: Peer,
    *,
    seconds: float = 20.0,
    sizes: Sequence[tuple[float, float]] = ((0.0, 0.5 * MB),),
    growth: Growth | None = None,
    seed: int = 0,
    opening: float = 0.1,
) -> Run:
    """Run a peer; `sizes` are bytes of an instance, from a moment on."""
    growth = growth or Growth()
    dice = random.Random(seed)
    active, asked, stalled_until = 1, 0.0, 0.0
    sent = done = now = 0.0
    history = []
    while now < seconds:
        now += TICK
        if dice.random() < peer.stalls * TICK:
            stalled_until = now + peer.stall_seconds
        if now >= stalled_until:
            rate = peer.instances_per_second(active) * max(0.0, dice.gauss(1.0, peer.noise))
            done += rate * TICK
            sent += rate * TICK * next(size for at, size in reversed(sizes) if now >= at)
        wanted = growth.observe(Progress(now, int(sent), int(done), None), active)
        if wanted <= active:
            active, asked = wanted, now
        elif now - asked >= opening:
            active = min(wanted, peer.takes)
        history.append(wanted)
    return Run(history, growth)


def test_a_long_link_gets_four_soon() -> None:
    run = simulate(Peer(linear()))
    assert run.history[-1] == 4
    assert sorted(set(run.history)) == [1, 2, 4]
    assert run.history == sorted(run.history)
    assert run.growth.reason is None
    assert run.history.index(4) * TICK < 2


def test_a_busy_peer_keeps_one() -> None:
    run = simulate(Peer(flat()))
    assert run.history[-1] == 1
    assert max(run.history) == 2
    assert run.growth.reason == "more of them were not faster"


def test_two_that_help_are_kept_and_four_that_do_not_are_not() -> None:
    run = simulate(Peer(lambda active: 100.0 * min(active, 2)))
    assert max(run.history) == 4
    assert run.history[-1] == 2


@pytest.mark.parametrize(("gain", "kept"), [(1.15, 1), (1.25, 2)])
def test_a_fifth_of_linear_is_enough(gain: float, kept: int) -> None:
    run = simulate(Peer(lambda active: 1000.0 * {1: 1.0, 2: gain}.get(active, 1.0)))
    assert run.history[-1] == kept


@pytest.mark.parametrize("takes", [1, 3])
def test_a_request_without_answer_is_given_up(takes: int) -> None:
    run = simulate(Peer(linear(), takes=takes))
    assert run.history[-1] == takes
    assert run.growth.reason == "it did not answer the request for another"
    over = len(run.history) - run.history[::-1].index(max(run.history))
    begun = run.history.index(max(run.history))
    assert (over - begun) * TICK <= PATIENCE_SECONDS + 3 * TICK


def test_a_refused_request_goes_back_to_what_was_measured() -> None:
    growth = Growth()
    simulate(Peer(linear(), takes=2), growth=growth, seconds=2.0)
    assert growth.wanted == 4
    growth.refused(3, "another was rejected")
    assert (growth.wanted, growth.settled, growth.reason) == (2, True, "another was rejected")


def test_noise_and_stalls_of_a_machine_do_not_cost_what_a_link_gains() -> None:
    peer = Peer(linear(), noise=0.3, stalls=0.1)
    ends = [simulate(peer, seed=seed).history[-1] for seed in range(100)]
    assert ends.count(4) >= 95


def test_noise_does_not_hide_that_more_is_slower() -> None:
    peer = Peer(lambda active: 1000.0 * {1: 1.0, 2: 0.6}.get(active, 0.3), noise=0.2)
    ends = [simulate(peer, seed=seed).history[-1] for seed in range(100)]
    assert ends == [1] * 100


def test_what_helped_and_is_slower_now_is_taken_back_step_by_step() -> None:
    growth = Growth()
    simulate(Peer(linear()), growth=growth)
    assert growth.wanted == 4
    run = simulate_on(growth, lambda active: 60.0 / active**2)
    assert run[-1] == 1
    assert run == sorted(run, reverse=True)
    assert growth.reason == "with more of them it became slower"


def simulate_on(growth: Growth, rate: Callable[[int], float], seconds: float = 30.0) -> list[int]:
    """Go on with a growth that was simulated already; the clock goes on, too."""
    active, history = growth.wanted, []
    now, done = 1000.0, 1e6
    while now < 1000.0 + seconds:
        now += TICK
        done += rate(active) * TICK
        active = growth.observe(Progress(now, int(done * MB / 2), int(done), None), active)
        history.append(active)
    return history


def test_smaller_instances_are_no_slower_peer() -> None:
    """Over a link they are as many as before, and a tenth of the bytes."""
    sizes = ((0.0, 0.5 * MB), (5.0, 0.05 * MB), (10.0, 0.5 * MB))
    assert simulate(Peer(linear()), sizes=sizes).history[-1] == 4


@pytest.mark.parametrize("at", [0.4, 0.6, 0.8, 1.0, 1.2])
def test_smaller_instances_while_it_grows(at: float) -> None:
    sizes = ((0.0, 0.5 * MB), (at, 0.05 * MB))
    assert simulate(Peer(linear()), sizes=sizes).history[-1] == 4


def test_one_long_stall_takes_nothing_back() -> None:
    growth = Growth()
    simulate(Peer(linear()), growth=growth)
    history = simulate_on(growth, linear(), seconds=4.0)
    history += [growth.observe(Progress(1006.5, int(1e9), 10**6, None), 4)]
    assert set(history) == {4}


def test_a_run_that_is_nearly_over_gets_no_more() -> None:
    growth = Growth()
    for tick in range(100):
        done = 100 * tick * TICK
        assert growth.observe(Progress(tick * TICK, int(MB * done), int(done), 50 * MB), 1) == 1
    assert growth.settled
    assert growth.reason is None


def test_a_number_that_was_asked_for_stays() -> None:
    growth = Growth(8)
    growth.keep_one("no reason")
    run = simulate(Peer(flat(), noise=0.3, stalls=0.3), growth=growth)
    assert set(run.history) == {8}
    assert growth.reason is None
    growth.refused(5, "another was rejected")
    assert growth.wanted == 5
    assert str(growth.reason) == "another was rejected"


def test_only_one_is_only_told_where_there_would_be_more() -> None:
    growth = Growth()
    growth.keep_one("it is that kind")
    assert set(simulate(Peer(linear()), growth=growth, seconds=0.3).history) == {1}
    assert growth.reason is None
    assert set(simulate(Peer(linear()), growth=growth).history) == {1}
    assert growth.reason == "it is that kind"


def test_the_next_proposal_begins_anew_without_a_judgement() -> None:
    growth = Growth()
    simulate(Peer(linear()), growth=growth)
    # Three seconds with nothing but one that waits for its first answer.
    waiting = [Progress(100 + tick * TICK, 10**9, 10**6, None) for tick in range(60)]
    assert {growth.observe(now, 1) for now in waiting} == {4}
    assert growth.reason is None
