"""All pairs."""

from __future__ import annotations

from compat import pairs_dcmsend, pairs_proposals, pairs_storescu, pairs_tls

PAIRS = (
    *pairs_proposals.pairs(),
    *pairs_storescu.pairs(),
    *pairs_tls.pairs(),
    *pairs_dcmsend.pairs(),
)
BY_ID = {pair.id: pair for pair in PAIRS}
assert len(BY_ID) == len(PAIRS), "two pairs have the same name"
