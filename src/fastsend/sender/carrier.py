"""One association at work: takes instances from a queue, sends them, and ends in order."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from fastsend._native import wire
from fastsend.errors import AssociationLostError, FileChangedError, NegotiationError
from fastsend.wire import failure_text, lost_association

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fastsend.association.negotiate import Association
    from fastsend.errors import FastsendError
    from fastsend.sender.converter import Converter
    from fastsend.sender.shared import Shared

_LOG = logging.getLogger(__name__)

DEFAULT_SEND_PDU_LENGTH = 131072
"""Bytes, for peers without a limit of their own; the most that DCMTK sends, too."""
LONGEST_SEND_PDU_LENGTH = 1048576
"""Bytes: beyond it nothing gets faster, and a stop waits for the end of a PDU."""


def send_pdu_length(peer_length: int, most: int | None) -> int:
    """Return the maximum length of the PDUs to send, in bytes (PS3.8 D.1).

    Parameters
    ----------
    peer_length : int
        What the peer answered; 0 is no limit.
    most : int, optional
        What the options allow.
    """
    length = min(peer_length or DEFAULT_SEND_PDU_LENGTH, LONGEST_SEND_PDU_LENGTH)
    return min(length, most or length)


def progress_of(carriers: Iterable[Carrier]) -> tuple[int, int]:
    """Return instances done with and bytes of data sets sent, each association counted once."""
    channels = {carrier.channel for carrier in carriers}
    return sum(one.done_rows for one in channels), sum(one.sent_bytes for one in channels)


class Carrier:
    """An association that sends; `send` is for one thread.

    Parameters
    ----------
    shared : Shared
        What all associations of the run have in common.
    association : Association
        It is ended here, whatever happens.
    number : int
        From 1, for the records.
    """

    def __init__(self, shared: Shared, association: Association, number: int) -> None:
        self._shared = shared
        self._association = association
        self.number = number
        self.operations = association.negotiated.async_operations
        """Requests that may be outstanding."""
        self.implementation = association.negotiated.implementation
        """What the peer says it is; its class UID, where it has one, is part of it."""
        self.channel = self._claim()
        self.path = (0.0, 0.0, 0.0)
        """Of the connection, once it is over: see `Channel.path`."""
        self.release_seconds = 0.0
        """What the peer's consent to the end took, once it is there: little more than the way there
        and back, also where something between passes on what TCP brings (PS3.8 7.2)."""
        self.began = self.ended = 0.0
        """When it began to send and when it was done with that, by `time.perf_counter`."""

    @property
    def seconds(self) -> float:
        """The time at work, once it is over."""
        return self.ended - self.began

    def end_work(self) -> None:
        """Note the time, if nothing is sent any more; what ends the association comes after it."""
        self.ended = self.ended or time.perf_counter()

    def _claim(self) -> wire.Channel:
        """Take the association's socket for the transfer."""
        options, negotiated = self._shared.options, self._association.negotiated
        limit = send_pdu_length(negotiated.max_pdu_length, options.max_send_pdu_length)
        lent = self._association.claim()
        try:
            return wire.Channel(
                lent.descriptor,
                self._shared.cancel,
                max_send_pdu_length=limit,
                max_receive_pdu_length=options.max_pdu_length,
                socket_timeout=options.socket_timeout,
                dimse_timeout=options.dimse_timeout,
                limit=self._shared.limit,
                dictionary=self._shared.dictionary,
                window=self.operations,
                secure=lent.secure,
            )
        except ValueError as exc:
            self._association.abort()
            self._close("aborted")
            raise NegotiationError(
                f"the peer's maximum PDU length of {limit} bytes leaves no room for any data"
            ) from exc

    def send(self, queue: wire.Queue, converter: Callable[[], Converter]) -> FastsendError | None:
        """Send what the queue gives, and end the association.

        Parameters
        ----------
        queue : Queue
            With its routes set.
        converter : callable
            Gives what converts; called where that is needed.

        Returns
        -------
        FastsendError or None
            Why the run has to end, or what the association was lost with. In the second case what
            was under way on it still has to be settled.
        """
        self.began = time.perf_counter()
        try:
            return self._store(queue, converter)
        finally:
            self.end_work()

    def _store(self, queue: wire.Queue, converter: Callable[[], Converter]) -> FastsendError | None:
        channel, halted = self.channel, None
        while True:
            status, row = channel.store_rows(queue, self.number)
            if status == wire.OK:
                self.release()
                return halted
            if status == wire.PUSH:
                status, row = self.push(row, converter())
            if status >= wire.FIRST_FATAL:
                return self.end_lost(status)
            if status != wire.OK:
                self.note(status, row)
            gone = self.file_that_halts(status, row)
            if gone is not None:
                halted = gone
                queue.stop()

    def push(self, row: int, converter: Converter) -> tuple[int, int]:
        """Send the row that is to be converted; return a status, and the row that it is of."""
        status = converter.send(self.channel, row)
        return status, self.channel.failed_row if status == wire.STATUS_FAILED else row

    def file_that_halts(self, status: int, row: int) -> FileChangedError | None:
        """Return what ends the run where a file is gone or changed; None where nothing does."""
        if status not in {wire.FILE_OPEN, wire.FILE_CHANGED} or not self._shared.options.halt:
            return None
        path = os.fsdecode(self._shared.table.path(row))
        return FileChangedError(f"{path}: {failure_text(status, self.channel.detail)}")

    def note(self, status: int, row: int) -> None:
        """Keep the peer's own words for those who debug: they may name a patient."""
        channel = self.channel
        if status == wire.STATUS_FAILED and channel.error_comment:
            _LOG.debug("instance %d: the peer says %r", row + 1, channel.error_comment)
        # DCMTK's words for it come later.
        level = logging.DEBUG if self._shared.options.compat else logging.WARNING
        if status == wire.NOT_RECODED:
            tag, offset = channel.recode_error
            place = f"({tag >> 16:04x},{tag & 0xFFFF:04x}) at byte {offset}"
            text = f"{failure_text(status, channel.detail)}, {place}"
            _LOG.log(level, "instance %d is not sent: %s", row + 1, text)
        if status in {wire.NOT_CONVERTED, wire.NOT_CONVERTED_SENDING}:
            _LOG.log(level, "instance %d is not sent: %s", row + 1, self.failure(status, row))

    def failure(self, status: int, row: int) -> str:
        """Return why an instance was not stored."""
        note = self._shared.ledger.notes.get(row)
        return (note.error if note else None) or failure_text(status, self.channel.detail)

    def release(self) -> bool:
        """End the association in order, or as the options want; True where the peer agreed."""
        self.end_work()
        association = self._association
        self.path = self.channel.path()
        unread = self.channel.unread()
        if self._shared.options.abort:
            association.abort()
            self._close("aborted, as asked for")
            return True
        if unread is None:
            association.abort()
            self._close("aborted, for the peer sent half a PDU")
            return False
        start = time.perf_counter()
        released = association.release(unread)
        self.release_seconds = time.perf_counter() - start if released else 0.0
        self._close("released" if released else "aborted, for it was not released in time")
        return released

    def abort(self) -> None:
        """End the association at once."""
        self.end_work()
        self._association.abort()
        self._close("aborted")

    def end_lost(self, status: int) -> AssociationLostError:
        """End an association that cannot go on, in the way that the stream still allows."""
        self.end_work()
        association, channel = self._association, self.channel
        self.path = channel.path()
        if status in (wire.CONNECTION_LOST, wire.PEER_ABORTED):
            association.ended()
            how = "lost" if status == wire.CONNECTION_LOST else "aborted by the peer"
        elif channel.inside_pdu:
            association.reset()
            how = "cut off within a PDU"
        elif status == wire.PEER_RELEASED and not self._shared.options.compat:
            association.answer_release()
            how = "released by the peer"
        else:
            association.abort()
            how = "aborted"
        self._close(how)
        return lost_association(channel, status)

    def _close(self, how: str) -> None:
        self._shared.ledger.close(self.number, how)
