"""Sending that begins while the scan of large folders goes on."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend._native.part10 import InstanceTable
    from fastsend.model.options import SendOptions
    from fastsend.sender.intake import Intake

EARLY_SECONDS = 0.2
"""Most scans are over before: then all presentation contexts are known from the start. What
negotiates takes as long to be imported."""
_PUBLISH_SECONDS = 0.05


class EarlyStart:
    """Starts the transfer where the scan takes long, and tells it of what is found.

    Not where something could still be wrong with what the user named, and so has to end the run
    before anything is sent; not where every instance has to be known first.

    Parameters
    ----------
    options : SendOptions
        Say whether it may be.
    table : InstanceTable
        What is found.
    start : callable
        Starts the transfer, with what it gets its rows from.
    """

    def __init__(
        self, options: SendOptions, table: InstanceTable, start: Callable[[], Intake]
    ) -> None:
        self._options = options
        self._table = table
        self._start = start
        self._intake: Intake | None = None
        self._at = time.monotonic() + EARLY_SECONDS
        self._may_start = (
            options.compat is None
            and not options.read_dicomdir
            and not options.ordered
            and not options.rename
            and options.multiple_associations
        )

    def tick(self) -> None:
        """Publish what there is by now; called by the scan."""
        if not self._may_start or time.monotonic() < self._at:
            return
        self._at = time.monotonic() + _PUBLISH_SECONDS
        if self._intake is None and len(self._table):
            self._may_start = all(map(_can_be_listed, self._options.paths))
            if self._may_start:
                self._intake = self._start()
        if self._intake is not None:
            self._intake.publish(len(self._table))

    def complete(self) -> None:
        """Publish the last rows, if the transfer was started."""
        if self._intake is not None:
            self._intake.publish(len(self._table), complete=True)


def _can_be_listed(path: str) -> bool:
    try:
        os.scandir(path).close()
    except (OSError, ValueError):
        return False
    return True
