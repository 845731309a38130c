"""Short commands: what a user waits for before anything is sent."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.alternate import Sample, Timing, alternate
from benchmarks.e2e.compare import RECEIVERS, say
from benchmarks.e2e.senders import SENDERS, fastsend_argv
from benchmarks.measure import Command, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.receivers import Receiver

_MORE_RUNS = 4
"""These last milliseconds, and their noise is of the same size: so many times as often."""

PASS = Command("python -c pass", (sys.executable, "-c", "pass"))
IMPORT = Command("import pynetdicom", (sys.executable, "-c", "import pynetdicom"))


def _sample(command: Command) -> Sample:
    finished = run(command)
    return Sample(finished.wall, finished.cpu)


def _send(data: DataSet, receiver: Receiver) -> Sample:
    receiver.prepare()
    finished = run(SENDERS["fastsend"](data, receiver))
    receiver.verify(data)
    return Sample(finished.wall, finished.cpu)


def measure_option(option: str, runs: int) -> dict[str, Timing]:
    """Return the times of ``fastsend OPTION`` and of an empty Python, alternating."""
    say(f"fastsend {option}")
    command = Command(f"fastsend {option}", (*fastsend_argv(), option))
    actions = {one.name: partial(_sample, one) for one in (command, PASS)}
    return alternate(runs * _MORE_RUNS, 2, actions)


def measure_one_file(
    data: DataSet, receiver_name: str, scratch: Path, runs: int
) -> dict[str, Timing]:
    """Return the times of sending one small file and of importing pynetdicom, alternating."""
    say(f"one file to {receiver_name}")
    with RECEIVERS[receiver_name](scratch) as receiver:
        actions: dict[str, Callable[[], Sample]] = {
            "fastsend": partial(_send, data, receiver),
            IMPORT.name: partial(_sample, IMPORT),
        }
        return alternate(runs * _MORE_RUNS, 2, actions)
