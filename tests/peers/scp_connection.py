"""One connection of a `RecordingSCP` (see `recording_scp`): reads, checks, records, answers."""

from __future__ import annotations

import contextlib
import hashlib
import select
import socket
import struct
import time
from typing import TYPE_CHECKING

from peers import pdu_bytes
from peers.scp_records import PDV, Close, HalfClose, Reset, Send, Stall, Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from peers.pdu_bytes import AssociateRequest
    from peers.recording_scp import RecordingSCP
    from peers.scp_records import Action, Association, Ending, Interrupt

_APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
_LINGER_SECONDS = 10.0


class Ended(Exception):  # noqa: N818 - not an error
    """The connection came to its end."""

    def __init__(self, ended: Ending) -> None:
        super().__init__(ended)
        self.ended = ended


class Violation(Exception):  # noqa: N818 - the sender's error, not this program's
    """The sender did what the Standard does not allow."""


class Connection:
    """One connection, served by the thread that made it."""

    def __init__(
        self, scp: RecordingSCP, connection: socket.socket, association: Association
    ) -> None:
        self._scp = scp
        self._socket = connection
        self._association = association
        self._buffer = memoryview(bytearray(1 << 18))
        self._start = self._end = 0
        self._data_bytes = 0
        self._interrupt: Interrupt | None = None
        self._hash = hashlib.sha256()
        self._kept = bytearray()

    def serve(self) -> None:
        """Negotiate, then read PDUs until something raises `Ended`."""
        self._negotiate()
        self._data_bytes = 0
        self._interrupt = self._scp.interrupt
        while True:
            self._read_pdu()

    # Reading

    def _fill(self) -> None:
        limit = len(self._buffer)
        if self._interrupt is not None:
            left = self._interrupt.after_bytes - self._data_bytes
            if left > 0:
                limit = min(limit, left)
            else:
                actions, self._interrupt = self._interrupt.actions, None
                self._run(actions)
        # A delayed ACK would cost senders with Nagle's algorithm 40 ms an instance.
        if hasattr(socket, "TCP_QUICKACK"):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        count = self._socket.recv_into(self._buffer[:limit])
        if not count:
            raise Ended("closed" if self._scp.closing.is_set() else "eof")
        self._data_bytes += count
        self._start, self._end = 0, count

    def _chunks(self, length: int) -> Iterable[memoryview]:
        """Yield the next `length` bytes in pieces, each valid until the next one."""
        while length:
            if self._start == self._end:
                self._fill()
            end = min(self._end, self._start + length)
            chunk = self._buffer[self._start : end]
            self._start = end
            length -= len(chunk)
            yield chunk

    def _read(self, length: int) -> bytes:
        return b"".join(map(bytes, self._chunks(length)))

    # Acting

    def _run(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Send(data, segment_bytes):
                    step = segment_bytes or len(data) or 1
                    for at in range(0, len(data), step):
                        self._socket.sendall(data[at : at + step])
                case Stall(seconds):
                    if self._stall(seconds):
                        return
                case HalfClose():
                    self._socket.shutdown(socket.SHUT_WR)
                case Reset():
                    linger = struct.pack("ii", 1, 0)
                    self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    raise Ended("closed")
                case Close():
                    raise Ended("closed")

    def _stall(self, seconds: float | None) -> bool:
        """Return True where the sender ended the connection meanwhile."""
        end = None if seconds is None else time.monotonic() + seconds
        poll = select.poll()
        # Seen while bytes are unread, unlike the end of file.
        poll.register(self._socket, getattr(select, "POLLRDHUP", 0))
        while end is None or time.monotonic() < end:
            if self._scp.closing.wait(0.01):
                raise Ended("closed")
            if poll.poll(0):
                return True
        return False

    # The association

    def _negotiate(self) -> None:
        header = self._read(6)
        pdu_type, length = struct.unpack(">BxI", header)
        if pdu_type != pdu_bytes.ASSOCIATE_RQ or length > 1 << 20:
            raise Violation(f"no A-ASSOCIATE-RQ, but type {pdu_type} of {length} bytes")
        request = pdu_bytes.decode_associate_rq(header + self._read(length))
        self._association.request = request
        ids = [context.context_id for context in request.contexts]
        if not ids or len(set(ids)) != len(ids) or not all(number % 2 for number in ids):
            raise Violation(f"presentation context IDs {ids}")
        if request.application_context != _APPLICATION_CONTEXT:
            raise Violation(f"application context {request.application_context!r}")
        answers: dict[int, str | int] = {}
        for context in request.contexts:
            answer = self._scp.accept(context)
            if answer is not None:
                answers[context.context_id] = answer
            if isinstance(answer, str):
                self._association.accepted[context.context_id] = answer
        if self._scp.on_associate is not None:
            self._run(self._scp.on_associate(request))
            return
        self._accept(request, answers)

    def _accept(self, request: AssociateRequest, answers: dict[int, str | int]) -> None:
        answer_pdu = pdu_bytes.associate_ac(
            request,
            answers,
            max_pdu_length=self._scp.max_pdu_length,
            user_items=self._scp.user_items,
        )
        self._run([Send(answer_pdu)])

    def _read_pdu(self) -> None:
        pdu_type, length = struct.unpack(">BxI", self._read(6))
        self._association.pdus.append((pdu_type, length))
        if pdu_type == pdu_bytes.P_DATA_TF:
            limit = self._scp.max_pdu_length
            if limit and length > limit:
                raise Violation(f"a P-DATA-TF PDU of {length} bytes where {limit} are allowed")
            self._read_p_data(length)
            return
        if length != 4:
            raise Violation(f"a PDU of type {pdu_type} with {length} bytes")
        body = self._read(4)
        if pdu_type == pdu_bytes.ABORT:
            self._association.abort = (body[2], body[3])
            raise Ended("aborted")
        if pdu_type == pdu_bytes.RELEASE_RP:
            raise Ended("released")
        if pdu_type != pdu_bytes.RELEASE_RQ:
            raise Violation(f"a PDU of type {pdu_type}")
        self._release()

    def _release(self) -> None:
        if self._association.incomplete is not None:
            raise Violation("A-RELEASE-RQ inside a message")
        on_release = self._scp.on_release
        self._run([Send(pdu_bytes.release_rp())] if on_release is None else on_release())
        # The requestor closes the connection (PS3.8 9.2.3, AR-3).
        self._socket.settimeout(_LINGER_SECONDS)
        with contextlib.suppress(Ended, OSError):
            rest = self._read(1)
            raise Violation(f"0x{rest.hex()} after A-RELEASE-RP")
        raise Ended("released")

    # Messages

    def _read_p_data(self, length: int) -> None:
        if not length:
            raise Violation("a P-DATA-TF PDU without any PDV")
        pdvs: list[PDV] = []
        complete: Store | None = None
        while length:
            if length < 6:
                raise Violation(f"{length} bytes after the last PDV")
            pdv_length, context_id, header = struct.unpack(">IBB", self._read(6))
            length -= 4 + pdv_length
            if pdv_length < 2 or length < 0:
                raise Violation(f"a PDV length of {pdv_length}")
            if header > 3:
                raise Violation(f"message control header 0x{header:02x}")
            if complete is not None:
                raise Violation("a further PDV after the last of the request")
            pdv = PDV(context_id, bool(header & 1), bool(header & 2), pdv_length - 2)
            store = self._store_of(pdv)
            if not pdvs:
                store.pdus.append(pdvs)
            pdvs.append(pdv)
            self._read_fragment(store, pdv)
            if pdv.is_last and not pdv.is_command:
                complete = store
        if complete is not None:
            self._answer(complete)

    def _store_of(self, pdv: PDV) -> Store:
        association = self._association
        store = association.incomplete
        if store is None:
            if pdv.context_id not in association.accepted:
                raise Violation(f"context {pdv.context_id} was not accepted")
            store = Store(len(association.stores) + 1, pdv.context_id)
            association.incomplete = store
            self._hash = hashlib.sha256()
            self._kept = bytearray()
        if pdv.context_id != store.context_id:
            raise Violation(f"context {pdv.context_id} inside a message on {store.context_id}")
        if pdv.is_command == bool(store.command):
            wrong = "command" if pdv.is_command else "data set"
            raise Violation(f"a {wrong} fragment out of its turn")
        return store

    def _read_fragment(self, store: Store, pdv: PDV) -> None:
        if pdv.is_command:
            if len(store.command_set) + pdv.length > 1 << 20:
                raise Violation("an endless command set")
            store.command_set += self._read(pdv.length)
            if pdv.is_last:
                store.command = _store_command(store.command_set, self._scp.any_uid)
            return
        for chunk in self._chunks(pdv.length):
            store.data_set_length += len(chunk)
            self._hash.update(chunk)
            if self._scp.keep_data:
                self._kept += chunk

    def _answer(self, store: Store) -> None:
        store.data_set_sha256 = self._hash.hexdigest()
        store.data_set = bytes(self._kept) if self._scp.keep_data else None
        self._association.stores.append(store)
        self._association.incomplete = None
        self._scp.notify()
        self._respond_to(store)

    def _respond_to(self, store: Store) -> None:
        scp = self._scp
        if scp.on_store is not None:
            self._run(scp.on_store(store))
            return
        status = scp.status(store) if callable(scp.status) else scp.status
        self._run([Send(store.response(status))])


def _store_command(command_set: bytes, any_uid: bool) -> dict[int, bytes]:
    """Decode the command set of a C-STORE-RQ and check its elements (PS3.7 9.3.1.1)."""
    command = pdu_bytes.decode_command_set(command_set)
    lengths = {0x0100: 2, 0x0110: 2, 0x0700: 2, 0x0800: 2}
    for element, length in lengths.items():
        if len(command.get(element, b"")) != length:
            raise Violation(f"command element (0000,{element:04x}) is missing or wrong")
    for element in (0x0002, 0x1000):
        value = command.get(element, b"").decode("ascii").removesuffix("\0")
        if not value or len(value) > 64 or (set(value) - set("0123456789.") and not any_uid):
            raise Violation(f"UID {value!r} in command element (0000,{element:04x})")
    if command[0x0100] != struct.pack("<H", pdu_bytes.C_STORE_RQ):
        raise Violation(f"command field {command[0x0100].hex()}")
    if command[0x0800] == struct.pack("<H", pdu_bytes.NO_DATA_SET):
        raise Violation("a C-STORE-RQ without a data set")
    if command[0x0700] not in (b"\0\0", b"\1\0", b"\2\0"):
        raise Violation(f"priority {command[0x0700].hex()}")
    return command
