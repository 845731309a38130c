"""The rate that channels keep together, on a clock of the tests; and a channel that has one."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from fastsend._native import wire
from scripted_peer import Bench, Peer

if TYPE_CHECKING:
    from pathlib import Path


SECOND = 1_000_000_000


def _send(limit: wire.Limit, start: int, seconds: int, wanted: int) -> list[tuple[int, int]]:
    """Take all that is granted, as one that always has something to send."""
    now, sent = start, []
    while now < start + seconds * SECOND:
        granted, again = limit.take(now, wanted)
        if granted:
            sent.append((now, granted))
        else:
            assert again > now
            now = again
    return sent


@pytest.mark.parametrize("rate", [1000, 99_999, 1e6, 12_500_000, 4e9])
@pytest.mark.parametrize("wanted", [1, 6, 4096, 1 << 20])
def test_the_rate_is_kept_and_used(rate: float, wanted: int) -> None:
    if rate / wanted > 1e6:
        wanted = 4096
    sent = _send(wire.Limit(rate, now_ns=SECOND), SECOND, 2, wanted)
    assert sum(granted for _, granted in sent) == pytest.approx(2 * rate, rel=0.05)
    assert all(0 < granted <= wanted for _, granted in sent)


def test_no_short_while_gets_much_more() -> None:
    rate = 1e6
    sent = _send(wire.Limit(rate, now_ns=0), 0, 3, 1 << 20)
    for start, _ in sent:
        window = sum(granted for when, granted in sent if start <= when < start + SECOND // 10)
        assert window <= rate * 0.13


def test_a_pause_is_not_made_up_for() -> None:
    limit = wire.Limit(1e6, now_ns=0)
    sent = _send(limit, 3600 * SECOND, 1, 65536)
    assert sum(granted for _, granted in sent) == pytest.approx(1e6, rel=0.05)


def test_two_share_one_rate() -> None:
    limit = wire.Limit(1e6, now_ns=0)
    now, shares = 0, [0, 0]
    while now < 2 * SECOND:
        for number in (0, 1):
            granted, _ = limit.take(now, 20_000)
            shares[number] += granted
        now += SECOND // 1000
    assert sum(shares) == pytest.approx(2e6, rel=0.05)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_what_is_no_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        wire.Limit(rate)


@pytest.mark.parametrize("pdu", [128, 16384, 1 << 20])
def test_data_sets_arrive_byte_for_byte_at_a_rate(tmp_path: Path, pdu: int) -> None:
    bench = Bench(tmp_path)
    sizes = [1, 2000, 40_001] if pdu == 128 else [1, 16_378, 131_067, 300_000]
    for size in sizes:
        bench.add(os.urandom(size))
    received = []

    def script(peer: Peer) -> None:
        for number in range(len(sizes)):
            received.append(peer.read_message()[2])
            peer.answer(number + 1, 0, f"1.2.{number}")

    assert bench.send(script, pdu=pdu, limit=wire.Limit(3e6)) == (wire.OK, len(sizes))
    assert received == [content + bytes(len(content) % 2) for content in bench.contents]


def test_a_stop_is_heard_while_the_limit_is_waited_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.add(os.urandom(50_000_000))
    timer = threading.Timer(0.3, bench.cancel.request)
    timer.start()

    def script(peer: Peer) -> None:
        while peer.sock.recv(1 << 20):
            pass

    status, _ = bench.send(script, limit=wire.Limit(100_000))
    timer.join()
    assert status == wire.CANCELLED
