"""``--ordered``: each series arrives in its order, on one association."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from peers.fastsend_command import run
from peers.parallel_runs import LOOPBACK, check_complete, check_truth, run_send
from peers.parallel_scp import Ending, ParallelSCP
from peers.study import SERIES, Study

if TYPE_CHECKING:
    from pathlib import Path

    from peers.parallel_scp import Arrival

SERIES_UIDS = [f"{SERIES}.{number}" for number in range(7)]


class Interleaved(Study):
    """Files of several series in turn; `series` has the UIDs of each in the order of the files."""

    def __init__(self, folder: Path, each: int) -> None:
        super().__init__(folder)
        self.series: dict[str, list[str]] = {uid: [] for uid in SERIES_UIDS}
        for _ in range(each):
            for uid in SERIES_UIDS:
                self.series[uid].append(self.add(series=uid))


@pytest.fixture
def study(tmp_path: Path) -> Interleaved:
    return Interleaved(tmp_path / "study", 8)


def arrivals_of(scp: ParallelSCP, instances: list[str]) -> list[Arrival]:
    return [one for one in scp.arrivals if one.sop_instance_uid in instances]


def uneven() -> float:
    return random.random() * 0.03


@pytest.mark.parametrize("window", [1, 4])
def test_each_series_on_one_association_in_its_order(window: int, study: Interleaved) -> None:
    with ParallelSCP(delay=lambda _: uneven(), window=8) as scp:
        done = run_send(
            scp.port, study, associations=4, ordered=True, async_window=window
        )  # fmt: skip
    check_complete(done, scp, study)
    for instances in study.series.values():
        came = arrivals_of(scp, instances)
        assert [one.sop_instance_uid for one in came] == instances
        assert len({one.association for one in came}) == 1
    assert scp.most_at_once == 4


def test_without_it_series_are_spread(study: Interleaved) -> None:
    with ParallelSCP(delay=lambda _: uneven()) as scp:
        done = run_send(scp.port, study, associations=4)
    check_complete(done, scp, study)
    shares = [{one.association for one in arrivals_of(scp, uids)} for uids in study.series.values()]
    assert any(len(share) > 1 for share in shares)


def test_the_command(study: Interleaved) -> None:
    with ParallelSCP(delay=lambda _: uneven()) as scp:
        finished = run("--ordered", "--associations", "3", LOOPBACK, str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    for instances in study.series.values():
        came = arrivals_of(scp, instances)
        assert [one.sop_instance_uid for one in came] == instances
        assert len({one.association for one in came}) == 1


@pytest.mark.parametrize("associations", [1, None])
def test_one_association_and_automatic(associations: int | None, study: Interleaved) -> None:
    with ParallelSCP(delay=0.005) as scp:
        done = run_send(scp.port, study, associations=associations, ordered=True)
    check_complete(done, scp, study)
    for instances in study.series.values():
        assert [one.sop_instance_uid for one in arrivals_of(scp, instances)] == instances


def test_the_rest_of_a_series_keeps_its_order_behind_a_lost_association(
    study: Interleaved,
) -> None:
    ending = Ending("reset", 5, whole=True)
    with ParallelSCP(delay=lambda _: uneven(), endings={2: ending}) as scp:
        done = run_send(scp.port, study, associations=3, ordered=True, halt=False)
    check_truth(done, scp, study)
    for instances in study.series.values():
        came = [one.sop_instance_uid for one in arrivals_of(scp, instances)]
        # What was on its way may come again.
        assert list(dict.fromkeys(came)) == instances
        assert [instances.index(uid) for uid in came] == sorted(map(instances.index, came))


def test_repeats_stay_beside_their_instance(study: Interleaved) -> None:
    with ParallelSCP(delay=0.002) as scp:
        done = run_send(scp.port, study, associations=4, ordered=True, repeat=2)
    assert done.exit_code == 0
    for instances in study.series.values():
        came = [one.sop_instance_uid for one in arrivals_of(scp, instances)]
        assert came == [uid for uid in instances for _ in range(2)]
