"""What storescu and dcmsend log of a run, in their words (``--compat``).

The first words of a line are theirs, for scripts that look for them; what follows says why in
fastsend's own words, and names no file that they would not name.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastsend.errors import (
    AssociationLostError,
    AssociationRejectedError,
    ConnectionLostError,
    HaltedError,
    InputError,
    NegotiationError,
    NetworkError,
    NoInputFilesError,
    NotReleasedError,
    NoValidInputFilesError,
    PeerAbortedError,
    PeerReleasedError,
    PresentationContextError,
)
from fastsend.model.report import not_stored
from fastsend.model.result import Outcome, status_text
from fastsend.model.transfer_syntax import transfer_syntax_name
from fastsend.report.contexts import context_lines
from fastsend.report.dcmtk_report import status_summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastsend.errors import FastsendError
    from fastsend.model.options import SendOptions
    from fastsend.model.proposal import PresentationContext
    from fastsend.model.report import SendReport
    from fastsend.model.result import StoreResult

logger = logging.getLogger("fastsend")

_Line = tuple[int, str]

_BAD_FILE = "bad DICOM file: "
_NOT_ADDED = "cannot add DICOM file to the transfer list: "

# The words of PS3.8 Table 9-21 as DCMTK writes them.
_NONE = "unknown"
_RESULTS = {1: "Rejected Permanent", 2: "Rejected Transient"}
_SOURCES = {
    1: "Service User",
    2: "Service Provider (ACSE Related)",
    3: "Service Provider (Presentation Related)",
}
_REASONS = {
    (1, 2): "App Context Name Not Supported",
    (1, 3): "Calling AE Title Not Recognized",
    (1, 7): "Called AE Title Not Recognized",
    (2, 2): "Protocol Version Not Supported",
    (3, 1): "Temporary Congestion",
    (3, 2): "Local Limit Exceeded",
}


class DcmtkObserver:
    """Logs a run as one of DCMTK's programs does.

    Parameters
    ----------
    options : SendOptions
        Of a run with `compat`.
    verbose_contexts : bool
        Log the presentation contexts of each association.
    """

    def __init__(self, options: SendOptions, *, verbose_contexts: bool = False) -> None:
        self._options = options
        self._verbose_contexts = verbose_contexts
        self._request = "Store" if options.compat == "storescu" else "C-STORE"
        self._opened = 0
        if options.scan_directories:
            logger.info("determining input files ...")
        self._checks = False

    @property
    def wants_results(self) -> bool:
        """True where lines for each instance are logged; failures alone are told at the end."""
        return logger.isEnabledFor(logging.INFO)

    def scanned(self, instances: int, data_set_bytes: int, skipped: int) -> None:  # noqa: ARG002
        """Log that the association comes next."""
        self._check()
        if instances or self._options.compat == "storescu":
            self._announce(1)

    def _check(self) -> None:
        """Log once that files are read from now on; before that directories were."""
        if not self._checks:
            self._checks = True
            logger.info("checking input files ...")

    def _announce(self, number: int) -> None:
        if self._options.compat == "dcmsend":
            if self._options.multiple_associations:
                logger.info("starting association #%d", number)
            logger.info("initializing network ...")
            logger.info("negotiating network association ...")
        logger.info("Requesting Association")

    def association_opened(
        self,
        number: int,
        description: str,
        contexts: Sequence[tuple[PresentationContext, str | None]],
    ) -> None:
        """Log the association and, where asked for, its presentation contexts."""
        if number > 1:
            self._announce(number)
        if self._verbose_contexts and logger.isEnabledFor(logging.INFO):
            logger.info("Association Parameters Negotiated:")
            for line in context_lines(contexts):
                logger.info("%s", line)
        if any(syntax is not None for _, syntax in contexts):
            logger.info("Association Accepted (%s)", description)
        elif self._options.compat == "dcmsend":
            logger.error("No Acceptable Presentation Contexts")
            logger.error(
                "cannot negotiate network association: No acceptable Presentation Contexts"
            )
            return
        if self._options.compat == "dcmsend":
            logger.info("sending SOP instances ...")

    def association_closed(self, number: int, how: str) -> None:  # noqa: ARG002
        """Log the end of the association."""
        if how in ("lost", "aborted by the peer"):
            logger.info("Peer Aborted Association")
        elif how.startswith("aborted, for"):
            logger.info("Releasing Association")
            logger.error("Association Release Failed: it was %s", how)
        elif how.startswith("ended") and self._options.compat == "storescu":
            pass
        elif how.startswith("aborted"):
            logger.info("Aborting Association")
        else:
            logger.info("Releasing Association")

    def result(self, result: StoreResult) -> None:
        """Log the lines of one instance."""
        for level, line in self._result_lines(result):
            logger.log(level, "%s", line)

    def _result_lines(self, result: StoreResult) -> Iterator[_Line]:
        if self._options.compat == "storescu":
            yield logging.INFO, f"Sending file: {result.path}"
        if result.outcome is Outcome.NOT_SENT and not result.context_id:
            yield logging.ERROR, self._not_sent(result)
            return
        stored, sent = result.transfer_syntax_uid, result.sent_transfer_syntax_uid
        if sent not in (None, stored):
            names = f"{transfer_syntax_name(stored)} -> {transfer_syntax_name(sent)}"
            yield logging.INFO, f"Converting transfer syntax: {names}"
        yield logging.INFO, f"Sending {self._request} Request ({result.sop_class_uid})"
        if result.status is not None:
            text = f"Received {self._request} Response ({status_text(result.status)})"
            yield logging.INFO, text
        else:
            yield logging.ERROR, self._not_sent(result)

    def _not_sent(self, result: StoreResult) -> str:
        reason = result.error or ""
        if self._options.compat == "dcmsend":
            return f"cannot send SOP instance {result.sop_instance_uid}: {reason}"
        if reason.startswith("No presentation context"):
            return reason
        return f"Store Failed, file: {result.path}: {reason}"

    def progress(self, instances: int, data_set_bytes: int) -> None:
        """Show nothing."""

    def warning(self, text: str) -> None:
        """Log a warning of the scan."""
        if not text.startswith("ignoring directory"):
            self._check()
        if text.startswith(_BAD_FILE):
            bare = text.removeprefix(_BAD_FILE).removesuffix(", ignoring file")
            logger.error("%s%s", _NOT_ADDED, bare)
        logger.warning("%s", text)

    def finished(self, report: SendReport) -> None:
        """Log what the run ended with: failures that were not told, an error, the summary."""
        if not self.wants_results and logger.isEnabledFor(logging.ERROR):
            for result in not_stored(report):
                if result.outcome in (Outcome.NOT_SENT, Outcome.UNKNOWN):
                    logger.error("%s", self._not_sent(result))
        if report.interrupted:
            logger.error("Interrupted")
        elif report.error is not None:
            self.failed(report.error)
        elif self._options.compat == "dcmsend" and logger.isEnabledFor(logging.INFO):
            for line in ("", *status_summary(report)):
                logger.info("%s", line)

    def failed(self, error: FastsendError) -> None:
        """Log what ended the run."""
        if not isinstance(error, NoInputFilesError):
            self._check()
        lines = _storescu_error if self._options.compat == "storescu" else _dcmsend_error
        for level, line in lines(error):
            logger.log(level, "%s", line)


def _storescu_error(error: FastsendError) -> Iterator[_Line]:
    text = str(error)
    match error:
        case AssociationRejectedError():
            result, source, reason = error.codes
            yield logging.CRITICAL, "Association Rejected:"
            yield (
                logging.CRITICAL,
                f"Result: {_RESULTS.get(result, _NONE)}, Source: {_SOURCES.get(source, _NONE)}",
            )
            yield logging.CRITICAL, f"Reason: {_REASONS.get((source, reason), 'No Reason')}"
        case NegotiationError() if text != "No Acceptable Presentation Contexts":
            yield logging.CRITICAL, f"Association Request Failed: {text}"
        case PeerReleasedError():
            yield logging.ERROR, "Protocol Error: Peer requested release (Aborting)"
        case PeerAbortedError() | ConnectionLostError() | NotReleasedError():
            return  # it was told when the association ended
        case AssociationLostError() | HaltedError():
            yield logging.ERROR, f"Store SCU Failed: {text}"
        case _:
            yield logging.CRITICAL, text


def _dcmsend_error(error: FastsendError) -> Iterator[_Line]:
    text = str(error)
    match error:
        case NegotiationError():
            yield logging.CRITICAL, f"cannot negotiate network association: {text}"
        case NetworkError():
            yield logging.CRITICAL, f"cannot initialize network: {text}"
        case PresentationContextError():
            yield logging.ERROR, f"cannot add presentation contexts: {text}"
        case AssociationLostError() | HaltedError():
            yield logging.CRITICAL, f"cannot send SOP instance: {text}"
        case NoInputFilesError():
            yield logging.CRITICAL, "no input files to be processed"
        case NoValidInputFilesError():
            yield logging.CRITICAL, "no valid input files to be processed"
        case InputError():
            if text.startswith(_BAD_FILE):
                yield logging.ERROR, _NOT_ADDED + text.removeprefix(_BAD_FILE)
            yield logging.CRITICAL, text
        case _:
            yield logging.CRITICAL, text
