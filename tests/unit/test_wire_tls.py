"""The socket loop over TLS: what encrypts and decrypts for it, and what the loop makes of that."""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import pytest

from fastsend._native import wire
from fastsend.association.tls_stream import TLSStream
from scripted_peer import Bench, Peer
from secure_pair import secured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Ends(NamedTuple):
    """A stream, and the peer that it is connected with."""

    stream: TLSStream
    peer: ssl.SSLSocket


@pytest.fixture(params=VERSIONS, ids=lambda version: version.name)
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs = listener.accept()[0]
    secure, peer = secured(ours, theirs, request.param)
    with secure, peer:
        secure.setblocking(False)
        peer.settimeout(20)
        yield Ends(TLSStream(secure, b"earlier"), peer)


def read(stream: TLSStream, length: int) -> bytes:
    """Return so many bytes, or those before the end."""
    received = bytearray()
    room = bytearray(1 << 15)
    deadline = time.monotonic() + 20
    while len(received) < length and time.monotonic() < deadline:
        count = stream.decrypt(memoryview(room))
        if count == 0:
            break
        if count > 0:
            received += room[:count]
        else:
            assert count == -select.POLLIN
            time.sleep(0.001)
    return bytes(received)


def test_what_was_received_before_comes_first(ends: Ends) -> None:
    ends.peer.sendall(b" and later")
    room = bytearray(4)
    assert ends.stream.decrypt(memoryview(room)) == 4
    assert room == b"earl"
    assert read(ends.stream, 13) == b"ier and later"
    assert ends.stream.unread() == b""


def test_what_was_not_read_is_left(ends: Ends) -> None:
    ends.stream.decrypt(memoryview(bytearray(4)))
    assert ends.stream.unread() == b"ier"
    assert ends.stream.unread() == b""


def test_who_does_not_read_is_waited_for(ends: Ends) -> None:
    piece = memoryview(os.urandom(1 << 18))
    sent = 0
    while (count := ends.stream.encrypt(piece)) > 0:
        sent += count
    assert count == -select.POLLOUT
    received = bytearray()
    while len(received) < sent:
        received += ends.peer.recv(1 << 16)
    assert received[: len(piece)] == piece


def _close_in_order(peer: ssl.SSLSocket) -> None:
    peer.setblocking(False)
    with suppress(ssl.SSLWantReadError):  # does not wait for an answer
        peer.unwrap()


def _cut(peer: ssl.SSLSocket) -> None:
    socket.socket(fileno=peer.detach()).close()


def _talk_nonsense(peer: ssl.SSLSocket) -> None:
    with socket.socket(fileno=os.dup(peer.fileno())) as raw:
        raw.sendall(b"no record of TLS at all")


@pytest.mark.parametrize("end", [_close_in_order, _cut, _talk_nonsense])
def test_any_end_comes_behind_what_was_said(
    end: Callable[[ssl.SSLSocket], None], ends: Ends
) -> None:
    said = os.urandom(200_000)
    ends.peer.sendall(said)
    end(ends.peer)
    assert read(ends.stream, len(said) + 100) == b"earlier" + said


@pytest.mark.parametrize("end", [_cut, _talk_nonsense])
def test_the_error_of_a_write_is_the_systems(
    end: Callable[[ssl.SSLSocket], None], ends: Ends
) -> None:
    end(ends.peer)
    read(ends.stream, 100)
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        for _ in range(1000):
            ends.stream.encrypt(memoryview(bytes(1 << 18)))


@pytest.mark.skipif(not hasattr(socket, "TCP_CORK"), reason="the system has no TCP_CORK")
@pytest.mark.parametrize("length", [1, 20_000, 100_001, 1 << 20])
def test_nothing_is_held_back(tmp_path: Path, length: int) -> None:
    bench = Bench(tmp_path, ssl.TLSVersion.TLSv1_3)
    for _ in range(3):
        bench.add(os.urandom(length))

    def corked() -> int:
        return bench.secure._secure.getsockopt(socket.IPPROTO_TCP, socket.TCP_CORK)

    def script(peer: Peer) -> None:
        for number in range(3):
            peer.read_message()
            # The kernel itself would let go of the last segment, with the option still set.
            deadline = time.monotonic() + 10
            while corked():
                assert time.monotonic() < deadline
            peer.answer(number + 1, 0, f"1.2.{number}")

    assert bench.send(script) == (wire.OK, 3)


class Reluctant:
    """Writes as it is told, in the clear, but only every so many times that it is asked to."""

    def __init__(self, sock: socket.socket, period: int) -> None:
        self._sock = sock
        self._period = period
        self._calls = 0

    def encrypt(self, data: memoryview) -> int:
        self._calls += 1
        if self._calls % self._period:
            return -select.POLLOUT
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return -select.POLLOUT

    def decrypt(self, room: memoryview) -> int:
        try:
            return self._sock.recv_into(room)
        except BlockingIOError:
            return -select.POLLIN


@pytest.mark.parametrize("period", range(2, 12))
def test_whoever_finds_room_first(tmp_path: Path, period: int) -> None:
    # A write that had to wait is tried again by whoever waits, and by reads: none of them may go on
    # waiting for room that another has found.
    bench = Bench(tmp_path)
    bench.encrypting = lambda sock: Reluctant(sock, period)
    for length in (3 << 20, 1000, 300_000):
        bench.add(os.urandom(length))

    def script(peer: Peer) -> None:
        for number, content in enumerate(bench.contents):
            assert peer.read_message()[2] == content
            peer.answer(number + 1, 0, f"1.2.{number}")

    assert bench.send(script, dimse_timeout=5) == (wire.OK, 3)
