"""The sink: compiled here, run as a receiver, and the far end of the plain-socket limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.e2e.receivers import NotArrivedError, Receiver

if TYPE_CHECKING:
    from benchmarks.e2e.data import DataSet

_SOURCES = {
    "sink": ("sink.c", "listen.c", "scp.c", "negotiation.c", "c_store.c", "socket_io.c"),
    "push": ("push.c", "socket_io.c"),
    "link": ("link.c", "lane.c", "listen.c"),
}
_FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread")


def compiled(program: str, folder: Path) -> Path:
    """Compile one of the C programs into `folder` and return it."""
    here = Path(__file__).parent
    out = folder / program
    if not out.exists():
        compiler = os.environ.get("CC", "cc")
        sources = [str(here / name) for name in _SOURCES[program]]
        subprocess.run([compiler, *_FLAGS, *sources, "-o", str(out)], check=True)
    return out


class Sink(Receiver):
    """A Storage SCP of C that accepts everything, answers at once and keeps nothing."""

    name = "sink"
    verification = "instances and data set bytes counted by the sink in every run"
    tuned = True
    options: tuple[str, ...] = ()
    """See sink.c."""

    def _open(self) -> None:
        self._read_lines = 0
        self._start([str(compiled("sink", self._scratch)), *self.options])
        self.port = int(self._next_line())

    def _next_line(self, seconds: float = 10.0) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            lines = self._log.read_text().splitlines(keepends=True)
            if len(lines) > self._read_lines and lines[self._read_lines].endswith("\n"):
                self._read_lines += 1
                return lines[self._read_lines - 1]
            time.sleep(0.005)
        raise RuntimeError("the sink does not answer")

    def counts(self) -> dict[str, int]:
        """Return what arrived since the last time: see sink.c."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)
        counts: dict[str, int] = json.loads(self._next_line())
        return counts

    def prepare(self) -> None:
        self.counts()

    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        counts = self.counts()
        odd = abs(counts["data_set_bytes"] - data.data_set_bytes)
        if counts["instances"] != data.files or odd > (0 if exact else data.data_set_bytes * 0.01):
            raise NotArrivedError(f"the sink counted {counts}")
        if counts["associations"] != counts["released"]:
            raise NotArrivedError(f"an association was not released: {counts}")


class SinkOfShortPdus(Sink):
    """The same with the PDU length that DCMTK and Orthanc have by default."""

    name = "sink-16k"
    options = ("--max-pdu", "16384")


class SinkOfFour(Sink):
    """It takes four associations at once and rejects more, as archives are configured to."""

    name = "sink-4"
    options = ("--associations", "4")


class SinkWithWindow(Sink):
    """It takes four associations as well, and grants each up to 16 asynchronous operations."""

    name = "sink-window"
    options = ("--associations", "4", "--window", "16")
