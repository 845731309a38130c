"""What an SCU and an SCP said to each other, decoded from the recorded bytes of both directions.

Written from PS3.8 9.3 and PS3.7 9.3.1 on top of `peers.pdu_bytes`; it shares nothing with the
package. What the Standard does not allow an SCU raises ValueError. A stream may end anywhere.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from peers import pdu_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from peers.pdu_bytes import AssociateRequest


class StoreRequest(NamedTuple):
    """One C-STORE-RQ with its data set, or what came of it."""

    context_id: int
    command: dict[int, bytes]
    """Values by element number; empty where not even the command set is complete."""
    data_set: bytes
    complete: bool

    @property
    def message_id(self) -> int:
        (number,) = struct.unpack("<H", self.command[0x0110])
        return int(number)

    @property
    def sop_class_uid(self) -> str:
        return _uid(self.command, 0x0002)

    @property
    def sop_instance_uid(self) -> str:
        return _uid(self.command, 0x1000)


class StoreResponse(NamedTuple):
    """One complete C-STORE-RSP."""

    context_id: int
    message_id: int
    status: int


class Conversation(NamedTuple):
    """One association."""

    request: AssociateRequest | None
    accepted: dict[int, tuple[str, str]]
    """Abstract syntax and transfer syntax by context ID."""
    max_pdu_length: int
    """What the SCP takes; 0 is without limit."""
    stores: list[StoreRequest]
    """In their order; only the last can be incomplete."""
    responses: list[StoreResponse]
    scu_pdus: list[int]
    """The types of the complete PDUs of the SCU."""
    scp_pdus: list[int]
    unfinished_pdu: bytes
    """What came of a last PDU of the SCU that is not complete."""


def decode_conversation(to_scp: bytes | bytearray, to_scu: bytes | bytearray) -> Conversation:
    """Decode the two directions of a connection."""
    asked, unfinished = _pdus(bytes(to_scp))
    answered, _ = _pdus(bytes(to_scu))
    request = None
    if asked:
        if asked[0][0] != pdu_bytes.ASSOCIATE_RQ:
            raise ValueError(f"no A-ASSOCIATE-RQ, but type {asked[0][0]}")
        request = pdu_bytes.decode_associate_rq(pdu_bytes.pdu(*asked[0]))
    accepted: dict[int, tuple[str, str]] = {}
    max_pdu_length = 0
    if request and answered and answered[0][0] == pdu_bytes.ASSOCIATE_AC:
        accepted, max_pdu_length = _decode_associate_ac(request, answered[0][1])
    data_pdus = [body for kind, body in asked[1:] if kind == pdu_bytes.P_DATA_TF]
    for body in data_pdus:
        if max_pdu_length and len(body) > max_pdu_length:
            raise ValueError(f"a P-DATA-TF PDU of {len(body)} bytes, {max_pdu_length} are allowed")
    response_pdus = [body for kind, body in answered if kind == pdu_bytes.P_DATA_TF]
    return Conversation(
        request,
        accepted,
        max_pdu_length,
        list(_store_requests(data_pdus, accepted)),
        list(_store_responses(response_pdus)),
        [kind for kind, _ in asked],
        [kind for kind, _ in answered],
        unfinished,
    )


def _uid(command: dict[int, bytes], element: int) -> str:
    return command[element].decode("ascii").removesuffix("\0")


def _pdus(stream: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return type and body of each complete PDU, and the rest of the stream."""
    pdus = []
    position = 0
    while position + 6 <= len(stream):
        pdu_type, length = struct.unpack_from(">BxI", stream, position)
        end = position + 6 + length
        if end > len(stream):
            break
        pdus.append((pdu_type, stream[position + 6 : end]))
        position = end
    return pdus, stream[position:]


def _decode_associate_ac(
    request: AssociateRequest, body: bytes
) -> tuple[dict[int, tuple[str, str]], int]:
    abstract_syntaxes = {one.context_id: one.abstract_syntax for one in request.contexts}
    accepted = {}
    max_pdu_length = 0
    for item_type, value in _items(body[68:]):
        if item_type == 0x21 and value[2] == 0:
            ((_, name),) = _items(value[4:])
            accepted[value[0]] = (abstract_syntaxes[value[0]], name.decode("ascii").rstrip("\0 "))
        elif item_type == 0x50:
            for user_type, user_value in _items(value):
                if user_type == 0x51:
                    (max_pdu_length,) = struct.unpack(">I", user_value)
    return accepted, max_pdu_length


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        item_type, length = struct.unpack_from(">BxH", data, position)
        yield item_type, data[position + 4 : position + 4 + length]
        position += 4 + length


def _pdvs(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield context ID, message control header and fragment (PS3.8 9.3.5.1, Annex E)."""
    if not body:
        raise ValueError("a P-DATA-TF PDU without any PDV")
    position = 0
    while position < len(body):
        length, context_id, header = struct.unpack_from(">IBB", body, position)
        end = position + 4 + length
        if length < 2 or end > len(body):
            raise ValueError(f"a PDV length of {length}")
        yield context_id, header, body[position + 6 : end]
        position = end


def _store_requests(
    bodies: Sequence[bytes], accepted: dict[int, tuple[str, str]]
) -> Iterator[StoreRequest]:
    command_set, data_set = bytearray(), bytearray()
    command: dict[int, bytes] = {}
    current = 0
    for body in bodies:
        for context_id, header, fragment in _pdvs(body):
            if context_id not in accepted or (current and context_id != current):
                raise ValueError(f"a PDV on context {context_id}")
            if len(fragment) % 2:
                raise ValueError("a fragment of odd length")
            if header > 3 or bool(header & 1) == bool(command):
                raise ValueError(f"message control header 0x{header:02x} out of its turn")
            current = context_id
            if header & 1:
                command_set += fragment
                if header & 2:
                    command = pdu_bytes.decode_command_set(bytes(command_set))
                    _check_command(command)
                continue
            data_set += fragment
            if header & 2:
                yield StoreRequest(context_id, command, bytes(data_set), complete=True)
                command_set, data_set = bytearray(), bytearray()
                command, current = {}, 0
    if current:
        yield StoreRequest(current, command, bytes(data_set), complete=False)


def _check_command(command: dict[int, bytes]) -> None:
    """Check what a C-STORE-RQ must have (PS3.7 9.3.1.1)."""
    expected = {0x0000, 0x0002, 0x0100, 0x0110, 0x0700, 0x0800, 0x1000}
    if set(command) != expected:
        raise ValueError(f"command elements {sorted(command)}")
    if command[0x0100] != b"\x01\x00" or command[0x0800] == b"\x01\x01":
        raise ValueError("no C-STORE-RQ with a data set")


def _store_responses(bodies: Sequence[bytes]) -> Iterator[StoreResponse]:
    command_set = bytearray()
    for body in bodies:
        for context_id, header, fragment in _pdvs(body):
            command_set += fragment
            if header & 2:
                command = pdu_bytes.decode_command_set(bytes(command_set))
                (field,) = struct.unpack("<H", command[0x0100])
                if field == pdu_bytes.C_STORE_RSP:
                    (message_id,) = struct.unpack("<H", command[0x0120])
                    (status,) = struct.unpack("<H", command[0x0900])
                    yield StoreResponse(context_id, message_id, status)
                command_set = bytearray()
