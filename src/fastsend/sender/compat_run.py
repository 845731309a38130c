"""Whole runs as storescu and dcmsend do them: one association after the other, each in order."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastsend.errors import AssociationLostError, NegotiationError, PresentationContextError
from fastsend.plan.contexts import propose_all
from fastsend.plan.routes import NoRoute, plan_routes
from fastsend.sender.encoded_routes import encoded_routes
from fastsend.sender.in_turn import InTurnCarrier
from fastsend.sender.ledger import record_of
from fastsend.sender.opening import end_unused, open_association

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastsend.association.negotiate import Association
    from fastsend.model.proposal import InstanceKind, Proposal
    from fastsend.plan.policy import Policy
    from fastsend.plan.routes import Routes
    from fastsend.sender.conversions import Conversions
    from fastsend.sender.halting import Halting, Stretch
    from fastsend.sender.renaming import Renaming
    from fastsend.sender.shared import Shared
    from fastsend.sender.tally import Tallies

_LOG = logging.getLogger(__name__)


class CompatRun:
    """Sends the rows of a table up to `end`.

    Parameters
    ----------
    shared, conversions
        What it works with.
    halting, renaming
        The rules of the program whose ways are followed.
    kinds : list of InstanceKind
        What instances are.
    policy : Policy
        What may be done.
    end : int
        The row before which it comes to an end.
    tallies : Tallies
        Counts what is sent.
    """

    def __init__(
        self,
        shared: Shared,
        conversions: Conversions,
        halting: Halting,
        renaming: Renaming,
        kinds: list[InstanceKind],
        policy: Policy,
        end: int,
        tallies: Tallies,
    ) -> None:
        self._shared = shared
        self._conversions = conversions
        self._halting = halting
        self._renaming = renaming
        self._kinds = kinds
        self._policy = policy
        self._column = shared.table.kind_column(0, end)
        self._tallies = tallies
        self.transfer_seconds = 0.0

    def send(self) -> None:
        """Send everything.

        Raises
        ------
        FastsendError
            Why the run ended early.
        """
        for proposal in self._propose():
            try:
                self._send_run(proposal)
            except AssociationLostError as exc:
                # What the association is lost with stays unsent.
                options = self._shared.options
                if self._shared.cancel.requested or options.halt or options.compat == "storescu":
                    raise
                _LOG.error("%s", exc)

    def _propose(self) -> Iterator[Proposal]:
        options = self._shared.options
        if options.compat == "storescu":
            from fastsend.plan.storescu import propose_as_storescu

            yield propose_as_storescu(self._kinds, self._column, self._policy)
            return
        for proposal in propose_all(
            self._kinds,
            self._column,
            self._policy,
            multiple_associations=options.multiple_associations,
        ):
            if proposal.rejected_kinds and options.halt:
                reasons = plan_routes(self._kinds, proposal, self._policy, ())
                rejected = reasons[min(proposal.rejected_kinds)]
                raise PresentationContextError(getattr(rejected, "reason", ""))
            yield proposal

    def _send_run(self, proposal: Proposal) -> None:
        """Send the run of one proposal, on one association."""
        ledger = self._shared.ledger
        if not proposal.contexts:
            ledger.open(record_of(proposal, self._routes(proposal, None), None))
            return
        association = open_association(self._shared, proposal)
        routes = self._routes(proposal, association)
        negotiated = association.negotiated
        number = ledger.open(record_of(proposal, routes, negotiated))
        if not negotiated.accepted and self._shared.options.compat == "storescu":
            ledger.close(number, "ended, for no presentation context was accepted")
            association.ended()
            raise NegotiationError("No Acceptable Presentation Contexts")
        if not negotiated.accepted:
            self._mark_unroutable(routes, proposal.first, proposal.end, number)
            ledger.close(number, end_unused(self._shared, association))
            return
        stretch = self._halting.stretch(
            proposal.first, proposal.end, self._column, routes, proposal.rejected_kinds
        )
        end = min(stretch.end + 1, proposal.end)
        self._mark_unroutable(routes, proposal.first, end, number)
        self._transfer(association, number, routes, stretch)

    def _routes(
        self, proposal: Proposal, association: Association | None
    ) -> dict[int, Routes | NoRoute]:
        negotiated = association.negotiated if association else None
        accepted = negotiated.accepted if negotiated else ()
        refused = negotiated.refused if negotiated else ()
        if self._shared.options.compat == "storescu":
            from fastsend.plan.storescu import routes_as_storescu

            return routes_as_storescu(self._kinds, proposal, self._policy, accepted)
        return plan_routes(self._kinds, proposal, self._policy, accepted, refused)

    def _mark_unroutable(
        self, routes: Mapping[int, Routes | NoRoute], first: int, end: int, number: int
    ) -> None:
        flags = bytearray(len(self._kinds))
        for kind, ways in routes.items():
            flags[kind] = isinstance(ways, NoRoute)
        self._shared.table.mark_not_sent(first, end, flags, number)

    def _transfer(
        self,
        association: Association,
        number: int,
        routes: Mapping[int, Routes | NoRoute],
        stretch: Stretch,
    ) -> None:
        carrier = InTurnCarrier(self._shared, association, number, self._halting, self._renaming)
        self._tallies.begin(carrier)
        self._conversions.begin(routes, stretch.first, lambda row, _: max(row, stretch.end))
        try:
            encoded = encoded_routes(self._kinds, routes)
            carrier.send_stretch(stretch, encoded, self._conversions.get)
        finally:
            self._conversions.end()
            self.transfer_seconds += carrier.seconds
