"""The pump between a secure connection and the socket of a transfer."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest
import trustme

from fastsend.association.tls_pump import TLSPump

if TYPE_CHECKING:
    from collections.abc import Iterator

MUCH = os.urandom(3 << 20)
"""More than sockets and the pump keep."""


class Ends(NamedTuple):
    """A pump and what it is between."""

    pump: TLSPump
    near: socket.socket
    """The transfer's, blocking."""
    peer: ssl.SSLSocket
    secure: ssl.SSLSocket
    """What the pump works on."""


@pytest.fixture(scope="module")
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return client, server


@contextlib.contextmanager
def connected(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[Ends]:
    client_context, server_context = contexts
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        accepted = listener.accept()[0]
    peers: list[ssl.SSLSocket] = []

    def shake_hands() -> None:
        peers.append(
            server_context.wrap_socket(accepted, server_side=True, suppress_ragged_eofs=False)
        )

    thread = threading.Thread(target=shake_hands)
    thread.start()
    secure = client_context.wrap_socket(
        client, server_hostname="localhost", suppress_ragged_eofs=False
    )
    thread.join()
    secure.setblocking(False)
    pump = TLSPump(secure, b"earlier, ")
    near = socket.socket(fileno=os.dup(pump.descriptor))
    for sock in (near, peers[0]):
        sock.settimeout(20)
    with near, peers[0], secure:
        yield Ends(pump, near, peers[0], secure)
        pump.kill()


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def ends(
    request: pytest.FixtureRequest, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> Iterator[Ends]:
    contexts[0].maximum_version = request.param
    with connected(contexts) as made:
        yield made


def read_all(sock: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length and (part := sock.recv(min(1 << 20, length - len(received)))):
        received += part
    return bytes(received)


def test_both_directions_at_once(ends: Ends) -> None:
    received: list[bytes] = []
    threads = [
        threading.Thread(target=ends.near.sendall, args=(MUCH,)),
        threading.Thread(target=lambda: received.append(read_all(ends.near, len(MUCH) + 9))),
    ]
    for thread in threads:
        thread.start()
    # The peer writes before it reads: neither direction may wait for the other.
    ends.peer.sendall(MUCH)
    assert read_all(ends.peer, len(MUCH)) == MUCH
    for thread in threads:
        thread.join(20)
    assert received == [b"earlier, " + MUCH]


def test_finish_sends_all_and_gives_back_what_was_not_read(ends: Ends) -> None:
    ends.near.sendall(b"request")
    assert ends.peer.recv(100) == b"request"
    ends.peer.sendall(b"response")
    assert read_all(ends.near, 12) == b"earlier, res"
    ends.near.sendall(b"the last words")
    assert ends.pump.finish(10) == b"ponse"
    assert ends.peer.recv(100) == b"the last words"


def test_finish_gives_up_on_a_peer_that_does_not_read(ends: Ends) -> None:
    ends.near.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            ends.near.send(MUCH)
            threading.Event().wait(0.02)
    assert ends.pump.finish(0.1) is None


def test_finish_behind_the_end_of_the_peer(ends: Ends) -> None:
    with contextlib.suppress(ssl.SSLWantReadError):
        ends.peer.setblocking(False)
        ends.peer.unwrap()
    assert read_all(ends.near, 100) == b"earlier, "
    assert ends.pump.finish(10) == b""


def test_an_end_in_order_comes_behind_what_was_said(ends: Ends) -> None:
    said = MUCH[:200_000]
    ends.peer.sendall(said)
    ends.peer.setblocking(False)
    with contextlib.suppress(ssl.SSLWantReadError):
        ends.peer.unwrap()  # does not wait for an answer
    assert read_all(ends.near, len(said) + 100) == b"earlier, " + said
    assert ends.near.recv(1) == b""
    with pytest.raises(BrokenPipeError):
        ends.near.sendall(MUCH)
    assert ends.pump.error is None


def test_a_cut_comes_behind_what_was_said(ends: Ends) -> None:
    ends.peer.sendall(b"last")
    socket.socket(fileno=ends.peer.detach()).close()
    assert read_all(ends.near, 100) == b"earlier, last"
    assert isinstance(ends.pump.error, ssl.SSLError | ConnectionError)


def test_garbage_is_an_end(ends: Ends) -> None:
    raw = socket.socket(fileno=os.dup(ends.peer.fileno()))
    with raw:
        raw.sendall(b"no record of TLS at all")
        assert read_all(ends.near, 100) == b"earlier, "
    assert isinstance(ends.pump.error, ssl.SSLError)


def test_kill_needs_no_peer(ends: Ends) -> None:
    ends.near.setblocking(False)
    ends.near.send(MUCH)
    ends.pump.kill()
    ends.pump.kill()
    assert not ends.pump._thread.is_alive()


@pytest.mark.skipif(not hasattr(socket, "TCP_CORK"), reason="the system has no TCP_CORK")
@pytest.mark.parametrize("length", [1, 20_000, 100_001])
def test_nothing_is_held_back(ends: Ends, length: int) -> None:
    for _ in range(3):
        ends.near.sendall(MUCH[:length])
        assert read_all(ends.peer, length) == MUCH[:length]
        # The kernel itself would let go of the last segment in the end, with the option still set.
        assert not ends.secure.getsockopt(socket.IPPROTO_TCP, socket.TCP_CORK)


def test_records_of_one_segment_arrive_whole_and_in_order(ends: Ends) -> None:
    said = [MUCH[start : start + 12] for start in range(0, 12 * 40, 12)]
    for record in said:
        ends.peer.sendall(record)
    assert read_all(ends.near, 9 + 480) == b"earlier, " + b"".join(said)
    ends.near.sendall(b"heard")
    assert read_all(ends.peer, 5) == b"heard"


def test_an_answer_that_comes_late_is_passed_on(ends: Ends) -> None:
    assert read_all(ends.near, 9) == b"earlier, "
    for _ in range(3):
        ends.near.sendall(b"request")
        assert read_all(ends.peer, 7) == b"request"
        threading.Event().wait(0.03)  # long after the pump sleeps
        ends.peer.sendall(b"answer")
        assert read_all(ends.near, 6) == b"answer"


def test_several_at_once_on_one_context(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with contextlib.ExitStack() as stack:
        all_ends = [stack.enter_context(connected(contexts)) for _ in range(4)]
        sent = [os.urandom(1 << 20) for _ in all_ends]
        received = [b""] * len(all_ends)

        def read(number: int) -> None:
            received[number] = read_all(all_ends[number].peer, len(sent[number]))

        threads = [
            *(threading.Thread(target=read, args=(n,)) for n in range(len(all_ends))),
            *(
                threading.Thread(target=one.near.sendall, args=(what,))
                for one, what in zip(all_ends, sent, strict=True)
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert received == sent
        # One that ends, in whatever way, leaves the others alone.
        all_ends[0].pump.kill()
        for one in all_ends[1:]:
            one.near.sendall(b"more")
            assert read_all(one.peer, 4) == b"more"
