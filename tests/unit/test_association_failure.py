"""What a user is told of a peer that does not come to an association."""

from __future__ import annotations

import pytest

from fastsend.association.failure import _rejection
from fastsend.association.negotiate import Association
from fastsend.errors import AssociationRejectedError, NegotiationError
from fastsend.model.options import SendOptions
from fastsend.model.proposal import PresentationContext
from peers import pdu_bytes
from peers.recording_scp import Close, RecordingSCP, Send
from peers.study import CT, EXPLICIT

CONTEXTS = (PresentationContext(1, CT, (EXPLICIT,)),)
REQUEST = pdu_bytes.AssociateRequest(bytes(74), 1, "A", "B", "1.2.3", (), ())
CUT_OFF = pdu_bytes.associate_ac(REQUEST, {1: EXPLICIT}, user_items=[(0x53, b"\0\1")])
"""An A-ASSOCIATE-AC with half an asynchronous operations window."""


def error_of(*answer: Send | Close) -> NegotiationError:
    with RecordingSCP(on_associate=lambda _: answer, strict=False) as scp:
        with pytest.raises(NegotiationError) as caught:
            Association(SendOptions("127.0.0.1", scp.port, ()), CONTEXTS, lambda: False)
        scp.finished(1)
    return caught.value


@pytest.mark.parametrize(
    ("codes", "brief", "hint", "for_now"),
    [
        ((1, 1, 7), "another was rejected (called ae title not recognised)", "-aec", False),
        ((2, 3, 1), "another was rejected (temporary congestion)", "try again later", True),
        ((2, 3, 2), "another was rejected (local limit exceeded)", "no association free", True),
        ((2, 1, 1), "another was rejected (no reason given)", "administrator", True),
    ],
)
def test_rejections(codes: tuple[int, int, int], brief: str, hint: str, for_now: bool) -> None:
    pdu = bytes((3, 0, 0, 0, 0, 4, 0, *codes))  # PS3.8 Table 9-21
    error = error_of(Send(pdu), Close())
    assert isinstance(error, AssociationRejectedError)
    assert error.codes == codes
    assert error.brief == brief
    assert error.is_for_now is for_now
    assert hint in str(error)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((Send(CUT_OFF), Close()), "with an answer that cannot be decoded"),
        ((Close(),), "ended the connection when the association was requested"),
        ((Send(pdu_bytes.abort()), Close()), "ended the connection when the association was"),
        ((Send(b"HTTP/1.1 400 Bad Request"), Close()), "ended the connection when the association"),
    ],
)
def test_no_proper_answer(answer: tuple[Send | Close, ...], words: str) -> None:
    error = error_of(*answer)
    assert type(error) is NegotiationError
    assert words in str(error)
    assert error.brief == "another request got no proper answer"


def test_codes_that_the_standard_does_not_have() -> None:
    pdu = bytes((3, 0, 0, 0, 0, 4, 0, 7, 8, 9))
    error = _rejection("pacs:104", SendOptions("pacs", 104, ()), pdu)
    assert error.codes == (7, 8, 9)
    assert "result 7, source 8, reason 9" in str(error)
    assert error.brief == "another was rejected (reason 9)"
