"""The report of dcmsend (``+crf``): its text, for the programs that read it.

Labels, order, blank lines and words are dcmsend's. Its date has no fraction and no time zone, as
in DCMTK up to 3.6.9.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from fastsend.errors import AssociationLostError, ReportFileError
from fastsend.model.escape import printable
from fastsend.model.report import instance_count
from fastsend.model.result import Outcome, StatusClass, status_class, status_text
from fastsend.report.dcmtk_names import dcmtk_class_name, dcmtk_transfer_syntax_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.model.report import SendReport
    from fastsend.model.result import StoreResult

_NO_CONTEXT = "<no acceptable presentation context>"
_NOT_SENT = "<not sent>"
_GENERAL_STATUSES = (0x0001, 0x0107, 0x0112, 0x0116)
_LINE_ENDS = "\x7f\x85\u2028\u2029"
"""What is a line end to some program, beside the control characters."""


def has_report(report: SendReport) -> bool:
    """Return True where dcmsend would write its report: a run that came to its end.

    Without halting (``-nh``) a lost association is no other end than the regular one.
    """
    if report.interrupted:
        return False
    if report.error is None:
        return True
    return not report.options.halt and isinstance(report.error, AssociationLostError)


def check_report_file(path: str) -> None:
    """Find out early that a report cannot be written; nothing is created or changed.

    Raises
    ------
    ReportFileError
        Where it is known already that `write_report` will fail.
    """
    folder = os.path.dirname(path) or os.curdir  # noqa: PTH120 - pathlib takes time to import
    if os.path.isdir(path):  # noqa: PTH112
        raise _cannot_write(path, "it is a folder")
    if not os.path.isdir(folder):  # noqa: PTH112
        raise _cannot_write(path, "there is no such folder")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):  # noqa: PTH110
        raise _cannot_write(path, "there is no permission to")


def write_report(report: SendReport, path: str, *, date: str | None = None) -> None:
    """Write the report; a file that exists already is overwritten.

    Parameters
    ----------
    report : SendReport
        What became of the run. Its records are made one after the other.
    path : str
        The text file.
    date : str, optional
        What stands there as the current time; that time by default.

    Raises
    ------
    ReportFileError
        Where the file cannot be written.
    """
    date = time.strftime("%Y-%m-%d %H:%M:%S") if date is None else date
    try:
        # Names of files go out as the bytes that they are.
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:  # noqa: PTH123
            file.writelines(report_text(report, date))
    except (OSError, ValueError) as exc:
        reason = (isinstance(exc, OSError) and exc.strerror) or str(exc)
        raise _cannot_write(path, reason) from exc


def _cannot_write(path: str, reason: str) -> ReportFileError:
    return ReportFileError(f"cannot write the report (+crf) to {path}: {reason}")


def report_text(report: SendReport, date: str) -> Iterator[str]:
    """Yield the text of the report in pieces of whole lines."""
    options = report.options
    yield (
        "Detailed Report on the Transfer of Instances\n"
        "============================================\n\n"
        f"Communication Peer : {options.peer}:{options.port}\n"
        f"AE Titles used     : {options.calling_ae_title} -> {options.called_ae_title}\n"
        f"Current Date/Time  : {date}\n\n\n"
    )
    for result in report.results:
        yield _record(report, result)
    # dcmsend ends without a line end.
    yield "\n" + "\n".join(status_summary(report))


def status_summary(report: SendReport) -> list[str]:
    """Return the lines of dcmsend's summary, as its report and its verbose output have them."""
    instances = instance_count(report)
    classes = dict.fromkeys(StatusClass, 0)
    for (_, status), number in report.counts.items():
        if status is not None:
            classes[_class_of(status)] += number
    sent = sum(classes.values())
    without_context = _without_context(report)
    rows = [
        ("Number of associations  ", report.associations, True),
        ("Number of pres. contexts", report.presentation_contexts, True),
        ("Number of SOP instances ", instances, True),
        ("- sent to the peer      ", sent, False),
        ("  * with status SUCCESS ", classes[StatusClass.SUCCESS], False),
        ("  * with status WARNING ", classes[StatusClass.WARNING], False),
        ("  * with status ERROR   ", classes[StatusClass.ERROR], False),
        ("  * with status REFUSED ", classes[StatusClass.REFUSED], False),
        ("  * with unknown status ", classes[StatusClass.UNKNOWN], False),
        ("- NOT sent to the peer  ", instances - sent, False),
        ("  * no acceptable pres. ", without_context, False),
    ]
    lines = [f"{label} : {number}" for label, number, always in rows if always or number]
    return ["Status Summary", "--------------", *lines]


def _without_context(report: SendReport) -> int:
    """Count the instances for which the peer accepted nothing; records only where there are any."""
    left = report.counts.get((Outcome.NOT_SENT, None), 0)
    count = 0
    for result in report.results if left else ():
        if result.outcome is Outcome.NOT_SENT:
            count += result.no_context
            left -= 1
            if not left:
                break
    return count


def _class_of(status: int) -> StatusClass:
    """Return what dcmsend counts a status as; it takes 0112 for one that it does not know."""
    return StatusClass.UNKNOWN if status == 0x0112 else status_class(status)


def _record(report: SendReport, result: StoreResult) -> str:
    association, context_id, size, network = _carried(report, result)
    return (
        f"Number        : {result.number}\n"
        f"Filename      : {_one_line(result.path)}\n"
        f"SOP Instance  : {_one_line(result.sop_instance_uid)}\n"
        f"SOP Class     : {_named(result.sop_class_uid, is_class=True)}\n"
        f"Original Xfer : {_named(result.transfer_syntax_uid, is_class=False)}\n"
        f"Dataset Size  : {size} bytes\n"
        f"Association   : {association}\n"
        f"Pres. Context : {context_id}\n"
        f"Network Xfer  : {_named(network, is_class=False) if network else ''}\n"
        f"DIMSE Status  : {_status(result)}\n\n"
    )


def _carried(report: SendReport, result: StoreResult) -> tuple[int, int, int, str]:
    """Return association, context, size of the data set and syntax as dcmsend has them.

    dcmsend loads an instance before it looks for an accepted context, and shows the association,
    the size and the syntax of the file where there is none; but not where nothing was accepted.
    """
    association = result.association
    context_id = result.context_id or result.proposed_context_id
    if not 0 < association <= len(report.accepted_contexts) or not context_id:
        return 0, 0, 0, ""
    if result.no_context and not report.accepted_contexts[association - 1]:
        return 0, context_id, 0, ""
    network = result.sent_transfer_syntax_uid or result.transfer_syntax_uid
    return association, context_id, result.data_set_bytes, network


def _status(result: StoreResult) -> str:
    if result.outcome is Outcome.ANSWERED and result.status is not None:
        return f"0x{result.status:04x} ({dcmtk_status_text(result.status)})"
    return _NO_CONTEXT if result.no_context else _NOT_SENT


def dcmtk_status_text(status: int) -> str:
    """Return DCMTK's words for a C-STORE status; it does not know the general ones of PS3.7 C."""
    words = status_text(status)
    if status_class(status) is not StatusClass.UNKNOWN and status not in _GENERAL_STATUSES:
        return words
    return f"Unknown Status: 0x{status:x}"


def _named(uid: str, *, is_class: bool) -> str:
    name = dcmtk_class_name(uid) if is_class else dcmtk_transfer_syntax_name(uid)
    return f"{_one_line(uid)} = {name}"


def _one_line(text: str) -> str:
    """Return `text` on one line: no name of a file may look like other lines of the report."""
    if text.isprintable():
        return text
    return "".join(one if one >= " " and one not in _LINE_ENDS else printable(one) for one in text)
