"""The asynchronous operations window, negotiated with receivers (PS3.7 D.3.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pynetdicom import AE, evt

from fastsend.association.negotiate import Association
from fastsend.errors import NegotiationError
from fastsend.model.options import SendOptions
from fastsend.model.proposal import PresentationContext
from peers.recording_scp import RecordingSCP, refuse
from peers.study import CT, EXPLICIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from peers.storescp import StoreSCP

CONTEXTS = (PresentationContext(1, CT, (EXPLICIT,)),)


def opened(port: int, window: int) -> Association:
    options = SendOptions("127.0.0.1", port, (), async_window=window)
    return Association(options, CONTEXTS, lambda: False)


@pytest.mark.parametrize(
    ("window", "answered", "operations"),
    [
        (1, (), 1),
        (2, (), 1),
        (16, ((0x53, b"\0\x10\0\1"),), 16),
        (16, ((0x53, b"\0\5\0\1"),), 5),
        (16, ((0x53, b"\0\0\0\1"),), 16),
        (300, ((0x53, b"\xff\xff\0\1"),), 300),
    ],
)
def test_what_is_proposed_and_answered(
    window: int, answered: tuple[tuple[int, bytes], ...], operations: int
) -> None:
    with RecordingSCP(user_items=answered) as scp:
        association = opened(scp.port, window)
        assert association.negotiated.async_operations == operations
        assert association.release()
        (recorded,) = scp.finished(1)
    assert recorded.request is not None
    expected = window.to_bytes(2, "big") + b"\0\1" if window > 1 else None
    assert recorded.request.user_item(0x53) == expected


@pytest.mark.parametrize(
    "answered",
    [
        ((0x53, b"\0\4"),),
        ((0x53, b"\0\4\0\1\0\0"),),
        ((0x53, b"\0\4\0\1"), (0x53, b"\0\4\0\1")),
    ],
)
def test_an_answer_that_makes_no_sense(answered: tuple[tuple[int, bytes], ...]) -> None:
    with RecordingSCP(user_items=answered) as scp:
        with pytest.raises(NegotiationError, match="accepted the association with an answer that"):
            opened(scp.port, 16)
        (recorded,) = scp.finished(1)
    assert recorded.ended == "aborted"


def test_no_sense_and_no_context() -> None:
    with RecordingSCP(user_items=[(0x53, b"\0" * 6)], accept=refuse(), strict=False) as scp:
        with pytest.raises(NegotiationError, match="6 bytes instead of 4"):
            opened(scp.port, 16)
        scp.finished(1)


def test_pynetdicom() -> None:
    asked: list[tuple[int, int]] = []

    def answer(event: evt.Event) -> tuple[int, int]:
        asked.append((event.nr_invoked, event.nr_performed))
        return event.nr_invoked, event.nr_performed

    entity = AE()
    entity.add_supported_context(CT, EXPLICIT)
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ASYNC_OPS, answer)]
    )
    assert server is not None
    try:
        association = opened(server.server_address[1], 16)
        # It always answers that it has no asynchronous operations.
        assert association.negotiated.async_operations == 1
        assert association.release()
    finally:
        server.shutdown()
    assert asked == [(16, 1)]


@pytest.mark.peer
def test_storescp_does_not_answer_it(storescp: Callable[..., StoreSCP]) -> None:
    scp = storescp("-d")
    association = opened(scp.port, 16)
    assert association.negotiated.async_operations == 1
    assert association.release()
