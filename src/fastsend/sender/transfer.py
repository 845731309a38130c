"""The associations of a run, one after the other, in a thread of their own."""

from __future__ import annotations

import itertools
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
    NotConvertedError,
    PresentationContextError,
)
from fastsend.late_import import LATE_IMPORT
from fastsend.model.proposal import InstanceKind
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
)
from fastsend.plan.contexts import propose_all
from fastsend.plan.conversions import coding_of
from fastsend.plan.policy import Policy, policy_of
from fastsend.plan.routes import NoRoute, plan_routes
from fastsend.sender.halting import Halting
from fastsend.sender.renaming import Renaming
from fastsend.wire import failure_text, lost_association

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastsend._native.part10 import InstanceTable
    from fastsend._native.recode import Dictionary
    from fastsend.association.negotiate import Association, Negotiated
    from fastsend.association.tls_context import SecureTransport
    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.invention import Inventor
    from fastsend.model.options import SendOptions
    from fastsend.model.proposal import PresentationContext, Proposal
    from fastsend.plan.routes import Routes
    from fastsend.scan.scanner import ScanReport
    from fastsend.sender.converter import ConversionNote, Converter
    from fastsend.sender.halting import Stretch

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
_WAYS = {"as_stored": 0, "re_encode": 1, "convert": 2}
"""As `enum wire_way` numbers them."""


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


def _description(negotiated: Negotiated) -> str:
    """Return what the peer says of itself."""
    length = negotiated.max_pdu_length
    limit = f"PDUs of up to {length} bytes" if length else "PDUs of any length"
    return f"{negotiated.implementation or 'the peer'} ({limit})"


def _is_as_stored(ways: Routes | NoRoute | None) -> bool:
    if ways is None or isinstance(ways, NoRoute):
        return False
    return ways[0].conversion == "as_stored"


class Transfer:
    """Sends the instances of a table; `run` is for one thread, the rest may be read by others.

    Parameters
    ----------
    options : SendOptions
        The peer and how to treat it.
    table : InstanceTable
        What to send. The results go into its rows.
    scanned : ScanReport, optional
        What was found beside it.
    transport : SecureTransport, optional
        How to secure connections.
    """

    def __init__(
        self,
        options: SendOptions,
        table: InstanceTable,
        scanned: ScanReport | None = None,
        transport: SecureTransport | None = None,
    ) -> None:
        self._options = options
        self._transport = transport
        self._table = table
        self._halting = Halting(options, scanned)
        self._renaming = Renaming(options, table, scanned)
        self._rows = len(table) if scanned is None or scanned.end is None else scanned.end
        self._capsule = table.capsule()
        self._kinds = [InstanceKind(*kind) for kind in table.kinds()]
        try:
            self._cancel = wire.Cancel()
        except OSError as exc:
            raise NetworkError(f"cannot open a pipe: {exc.strerror or exc}") from exc
        self._limit = wire.Limit(options.limit) if options.limit else None
        self._channel: wire.Channel | None = None
        self._channels_done = (0, 0)
        self.finished = threading.Event()
        self.error: FastsendError | None = None
        self.crash: BaseException | None = None
        """An error of fastsend itself, which the caller has to raise."""
        self.transfer_seconds = 0.0
        self.final_rows = 0
        """Rows before this one have their final result."""
        self.routes: list[dict[int, Routes | NoRoute]] = []
        self.proposed: list[Mapping[int, tuple[int, ...]]] = []
        """For each association, from 1, the ids of the contexts proposed for each kind."""
        self.accepted: list[dict[int, str]] = []
        """For each association, from 1, the transfer syntaxes by context id."""
        self.notes: dict[int, ConversionNote] = {}
        """By row, what is to be said of conversions."""
        self._pool: CodecPool | None = None
        self._dictionary: Dictionary | None = None
        self.inventor: Inventor | None = None
        """Names the instances anew, by their rows, where that was asked for."""
        if options.invention.asked:
            with LATE_IMPORT:
                from fastsend.convert.invention import inventor

            self.inventor = inventor(options.invention)
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
            self._policy = self._make_policy()
            self._dictionary = self._load_dictionary()
            for proposal in self._propose():
                self._send_run(proposal)
        except FastsendError as exc:
            self.error = InterruptedRunError(str(exc)) if self._cancel.requested else exc
        except BaseException as exc:
            self.crash = exc
        finally:
            if self._pool is not None:
                self._pool.close()
            self.finished.set()

    def _propose(self) -> Iterator[Proposal]:
        options, column = self._options, self._table.kind_column()[: self._rows]
        if options.compat == "storescu":
            from fastsend.plan.storescu import propose_as_storescu

            yield propose_as_storescu(self._kinds, column, self._policy)
            return
        for proposal in propose_all(
            self._kinds,
            column,
            self._policy,
            multiple_associations=options.multiple_associations,
        ):
            if proposal.rejected_kinds and options.halt and options.compat == "dcmsend":
                reasons = plan_routes(self._kinds, proposal, self._policy, ())
                rejected = reasons[min(proposal.rejected_kinds)]
                raise PresentationContextError(getattr(rejected, "reason", ""))
            yield proposal

    def _make_policy(self) -> Policy:
        """Return what may be done; codecs are looked for only where pixels may need one."""
        options = self._options
        decodable = encodable = frozenset[str]()
        stored = {kind.transfer_syntax_uid for kind in self._kinds}
        wants_codecs = options.proposed or options.prefer or options.association_profile
        if options.compat == "storescu":
            pass  # which neither decodes nor encodes
        elif wants_codecs or not stored <= {*NATIVE_TRANSFER_SYNTAXES}:
            with LATE_IMPORT:
                from fastsend.codecs import registry

            decodable, encodable = registry.decodable(), registry.encodable()
        return policy_of(options, decodable=decodable, encodable=encodable)

    def _load_dictionary(self) -> Dictionary | None:
        if not self._options.dictionaries:
            return None
        from fastsend.convert.data_dictionary import load_dictionaries

        dictionary, complaints = load_dictionaries(self._options.dictionaries)
        for complaint in complaints:
            _LOG.error("%s", complaint)
        return dictionary

    def _send_run(self, proposal: Proposal) -> None:
        """Send the run of one proposal, on further associations where some are lost."""
        if self._options.compat:
            self._send_run_once(proposal)
            return
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
                # What an instance lacks is not the peer's fault: the others are sent.
                own_fault = isinstance(exc, NotConvertedError)
                if self._cancel.requested or (self._options.halt and not own_fault):
                    raise
                if without_progress >= 3 and not own_fault:
                    raise
                _LOG.warning("%s; going on with the next instance on a new association", exc)
            self.final_rows = position

    def _send_run_once(self, proposal: Proposal) -> None:
        """Send the run of one proposal; what its association is lost with stays unsent."""
        try:
            self._send_on_one(proposal, proposal.first)
        except AssociationLostError as exc:
            options = self._options
            if self._cancel.requested or options.halt or options.compat == "storescu":
                raise
            _LOG.error("%s", exc)
        self.final_rows = max(self.final_rows, proposal.end)

    def _send_on_one(self, proposal: Proposal, position: int) -> int:
        """Send from `position` on, on one association; return the end of the run."""
        if not proposal.contexts:
            self._start_association(proposal, None)
            return proposal.end
        with LATE_IMPORT:
            from fastsend.association.negotiate import Association

        if self._cancel.requested:
            raise InterruptedRunError("the run was interrupted")
        association = Association(
            self._options, proposal.contexts, lambda: self._cancel.requested, self._transport
        )
        routes = self._start_association(proposal, association)
        if not association.negotiated.accepted and self._options.compat == "storescu":
            self.closed.append("ended, for no presentation context was accepted")
            association.ended()
            raise NegotiationError("No Acceptable Presentation Contexts")
        stretch = self._halting.stretch(
            position, proposal.end, self._table.kind_column(), routes, proposal.rejected_kinds
        )
        if not association.negotiated.accepted or (
            not self._options.compat and all(isinstance(way, NoRoute) for way in routes.values())
        ):
            self._mark_unroutable(routes, position, proposal.end)
            self._end_unused(association)
            return proposal.end
        self._mark_unroutable(routes, position, min(stretch.end + 1, proposal.end))
        self._transfer(association, routes, stretch)
        return proposal.end

    def _end_unused(self, association: Association) -> None:
        """End an association that can carry none of the instances."""
        if association.is_established:
            # Accepted for other SOP classes, or in another way than it was proposed.
            if self._options.abort:
                association.abort()
            else:
                association.release()
            how = "aborted" if self._options.abort else "released"
            self.closed.append(f"{how}, for no presentation context fits")
            return
        self.closed.append("ended, for no presentation context was accepted")
        association.ended()

    def _start_association(
        self, proposal: Proposal, association: Association | None
    ) -> dict[int, Routes | NoRoute]:
        """Plan the routes of the association's kinds."""
        negotiated = association.negotiated if association else None
        accepted = negotiated.accepted if negotiated else ()
        refused = negotiated.refused if negotiated else ()
        routes: dict[int, Routes | NoRoute]
        if self._options.compat == "storescu":
            from fastsend.plan.storescu import routes_as_storescu

            routes = routes_as_storescu(self._kinds, proposal, self._policy, accepted)
        else:
            routes = plan_routes(self._kinds, proposal, self._policy, accepted, refused)
        chosen = {context.context_id: context.transfer_syntax_uid for context in accepted}
        self.routes.append(routes)
        self.proposed.append(proposal.context_ids)
        self.accepted.append(chosen)
        if negotiated:
            self.opened.append(
                (
                    _description(negotiated),
                    [(context, chosen.get(context.context_id)) for context in proposal.contexts],
                )
            )
        return routes

    def _encode(self, routes: dict[int, Routes | NoRoute]) -> bytes:
        """Return the routes of all kinds as the socket loop takes them: see `Channel`."""
        encoded = bytearray()
        for kind, (_, transfer_syntax_uid) in enumerate(self._kinds):
            ways = routes.get(kind)
            if ways is None or isinstance(ways, NoRoute):
                encoded += bytes(4)
                continue
            way = _WAYS[ways[0].conversion]
            syntaxes = (transfer_syntax_uid, ways[0].transfer_syntax_uid) if way == 1 else ()
            numbers = [_RECODE_SYNTAXES.index(uid) for uid in syntaxes] or [0, 0]
            encoded += bytes((ways[0].context_id, way, *numbers))
        return bytes(encoded)

    def _rows_to_convert(
        self, routes: dict[int, Routes | NoRoute], first: int, end: int
    ) -> Iterator[int]:
        kinds = {
            kind
            for kind, ways in routes.items()
            if not isinstance(ways, NoRoute) and ways[0].conversion == "convert"
        }
        column = self._table.kind_column()
        rows = (row for row in range(first, end) if column[row] in kinds) if kinds else iter(())
        # Sent as they are stored, but for the end of their Pixel Data.
        unended = [
            row
            for row in self._table.unterminated_rows(first, end)
            if _is_as_stored(routes.get(column[row]))
        ]
        if not unended:
            return rows
        import heapq

        return heapq.merge(rows, unended)

    def _make_converter(
        self, routes: dict[int, Routes | NoRoute], first: int, end: int
    ) -> Converter | None:
        """Start to convert what has to be, while the first of it waits for its turn."""
        rows = self._rows_to_convert(routes, first, end)
        first_row = next(rows, None)
        if first_row is None:
            return None
        with LATE_IMPORT:
            from fastsend.codecs.pool import CodecPool
            from fastsend.sender.converter import Converter

        if self._pool is None:
            threads = self._options.threads or os.cpu_count() or 1
            self._pool = CodecPool(threads, cancelled=lambda: self._cancel.requested)
            if self._needs_workers(routes):
                self._pool.start()
        return Converter(
            self._options,
            self._table,
            self._kinds,
            routes,
            itertools.chain((first_row,), rows),
            self._pool,
            self.notes,
            self.inventor,
            self._dictionary,
        )

    def _needs_workers(self, routes: dict[int, Routes | NoRoute]) -> bool:
        """Return whether a first route takes a codec that is not the project's own."""
        from fastsend.codecs.registry import runs_in_thread

        return any(
            coding_of(uid) not in ("native", "deflated") and not runs_in_thread(uid)
            for kind, ways in routes.items()
            if not isinstance(ways, NoRoute) and ways[0].conversion == "convert"
            if self._kinds[kind].transfer_syntax_uid != ways[0].transfer_syntax_uid
            for uid in (self._kinds[kind].transfer_syntax_uid, ways[0].transfer_syntax_uid)
        )

    def _mark_unroutable(self, routes: dict[int, Routes | NoRoute], first: int, end: int) -> None:
        unroutable = {kind for kind, route in routes.items() if isinstance(route, NoRoute)}
        if not unroutable:
            return
        column = self._table.kind_column()
        for row in range(first, end):
            if column[row] in unroutable:
                self._table.set_not_sent(row, len(self.routes))

    def _transfer(
        self,
        association: Association,
        routes: dict[int, Routes | NoRoute],
        stretch: Stretch,
    ) -> None:
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
                limit=self._limit,
                dictionary=self._dictionary,
            )
        except ValueError as exc:
            association.abort()
            self.closed.append("aborted")
            raise NegotiationError(
                f"the peer's maximum PDU length of {limit} bytes leaves no room for any data"
            ) from exc
        start = time.perf_counter()
        converter = self._make_converter(routes, stretch.first, stretch.end)
        try:
            self._store(association, self._channel, converter, self._encode(routes), stretch)
        finally:
            if converter is not None:
                converter.close()
            self.transfer_seconds += time.perf_counter() - start
            channel, self._channel = self._channel, None
            rows, sent = self._channels_done
            self.final_rows = max(self.final_rows, channel.position)
            self._channels_done = (rows + channel.done_rows, sent + channel.sent_bytes)

    def _store(
        self,
        association: Association,
        channel: wire.Channel,
        converter: Converter | None,
        routes: bytes,
        stretch: Stretch,
    ) -> None:
        row = stretch.first
        channel.skip_message_ids(stretch.skipped_at(row))
        while True:
            self._renaming.before(row)
            end = self._renaming.end(row, stretch.next_hole(row))
            status, behind = channel.store_rows(self._capsule, row, end, routes, len(self.routes))
            if status == wire.OK and behind < end and converter is not None:
                status = converter.send(channel, behind, len(self.routes))
                behind += 1
            if status != wire.CANCELLED:
                self._renaming.processed(row, behind)
            row = behind
            channel.skip_message_ids(stretch.skipped_at(row))
            if status == wire.OK:
                if row < stretch.end:
                    continue
                break
            if status >= wire.FIRST_FATAL:
                self._end_lost(association, channel, status)
                raise lost_association(channel, status)
            self._note(channel, status, row - 1)
            if self._halting.falls_silent(status):
                self._release(association, channel)
                return
            if self._halting.counts_on(status):
                channel.skip_message_ids(1)
            halt = self._halting.error(status, self._failure(channel, status, row - 1))
            if halt is not None:
                self._abort(association)
                raise halt
            if status in {wire.FILE_OPEN, wire.FILE_CHANGED} and self._options.halt:
                self._release(association, channel)
                path = os.fsdecode(self._table.path(row - 1))
                raise FileChangedError(f"{path}: {failure_text(status, channel.detail)}")
        if row == stretch.end:
            self._renaming.before(row)
        if stretch.halt is not None:
            self._renaming.processed(row, row + 1)
            self._abort(association)
            raise stretch.halt
        self._release(association, channel)

    def _abort(self, association: Association) -> None:
        association.abort()
        self.closed.append("aborted")

    def _failure(self, channel: wire.Channel, status: int, row: int) -> str:
        note = self.notes.get(row)
        return (note.error if note else None) or failure_text(status, channel.detail)

    def _note(self, channel: wire.Channel, status: int, row: int) -> None:
        """Keep the peer's own words for those who debug: they may name a patient."""
        if status == wire.STATUS_FAILED and channel.error_comment:
            _LOG.debug("instance %d: the peer says %r", row + 1, channel.error_comment)
        # DCMTK's words for it come later.
        level = logging.DEBUG if self._options.compat else logging.WARNING
        if status == wire.NOT_RECODED:
            tag, offset = channel.recode_error
            place = f"({tag >> 16:04x},{tag & 0xFFFF:04x}) at byte {offset}"
            _LOG.log(
                level,
                "instance %d is not sent: %s, %s",
                row + 1,
                failure_text(status, channel.detail),
                place,
            )
        if status in {wire.NOT_CONVERTED, wire.NOT_CONVERTED_SENDING}:
            _LOG.log(level, "instance %d is not sent: %s", row + 1, self.notes[row].error)

    def _release(self, association: Association, channel: wire.Channel) -> None:
        unread = channel.unread()
        if self._options.abort:
            association.abort()
            self.closed.append("aborted, as asked for")
            return
        if unread is None:
            association.abort()
            self.closed.append("aborted, for the peer sent half a PDU")
            self._halting.check_released(released=False)
            return
        released = association.release(unread)
        self.closed.append("released" if released else "aborted, for it was not released in time")
        self._halting.check_released(released=released)

    def _end_lost(self, association: Association, channel: wire.Channel, status: int) -> None:
        """End an association that cannot go on, in the way that the stream still allows."""
        if status in (wire.CONNECTION_LOST, wire.PEER_ABORTED):
            association.ended()
            how = "lost" if status == wire.CONNECTION_LOST else "aborted by the peer"
        elif channel.inside_pdu:
            association.reset()
            how = "cut off within a PDU"
        elif status == wire.PEER_RELEASED and not self._options.compat:
            association.answer_release()
            how = "released by the peer"
        else:
            association.abort()
            how = "aborted"
        self.closed.append(how)
