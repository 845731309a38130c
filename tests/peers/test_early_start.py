"""Sending that begins while the scan goes on: what comes is found out folder by folder."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from fastsend._native import part10
from fastsend.errors import InvalidInputFileError
from fastsend.model.result import Outcome
from fastsend.scan import scan
from fastsend.sender import early_start
from fastsend.sender import run as run_module
from peers.image_files import ImageLayout, encode_image, rle_of, write_image
from peers.parallel_runs import Told, check_complete, check_truth, options_for, run_send
from peers.parallel_scp import ParallelSCP
from peers.recording_scp import accept_only, refuse
from peers.study import CT, EXPLICIT, IMPLICIT, MR, RLE, Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peers.pdu_bytes import ProposedContext

LIMIT_SECONDS = 20
"""Of a wait for something that comes at once."""
US = "1.2.840.10008.5.1.4.1.1.6.1"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study")


class SlowScan:
    """A scan that stops where it has found so many rows, until a test lets it go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stops: dict[int, Callable[[], object]] = {}
        self.is_over = False
        self.reached: list[int] = []
        monkeypatch.setattr(early_start, "EARLY_SECONDS", 0.0)
        monkeypatch.setattr(early_start, "_PUBLISH_SECONDS", 0.0)
        monkeypatch.setattr(run_module, "scan", self._scan)

    def at(self, rows: int, then: Callable[[], object]) -> None:
        """Call `then`, which may wait, when the first `rows` rows are found and published."""
        self._stops[rows] = then

    def _scan(self, options: Any, table: Any, warn: Any, tick: Any, ended_early: Any) -> Any:
        def slow_tick() -> None:
            tick()
            then = self._stops.pop(len(table), None)
            if then is not None:
                self.reached.append(len(table))
                then()

        report = scan(options, table, warn, slow_tick, ended_early)
        assert not self._stops, "the scan did not stop where it should have"
        self.is_over = True
        return report


@pytest.fixture
def slow_scan(monkeypatch: pytest.MonkeyPatch) -> SlowScan:
    return SlowScan(monkeypatch)


def add(study: Study, folder: str, count: int, **keywords: Any) -> None:
    for number in range(count):
        study.add(f"{folder}/{number:04}.dcm", **keywords)


def arrived(scp: ParallelSCP, count: int) -> Callable[[], None]:
    """Wait until so many instances have come."""
    return lambda: scp.wait_until(lambda: len(scp.arrivals) >= count, LIMIT_SECONDS)


def abstract_syntaxes(scp: ParallelSCP) -> list[set[str]]:
    requests = [one.request for one in scp.associations]
    return [{one.abstract_syntax for one in request.contexts} for request in requests if request]


@pytest.mark.parametrize("associations", [1, 4, None])
@pytest.mark.parametrize("async_window", [1, 8])
def test_kinds_that_come_later(
    associations: int | None, async_window: int, study: Study, slow_scan: SlowScan
) -> None:
    for folder, sop_class in (("1", CT), ("2", CT), ("3", MR), ("4", CT), ("5", US)):
        add(study, folder, 12, sop_class=sop_class, pixel_bytes=3000)
    with ParallelSCP(window=async_window if async_window > 1 else None) as scp:
        for rows in (12, 24, 36, 48):
            slow_scan.at(rows, arrived(scp, rows))
        run = run_send(scp.port, study, associations=associations, async_window=async_window)
        scp.finished(3)
    check_complete(run, scp, study)
    assert slow_scan.reached == [12, 24, 36, 48]
    # The first knew of nothing but the first kind; what came on it came before the rest was found.
    proposed = abstract_syntaxes(scp)
    assert proposed[0] == {CT}
    assert {MR} in proposed
    assert {US} in proposed
    assert {one.ended for one in scp.associations} == {"released"}


def test_many_kinds_one_by_one(study: Study, slow_scan: SlowScan) -> None:
    count = 40
    for number in range(count):
        add(study, f"{number:02}", 2, sop_class=f"1.2.826.0.1.3680043.10.999.9.{number}")
    with ParallelSCP() as scp:
        for number in range(1, count):
            slow_scan.at(2 * number, arrived(scp, 2 * number))
        run = run_send(scp.port, study)
        scp.finished(count)
    check_complete(run, scp, study)
    assert len(scp.associations) == run.report.associations == count


def test_more_kinds_than_contexts_without_waiting(study: Study, slow_scan: SlowScan) -> None:
    kinds = 150
    add(study, "0", 70)
    for number in range(2 * kinds):
        study.add(f"1/{number:04}.dcm", sop_class=f"1.2.826.0.1.3680043.10.999.9.{number % kinds}")
    with ParallelSCP() as scp:
        slow_scan.at(70, arrived(scp, 70))
        run = run_send(scp.port, study)
    check_complete(run, scp, study)
    assert max(len(one.request.contexts) for one in scp.associations if one.request) <= 128


def test_broken_files_that_come_late(study: Study, slow_scan: SlowScan) -> None:
    add(study, "1", 8)
    add(study, "2", 3)
    whole = study.paths[0].read_bytes()
    (study.folder / "2" / "0001.broken").write_bytes(whole[:200])
    (study.folder / "2" / "note.txt").write_text("not DICOM")
    add(study, "3", 5)
    with ParallelSCP() as scp:
        slow_scan.at(8, arrived(scp, 8))
        slow_scan.at(11, arrived(scp, 11))
        run = run_send(scp.port, study)
    check_truth(run, scp, study)
    assert [one.stored for one in run.report.results] == [True] * 16
    assert [os.path.basename(one.path) for one in run.report.skipped] == [  # noqa: PTH119
        "0001.broken",
        "note.txt",
    ]
    assert run.report.scan_complete
    assert run.exit_code != 0


def deny(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    listed = part10.list_folder

    def list_folder(path: bytes, *rest: Any) -> Any:
        return errno.EACCES if path == os.fsencode(folder) else listed(path, *rest)

    monkeypatch.setattr(part10, "list_folder", list_folder)


@pytest.mark.parametrize("halt", [False, True])
def test_a_folder_that_cannot_be_listed(
    halt: bool, study: Study, slow_scan: SlowScan, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(study, "1", 8)
    (study.folder / "2").mkdir()
    add(study, "3", 5)
    deny(monkeypatch, study.folder / "2")
    with ParallelSCP() as scp:
        slow_scan.at(8, arrived(scp, 8))
        run = run_send(scp.port, study, halt=halt)
    check_truth(run, scp, study)
    assert [one.stored for one in run.report.results] == [True] * 13
    (skipped,) = run.report.skipped
    assert skipped.path == os.fspath(study.folder / "2")
    assert run.exit_code != 0


@pytest.mark.parametrize("halt", [False, True])
def test_a_named_folder_that_cannot_be_listed_any_more(
    halt: bool, study: Study, slow_scan: SlowScan, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(study, "1", 8)
    paths = tuple(os.fspath(study.folder / name) for name in ("1", "2"))
    (study.folder / "2").mkdir()
    deny(monkeypatch, study.folder / "2")

    def stop() -> None:
        arrived(scp, 8)()

    with ParallelSCP() as scp:
        slow_scan.at(8, stop)
        run = run_send(scp.port, study, paths=paths, halt=halt)
    check_truth(run, scp, study)
    assert len(scp.arrivals) == 8
    assert isinstance(run.report.error, InvalidInputFileError) == halt
    assert len(run.report.skipped) == (not halt)
    assert run.exit_code != 0


def test_interrupted_while_the_scan_goes_on(study: Study, slow_scan: SlowScan) -> None:
    add(study, "0", 1)
    (study.folder / "0" / "0001.txt").write_text("not DICOM")
    add(study, "1", 20)
    add(study, "2", 20)

    def interrupt() -> None:
        arrived(scp, 3)()
        raise KeyboardInterrupt

    with ParallelSCP(delay=0.05) as scp:
        slow_scan.at(21, interrupt)
        run = run_send(scp.port, study, associations=1)
        (ended,) = scp.finished(1)
    assert run.exit_code == 130
    assert run.report.interrupted
    assert not run.report.scan_complete
    assert not slow_scan.is_over
    # What was found by then is all that is told of, and what was left out of it, too.
    assert len(run.report.results) == 21
    assert [os.path.basename(one.path) for one in run.report.skipped] == ["0001.txt"]  # noqa: PTH119
    for uid in [*study.data_sets][21:]:
        del study.data_sets[uid]
    check_truth(run, scp, study)
    assert run.report.counts[Outcome.PENDING, None] > 0
    assert ended.ended == "aborted"


def until_the_run_ends(scan: SlowScan, study: Study) -> Callable[[], None]:
    """Let the scan go on for as long as the run lets it."""

    def wait() -> None:
        scan.at(len(study.paths), wait)
        time.sleep(0.01)

    return wait


def test_refused_connections_end_the_scan(study: Study, slow_scan: SlowScan) -> None:
    add(study, "1", 8)
    for number in range(2000):  # each is a tick
        (study.folder / f"2/{number:04}").mkdir(parents=True)
    add(study, "3", 5)
    slow_scan.at(8, until_the_run_ends(slow_scan, _first(study, 8)))
    with ParallelSCP() as scp:
        port = scp.port
    run = run_send(port, study)
    assert run.report.error is not None
    assert "refused" in str(run.report.error)
    assert run.exit_code == run.report.error.exit_code
    assert not slow_scan.is_over
    assert not run.report.scan_complete
    assert run.report.counts == {(Outcome.PENDING, None): 8}


def _first(study: Study, count: int) -> Study:
    part = Study(study.folder)
    part.paths = study.paths[:count]
    return part


def test_nothing_accepted_while_the_scan_goes_on(study: Study, slow_scan: SlowScan) -> None:
    for folder in "1", "2":
        add(study, folder, 6)
    with ParallelSCP(accept=refuse()) as scp:
        slow_scan.at(6, lambda: scp.finished(1, LIMIT_SECONDS))
        run = run_send(scp.port, study)
    check_truth(run, scp, study)
    assert run.report.counts == {(Outcome.NOT_SENT, None): 12}
    # They are of one kind, which was asked for once.
    assert len(scp.associations) == 1
    assert run.exit_code != 0


def test_what_is_accepted_does_not_wait_for_the_end_of_the_scan(
    study: Study, slow_scan: SlowScan
) -> None:
    def only_mr(context: ProposedContext) -> str | int:
        return context.transfer_syntaxes[0] if context.abstract_syntax == MR else 3

    add(study, "1", 6)
    add(study, "2", 6)
    add(study, "3", 6, sop_class=MR)
    add(study, "4", 6)
    with ParallelSCP(accept=only_mr) as scp:
        slow_scan.at(6, lambda: scp.finished(1, LIMIT_SECONDS))
        slow_scan.at(18, arrived(scp, 6))
        run = run_send(scp.port, study)
    check_truth(run, scp, study)
    stored = [one.stored for one in run.report.results]
    assert stored == [False] * 12 + [True] * 6 + [False] * 6


LAYOUT = ImageLayout(rows=32, columns=32)


def add_images(study: Study, folder: str, count: int, syntax: str) -> None:
    for number in range(count):
        uid = f"1.2.826.0.1.3680043.10.999.5.{len(study.paths)}"
        pixels = bytes((n * (number + 3)) % 16 if n % 2 else n % 251 for n in range(32 * 32 * 2))
        keywords: dict[str, Any] = (
            {"codestreams": [rle_of(pixels)]} if syntax == RLE else {"native": pixels}
        )
        data_set = encode_image(uid, LAYOUT, **keywords)
        path = study.folder / folder / f"{number:04}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        study.paths.append(write_image(path, data_set, uid, syntax))
        study.data_sets[uid] = data_set


def test_conversions_for_kinds_that_come_late(study: Study, tmp_path: Path) -> None:
    add_images(study, "1", 6, EXPLICIT)
    add_images(study, "2", 6, RLE)
    add_images(study, "3", 6, EXPLICIT)
    with ParallelSCP(accept=accept_only(IMPLICIT)) as scp:
        known = run_send(scp.port, study)
    wanted = {one.sop_instance_uid: one.data_set_sha256 for one in scp.arrivals}
    with pytest.MonkeyPatch.context() as monkeypatch:
        slow_scan = SlowScan(monkeypatch)
        with ParallelSCP(accept=accept_only(IMPLICIT)) as scp:
            slow_scan.at(6, arrived(scp, 6))
            slow_scan.at(12, arrived(scp, 12))
            run = run_send(scp.port, study)
    assert known.exit_code == run.exit_code == 0
    assert len(wanted) == len(scp.arrivals) == 18
    assert {one.sop_instance_uid: one.data_set_sha256 for one in scp.arrivals} == wanted
    assert run.report.conversions == {(EXPLICIT, IMPLICIT): 12, (RLE, IMPLICIT): 6}


def test_what_an_observer_is_told(study: Study, slow_scan: SlowScan) -> None:
    class Teller(Told):
        def __init__(self) -> None:
            super().__init__()
            self.said: list[tuple[str, int, int]] = []

        def scanned(self, instances: int, data_set_bytes: int, _skipped: int) -> None:
            self.said.append(("scanned", instances, data_set_bytes))

        def progress(self, instances: int, data_set_bytes: int) -> None:
            self.said.append(("progress", instances, data_set_bytes))

    add(study, "1", 8)
    add(study, "2", 5, sop_class=MR)
    told = Teller()
    with ParallelSCP() as scp:
        slow_scan.at(8, arrived(scp, 8))
        report = run_module.send(options_for(scp.port, study), observer=told)
    total = sum(map(len, study.data_sets.values()))
    assert [one[1:] for one in told.said if one[0] == "scanned"] == [(13, total)]
    progress = [one[1:] for one in told.said if one[0] == "progress"]
    assert progress == sorted(progress)
    assert progress[-1] == (13, total)
    assert told.results == list(report.results)


def test_an_exception_of_an_observer_ends_the_transfer(study: Study, slow_scan: SlowScan) -> None:
    class BrokenError(Exception):
        pass

    def fail() -> None:
        arrived(scp, 2)()
        raise BrokenError

    add(study, "1", 20)
    add(study, "2", 5)
    with ParallelSCP(delay=0.02) as scp:
        slow_scan.at(20, fail)
        with pytest.raises(BrokenError):
            run_module.send(options_for(scp.port, study))
        (ended,) = scp.finished(1)
    assert ended.ended == "aborted"


@pytest.mark.parametrize(
    "changes",
    [
        {"compat": "dcmsend", "scan_directories": True, "recurse": True},
        {"compat": "storescu", "scan_directories": True, "recurse": True},
        {"read_dicomdir": True},
        {"ordered": True},
        {"rename": True},
        {"multiple_associations": False},
    ],
    ids=str,
)
def test_not_where_all_has_to_be_known(
    changes: dict[str, Any], study: Study, slow_scan: SlowScan
) -> None:
    add(study, "1", 8)
    add(study, "2", 5, sop_class=MR)

    def check() -> None:
        time.sleep(0.05)
        early.append(len(scp.associations))

    early: list[int] = []
    with ParallelSCP() as scp:
        slow_scan.at(13, check)
        run = run_send(scp.port, study, **changes)
    assert early == [0]
    assert len(scp.arrivals) == 13
    assert run.exit_code == 0
    assert abstract_syntaxes(scp)[0] >= {CT, MR}
