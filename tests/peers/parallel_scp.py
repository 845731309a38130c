"""A `RecordingSCP` for many associations at once and many requests at once on each.

    with ParallelSCP(most=2, window=8, order="reversed", endings={2: Ending("abort", 5)}) as scp:
        ...  # send something to ("127.0.0.1", scp.port)
    assert scp.most_at_once == 2
    assert {one.sop_instance_uid for one in scp.arrivals} == expected

It takes `most` associations and turns the others away (`AWAY`), grants an asynchronous operations
window (PS3.7 D.3.3.3) and keeps the sender to it, answers in any order, as slowly as it is told,
and ends associations in the middle. Beside what a `RecordingSCP` finds wrong it is a violation to
have more requests outstanding than granted, to use the Message ID of one that is outstanding
(PS3.7 9.1.1.1), and to release while one is.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from peers.parallel_connection import ParallelConnection
from peers.recording_scp import RecordingSCP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from peers.scp_records import Association, Store

Away = Literal[
    "reject",  # A-ASSOCIATE-RJ: transient, presentation service provider, local limit exceeded
    "refuse",  # the TCP connection is refused
    "close",  # the TCP connection is closed without a word
    "silent",  # no answer ever
    "abort",  # accepted, and aborted at once
]
Order = Literal["arrival", "reversed", "shuffled"]


class Ending(NamedTuple):
    """How the SCP ends an association in the middle of an instance."""

    kind: Literal["abort", "close", "reset", "release", "stall"]
    """A-ABORT, FIN or RST; A-RELEASE-RQ and no answer any more; or neither word nor read."""
    after: int
    """So many instances are complete then, and the command of the next one has come."""
    whole: bool = False
    """The next one has come as a whole, too."""
    answer_first: bool = True
    """Those that came before it are answered; else whatever is not answered yet is left so."""


class Arrival(NamedTuple):
    """One complete instance."""

    association: int
    """As `Association.number`."""
    sop_instance_uid: str
    data_set_sha256: str
    data_set_length: int
    message_id: int
    outstanding: int
    """Requests of its association without an answer when its own began, itself included."""
    at_once: int
    """Associations that were established then."""


class ParallelSCP(RecordingSCP):
    """See the module.

    Parameters
    ----------
    most : int, optional
        Associations at once; None is without limit.
    away : str
        What becomes of further ones.
    window : int or tuple, optional
        Operations that a requestor may invoke at once, if it proposes so many or more; a tuple is
        answered as it stands: operations invoked and performed. None leaves the item out.
    order : str
        Of the responses among the requests that are outstanding. All but "arrival" wait until the
        window is full, or nothing came for `hold_seconds`.
    seed : int
        Of the shuffled order.
    delay : float or function
        Seconds that each instance takes; a function gets the associations at once.
    endings : mapping
        By the numbers of established associations, from 1 in the order of their acceptance.
    respond : function, optional
        Returns the bytes in the place of a response.
    keep_stores : bool
        Leave the stores in `associations`; `arrivals` are always there.
    **keywords
        Of `RecordingSCP`, but for `on_store` and `on_associate`.
    """

    def __init__(
        self,
        *,
        most: int | None = None,
        away: Away = "reject",
        window: int | tuple[int, int] | None = None,
        order: Order = "arrival",
        seed: int = 0,
        delay: float | Callable[[int], float] = 0.0,
        endings: Mapping[int, Ending] | None = None,
        respond: Callable[[Store], bytes] | None = None,
        hold_seconds: float = 0.05,
        keep_stores: bool = True,
        **keywords: Any,
    ) -> None:
        self.most = most
        self.away = away
        self.window = window
        self.order = order
        self.seed = seed
        self.delay = delay
        self.endings = dict(endings or {})
        self.respond = respond
        self.hold_seconds = hold_seconds
        self.keep_stores = keep_stores
        self.arrivals: list[Arrival] = []
        """In the order of their completion."""
        self.answers: list[tuple[int, int]] = []
        """Association and Message ID of each response, in their order."""
        self.established: list[Association] = []
        """Those that were accepted, in that order."""
        self.turned_away = 0
        self.most_at_once = 0
        self._present: set[int] = set()
        super().__init__(**keywords)

    # For the connections

    def enter(self, association: Association) -> int:
        """Take an association in; return its place among the established ones, 0 for none."""
        with self._changed:
            if self.most is not None and self.away != "refuse" and self.is_full():
                self.turned_away += 1
                return 0
            self._present.add(association.number)
            self.most_at_once = max(self.most_at_once, len(self._present))
            self.established.append(association)
            return len(self.established)

    def leave(self, association: Association) -> None:
        """Make room; a second time does nothing."""
        with self._changed:
            self._present.discard(association.number)
            self._changed.notify_all()

    def record(self, store: Store, association: Association, outstanding: int) -> None:
        with self._changed:
            self.arrivals.append(
                Arrival(
                    association.number,
                    store.sop_instance_uid,
                    store.data_set_sha256,
                    store.data_set_length,
                    store.message_id,
                    outstanding,
                    self.at_once(),
                )
            )
            self._changed.notify_all()

    def at_once(self) -> int:
        """Return how many associations are established."""
        return len(self._present)

    def is_full(self) -> bool:
        return self.most is not None and len(self._present) >= self.most

    # Of the listener

    def _connection(
        self, connection: socket.socket, association: Association
    ) -> ParallelConnection:
        return ParallelConnection(self, connection, association)

    def _take(self, connection: socket.socket) -> None:
        if self.away != "refuse" or self.most is None:
            super()._take(connection)
            return
        # Here a connection counts before it is an association.
        with self._changed:
            self._present.add(len(self.associations) + 1)
            full = self.is_full()
        super()._take(connection)
        if not full:
            return
        with contextlib.suppress(OSError):
            self._listener.close()
        with self._changed:
            self._changed.wait_for(lambda: not self.is_full() or self.closing.is_set())
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        if self.closing.is_set():
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)

    def drop_all(self) -> None:
        """End every connection that there is."""
        for connection, _ in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.closing.set()
        self.notify()
        super().close()
