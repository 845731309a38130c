"""A Storage SCU of plain bytes that sends when it is told, without waiting for any response.

scu = PlainSCU(scp.port, window=(4, 1))
scu.store(1, "1.2.3")
scu.store(2, "1.2.4")
assert scu.response() == (2, 0)
"""

from __future__ import annotations

import socket
import struct
from typing import Self

from peers import pdu_bytes
from reference.part10_files import CT, IMPLICIT

_ASYNCHRONOUS_OPERATIONS_WINDOW = 0x53


def associate_rq(window: tuple[int, int] | None = None) -> bytes:
    """Encode an A-ASSOCIATE-RQ with one context, CT in Implicit VR Little Endian (PS3.8 9.3.2)."""

    def item(item_type: int, value: bytes) -> bytes:
        return struct.pack(">BBH", item_type, 0, len(value)) + value

    names = item(0x30, CT.encode()) + item(0x40, IMPLICIT.encode())
    user = item(0x51, struct.pack(">I", 0))
    if window is not None:
        user += item(_ASYNCHRONOUS_OPERATIONS_WINDOW, struct.pack(">HH", *window))
    body = struct.pack(">H2x16s16s32x", 1, b"SCP".ljust(16), b"SCU".ljust(16))
    body += item(0x10, b"1.2.840.10008.3.1.1.1")
    body += item(0x20, b"\x01\0\0\0" + names) + item(0x50, user)
    return pdu_bytes.pdu(pdu_bytes.ASSOCIATE_RQ, body)


class PlainSCU:
    """One association, from its making until `close`.

    Parameters
    ----------
    port : int
        Of the SCP, on 127.0.0.1.
    window : tuple of int, optional
        Operations invoked and performed, to propose (PS3.7 D.3.3.3).

    Attributes
    ----------
    answer : tuple of int and bytes
        Type and body of the PDU that answered the A-ASSOCIATE-RQ.
    """

    def __init__(self, port: int, window: tuple[int, int] | None = None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        try:
            self.socket.sendall(associate_rq(window))
            self.answer = self.pdu()
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    @property
    def granted(self) -> tuple[int, int] | None:
        """The window that was answered; it is the last sub-item where there is one."""
        body = self.answer[1]
        if body[-8:-4] != struct.pack(">BBH", _ASYNCHRONOUS_OPERATIONS_WINDOW, 0, 4):
            return None
        invoked, performed = struct.unpack(">HH", body[-4:])
        return invoked, performed

    def pdu(self) -> tuple[int, bytes]:
        """Return type and body of the next PDU; raise EOFError where there is none."""
        pdu_type, length = struct.unpack(">BxI", receive_exactly(self.socket, 6))
        return pdu_type, receive_exactly(self.socket, length)

    def command(self, message_id: int, sop_instance_uid: str = "1.2.3") -> None:
        """Send the command set of a C-STORE-RQ (PS3.7 9.3.1.1)."""
        elements = {
            0x0002: CT.encode(),
            0x0100: struct.pack("<H", pdu_bytes.C_STORE_RQ),
            0x0110: struct.pack("<H", message_id),
            0x0700: b"\0\0",
            0x0800: b"\0\0",
            0x1000: sop_instance_uid.encode(),
        }
        self.send(pdu_bytes.p_data(1, 3, pdu_bytes.encode_command_set(elements)))

    def store(
        self, message_id: int, sop_instance_uid: str = "1.2.3", data: bytes = b"data"
    ) -> None:
        """Send a whole C-STORE-RQ."""
        self.command(message_id, sop_instance_uid)
        self.send(pdu_bytes.p_data(1, 2, data))

    def response(self) -> tuple[int, int]:
        """Return Message ID and status of the next C-STORE-RSP."""
        pdu_type, body = self.pdu()
        assert pdu_type == pdu_bytes.P_DATA_TF
        command = pdu_bytes.decode_command_set(body[6:])
        (message_id,) = struct.unpack("<H", command[0x0120])
        (status,) = struct.unpack("<H", command[0x0900])
        return message_id, status

    def release(self) -> None:
        self.send(pdu_bytes.release_rq())
        assert self.pdu() == (pdu_bytes.RELEASE_RP, bytes(4))
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)


def receive_exactly(sock: socket.socket, count: int) -> bytes:
    """Return the next bytes of a connection; EOFError where it ends before."""
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise EOFError(data)
        data += more
    return data
