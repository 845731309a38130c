"""The socket loop on a real TCP connection, with a peer that a test scripts."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from fastsend._native import wire
from fastsend._native.part10 import InstanceTable
from fastsend.association.tls_stream import TLSStream
from fastsend.model.result import Outcome
from reference.upper_layer import c_store_rsp_pdus
from secure_pair import secured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
ABORT = bytes.fromhex("07 00 00000004 00 00 02 06")
RELEASE = bytes.fromhex("05 00 00000004 00000000")
AS_STORED = bytes([1, 0, 0, 0])  # context 1, for the only kind there is
OFFSET = 40  # the data sets of these tests start there; what is before must not be sent
CONNECTIONS = {None: "plain", ssl.TLSVersion.TLSv1_3: "TLS 1.3"}
BIG = 8 << 20  # more than the buffers of a loopback connection take


class Peer:
    """The accepting side of a connection: reads requests, says what a test wants."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.pdu_lengths: list[int] = []

    def read(self, length: int) -> bytes:
        parts = []
        while length:
            part = self.sock.recv(min(length, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def read_pdv(self) -> tuple[int, int, bytes]:
        kind, pdu_length, pdv_length, context_id, control = struct.unpack(">BxLLBB", self.read(12))
        assert kind == 4
        assert pdv_length % 2 == 0
        assert pdu_length == pdv_length + 4
        self.pdu_lengths.append(pdu_length)
        return context_id, control, self.read(pdv_length - 2)

    def read_message(self) -> tuple[int, bytes, bytes]:
        """Context id, command set, data set of one C-STORE-RQ."""
        parts: dict[int, list[bytes]] = {1: [], 0: []}
        for kind in (1, 0):
            control = 0
            while not control & 2:
                context_id, control, data = self.read_pdv()
                assert control & 1 == kind
                parts[kind].append(data)
        return context_id, b"".join(parts[1]), b"".join(parts[0])

    def answer(self, message_id: int = 1, status: int = 0, uid: str = "1.2.0") -> None:
        self.sock.sendall(c_store_rsp_pdus(1, message_id, status, uid))


class Bench:
    """A channel over a TCP connection, a table of files, and the peer's script in a thread.

    Parameters
    ----------
    folder : Path
        For the files.
    tls : ssl.TLSVersion, optional
        Of the connection, which else is not secure.
    """

    def __init__(self, folder: Path, tls: ssl.TLSVersion | None = None) -> None:
        self.folder = folder
        self.tls = tls
        self.encrypting: Callable[[socket.socket], Any] | None = None
        """What makes something else of the connection, in the place of TLS."""
        self.secure: Any = None
        self.table = InstanceTable()
        self.cancel = wire.Cancel()
        self.folder_index = self.table.add_folder(os.fsencode(folder))
        self.contents: list[bytes] = []

    def add(self, data_set: bytes, uid: str | None = None, *, unterminated: bool = False) -> Path:
        number = len(self.contents)
        path = self.folder / f"{number}.dcm"
        path.write_bytes(b"\xaa" * OFFSET + data_set)
        stat = path.stat()
        self.table.append(
            self.folder_index,
            path.name.encode(),
            CT.encode(),
            (uid or f"1.2.{number}").encode(),
            EXPLICIT.encode(),
            OFFSET,
            stat.st_size,
            stat.st_mtime_ns,
            unterminated,
        )
        self.contents.append(data_set)
        return path

    def queue(
        self, first: int = 0, end: int | None = None, routes: bytes = AS_STORED
    ) -> wire.Queue:
        queue = wire.Queue(self.table, first, len(self.table) if end is None else end)
        queue.set_routes(routes)
        return queue

    @contextmanager
    def channel(
        self,
        script: Callable[[Peer], None],
        *,
        pdu: int = 16384,
        socket_timeout: float | None = 10,
        dimse_timeout: float | None = 10,
        limit: wire.Limit | None = None,
        window: int = 1,
    ) -> Iterator[wire.Channel]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            ours = socket.create_connection(server.getsockname())
            theirs, _ = server.accept()
        if self.tls is not None:
            ours, theirs = secured(ours, theirs, self.tls)
            self.secure = TLSStream(ours)
        elif self.encrypting is not None:
            self.secure = self.encrypting(ours)
        failures: list[BaseException] = []

        def run() -> None:
            try:
                script(Peer(theirs))
            except BaseException as exc:  # raised again below
                failures.append(exc)

        thread = threading.Thread(target=run)
        thread.start()
        with ours, theirs:
            ours.setblocking(False)
            yield wire.Channel(
                ours.fileno(),
                self.cancel,
                max_send_pdu_length=pdu,
                max_receive_pdu_length=16384,
                socket_timeout=socket_timeout,
                dimse_timeout=dimse_timeout,
                limit=limit,
                window=window,
                secure=self.secure,
            )
            with suppress(OSError):  # where the peer was faster
                ours.shutdown(socket.SHUT_RDWR)
            thread.join(20)
        for failure in failures:
            raise failure

    def send(self, script: Callable[[Peer], None], **options: Any) -> tuple[int, int]:
        """Send all rows; return the status and how many rows have an outcome."""
        with self.channel(script, **options) as channel:
            status, _ = channel.store_rows(self.queue(), 1)
            self.channel_after = (channel.detail, channel.inside_pdu, channel.unread())
            self.abort = channel.abort
            channel.settle()
            return status, sum(outcome != Outcome.PENDING for outcome in self.outcomes())

    def outcomes(self) -> list[int]:
        return [self.table.result(row)[0] for row in range(len(self.table))]
