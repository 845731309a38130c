"""Several associations at once: how many there are, what each carries, what they cost the user."""

from __future__ import annotations

import itertools
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from peers.certificates import Authority
from peers.fastsend_command import Command, run
from peers.parallel_runs import LOOPBACK, check_complete, check_truth, run_send
from peers.parallel_scp import ParallelSCP
from peers.study import CT, MR, Study
from peers.tls_front import TLSFront

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peers.parallel_scp import Away
    from peers.pdu_bytes import ProposedContext
    from peers.storescp import StoreSCP


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study")


def add(study: Study, count: int, *, pixel_bytes: int = 3000) -> None:
    """Add instances of two SOP classes."""
    for number in range(count):
        study.add(sop_class=(CT, MR)[number % 2], pixel_bytes=pixel_bytes + 100 * (number % 7))


@pytest.mark.parametrize("associations", [2, 4, 8])
def test_as_many_as_asked_for(associations: int, study: Study) -> None:
    add(study, 10 * associations)
    with ParallelSCP(delay=0.05) as scp:
        done = run_send(scp.port, study, associations=associations)
        ended = scp.finished(associations)
    check_complete(done, scp, study)
    assert scp.most_at_once == len(scp.established) == done.report.associations == associations
    assert {one.ended for one in ended} == {"released"}
    # The same contexts on each, and something to carry.
    requests = [one.request for one in ended]
    assert len({request.contexts for request in requests if request}) == 1
    assert {one.association for one in scp.arrivals} == {*range(1, associations + 1)}
    assert {one.outstanding for one in scp.arrivals} == {1}
    carried = {result.association for result in done.report.results}
    assert carried == {*range(1, associations + 1)}


def test_one_is_one(study: Study) -> None:
    add(study, 12)
    with ParallelSCP(delay=0.02) as scp:
        done = run_send(scp.port, study, associations=1)
    check_complete(done, scp, study)
    assert len(scp.associations) == 1
    assert [one.sop_instance_uid for one in scp.arrivals] == list(study.data_sets)


def test_more_associations_than_instances(study: Study) -> None:
    add(study, 3)
    with ParallelSCP(delay=0.02) as scp:
        done = run_send(scp.port, study, associations=16)
        ended = scp.finished(0)
    check_complete(done, scp, study)
    assert {one.ended for one in ended} == {"released"}


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("away", ["reject", "refuse", "close", "silent", "abort"])
def test_a_peer_that_allows_few_gets_few_quietly(most: int, away: Away, study: Study) -> None:
    add(study, 40)
    with ParallelSCP(most=most, away=away, delay=0.02) as scp:
        # The limit is below the ACSE timeout: nobody waits for an extra one that gets no answer.
        finished = run(
            "--associations", "4", LOOPBACK, str(scp.port), study.folder, timeout=25
        )  # fmt: skip
    assert finished.exit_code == 0, finished
    assert finished.stderr == ""
    assert finished.headline.startswith("Stored all 40 instances at")
    assert scp.most_at_once == most
    assert sorted(one.sop_instance_uid for one in scp.arrivals) == sorted(study.data_sets)


@pytest.mark.parametrize("away", ["reject", "refuse", "close", "silent", "abort"])
def test_automatic_to_a_peer_that_allows_one(away: Away, study: Study) -> None:
    add(study, 100)
    with ParallelSCP(most=1, away=away, delay=0.02) as scp:
        finished = run(LOOPBACK, str(scp.port), study.folder, timeout=25)
    assert finished.exit_code == 0, finished
    assert finished.stderr == ""
    assert scp.most_at_once == 1
    assert sorted(one.sop_instance_uid for one in scp.arrivals) == sorted(study.data_sets)


def test_automatic_to_a_peer_that_takes_its_time_with_each_instance(study: Study) -> None:
    add(study, 300)
    with ParallelSCP(delay=0.03) as scp:
        done = run_send(scp.port, study, associations=None)
    check_complete(done, scp, study)
    assert scp.most_at_once in (2, 4)


def test_automatic_to_a_server_of_dcmtk(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be dcmqrscp, which loses what comes on two associations at once; see `crew`."""
    monkeypatch.setattr("peers.pdu_bytes.IMPLEMENTATION_CLASS_UID", b"1.2.276.0.7230010.3.0.3.6.7")
    add(study, 100)
    with ParallelSCP(delay=0.03) as scp:
        done = run_send(scp.port, study, associations=None)
    check_complete(done, scp, study)
    assert len(scp.established) == 1
    with ParallelSCP(delay=0.03) as scp:
        done = run_send(scp.port, study, associations=3)
    check_complete(done, scp, study)
    assert scp.most_at_once == 3


def test_automatic_to_a_peer_that_slows_down(study: Study) -> None:
    add(study, 200)
    with ParallelSCP(delay=lambda associations: 0.02 * associations**2) as scp:
        done = run_send(scp.port, study, associations=None)
    check_complete(done, scp, study)
    beside_another = [one for one in scp.arrivals if one.at_once > 1]
    assert len(beside_another) < 150


@pytest.mark.parametrize(("abort", "ended"), [(False, "released"), (True, "aborted")])
def test_an_extra_one_with_other_contexts_is_not_used(
    abort: bool, ended: str, study: Study
) -> None:
    add(study, 40)
    proposed: list[ProposedContext] = []

    def accept(context: ProposedContext) -> str | int:
        proposed.append(context)
        first = len(proposed) <= len({one.context_id for one in proposed})
        return context.transfer_syntaxes[0] if first or context.abstract_syntax == CT else 3

    with ParallelSCP(accept=accept, delay=0.02) as scp:
        done = run_send(scp.port, study, associations=3, abort=abort)
    check_complete(done, scp, study)
    assert {one.ended for one in scp.associations} == {ended}
    refused_one = {one.number for one in scp.associations if len(one.accepted) == 1}
    assert {one.association for one in scp.arrivals}.isdisjoint(refused_one)


def test_statuses_belong_to_their_instances(study: Study) -> None:
    add(study, 60)
    statuses = {uid: (0, 0xA700, 0xB000, 0xC123)[n % 4] for n, uid in enumerate(study.data_sets)}
    with ParallelSCP(delay=0.01, status=lambda store: statuses[store.sop_instance_uid]) as scp:
        done = run_send(scp.port, study, associations=4)
    assert done.exit_code == 66
    check_truth(done, scp, study)
    assert {one.sop_instance_uid: one.status for one in done.report.results} == statuses


@pytest.mark.parametrize("repeat", [1, 3])
def test_repeats(repeat: int, study: Study) -> None:
    add(study, 9)
    with ParallelSCP(delay=0.01) as scp:
        done = run_send(scp.port, study, associations=3, repeat=repeat)
    assert done.exit_code == 0
    arrived = sorted(one.sop_instance_uid for one in scp.arrivals)
    assert arrived == sorted([*study.data_sets] * repeat)


@pytest.mark.peer
def test_storescp_with_a_process_each(study: Study, storescp: Callable[..., StoreSCP]) -> None:
    add(study, 24, pixel_bytes=50_000)
    scp = storescp("+xa", "+B", "--fork")
    finished = run("--associations", "4", LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    assert {one.sop_instance_uid: one.data_set for one in scp.received()} == study.data_sets


@pytest.mark.peer
def test_storescp_that_takes_one_after_the_other(
    study: Study, storescp: Callable[..., StoreSCP]
) -> None:
    """It accepts the next connection when the association before has ended."""
    add(study, 24, pixel_bytes=50_000)
    scp = storescp("+xa", "+B")
    finished = run("--associations", "4", LOOPBACK, str(scp.port), study.folder, timeout=25)
    assert finished.exit_code == 0, finished
    assert finished.stderr == ""
    assert {one.sop_instance_uid: one.data_set for one in scp.received()} == study.data_sets


def test_a_limit_is_that_of_all_together(study: Study) -> None:
    add(study, 40, pixel_bytes=100_000)
    rate = 4_000_000
    with ParallelSCP() as scp:
        done = run_send(scp.port, study, associations=4, limit=float(rate))
    check_complete(done, scp, study)
    sent = sum(one.data_set_length for one in scp.arrivals)
    assert done.report.transfer_seconds > 0.9 * sent / rate


def test_a_signal_with_eight_associations(study: Study) -> None:
    add(study, 100)

    asked = itertools.count()

    def delay(_: int) -> float:
        return 0.02 if next(asked) < 40 else 60.0

    with ParallelSCP(delay=delay) as scp:
        command = Command("--associations", "8", LOOPBACK, str(scp.port), study.folder)
        scp.wait_until(lambda: len(scp.arrivals) == 48 and len(scp.answers) == 40)
        command.signal(signal.SIGINT)
        pressed = time.monotonic()
        finished = command.finish()
        seconds = time.monotonic() - pressed
        ended = scp.finished(8)
    assert finished.exit_code == 130, finished
    assert seconds < 2
    assert [one.ended for one in ended] == ["aborted"] * 8
    stored = len(scp.answers)
    assert finished.headline.startswith(f"Interrupted: stored {stored} of 100 instances")
    assert re.search(r"^- no answer, stored or not +8$", finished.stdout, re.MULTILINE)
    assert re.search(rf"^- not tried +{92 - stored}$", finished.stdout, re.MULTILINE)


def test_secure_connections(study: Study, tmp_path: Path) -> None:
    add(study, 40, pixel_bytes=100_000)
    authority = Authority(tmp_path / "ca")
    with (
        ParallelSCP(delay=0.02) as scp,
        TLSFront(scp.port, authority.issue("server"), authority.certificate) as front,
    ):
        options = (*authority.issue("client", "client").options, "+cf", authority.certificate)
        finished = run(*options, "--associations", "4", "localhost", str(front.port), study.folder)
        ended = scp.finished(4)
    assert finished.exit_code == 0, finished
    assert {one.sop_instance_uid: one.data_set_sha256 for one in scp.arrivals} == study.digests()
    assert len(scp.arrivals) == 40
    assert scp.most_at_once == 4
    assert front.clean_ends == 4
    assert {one.ended for one in ended} == {"released"}
