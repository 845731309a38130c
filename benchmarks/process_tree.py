"""The memory of a process together with those that it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import kilobytes, watch

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    for one in _with_descendants(pid):
        try:
            rollup = kilobytes(Path(f"/proc/{one}/smaps_rollup"))
        except (FileNotFoundError, ProcessLookupError):
            continue
        private += rollup.get("Private_Clean", 0) + rollup.get("Private_Dirty", 0)
        proportional += rollup.get("Pss", 0)
        of_files += rollup.get("Pss_File", 0)
        processes += 1
    return TreeMemory(
        private * 1024, proportional * 1024, (proportional - of_files) * 1024, processes
    )


def _with_descendants(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            numbers = children.read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for number in numbers:
            yield from _with_descendants(int(number))
