"""The command lines of the senders, each as its manual has it for a folder of files.

All run with their defaults, but for what a folder needs; only DCMTK's are tuned where the receiver
is. docs/benchmarks.md says what each does by itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.e2e import peers
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


def _fastsend_with(name: str, *options: str) -> Callable[[DataSet, Receiver], Command]:
    def command(data: DataSet, receiver: Receiver) -> Command:
        return fastsend(data, receiver, *options)._replace(name=name)

    return command


def _dcmtk(name: str, options: tuple[str, ...], data: DataSet, receiver: Receiver) -> Command:
    argv = [str(peers.debian(name)), *options]
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


def _dicom_rs(data: DataSet, receiver: Receiver, *options: str) -> Command:
    program = str(peers.dicom_rs("dicom-storescu"))
    return Command("dicom-rs", (program, *options, f"{_PEER}:{receiver.port}", str(data.target)))


def _dicom_rs_8(data: DataSet, receiver: Receiver) -> Command:
    return _dicom_rs(data, receiver, "--concurrency", "8")._replace(name="dicom-rs-8")


def _dcm4che(data: DataSet, receiver: Receiver) -> Command:
    program = peers.dcm4che("storescu", "StoreSCU")
    called = f"ANY-SCP@{_PEER}:{receiver.port}"
    return Command("dcm4che", (*program, "-c", called, str(data.target)))


def _pydcm(data: DataSet, receiver: Receiver) -> Command:
    script = str(Path(__file__).with_name("pydcm_sender.py"))
    argv = (str(peers.pydcm()), "-P", script, _PEER, str(receiver.port), str(data.target))
    return Command("pydcm", argv)


SENDERS: dict[str, Callable[[DataSet, Receiver], Command]] = {
    "fastsend": fastsend,
    "dcmsend": _dcmsend,
    "storescu": _storescu,
    "pynetdicom": _pynetdicom,
    "dicom-rs": _dicom_rs,
    "dcm4che": _dcm4che,
    "pydcm": _pydcm,
    "fastsend-8": _fastsend_with("fastsend-8", "--associations", "8"),
    "fastsend-window": _fastsend_with("fastsend-window", "--async-window", "16"),
    "dicom-rs-8": _dicom_rs_8,
}
"""They raise NotInstalledError where the program is not there."""

VARIANTS = ("fastsend-8", "fastsend-window", "dicom-rs-8")
"""With options that are no defaults: they run only where they are named."""

ENCODE_ANEW = ("dicom-rs", "dicom-rs-8", "fastsend -xt")
"""They decode and encode data sets, whose lengths then differ by some bytes."""

_PROGRAMS: dict[str, Callable[[], object]] = {
    "dcmsend": lambda: peers.debian("dcmsend"),
    "storescu": lambda: peers.debian("storescu"),
    "dicom-rs": lambda: peers.dicom_rs("dicom-storescu"),
    "dicom-rs-8": lambda: peers.dicom_rs("dicom-storescu"),
    "dcm4che": lambda: peers.dcm4che("storescu", "StoreSCU"),
    "pydcm": peers.pydcm,
}


def require(sender: str) -> None:
    """Raise NotInstalledError, which says how to install it, where a sender is not there."""
    _PROGRAMS.get(sender, lambda: None)()
