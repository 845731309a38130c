"""Rows handed out to several channels; none of them is sent."""

from __future__ import annotations

import socket
import subprocess
import sys
from array import array
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from fastsend._native import wire
from fastsend.model.result import Outcome
from scripted_peer import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUSHED = bytes([1, 2, 0, 0])
FOREIGN = bytes([0, 3, 0, 0])
NOT_SENT = bytes(4)
MOMENT = 0.2  # in which a thread that does not wait would be done


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


class Claimer:
    """A channel that claims rows and sends nothing: of pushed rows it only tells."""

    def __init__(self, bench: Bench, sock: socket.socket) -> None:
        self.channel = wire.Channel(
            sock.fileno(),
            bench.cancel,
            max_send_pdu_length=16384,
            max_receive_pdu_length=16384,
            socket_timeout=None,
            dimse_timeout=None,
        )

    def claim(self, queue: wire.Queue) -> int | None:
        status, row = self.channel.store_rows(queue, 1)
        assert status in (wire.OK, wire.PUSH)
        return row if status == wire.PUSH else None

    def all_done(self, queue: wire.Queue) -> list[int]:
        """Claim and end rows as long as there are any."""
        rows = []
        while (row := self.claim(queue)) is not None:
            rows.append(row)
            self.channel.refuse()
        return rows


@pytest.fixture
def claimers(bench: Bench) -> Iterator[list[Claimer]]:
    with ExitStack() as stack:
        pairs = [socket.socketpair() for _ in range(4)]
        for ours, theirs in pairs:
            stack.enter_context(ours)
            stack.enter_context(theirs)
            ours.setblocking(False)
        yield [Claimer(bench, ours) for ours, _ in pairs]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as executor:
        yield executor


def add(bench: Bench, count: int) -> None:
    for _ in range(count):
        bench.add(b"data")


def still_waits(future: Future[int | None]) -> bool:
    with pytest.raises(TimeoutError):
        future.result(MOMENT)
    return True


def test_each_row_goes_to_one_of_several_threads(
    bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
) -> None:
    add(bench, 300)
    queue = bench.queue(routes=PUSHED)
    found = list(threads.map(lambda claimer: claimer.all_done(queue), claimers, timeout=30))
    assert sorted(row for rows in found for row in rows) == list(range(300))
    assert all(rows == sorted(rows) for rows in found)
    assert (queue.left, bench.table.final_prefix(0)) == (False, 300)


def test_given_back_rows_come_first_and_in_order(bench: Bench, claimers: list[Claimer]) -> None:
    add(bench, 6)
    queue = bench.queue(routes=PUSHED)
    assert [claimer.claim(queue) for claimer in claimers[:3]] == [0, 1, 2]
    for claimer in (claimers[1], claimers[0]):
        assert claimer.channel.settle() == 0  # nothing of it was sent
    claimers[2].channel.refuse()
    assert claimers[3].all_done(queue) == [0, 1, 3, 4, 5]


def test_nobody_leaves_while_a_row_may_come_back(
    bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
) -> None:
    add(bench, 1)
    queue = bench.queue(routes=PUSHED)
    assert claimers[0].claim(queue) == 0
    other = threads.submit(claimers[1].claim, queue)
    assert still_waits(other)
    claimers[0].channel.settle()
    assert other.result(10) == 0
    claimers[1].channel.refuse()
    assert claimers[0].claim(queue) is None


def test_all_leave_when_the_last_row_is_done(
    bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
) -> None:
    add(bench, 1)
    queue = bench.queue(routes=PUSHED)
    assert claimers[0].claim(queue) == 0
    others = [threads.submit(claimer.claim, queue) for claimer in claimers[1:]]
    assert still_waits(others[0])
    claimers[0].channel.refuse()
    assert [other.result(10) for other in others] == [None, None, None]


def test_rows_that_are_published(
    bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
) -> None:
    add(bench, 3)
    queue = wire.Queue(bench.table, 0, 1, closed=False)
    queue.set_routes(PUSHED)
    found = threads.submit(claimers[0].all_done, queue)
    assert not queue.closed
    queue.publish(2)
    queue.publish(1)  # not less than before
    assert queue.end == 2
    queue.publish(3, closed=True)
    assert found.result(10) == [0, 1, 2]
    assert (queue.closed, queue.next, queue.end, queue.left) == (True, 3, 3, False)


def test_nothing_is_handed_out_after_a_stop(
    bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
) -> None:
    add(bench, 3)
    queue = bench.queue(0, 1, routes=PUSHED)
    assert claimers[0].claim(queue) == 0
    other = threads.submit(claimers[1].claim, queue)
    assert still_waits(other)
    queue.stop()
    assert other.result(10) is None
    assert claimers[0].claim(queue) == 0  # what it holds it may still send
    claimers[0].channel.settle()
    assert claimers[1].claim(queue) is None
    assert queue.left
    queue.set_routes(PUSHED)
    assert claimers[1].all_done(queue) == [0]


def test_a_retired_channel_claims_nothing_more(bench: Bench, claimers: list[Claimer]) -> None:
    add(bench, 3)
    queue = bench.queue(routes=PUSHED)
    assert claimers[0].claim(queue) == 0
    claimers[0].channel.retire()
    assert claimers[0].all_done(queue) == [0]
    assert claimers[1].all_done(queue) == [1, 2]


def test_cancelled_while_it_waits_for_rows(
    bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
) -> None:
    queue = wire.Queue(bench.table, 0, 0, closed=False)
    queue.set_routes(PUSHED)
    waiting = threads.submit(claimers[0].channel.store_rows, queue, 1)
    bench.cancel.request()
    assert waiting.result(10)[0] == wire.CANCELLED


def test_final_rows_are_never_handed_out(bench: Bench, claimers: list[Claimer]) -> None:
    add(bench, 3)
    bench.table.mark_not_sent(1, 2, b"\1", 1)
    assert claimers[0].all_done(bench.queue(routes=PUSHED)) == [0, 2]


def test_routes_and_order_stay_while_a_channel_has_rows(
    bench: Bench, claimers: list[Claimer]
) -> None:
    add(bench, 2)
    queue = bench.queue(routes=PUSHED)
    claimers[0].claim(queue)
    for change in (
        lambda: queue.set_routes(PUSHED),
        lambda: queue.set_order(array("I", [1, 0]), array("I", [0, 2])),
    ):
        with pytest.raises(RuntimeError):
            change()
    claimers[0].channel.settle()
    queue.set_routes(NOT_SENT)
    assert claimers[0].claim(queue) is None
    assert bench.outcomes() == [Outcome.NOT_SENT] * 2


def test_a_row_that_comes_back_to_a_queue_that_does_not_know_its_kind(
    bench: Bench, claimers: list[Claimer]
) -> None:
    add(bench, 3)
    queue = bench.queue(routes=PUSHED)
    assert [claimer.claim(queue) for claimer in claimers[:3]] == [0, 1, 2]
    for claimer in (claimers[2], claimers[1]):
        claimer.channel.settle()
    claimers[0].channel.refuse()
    queue.set_routes(FOREIGN)
    assert claimers[0].claim(queue) is None
    assert (queue.closed, queue.next, queue.end, queue.left) == (True, 1, 1, False)


class TestGroups:
    def queue(self, bench: Bench, *groups: list[int]) -> wire.Queue:
        add(bench, sum(map(len, groups)))
        queue = bench.queue(routes=PUSHED)
        starts = [0]
        for group in groups:
            starts.append(starts[-1] + len(group))
        queue.set_order(array("I", [row for group in groups for row in group]), array("I", starts))
        return queue

    def test_each_goes_to_one_channel(
        self, bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
    ) -> None:
        groups = [list(range(first, 300, 30)) for first in range(30)]
        queue = self.queue(bench, *groups)
        found = list(threads.map(lambda claimer: claimer.all_done(queue), claimers, timeout=30))
        assert sum(map(len, found)) == 300
        for group in groups:
            carriers = [rows for rows in found if group[0] in rows]
            assert [row for row in carriers[0] if row in group] == group

    def test_what_is_left_of_one_goes_to_another_channel(
        self, bench: Bench, claimers: list[Claimer]
    ) -> None:
        queue = self.queue(bench, [4, 2, 0], [1, 3])
        assert claimers[0].claim(queue) == 4
        claimers[0].channel.refuse()
        assert claimers[0].claim(queue) == 2
        claimers[0].channel.settle()
        assert [claimers[1].claim(queue), claimers[2].claim(queue)] == [2, 1]
        claimers[1].channel.refuse()
        assert claimers[1].claim(queue) == 0

    def test_nobody_leaves_while_the_rest_of_one_may_come_back(
        self, bench: Bench, claimers: list[Claimer], threads: ThreadPoolExecutor
    ) -> None:
        queue = self.queue(bench, [0, 1, 2])
        assert claimers[0].claim(queue) == 0
        claimers[0].channel.refuse()
        other = threads.submit(claimers[1].all_done, queue)
        with pytest.raises(TimeoutError):
            other.result(MOMENT)
        claimers[0].channel.settle()
        assert other.result(10) == [1, 2]

    def test_no_rows_are_added(self, bench: Bench, claimers: list[Claimer]) -> None:
        queue = self.queue(bench, [0], [1])
        add(bench, 50)
        queue.publish(52, closed=True)
        assert queue.end == 2
        assert claimers[0].all_done(queue) == [0, 1]

    @pytest.mark.parametrize(
        ("order", "starts", "error"),
        [
            ([0, 1], [], ValueError),
            ([0, 1], [0, 1], ValueError),
            ([0, 1], [0, 2, 1, 2], ValueError),
            ([0, 2], [0, 2], IndexError),
        ],
    )
    def test_what_is_no_order(
        self, bench: Bench, order: list[int], starts: list[int], error: type[Exception]
    ) -> None:
        add(bench, 2)
        with pytest.raises(error):
            bench.queue().set_order(array("I", order), array("I", starts))


def test_a_channel_that_could_not_be_made_closes_nothing() -> None:
    # in a process of its own: it is the standard input that would be closed
    program = """
import os
from fastsend._native import wire
try:
    wire.Channel(0, wire.Cancel(), max_send_pdu_length=100, max_receive_pdu_length=100,
                 socket_timeout=None, dimse_timeout=None, window=0)
except ValueError:
    os.fstat(0)
    print("open")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "open\n", done.stderr
