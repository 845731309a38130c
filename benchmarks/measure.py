"""Runs one command as a whole process, and measures it from outside."""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.proc_figures import kilobytes, memory_of_tree, private_bytes
from benchmarks.process_group import be_subreaper, end_group, reap_group

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TUNING = ("TCP_NODELAY", "TCP_BUFFER_LENGTH")
_POLL_SECONDS = 0.002
_SAMPLE_SECONDS = 0.02
_SAMPLE_SHARE = 0.01
"""What a timed run may be looked at: so much of its time, and no oftener than every 20 ms."""


class Command(NamedTuple):
    """A program to be measured, and what its peers call it."""

    name: str
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


class Run(NamedTuple):
    """One finished command, with all processes that it started."""

    wall: float
    """Seconds until its first process ended."""
    cpu: float
    """Seconds of user and system time of all processes, those included that ended after it."""
    output: str
    high_water: int
    """Bytes that the largest of the processes had resident, shared libraries included, exactly."""
    memory: int | None = None
    """Bytes of memory of all processes that is no file's, at most, over samples: see
    `memory_of_tree`; None where none was taken."""


class Memory(NamedTuple):
    """Peaks of one process, in bytes, over samples taken every 2 ms."""

    private: int
    """Private_Clean + Private_Dirty of smaps_rollup: pages that no other process shares."""
    anonymous: int
    """RssAnon: heap and stack, without mapped files."""
    high_water: int
    """VmHWM, which the kernel keeps exactly: the whole resident set, shared libraries included."""


class CommandFailedError(Exception):
    """A measured program ended with an error, or did not end."""


def environment_of(settings: Mapping[str, str] | Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return this process's environment with DCMTK's tuning only where `settings` has it."""
    kept = {name: value for name, value in os.environ.items() if name not in _TUNING}
    return kept | dict(settings)


def run(command: Command, limit_seconds: float = 1800.0, *, sample_memory: bool = False) -> Run:
    """Run a command to its end and return what it took.

    Parameters
    ----------
    command : Command
        What to run.
    limit_seconds : float
        How long to wait for its end.
    sample_memory : bool
        Look at its memory now and then, for a hundredth of the time at most.

    Raises
    ------
    CommandFailedError
        When it cannot be run, or ended with another code than 0.
    TimeoutError
        When it did not end.
    """
    memory: int | None = None

    def look(pid: int) -> float:
        nonlocal memory
        start = time.perf_counter()
        memory = max(memory or 0, memory_of_tree(pid))
        return max(_SAMPLE_SECONDS, (time.perf_counter() - start) / _SAMPLE_SHARE)

    finished = _run(command, limit_seconds, look if sample_memory else None)
    return finished._replace(memory=memory)


def peak_memory(command: Command) -> Memory:
    """Run a command to its end and return its peaks.

    So many samples disturb the process, so no time is taken from such a run.
    """
    peak = Memory(0, 0, 0)

    def look(pid: int) -> None:
        nonlocal peak
        peak = Memory(*map(max, peak, _sample(Path("/proc", str(pid)))))

    watch(command, look, _POLL_SECONDS)
    return peak


def watch(
    command: Command,
    look: Callable[[int], None],
    every_seconds: float,
    limit_seconds: float = 1800.0,
) -> None:
    """Run a command to its end, and call `look` with the number of its process now and then."""

    def look_and_wait(pid: int) -> float:
        look(pid)
        return every_seconds

    _run(command, limit_seconds, look_and_wait)


def _run(command: Command, limit_seconds: float, look: Callable[[int], float] | None) -> Run:
    be_subreaper()
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = _start(command, output.fileno())
        try:
            _wait(process.pid, limit_seconds, look)
            wall = time.perf_counter() - start
            used = reap_group(process)
        finally:
            end_group(process)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise CommandFailedError(f"{command.name} ended with {process.returncode}: {text[-2000:]}")
    return Run(wall, used.cpu, text, used.high_water)


def _wait(pid: int, limit_seconds: float, look: Callable[[int], float] | None) -> None:
    """Wait for the end of a child and leave it to be reaped.

    `look` returns after how many seconds it wants to be called again.
    """
    deadline = time.monotonic() + limit_seconds
    descriptor = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        pause = limit_seconds if look is None else _POLL_SECONDS
        while not poller.poll(min(pause, max(0.0, deadline - time.monotonic())) * 1000):
            if time.monotonic() >= deadline:
                raise TimeoutError(f"no end after {limit_seconds:.0f} s")
            if look is not None:
                pause = look(pid)
    finally:
        os.close(descriptor)


def _start(command: Command, output: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command.argv,
            env=environment_of(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    except OSError as error:
        raise CommandFailedError(f"{command.name} cannot be run: {error}") from error


def _sample(proc: Path) -> Memory:
    """Read one process's figures; zeros once it is gone."""
    try:
        status = kilobytes(proc / "status")
        rollup = kilobytes(proc / "smaps_rollup")
    except (FileNotFoundError, ProcessLookupError):
        return Memory(0, 0, 0)
    return Memory(
        private_bytes(rollup), status.get("RssAnon", 0) * 1024, status.get("VmHWM", 0) * 1024
    )
