"""How the receivers of pairs behave: keywords of `peers.recording_scp.RecordingSCP` by name."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from peers import pdu_bytes
from peers.scp_records import Close, Send, Stall, accept_only, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from peers.pdu_bytes import ProposedContext
    from peers.scp_records import Action, Store

Keywords = dict[str, Any]

LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_8 = "1.2.840.10008.1.2.4.50"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
SC = "1.2.840.10008.5.1.4.1.1.7"


def accept_last(context: ProposedContext) -> str:
    """Accept every context with the last transfer syntax proposed."""
    return context.transfer_syntaxes[-1]


def ignore(sop_class: str) -> Callable[[ProposedContext], str | None]:
    """Answer the contexts of a class not at all."""
    return lambda context: (
        None if context.abstract_syntax == sop_class else context.transfer_syntaxes[0]
    )


def by_number(statuses: dict[int, int]) -> Callable[[Store], int]:
    """Answer with these statuses, by the number of the request; with success otherwise."""
    return lambda store: statuses.get(store.number, 0)


def after_first(*actions: Action) -> Callable[[Store], list[Action]]:
    """Answer the first request as one should, and all others with actions."""
    return lambda store: [Send(store.response())] if store.number == 1 else list(actions)


def _identity(answer: bytes) -> Keywords:
    # The server response of a User Identity Negotiation (PS3.7 D.3.3.7.2)
    return {"user_items": [(0x59, struct.pack(">H", len(answer)) + answer)]}


def _reject(result: int, source: int, reason: int) -> Keywords:
    actions = [Send(pdu_bytes.associate_rj(result, source, reason)), Stall(1)]
    return {"on_associate": lambda request: actions}


RECEIVERS: dict[str, Keywords] = {
    "accepts all": {},
    "accepts the last": {"accept": accept_last},
    "only implicit": {"accept": accept_only(LEI)},
    "only explicit": {"accept": accept_only(LEE)},
    "only big endian": {"accept": accept_only(BEE)},
    "only deflated": {"accept": accept_only(DEFLATED)},
    "only RLE": {"accept": accept_only(RLE)},
    "only JPEG": {"accept": accept_only(JPEG_8)},
    "JPEG lossless or implicit": {"accept": accept_only(JPEG_LOSSLESS, LEI)},
    "big endian or implicit": {"accept": accept_only(BEE, LEI)},
    "refuses CT": {"accept": refuse(CT)},
    "refuses MR": {"accept": refuse(MR)},
    "refuses SC": {"accept": refuse(SC)},
    "refuses all": {"accept": refuse()},
    "refuses all for no reason": {"accept": refuse(result=2)},
    "ignores CT": {"accept": ignore(CT)},
    "rejects for good": _reject(1, 1, 7),
    "rejects for now": _reject(2, 3, 2),
    "aborts the association": {
        "on_associate": lambda request: [Send(pdu_bytes.abort(2, 0)), Close()]
    },
    "closes at once": {"on_associate": lambda request: [Close()]},
    "does not answer": {"on_associate": lambda request: [Stall()]},
    "answers garbage": {
        "on_associate": lambda request: [Send(b"HTTP/1.1 400 No\r\n\r\n"), Close()]
    },
    "out of resources": {"status": 0xA700},
    "not supported": {"status": 0x0122},
    "cannot understand": {"status": 0xC001},
    "does not match": {"status": 0xA900},
    "coerces": {"status": 0xB000},
    "discards": {"status": 0xB006},
    "duplicate": {"status": 0x0111},
    "unknown status": {"status": 0x1234},
    "second out of resources": {"status": by_number({2: 0xA700})},
    "second cannot understand": {"status": by_number({2: 0xC000})},
    "second with warning": {"status": by_number({2: 0xB007})},
    "aborts the first": {"on_store": lambda store: [Send(pdu_bytes.abort()), Close()]},
    "aborts the second": {"on_store": after_first(Send(pdu_bytes.abort()), Close())},
    "closes at the second": {"on_store": after_first(Close())},
    "releases at the second": {"on_store": after_first(Send(pdu_bytes.release_rq()))},
    "stalls at the second": {"on_store": after_first(Stall())},
    "another message id": {"on_store": lambda store: [Send(store.response(message_id=99))]},
    "does not release": {"on_release": lambda: [Stall()]},
    "aborts the release": {"on_release": lambda: [Send(pdu_bytes.abort()), Close()]},
    "small PDUs": {"max_pdu_length": 4096},
    "large PDUs": {"max_pdu_length": 131072},
    "PDUs without limit": {"max_pdu_length": 0},
    "confirms the user": _identity(b""),
    "answers the user": _identity(b"ticket of the server"),
}
