"""One run from its options to its report."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from fastsend._native.part10 import InstanceTable
from fastsend.errors import FastsendError, InterruptedRunError, TLSSetupError
from fastsend.late_import import LATE_IMPORT
from fastsend.model.report import SendReport
from fastsend.model.result import Outcome
from fastsend.scan import ScanReport, scan
from fastsend.sender.early_start import EarlyStart
from fastsend.sender.pace import pace_of
from fastsend.sender.results import Results
from fastsend.sender.teller import Teller
from fastsend.sender.transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.association.tls_context import SecureTransport
    from fastsend.model.observer import Observer
    from fastsend.model.options import SendOptions
    from fastsend.model.tls import Tls
    from fastsend.sender.intake import Intake

_PROGRESS_SECONDS = 0.1
_STOP_SECONDS = 2.0


def send(options: SendOptions, *, observer: Observer | None = None) -> SendReport:
    """Send the instances of files and directories to a Storage SCP.

    Parameters
    ----------
    options : SendOptions
        What to send, to whom and how.
    observer : Observer, optional
        Told of what happens, from this thread.

    Returns
    -------
    SendReport
        What became of each instance. A run that ended early, by an error of the network or by
        Ctrl-C, leaves a report all the same.

    Raises
    ------
    InputError
        Where the input allows no run; nothing was sent then.
    TLSSetupError
        Where what was asked of TLS cannot be had; nothing was sent then.
    """
    start = time.perf_counter()
    transport = _secure(options.tls)  # before all else: it may ask for a password
    # Importing what negotiates takes longer than most scans, and scanning leaves the GIL alone.
    threading.Thread(target=_import_association, daemon=True).start()
    run = _Run(options, transport, observer)
    transfer = run.send()
    if transfer.crash is not None:
        raise transfer.crash
    if options.tls is not None:
        from fastsend.association.tls_seed import write_seed

        write_seed(options.tls)
    return run.report(transfer, time.perf_counter() - start)


def _secure(tls: Tls | None) -> SecureTransport | None:
    """Return how connections are secured; None where they are not."""
    if tls is None:
        return None
    try:
        from fastsend.association.tls_context import secure_transport
        from fastsend.association.tls_seed import read_seed
    except ImportError as exc:
        raise TLSSetupError(f"this Python was built without TLS: {exc}") from exc
    read_seed(tls)
    return secure_transport(tls)


def _import_association() -> None:
    with LATE_IMPORT:
        import fastsend.association.negotiate  # noqa: F401


class _TransferOverError(Exception):
    """The transfer has come to its end before the scan."""


class _Run:
    """The scan, in the thread that calls, and the transfer, in one of its own."""

    def __init__(
        self,
        options: SendOptions,
        transport: SecureTransport | None,
        observer: Observer | None,
    ) -> None:
        self._options = options
        self._transport = transport
        self._observer = observer
        self._table = InstanceTable()
        self._scanned = ScanReport(0, ())
        self._transfer: Transfer | None = None
        self._teller: Teller | None = None
        self._interrupted = False
        self._error: FastsendError | None = None

    def send(self) -> Transfer:
        """Scan and send; return the transfer, which is over."""
        early = EarlyStart(self._options, self._table, self._start_early)
        try:
            self._scan(early.tick)
        except KeyboardInterrupt:
            if self._transfer is None:
                raise
            self._transfer.cancel()
            self._interrupted = True
        except FastsendError as exc:
            if self._transfer is None:
                raise
            self._error = exc  # what was found before is sent all the same
        except BaseException:
            if self._transfer is not None:
                self._transfer.cancel()
            raise
        if self._observer is not None:
            size = self._table.total_data_set_bytes()
            self._observer.scanned(len(self._table), size, len(self._scanned.skipped))
        early.complete()
        transfer = self._transfer or self._start(self._scanned)
        self._watch(transfer)
        return transfer

    def _scan(self, tick: Callable[[], None]) -> None:
        def tick_and_tell() -> None:
            tick()
            if self._teller is not None and self._transfer is not None:
                self._teller.tell_in_time()
                if self._transfer.finished.is_set():
                    raise _TransferOverError

        observer = self._observer
        warn = observer.warning if observer is not None else None
        with suppress(_TransferOverError):  # the transfer says why
            self._scanned = scan(
                self._options, self._table, warn, tick_and_tell, self._end_scan_early
            )

    def _end_scan_early(self, found: ScanReport) -> None:
        self._scanned = found

    def _start_early(self) -> Intake:
        return self._start(None).intake

    def _start(self, scanned: ScanReport | None) -> Transfer:
        transfer = Transfer(self._options, self._table, scanned, self._transport)
        self._transfer = transfer
        self._teller = Teller(transfer, self._table, self._observer)
        threading.Thread(target=transfer.run, name="transfer", daemon=True).start()
        return transfer

    def _watch(self, transfer: Transfer) -> None:
        """Wait for the end and tell the observer."""
        try:
            while not self._interrupted and not transfer.finished.wait(_PROGRESS_SECONDS):
                if self._teller is not None:
                    self._teller.tell()
        except KeyboardInterrupt:
            transfer.cancel()
            self._interrupted = True
        except BaseException:
            transfer.cancel()
            raise
        transfer.finished.wait(_STOP_SECONDS)
        if self._teller is not None:
            self._teller.tell_all()
        self._interrupted = self._interrupted or isinstance(transfer.error, InterruptedRunError)

    def report(self, transfer: Transfer, seconds: float) -> SendReport:
        """Return what became of the run, which took some seconds."""
        options, table, records = self._options, self._table, transfer.ledger.records
        counts: dict[tuple[Outcome, int | None], int] = {}
        for (outcome, status), number in table.counts().items():
            key = Outcome(outcome)
            counts[key, status if key is Outcome.ANSWERED else None] = number
        conversions: dict[tuple[str, str], int] = {}
        kinds = table.kinds()
        for (kind, association, context_id), number in table.carried().items():
            syntaxes = kinds[kind][1], records[association - 1].accepted[context_id]
            if syntaxes[0] != syntaxes[1]:
                conversions[syntaxes] = conversions.get(syntaxes, 0) + number
        opened = transfer.ledger.opened
        results = Results(table, transfer)
        return SendReport(
            options=options,
            peer=f"{options.peer}:{options.port}",
            counts=counts,
            data_set_bytes=table.answered_bytes(),
            results=results,
            skipped=self._scanned.skipped,
            associations=len(opened),
            presentation_contexts=sum(len(record.contexts) for record in opened),
            seconds=seconds,
            transfer_seconds=transfer.transfer_seconds,
            error=transfer.error or self._error,
            interrupted=self._interrupted,
            conversions=conversions,
            accepted_contexts=tuple(
                sum(syntax is not None for _, syntax in record.contexts) for record in opened
            ),
            lossy_conversions=sum(
                note.sop_instance_uid is not None and results[row].outcome is Outcome.ANSWERED
                for row, note in transfer.ledger.notes.items()
            ),
            pace=pace_of(transfer),
            scan_complete=self._scanned.complete,
        )
