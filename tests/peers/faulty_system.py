"""Runs of the command under strace, with system calls that fail as a test says.

    with_faults("sendmsg:error=ECONNRESET:when=3", log=tmp_path / "strace.log")

is a prefix for `peers.fastsend_command.run`. Each thread has its own counters of ``when``. With
`only`, those calls count and fail that have to do with one of these paths.
"""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

from peers.programs import require_program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@cache
def _may_trace(strace: Path) -> bool:
    done = subprocess.run(
        [strace, "-f", "-qq", "-e", "trace=none", "true"], capture_output=True, check=False
    )
    return done.returncode == 0


def with_faults(
    *injections: str, log: Path, only: Sequence[Path] = ()
) -> list[str | os.PathLike[str]]:
    """Return the command that runs another one with system calls that fail.

    Parameters
    ----------
    *injections : str
        Strace's: ``name:error=EIO:when=2``.
    log : Path
        What the calls did, for `injected`.
    only : sequence of Path
        Files or folders.
    """
    strace = require_program("strace")
    if not _may_trace(strace):
        reason = "strace may not trace here"
        if os.environ.get("FASTSEND_REQUIRE_PEERS"):
            pytest.fail(f"{reason}, and FASTSEND_REQUIRE_PEERS is set", pytrace=False)
        pytest.skip(reason)
    names = ",".join(dict.fromkeys(injection.partition(":")[0] for injection in injections))
    command = [strace, "-f", "--seccomp-bpf", "-qq", "-o", log, "-e", f"trace={names}"]
    for injection in injections:
        command += ["-e", f"inject={injection}"]
    for path in only:
        command += ["-P", path]
    return command


def injected(log: Path) -> dict[str, int]:
    """Return how often each call was made to fail."""
    counts: dict[str, int] = {}
    for line in log.read_text(errors="replace").splitlines():
        if "(INJECTED)" in line:
            found = re.match(r"\d+ +(?:<\.\.\. )?(\w+)", line)
            assert found is not None, line
            counts[found[1]] = counts.get(found[1], 0) + 1
    return counts
