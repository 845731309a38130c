"""The rows that are there to be sent, while the scan adds to them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fastsend._native import wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend._native.part10 import InstanceTable

_WAIT_SECONDS = 0.05


class Intake:
    """Tells of rows as they come; for any thread.

    Parameters
    ----------
    table : InstanceTable
        Where the rows are.
    cancel : Cancel
        Ends every wait.
    """

    def __init__(self, table: InstanceTable, cancel: wire.Cancel) -> None:
        self._table = table
        self._cancel = cancel
        self._changed = threading.Condition()
        self._end = 0
        self._complete = False
        self._queue: wire.Queue | None = None
        self._total_bytes: int | None = None

    def publish(self, end: int, *, complete: bool = False) -> None:
        """Let the rows up to `end` be sent; the last ones, if `complete`."""
        with self._changed:
            self._end, self._complete = end, complete
            if complete:
                self._total_bytes = self._table.total_data_set_bytes()
            if self._queue is not None:
                self._queue.publish(end, closed=complete)
            self._changed.notify_all()

    def rows_behind(self, row: int, stopped: Callable[[], bool]) -> int:
        """Wait until there are rows behind `row`, or `stopped`; return their end.

        It is `row` itself where there are none.
        """
        with self._changed:
            while self._end <= row and not self._complete and not self._cancel.requested:
                if stopped():
                    break
                self._changed.wait(_WAIT_SECONDS)
            return max(self._end, row)

    def last_row(self) -> int:
        """Wait until no more rows come, and return their end."""
        with self._changed:
            while not self._complete and not self._cancel.requested:
                self._changed.wait(_WAIT_SECONDS)
            return self._end

    def queue(self, first: int, end: int, *, grows: bool) -> wire.Queue:
        """Return the queue of a run of rows; with `grows` all that come are added to it."""
        with self._changed:
            if not grows:
                return wire.Queue(self._table, first, end)
            self._queue = wire.Queue(self._table, first, self._end, closed=self._complete)
            return self._queue

    def left_bytes(self, sent: int) -> int | None:
        """Return what is left of the data sets where `sent` bytes are sent; None: not known yet."""
        return None if self._total_bytes is None else max(0, self._total_bytes - sent)
