"""What a measured command used, its orphans included."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.measure import Command, CommandFailedError, run

BURN = """
import time
memory = bytearray(20_000_000)
while time.process_time() < 0.15:
    pass
print("used", time.process_time(), flush=True)
"""


def shell(script: str) -> Command:
    settings = (("PYTHON", sys.executable), ("BURN", BURN))
    return Command("burn", ("/bin/sh", "-c", script), settings)


def used(output: str) -> list[float]:
    return [float(line.split()[1]) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("script", "processes"),
    [
        ('"$PYTHON" -c "$BURN"', 1),
        ('"$PYTHON" -c "$BURN" & "$PYTHON" -c "$BURN"; wait', 2),
        # Nobody waits for the first: it outlives its parent, and then the whole command.
        ('("$PYTHON" -c "$BURN" &) ; exec "$PYTHON" -c "pass"', 1),
        ('"$PYTHON" -c "$BURN" & "$PYTHON" -c "$BURN" & exit 0', 2),
    ],
)
def test_all_processes_count(script: str, processes: int) -> None:
    finished = run(shell(script))
    told = used(finished.output)
    assert len(told) == processes
    assert finished.cpu >= sum(told) >= 0.15 * processes


def test_memory_is_of_the_tree() -> None:
    script = '"$PYTHON" -c "$BURN" & "$PYTHON" -c "$BURN" & "$PYTHON" -c "$BURN"; wait'
    finished = run(shell(script), sample_memory=True)
    assert finished.high_water >= 20_000_000
    assert finished.memory is not None
    assert finished.memory >= 20_000_000


def test_no_memory_unless_asked() -> None:
    assert run(shell("exit 0")).memory is None


def test_failure_says_what_was_said() -> None:
    with pytest.raises(CommandFailedError, match=r"burn ended with 3: alas"):
        run(shell("echo alas; exit 3"))


def test_nothing_is_left_where_it_takes_too_long(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        run(shell(f'sleep 60 & echo "$$" >{tmp_path}/group; sleep 60'), limit_seconds=1)
    with pytest.raises(ProcessLookupError):
        os.killpg(int((tmp_path / "group").read_text()), 0)
