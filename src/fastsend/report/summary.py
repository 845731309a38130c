"""The summary at the end of a run, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.escape import printable
from fastsend.model.report import exit_code, instance_count, not_stored, stored_count
from fastsend.model.result import Outcome, StatusClass, status_class, status_text
from fastsend.model.transfer_syntax import transfer_syntax_name
from fastsend.report.advice import cause_of
from fastsend.report.limited_by import limit_lines
from fastsend.report.quantity import duration, megabytes, number_of, rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.model.report import SendReport
    from fastsend.model.result import StoreResult
    from fastsend.report.advice import Cause

MOST_FAILURES = 20
MOST_SKIPPED = 5
"""How many files of each reason are named, where not all are asked for."""

GREEN, RED, PLAIN = "\x1b[1;32m", "\x1b[1;31m", "\x1b[0m"


def summary_lines(report: SendReport, *, every: bool = False, colour: bool = False) -> list[str]:
    """Return the lines that a run ends with.

    Parameters
    ----------
    report : SendReport
        What became of the run.
    every : bool
        Name every file that was not stored or left out, not only the first ones.
    colour : bool
        Colour the first line by ECMA-48 sequences, for a terminal.

    Returns
    -------
    list of str
        Lines of printable text without line ends.
    """
    headline = _headline(report)
    if colour:
        headline = f"{RED if exit_code(report) else GREEN}{headline}{PLAIN}"
    return [
        headline,
        *_speed(report),
        *(limit_lines(report.pace) if report.pace is not None else ()),
        "",
        *_counts(report),
        *_not_stored(report, every),
        *_skipped(report, every),
    ]


def _headline(report: SendReport) -> str:
    instances = instance_count(report)
    stored = stored_count(report)
    found = "" if report.scan_complete else " found until then"
    share = "all" if stored == instances > 1 and not found else f"{stored:,} of"
    start = "Interrupted: stored" if report.interrupted else "Stored"
    if report.error is not None and not report.interrupted:
        start = "Ended early: stored"
    counted = f"{number_of(instances, 'instance')}{found}"
    return f"{start} {share} {counted} at {printable(report.peer)}"


def _speed(report: SendReport) -> list[str]:
    """Return what was sent in which time; the rates are those of the transfer alone."""
    stored = stored_count(report)
    if not stored:
        return []
    seconds = report.transfer_seconds
    sent = f"{megabytes(report.data_set_bytes)} in {duration(report.seconds)}"
    bytes_rate = rate(report.data_set_bytes / 1e6, seconds)
    instance_rate = rate(stored, seconds)
    rates = f"{bytes_rate:,.1f} MB/s, {instance_rate:,.0f} instances/s"
    return [f"{sent}; transfer {duration(seconds)}, {rates}"]


def _counts(report: SendReport) -> list[str]:
    rows: list[tuple[str, int]] = [("Instances", instance_count(report))]
    answered = {status: n for (_, status), n in report.counts.items() if status is not None}
    for label, classes in (
        ("- stored", (StatusClass.SUCCESS, StatusClass.WARNING)),
        ("- refused", (StatusClass.REFUSED,)),
        ("- failed", (StatusClass.ERROR,)),
        ("- unknown status", (StatusClass.UNKNOWN,)),
    ):
        statuses = sorted(status for status in answered if status_class(status) in classes)
        total = sum(answered[status] for status in statuses)
        if total or label == "- stored":
            rows.append((label, total))
            rows += ((f"  * 0x{s:04x} {status_text(s)}", answered[s]) for s in statuses)
    if report.conversions:
        rows.append(("- converted", sum(report.conversions.values())))
        for (stored, sent), number in report.conversions.items():
            names = f"{transfer_syntax_name(stored)} to {transfer_syntax_name(sent)}"
            rows.append((f"  * {printable(names)}", number))
    if report.lossy_conversions:
        rows.append(("  * with loss, as new instances", report.lossy_conversions))
    if report.options.invention.asked:
        rows.append(("- with invented identifiers", sum(answered.values())))
    for label, outcome in (
        ("- no answer, stored or not", Outcome.UNKNOWN),
        ("- not sent", Outcome.NOT_SENT),
        ("- not tried", Outcome.PENDING),
    ):
        total = report.counts.get((outcome, None), 0)
        if total:
            rows.append((label, total))
    if report.skipped:
        rows.append(("Skipped files", len(report.skipped)))
    rows.append(("Associations", report.associations))
    rows.append(("Presentation contexts", report.presentation_contexts))
    label_width = max(len(label) for label, _ in rows)
    number_width = max(len(f"{number:,}") for _, number in rows)
    return [f"{label:{label_width}}  {number:>{number_width},}" for label, number in rows]


def _not_stored(report: SendReport, every: bool) -> Iterator[str]:
    """Yield the failures by cause: what happened, to which files, what to do."""
    totals: dict[Cause, int] = {}
    named: dict[Cause, list[str]] = {}
    free = MOST_FAILURES
    for result in not_stored(report):
        cause = cause_of(result)
        totals[cause] = totals.get(cause, 0) + 1
        files = named.setdefault(cause, [])
        # Each cause shows at least one file, however many another cause has.
        if every or free > 0 or not files:
            free -= 1
            files.append(f"{printable(result.path)} ({_uids(result)})")
    for cause, total in totals.items():
        yield ""
        reason = printable(cause.reason)
        yield f"{reason[:1].upper()}{reason[1:]}: {number_of(total, 'instance')}"
        if cause.advice:
            yield f"  {cause.advice}"
        yield from _files(named[cause], total)


def _uids(result: StoreResult) -> str:
    """Return the SOP Instance UID, and the one that it was sent with where that is another."""
    sent = result.sent_sop_instance_uid
    return printable(result.sop_instance_uid) + (f", sent as {sent}" if sent else "")


def _skipped(report: SendReport, every: bool) -> Iterator[str]:
    totals: dict[str, int] = {}
    named: dict[str, list[str]] = {}
    for file in report.skipped:
        totals[file.reason] = totals.get(file.reason, 0) + 1
        files = named.setdefault(file.reason, [])
        if every or len(files) < MOST_SKIPPED:
            files.append(printable(file.path))
    for reason, total in totals.items():
        yield ""
        yield f"Skipped, {printable(reason)}: {number_of(total, 'file')}"
        yield from _files(named[reason], total)


def _files(names: list[str], total: int) -> Iterator[str]:
    for name in names:
        yield f"    {name}"
    if len(names) < total:
        yield f"    and {total - len(names):,} more (-v names all)"
