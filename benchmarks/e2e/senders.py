"""The command lines of the senders, each as its manual has it for a folder of files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.e2e.storescp import TUNING
from benchmarks.measure import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.receivers import Receiver

_PEER = "127.0.0.1"
_DCMTK_TUNED = ("-pdu", "131072", "--max-send-pdu", "131072")


def fastsend_argv() -> tuple[str, ...]:
    """Return the installed command, or the module where the environment has no command."""
    script = Path(sys.executable).with_name("fastsend")
    return (str(script),) if script.exists() else (sys.executable, "-m", "fastsend")


def fastsend(data: DataSet, receiver: Receiver, *options: str) -> Command:
    """Return fastsend's command line, which needs no options."""
    peer = (_PEER, str(receiver.port))
    return Command("fastsend", (*fastsend_argv(), *options, *peer, str(data.target)))


def _dcmtk(name: str, options: tuple[str, ...], data: DataSet, receiver: Receiver) -> Command:
    argv = [f"/usr/bin/{name}", *options]
    if data.target.is_dir():
        argv.append("+sd")
    if receiver.tuned:
        argv += _DCMTK_TUNED
    argv += [_PEER, str(receiver.port), str(data.target)]
    return Command(name, tuple(argv), tuple(TUNING.items()) if receiver.tuned else ())


def _dcmsend(data: DataSet, receiver: Receiver) -> Command:
    return _dcmtk("dcmsend", (), data, receiver)


def _storescu(data: DataSet, receiver: Receiver) -> Command:
    # Its default list of contexts is the same 128 for every input; -R proposes what is needed.
    return _dcmtk("storescu", ("-R",), data, receiver)


def _pynetdicom(data: DataSet, receiver: Receiver) -> Command:
    argv = (sys.executable, "-m", "pynetdicom", "storescu", "-r", "-cx")
    return Command("pynetdicom", (*argv, _PEER, str(receiver.port), str(data.target)))


SENDERS: dict[str, Callable[[DataSet, Receiver], Command]] = {
    "fastsend": fastsend,
    "dcmsend": _dcmsend,
    "storescu": _storescu,
    "pynetdicom": _pynetdicom,
}
