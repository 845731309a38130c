"""What converts the instances of a run, made when it is needed."""

from __future__ import annotations

import heapq
import os
import threading
from typing import TYPE_CHECKING

from fastsend.late_import import LATE_IMPORT
from fastsend.plan.conversions import coding_of
from fastsend.plan.routes import NoRoute
from fastsend.sender.known_rows import known_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.invention import Inventor
    from fastsend.plan.routes import Routes
    from fastsend.sender.converter import Converter
    from fastsend.sender.shared import Shared

    RowsBehind = Callable[[int, Callable[[], bool]], int]


class Conversions:
    """The pool of a run, which all associations share, and the converter of its routes.

    Parameters
    ----------
    shared : Shared
        What all associations have in common.
    inventor : Inventor, optional
        Gives each instance new identifiers.
    """

    def __init__(self, shared: Shared, inventor: Inventor | None = None) -> None:
        self._shared = shared
        self._inventor = inventor
        self._lock = threading.Lock()
        self._pool: CodecPool | None = None
        self._converter: Converter | None = None
        self._routes: Mapping[int, Routes | NoRoute] = {}
        self._rows: Iterator[int] = iter(())
        self._closed = False
        self.seconds_waited = 0.0
        """Of converters that are closed."""

    def begin(
        self,
        routes: Mapping[int, Routes | NoRoute],
        first: int,
        rows_behind: RowsBehind,
        *,
        ahead: bool = True,
    ) -> None:
        """Convert for these routes from now on, and start where it is certain that it is needed.

        Parameters
        ----------
        routes : mapping
            The routes of each kind.
        first : int
            The first row.
        rows_behind : callable
            Waits until there are rows behind a given one, or its second argument returns True, and
            returns their end, which is the given row where there are none.
        ahead : bool
            False where rows are sent in another order than that of the table.
        """
        self.end()
        self._closed = False
        self._routes = routes
        converted = {
            kind
            for kind, ways in routes.items()
            if not isinstance(ways, NoRoute) and ways[0].conversion == "convert"
        }
        self._rows = self._rows_to_convert(converted, first, rows_behind) if ahead else iter(())
        if converted:
            self.get()

    def get(self) -> Converter:
        """Return the converter; for any thread."""
        with self._lock:
            if self._converter is None:
                self._converter = self._make()
            return self._converter

    def end(self) -> None:
        """End all work that is under way."""
        self._closed = True
        with self._lock:
            converter, self._converter = self._converter, None
        if converter is not None:
            converter.close()
            self.seconds_waited += converter.seconds_waited

    def close(self) -> None:
        """End all work, and the pool."""
        self.end()
        if self._pool is not None:
            self._pool.close()

    def _is_closed(self) -> bool:
        return self._closed

    def _make(self) -> Converter:
        with LATE_IMPORT:
            from fastsend.codecs.pool import CodecPool
            from fastsend.sender.converter import Converter

        cancel = self._shared.cancel
        if self._pool is None:
            threads = self._shared.options.threads or os.cpu_count() or 1
            self._pool = CodecPool(threads, cancelled=lambda: cancel.requested)
            if self._needs_workers():
                self._pool.start()
        return Converter(self._shared, self._routes, self._rows, self._pool, self._inventor)

    def _needs_workers(self) -> bool:
        """Return whether a first route takes a codec that is not the project's own."""
        from fastsend.codecs.registry import runs_in_thread

        kinds = self._shared.table.kinds()
        return any(
            coding_of(uid) not in ("native", "deflated") and not runs_in_thread(uid, operation)
            for kind, ways in self._routes.items()
            if not isinstance(ways, NoRoute) and ways[0].conversion == "convert"
            if kinds[kind][1] != ways[0].transfer_syntax_uid
            for uid, operation in (
                (kinds[kind][1], "decode"),
                (ways[0].transfer_syntax_uid, "encode"),
            )
        )

    def _rows_to_convert(
        self, converted: set[int], first: int, rows_behind: RowsBehind
    ) -> Iterator[int]:
        """Yield the rows to convert, as they come, up to the first of a kind without routes."""
        table, routes = self._shared.table, self._routes

        def behind(row: int) -> int:
            return row if self._closed else rows_behind(row, self._is_closed)

        for start, column in known_rows(table, routes, first, behind):
            rows = (row for row, kind in enumerate(column, start) if kind in converted)
            # Sent as they are stored, but for the end of their Pixel Data.
            unended = [
                row
                for row in table.unterminated_rows(start, start + len(column))
                if _is_as_stored(routes[column[row - start]])
            ]
            yield from heapq.merge(rows, unended)


def _is_as_stored(ways: Routes | NoRoute) -> bool:
    return not isinstance(ways, NoRoute) and ways[0].conversion == "as_stored"
