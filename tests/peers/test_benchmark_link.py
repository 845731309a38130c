"""The benchmarks' link: what goes in comes out, whole and in order, whoever else uses it.

That it adds the delay and keeps the rate is measured by ``python -m benchmarks.micro.link``: a test
that asserts a time fails on a busy machine.
"""

from __future__ import annotations

import random
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from benchmarks.e2e.sink import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.peer("cc")

LENGTH = 3_000_001


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled("link", tmp_path_factory.mktemp("scratch"))


@pytest.fixture
def link(program: Path) -> Iterator[Callable[..., int]]:
    """Start a link to a port: ``link(port, microseconds, bits_per_second)`` is its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(port: int, microseconds: int, bits_per_second: int = 0) -> int:
        argv = [str(program), *map(str, (port, microseconds, bits_per_second))]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        return int(process.stdout.readline())

    yield start
    for process in started:
        assert process.poll() is None
        process.kill()
        process.communicate()


def read_to_end(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def reversing_server() -> socket.socket:
    """Return a listener that answers each stream, once it has ended, with its bytes reversed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)

    def answer(connection: socket.socket) -> None:
        with connection:
            connection.sendall(read_to_end(connection)[::-1])

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener


def converse(port: int, seed: int) -> bool:
    sent = random.Random(seed).randbytes(LENGTH)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return read_to_end(connection) == sent[::-1]


@pytest.mark.parametrize("bits_per_second", [0, 400_000_000])
def test_connections_at_once_are_passed_on_unchanged(
    link: Callable[..., int], bits_per_second: int
) -> None:
    with reversing_server() as listener:
        port = link(listener.getsockname()[1], 2000, bits_per_second)
        with ThreadPoolExecutor(6) as pool:
            assert all(pool.map(converse, [port] * 6, range(6)))
        listener.shutdown(socket.SHUT_RDWR)


def test_a_receiver_that_closes_is_seen(link: Callable[..., int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = link(listener.getsockname()[1], 2000)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as sender:
            receiver, _ = listener.accept()
            receiver.close()
            assert sender.recv(1) == b""
            with pytest.raises(OSError, match=r"reset|Broken pipe"):
                while True:
                    sender.sendall(bytes(1 << 16))


def test_nothing_listens(link: Callable[..., int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        gone = unused.getsockname()[1]
    with socket.create_connection(("127.0.0.1", link(gone, 2000)), timeout=60) as sender:
        assert sender.recv(1) == b""


def test_a_receiver_that_does_not_read_holds_the_sender_up(link: Callable[..., int]) -> None:
    """What is on its way is bounded: 32 MiB and the buffers of four sockets, not 1 GB."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = link(listener.getsockname()[1], 2000)
        with socket.create_connection(("127.0.0.1", port)) as sender:
            receiver, _ = listener.accept()
            sender.settimeout(2)
            taken = 0
            with receiver, pytest.raises(TimeoutError):
                while taken < 1_000_000_000:
                    taken += sender.send(bytes(1 << 20))
            assert 32 << 20 <= taken < 500_000_000
