"""Rows that are waited for, while a scan adds to them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from fastsend._native import wire
from fastsend._native.part10 import InstanceTable
from fastsend.sender.intake import Intake
from reference.part10_files import CT, EXPLICIT

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_SECONDS = 20
"""Of a wait that should be over at once."""


@pytest.fixture
def table() -> InstanceTable:
    table = InstanceTable()
    folder = table.add_folder(b"/nowhere")
    for number in range(10):
        uid = f"1.2.{number}".encode()
        table.append(folder, uid, CT.encode(), uid, EXPLICIT.encode(), 0, 100 + number, 0)
    return table


@pytest.fixture
def cancel() -> wire.Cancel:
    return wire.Cancel()


@pytest.fixture
def intake(table: InstanceTable, cancel: wire.Cancel) -> Intake:
    return Intake(table, cancel)


def never() -> bool:
    return False


class Waiting:
    """Something that another thread waits for."""

    def __init__(self, wait: Callable[[], int]) -> None:
        self._found: list[int] = []
        self._thread = threading.Thread(target=lambda: self._found.append(wait()), daemon=True)
        self._thread.start()

    def is_over(self, seconds: float = 0.1) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> int:
        assert self.is_over(LIMIT_SECONDS)
        (found,) = self._found
        return found


def test_rows_that_are_there_are_not_waited_for(intake: Intake) -> None:
    intake.publish(4)

    assert intake.rows_behind(0, never) == 4
    assert intake.rows_behind(3, never) == 4


def test_further_rows_are_waited_for(intake: Intake) -> None:
    intake.publish(4)
    waiting = Waiting(lambda: intake.rows_behind(4, never))

    assert not waiting.is_over()

    intake.publish(7)

    assert waiting.result() == 7


def test_where_no_more_come_it_is_the_row_itself(intake: Intake) -> None:
    intake.publish(4)
    waiting = Waiting(lambda: intake.rows_behind(4, never))
    intake.publish(4, complete=True)

    assert waiting.result() == 4
    # A run may have gone on behind what is asked for.
    assert intake.rows_behind(9, never) == 9


def test_a_wait_ends_with_the_run(intake: Intake, cancel: wire.Cancel) -> None:
    rows = Waiting(lambda: intake.rows_behind(0, never))
    last = Waiting(intake.last_row)
    assert not rows.is_over()
    assert not last.is_over()
    cancel.request()

    assert rows.result() == 0
    assert last.result() == 0


def test_a_wait_ends_with_who_waits(intake: Intake) -> None:
    stopped = threading.Event()
    waiting = Waiting(lambda: intake.rows_behind(0, stopped.is_set))
    assert not waiting.is_over()
    stopped.set()

    assert waiting.result() == 0


def test_the_last_row_is_known_when_all_is_there(intake: Intake) -> None:
    intake.publish(4)
    waiting = Waiting(intake.last_row)

    assert not waiting.is_over()

    intake.publish(10, complete=True)

    assert waiting.result() == 10


def test_a_queue_that_grows_gets_what_comes(intake: Intake) -> None:
    intake.publish(4)
    queue = intake.queue(1, 4, grows=True)

    assert (queue.next, queue.end, queue.closed) == (1, 4, False)

    intake.publish(6)
    assert (queue.end, queue.closed) == (6, False)
    intake.publish(10, complete=True)
    assert (queue.end, queue.closed) == (10, True)


def test_a_queue_that_grows_has_what_came_meanwhile(intake: Intake) -> None:
    intake.publish(4)
    intake.publish(10, complete=True)
    queue = intake.queue(0, 4, grows=True)

    assert (queue.end, queue.closed) == (10, True)


def test_another_queue_stays_as_it_is(intake: Intake) -> None:
    intake.publish(4)
    queue = intake.queue(0, 3, grows=False)
    intake.publish(10, complete=True)

    assert (queue.end, queue.closed) == (3, True)


def test_what_is_left_is_known_at_the_end(intake: Intake) -> None:
    intake.publish(10)
    assert intake.left_bytes(0) is None

    intake.publish(10, complete=True)
    total = sum(range(100, 110))
    assert intake.left_bytes(0) == total
    assert intake.left_bytes(1000) == total - 1000
    assert intake.left_bytes(total + 1) == 0
