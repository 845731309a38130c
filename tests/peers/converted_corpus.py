"""The corpus, sent by the command to a receiver that takes only some transfer syntax."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from peers.fastsend_command import run
from peers.recording_scp import RecordingSCP, accept_first, accept_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peers.corpus import CorpusFile

_RESULT = re.compile(r"^[IW]: Instance \d+, \S+ (\S+): (.*), \d+ bytes, [\d.]+ ms.*$")
_PATH = re.compile(r"^D:   was (.*)$")
_SKIPPED = re.compile(r"^Skipped, (.*): \d+ files?$")


class Receiver(NamedTuple):
    """What a receiver takes, and what its user gives the command for it."""

    takes: str | None
    """The only transfer syntax; None: the first that is proposed, which is that of the file."""
    options: tuple[str, ...] = ()


class Received(NamedTuple):
    """An instance as it arrived."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes


class Sent(NamedTuple):
    """What became of a file."""

    file: CorpusFile
    received: Received | None
    reason: str
    """The command's words, where nothing of it arrived."""


def send_corpus(receiver: Receiver, files: Sequence[CorpusFile]) -> list[Sent]:
    """Send files in one run of the command; every one is accounted for, in the order given."""
    accept = accept_first if receiver.takes is None else accept_only(receiver.takes)
    with RecordingSCP(accept=accept, max_pdu_length=1 << 20, keep_data=True, any_uid=True) as scp:
        paths = [file.path for file in files]
        finished = run(
            *("-d", "-nh", "--associations", "1", *receiver.options),
            *("127.0.0.1", str(scp.port), *paths),
            timeout=300,
        )
        associations = scp.finished(1)
    assert [one.ended for one in associations] == ["released"] * len(associations), finished.stderr
    assert finished.exit_code in (0, 66), finished.stderr
    arrived = (
        Received(
            store.sop_class_uid,
            store.sop_instance_uid,
            association.accepted[store.context_id],
            store.data_set or b"",
        )
        for association in associations
        for store in association.stores
    )
    reasons = _skipped(finished.stdout)
    results = _results(finished.stderr)
    assert len(results) + len(reasons) == len(files)
    sent = []
    for file in files:
        path = os.fspath(file.path)
        if path in reasons:
            sent.append(Sent(file, None, reasons[path]))
            continue
        outcome, reported_path = results.pop(0)
        assert reported_path == path
        stored = outcome == "Success (0x0000)"
        sent.append(Sent(file, next(arrived) if stored else None, "" if stored else outcome))
    assert next(arrived, None) is None
    return sent


def _results(log: str) -> list[tuple[str, str]]:
    """Return what the log says of each instance, and its path, in the order of their turns."""
    found = []
    outcome = ""
    for line in log.splitlines():
        if result := _RESULT.match(line):
            outcome = result[2]
        elif path := _PATH.match(line):
            found.append((outcome, path[1]))
    return found


def _skipped(summary: str) -> dict[str, str]:
    """Return why files were left out, by path."""
    reasons: dict[str, str] = {}
    reason = ""
    for line in summary.splitlines():
        if heading := _SKIPPED.match(line):
            reason = heading[1]
        elif reason and line.startswith("    "):
            reasons[line.strip()] = reason
        elif not line:
            reason = ""
    return reasons
