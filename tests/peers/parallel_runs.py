"""Runs of several associations to a `ParallelSCP`, and whether their reports are true."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from fastsend.model.options import SendOptions
from fastsend.model.report import exit_code
from fastsend.model.result import Outcome
from fastsend.sender import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.model.report import SendReport
    from fastsend.model.result import StoreResult
    from peers.parallel_scp import ParallelSCP
    from peers.study import Study

LOOPBACK = "127.0.0.1"
LIMIT_SECONDS = 30
"""A run that takes longer hangs; nothing is measured by it."""


class Told:
    """An observer that keeps what it is told."""

    wants_results = True

    def __init__(self) -> None:
        self.results: list[StoreResult] = []
        self.warnings: list[str] = []

    def result(self, result: StoreResult) -> None:
        self.results.append(result)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Run(NamedTuple):
    report: SendReport
    told: Told

    @property
    def exit_code(self) -> int:
        return exit_code(self.report)


def options_for(port: int, study: Study, **changes: Any) -> SendOptions:
    options = SendOptions(LOOPBACK, port, (os.fspath(study.folder),))
    return options._replace(acse_timeout=10.0, dimse_timeout=20.0)._replace(**changes)


def run_send(
    port: int, study: Study, *, meanwhile: Callable[[], object] | None = None, **changes: Any
) -> Run:
    """Send a study; `meanwhile` is called while that goes on.

    Raises
    ------
    TimeoutError
        Where it hangs.
    """
    told, reports = Told(), []
    options = options_for(port, study, **changes)
    sender = threading.Thread(
        target=lambda: reports.append(send(options, observer=told)), daemon=True
    )
    sender.start()
    if meanwhile is not None:
        meanwhile()
    sender.join(LIMIT_SECONDS)
    if sender.is_alive():
        raise TimeoutError("the run does not end")
    return Run(reports[0], told)


def check_truth(run: Run, scp: ParallelSCP, study: Study) -> None:
    """Compare a report with what came, and with what was answered to it."""
    report = run.report
    digests = study.digests()
    for one in scp.arrivals:
        assert one.data_set_sha256 == digests[one.sop_instance_uid]
    names = {(one.association, one.message_id): one.sop_instance_uid for one in scp.arrivals}
    assert len(names) == len(scp.arrivals), "a Message ID came twice on an association"
    answered = {names[one] for one in scp.answers}
    complete = {*names.values()}
    ended_early = {one.number for one in scp.associations if one.ended != "released"}
    assert [result.sop_instance_uid for result in report.results] == list(digests)
    for result in report.results:
        uid = result.sop_instance_uid
        if result.outcome is Outcome.ANSWERED:
            assert uid in answered, result
        elif uid in answered:
            # The answer was lost with the connection.
            assert result.outcome is Outcome.UNKNOWN, result
            assert any(
                one.association in ended_early
                for one in scp.arrivals
                if one.sop_instance_uid == uid
            )
        assert (result.error is None) == result.stored, result
        if result.outcome in (Outcome.NOT_SENT, Outcome.PENDING):
            assert uid not in complete, result
    assert report.counts == Counter(
        (one.outcome, one.status if one.outcome is Outcome.ANSWERED else None)
        for one in report.results
    )
    # Told once each, and in order; of those that were never tried nothing need be told.
    tried = [one for one in report.results if one.outcome is not Outcome.PENDING]
    told = [one for one in run.told.results if one.outcome is not Outcome.PENDING]
    assert told == tried


def check_complete(run: Run, scp: ParallelSCP, study: Study) -> None:
    """Check that everything came once, was stored, and is reported so, without any warning."""
    assert run.exit_code == 0, run.report
    assert Counter(one.sop_instance_uid for one in scp.arrivals) == Counter(list(study.data_sets))
    check_truth(run, scp, study)
    assert [result.stored for result in run.report.results] == [True] * len(study.data_sets)
    assert run.told.warnings == [], run.told.warnings
