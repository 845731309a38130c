"""What sends the instances of a table, in a thread of its own, and what came of it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from fastsend._native import wire
from fastsend.errors import FastsendError, InterruptedRunError, NetworkError
from fastsend.late_import import LATE_IMPORT
from fastsend.model.options import parallel_associations
from fastsend.model.proposal import InstanceKind
from fastsend.model.transfer_syntax import NATIVE_TRANSFER_SYNTAXES
from fastsend.plan.contexts import propose
from fastsend.plan.policy import Policy, policy_of
from fastsend.sender.conversions import Conversions
from fastsend.sender.growth import Growth
from fastsend.sender.halting import Halting
from fastsend.sender.intake import Intake
from fastsend.sender.ledger import Ledger
from fastsend.sender.proposal_run import ProposalRun, Staff
from fastsend.sender.renaming import Renaming
from fastsend.sender.shared import Shared
from fastsend.sender.tally import Tallies

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable
    from fastsend._native.recode import Dictionary
    from fastsend.association.tls_context import SecureTransport
    from fastsend.convert.invention import Inventor
    from fastsend.model.options import SendOptions
    from fastsend.model.proposal import Proposal
    from fastsend.scan.scanner import ScanReport

_LOG = logging.getLogger(__name__)
_FIRST_LOOK_ROWS = 4096


class Transfer:
    """Sends the instances of a table; `run` is for one thread, the rest may be read by others.

    Parameters
    ----------
    options : SendOptions
        The peer and how to treat it.
    table : InstanceTable
        What to send. The results go into its rows.
    scanned : ScanReport, optional
        What was found beside it; None where the scan goes on, and tells `intake` of its rows.
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
        self._table = table
        self._halting = Halting(options, scanned)
        self._renaming = Renaming(options, table, scanned)
        try:
            self._cancel = wire.Cancel()
        except OSError as exc:
            raise NetworkError(f"cannot open a pipe: {exc.strerror or exc}") from exc
        limit = wire.Limit(options.limit) if options.limit else None
        self.ledger = Ledger()
        self._shared = Shared(options, table, self._cancel, limit, transport, self.ledger)
        self.intake = Intake(table, self._cancel)
        if scanned is not None:
            end = len(table) if scanned.end is None else scanned.end
            self.intake.publish(end, complete=True)
        self.growth = Growth(parallel_associations(options))
        self.tallies = Tallies()
        self.finished = threading.Event()
        self.error: FastsendError | None = None
        self.crash: BaseException | None = None
        """An error of fastsend itself, which the caller has to raise."""
        self.transfer_seconds = 0.0
        self.conversion_seconds = 0.0
        """Waiting for what is converted, on all associations together."""
        self.inventor: Inventor | None = None
        """Names the instances anew, by their rows, where that was asked for."""
        if options.invention.asked:
            with LATE_IMPORT:
                from fastsend.convert.invention import inventor

            self.inventor = inventor(options.invention)

    def cancel(self) -> None:
        """End the run within a moment; may be called in a signal handler."""
        self._cancel.request()

    def progress(self) -> tuple[int, int]:
        """Return instances done with and bytes of data sets sent, so far."""
        return self.tallies.progress()

    def run(self) -> None:
        """Send everything; never raises, but leaves `error` or `crash`."""
        try:
            shared = self._shared._replace(dictionary=self._load_dictionary())
            conversions = Conversions(shared, self.inventor)
            try:
                if self._options.compat:
                    self._run_as_dcmtk(shared, conversions)
                else:
                    self._run(shared, conversions)
            finally:
                conversions.close()
                self.conversion_seconds = conversions.seconds_waited
        except FastsendError as exc:
            self.error = InterruptedRunError(str(exc)) if self._cancel.requested else exc
        except BaseException as exc:
            self.crash = exc
        finally:
            self.finished.set()

    def _run(self, shared: Shared, conversions: Conversions) -> None:
        """Send run by run, each as far as its presentation contexts go."""
        staff = Staff(
            self.intake,
            conversions,
            self.growth,
            self.tallies,
            self._halting,
            self._renaming,
        )
        position = 0
        while (end := self.intake.rows_behind(position, lambda: False)) > position:
            kinds = [InstanceKind(*kind) for kind in self._table.kinds()]
            policy = self._make_policy(kinds)
            proposal = self._propose(kinds, policy, position, end)
            run = ProposalRun(shared, staff, kinds, proposal, policy, grows=proposal.end == end)
            try:
                position = run.send()
            finally:
                self.transfer_seconds += run.transfer_seconds
            if not self._options.multiple_associations:
                return

    def _propose(self, kinds: list[InstanceKind], policy: Policy, first: int, end: int) -> Proposal:
        """Propose for the rows from `first` on, and look no further ahead than that takes.

        Where kinds alternate, an association may be full after a few hundred of very many rows.
        """
        rows = _FIRST_LOOK_ROWS
        while True:
            known = min(first + rows, end)
            found = propose(kinds, self._table.kind_column(first, known), policy)
            if known == end or first + found.end < known:
                return found._replace(first=first, end=first + found.end)
            rows *= 4

    def _run_as_dcmtk(self, shared: Shared, conversions: Conversions) -> None:
        from fastsend.sender.compat_run import CompatRun

        kinds = [InstanceKind(*kind) for kind in self._table.kinds()]
        run = CompatRun(
            shared,
            conversions,
            self._halting,
            self._renaming,
            kinds,
            self._make_policy(kinds),
            self.intake.last_row(),
            self.tallies,
        )
        try:
            run.send()
        finally:
            self.transfer_seconds = run.transfer_seconds

    def _make_policy(self, kinds: list[InstanceKind]) -> Policy:
        """Return what may be done; codecs are looked for only where pixels may need one."""
        options = self._options
        decodable = encodable = frozenset[str]()
        stored = {kind.transfer_syntax_uid for kind in kinds}
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
