"""One run from its options to its report."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from fastsend._native.part10 import InstanceTable
from fastsend.errors import InterruptedRunError, TLSSetupError
from fastsend.late_import import LATE_IMPORT
from fastsend.model.report import SendReport
from fastsend.model.result import Outcome
from fastsend.scan import scan
from fastsend.sender.results import Results
from fastsend.sender.transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.association.tls_context import SecureTransport
    from fastsend.model.observer import Observer
    from fastsend.model.options import SendOptions
    from fastsend.model.report import SkippedFile
    from fastsend.model.tls import Tls

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
    table = InstanceTable()
    scanned = scan(options, table, observer.warning if observer else None)
    skipped = scanned.skipped
    if observer:
        observer.scanned(len(table), table.total_data_set_bytes(), len(skipped))
    transfer = Transfer(options, table, scanned, transport)
    results = Results(table, transfer)
    threading.Thread(target=transfer.run, name="transfer", daemon=True).start()
    interrupted = _watch(transfer, observer, results)
    if transfer.crash is not None:
        raise transfer.crash
    if options.tls is not None:
        from fastsend.association.tls_seed import write_seed

        write_seed(options.tls)
    return _report(
        options,
        table,
        transfer,
        skipped=skipped,
        results=results,
        interrupted=interrupted,
        seconds=time.perf_counter() - start,
    )


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


def _watch(transfer: Transfer, observer: Observer | None, results: Results) -> bool:
    """Wait for the end and tell the observer; return True where a signal ended the run."""
    teller = _Teller(transfer, observer, results)
    try:
        while not transfer.finished.wait(_PROGRESS_SECONDS):
            teller.tell()
    except KeyboardInterrupt:
        transfer.cancel()
        transfer.finished.wait(_STOP_SECONDS)
        teller.tell()
        return True
    except BaseException:
        transfer.cancel()
        raise
    teller.tell()
    return isinstance(transfer.error, InterruptedRunError)


class _Teller:
    """Tells the observer what is new since the last time."""

    def __init__(self, transfer: Transfer, observer: Observer | None, results: Results) -> None:
        self._transfer = transfer
        self._observer = observer
        self._results = results
        self._opened = 0
        self._closed = 0
        self._told = 0

    def tell(self) -> None:
        observer, transfer = self._observer, self._transfer
        if observer is None:
            return
        for description, contexts in transfer.opened[self._opened :]:
            self._opened += 1
            observer.association_opened(self._opened, description, contexts)
        if observer.wants_results:
            for row in range(self._told, end := transfer.final_position()):
                observer.result(self._results[row])
            self._told = max(self._told, end)
        for how in transfer.closed[self._closed :]:
            self._closed += 1
            observer.association_closed(self._closed, how)
        observer.progress(*transfer.progress())


def _report(
    options: SendOptions,
    table: InstanceTable,
    transfer: Transfer,
    *,
    skipped: Sequence[SkippedFile],
    results: Results,
    interrupted: bool,
    seconds: float,
) -> SendReport:
    counts: dict[tuple[Outcome, int | None], int] = {}
    for (outcome, status), number in table.counts().items():
        key = Outcome(outcome)
        counts[key, status if key is Outcome.ANSWERED else None] = number
    conversions: dict[tuple[str, str], int] = {}
    kinds = table.kinds()
    for (kind, association, context_id), number in table.carried().items():
        syntaxes = kinds[kind][1], transfer.accepted[association - 1][context_id]
        if syntaxes[0] != syntaxes[1]:
            conversions[syntaxes] = conversions.get(syntaxes, 0) + number
    return SendReport(
        options=options,
        peer=f"{options.peer}:{options.port}",
        counts=counts,
        data_set_bytes=table.answered_bytes(),
        results=results,
        skipped=skipped,
        associations=len(transfer.opened),
        presentation_contexts=sum(len(contexts) for _, contexts in transfer.opened),
        seconds=seconds,
        transfer_seconds=transfer.transfer_seconds,
        error=transfer.error,
        interrupted=interrupted,
        conversions=conversions,
        accepted_contexts=tuple(
            sum(syntax is not None for _, syntax in contexts) for _, contexts in transfer.opened
        ),
        lossy_conversions=sum(
            note.sop_instance_uid is not None and results[row].outcome is Outcome.ANSWERED
            for row, note in transfer.notes.items()
        ),
    )
