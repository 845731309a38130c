"""Where a run ends before its instances do, and how it counts those that it leaves out.

storescu and dcmsend do not go on behind an instance that they cannot send, unless they are told to
(``-nh``); storescu does not go on behind one that the peer refuses either. fastsend itself sends
what can be sent.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import wire
from fastsend.errors import HaltedError, NotReleasedError
from fastsend.plan.routes import NoRoute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastsend.model.options import SendOptions
    from fastsend.plan.routes import Routes
    from fastsend.scan.scanner import ScanReport

_UNREADABLE = frozenset({wire.FILE_OPEN, wire.FILE_CHANGED})


class Stretch(NamedTuple):
    """The rows that one association carries.

    `holes` are the rows, rising, before each of which a Message ID is left out, as often as it is
    in there: for each file that could not be sent, storescu and dcmsend count on.
    """

    first: int
    end: int
    halt: HaltedError | None = None
    """Why the association is aborted at its end."""
    holes: tuple[int, ...] = ()

    def next_hole(self, row: int) -> int:
        """Return the first hole behind `row`, or the end."""
        at = bisect_right(self.holes, row)
        return self.holes[at] if at < len(self.holes) else self.end

    def skipped_at(self, row: int) -> int:
        """Return how many Message IDs are left out before `row`."""
        return bisect_right(self.holes, row) - bisect_left(self.holes, row)


class Halting:
    """The rules of a run.

    Parameters
    ----------
    options : SendOptions
        Whose rules, and whether to halt.
    scanned : ScanReport, optional
        Says where storescu would have come upon a file that it cannot read.
    """

    def __init__(self, options: SendOptions, scanned: ScanReport | None = None) -> None:
        self._compat = options.compat
        self._repeat = options.repeat
        self._halts = options.halt and self._compat is not None
        self._stop = scanned.stop if scanned else None
        self._gaps = scanned.gaps if scanned else ()

    def stretch(
        self,
        first: int,
        end: int,
        column: Sequence[int],
        routes: Mapping[int, Routes | NoRoute],
        rejected: frozenset[int] = frozenset(),
    ) -> Stretch:
        """Return what an association carries of the rows from `first` to `end`.

        Parameters
        ----------
        first, end : int
            Rows, half open.
        column : sequence of int
            The kind of each row.
        routes : mapping
            The routes of the kinds.
        rejected : frozenset of int
            Those that were not even proposed; dcmsend does not count them.
        """
        if self._compat is None:
            return Stretch(first, end)
        reasons = {kind: way.reason for kind, way in routes.items() if isinstance(way, NoRoute)}
        # A file that cannot be sent is tried once, however often it is to be repeated.
        rows = range(first, end, self._repeat) if reasons else ()
        lost = (row for row in rows if column[row] in reasons)
        if self._halts:
            row = next(lost, None)
            if row is not None:
                return Stretch(first, row, HaltedError(reasons[column[row]]))
            return Stretch(first, end, HaltedError(self._stop) if self._stop else None)
        lost = (row for row in lost if column[row] not in rejected)
        holes = [*lost, *(row for row in self._gaps if first <= row < end)]
        return Stretch(first, end, holes=tuple(sorted(holes)))

    def error(self, status: int, reason: str) -> HaltedError | None:
        """Return what ends the run when an instance, not the association, ended with `status`."""
        if not self._halts or status == wire.STATUS_FAILED:
            return None
        return HaltedError(reason)

    def falls_silent(self, status: int) -> bool:
        """Return True where the rest is left out without an error."""
        return self._halts and self._compat == "storescu" and status == wire.STATUS_FAILED

    def counts_on(self, status: int) -> bool:
        """Return True where an instance that was not sent takes a Message ID all the same."""
        if self._compat is None or status == wire.STATUS_FAILED:
            return False
        return self._compat == "storescu" or status not in _UNREADABLE

    def check_released(self, *, released: bool) -> None:
        """Raise NotReleasedError where the peer did not agree to a release, and that matters."""
        if self._compat == "storescu" and not released:
            raise NotReleasedError("the peer did not agree to release the association")
