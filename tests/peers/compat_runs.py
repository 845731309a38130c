"""A program of DCMTK and the command that takes its place, with the same arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from peers.programs import require_program
from peers.recording_scp import RecordingSCP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peers.scp_records import Association

_START = "from fastsend.__main__ import start_{0}; start_{0}()"


class Finished(NamedTuple):
    """What a run came to."""

    exit_code: int
    stdout: str
    stderr: str


class Exchange(NamedTuple):
    """What the peer saw of a run: everything that the two have to have in common."""

    exit_code: int
    associations: list[tuple[object, ...]]


def run_real(program: str, *arguments: str) -> Finished:
    """Run the program of DCMTK."""
    return _run([str(require_program(program)), *arguments])


def run_ours(program: str, *arguments: str) -> Finished:
    """Run ``fastsend-<program>``."""
    finished = _run([sys.executable, "-c", _START.format(program), *arguments])
    assert "Traceback" not in finished.stderr
    return finished


def _run(command: Sequence[str]) -> Finished:
    # Without Nagle's algorithm, which would cost 40 ms an instance.
    environment = {**os.environ, "TCP_NODELAY": "1"}
    process = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return Finished(process.returncode, process.stdout, process.stderr)


def exchanges(program: str, arguments: Sequence[str], **scp: object) -> tuple[Exchange, Exchange]:
    """Return what a peer sees of the real program and of ours.

    Parameters
    ----------
    program : str
        ``storescu`` or ``dcmsend``.
    arguments : sequence of str
        Without the peer and the port, which come before them.
    **scp
        As for `RecordingSCP`.
    """
    found = []
    for run in (run_real, run_ours):
        with RecordingSCP(strict=False, **scp) as peer:  # type: ignore[arg-type]
            finished = run(program, "127.0.0.1", str(peer.port), *arguments)
            associations = peer.finished(0)
        found.append(Exchange(finished.exit_code, [_seen(one) for one in associations]))
    return found[0], found[1]


def _seen(association: Association) -> tuple[object, ...]:
    request = association.request
    return (
        request and (request.calling_ae_title, request.called_ae_title, request.contexts),
        [(one.context_id, one.command, one.data_set_sha256) for one in association.stores],
        association.ended,
    )
