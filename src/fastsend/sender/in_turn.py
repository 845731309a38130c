"""One association that sends strictly in order: as storescu and dcmsend do, or to rename files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fastsend._native import wire
from fastsend.sender.carrier import Carrier

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.association.negotiate import Association
    from fastsend.sender.converter import Converter
    from fastsend.sender.halting import Halting, Stretch
    from fastsend.sender.renaming import Renaming
    from fastsend.sender.shared import Shared


class InTurnCarrier(Carrier):
    """Sends the rows of one stretch, each when all is done for the one before.

    With `SendOptions.compat` it stops where the program of DCMTK would.

    Parameters
    ----------
    shared, association, number
        As for `Carrier`.
    halting : Halting
        Says where it stops.
    renaming : Renaming
        Renames the files of a row before the next one is sent.
    """

    def __init__(
        self,
        shared: Shared,
        association: Association,
        number: int,
        halting: Halting,
        renaming: Renaming,
    ) -> None:
        super().__init__(shared, association, number)
        self._halting = halting
        self._renaming = renaming

    def send_stretch(
        self, stretch: Stretch, routes: bytes, converter: Callable[[], Converter]
    ) -> None:
        """Send the rows of a stretch and end the association.

        Raises
        ------
        FastsendError
            Why the run has to end, or what the association was lost with.
        """
        self.began = time.perf_counter()
        try:
            self._send_stretch(stretch, routes, converter)
        finally:
            self.end_work()
            self.channel.settle()

    def _send_stretch(
        self, stretch: Stretch, routes: bytes, converter: Callable[[], Converter]
    ) -> None:
        channel, row, end = self.channel, stretch.first, stretch.first
        queue: wire.Queue | None = None
        channel.skip_message_ids(stretch.skipped_at(row))
        while True:
            self._renaming.before(row)
            if queue is None or row == end:
                end = self._renaming.end(row, stretch.next_hole(row))
                queue = wire.Queue(self._shared.table, row, end)
                queue.set_routes(routes)
            status, at = channel.store_rows(queue, self.number)
            behind = end if status == wire.OK else at + 1
            if status == wire.PUSH:
                status, _ = self.push(at, converter())
            if status != wire.CANCELLED:
                self._renaming.processed(row, behind)
            row = behind
            channel.skip_message_ids(stretch.skipped_at(row))
            if status == wire.OK:
                if row < stretch.end:
                    continue
                break
            if status >= wire.FIRST_FATAL:
                raise self.end_lost(status)
            if self._ends_after(status, row - 1):
                return
        if row == stretch.end:
            self._renaming.before(row)
        if stretch.halt is not None:
            self._renaming.processed(row, row + 1)
            self.abort()
            raise stretch.halt
        self._halting.check_released(released=self.release())

    def _ends_after(self, status: int, row: int) -> bool:
        """Take the status of an instance that was not stored; True where the rest is left out."""
        self.note(status, row)
        if self._halting.falls_silent(status):
            self._halting.check_released(released=self.release())
            return True
        if self._halting.counts_on(status):
            self.channel.skip_message_ids(1)
        halt = self._halting.error(status, self.failure(status, row))
        if halt is not None:
            self.abort()
            raise halt
        gone = self.file_that_halts(status, row)
        if gone is not None:
            self._halting.check_released(released=self.release())
            raise gone
        return False
