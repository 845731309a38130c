"""Several requests outstanding (PS3.7 D.3.3.3), against a scripted peer on a real connection."""

from __future__ import annotations

import errno
import itertools
import os
import socket
import struct
import time
from array import array
from typing import TYPE_CHECKING

import pytest

from fastsend._native import wire
from fastsend.model.result import Outcome
from reference.upper_layer import c_store_rsp_pdus
from scripted_peer import ABORT, BIG, CONNECTIONS, OFFSET, RELEASE, Bench, Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PUSHED = bytes([1, 2, 0, 0])
ANSWERED, NOT_SENT, PENDING, UNKNOWN = (
    Outcome.ANSWERED,
    Outcome.NOT_SENT,
    Outcome.PENDING,
    Outcome.UNKNOWN,
)


@pytest.fixture(params=CONNECTIONS, ids=CONNECTIONS.get)
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(tmp_path, request.param)


def add(bench: Bench, count: int) -> None:
    for number in range(count):
        bench.add(f"data set {number:3}".encode())


def message_id(command: bytes) -> int:
    """(0000,0110) of a command set in Implicit VR Little Endian, PS3.7 6.3.1."""
    at = command.index(struct.pack("<HHL", 0, 0x0110, 2)) + 8
    return int(struct.unpack_from("<H", command, at)[0])


def read_requests(peer: Peer, count: int) -> list[int]:
    """The Message IDs of as many requests."""
    return [message_id(peer.read_message()[1]) for _ in range(count)]


def results(bench: Bench) -> list[tuple[int, int]]:
    """Outcome and status in the response of each row."""
    return [bench.table.result(row)[:2] for row in range(len(bench.table))]


def leaves_after(count: int) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        read_requests(peer, count)
        peer.sock.shutdown(socket.SHUT_RDWR)

    return script


def store_all(channel: wire.Channel, queue: wire.Queue) -> int:
    """Go on as long as the association does; return how it ended."""
    status = wire.STATUS_FAILED
    while wire.OK < status < wire.FIRST_FATAL:
        status, _ = channel.store_rows(queue, 1)
    return status


@pytest.mark.parametrize("window", [1, 2, 3, 8])
def test_no_more_requests_than_the_window_holds(bench: Bench, window: int) -> None:
    add(bench, 12)
    early: list[bytes] = []

    def script(peer: Peer) -> None:
        ids = read_requests(peer, window)
        for number in range(12):
            peer.sock.settimeout(0.05)
            try:
                early.append(peer.sock.recv(1))
            except TimeoutError:
                peer.sock.settimeout(20)
            peer.answer(ids[number], 0, f"1.2.{number}")
            if len(ids) < 12:
                ids += read_requests(peer, 1)
        assert ids == list(range(1, 13))

    assert bench.send(script, window=window) == (wire.OK, 12)
    assert early == []
    assert results(bench) == [(ANSWERED, 0)] * 12


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_answers_in_any_order(bench: Bench, order: Sequence[int]) -> None:
    # PS3.4 Table B.2-1: Bxxx are warnings
    statuses = [0x0000, 0xB000, 0xB006, 0xB007]
    add(bench, 4)

    def script(peer: Peer) -> None:
        ids = read_requests(peer, 4)
        for number in order:
            peer.answer(ids[number], statuses[number], f"1.2.{number}")

    assert bench.send(script, window=4) == (wire.OK, 4)
    assert results(bench) == [(ANSWERED, status) for status in statuses]


def test_all_answers_in_one_segment(bench: Bench) -> None:
    add(bench, 40)

    def script(peer: Peer) -> None:
        for first in range(0, 40, 8):
            ids = read_requests(peer, 8)
            answers = [
                c_store_rsp_pdus(1, number, 0, f"1.2.{first + at}") for at, number in enumerate(ids)
            ]
            peer.sock.sendall(b"".join(reversed(answers)))

    assert bench.send(script, window=8) == (wire.OK, 40)
    assert results(bench) == [(ANSWERED, 0)] * 40


def test_statuses_that_do_not_mean_stored(bench: Bench) -> None:
    statuses = [0, 0xA700, 0, 0xC000, 0xA900, 0]
    add(bench, 6)

    def script(peer: Peer) -> None:
        for number, status in zip(read_requests(peer, 6), statuses, strict=True):
            peer.answer(number, status, f"1.2.{number - 1}")

    with bench.channel(script, window=6) as channel:
        assert store_all(channel, bench.queue()) == wire.OK
        assert channel.done_rows == 6
    assert results(bench) == [(ANSWERED, status) for status in statuses]
    assert [bench.table.result(row)[2] for row in (0, 1)] == [wire.OK, wire.STATUS_FAILED]


def test_a_failure_is_told_of_the_row_that_failed(bench: Bench) -> None:
    add(bench, 3)

    def script(peer: Peer) -> None:
        read_requests(peer, 3)
        peer.answer(2, 0xA700, "1.2.1")
        peer.answer(3, 0, "1.2.2")
        peer.answer(1, 0, "1.2.0")

    with bench.channel(script, window=3) as channel:
        queue = bench.queue()
        assert channel.store_rows(queue, 1) == (wire.STATUS_FAILED, 1)
        assert channel.store_rows(queue, 1)[0] == wire.OK


@pytest.mark.parametrize(
    ("answers", "status", "expected"),
    [
        # the second time for a request that was answered
        ([(1, 0, "1.2.0"), (1, 0, "1.2.0")], wire.WRONG_MESSAGE_ID, [ANSWERED, UNKNOWN, UNKNOWN]),
        # a number that no request had
        ([(3, 0, "1.2.2"), (9, 0, "1.2.0")], wire.WRONG_MESSAGE_ID, [UNKNOWN, UNKNOWN, ANSWERED]),
        # of another of the requests
        ([(2, 0, "1.2.0")], wire.WRONG_SOP_INSTANCE, [UNKNOWN, UNKNOWN, UNKNOWN]),
        # PS3.7 9.1.1.1.9: a C-STORE has no pending status
        (
            [(2, 0, "1.2.1"), (1, 0xFF00, "1.2.0")],
            wire.PENDING_STATUS,
            [UNKNOWN, ANSWERED, UNKNOWN],
        ),
    ],
)
def test_answers_to_nothing(
    bench: Bench, answers: list[tuple[int, int, str]], status: int, expected: list[Outcome]
) -> None:
    add(bench, 3)

    def script(peer: Peer) -> None:
        read_requests(peer, 3)
        for answer in answers:
            peer.answer(*answer)
        peer.sock.recv(1)

    assert bench.send(script, window=3) == (status, 3)
    assert bench.outcomes() == expected
    assert bench.table.final_prefix(0) == 3


def test_an_answer_on_the_context_of_another_request(bench: Bench) -> None:
    add(bench, 2)

    def script(peer: Peer) -> None:
        read_requests(peer, 2)
        peer.sock.sendall(c_store_rsp_pdus(3, 2, 0, "1.2.1"))
        peer.sock.recv(1)

    assert bench.send(script, window=2) == (wire.WRONG_CONTEXT, 2)
    assert bench.outcomes() == [UNKNOWN, UNKNOWN]


def test_answers_while_the_next_request_is_sent(bench: Bench) -> None:
    # the peer reads no further before it has answered all that came before
    for number in range(4):
        bench.add(b"small" if number < 3 else os.urandom(BIG))

    def script(peer: Peer) -> None:
        for number in reversed(read_requests(peer, 3)):
            peer.answer(number, 0, f"1.2.{number - 1}")
        assert read_requests(peer, 1) == [4]
        peer.answer(4, 0, "1.2.3")

    assert bench.send(script, window=4) == (wire.OK, 4)
    assert results(bench) == [(ANSWERED, 0)] * 4


@pytest.mark.parametrize("window", [1, 4])
def test_success_before_the_data_set_was_sent(bench: Bench, window: int) -> None:
    # the peer cannot have stored what it does not have
    bench.add(os.urandom(BIG))

    def script(peer: Peer) -> None:
        peer.read_pdv()
        peer.answer(1, 0, "1.2.0")
        time.sleep(0.3)  # no more fits the buffers: the sender looks for answers
        with pytest.raises((EOFError, ConnectionError)):
            while True:
                assert not peer.read_pdv()[1] & 2

    assert bench.send(script, window=window) == (wire.ANSWERED_EARLY, 1)
    assert bench.outcomes() == [NOT_SENT]
    assert bench.table.result(0)[2] == wire.ANSWERED_EARLY


@pytest.mark.parametrize(
    ("unasked", "status"),
    [
        (c_store_rsp_pdus(1, 2, 0, "1.2.1"), wire.WRONG_MESSAGE_ID),
        (c_store_rsp_pdus(1, 1, 0, "1.2.0"), wire.WRONG_MESSAGE_ID),
        (ABORT, wire.PEER_ABORTED),
        (RELEASE, wire.PEER_RELEASED),
        (b"HTTP/1.1 400 Bad Request", wire.PROTOCOL),
    ],
)
def test_what_comes_before_the_next_request_is_not_its_answer(
    bench: Bench, unasked: bytes, status: int
) -> None:
    add(bench, 2)

    def script(peer: Peer) -> None:
        peer.read_message()
        peer.sock.sendall(c_store_rsp_pdus(1, 1, 0, "1.2.0") + unasked)
        with pytest.raises((EOFError, ConnectionError)):
            peer.read(1)

    with bench.channel(script) as channel:
        queue = bench.queue()
        assert channel.store_rows(queue, 1)[0] == status
        assert channel.settle() == 0
    assert bench.outcomes() == [ANSWERED, PENDING]
    assert queue.left


@pytest.mark.parametrize(
    ("ending", "status"), [(ABORT, wire.PEER_ABORTED), (b"", wire.CONNECTION_LOST)]
)
def test_the_peer_ends_the_association_while_there_are_no_rows(
    bench: Bench, ending: bytes, status: int
) -> None:
    add(bench, 1)

    def script(peer: Peer) -> None:
        peer.sock.sendall(ending)
        peer.sock.shutdown(socket.SHUT_WR)

    with bench.channel(script) as channel:
        queue = wire.Queue(bench.table, 0, 0, closed=False)
        queue.set_routes(PUSHED)
        assert channel.store_rows(queue, 1)[0] == status
        channel.settle()
    queue.publish(1, closed=True)
    assert queue.left
    assert bench.outcomes() == [PENDING]


def answers_one_and_leaves(peer: Peer) -> None:
    read_requests(peer, 4)
    peer.answer(3, 0, "1.2.2")
    peer.sock.sendall(ABORT)


def test_what_is_lost_is_sent_once_more(bench: Bench) -> None:
    add(bench, 4)
    queue = bench.queue()
    with bench.channel(answers_one_and_leaves, window=4) as channel:
        assert channel.store_rows(queue, 1)[0] == wire.PEER_ABORTED
        assert channel.outstanding == 3
        assert bench.outcomes() == [UNKNOWN, UNKNOWN, ANSWERED, UNKNOWN]
        assert channel.settle(again=True) == 3
    assert bench.table.final_prefix(0) == 0
    assert queue.left
    sent: list[bytes] = []

    def script(peer: Peer) -> None:
        for number in range(3):
            sent.append(peer.read_message()[2])
            peer.answer(number + 1, 0, f"1.2.{(0, 1, 3)[number]}")

    with bench.channel(script, window=4) as channel:
        assert channel.store_rows(queue, 2)[0] == wire.OK
        assert channel.done_rows == 3
    assert sent == [bench.contents[row] for row in (0, 1, 3)]
    assert results(bench) == [(ANSWERED, 0)] * 4
    assert [bench.table.result(row)[2:5] for row in (0, 2)] == [(wire.OK, 0, 2), (wire.OK, 0, 1)]


def test_what_is_lost_twice_stays_unknown(bench: Bench) -> None:
    add(bench, 5)
    queue = bench.queue()

    with bench.channel(leaves_after(4), window=4) as channel:
        assert channel.store_rows(queue, 1)[0] == wire.CONNECTION_LOST
        assert channel.settle(again=True) == 4
    with bench.channel(leaves_after(4), window=4) as channel:
        assert channel.store_rows(queue, 2)[0] == wire.CONNECTION_LOST
        assert channel.settle(again=True) == 0
    # the fifth was not begun
    assert bench.outcomes() == [UNKNOWN] * 4 + [PENDING]
    assert bench.table.final_prefix(0) == 4
    assert queue.left


def test_what_may_be_stored_is_never_noted_as_not_sent(bench: Bench) -> None:
    paths = [bench.add(b"data") for _ in range(4)]
    queue = bench.queue()

    with bench.channel(leaves_after(4), window=4) as channel:
        assert channel.store_rows(queue, 1)[0] == wire.CONNECTION_LOST
        channel.settle(again=True)
    paths[0].unlink()
    paths[1].write_bytes(b"other")
    queue.set_routes(PUSHED)
    with bench.channel(lambda peer: None, window=4) as channel:
        assert channel.store_rows(queue, 2) == (wire.PUSH, 0)
        channel.refuse()
        channel.settle()
    queue.set_routes(bytes([1, 0, 0, 0]))
    with bench.channel(lambda peer: None, window=4) as channel:
        assert channel.store_rows(queue, 3) == (wire.FILE_CHANGED, 1)
        channel.settle()
    queue.set_routes(bytes(4))
    with bench.channel(lambda peer: None, window=4) as channel:
        assert channel.store_rows(queue, 4)[0] == wire.OK
    assert bench.table.final_prefix(0) == 4
    # the association and the context are those that may have brought it
    rows = [bench.table.result(row) for row in range(4)]
    assert [(row[0], row[4], row[5]) for row in rows] == [(UNKNOWN, 1, 1)] * 4
    assert [row[2] for row in rows[:2]] == [wire.NOT_CONVERTED, wire.FILE_CHANGED]


def test_a_fault_of_the_newest_instance_costs_no_other(bench: Bench) -> None:
    for _ in range(3):
        bench.add(b"data")
    path = bench.add(os.urandom(BIG))
    queue = bench.queue()

    def script(peer: Peer) -> None:
        ids = read_requests(peer, 3)
        peer.read_pdv()  # the fourth is begun
        os.truncate(path, OFFSET + 1000)
        peer.sock.settimeout(0.5)
        with pytest.raises(TimeoutError):  # answered only once the fault is known
            while True:
                peer.sock.recv(1 << 20)
        for number in reversed(ids):
            peer.answer(number, 0, f"1.2.{number - 1}")

    with bench.channel(script, window=8) as channel:
        assert channel.store_rows(queue, 1) == (wire.FILE_CHANGED_SENDING, 3)
        assert channel.settle(again=True) == 0
    assert bench.outcomes() == [ANSWERED, ANSWERED, ANSWERED, NOT_SENT]
    assert bench.table.final_prefix(0) == 4


def test_no_answer_to_the_oldest_request_in_time(bench: Bench) -> None:
    add(bench, 5)

    def script(peer: Peer) -> None:
        ids = read_requests(peer, 4)
        for number in ids[1:]:
            peer.answer(number, 0, f"1.2.{number - 1}")
        assert read_requests(peer, 1) == [5]
        with pytest.raises((EOFError, ConnectionError)):
            peer.read(1)

    with bench.channel(script, window=4, dimse_timeout=0.5) as channel:
        assert channel.store_rows(bench.queue(), 1) == (wire.DIMSE_TIMEOUT, 0)
        channel.settle()
    assert bench.outcomes() == [UNKNOWN, ANSWERED, ANSWERED, ANSWERED, UNKNOWN]


def test_cancelled_with_several_outstanding(bench: Bench) -> None:
    add(bench, 6)

    def script(peer: Peer) -> None:
        read_requests(peer, 4)
        peer.answer(2, 0, "1.2.1")
        read_requests(peer, 1)
        bench.cancel.request()

    with bench.channel(script, window=4) as channel:
        assert channel.store_rows(bench.queue(), 1) == (wire.CANCELLED, 0)
        assert not channel.inside_pdu
        channel.settle()
    assert bench.outcomes() == [UNKNOWN, ANSWERED, UNKNOWN, UNKNOWN, UNKNOWN, PENDING]
    assert bench.table.final_prefix(0) == 5


def push_row(channel: wire.Channel, queue: wire.Queue, row: int) -> None:
    assert channel.store_rows(queue, 1) == (wire.PUSH, row)
    channel.begin(1)
    assert channel.push(b"data", last=True) == wire.OK
    assert channel.finish() == wire.OK


@pytest.mark.parametrize("others", [0, 1, 2])
def test_the_message_id_of_a_request_under_way_is_not_used_again(bench: Bench, others: int) -> None:
    # PS3.7 9.1.1.1.1; the numbers come round while the first requests are still there
    count = others + 2
    add(bench, count)
    ids: list[int] = []

    def script(peer: Peer) -> None:
        ids.extend(read_requests(peer, count))
        for row, number in enumerate(ids):
            peer.answer(number, 0, f"1.2.{row}")

    with bench.channel(script, window=8) as channel:
        queue = bench.queue(routes=PUSHED)
        for row in range(count - 1):
            push_row(channel, queue, row)
        channel.skip_message_ids(65535 - (count - 1))
        push_row(channel, queue, count - 1)
        assert channel.store_rows(queue, 1)[0] == wire.OK
    assert ids == list(range(1, count + 1))
    assert results(bench) == [(ANSWERED, 0)] * count


def test_pushed_and_stored_rows_together(bench: Bench) -> None:
    for number in range(9):
        bench.add(f"data set no. {number}".encode(), unterminated=number % 3 == 1)
    received: list[bytes] = []

    def script(peer: Peer) -> None:
        for first in (0, 4):
            messages = [peer.read_message() for _ in range(4)]
            received.extend(data_set for _, _, data_set in messages)
            for number in (2, 0, 3, 1):
                peer.answer(first + number + 1, 0, f"1.2.{first + number}")
        received.append(peer.read_message()[2])
        peer.answer(9, 0, "1.2.8")

    with bench.channel(script, window=4) as channel:
        queue, status = bench.queue(), wire.PUSH
        while status == wire.PUSH:
            status, row = channel.store_rows(queue, 1)
            if status == wire.PUSH:
                channel.begin(1)
                for at in range(0, len(bench.contents[row]), 3):
                    assert channel.push(bench.contents[row][at : at + 3]) == wire.OK
                assert channel.push(b"", last=True) == wire.OK
                assert channel.finish() == wire.OK
        assert status == wire.OK
    assert received == bench.contents
    assert results(bench) == [(ANSWERED, 0)] * 9


def test_a_group_stays_together_when_its_association_is_lost(bench: Bench) -> None:
    add(bench, 8)
    queue = bench.queue()
    queue.set_order(array("I", [0, 1, 2, 3, 4, 5, 6, 7]), array("I", [0, 7, 8]))

    def script(peer: Peer) -> None:
        read_requests(peer, 4)
        peer.answer(3, 0, "1.2.2")  # so that there is a gap
        leaves_after(1)(peer)

    with bench.channel(script, window=4) as channel:
        assert channel.store_rows(queue, 1)[0] == wire.CONNECTION_LOST
        assert channel.settle(again=True) == 4
    queue.set_routes(PUSHED)
    with bench.channel(lambda _: None) as one, bench.channel(lambda _: None) as other:
        assert one.store_rows(queue, 2) == (wire.PUSH, 0)
        assert other.store_rows(queue, 3) == (wire.PUSH, 7)
        rest = []
        for row in (1, 3, 4, 5, 6):
            one.refuse()
            rest.append(one.store_rows(queue, 2) == (wire.PUSH, row))
        assert rest == [True] * 5


def test_a_lost_instance_whose_file_is_gone(bench: Bench) -> None:
    path = bench.add(b"data")
    queue = bench.queue()
    with bench.channel(leaves_after(1)) as channel:
        assert channel.store_rows(queue, 1)[0] == wire.CONNECTION_LOST
        assert channel.settle(again=True) == 1
    path.unlink()
    with bench.channel(lambda _: None) as channel:
        assert channel.store_rows(queue, 2) == (wire.FILE_OPEN, 0)
    assert bench.table.result(0)[:4] == (UNKNOWN, 0, wire.FILE_OPEN, errno.ENOENT)


def test_nothing_is_begun_beyond_the_window(bench: Bench) -> None:
    add(bench, 2)

    def script(peer: Peer) -> None:
        read_requests(peer, 1)
        peer.sock.sendall(ABORT)

    with bench.channel(script) as channel:
        assert channel.store_rows(bench.queue(), 1)[0] == wire.PEER_ABORTED
        with pytest.raises(RuntimeError):
            channel.begin(1)
