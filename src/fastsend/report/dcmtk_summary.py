"""The summary that dcmsend logs at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.result import Outcome, StatusClass, status_class

if TYPE_CHECKING:
    from fastsend.model.report import SendReport

_CLASSES = {
    StatusClass.SUCCESS: "  * with status SUCCESS",
    StatusClass.WARNING: "  * with status WARNING",
    StatusClass.ERROR: "  * with status ERROR",
    StatusClass.REFUSED: "  * with status REFUSED",
    StatusClass.UNKNOWN: "  * with unknown status",
}
WIDTH = 25
"""Characters before the colon."""


def status_summary(report: SendReport) -> list[str]:
    """Return the lines, as dcmsend writes them; counts of zero are left out below the third."""
    by_class = dict.fromkeys(_CLASSES, 0)
    not_sent = unroutable = 0
    for (outcome, status), number in report.counts.items():
        if outcome is Outcome.ANSWERED and status is not None:
            by_class[status_class(status)] += number
        else:
            not_sent += number
    if not_sent:
        unroutable = sum(
            result.outcome is Outcome.NOT_SENT and not result.context_id
            for result in report.results
        )
    rows = [
        ("Number of associations", report.associations),
        ("Number of pres. contexts", report.presentation_contexts),
        ("Number of SOP instances", sum(report.counts.values())),
    ]
    below = [
        ("- sent to the peer", sum(by_class.values())),
        *((label, by_class[one]) for one, label in _CLASSES.items()),
        ("- NOT sent to the peer", not_sent),
        ("  * no acceptable pres.", unroutable),
    ]
    rows += [row for row in below if row[1]]
    return ["Status Summary", "--------------", *(f"{label:{WIDTH}}: {n}" for label, n in rows)]
