"""TCP connections, made or given up."""

from __future__ import annotations

import socket

import pytest

from descriptors import DESCRIPTORS, count_descriptors
from fastsend.association.tcp_connection import connect, never, set_options
from fastsend.errors import ConnectionFailedError, RequestGivenUpError


def test_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sock = connect(*listener.getsockname(), timeout=30, stop=never, ip_version="any")
        accepted, address = listener.accept()
        with sock, accepted:
            assert sock.getsockname() == address
            assert sock.gettimeout() is None
            set_options(sock)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionFailedError, match="connection refused") as caught:
            connect(*unused.getsockname(), timeout=None, stop=never, ip_version="4")
    assert not isinstance(caught.value, RequestGivenUpError)


def test_no_such_host() -> None:
    with pytest.raises(ConnectionFailedError, match="is the name right"):
        connect("no such host", 104, None, never, "any")


def test_what_is_given_up_already_is_not_connected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with pytest.raises(RequestGivenUpError):
            connect(*listener.getsockname(), timeout=None, stop=lambda: True, ip_version="any")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_given_up_no_other_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)  # until its queue is full
            found = (socket.AF_INET, socket.SOCK_STREAM, 0, "", address)
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [found] * 3)

            def stop() -> bool:
                asked.append(count_descriptors() if DESCRIPTORS.is_dir() else 0)
                return len(asked) > 3

            with pytest.raises(RequestGivenUpError):
                connect("pacs", 104, None, stop, "any")
            assert len(asked) == 4
            stop()
            assert asked[-1] == asked[0]  # before there was a socket
        finally:
            for one in waiting:
                one.close()
