"""One connection of a `ParallelSCP` (see `parallel_scp`): one thread reads, another one answers."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from typing import TYPE_CHECKING

from peers import pdu_bytes
from peers.scp_connection import Connection, Ended, Violation
from peers.scp_records import Reset, Send, Stall

if TYPE_CHECKING:
    from peers.parallel_scp import Ending, ParallelSCP
    from peers.pdu_bytes import AssociateRequest
    from peers.scp_records import PDV, Association, Store

_ASYNCHRONOUS_OPERATIONS_WINDOW = 0x53
_DRAIN_SECONDS = 10.0
_HELD_WITHOUT_LIMIT = 16
"""Requests that are reordered where the window has no limit."""


class ParallelConnection(Connection):
    """One connection, read by the thread that made it."""

    def __init__(
        self, scp: ParallelSCP, connection: socket.socket, association: Association
    ) -> None:
        super().__init__(scp, connection, association)
        self._parallel = scp
        self._ending: Ending | None = None
        self._window = 1
        """Requests that may be outstanding; 0 is without limit."""
        self._changed = threading.Condition()
        self._queue: list[Store] = []
        self._outstanding: dict[int, int] = {}
        """By Message ID: requests of which a command came and no answer went out, and how many
        they were then."""
        self._busy = False
        self._stopped = False
        self._complete = 0
        self._left_by_us = False
        self._random = random.Random()

    def serve(self) -> None:
        responder = threading.Thread(target=self._answer_all, daemon=True)
        responder.start()
        try:
            super().serve()
        except (Ended, OSError):
            if self._left_by_us:
                raise Ended("closed") from None
            raise
        finally:
            self._parallel.leave(self._association)
            self._stop()
            responder.join(_DRAIN_SECONDS)

    # The association

    def _accept(self, request: AssociateRequest, answers: dict[int, str | int]) -> None:
        scp = self._parallel
        place = scp.enter(self._association)
        if not place:
            self._association.accepted.clear()
            if scp.away == "abort":
                self._run([Send(self._acceptance(request, answers))])
            self._turn_away()
        self._ending = scp.endings.get(place)
        self._random = random.Random(f"{scp.seed} {place}")
        self._run([Send(self._acceptance(request, answers))])

    def _acceptance(self, request: AssociateRequest, answers: dict[int, str | int]) -> bytes:
        scp = self._parallel
        items = list(scp.user_items)
        proposed = request.asynchronous_operations_window
        if proposed is not None and scp.window is not None:
            invoked, _ = proposed
            answered = scp.window
            if isinstance(answered, int):
                # 0 is without limit (PS3.7 D.3.3.3).
                answered = min(invoked or answered, answered), 1
            items.append((_ASYNCHRONOUS_OPERATIONS_WINDOW, struct.pack(">HH", *answered)))
            limits = [limit for limit in (invoked, answered[0]) if limit]
            self._window = min(limits, default=0)
        return pdu_bytes.associate_ac(
            request, answers, max_pdu_length=scp.max_pdu_length, user_items=items
        )

    def _turn_away(self) -> None:
        match self._parallel.away:
            case "reject":
                self._run([Send(pdu_bytes.associate_rj(2, 3, 2))])
            case "abort":
                self._run([Send(pdu_bytes.abort(2, 0))])
            case "silent":
                self._run([Stall()])
            case _:
                pass
        self._leave_and_drain()

    def _release(self) -> None:
        if self._outstanding:
            raise Violation(f"A-RELEASE-RQ with {len(self._outstanding)} requests outstanding")
        self._parallel.leave(self._association)
        super()._release()

    def _leave_and_drain(self) -> None:
        """End the connection in order: what is unread would make a RST of it."""
        self._left_by_us = True
        self._parallel.leave(self._association)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(_DRAIN_SECONDS)
        while self._socket.recv(1 << 16):
            pass
        raise Ended("closed")

    def _come_to(self, ending: Ending) -> None:
        if ending.answer_first:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._stopped or not (self._queue or self._busy), _DRAIN_SECONDS
                )
        self._stop()
        match ending.kind:
            case "abort":
                self._run([Send(pdu_bytes.abort(2, 0))])
                self._leave_and_drain()
            case "close":
                self._leave_and_drain()
            case "reset":
                self._left_by_us = True
                self._parallel.leave(self._association)
                self._run([Reset()])
            case "release":
                self._run([Send(pdu_bytes.release_rq())])
            case "stall":
                self._run([Stall()])

    # Requests

    def _read_fragment(self, store: Store, pdv: PDV) -> None:
        super()._read_fragment(store, pdv)
        if not (pdv.is_command and pdv.is_last):
            return
        with self._changed:
            if store.message_id in self._outstanding:
                raise Violation(f"Message ID {store.message_id} is that of an outstanding request")
            count = len(self._outstanding) + 1
            if self._window and count > self._window:
                raise Violation(f"{count} requests outstanding, {self._window} are allowed")
            self._outstanding[store.message_id] = count
        ending = self._ending
        if ending is not None and not ending.whole and ending.after == self._complete:
            self._ending = None
            self._come_to(ending)

    def _respond_to(self, store: Store) -> None:
        scp = self._parallel
        self._complete += 1
        scp.record(store, self._association, self._outstanding[store.message_id])
        if not scp.keep_stores:
            self._association.stores.clear()
            self._association.pdus.clear()
        ending = self._ending
        if ending is not None and ending.whole and ending.after + 1 == self._complete:
            self._ending = None
            self._come_to(ending)
        if scp.order == "arrival" and scp.delay == 0:
            self._answer_one(store)  # the other thread would cost as much as all the rest
            return
        with self._changed:
            self._queue.append(store)
            self._changed.notify_all()

    # Responses

    def _stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _answer_all(self) -> None:
        with contextlib.suppress(OSError):
            while batch := self._next_batch():
                for store in batch:
                    if not self._answer_one(store):
                        return

    def _next_batch(self) -> list[Store]:
        """Return what is to be answered next; nothing once it is over."""
        scp = self._parallel
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._queue or self._stopped)
            if scp.order == "arrival":
                count = 1
            else:
                self._hold(self._window or _HELD_WITHOUT_LIMIT)
                count = len(self._queue)
            batch, self._queue = self._queue[:count], self._queue[count:]
            self._busy = True
        if scp.order == "reversed":
            batch.reverse()
        elif scp.order == "shuffled":
            self._random.shuffle(batch)
        return [] if self._stopped else batch

    def _hold(self, count: int) -> None:
        """Wait until so many requests are there, or no more come."""
        more = True
        while more and len(self._queue) < count and not self._stopped:
            before = len(self._queue)
            more = self._changed.wait_for(
                lambda: len(self._queue) > before or self._stopped,  # noqa: B023
                self._parallel.hold_seconds,
            )

    def _answer_one(self, store: Store) -> bool:
        scp = self._parallel
        delay = scp.delay(scp.at_once()) if callable(scp.delay) else scp.delay
        with self._changed:
            if self._stopped or (delay and self._changed.wait_for(lambda: self._stopped, delay)):
                return False
            del self._outstanding[store.message_id]
        if scp.respond is not None:
            response = scp.respond(store)
        else:
            response = store.response(scp.status(store) if callable(scp.status) else scp.status)
        scp.answers.append((self._association.number, store.message_id))
        self._socket.sendall(response)
        return True
