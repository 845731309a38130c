"""Names for files that were processed: ``.done`` and ``.bad``, as storescu's ``+rn`` has them."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from fastsend._native import wire
from fastsend.model.escape import printable
from fastsend.model.result import Outcome

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable
    from fastsend.model.options import SendOptions
    from fastsend.scan.scanner import ScanReport

_LOG = logging.getLogger(__name__)


class Renaming:
    """Renames the file of each instance as soon as its outcome is final; nothing without ``+rn``.

    Files are renamed in their turn, between one instance and the next: so the second time that a
    file is to be sent it is gone, as with storescu. What the scan left out keeps its name, but for
    what storescu would have come upon in the same place.

    Parameters
    ----------
    options : SendOptions
        Say whether to rename.
    table : InstanceTable
        The instances and what became of them.
    scanned : ScanReport, optional
        Names the files that storescu would have found to be bad while it sends.
    """

    def __init__(
        self, options: SendOptions, table: InstanceTable, scanned: ScanReport | None = None
    ) -> None:
        self._wanted = options.rename
        self._table = table
        self._last_bad = b""
        self._bad: dict[int, list[bytes]] = {}
        if scanned is not None:
            for row, path in scanned.bad_files:
                self._bad.setdefault(row, []).append(path)

    def end(self, row: int, end: int) -> int:
        """Return the row up to which the socket loop may go before `processed` is called."""
        return min(row + 1, end) if self._wanted else end

    def before(self, row: int) -> None:
        """Rename the bad files whose turn comes before that of a row."""
        if self._wanted:
            for path in self._bad.pop(row, ()):
                rename(path, b".bad")

    def processed(self, first: int, end: int) -> None:
        """Rename the files of rows: ``.done`` where the peer stored the instance, else ``.bad``.

        A row that is still pending, which may be sent later, keeps its name.
        """
        for row in range(first, min(end, len(self._table))) if self._wanted else ():
            number, status, *_ = self._table.result(row)
            outcome = Outcome(number)
            if outcome is Outcome.PENDING:
                continue
            path = self._table.path(row)
            if outcome is Outcome.ANSWERED and wire.means_stored(status):
                rename(path, b".done")
            elif outcome is Outcome.ANSWERED or path != self._last_bad:
                # Once: what cannot be sent is not tried again where it is to be repeated.
                self._last_bad = path
                rename(path, b".bad")


def rename(path: bytes, suffix: bytes) -> None:
    """Append `suffix` to the name of a file; what goes wrong is only warned of.

    A file that has the new name is replaced, as by storescu, and that is warned of, too.
    """
    target = path + suffix
    replaces = os.path.lexists(target)
    old, new = (printable(os.fsdecode(name)) for name in (path, target))
    try:
        os.replace(path, target)  # noqa: PTH105  bytes
    except OSError as error:
        _LOG.warning("cannot rename file '%s' to '%s': %s", old, new, error.strerror)
        return
    if replaces:
        _LOG.warning("renamed file '%s' to '%s', which replaces the one that was there", old, new)
    else:
        _LOG.debug("renamed file '%s' to '%s'", old, new)
