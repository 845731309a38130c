"""The socket loop against a scripted peer on a real TCP connection."""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest

from fastsend._native import wire
from fastsend.model.result import Outcome, StatusClass, status_class
from reference.upper_layer import c_store_rsp_pdus
from scripted_peer import ABORT, AS_STORED, BIG, CONNECTIONS, OFFSET, RELEASE, Bench, Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


EXPLICIT_TO_IMPLICIT = bytes([1, 1, 1, 0])


@pytest.fixture(params=CONNECTIONS, ids=CONNECTIONS.get)
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(tmp_path, request.param)


@pytest.mark.parametrize("pdu", [8, 9, 128, 16384, 131072])
@pytest.mark.parametrize("length", [1, 2, 116, 122, 123, 16378, 16379, 40001])
def test_data_sets_arrive_byte_for_byte(bench: Bench, pdu: int, length: int) -> None:
    if length // pdu > 2000:
        length = 2000 + length % 2
    bench.add(os.urandom(length))
    received = []

    def script(peer: Peer) -> None:
        received.append(peer.read_message())
        peer.answer()
        assert max(peer.pdu_lengths) <= pdu

    assert bench.send(script, pdu=pdu) == (wire.OK, 1)
    assert received[0][0] == 1
    # PS3.8 Annex E: fragments are even; PS3.5 A.5 pads a deflated data set with a NUL
    assert received[0][2] == bench.contents[0] + bytes(len(bench.contents[0]) % 2)
    outcome, status, error, _, association, context_id, elapsed = bench.table.result(0)
    assert (outcome, status, association, context_id, error) == (Outcome.ANSWERED, 0, 1, 1, 0)
    assert elapsed > 0


def test_many_instances_and_their_message_ids(bench: Bench) -> None:
    for number in range(300):
        bench.add(os.urandom(100 + number))
    ids = []

    def script(peer: Peer) -> None:
        for number in range(300):
            _, command, data_set = peer.read_message()
            assert data_set == bench.contents[number] + bytes(number % 2)
            ids.append(struct.unpack_from("<H", command, command.index(b"\x00\x00\x10\x01") + 8)[0])
            peer.answer(ids[-1], 0, f"1.2.{number}")

    assert bench.send(script) == (wire.OK, 300)
    assert ids == list(range(1, 301))
    assert set(bench.outcomes()) == {Outcome.ANSWERED}


@pytest.mark.parametrize("pdu", [16384, 131072, 1 << 20])
def test_instances_around_the_size_of_a_read(bench: Bench, pdu: int) -> None:
    # each is read ahead while the one before is answered
    sizes = [131066, 131068, 2 * 131066 + 4, 10, 131072, 131074]
    sizes += [8 * 131066, 8 * 131066 + 2, 64 * 16378, 1 << 20, (1 << 20) + 2, 3 << 20, 6]
    for size in sizes:
        bench.add(os.urandom(size))

    def script(peer: Peer) -> None:
        for number in range(len(sizes)):
            assert peer.read_message()[2] == bench.contents[number]
            peer.answer(number + 1, 0, f"1.2.{number}")

    assert bench.send(script, pdu=pdu) == (wire.OK, len(sizes))


def test_file_that_changes_after_it_was_read_ahead(bench: Bench) -> None:
    bench.add(b"first")
    path = bench.add(b"second")

    def script(peer: Peer) -> None:
        peer.read_message()
        time.sleep(0.2)
        path.write_bytes(bytes(OFFSET) + b"SECOND")
        peer.answer(1, 0, "1.2.0")

    assert bench.send(script) == (wire.FILE_CHANGED, 2)
    assert bench.outcomes() == [Outcome.ANSWERED, Outcome.NOT_SENT]


def test_header_and_body_leave_together(bench: Bench) -> None:
    # what arrives first already holds the command and the start of the data set
    bench.add(b"x" * 2000)

    def script(peer: Peer) -> None:
        time.sleep(0.05)
        first = peer.sock.recv(1 << 20)
        assert len(first) > 2000
        peer.answer()

    assert bench.send(script)[0] == wire.OK


@pytest.mark.parametrize("max_pdu", [8, 30, 16384])
def test_response_in_single_bytes(bench: Bench, max_pdu: int) -> None:
    bench.add(b"data")

    def script(peer: Peer) -> None:
        peer.read_message()
        peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in c_store_rsp_pdus(1, 1, 0xB000, "1.2.0", max_pdu):
            peer.sock.sendall(bytes([byte]))

    assert bench.send(script) == (wire.OK, 1)
    assert bench.table.result(0)[1] == 0xB000


def test_response_before_the_request_is_complete(bench: Bench) -> None:
    bench.add(os.urandom(BIG))
    bench.add(b"second")

    def script(peer: Peer) -> None:
        peer.read_pdv()
        peer.answer(1, 0xA700)
        time.sleep(0.1)
        while not peer.read_pdv()[1] & 2:
            pass
        assert peer.read_message()[2] == b"second"
        peer.answer(2, 0, "1.2.1")

    with bench.channel(script) as channel:
        queue = bench.queue()
        assert channel.store_rows(queue, 1) == (wire.STATUS_FAILED, 0)
        assert channel.store_rows(queue, 1)[0] == wire.OK
    assert bench.table.result(0)[:2] == (Outcome.ANSWERED, 0xA700)


def test_kinds_without_a_context_are_passed_over(bench: Bench) -> None:
    bench.add(b"never sent")
    with bench.channel(lambda peer: None) as channel:
        assert channel.store_rows(bench.queue(routes=bytes(4)), 3)[0] == wire.OK
    assert bench.table.result(0)[:5] == (Outcome.NOT_SENT, 0, wire.OK, 0, 3)
    assert bench.table.final_prefix(0) == 1


@pytest.mark.parametrize("routes", [b"", bytes([0, 3, 0, 0])])
def test_the_queue_ends_before_a_kind_that_it_has_no_route_of(bench: Bench, routes: bytes) -> None:
    bench.add(b"never sent")
    queue = bench.queue(routes=routes)
    with bench.channel(lambda peer: None) as channel:
        assert channel.store_rows(queue, 1)[0] == wire.OK
    assert bench.outcomes() == [Outcome.PENDING]
    assert (queue.closed, queue.next, queue.end, queue.left) == (True, 0, 0, False)


def test_rows_beyond_the_table(bench: Bench) -> None:
    with pytest.raises(IndexError):
        bench.queue(0, 1)
    with pytest.raises(IndexError):
        bench.queue(0, 0).publish(1)


def test_no_fragment_fits(bench: Bench) -> None:
    with (
        pytest.raises(ValueError, match="no message fragment"),
        bench.channel(lambda peer: None, pdu=7),
    ):
        pass


def send_after_request(data: bytes) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        peer.read_message()
        peer.sock.sendall(data)
        peer.sock.recv(1)

    return script


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (ABORT, wire.PEER_ABORTED),
        (RELEASE, wire.PEER_RELEASED),
        (b"HTTP/1.1 400 Bad Request", wire.PROTOCOL),
        (bytes.fromhex("04 00 00004001"), wire.PROTOCOL),
        (c_store_rsp_pdus(1, 2, 0, "1.2.0"), wire.WRONG_MESSAGE_ID),
        (c_store_rsp_pdus(1, 1, 0, "1.2.1"), wire.WRONG_SOP_INSTANCE),
        (c_store_rsp_pdus(3, 1, 0, "1.2.0"), wire.WRONG_CONTEXT),
        (c_store_rsp_pdus(1, 1, 0xFF00, "1.2.0"), wire.PENDING_STATUS),
    ],
)
def test_other_answers_end_the_association(bench: Bench, answer: bytes, status: int) -> None:
    bench.add(b"data")
    bench.add(b"not reached")
    assert bench.send(send_after_request(answer)) == (status, 1)
    # whole at the peer and not answered as it should be: nobody knows
    assert bench.outcomes() == [Outcome.UNKNOWN, Outcome.PENDING]
    assert bench.table.result(0)[2] == status
    if status == wire.PEER_ABORTED:
        assert bench.abort == (2, 6)


def test_end_of_the_connection_instead_of_a_response(bench: Bench) -> None:
    bench.add(b"data")

    def script(peer: Peer) -> None:
        peer.read_message()
        peer.sock.sendall(c_store_rsp_pdus(1, 1, 0, "1.2.0")[:30])
        peer.sock.shutdown(socket.SHUT_WR)

    assert bench.send(script) == (wire.CONNECTION_LOST, 1)
    assert bench.channel_after[0] == 0
    assert bench.outcomes() == [Outcome.UNKNOWN]


def test_reset_while_sending(bench: Bench) -> None:
    bench.add(os.urandom(BIG))

    def script(peer: Peer) -> None:
        peer.read(1000)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.sock.close()

    assert bench.send(script) == (wire.CONNECTION_LOST, 1)
    assert bench.channel_after[0] in (errno.ECONNRESET, errno.EPIPE)
    # its end never left this machine: the peer cannot have stored it
    assert bench.outcomes() == [Outcome.NOT_SENT]


def test_abort_while_sending(bench: Bench) -> None:
    bench.add(os.urandom(BIG))

    def script(peer: Peer) -> None:
        peer.read(1000)
        peer.sock.sendall(ABORT)
        time.sleep(0.2)

    assert bench.send(script) == (wire.PEER_ABORTED, 1)
    assert bench.outcomes() == [Outcome.NOT_SENT]


def timed(action: Callable[[], object]) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start


def never_reads(peer: Peer) -> None:
    time.sleep(2)


def reads_and_says_nothing(peer: Peer) -> None:
    peer.read_message()
    time.sleep(2)


def stops_within_the_response(peer: Peer) -> None:
    peer.read_message()
    peer.sock.sendall(c_store_rsp_pdus(1, 1, 0, "1.2.0")[:20])
    time.sleep(2)


def dribbles(peer: Peer) -> None:
    peer.read_message()
    for byte in c_store_rsp_pdus(1, 1, 0, "1.2.0", 8):
        try:
            peer.sock.sendall(bytes([byte]))
        except OSError:
            return
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("script", "options", "status"),
    [
        (never_reads, {"socket_timeout": 0.5}, wire.SOCKET_TIMEOUT),
        (never_reads, {"dimse_timeout": 0.5}, wire.DIMSE_TIMEOUT),
        (reads_and_says_nothing, {"dimse_timeout": 0.5}, wire.DIMSE_TIMEOUT),
        (stops_within_the_response, {"dimse_timeout": 0.5}, wire.DIMSE_TIMEOUT),
        (
            stops_within_the_response,
            {"dimse_timeout": None, "socket_timeout": 0.5},
            wire.SOCKET_TIMEOUT,
        ),
        (dribbles, {"dimse_timeout": 0.5}, wire.DIMSE_TIMEOUT),
    ],
)
def test_deadlines(
    bench: Bench, script: Callable[[Peer], None], options: dict[str, float], status: int
) -> None:
    bench.add(os.urandom(BIG))
    ended: list[tuple[int, int]] = []
    with bench.channel(script, **options) as channel:
        seconds = timed(lambda: ended.append(channel.store_rows(bench.queue(), 1)))
    assert ended == [(status, 0)]
    assert 0.4 < seconds < 1.9


def test_a_slow_response_is_waited_for_beyond_the_socket_timeout(bench: Bench) -> None:
    # a receiver may work as long as it likes before it answers, unless -td says otherwise
    bench.add(b"data")

    def script(peer: Peer) -> None:
        peer.read_message()
        time.sleep(0.8)
        peer.answer()

    assert bench.send(script, socket_timeout=0.3, dimse_timeout=None) == (wire.OK, 1)


@pytest.mark.parametrize("script", [never_reads, reads_and_says_nothing])
def test_cancelled_within_a_second(bench: Bench, script: Callable[[Peer], None]) -> None:
    bench.add(os.urandom(BIG))
    threading.Timer(0.3, bench.cancel.request).start()
    ended: list[tuple[int, int]] = []
    with bench.channel(script, dimse_timeout=None, socket_timeout=None) as channel:
        seconds = timed(lambda: ended.append(channel.store_rows(bench.queue(), 1)))
        if bench.tls is None:  # else whole PDUs may wait, and find room meanwhile
            assert channel.inside_pdu == (script is never_reads)
    assert ended == [(wire.CANCELLED, 0)]
    assert seconds < 1.3
    assert bench.outcomes() == [Outcome.NOT_SENT if script is never_reads else Outcome.UNKNOWN]


def test_cancelled_transfer_completes_its_pdu(bench: Bench) -> None:
    bench.add(os.urandom(BIG))

    def script(peer: Peer) -> None:
        peer.read_pdv()
        time.sleep(0.2)
        bench.cancel.request()
        with pytest.raises(EOFError):
            while True:
                assert not peer.read_pdv()[1] & 2

    with bench.channel(script) as channel:
        assert channel.store_rows(bench.queue(), 1) == (wire.CANCELLED, 0)
        assert not channel.inside_pdu
    assert bench.outcomes() == [Outcome.NOT_SENT]


def test_cancelled_before_the_first(bench: Bench) -> None:
    bench.add(b"data")
    bench.cancel.request()
    assert bench.cancel.requested
    assert bench.send(lambda peer: None) == (wire.CANCELLED, 0)
    assert bench.outcomes() == [Outcome.PENDING]


def test_missing_file(bench: Bench) -> None:
    bench.add(b"data").unlink()
    assert bench.send(lambda peer: None) == (wire.FILE_OPEN, 1)
    assert bench.table.result(0)[0] == Outcome.NOT_SENT
    assert bench.table.result(0)[2:4] == (wire.FILE_OPEN, errno.ENOENT)


@pytest.mark.parametrize("change", [b"longer than before", b"new!", b""])
def test_file_changed_before_it_is_sent(bench: Bench, change: bytes) -> None:
    path = bench.add(b"data")
    path.write_bytes(b"\xaa" * OFFSET + change)
    os.utime(path, ns=(0, 0))
    assert bench.send(lambda peer: None) == (wire.FILE_CHANGED, 1)
    assert bench.outcomes() == [Outcome.NOT_SENT]


def test_the_transfer_goes_on_after_a_bad_file(bench: Bench) -> None:
    bench.add(b"one").unlink()
    bench.add(b"two")

    def script(peer: Peer) -> None:
        assert peer.read_message()[2] == b"two\0"
        peer.answer(1, 0, "1.2.1")

    with bench.channel(script) as channel:
        queue = bench.queue()
        assert channel.store_rows(queue, 1) == (wire.FILE_OPEN, 0)
        assert channel.store_rows(queue, 1)[0] == wire.OK
    assert bench.outcomes() == [Outcome.NOT_SENT, Outcome.ANSWERED]


def test_pixel_data_without_its_end_is_the_callers_to_send(bench: Bench) -> None:
    bench.add(b"one!")
    bench.add(b"two!", unterminated=True)
    bench.add(b"three!")

    def script(peer: Peer) -> None:
        assert peer.read_message()[2] == b"one!"
        peer.answer()
        assert peer.read_message()[2] == b"three!"
        peer.answer(2, 0, "1.2.2")

    with bench.channel(script) as channel:
        queue = bench.queue()
        assert channel.store_rows(queue, 1) == (wire.PUSH, 1)
        channel.refuse()
        assert channel.store_rows(queue, 1)[0] == wire.OK
    assert bench.outcomes() == [Outcome.ANSWERED, Outcome.NOT_SENT, Outcome.ANSWERED]
    assert bench.table.result(1)[2:5] == (wire.NOT_CONVERTED, 0, 1)


@pytest.mark.parametrize("how", ["shrinks", "is overwritten"])
def test_file_that_changes_while_it_is_sent_is_never_completed(bench: Bench, how: str) -> None:
    path = bench.add(os.urandom(BIG))

    def script(peer: Peer) -> None:
        peer.read_pdv()
        if how == "shrinks":
            os.truncate(path, 1000)
        else:
            with path.open("r+b") as file:
                file.seek(BIG // 2)
                file.write(b"other bytes")
            os.utime(path)
        with pytest.raises(EOFError):
            while True:
                assert not peer.read_pdv()[1] & 2, "the object was completed"

    assert bench.send(script) == (wire.FILE_CHANGED_SENDING, 1)
    assert bench.outcomes() == [Outcome.NOT_SENT]


def test_what_left_as_a_whole_is_never_noted_as_not_sent(bench: Bench) -> None:
    # the file changes unseen; that it did shows behind the end of what was announced
    data_set = struct.pack("<HH2sHL", 0x0042, 0x0011, b"OB", 0, BIG) + bytes(BIG)
    last = struct.pack("<HH2sHL", 0x0042, 0x0015, b"OB", 0, 20000) + bytes(20000)
    other = struct.pack("<HH2sH", 0x0042, 0x0015, b"LT", 20000) + bytes(20000) + b"\x42\0\x17\0"
    path = bench.add(data_set + last)
    modified = path.stat().st_mtime_ns
    received: list[int] = []

    def script(peer: Peer) -> None:
        peer.read_pdv()
        with path.open("r+b") as file:
            file.seek(-len(other), os.SEEK_END)
            file.write(other)
        os.utime(path, ns=(modified, modified))
        control = 0
        while not control & 2:
            _, control, data = peer.read_pdv()
            received.append(len(data))
        assert sum(received) == 8 + BIG + 8 + 20000

    with bench.channel(script) as channel:
        queue = bench.queue(routes=EXPLICIT_TO_IMPLICIT)
        status, _ = channel.store_rows(queue, 1)
        channel.settle()
    assert status == wire.FILE_CHANGED_SENDING
    assert bench.outcomes() == [Outcome.UNKNOWN]


@pytest.mark.parametrize("routes", [AS_STORED, EXPLICIT_TO_IMPLICIT])
def test_an_empty_data_set_is_sent_all_the_same(bench: Bench, routes: bytes) -> None:
    bench.add(b"")

    def script(peer: Peer) -> None:
        assert peer.read_message()[2] == b""
        peer.answer()

    with bench.channel(script) as channel:
        assert channel.store_rows(bench.queue(routes=routes), 1)[0] == wire.OK
    assert bench.outcomes() == [Outcome.ANSWERED]


def test_file_that_changes_after_it_was_sent_is_no_error(bench: Bench) -> None:
    path = bench.add(b"data" * 100)

    def script(peer: Peer) -> None:
        peer.read_message()
        path.write_bytes(b"other")
        peer.answer()

    assert bench.send(script) == (wire.OK, 1)


def test_unread_bytes_are_handed_on(bench: Bench) -> None:
    bench.add(b"data")
    answer = c_store_rsp_pdus(1, 1, 0, "1.2.0")
    assert bench.send(send_after_request(answer + RELEASE)) == (wire.OK, 1)
    assert bench.channel_after[2] == RELEASE


def test_error_comment_of_the_peer(bench: Bench) -> None:
    bench.add(b"data")
    answer = c_store_rsp_pdus(1, 1, 0xC000, "1.2.0", error_comment="no such patient")
    with bench.channel(send_after_request(answer)) as channel:
        assert channel.store_rows(bench.queue(), 1) == (wire.STATUS_FAILED, 0)
        assert channel.error_comment == b"no such patient"


@pytest.mark.parametrize("status", [0x0000, 0x0001, 0x0107, 0x0116, 0xB000, 0xB006, 0xBFFF])
def test_statuses_that_mean_stored(bench: Bench, status: int) -> None:
    # PS3.4 Table B.2-1: Bxxx are warnings; PS3.7 C.5: 0001, 0107, 0116
    bench.add(b"data")
    assert bench.send(send_after_request(c_store_rsp_pdus(1, 1, status, "1.2.0")))[0] == wire.OK


@pytest.mark.parametrize(
    "status", [0x0002, 0x0110, 0x0122, 0xA700, 0xA900, 0xAFFF, 0xC000, 0xCFFF, 0xF000]
)
def test_statuses_that_do_not(bench: Bench, status: int) -> None:
    bench.add(b"data")
    ended = bench.send(send_after_request(c_store_rsp_pdus(1, 1, status, "1.2.0")))
    assert ended == (wire.STATUS_FAILED, 1)


def test_the_loop_and_the_report_agree_on_every_status() -> None:
    stored = {status for status in range(0x10000) if wire.means_stored(status)}

    # PS3.4 Table B.2-1, PS3.7 C.5
    assert stored == {0x0000, 0x0001, 0x0107, 0x0116, *range(0xB000, 0xC000)}
    assert stored == {
        status for status in range(0x10000) if status_class(status) <= StatusClass.WARNING
    }
