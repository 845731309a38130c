"""Associations that are lost while others go on: each instance is reported once, and truly."""

from __future__ import annotations

import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from descriptors import DESCRIPTORS, count_descriptors
from fastsend.model.result import Outcome
from peers.fastsend_command import Command
from peers.parallel_runs import LOOPBACK, check_complete, check_truth, run_send
from peers.parallel_scp import Ending, ParallelSCP
from peers.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peers.parallel_runs import Run

MEGABYTES = 1 << 20


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study")


def stored(run: Run) -> set[str]:
    return {one.sop_instance_uid for one in run.report.results if one.stored}


@pytest.mark.parametrize("halt", [True, False])
@pytest.mark.parametrize("kind", ["abort", "close", "reset", "release"])
def test_the_instance_of_an_extra_one_that_is_lost_goes_to_another(
    kind: Any, halt: bool, study: Study
) -> None:
    # More than the buffers of both sides take: what is lost is lost in the middle.
    for _ in range(16):
        study.add(pixel_bytes=12 * MEGABYTES)
    ending = Ending(kind, 1)
    with ParallelSCP(
        endings={2: ending}, delay=0.02, max_pdu_length=1 << 17, receive_buffer_bytes=1 << 16
    ) as scp:
        run = run_send(scp.port, study, associations=3, halt=halt)
    check_truth(run, scp, study)
    assert run.exit_code == 0, run.report
    assert stored(run) == set(study.data_sets)
    assert {one.sop_instance_uid for one in scp.arrivals} == set(study.data_sets)
    if kind != "release":  # then the instance may be completed, without an answer
        assert len(scp.arrivals) == 16


@pytest.mark.parametrize("halt", [True, False])
@pytest.mark.parametrize("kind", ["abort", "close", "reset", "release", "stall"])
def test_an_extra_one_that_is_lost_before_its_answer(kind: Any, halt: bool, study: Study) -> None:
    for _ in range(60):
        study.add()
    with ParallelSCP(endings={2: Ending(kind, 3, whole=True)}, delay=0.02) as scp:
        run = run_send(scp.port, study, associations=4, halt=halt, dimse_timeout=2.0)
    check_truth(run, scp, study)
    # It came whole: sent again or told as unknown, and nothing else suffers.
    (lost,) = {one.sop_instance_uid for one in unanswered(scp)}
    assert stored(run) >= set(study.data_sets) - {lost}
    arrived = Counter(one.sop_instance_uid for one in scp.arrivals)
    assert set(arrived) == set(study.data_sets)
    assert {uid for uid, count in arrived.items() if count > 1} <= {lost}
    # Where it was the last one that went on, it may have ended a run that halts.
    codes = (0,) if lost in stored(run) else (66, 62) if halt else (66,)
    assert run.exit_code in codes


def unanswered(scp: ParallelSCP) -> list[Any]:
    answers = set(scp.answers)
    return [one for one in scp.arrivals if (one.association, one.message_id) not in answers]


@pytest.mark.parametrize("kind", ["abort", "reset"])
def test_the_last_one_lost_ends_a_run_that_halts(kind: Any, study: Study) -> None:
    for _ in range(60):
        study.add()
    endings = {number: Ending(kind, 2 * number, whole=True) for number in (1, 2, 3)}

    def status(_: object) -> int:
        if len(scp.established) == 3:
            scp.most = 0  # nothing comes in the place of what is lost
        return 0

    with ParallelSCP(endings=endings, delay=0.02, status=status) as scp:
        run = run_send(scp.port, study, associations=3)
    check_truth(run, scp, study)
    assert run.report.error is not None
    assert run.exit_code == 62
    assert 0 < len(stored(run)) < 60


@pytest.mark.parametrize("kind", ["abort", "reset"])
def test_without_halt_a_run_goes_on_behind_the_last_one(kind: Any, study: Study) -> None:
    for _ in range(60):
        study.add()
    endings = {number: Ending(kind, 2 * number, whole=True) for number in (1, 2, 3)}
    with ParallelSCP(endings=endings, delay=0.02) as scp:
        run = run_send(scp.port, study, associations=3, halt=False)
    check_truth(run, scp, study)
    assert run.report.error is None
    lost = {one.sop_instance_uid for one in unanswered(scp)}
    assert stored(run) >= set(study.data_sets) - lost
    assert run.exit_code == (0 if len(stored(run)) == 60 else 66)


@pytest.mark.parametrize("halt", [True, False])
def test_all_lost_at_once(halt: bool, study: Study) -> None:
    for _ in range(80):
        study.add()
    with ParallelSCP(delay=0.03) as scp:

        def drop() -> None:
            scp.wait_until(lambda: len(scp.arrivals) >= 20 and scp.at_once() == 4)
            scp.drop_all()

        run = run_send(scp.port, study, associations=4, halt=halt, meanwhile=drop)
    answered = {one.sop_instance_uid for one in run.report.results if one.outcome == 1}
    # An answer may have been given and not have arrived.
    names = {(one.association, one.message_id): one.sop_instance_uid for one in scp.arrivals}
    given = {names[one] for one in scp.answers}
    assert answered <= given
    assert len(given - answered) <= 4
    assert [one.sop_instance_uid for one in run.report.results] == list(study.data_sets)
    if halt:
        assert run.exit_code == 62
        assert Outcome.PENDING in {one.outcome for one in run.report.results}
    else:
        assert run.exit_code in (0, 66)
        assert len(stored(run)) >= 76


def unlinks(path: Path) -> Callable[[object], int]:
    """A status for each instance, with which a file goes away."""

    def status(_: object) -> int:
        path.unlink(missing_ok=True)
        return 0

    return status


def test_a_file_that_is_gone_costs_its_instance_only(study: Study) -> None:
    for _ in range(40):
        study.add()
    gone = study.paths[20]
    with ParallelSCP(delay=0.02, status=unlinks(gone)) as scp:
        run = run_send(scp.port, study, associations=4, halt=False)
    assert run.exit_code == 66
    check_truth(run, scp, study)
    (lost,) = (one for one in run.report.results if not one.stored)
    assert (lost.path, lost.outcome) == (str(gone), Outcome.NOT_SENT)
    assert len(scp.arrivals) == 39


def test_a_file_that_is_gone_ends_a_run_that_halts(study: Study) -> None:
    for _ in range(200):
        study.add()
    gone = study.paths[20]
    with ParallelSCP(delay=0.02, status=unlinks(gone)) as scp:
        run = run_send(scp.port, study, associations=4)
        ended = scp.finished(0)
    assert run.exit_code == 62
    check_truth(run, scp, study)
    assert len(scp.arrivals) < 60
    assert str(gone) in str(run.report.error)
    assert {one.ended for one in ended} <= {"released", "aborted"}


def test_a_signal_while_extra_ones_get_no_answer(study: Study) -> None:
    for _ in range(40):
        study.add()

    def delay(_: int) -> float:
        return 60.0 if len(scp.arrivals) > 4 else 0.02

    with ParallelSCP(most=1, away="silent", delay=delay) as scp:
        command = Command("--associations", "4", LOOPBACK, str(scp.port), study.folder)
        scp.wait_until(lambda: len(scp.arrivals) == 5 and scp.turned_away > 0)
        command.signal(signal.SIGINT)
        finished = command.finish(timeout=10)
    assert finished.exit_code == 130
    assert finished.headline.startswith("Interrupted: stored 4 of 40 instances")


def test_descriptors_are_not_left_open(study: Study) -> None:
    """Run after run, each with associations that are lost or turned away."""
    if not DESCRIPTORS.is_dir():
        pytest.skip("this system does not tell")
    for _ in range(12):
        study.add()

    def descriptors_after_a_run() -> int:
        with ParallelSCP(most=2, endings={2: Ending("reset", 2)}, delay=0.01) as scp:
            run_send(scp.port, study, associations=4, halt=False)
        return count_descriptors()

    descriptors_after_a_run()  # what is opened once
    first = descriptors_after_a_run()
    assert max(descriptors_after_a_run() for _ in range(3)) <= first


def test_nothing_lost_among_many_ends(study: Study) -> None:
    """Every association ends after a few instances, for as long as there are any."""
    for _ in range(100):
        study.add()
    endings = {number: Ending("release", 4 + number % 3, whole=True) for number in range(1, 60)}
    with ParallelSCP(endings=endings, delay=0.005) as scp:
        run = run_send(scp.port, study, associations=4, halt=False)
    check_truth(run, scp, study)
    assert {one.sop_instance_uid for one in scp.arrivals} == set(study.data_sets)
    lost = {one.sop_instance_uid for one in unanswered(scp)}
    assert stored(run) >= set(study.data_sets) - lost


def test_it_is_complete_without_faults(study: Study) -> None:
    """The measure of the tests above."""
    for _ in range(60):
        study.add()
    with ParallelSCP(delay=0.02) as scp:
        run = run_send(scp.port, study, associations=4)
    check_complete(run, scp, study)
