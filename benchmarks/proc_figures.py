"""What the kernel says in /proc of a process and of those that it started."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_UTIME = 11
"""Where utime, stime, cutime and cstime begin in /proc/PID/stat, after the name of the program."""
_GONE = (FileNotFoundError, ProcessLookupError)


def kilobytes(path: Path) -> dict[str, int]:
    """Return the figures of a file of /proc by their names, in units of 1,024 bytes."""
    figures = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            figures[name] = int(value[:-3])
    return figures


def with_descendants(pid: int) -> Iterator[int]:
    """Yield a process and those below it, as far as they are there."""
    yield pid
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 (ten times as fast as a glob)
    except _GONE:
        return
    for thread in threads:
        try:
            numbers = Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
        except _GONE:
            continue
        for number in numbers:
            yield from with_descendants(int(number))


def rollups(pid: int) -> Iterator[dict[str, int]]:
    """Yield smaps_rollup of a process and of each below it."""
    for one in with_descendants(pid):
        try:
            yield kilobytes(Path(f"/proc/{one}/smaps_rollup"))
        except _GONE:
            continue


def private_bytes(rollup: dict[str, int]) -> int:
    """Return the size of the resident pages that no other process has mapped."""
    return (rollup.get("Private_Clean", 0) + rollup.get("Private_Dirty", 0)) * 1024


def memory_of_tree(pid: int) -> int:
    """Return the memory of a process and of all below it that is no file's, in bytes.

    Heaps, stacks and pages that were written to (RssAnon) added up, and the shared memory of the
    one that has most of it, for they share it with each other. The kernel has these at hand, so
    that to ask disturbs nobody: to find out what is private it walks through every page.
    """
    anonymous = shared = 0
    for one in with_descendants(pid):
        try:
            status = kilobytes(Path(f"/proc/{one}/status"))
        except _GONE:
            continue
        anonymous += status.get("RssAnon", 0)
        shared = max(shared, status.get("RssShmem", 0))
    return (anonymous + shared) * 1024


def cpu_of_tree(pid: int) -> float:
    """Return the processor time of a process, of those below it and of its ended children.

    In seconds, user and system together, in steps of a tick (most often 10 ms).
    """
    ticks = 0
    for one in with_descendants(pid):
        try:
            stat = Path(f"/proc/{one}/stat").read_text()
        except _GONE:
            continue
        # The name of the program is in parentheses, and may hold some itself.
        fields = stat.rpartition(")")[2].split()
        ticks += sum(map(int, fields[_UTIME : _UTIME + 4]))
    return ticks / _TICKS_PER_SECOND
