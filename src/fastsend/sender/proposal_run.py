"""The run of instances that one proposal covers, sent on as many associations as it takes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from fastsend.errors import AssociationLostError, NotConvertedError
from fastsend.plan.routes import NoRoute, plan_routes
from fastsend.sender.carrier import Carrier
from fastsend.sender.crew import Crew, Work
from fastsend.sender.encoded_routes import encoded_routes
from fastsend.sender.halting import Stretch
from fastsend.sender.in_turn import InTurnCarrier
from fastsend.sender.known_rows import known_rows
from fastsend.sender.ledger import record_of
from fastsend.sender.opening import end_unused, open_association

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastsend.association.negotiate import Association
    from fastsend.model.proposal import InstanceKind, Proposal
    from fastsend.plan.policy import Policy
    from fastsend.plan.routes import Routes
    from fastsend.sender.conversions import Conversions
    from fastsend.sender.growth import Growth
    from fastsend.sender.halting import Halting
    from fastsend.sender.intake import Intake
    from fastsend.sender.ledger import AssociationRecord
    from fastsend.sender.renaming import Renaming
    from fastsend.sender.shared import Shared
    from fastsend.sender.tally import Tallies

_LOG = logging.getLogger(__name__)
_LOSSES_WITHOUT_PROGRESS = 3


class Staff(NamedTuple):
    """What the runs of a transfer share, beside what its associations do."""

    intake: Intake
    conversions: Conversions
    growth: Growth
    tallies: Tallies
    """Gets every crew before it sends, and each association that needs none."""
    halting: Halting
    renaming: Renaming


class ProposalRun:
    """Sends the instances that the contexts of a proposal are for.

    Parameters
    ----------
    shared, staff
        What it works with.
    kinds : sequence of InstanceKind
        What instances can be, as far as is known.
    proposal : Proposal
        What to propose, and for which rows.
    policy : Policy
        What may be done.
    grows : bool
        True where the run goes on behind the end of the proposal, up to an instance of a kind that
        nothing was proposed for.
    """

    def __init__(
        self,
        shared: Shared,
        staff: Staff,
        kinds: list[InstanceKind],
        proposal: Proposal,
        policy: Policy,
        *,
        grows: bool,
    ) -> None:
        self._shared = shared
        self._staff = staff
        self._kinds = kinds
        self._proposal = proposal
        self._policy = policy
        self._queue = staff.intake.queue(proposal.first, proposal.end, grows=grows)
        self._grows = grows
        self._ordered = shared.options.ordered
        self.transfer_seconds = 0.0
        """In which requests were under way."""

    def send(self) -> int:
        """Send the run, on further associations where some are lost; return the row behind it.

        Raises
        ------
        NegotiationError
            Where no association comes about.
        AssociationLostError
            Where the run ends with the association.
        """
        if self._ordered:
            self._set_order()
        without_progress = 0
        while True:
            before, _ = self._staff.tallies.progress()
            try:
                left_out = self._send_once()
                if left_out is not None:
                    return left_out
            except AssociationLostError as exc:
                # -nh: the rest gets its chance on a new association, but a peer that drops one
                # after the other is left alone.
                done = self._staff.tallies.progress()[0] - before
                without_progress = without_progress + 1 if done <= 1 else 0
                # What an instance lacks is not the peer's fault: the others are sent.
                own_fault = isinstance(exc, NotConvertedError)
                if self._shared.cancel.requested or (self._shared.options.halt and not own_fault):
                    raise
                if without_progress >= _LOSSES_WITHOUT_PROGRESS and not own_fault:
                    raise
                if self._is_left():
                    _LOG.warning("%s; going on with the next instance on a new association", exc)
            if not self._is_left():
                # Not the end of the queue: rows may be published between two looks at it.
                in_turn = self._ordered or self._shared.options.rename
                return self._proposal.end if in_turn else self._queue.next

    def _is_left(self) -> bool:
        if self._shared.options.rename:
            return self._first_in_turn() < self._proposal.end
        return self._queue.left

    def _first_in_turn(self) -> int:
        return self._shared.table.final_prefix(self._proposal.first)

    def _set_order(self) -> None:
        from fastsend.scan.series import by_series

        cancel = self._shared.cancel
        first, end = self._proposal.first, self._proposal.end
        series = by_series(self._shared.table, first, end, lambda: cancel.requested)
        self._queue.set_order(series.rows, series.starts)

    def _send_once(self) -> int | None:
        """Send on a new association, and those beside it.

        Where nothing can be sent, return the row behind the run, every row of which is noted so.
        """
        if not self._proposal.contexts:
            return self._leave_out(self._routes(None))
        association = open_association(self._shared, self._proposal)
        routes = self._routes(association)
        negotiated = association.negotiated
        if not negotiated.accepted or all(isinstance(way, NoRoute) for way in routes.values()):
            return self._leave_out(routes, association)
        record = record_of(self._proposal, routes, negotiated)
        try:
            if self._shared.options.rename:
                self._send_in_turn(association, routes, record)
            else:
                self._send_side_by_side(association, routes, record)
        finally:
            self._staff.conversions.end()
        return None

    def _send_in_turn(
        self,
        association: Association,
        routes: Mapping[int, Routes | NoRoute],
        record: AssociationRecord,
    ) -> None:
        staff, number = self._staff, self._shared.ledger.open(record)
        carrier = InTurnCarrier(self._shared, association, number, staff.halting, staff.renaming)
        staff.tallies.begin(carrier)
        stretch = Stretch(self._first_in_turn(), self._proposal.end)
        staff.conversions.begin(routes, stretch.first, self._rows_behind)
        encoded = encoded_routes(self._kinds, routes)
        try:
            carrier.send_stretch(stretch, encoded, staff.conversions.get)
        finally:
            self.transfer_seconds += carrier.seconds

    def _send_side_by_side(
        self,
        association: Association,
        routes: Mapping[int, Routes | NoRoute],
        record: AssociationRecord,
    ) -> None:
        staff = self._staff
        first = Carrier(self._shared, association, self._shared.ledger.open(record))
        self._queue.set_routes(encoded_routes(self._kinds, routes))
        start = self._proposal.end if self._ordered else self._queue.next
        staff.conversions.begin(routes, start, self._rows_behind, ahead=not self._ordered)
        crew = Crew(self._shared, self._work(record), staff.growth)
        staff.tallies.begin(crew)
        try:
            crew.run(first)
        finally:
            carriers = crew.carriers()
            began = min(carrier.began for carrier in carriers)
            self.transfer_seconds += max(carrier.ended for carrier in carriers) - began

    def _rows_behind(self, row: int, stopped: Callable[[], bool]) -> int:
        if self._grows:
            return self._staff.intake.rows_behind(row, stopped)
        return max(row, self._proposal.end)

    def _work(self, record: AssociationRecord) -> Work:
        intake = self._staff.intake

        def open_another(unwanted: Callable[[], bool]) -> Carrier | None:
            association = open_association(self._shared, self._proposal, unwanted)
            another = record_of(self._proposal, record.routes, association.negotiated)
            if another.accepted != record.accepted:
                end_unused(self._shared, association)
                return None
            return Carrier(self._shared, association, self._shared.ledger.open(another))

        def left_bytes() -> int | None:
            return intake.left_bytes(self._staff.tallies.progress()[1])

        return Work(self._queue, self._staff.conversions.get, open_another, left_bytes)

    def _routes(self, association: Association | None) -> dict[int, Routes | NoRoute]:
        negotiated = association.negotiated if association else None
        return plan_routes(
            self._kinds,
            self._proposal,
            self._policy,
            negotiated.accepted if negotiated else (),
            negotiated.refused if negotiated else (),
        )

    def _leave_out(
        self, routes: Mapping[int, Routes | NoRoute], association: Association | None = None
    ) -> int:
        """Note that nothing of the run can be sent, and return the row behind it."""
        negotiated = association.negotiated if association else None
        number = self._shared.ledger.open(record_of(self._proposal, routes, negotiated))
        if association is not None:
            self._shared.ledger.close(number, end_unused(self._shared, association))
        return self._mark_not_sent(routes, number)

    def _mark_not_sent(self, routes: Mapping[int, Routes | NoRoute], number: int) -> int:
        """Mark the rows of the run, as they come, and return the row behind it."""
        table, row = self._shared.table, self._proposal.first
        every_kind = b"\1" * len(self._kinds)
        for first, column in known_rows(
            table, routes, row, lambda row: self._rows_behind(row, lambda: False)
        ):
            row = first + len(column)
            table.mark_not_sent(first, row, every_kind, number)
        return row
