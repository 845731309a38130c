"""When a transfer starts before its scan is over, and what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastsend._native import wire
from fastsend._native.part10 import InstanceTable
from fastsend.model.options import SendOptions
from fastsend.sender import early_start
from fastsend.sender.early_start import EarlyStart
from fastsend.sender.intake import Intake
from reference.part10_files import CT, EXPLICIT

if TYPE_CHECKING:
    from pathlib import Path


class Scan:
    """A table that grows, and what an `EarlyStart` made of it."""

    def __init__(self, *paths: Path | str, **options: Any) -> None:
        self.table = InstanceTable()
        self.folder = self.table.add_folder(b"/nowhere")
        self.intakes: list[Intake] = []
        self.clock = 1000.0
        chosen = SendOptions("h", 1, tuple(map(str, paths)), **options)
        self.early = EarlyStart(chosen, self.table, self._start)

    def _start(self) -> Intake:
        self.intakes.append(Intake(self.table, wire.Cancel()))
        return self.intakes[-1]

    def find(self, count: int) -> None:
        for _ in range(count):
            uid = f"1.2.{len(self.table)}".encode()
            self.table.append(
                self.folder, uid, CT.encode(), uid, EXPLICIT.encode(), 0, 100, 0
            )  # fmt: skip

    @property
    def published(self) -> int:
        (intake,) = self.intakes
        return intake.rows_behind(0, lambda: True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; its only item may be changed."""
    now = [1000.0]
    monkeypatch.setattr(early_start.time, "monotonic", lambda: now[0])
    return now


def test_not_before_its_time(clock: list[float], tmp_path: Path) -> None:
    scan = Scan(tmp_path)
    scan.find(10)
    scan.early.tick()
    clock[0] += early_start.EARLY_SECONDS - 0.01
    scan.early.tick()

    assert scan.intakes == []

    clock[0] += 0.02
    scan.early.tick()

    assert scan.published == 10


def test_not_without_any_instance(clock: list[float], tmp_path: Path) -> None:
    scan = Scan(tmp_path)
    for _ in range(3):
        clock[0] += 1
        scan.early.tick()

    assert scan.intakes == []

    scan.find(1)
    clock[0] += 1
    scan.early.tick()

    assert scan.published == 1


def test_what_comes_later_is_told_now_and_then(clock: list[float], tmp_path: Path) -> None:
    scan = Scan(tmp_path)
    scan.find(1)
    clock[0] += 1
    scan.early.tick()
    scan.find(5)
    scan.early.tick()

    assert scan.published == 1

    clock[0] += 1
    scan.early.tick()

    assert scan.published == 6

    scan.find(2)
    scan.early.complete()

    assert scan.published == 8
    assert len(scan.intakes) == 1
    assert scan.intakes[0].left_bytes(300) == 500


def test_a_scan_that_is_over_soon_starts_nothing(clock: list[float], tmp_path: Path) -> None:
    scan = Scan(tmp_path)
    scan.find(3)
    scan.early.tick()
    clock[0] += 9
    scan.early.complete()

    assert scan.intakes == []


@pytest.mark.parametrize(
    "options",
    [
        {"compat": "storescu"},
        {"compat": "dcmsend"},
        {"read_dicomdir": True},
        {"ordered": True},
        {"rename": True},
        {"multiple_associations": False},
    ],
    ids=str,
)
def test_never_where_all_has_to_be_known(
    options: dict[str, Any], clock: list[float], tmp_path: Path
) -> None:
    scan = Scan(tmp_path, **options)
    scan.find(3)
    clock[0] += 9
    scan.early.tick()
    scan.early.complete()

    assert scan.intakes == []


def test_never_where_a_path_may_still_be_wrong(clock: list[float], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for paths in ((file,), (tmp_path, file), (tmp_path, tmp_path / "none"), (tmp_path, "a\0b")):
        scan = Scan(*paths)
        scan.find(3)
        clock[0] += 9
        scan.early.tick()
        clock[0] += 9
        scan.early.tick()

        assert scan.intakes == [], paths
