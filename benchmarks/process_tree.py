"""The memory of a process together with those that it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import watch
from benchmarks.proc_figures import private_bytes, rollups

if TYPE_CHECKING:
    from benchmarks.measure import Command

_POLL_SECONDS = 0.02


class TreeMemory(NamedTuple):
    """Peaks over samples taken every 20 ms, in bytes, each the sum over all processes."""

    private: int
    """Private_Clean + Private_Dirty: pages that no other process has mapped."""
    proportional: int
    """Pss: the same, and each shared page divided by those who share it, so that what the processes
    share among themselves is counted, and once."""
    beyond_file_cache: int
    """Pss without pages of files: heaps, stacks, shared memory."""
    processes: int


def peak_of_tree(command: Command) -> TreeMemory:
    """Run a command to its end and return the peaks of it and its descendants."""
    peak = TreeMemory(0, 0, 0, 0)

    def look(pid: int) -> None:
        nonlocal peak
        peak = TreeMemory(*map(max, peak, _sample(pid)))

    watch(command, look, _POLL_SECONDS)
    return peak


def _sample(pid: int) -> TreeMemory:
    private = proportional = of_files = processes = 0
    for rollup in rollups(pid):
        private += private_bytes(rollup)
        proportional += rollup.get("Pss", 0)
        of_files += rollup.get("Pss_File", 0)
        processes += 1
    return TreeMemory(private, proportional * 1024, (proportional - of_files) * 1024, processes)
