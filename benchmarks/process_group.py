"""A command's processes as one group: waited for to the last one, and what they used added up.

wait4(2) counts a process and the children that it waited for itself. Workers that outlive it, or
that it never waits for, would be missing: they become children of this process, which is their
subreaper, and are known by the group that the command was started in.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import subprocess

_PR_SET_CHILD_SUBREAPER = 36
_GRACE_SECONDS = 10.0
"""What a command's other processes have to end after it."""
_POLL_SECONDS = 0.005


class Used(NamedTuple):
    """What all processes of a group used."""

    cpu: float
    """Seconds of user and system time."""
    high_water: int
    """Bytes that the largest of them had resident at its peak."""


@cache
def be_subreaper() -> None:
    """Have processes that lose their parents become children of this process.

    Raises
    ------
    OSError
        Where the system knows no such thing: it is Linux's.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def reap_group(process: subprocess.Popen[bytes]) -> Used:
    """Wait for an ended process that leads a group, and for the rest of its group.

    What has not ended after 10 seconds is killed. The process gets its return code.
    """
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    used = Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
    deadline = time.monotonic() + _GRACE_SECONDS
    while True:
        try:
            pid, _, usage = os.wait4(-process.pid, os.WNOHANG)
        except ChildProcessError:
            return used
        if pid:
            cpu = used.cpu + usage.ru_utime + usage.ru_stime
            used = Used(cpu, max(used.high_water, usage.ru_maxrss * 1024))
            continue
        if time.monotonic() > deadline:
            _kill(process.pid)
        time.sleep(_POLL_SECONDS)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a group, if anything is, and wait for it."""
    if process.returncode is None:
        _kill(process.pid)
        reap_group(process)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
