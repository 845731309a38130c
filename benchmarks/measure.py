"""Runs one command as a whole process, and measures it from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TUNING = ("TCP_NODELAY", "TCP_BUFFER_LENGTH")
_POLL_SECONDS = 0.002


class Command(NamedTuple):
    """A program to be measured, and what its peers call it."""

    name: str
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


class Run(NamedTuple):
    """One finished process. Times are in seconds; `cpu` is user and system time together."""

    wall: float
    cpu: float
    output: str


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


def run(command: Command, limit_seconds: float = 1800.0) -> Run:
    """Run a command to its end and return what it took."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = _start(command, output.fileno())
        try:
            with _Alarm(limit_seconds):
                _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            _end(process)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise CommandFailedError(f"{command.name} ended with {process.returncode}: {text[-2000:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, text)


def peak_memory(command: Command) -> Memory:
    """Run a command to its end and return its peaks.

    Sampling disturbs the process, so no time is taken from such a run.
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
    with tempfile.TemporaryFile() as output:
        process = _start(command, output.fileno())
        try:
            with _Alarm(limit_seconds):
                while process.poll() is None:
                    look(process.pid)
                    time.sleep(every_seconds)
        finally:
            _end(process)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise CommandFailedError(f"{command.name} ended with {process.returncode}: {text[-2000:]}")


class _Alarm:
    """Raises TimeoutError in the main thread when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, *_: object) -> None:
        raise TimeoutError(f"no end after {self._seconds:.0f} s")


def _start(command: Command, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.argv,
        env=environment_of(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None and process.poll() is None:
        process.kill()
        process.wait()


def _sample(proc: Path) -> Memory:
    """Read one process's figures; zeros once it is gone."""
    try:
        status = kilobytes(proc / "status")
        rollup = kilobytes(proc / "smaps_rollup")
    except (FileNotFoundError, ProcessLookupError):
        return Memory(0, 0, 0)
    private = rollup.get("Private_Clean", 0) + rollup.get("Private_Dirty", 0)
    return Memory(private * 1024, status.get("RssAnon", 0) * 1024, status.get("VmHWM", 0) * 1024)


def kilobytes(path: Path) -> dict[str, int]:
    """Return the figures of a file of /proc by their names, in units of 1,024 bytes."""
    figures = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            figures[name] = int(value[:-3])
    return figures
