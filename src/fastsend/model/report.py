"""What a run came to, and the exit code that says so."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fastsend.errors import (
    EXIT_COMMAND_LINE,
    EXIT_INTERRUPTED,
    EXIT_NOT_ALL_STORED,
    EXIT_OK,
    PeerEndedError,
)
from fastsend.model.result import Outcome, StatusClass, status_class

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fastsend.errors import FastsendError
    from fastsend.model.options import Compat, SendOptions
    from fastsend.model.pace import Pace
    from fastsend.model.result import StoreResult


EXIT_LOST_AS_STORESCU = 10
"""What storescu returns where the peer ended the association before it had answered."""


class SkippedFile(Protocol):
    """A file that was looked at and left out."""

    @property
    def path(self) -> str:
        """The path as it was named or found."""
        ...

    @property
    def reason(self) -> str:
        """Why it cannot be sent, in words for the user; the same words for the same cause."""
        ...

    @property
    def named(self) -> bool:
        """True where the user named this file, False where a directory was scanned."""
        ...

    @property
    def is_dicom(self) -> bool:
        """True where it is a DICOM file that cannot be used, such as a broken one."""
        ...


class SendReport(NamedTuple):
    """What became of a run, whether it came to its end or not."""

    options: SendOptions
    peer: str
    """The peer for the reader, such as ``pacs.example.org:104``."""
    counts: Mapping[tuple[Outcome, int | None], int]
    """How many instances ended with each outcome and status; the status is None where the
    outcome is not ``ANSWERED``. They add up to the number of instances."""
    data_set_bytes: int
    """Bytes of the data sets of all answered instances."""
    results: Sequence[StoreResult]
    """One record an instance, in the order of the input list; made when it is asked for."""
    skipped: Sequence[SkippedFile]
    associations: int
    """Associations that the peer accepted."""
    presentation_contexts: int
    """Presentation contexts that were proposed on them."""
    seconds: float
    """The whole run: scanning, associations, transfer."""
    transfer_seconds: float
    """The time in which requests were under way."""
    error: FastsendError | None = None
    """What ended the run early."""
    interrupted: bool = False
    """True where the user, or a signal, ended it."""
    conversions: Mapping[tuple[str, str], int] = MappingProxyType({})
    """How many of the answered instances were sent in another transfer syntax than that of their
    file, by both UIDs: of the file and on the wire."""
    lossy_conversions: int = 0
    """How many of them were compressed with loss, each to an instance with a new UID."""
    accepted_contexts: Sequence[int] = ()
    """How many presentation contexts the peer accepted, for each association from 1."""
    pace: Pace | None = None
    """Where the time of the transfer went; None where nobody measured it."""
    scan_complete: bool = True
    """False where the run ended before its scan: there may be more than was found by then."""


def instance_count(report: SendReport) -> int:
    """Return the number of instances that were to be sent."""
    return sum(report.counts.values())


def stored_count(report: SendReport) -> int:
    """Return the number of instances that the peer stored, warnings included."""
    return sum(number for key, number in report.counts.items() if is_stored(*key))


def is_stored(outcome: Outcome, status: int | None) -> bool:
    """Return True where an outcome and a status mean that the peer stored the instance."""
    return (
        outcome is Outcome.ANSWERED
        and status is not None
        and status_class(status) <= StatusClass.WARNING
    )


def not_stored(report: SendReport) -> Iterator[StoreResult]:
    """Yield the records of the instances that were not stored.

    No record is made where the counts say that there is none to find.
    """
    left = instance_count(report) - stored_count(report)
    for result in report.results if left else ():
        if not result.stored:
            yield result
            left -= 1
            if not left:
                return


def exit_code(report: SendReport) -> int:
    """Return the exit code of a run.

    Returns
    -------
    int
        0 only where every instance was stored, with success or a warning, and no file that the
        user named and no DICOM file was left out; 130 where the run was interrupted; the code of
        the error that ended it early; 66 for everything else that was not stored. With
        `SendOptions.compat` what storescu or dcmsend would return.
    """
    if report.interrupted:
        return EXIT_INTERRUPTED
    if report.options.compat == "dcmsend":
        return report.error.exit_code if report.error else EXIT_OK
    if report.options.compat == "storescu":
        return _exit_code_of_storescu(report)
    if report.error is not None:
        return report.error.exit_code
    if stored_count(report) != instance_count(report):
        return EXIT_NOT_ALL_STORED
    if any(skipped.named or skipped.is_dicom for skipped in report.skipped):
        return EXIT_NOT_ALL_STORED
    return EXIT_OK


def error_exit_code(error: FastsendError, compat: Compat | None) -> int:
    """Return the exit code of a run that an error ended before there was anything to report."""
    if compat == "storescu" and error.exit_code != EXIT_INTERRUPTED:
        return EXIT_COMMAND_LINE
    return error.exit_code


def _exit_code_of_storescu(report: SendReport) -> int:
    halts = report.options.halt
    if report.error is not None:
        ended_by_peer = isinstance(report.error, PeerEndedError)
        return EXIT_LOST_AS_STORESCU if halts and ended_by_peer else EXIT_COMMAND_LINE
    failures = [
        status
        for outcome, status in report.counts
        if status is not None and not is_stored(outcome, status)
    ]
    # It halts at the first one, and leaves the rest out without a word.
    return failures[0] >> 8 if halts and failures else EXIT_OK
