"""Tells the observer of a run what is new since the last time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fastsend.model.result import Outcome
from fastsend.sender.results import Results

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable
    from fastsend.model.observer import Observer
    from fastsend.sender.transfer import Transfer

_SECONDS = 0.1


class Teller:
    """Knows what the observer was told; for one thread.

    Parameters
    ----------
    transfer : Transfer
        What happens.
    table : InstanceTable
        What became of instances.
    observer : Observer, optional
        Without one nothing is done.
    """

    def __init__(self, transfer: Transfer, table: InstanceTable, observer: Observer | None) -> None:
        self._transfer = transfer
        self._table = table
        self._observer = observer
        self._results = Results(table, transfer)
        self._opened = 0
        self._closed = 0
        self._told = 0
        self._next = 0.0

    def tell_in_time(self) -> None:
        """Tell what is new, if the last time is long enough ago."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS
            self.tell()

    def tell(self) -> None:
        """Tell what is new; of results those that are final, in order."""
        observer = self._observer
        if observer is None:
            return
        self._tell_opened(observer)
        if observer.wants_results:
            end = self._table.final_prefix(self._told)
            for row in range(self._told, end):
                observer.result(self._results[row])
            self._told = max(self._told, end)
        self._tell_closed(observer)
        observer.progress(*self._transfer.progress())

    def tell_all(self) -> None:
        """Tell what is left to tell at the end of a run."""
        self.tell()
        observer = self._observer
        if observer is None or not observer.wants_results:
            return
        # Instances that were not reached may stand before others that were.
        for row in range(self._told, len(self._table)):
            if self._table.result(row)[0] != Outcome.PENDING:
                observer.result(self._results[row])

    def _tell_opened(self, observer: Observer) -> None:
        for record in self._transfer.ledger.records[self._opened :]:
            self._opened += 1
            if record.description is not None:
                observer.association_opened(self._opened, record.description, record.contexts)

    def _tell_closed(self, observer: Observer) -> None:
        for number, how in self._transfer.ledger.closed[self._closed :]:
            self._closed += 1
            observer.association_closed(number, how)
