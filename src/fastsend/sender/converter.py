"""Sends the instances of an association that have to be converted on the way."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import wire
from fastsend.codecs.pool import PoolClosedError
from fastsend.convert.conversion import Conversion
from fastsend.convert.image import Target
from fastsend.convert.pipeline import Pipeline
from fastsend.convert.refusal import ConversionError
from fastsend.convert.source import Stored, is_encapsulated
from fastsend.model.proposal import InstanceKind
from fastsend.model.transfer_syntax import transfer_syntax_name
from fastsend.plan.routes import NoRoute, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.invention import Inventor
    from fastsend.plan.routes import Routes
    from fastsend.sender.shared import Shared


_LOG = logging.getLogger(__name__)


class ConversionNote(NamedTuple):
    """What is to be said of an instance that was, or could not be, converted."""

    error: str | None = None
    """Why not."""
    sop_instance_uid: str | None = None
    """What it is called since a conversion lost information."""
    remark: str | None = None
    """What else is to be said of how it was sent."""


_TERMINATED = "the missing Sequence Delimitation Item of its Pixel Data added"


def _needs_no_codec(stored: str, sent: str) -> bool:
    return stored == sent or not (is_encapsulated(stored) or is_encapsulated(sent))


class Converter:
    """Converts instances ahead of their turn, and sends each in its turn, on any association.

    Parameters
    ----------
    shared : Shared
        How to encode, where the instances lie, and where to note what there is to say of them.
    routes : mapping
        The routes of each kind.
    rows : iterator of int
        Those to convert ahead, rising.
    pool : CodecPool
        Does the work.
    inventor : Inventor, optional
        Gives each instance new identifiers.
    """

    def __init__(
        self,
        shared: Shared,
        routes: Mapping[int, Routes | NoRoute],
        rows: Iterator[int],
        pool: CodecPool,
        inventor: Inventor | None = None,
    ) -> None:
        self._options = shared.options
        self._table = shared.table
        self._notes = shared.ledger.notes
        self._dictionary = shared.dictionary
        self._inventor = inventor
        self._kinds = [InstanceKind(*kind) for kind in shared.table.kinds()]
        self._targets = {
            kind: tuple(map(self._target, ways))
            for kind, ways in routes.items()
            if not isinstance(ways, NoRoute)
        }
        self._lock = threading.Lock()
        self.seconds_waited = 0.0
        """For conversions, by all channels together."""
        self._pipeline = Pipeline(rows, self._describe, pool)

    def close(self) -> None:
        """End all work that is under way."""
        self._pipeline.close()

    def send(self, channel: wire.Channel, row: int) -> int:
        """Send the row that a channel has claimed, and return the status of the socket loop."""
        start = time.perf_counter()
        self._notes.pop(row, None)  # of an association that was lost
        with ExitStack() as stack:
            try:
                conversion = stack.enter_context(self._pipeline.taken(row))
            except (ConversionError, OSError) as exc:
                return self._refuse(channel, row, exc)
            try:
                conversion.prepare()
            except (ConversionError, OSError) as exc:
                failed = exc
            else:
                with self._lock:
                    self.seconds_waited += time.perf_counter() - start
                return self._send(channel, conversion, row)
        other = self._without_codecs(row, conversion.target)
        if other is None:
            return self._refuse(channel, row, failed)
        with closing(other):
            name = transfer_syntax_name(conversion.target.transfer_syntax_uid)
            self._notes[row] = ConversionNote(remark=f"as {name} is not possible: {failed}")
            return self._send(channel, other, row)

    def _without_codecs(self, row: int, failed: Target) -> Conversion | None:
        """Return what the instance may become instead, prepared; None where there is nothing.

        Only what needs no frames: for these the instances whose turn is later may have taken all
        memory already.
        """
        stored, targets = self._describe(row)
        for target in targets[targets.index(failed) + 1 :]:
            if not _needs_no_codec(stored.transfer_syntax_uid, target.transfer_syntax_uid):
                continue
            try:
                conversion = Conversion(stored, target)
            except (ConversionError, OSError):
                continue
            try:
                conversion.prepare()
            except (ConversionError, OSError):
                conversion.close()
                continue
            return conversion
        return None

    def _send(self, channel: wire.Channel, conversion: Conversion, row: int) -> int:
        uid = conversion.sop_instance_uid
        if uid is not None:
            self._notes[row] = ConversionNote(sop_instance_uid=uid)
        elif conversion.terminates:
            self._notes[row] = ConversionNote(remark=_TERMINATED)
        if self._inventor is not None:
            uid = self._inventor.identity(row).sop_instance_uid
            self._tell_invention(self._inventor, row, conversion)
        channel.begin(conversion.target.context_id, sop_instance_uid=uid.encode() if uid else None)
        return self._push(channel, conversion, row)

    @staticmethod
    def _tell_invention(inventor: Inventor, row: int, conversion: Conversion) -> None:
        patient, study, series, image = inventor.counters(row)
        _LOG.info(
            "instance %d: invented patient %d, study %d, series %d, image %d",
            *(row + 1, patient, study, series, image),
        )
        for name in conversion.missing_elements:
            _LOG.warning("instance %d has no %s to replace", row + 1, name)

    def _push(self, channel: wire.Channel, conversion: Conversion, row: int) -> int:
        status = wire.OK
        try:
            for piece in conversion.pieces():
                status = channel.push(piece)
                if status != wire.OK:
                    return status
        except (ConversionError, PoolClosedError) as exc:
            self._notes[row] = ConversionNote(str(exc))
            return channel.give_up()
        status = channel.push(b"", last=True)
        return channel.finish() if status == wire.OK else status

    def _refuse(self, channel: wire.Channel, row: int, error: Exception) -> int:
        self._notes[row] = ConversionNote(str(error))
        channel.refuse()
        return wire.NOT_CONVERTED

    def _describe(self, row: int) -> tuple[Stored, tuple[Target, ...]]:
        number = self._table.kind(row)
        kind = self._kinds[number]
        stored = Stored(
            *self._table.file(row),
            kind.transfer_syntax_uid,
            kind.sop_class_uid,
            self._table.sop_instance_uid(row),
            self._table.unterminated(row),
            self._inventor.identity(row) if self._inventor is not None else None,
        )
        return stored, self._targets[number]

    def _target(self, route: Route) -> Target:
        options = self._options
        return Target(
            route.transfer_syntax_uid,
            route.context_id,
            route.lossy,
            options.quality,
            options.compression_level,
            options.new_vr,
            route.pixels,
            self._dictionary,
        )
