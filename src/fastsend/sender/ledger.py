"""What the associations of a run were, for its records and its report."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastsend.association.negotiate import Negotiated
    from fastsend.model.proposal import PresentationContext, Proposal
    from fastsend.plan.routes import NoRoute, Routes
    from fastsend.sender.converter import ConversionNote


class AssociationRecord(NamedTuple):
    """One association, or the attempt to find contexts for one."""

    routes: Mapping[int, Routes | NoRoute]
    """By kind, how its instances are sent."""
    proposed: Mapping[int, tuple[int, ...]]
    """By kind, the ids of the contexts that were proposed for it."""
    accepted: Mapping[int, str]
    """The transfer syntaxes by context id."""
    description: str | None
    """The peer's own name; None where there was nothing to propose."""
    contexts: tuple[tuple[PresentationContext, str | None], ...]
    """What the peer made of each context."""


class Ledger:
    """Numbers associations from 1 on. Its methods are for any thread; lists only grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.records: list[AssociationRecord] = []
        self.closed: list[tuple[int, str]] = []
        """Associations that are over, and how they ended."""
        self.notes: dict[int, ConversionNote] = {}
        """By row, what is to be said of conversions."""
        self._values: dict[Any, Any] = {}

    def open(self, record: AssociationRecord) -> int:
        """Add an association and return its number."""
        with self._lock:
            self.records.append(self._compact(record))
            return len(self.records)

    def _compact(self, record: AssociationRecord) -> AssociationRecord:
        """Let associations share what they have in common: there may be hundreds of them."""
        shared = self._values.setdefault
        return record._replace(
            routes={kind: shared(ways, ways) for kind, ways in record.routes.items()},
            proposed={kind: shared(ids, ids) for kind, ids in record.proposed.items()},
            contexts=tuple(shared(one, one) for one in record.contexts),
        )

    def close(self, number: int, how: str) -> None:
        """Note the end of an association, in words."""
        self.closed.append((number, how))

    def record(self, association: int) -> AssociationRecord:
        """Return an association by its number."""
        return self.records[association - 1]

    @property
    def opened(self) -> list[AssociationRecord]:
        """The associations that the peer accepted."""
        return [record for record in self.records if record.description is not None]


def record_of(
    proposal: Proposal,
    routes: Mapping[int, Routes | NoRoute],
    negotiated: Negotiated | None,
) -> AssociationRecord:
    """Return the record of an association; `negotiated` is None where nothing was proposed."""
    accepted = negotiated.accepted if negotiated else ()
    chosen = {context.context_id: context.transfer_syntax_uid for context in accepted}
    return AssociationRecord(
        routes,
        proposal.context_ids,
        chosen,
        _description(negotiated) if negotiated else None,
        tuple((context, chosen.get(context.context_id)) for context in proposal.contexts),
    )


def _description(negotiated: Negotiated) -> str:
    """Return what the peer says of itself."""
    length = negotiated.max_pdu_length
    limit = f"PDUs of up to {length} bytes" if length else "PDUs of any length"
    return f"{negotiated.implementation or 'the peer'} ({limit})"
