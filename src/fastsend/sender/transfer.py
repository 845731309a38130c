"""The associations of a run, one after the other, in a thread of their own."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING

from fastsend._native import wire
from fastsend.errors import (
    AssociationLostError,
    FastsendError,
    FileChangedError,
    InterruptedRunError,
    NegotiationError,
    NetworkError,
)
from fastsend.late_import import LATE_IMPORT
from fastsend.model.proposal import InstanceKind
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from fastsend.plan.contexts import propose_all
from fastsend.plan.routes import NoRoute, Route, plan_routes
from fastsend.wire import failure_text, lost_association

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable
    from fastsend.association.negotiate import Association
    from fastsend.model.options import SendOptions
    from fastsend.model.proposal import PresentationContext, Proposal

_LOG = logging.getLogger(__name__)

DEFAULT_SEND_PDU_LENGTH = 131072
"""Bytes, for peers without a limit of their own; the most that DCMTK sends, too."""
LONGEST_SEND_PDU_LENGTH = 1048576
"""Bytes: beyond it nothing gets faster, and a stop waits for the end of a PDU."""


_RECODE_SYNTAXES = (
    IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
)
"""In the order of `enum recode_syntax`."""


def send_pdu_length(peer_length: int, options: SendOptions) -> int:
    """Return the maximum length of the PDUs to send, in bytes (PS3.8 D.1).

    Parameters
    ----------
    peer_length : int
        What the peer answered; 0 is no limit.
    options : SendOptions
        May restrict it further.
    """
    length = min(peer_length or DEFAULT_SEND_PDU_LENGTH, LONGEST_SEND_PDU_LENGTH)
    return min(length, options.max_send_pdu_length or length)


class Transfer:
    """Sends the instances of a table; `run` is for one thread, the rest may be read by others.

    Parameters
    ----------
    options : SendOptions
        The peer and how to treat it.
    table : InstanceTable
        What to send. The results go into its rows.
    """

    def __init__(self, options: SendOptions, table: InstanceTable) -> None:
        self._options = options
        self._table = table
        self._capsule = table.capsule()
        self._kinds = [InstanceKind(*kind) for kind in table.kinds()]
        try:
            self._cancel = wire.Cancel()
        except OSError as exc:
            raise NetworkError(f"cannot open a pipe: {exc.strerror or exc}") from exc
        self._channel: wire.Channel | None = None
        self._channels_done = (0, 0)
        self.finished = threading.Event()
        self.error: FastsendError | None = None
        self.crash: BaseException | None = None
        """An error of fastsend itself, which the caller has to raise."""
        self.transfer_seconds = 0.0
        self.final_rows = 0
        """Rows before this one have their final result."""
        self.routes: list[dict[int, Route | NoRoute]] = []
        self.opened: list[tuple[str, list[tuple[PresentationContext, str | None]]]] = []
        """For each association: the peer's own name, and what it made of each context."""
        self.closed: list[str] = []

    def cancel(self) -> None:
        """End the run within a moment; may be called in a signal handler."""
        self._cancel.request()

    def progress(self) -> tuple[int, int]:
        """Return instances done with and bytes of data sets sent, so far."""
        rows, sent = self._channels_done
        channel = self._channel
        if channel is not None:
            rows += channel.done_rows
            sent += channel.sent_bytes
        return rows, sent

    def final_position(self) -> int:
        """Return the row before which every result is final."""
        channel = self._channel
        return max(self.final_rows, channel.position if channel is not None else 0)

    def run(self) -> None:
        """Send everything; never raises, but leaves `error` or `crash`."""
        try:
            for proposal in propose_all(
                self._kinds,
                self._table.kind_column(),
                illegal_proposals=self._options.illegal_proposals,
                multiple_associations=self._options.multiple_associations,
            ):
                self._send_run(proposal)
        except FastsendError as exc:
            self.error = InterruptedRunError(str(exc)) if self._cancel.requested else exc
        except BaseException as exc:
            self.crash = exc
        finally:
            self.finished.set()

    def _send_run(self, proposal: Proposal) -> None:
        """Send the run of one proposal, on further associations where some are lost."""
        position = proposal.first
        without_progress = 0
        while position < proposal.end:
            before = position
            try:
                position = self._send_on_one(proposal, position)
            except AssociationLostError as exc:
                # -nh: the rest gets its chance on a new association, but a peer that drops one
                # after the other is left alone.
                position = max(self.final_position(), position)
                without_progress = without_progress + 1 if position <= before + 1 else 0
                if self._options.halt or self._cancel.requested or without_progress >= 3:
                    raise
                _LOG.warning("%s; going on with the next instance on a new association", exc)
            self.final_rows = position

    def _send_on_one(self, proposal: Proposal, position: int) -> int:
        """Send from `position` on, on one association; return the end of the run."""
        if not proposal.contexts:
            self._start_association(proposal, None)
            return proposal.end
        with LATE_IMPORT:
            from fastsend.association.negotiate import Association

        if self._cancel.requested:
            raise InterruptedRunError("the run was interrupted")
        association = Association(self._options, proposal.contexts, lambda: self._cancel.requested)
        routes = self._start_association(proposal, association)
        self._mark_unroutable(routes, position, proposal.end)
        if not any(isinstance(route, Route) for route in routes.values()):
            self.closed.append("ended, for no presentation context was accepted")
            association.ended()
            return proposal.end
        self._transfer(association, self._encode(routes), position, proposal.end)
        return proposal.end

    def _start_association(
        self, proposal: Proposal, association: Association | None
    ) -> dict[int, Route | NoRoute]:
        """Plan the routes of the association's kinds."""
        negotiated = association.negotiated if association else None
        accepted = negotiated.accepted if negotiated else ()
        refused = negotiated.refused if negotiated else ()
        routes = plan_routes(self._kinds, proposal, accepted, refused)
        chosen = {context.context_id: context.transfer_syntax_uid for context in accepted}
        self.routes.append(routes)
        if negotiated:
            self.opened.append(
                (
                    negotiated.implementation,
                    [(context, chosen.get(context.context_id)) for context in proposal.contexts],
                )
            )
        return routes

    def _encode(self, routes: dict[int, Route | NoRoute]) -> bytes:
        """Return the routes of all kinds as the socket loop takes them: see `Channel`."""
        encoded = bytearray()
        for kind, (_, transfer_syntax_uid) in enumerate(self._kinds):
            route = routes.get(kind)
            if not isinstance(route, Route):
                encoded += bytes(4)
            elif route.conversion == "as_stored":
                encoded += bytes((route.context_id, 0, 0, 0))
            else:
                syntaxes = (transfer_syntax_uid, route.transfer_syntax_uid)
                encoded += bytes((route.context_id, 1, *map(_RECODE_SYNTAXES.index, syntaxes)))
        return bytes(encoded)

    def _mark_unroutable(self, routes: dict[int, Route | NoRoute], first: int, end: int) -> None:
        unroutable = {kind for kind, route in routes.items() if isinstance(route, NoRoute)}
        if not unroutable:
            return
        column = self._table.kind_column()
        for row in range(first, end):
            if column[row] in unroutable:
                self._table.set_not_sent(row, len(self.routes))

    def _transfer(self, association: Association, routes: bytes, first: int, end: int) -> None:
        options = self._options
        limit = send_pdu_length(association.negotiated.max_pdu_length, options)
        try:
            self._channel = wire.Channel(
                association.claim(),
                self._cancel,
                max_send_pdu_length=limit,
                max_receive_pdu_length=options.max_pdu_length,
                socket_timeout=options.socket_timeout,
                dimse_timeout=options.dimse_timeout,
            )
        except ValueError as exc:
            association.abort()
            self.closed.append("aborted")
            raise NegotiationError(
                f"the peer's maximum PDU length of {limit} bytes leaves no room for any data"
            ) from exc
        start = time.perf_counter()
        try:
            self._store(association, self._channel, routes, first, end)
        finally:
            self.transfer_seconds += time.perf_counter() - start
            channel, self._channel = self._channel, None
            rows, sent = self._channels_done
            self.final_rows = max(self.final_rows, channel.position)
            self._channels_done = (rows + channel.done_rows, sent + channel.sent_bytes)

    def _store(
        self,
        association: Association,
        channel: wire.Channel,
        routes: bytes,
        first: int,
        end: int,
    ) -> None:
        row = first
        while True:
            status, row = channel.store_rows(self._capsule, row, end, routes, len(self.routes))
            if status == wire.OK:
                break
            if status >= wire.FIRST_FATAL:
                self._end_lost(association, channel, status)
                raise lost_association(channel, status)
            self._note(channel, status, row - 1)
            if status in {wire.FILE_OPEN, wire.FILE_CHANGED} and self._options.halt:
                self._release(association, channel)
                path = os.fsdecode(self._table.path(row - 1))
                raise FileChangedError(f"{path}: {failure_text(status, channel.detail)}")
        self._release(association, channel)

    def _note(self, channel: wire.Channel, status: int, row: int) -> None:
        """Keep the peer's own words for those who debug: they may name a patient."""
        if status == wire.STATUS_FAILED and channel.error_comment:
            _LOG.debug("instance %d: the peer says %r", row + 1, channel.error_comment)
        if status == wire.NOT_RECODED:
            tag, offset = channel.recode_error
            place = f"({tag >> 16:04x},{tag & 0xFFFF:04x}) at byte {offset}"
            _LOG.warning(
                "instance %d is not sent: %s, %s",
                row + 1,
                failure_text(status, channel.detail),
                place,
            )

    def _release(self, association: Association, channel: wire.Channel) -> None:
        unread = channel.unread()
        if unread is None:
            association.abort()
            self.closed.append("aborted, for the peer sent half a PDU")
            return
        released = association.release(unread)
        self.closed.append("released" if released else "aborted, for it was not released in time")

    def _end_lost(self, association: Association, channel: wire.Channel, status: int) -> None:
        """End an association that cannot go on, in the way that the stream still allows."""
        if status in (wire.CONNECTION_LOST, wire.PEER_ABORTED):
            association.ended()
            how = "lost" if status == wire.CONNECTION_LOST else "aborted by the peer"
        elif channel.inside_pdu:
            association.reset()
            how = "cut off within a PDU"
        elif status == wire.PEER_RELEASED:
            association.answer_release()
            how = "released by the peer"
        else:
            association.abort()
            how = "aborted"
        self.closed.append(how)
