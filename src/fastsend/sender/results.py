"""The records of a run, made from the compact table when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from fastsend._native import wire
from fastsend.model.result import Outcome, StoreResult, status_text
from fastsend.wire import failure_text

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable
    from fastsend.plan.routes import NoRoute, Routes
    from fastsend.sender.transfer import Transfer

_NOT_REACHED = "not sent: the run ended before its turn"


class Results(Sequence[StoreResult]):
    """One `StoreResult` a row of `table`.

    Parameters
    ----------
    table : InstanceTable
        The instances and what the socket loop noted of them.
    transfer : Transfer
        What it planned, and its notes.
    """

    def __init__(self, table: InstanceTable, transfer: Transfer) -> None:
        self._table = table
        self._kinds = table.kinds()
        self._transfer = transfer

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, index: int) -> StoreResult: ...
    @overload
    def __getitem__(self, index: slice) -> list[StoreResult]: ...

    def __getitem__(self, index: int | slice) -> StoreResult | list[StoreResult]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError("no such instance")
        return self._make(row)

    def _make(self, row: int) -> StoreResult:
        table = self._table
        kind = table.kind(row)
        if kind >= len(self._kinds):
            self._kinds = table.kinds()
        sop_class_uid, transfer_syntax_uid = self._kinds[kind]
        number, status, error, detail, association, context_id, elapsed_us = table.result(row)
        outcome = Outcome(number)
        transfer = self._transfer
        ledger = transfer.ledger
        record = ledger.record(association) if association else None
        routes = record.routes.get(kind) if record else None
        proposed = record.proposed.get(kind, ()) if record else ()
        sent_as = record.accepted.get(context_id) if record and context_id else None
        note = ledger.notes.get(row)
        sent_uid = note.sop_instance_uid if note else None
        if transfer.inventor is not None and outcome in {Outcome.ANSWERED, Outcome.UNKNOWN}:
            sent_uid = transfer.inventor.identity(row).sop_instance_uid
        return StoreResult(
            number=row + 1,
            path=os.fsdecode(table.path(row)),
            sop_class_uid=sop_class_uid,
            sop_instance_uid=table.sop_instance_uid(row),
            transfer_syntax_uid=transfer_syntax_uid,
            sent_transfer_syntax_uid=sent_as,
            data_set_bytes=table.data_set_length(row),
            association=association,
            context_id=context_id,
            outcome=outcome,
            status=status if outcome is Outcome.ANSWERED else None,
            seconds=elapsed_us / 1e6,
            error=(note.error if note else None)
            or self._error(outcome, status, error, detail, routes),
            sent_sop_instance_uid=sent_uid,
            proposed_context_id=proposed[0] if proposed else 0,
            no_context=outcome is Outcome.NOT_SENT and error == wire.OK and note is None,
            remark=note.remark if note else None,
        )

    def _error(
        self,
        outcome: Outcome,
        status: int,
        error: int,
        detail: int,
        routes: Routes | NoRoute | None,
    ) -> str | None:
        if error == wire.STATUS_FAILED:
            return f"the peer did not store it: {status_text(status)} (0x{status:04x})"
        if error != wire.OK:
            return failure_text(error, detail)
        if outcome is Outcome.ANSWERED:
            return None
        return getattr(routes, "reason", None) if outcome is Outcome.NOT_SENT else _NOT_REACHED
