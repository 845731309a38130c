"""The asynchronous operations window: asked for, granted, used, and answered in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastsend.errors import PeerProtocolError
from peers.parallel_runs import check_complete, check_truth, run_send
from peers.parallel_scp import Ending, ParallelSCP
from peers.study import CT, MR, Study

if TYPE_CHECKING:
    from pathlib import Path

    from peers.parallel_scp import Order
    from peers.scp_records import Store


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = Study(tmp_path / "study")
    for number in range(40):
        made.add(sop_class=(CT, MR)[number % 2], pixel_bytes=1000 + 5000 * (number % 5))
    return made


def proposed(scp: ParallelSCP) -> set[tuple[int, int] | None]:
    return {one.request.asynchronous_operations_window for one in scp.associations if one.request}


@pytest.mark.parametrize("order", ["arrival", "reversed", "shuffled"])
@pytest.mark.parametrize("window", [2, 8, 16])
def test_responses_in_any_order(order: Order, window: int, study: Study) -> None:
    statuses = {uid: 0xB000 * (n % 3 == 0) for n, uid in enumerate(study.data_sets)}
    with ParallelSCP(
        window=window,
        order=order,
        seed=window,
        hold_seconds=0.3,
        delay=0.002,
        status=lambda store: statuses[store.sop_instance_uid],
    ) as scp:
        run = run_send(scp.port, study, associations=1, async_window=window)
        (association,) = scp.finished(1)
    check_complete(run, scp, study)
    assert association.ended == "released"
    assert {one.sop_instance_uid: one.status for one in run.report.results} == statuses
    # The SCP fails the test where there are more.
    assert max(one.outstanding for one in scp.arrivals) == window
    (asked,) = proposed(scp)
    assert asked is not None
    assert asked[0] == window
    assert asked[1] >= 1


def test_it_is_not_proposed_unless_asked_for(study: Study) -> None:
    with ParallelSCP(window=8) as scp:
        run = run_send(scp.port, study, associations=2)
    check_complete(run, scp, study)
    assert proposed(scp) == {None}
    assert {one.outstanding for one in scp.arrivals} == {1}


@pytest.mark.parametrize(
    ("answer", "most"), [(None, 1), (1, 1), (3, 3), ((0, 0), 8), ((0, 1), 8), ((100, 100), 8)]
)
def test_what_is_answered_is_used(
    answer: int | tuple[int, int] | None, most: int, study: Study
) -> None:
    with ParallelSCP(window=answer, order="reversed", hold_seconds=0.3) as scp:
        run = run_send(scp.port, study, associations=1, async_window=8)
    check_complete(run, scp, study)
    assert max(one.outstanding for one in scp.arrivals) == most


def test_with_several_associations(study: Study) -> None:
    with ParallelSCP(window=4, order="shuffled", delay=0.02) as scp:
        run = run_send(scp.port, study, associations=3, async_window=4)
    check_complete(run, scp, study)
    assert scp.most_at_once == 3
    assert max(one.outstanding for one in scp.arrivals) > 1


def test_refused_statuses_belong_to_their_instances(study: Study) -> None:
    statuses = {uid: (0, 0xA700, 0xC123)[n % 3] for n, uid in enumerate(study.data_sets)}
    with ParallelSCP(
        window=8, order="shuffled", status=lambda store: statuses[store.sop_instance_uid]
    ) as scp:
        run = run_send(scp.port, study, associations=1, async_window=8)
    check_truth(run, scp, study)
    assert {one.sop_instance_uid: one.status for one in run.report.results} == statuses
    assert run.exit_code == 66


def wrong(message_id: int | None, *, twice: bool = False) -> Any:
    """Return what answers the tenth instance wrongly, and is right for the others."""

    def respond(store: Store) -> bytes:
        if store.number != 10:
            return store.response()
        return store.response(message_id=message_id) * (1 + twice)

    return respond


@pytest.mark.parametrize("halt", [True, False])
@pytest.mark.parametrize(
    "respond", [wrong(60_000), wrong(None, twice=True)], ids=["unknown", "twice"]
)
def test_a_message_id_that_nobody_waits_for(respond: Any, halt: bool, study: Study) -> None:
    with ParallelSCP(window=4, respond=respond, delay=0.01) as scp:
        run = run_send(scp.port, study, associations=1, async_window=4, halt=halt)
        ended = scp.finished(1)
    assert ended[0].ended == "aborted"
    results = {one.sop_instance_uid: one for one in run.report.results}
    assert list(results) == list(study.data_sets)
    first = [one for one in scp.arrivals if one.association == 1]
    for one in first[:9]:
        assert results[one.sop_instance_uid].stored
    came = {one.sop_instance_uid for one in scp.arrivals}
    assert {uid for uid, result in results.items() if result.stored} <= came
    if halt:
        assert isinstance(run.report.error, PeerProtocolError)
        assert run.exit_code == 62
        assert len(scp.established) == 1
        # The answer that came twice counts, the one to nobody does not.
        assert sum(result.stored for result in results.values()) in (9, 10)


@pytest.mark.parametrize("kind", ["abort", "reset", "close"])
def test_all_that_were_outstanding_are_told(kind: Any, study: Study) -> None:
    ending = Ending(kind, 12, whole=True, answer_first=False)
    with ParallelSCP(window=8, order="reversed", hold_seconds=2.0, endings={1: ending}) as scp:
        run = run_send(scp.port, study, associations=1, async_window=8)
    assert run.exit_code == 62
    check_truth(run, scp, study)
    # At the end of the thirteenth no more than eight can be outstanding, and it is one of them.
    assert 5 <= sum(one.stored for one in run.report.results) <= 8


def test_message_ids_beyond_65535(tmp_path: Path) -> None:
    study = Study(tmp_path / "tiny")
    study.add(pixel_bytes=0)
    repeat = 66_000
    with ParallelSCP(window=64, keep_stores=False, max_pdu_length=1 << 17) as scp:
        run = run_send(scp.port, study, associations=1, async_window=64, repeat=repeat)
        (association,) = scp.finished(1)
    assert run.exit_code == 0
    assert association.ended == "released"
    assert len(scp.arrivals) == repeat
    ids = [one.message_id for one in scp.arrivals]
    # The SCP fails the test where one is used that is outstanding.
    assert set(ids) >= set(range(1, 65536))
    assert max(ids) == 65535
