"""A TCP proxy of the loopback interface that records both directions, and disturbs them as told.

    with Relay(scp.port) as relay:
        ...  # send something to ("127.0.0.1", relay.port)
    (connection,) = relay.connections
    conversation = decode_conversation(connection.to_scp, connection.to_scu)

It knows nothing of DICOM: `peers.conversation` decodes what it recorded. With `segment_bytes` all
bytes go on in segments of that size. `faults` belong to the connections in their order:

    Relay(port, faults=[Fault("to_scp", 300, "cut")])       the first connection, after 300 bytes
    Relay(port, faults=[None, Fault("to_scu", 0, "stall")]) the second, no answer ever
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Direction = Literal["to_scp", "to_scu"]


class Fault(NamedTuple):
    """What happens to a connection once exactly so many bytes went on in a direction."""

    direction: Direction
    after_bytes: int
    kind: Literal["cut", "reset", "stall"]
    """End both sides with a FIN or a RST; or let nothing pass in this direction any more."""


@dataclass
class RelayedConnection:
    """What went on to either side; a byte is recorded once the kernel has taken it."""

    to_scp: bytearray = field(default_factory=bytearray)
    to_scu: bytearray = field(default_factory=bytearray)
    disturbed: bool = False
    """Its fault came to pass."""


class _Over(Exception):  # noqa: N818 - not an error
    """The connection is at its end."""


class Relay:
    """A proxy on `port` of 127.0.0.1 for another port, from its making until `close`.

    Parameters
    ----------
    port : int
        Of the SCP, on 127.0.0.1.
    segment_bytes : int
        Send this many bytes at a time, in both directions.
    faults : sequence of Fault
        One a connection, in the order in which they come; None for none.
    """

    def __init__(
        self,
        port: int,
        *,
        segment_bytes: int | None = None,
        faults: Sequence[Fault | None] = (),
    ) -> None:
        self.connections: list[RelayedConnection] = []
        self._scp_port = port
        self._segment_bytes = segment_bytes
        self._faults = faults
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept_connections, daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait_for_fault(self) -> None:
        """Wait until the fault of the first connection came to pass, and was felt."""
        deadline = time.monotonic() + 30
        while not (self.connections and self.connections[0].disturbed):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(0.1)

    def close(self) -> None:
        """End every connection and every stall."""
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def wait(self, seconds: float = 30.0) -> None:
        """Wait until every connection that came has ended by itself."""
        for thread in list(self._threads):
            thread.join(seconds)
            if thread.is_alive():
                raise TimeoutError("a relayed connection does not end")

    def _accept_connections(self) -> None:
        while not self._closing.is_set():
            try:
                scu, _ = self._listener.accept()
            except OSError:
                return
            number = len(self.connections)
            fault = self._faults[number] if number < len(self._faults) else None
            connection = RelayedConnection()
            self.connections.append(connection)
            self._sockets.append(scu)
            thread = threading.Thread(
                target=self._serve, args=(scu, connection, fault), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, scu: socket.socket, record: RelayedConnection, fault: Fault | None) -> None:
        with scu, contextlib.suppress(_Over):
            try:
                scp = socket.create_connection(("127.0.0.1", self._scp_port), timeout=30)
            except OSError:
                return
            with scp:
                scp.settimeout(None)
                self._sockets.append(scp)
                for one in (scu, scp):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _Pump(scu, scp, record, fault, self._segment_bytes).run()


class _Pump:
    """Both directions of one connection."""

    def __init__(
        self,
        scu: socket.socket,
        scp: socket.socket,
        record: RelayedConnection,
        fault: Fault | None,
        segment_bytes: int | None,
    ) -> None:
        self._ends = (scu, scp)
        self._record = record
        self._fault = fault
        self._segment_bytes = segment_bytes
        self._ways: dict[socket.socket, tuple[socket.socket, Direction, bytearray]] = {
            scu: (scp, "to_scp", record.to_scp),
            scp: (scu, "to_scu", record.to_scu),
        }

    def run(self) -> None:
        self._disturb()
        while self._ways:
            for source in select.select(list(self._ways), [], [])[0]:
                if source in self._ways:
                    self._forward(source)
                    self._disturb()

    def _forward(self, source: socket.socket) -> None:
        target, direction, sent = self._ways[source]
        limit = 1 << 16
        if self._fault is not None and self._fault.direction == direction:
            limit = min(limit, self._fault.after_bytes - len(sent))
        try:
            # A DCMTK-based SCP with Nagle's algorithm waits 40 ms for each delayed ACK.
            if hasattr(socket, "TCP_QUICKACK"):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            data = source.recv(limit)
            if not data:
                del self._ways[source]
                target.shutdown(socket.SHUT_WR)
                return
            step = self._segment_bytes or len(data)
            for at in range(0, len(data), step):
                segment = data[at : at + step]
                target.sendall(segment)
                sent += segment
        except OSError:
            self._end("reset")

    def _disturb(self) -> None:
        fault = self._fault
        if fault is None:
            return
        for source, (_, direction, sent) in list(self._ways.items()):
            if direction == fault.direction and len(sent) >= fault.after_bytes:
                self._fault = None
                self._record.disturbed = True
                if fault.kind == "stall":
                    del self._ways[source]
                else:
                    self._end(fault.kind)

    def _end(self, kind: Literal["cut", "reset"]) -> None:
        for one in self._ends:
            with contextlib.suppress(OSError):
                if kind == "reset":
                    linger = struct.pack("ii", 1, 0)
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                else:
                    # A close with unread bytes would send a RST.
                    one.shutdown(socket.SHUT_RDWR)
        raise _Over
