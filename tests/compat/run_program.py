"""Runs one program of a pair against its receiver."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from compat.outcome import Association, Context, Outcome, Stored
from compat.receivers import RECEIVERS
from compat.tls_receiver import SERVERS, TLSRecordingSCP, server_context
from peers.programs import require_program
from peers.recording_scp import RecordingSCP
from peers.server_process import free_port

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compat.pair import Pair
    from peers.scp_records import Association as Recorded

LIMIT_SECONDS = 60
REPORT = "report.txt"
# Implementation class UID and version name (PS3.7 D.3.3.2) say who made the program.
_NAMES = (0x52, 0x55)
_ENVIRONMENT = dict(os.environ)
"""As it was: pytest changes it while the threads that run the programs would copy it."""


def dcmtk_command(pair: Pair) -> list[str]:
    """Return the program of DCMTK with the words of a pair."""
    return [str(require_program(pair.program)), *pair.words()]


def fastsend_command(pair: Pair) -> list[str]:
    """Return the command of fastsend that takes the place of it, with the words of a pair."""
    command = Path(sys.executable).with_name(f"fastsend-{pair.program}")
    return [str(command), *shlex.split(pair.newer), *pair.words()]


def option_command(pair: Pair) -> list[str]:
    """Return the same as fastsend itself with ``--compat``."""
    start = [sys.executable, "-m", "fastsend", "--compat", pair.program]
    return [*start, *shlex.split(pair.newer), *pair.words()]


def run_program(command: Sequence[str], pair: Pair, inputs: Path, folder: Path) -> Outcome:
    """Run a command in a new folder with the inputs that it needs, and tell what it did.

    Parameters
    ----------
    command : sequence of str
        ``SCP`` in it becomes address and port of the receiver, ``NOBODY`` those where nobody
        listens.
    pair : Pair
        Names the receiver.
    inputs : Path
        Where all inputs are.
    folder : Path
        Is made, and removed where it is there already.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    _provide(pair, inputs, folder)
    before = _files(folder)
    with make_receiver(pair.receiver, inputs) as scp:
        words: list[str] = []
        for word in command:
            if word == "SCP":
                words += ["127.0.0.1", str(scp.port)]
            elif word == "NOBODY":
                words += ["127.0.0.1", str(free_port())]
            else:
                words.append(word)
        done = subprocess.run(
            words,
            cwd=folder,
            # Without Nagle's algorithm, which would cost DCMTK 40 ms an instance.
            env={**_ENVIRONMENT, "TCP_NODELAY": "1", **dict(pair.environment)},
            input=pair.stdin.encode(),
            capture_output=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        associations = tuple(_association(one) for one in scp.finished(0))
        handshakes = tuple(scp.handshakes[one] for one in sorted(getattr(scp, "handshakes", ())))
        port = scp.port
    after = _files(folder)
    stderr = done.stderr.decode(errors="replace")
    return Outcome(
        exit_code=done.returncode,
        associations=associations,
        handshakes=handshakes,
        files=tuple(name for name in after if after[name] != before.get(name)),
        gone=tuple(name for name in before if name not in after),
        report=_report(folder / REPORT, port),
        reports_error=re.search(r"^(?:F: |E: |error: )", stderr, re.MULTILINE) is not None,
        writes_stdout=bool(done.stdout.strip()),
        stderr=stderr + done.stdout.decode(errors="replace"),
    )


def make_receiver(name: str, inputs: Path) -> RecordingSCP:
    """Start the receiver of that name."""
    keywords = {"keep_data": True, "strict": False, "any_uid": True}
    if name in SERVERS:
        return TLSRecordingSCP(server_context(SERVERS[name], inputs), **keywords)
    return RecordingSCP(**(keywords | RECEIVERS[name]))


def _provide(pair: Pair, inputs: Path, folder: Path) -> None:
    named = [word.removeprefix("@") for word in pair.words()]
    for name in dict.fromkeys((*named, *pair.also)):
        # What lies below a folder of inputs needs all of the folder.
        source = inputs / name.partition("/")[0]
        target = folder / source.name
        if name in ("", ".", "..") or target.exists() or not source.exists():
            continue
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)


def _files(folder: Path) -> dict[str, str]:
    """Return what each file holds, as a digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _report(path: Path, port: int) -> str | None:
    if not path.exists():
        return None
    text = path.read_bytes().decode(errors="backslashreplace").replace(f":{port}", ":PORT")
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", text)


def _association(recorded: Recorded) -> Association:
    request = recorded.request
    longest = max((length for kind, length in recorded.pdus if kind == 4), default=0)
    end = recorded.ended + (f" {recorded.abort}" if recorded.abort else "")
    stores = tuple(
        Stored(one.context_id, recorded.accepted[one.context_id], one.command, one.data_set or b"")
        for one in recorded.stores
    )
    return Association(
        titles=None if request is None else (request.called_ae_title, request.calling_ae_title),
        contexts=() if request is None else tuple(Context(*one) for one in request.contexts),
        user_items=()
        if request is None
        else tuple((kind, value) for kind, value in request.user_items if kind not in _NAMES),
        stores=stores,
        unfinished=recorded.incomplete is not None,
        longest_pdu=longest,
        end=end,
        # Some name lengths, which are different in each run.
        violations=tuple(re.sub(r"\d+", "N", text) for text in recorded.violations),
    )
