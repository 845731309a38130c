"""Words for a peer that takes fewer associations than were wanted."""

from __future__ import annotations

import pytest

from fastsend.errors import (
    AssociationRejectedError,
    ConnectionFailedError,
    NegotiationError,
    RequestGivenUpError,
    TLSError,
)
from fastsend.model.pace import taken_at_once


@pytest.mark.parametrize(
    ("number", "error", "words"),
    [
        (1, AssociationRejectedError, "the peer took 1 association at once: another was rejected"),
        (
            2,
            ConnectionFailedError,
            "the peer took 2 associations at once: no further connection came about",
        ),
        (
            3,
            RequestGivenUpError,
            "the peer took 3 associations at once: another request was not answered",
        ),
        (
            64,
            NegotiationError,
            "the peer took 64 associations at once: another request got no proper answer",
        ),
        (
            4,
            TLSError,
            "the peer took 4 associations at once: no further secure connection came about",
        ),
    ],
)
def test_words(number: int, error: type[NegotiationError], words: str) -> None:
    assert taken_at_once(number, error("pacs:104 did this and that").brief) == words
