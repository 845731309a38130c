"""What the relay of a long link adds: ``python -m benchmarks.micro.link``.

For each link: one byte there and back, on an idle link and while two other connections send as
fast as they can; what those two move together; and what the relay costs. An idle link's round trip
should be the one that its name says. On a narrow link, what is sent waits for what was there
before, as in a router's queue.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from benchmarks import machine
from benchmarks.alternate import Spread, spread_of
from benchmarks.e2e.link import LINKS, Link
from benchmarks.e2e.sink import compiled
from benchmarks.report import machine_table, table

_PINGS = 50
_LOADS = 2
_LOAD_SECONDS = 1.0
_CHUNK = bytes(1 << 18)
_ECHO, _DISCARD = b"e", b"d"


class _Figures(NamedTuple):
    idle: Spread
    """Seconds."""
    loaded: Spread
    rate: float
    """Bytes a second, all connections together."""
    cpu: float
    """Seconds for a gigabyte."""


def _serve(listener: socket.socket) -> None:
    """Echo or discard what comes, as the first byte of each connection says."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    buffer = bytearray(len(_CHUNK))
    with connection:
        echo = connection.recv(1) == _ECHO
        while length := connection.recv_into(buffer):
            if echo:
                connection.sendall(buffer[:length])


def _round_trips(port: int) -> Spread:
    times = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(_ECHO)
        for _ in range(_PINGS + 1):
            start = time.perf_counter()
            connection.sendall(b"x")
            connection.recv(1)
            times.append(time.perf_counter() - start)
    return spread_of(times[1:])  # the first waits for the handshake, too


class _Load:
    """Connections that send as fast as they can."""

    def __init__(self, port: int) -> None:
        self._sent = [0] * _LOADS
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(port, number)) for number in range(_LOADS)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, port: int, number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(_DISCARD)
            while not self._over.is_set():
                self._sent[number] += connection.send(_CHUNK)

    def sent(self) -> int:
        """Return the bytes so far."""
        return sum(self._sent)

    def close(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _measure(link: Link, program: Path, target: int) -> _Figures:
    argv = [str(program), str(target), str(round(link.round_trip * 1e6)), str(link.rate)]
    relay = subprocess.Popen(argv, stdout=subprocess.PIPE)
    try:
        assert relay.stdout is not None
        port = int(relay.stdout.readline())
        idle = _round_trips(port)
        with closing(_Load(port)) as load:
            time.sleep(_LOAD_SECONDS)
            start, sent, cpu = time.perf_counter(), load.sent(), _cpu_seconds(relay.pid)
            loaded = _round_trips(port)
            time.sleep(_LOAD_SECONDS)
            moved = load.sent() - sent
            used = _cpu_seconds(relay.pid) - cpu
            rate = moved / (time.perf_counter() - start)
    finally:
        relay.kill()
        relay.communicate()
    return _Figures(idle, loaded, rate, used / moved * 1e9)


def _milliseconds(spread: Spread) -> str:
    return f"{spread.median * 1e3:.2f} ({spread.least * 1e3:.2f}-{spread.most * 1e3:.2f})"


def main() -> None:
    machine.keep_awake()
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        program = compiled("link", Path(folder))
        for link in LINKS.values():
            if not link.round_trip:
                continue
            found = _measure(link, program, listener.getsockname()[1])
            idle, loaded = _milliseconds(found.idle), _milliseconds(found.loaded)
            rate, cpu = f"{found.rate / 1e6:,.0f}", f"{found.cpu:.2f}"
            rows.append((link.name, idle, loaded, rate, cpu))
    head = ("link", "idle, ms", "loaded, ms", "load, MB/s", "relay's CPU, s a GB")
    print(f"{machine_table(machine.describe())}\n\n{table(head, rows)}")


if __name__ == "__main__":
    main()
