"""What /proc says of a tree of processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.proc_figures import cpu_of_tree, memory_of_tree, rollups, with_descendants

SHARED = 60_000_000

TREE = f"""
import mmap, os, sys, time
shared = mmap.mmap(-1, {SHARED})
shared.write(bytes(len(shared)))
if os.fork() == 0:
    sum(shared[::4096])
    while time.process_time() < 0.1:
        pass
    print(os.getpid(), time.process_time(), flush=True)
    time.sleep(60)
else:
    while time.process_time() < 0.1:
        pass
    print(os.getpid(), time.process_time(), flush=True)
    sys.stdin.read()
"""
ENDED_CHILD = """
import os, sys, time
if (child := os.fork()) == 0:
    while time.process_time() < 0.1:
        pass
    print(os.getpid(), time.process_time(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(os.getpid(), time.process_time(), flush=True)
sys.stdin.read()
"""


@contextmanager
def running(script: str) -> Iterator[tuple[int, dict[int, float]]]:
    """Yield the number of the first process, and what both say that they used."""
    command = [sys.executable, "-c", script]
    pipe = subprocess.PIPE
    # A session of its own, so that what the first one leaves behind can be ended, too.
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().split() for _ in range(2)]
            yield process.pid, {int(pid): float(used) for pid, used in lines}
        finally:
            os.killpg(process.pid, 9)


def test_a_tree() -> None:
    with running(TREE) as (pid, used):
        assert set(with_descendants(pid)) == used.keys()
        assert len(list(rollups(pid))) == 2
        # In steps of a tick, rounded down.
        assert cpu_of_tree(pid) >= sum(used.values()) - 0.04
        # Shared memory counts once; two interpreters need some themselves.
        assert SHARED <= memory_of_tree(pid) < 2 * SHARED


def test_an_ended_child_counts() -> None:
    with running(ENDED_CHILD) as (pid, used):
        assert list(with_descendants(pid)) == [pid]
        assert cpu_of_tree(pid) >= sum(used.values()) - 0.04


def test_what_is_gone_has_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert memory_of_tree(process.pid) == 0
    assert cpu_of_tree(process.pid) == 0
    assert list(rollups(process.pid)) == []
