"""PDUs and command sets as a Storage SCP reads and writes them (PS3.8 9.3, PS3.7 6.3, 9.3.1).

Written from the Standard for tests alone: it shares nothing with the package or with pynetdicom,
so that an error in one of them shows.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA_TF, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)

IMPLEMENTATION_CLASS_UID = b"1.2.826.0.1.3680043.10.1.999"

C_STORE_RQ = 0x0001
C_STORE_RSP = 0x8001
NO_DATA_SET = 0x0101


class ProposedContext(NamedTuple):
    """A presentation context item of an A-ASSOCIATE-RQ (PS3.8 9.3.2.2)."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


class AssociateRequest(NamedTuple):
    """A decoded A-ASSOCIATE-RQ PDU (PS3.8 9.3.2)."""

    raw: bytes
    """The whole PDU with its header."""
    protocol_version: int
    called_ae_title: str
    calling_ae_title: str
    application_context: str
    contexts: tuple[ProposedContext, ...]
    """In the order of the PDU."""
    user_items: tuple[tuple[int, bytes], ...]
    """Type and value of each user information sub-item, in order (PS3.7 D.3.3, PS3.8 D.1)."""

    def user_item(self, item_type: int) -> bytes | None:
        """Return the value of the first sub-item of a type."""
        return next((value for kind, value in self.user_items if kind == item_type), None)

    @property
    def max_pdu_length(self) -> int | None:
        """What the requestor takes (0x51); 0 is without limit, None that the item is missing."""
        value = self.user_item(0x51)
        return None if value is None else struct.unpack(">I", value)[0]

    @property
    def implementation_class_uid(self) -> str | None:
        """Sub-item 0x52."""
        value = self.user_item(0x52)
        return None if value is None else value.decode("ascii")

    @property
    def implementation_version_name(self) -> str | None:
        """Sub-item 0x55."""
        value = self.user_item(0x55)
        return None if value is None else value.decode("ascii")

    @property
    def asynchronous_operations_window(self) -> tuple[int, int] | None:
        """Operations invoked and performed (0x53)."""
        value = self.user_item(0x53)
        return None if value is None else struct.unpack(">HH", value)


def pdu(pdu_type: int, body: bytes) -> bytes:
    """Return a PDU with its 6-byte header."""
    return struct.pack(">BBI", pdu_type, 0, len(body)) + body


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of items; they must fill `data` exactly."""
    position = 0
    while position < len(data):
        if position + 4 > len(data):
            raise ValueError("an item header is cut off")
        item_type, _, length = struct.unpack_from(">BBH", data, position)
        position += 4
        if position + length > len(data):
            raise ValueError(f"item 0x{item_type:02x} is longer than what holds it")
        yield item_type, data[position : position + length]
        position += length


def decode_associate_rq(raw: bytes) -> AssociateRequest:
    """Decode an A-ASSOCIATE-RQ; raise ValueError where its structure is wrong."""
    if len(raw) < 74:
        raise ValueError("an A-ASSOCIATE-RQ has at least 74 bytes")
    version, called, calling = struct.unpack_from(">H2x16s16s32x", raw, 6)
    application_context = ""
    contexts = []
    user_items: list[tuple[int, bytes]] = []
    for item_type, value in _items(raw[74:]):
        if item_type == 0x10:
            application_context = value.decode("ascii")
        elif item_type == 0x20:
            contexts.append(_decode_context(value))
        elif item_type == 0x50:
            user_items.extend(_items(value))
        else:
            raise ValueError(f"item 0x{item_type:02x} does not belong into an A-ASSOCIATE-RQ")
    return AssociateRequest(
        raw,
        version,
        called.decode("ascii").strip(" "),
        calling.decode("ascii").strip(" "),
        application_context,
        tuple(contexts),
        tuple(user_items),
    )


def _decode_context(value: bytes) -> ProposedContext:
    abstract_syntaxes: list[str] = []
    transfer_syntaxes: list[str] = []
    for item_type, name in _items(value[4:]):
        names = {0x30: abstract_syntaxes, 0x40: transfer_syntaxes}.get(item_type)
        if names is None:
            raise ValueError(f"item 0x{item_type:02x} does not belong into a context")
        names.append(name.decode("ascii"))
    if len(abstract_syntaxes) != 1 or not transfer_syntaxes:
        raise ValueError("a context has one abstract syntax and one transfer syntax or more")
    return ProposedContext(value[0], abstract_syntaxes[0], tuple(transfer_syntaxes))


def _item(item_type: int, value: bytes) -> bytes:
    return struct.pack(">BBH", item_type, 0, len(value)) + value


def associate_ac(
    request: AssociateRequest,
    answers: Mapping[int, str | int],
    *,
    max_pdu_length: int = 16384,
    user_items: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """Return an A-ASSOCIATE-AC PDU (PS3.8 9.3.3).

    Parameters
    ----------
    request : AssociateRequest
        Its AE titles are echoed.
    answers : mapping
        For each context ID, in the order of the mapping, the transfer syntax to accept or the
        result 1 to 4 to refuse with. IDs and syntaxes need not be proposed ones.
    max_pdu_length : int
        What the acceptor takes, in bytes without the 6 of the header; 0 is without limit.
    user_items : sequence of tuple
        Further sub-items: type and value.
    """
    contexts = b""
    for context_id, answer in answers.items():
        result, name = (0, answer) if isinstance(answer, str) else (answer, "1.2.840.10008.1.2")
        head = bytes((context_id, 0, result, 0))
        contexts += _item(0x21, head + _item(0x40, name.encode("ascii")))
    user = _item(0x51, struct.pack(">I", max_pdu_length))
    user += _item(0x52, IMPLEMENTATION_CLASS_UID)
    for item_type, value in user_items:
        user += _item(item_type, value)
    head = struct.pack(">H2x", 1) + request.raw[10:74]
    application_context = _item(0x10, request.application_context.encode("ascii"))
    return pdu(ASSOCIATE_AC, head + application_context + contexts + _item(0x50, user))


def associate_rj(result: int = 1, source: int = 1, reason: int = 1) -> bytes:
    """Return an A-ASSOCIATE-RJ PDU (PS3.8 9.3.4)."""
    return pdu(ASSOCIATE_RJ, bytes((0, result, source, reason)))


def release_rq() -> bytes:
    """Return an A-RELEASE-RQ PDU (PS3.8 9.3.6)."""
    return pdu(RELEASE_RQ, bytes(4))


def release_rp() -> bytes:
    """Return an A-RELEASE-RP PDU (PS3.8 9.3.7)."""
    return pdu(RELEASE_RP, bytes(4))


def abort(source: int = 2, reason: int = 0) -> bytes:
    """Return an A-ABORT PDU (PS3.8 9.3.8); source 2 is the service provider."""
    return pdu(ABORT, bytes((0, 0, source, reason)))


def p_data(context_id: int, message_control_header: int, fragment: bytes) -> bytes:
    """Return a P-DATA-TF PDU with one PDV (PS3.8 9.3.5, Annex E)."""
    head = struct.pack(">IBB", len(fragment) + 2, context_id, message_control_header)
    return pdu(P_DATA_TF, head + fragment)


def decode_command_set(data: bytes) -> dict[int, bytes]:
    """Decode a command set, implicit VR little endian, into values by tag (PS3.7 6.3.1)."""
    elements: dict[int, bytes] = {}
    position = 0
    while position < len(data):
        if position + 8 > len(data):
            raise ValueError("a command element is cut off")
        group, element, length = struct.unpack_from("<HHI", data, position)
        position += 8
        if group or length % 2 or position + length > len(data):
            raise ValueError(f"command element ({group:04x},{element:04x}) is wrong")
        if elements and element <= max(elements):
            raise ValueError("command elements are not in ascending order")
        elements[element] = data[position : position + length]
        position += length
    if elements.get(0x0000) != struct.pack("<I", len(data) - 12):
        raise ValueError("the command group length is wrong")
    return elements


def encode_command_set(elements: Mapping[int, bytes]) -> bytes:
    """Return a command set with its group length; `elements` are values by element number."""
    body = b""
    for element, value in sorted(elements.items()):
        even = value + b"\0" * (len(value) % 2)
        body += struct.pack("<HHI", 0, element, len(even)) + even
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def store_rsp_command_set(
    message_id: int, sop_class_uid: str, sop_instance_uid: str, status: int
) -> bytes:
    """Return the command set of a C-STORE-RSP (PS3.7 9.3.1.2)."""
    return encode_command_set(
        {
            0x0002: sop_class_uid.encode("ascii"),
            0x0100: struct.pack("<H", C_STORE_RSP),
            0x0120: struct.pack("<H", message_id),
            0x0800: struct.pack("<H", NO_DATA_SET),
            0x0900: struct.pack("<H", status),
            0x1000: sop_instance_uid.encode("ascii"),
        }
    )
