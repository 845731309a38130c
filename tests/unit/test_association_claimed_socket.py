"""Association requests that are given up, many at the same time, before the peer has answered."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from descriptors import DESCRIPTORS, count_descriptors
from fastsend.association.negotiate import Association
from fastsend.association.tls_context import secure_transport
from fastsend.errors import FastsendError, RequestGivenUpError
from fastsend.model.options import SendOptions
from fastsend.model.proposal import PresentationContext
from fastsend.model.tls import Tls
from peers import pdu_bytes
from peers.recording_scp import RecordingSCP, Send, Stall
from peers.study import CT, EXPLICIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.association.tls_context import SecureTransport
    from peers.pdu_bytes import AssociateRequest
    from peers.scp_records import Action

CONTEXTS = (PresentationContext(1, CT, (EXPLICIT,)),)
TOGETHER = 4
ASKED = 5
"""How often each has asked whether to go on before it is told not to: it waits by then."""
A_ABORT = bytes.fromhex("07 00 00000004 00 00 00 00")  # PS3.8 Table 9-26: by the service user


class Requests:
    """Association requests in threads of their own, all given up at the same time."""

    def __init__(self, port: int, transport: SecureTransport | None = None) -> None:
        self._options = SendOptions("127.0.0.1", port, ())
        self._transport = transport
        self._given_up = threading.Event()
        self._asked = [0] * TOGETHER
        self._enough = threading.Condition()
        self.errors: list[FastsendError] = []
        self._threads = [
            threading.Thread(target=self._request, args=(number,)) for number in range(TOGETHER)
        ]
        for thread in self._threads:
            thread.start()

    def _request(self, number: int) -> None:
        def stop() -> bool:
            with self._enough:
                self._asked[number] += 1
                self._enough.notify_all()
            return self._given_up.is_set()

        try:
            Association(self._options, CONTEXTS, stop, self._transport)
        except FastsendError as error:
            self.errors.append(error)

    def give_up(self) -> None:
        with self._enough:
            assert self._enough.wait_for(lambda: min(self._asked) >= ASKED, 30)
        self._given_up.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    if not DESCRIPTORS.is_dir():
        pytest.skip("descriptors are counted in /proc")
    before = count_descriptors(), threading.active_count()
    yield
    assert (count_descriptors(), threading.active_count()) == before


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=TOGETHER) as made:
        made.settimeout(30)
        yield made


def check(requests: Requests) -> None:
    requests.give_up()
    assert [type(error) for error in requests.errors] == [RequestGivenUpError] * TOGETHER


def test_no_answer_to_the_request(listener: socket.socket) -> None:
    requests = Requests(listener.getsockname()[1])
    with ExitStack() as connections:
        peers = [connections.enter_context(listener.accept()[0]) for _ in range(TOGETHER)]
        check(requests)
        for peer in peers:
            peer.settimeout(30)
            received = b"".join(iter(lambda: peer.recv(65536), b""))  # noqa: B023
            assert received[:2] == b"\1\0"  # A-ASSOCIATE-RQ
            assert received[6 + int.from_bytes(received[2:6], "big") :] == A_ABORT


def test_half_an_answer() -> None:
    def half(request: AssociateRequest) -> list[Action]:
        return [Send(pdu_bytes.associate_ac(request, {1: EXPLICIT})[:20]), Stall()]

    with RecordingSCP(on_associate=half) as scp:
        check(Requests(scp.port))


def test_no_connection() -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # Where the queue is full, what wants to connect gets no answer.
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        check(Requests(listener.getsockname()[1]))


def test_no_tls_handshake(listener: socket.socket) -> None:
    transport = secure_transport(Tls())
    with listener:
        check(Requests(listener.getsockname()[1], transport))


def test_given_up_just_when_the_answer_is_there() -> None:
    given_up = threading.Event()
    with RecordingSCP() as scp:
        association = Association(SendOptions("127.0.0.1", scp.port, ()), CONTEXTS, given_up.is_set)
        given_up.set()
        (recorded,) = scp.finished(1)
        association.ended()
    assert (recorded.ended, recorded.abort) == ("aborted", (0, 0))


def test_given_up_while_it_is_released() -> None:
    given_up = threading.Event()

    def stall() -> list[Action]:
        given_up.set()
        return [Stall()]

    with RecordingSCP(on_release=stall, strict=False) as scp:
        association = Association(SendOptions("127.0.0.1", scp.port, ()), CONTEXTS, given_up.is_set)
        assert not association.release()
        (recorded,) = scp.finished(1)
    # It takes what it did for the answer, behind which nothing may come.
    assert recorded.violations == ["0x07 after A-RELEASE-RP"]


def test_nothing_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(FastsendError, match="connection refused"):
            Association(
                SendOptions("127.0.0.1", unused.getsockname()[1], ()), CONTEXTS, lambda: False
            )


def test_many_at_once_are_told_apart() -> None:
    opened: list[Association] = []

    def open_one(port: int) -> None:
        opened.append(Association(SendOptions("127.0.0.1", port, ()), CONTEXTS, lambda: False))

    with RecordingSCP() as scp:
        threads = [threading.Thread(target=open_one, args=(scp.port,)) for _ in range(2 * TOGETHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(opened) == 2 * TOGETHER
        for association in opened[::2]:
            association.abort()
        assert all(association.is_established for association in opened[1::2])
        assert all(association.release() for association in opened[1::2])
        ends = [association.ended for association in scp.finished(2 * TOGETHER)]
    assert sorted(ends) == ["aborted"] * TOGETHER + ["released"] * TOGETHER
