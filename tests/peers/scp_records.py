"""What a test tells a `RecordingSCP` to do, and what it gets to know (see `recording_scp`)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from peers import pdu_bytes
from peers.pdu_bytes import AssociateRequest, ProposedContext


class Send(NamedTuple):
    """Send bytes, all at once or in TCP segments of `segment_bytes`."""

    data: bytes
    segment_bytes: int | None = None


class Stall(NamedTuple):
    """Neither read nor write for so many seconds; None is without limit.

    It ends with the SCP, and early where the sender ends the connection: then the actions that
    follow are left out, and what the sender wrote last is read and recorded.
    """

    seconds: float | None = None


class Close(NamedTuple):
    """Close the connection with a FIN, or a RST where unread bytes are left."""


class Reset(NamedTuple):
    """Close the connection with a RST."""


class HalfClose(NamedTuple):
    """Send a FIN and go on reading."""


Action = Send | Stall | Close | Reset | HalfClose


class Interrupt(NamedTuple):
    """Actions to run, once an association, after exactly so many bytes.

    They are counted from the first byte after the A-ASSOCIATE-RQ; no byte more is read before.
    """

    after_bytes: int
    actions: Sequence[Action]


AcceptRule = Callable[[ProposedContext], "str | int | None"]
"""The transfer syntax to accept, the result 1 to 4 to refuse with, None for no answer."""


def accept_first(context: ProposedContext) -> str:
    """Accept every context with the first transfer syntax proposed."""
    return context.transfer_syntaxes[0]


def accept_only(*transfer_syntaxes: str) -> AcceptRule:
    """Accept the first of `transfer_syntaxes` that is proposed, and refuse with 4 otherwise."""

    def rule(context: ProposedContext) -> str | int:
        return next((uid for uid in transfer_syntaxes if uid in context.transfer_syntaxes), 4)

    return rule


def refuse(*sop_classes: str, result: int = 3) -> AcceptRule:
    """Refuse these SOP classes, or all where none is named, and accept the others."""

    def rule(context: ProposedContext) -> str | int:
        refused = not sop_classes or context.abstract_syntax in sop_classes
        return result if refused else context.transfer_syntaxes[0]

    return rule


class PDV(NamedTuple):
    """A presentation data value item (PS3.8 9.3.5.1)."""

    context_id: int
    is_command: bool
    is_last: bool
    length: int
    """Length of the fragment, without the message control header."""


@dataclass
class Store:
    """One C-STORE-RQ."""

    number: int
    """Of this association, from 1."""
    context_id: int
    pdus: list[list[PDV]] = field(default_factory=list)
    """The PDVs of each P-DATA-TF PDU that held parts of it."""
    command_set: bytes = b""
    command: dict[int, bytes] = field(default_factory=dict)
    """Values by element number, with their padding."""
    data_set_length: int = 0
    data_set_sha256: str = ""
    data_set: bytes | None = None
    """None unless the SCP was made with `keep_data`."""

    def uid(self, element: int) -> str:
        """Return the UID in a command element, without its padding; "" where it is missing."""
        return self.command.get(element, b"").decode("ascii").rstrip("\0 ")

    def number_of(self, element: int) -> int:
        """Return the unsigned short in a command element; -1 where it is missing."""
        value = self.command.get(element, b"")
        return struct.unpack("<H", value)[0] if len(value) == 2 else -1

    @property
    def sop_class_uid(self) -> str:
        return self.uid(0x0002)

    @property
    def sop_instance_uid(self) -> str:
        return self.uid(0x1000)

    @property
    def message_id(self) -> int:
        return self.number_of(0x0110)

    def response(
        self,
        status: int = 0,
        *,
        message_id: int | None = None,
        sop_class_uid: str | None = None,
        sop_instance_uid: str | None = None,
        context_id: int | None = None,
        fragment_bytes: int | None = None,
    ) -> bytes:
        """Return the PDUs of a C-STORE-RSP, right where no argument says otherwise.

        With `fragment_bytes`, the command set comes in PDVs of that many bytes, one a PDU.
        """
        command_set = pdu_bytes.store_rsp_command_set(
            self.message_id if message_id is None else message_id,
            self.sop_class_uid if sop_class_uid is None else sop_class_uid,
            self.sop_instance_uid if sop_instance_uid is None else sop_instance_uid,
            status,
        )
        step = fragment_bytes or len(command_set)
        parts = [command_set[at : at + step] for at in range(0, len(command_set), step)]
        return b"".join(
            pdu_bytes.p_data(
                self.context_id if context_id is None else context_id,
                0x03 if last else 0x01,
                part,
            )
            for last, part in zip([False] * (len(parts) - 1) + [True], parts, strict=True)
        )


Ending = Literal["released", "aborted", "eof", "reset", "closed", "violation", ""]


@dataclass
class Association:
    """One connection."""

    number: int
    """From 1, in the order of the connections."""
    request: AssociateRequest | None = None
    accepted: dict[int, str] = field(default_factory=dict)
    """Transfer syntax by context ID."""
    stores: list[Store] = field(default_factory=list)
    """The complete ones."""
    incomplete: Store | None = None
    """What had come of a further one when the connection ended."""
    pdus: list[tuple[int, int]] = field(default_factory=list)
    """Type and length of each PDU after the A-ASSOCIATE-RQ, without the 6 bytes of the header."""
    ended: Ending = ""
    """What the sender did last ("reset" is a connection error); "closed" where this side ended
    the connection; "violation" where it aborted; "" while the connection is open."""
    abort: tuple[int, int] | None = None
    """Source and reason of the sender's A-ABORT."""
    violations: list[str] = field(default_factory=list)
    """What the Standard does not allow a sender."""
