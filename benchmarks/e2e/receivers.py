"""What every receiver of the benchmarks is: started, made ready for a run, asked what arrived."""

from __future__ import annotations

import socket
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, Self

from benchmarks.measure import environment_of
from benchmarks.proc_figures import cpu_of_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.e2e.data import DataSet


class NotArrivedError(Exception):
    """A sender ended well and the receiver does not have everything."""


class Receiver(ABC):
    """A context manager around a receiver process, its port and a folder of its own."""

    name: ClassVar[str]
    verification: ClassVar[str]
    """What is verified after every run, for the report."""
    tuned: ClassVar[bool] = False
    """True: DCMTK's senders are tuned as this receiver is."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._folder = Path(
                stack.enter_context(TemporaryDirectory(dir=self._scratch, prefix=self.name + "-"))
            )
            stack.callback(self._stop)
            self._open()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @abstractmethod
    def _open(self) -> None:
        """Start the process and set `port`."""

    @abstractmethod
    def prepare(self) -> None:
        """Make ready for a run; not timed."""

    @abstractmethod
    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        """Raise NotArrivedError unless all of `data` arrived since `prepare`; not timed.

        Not `exact`: the sender encodes data sets anew, so that their lengths may differ a little.
        """

    @classmethod
    def require(cls) -> None:
        """Raise NotInstalledError, which says how to install it, where its program is not there."""
        return  # what is compiled here needs nothing

    def verify_bytes(self, data: DataSet) -> bool:
        """Compare what was kept, byte for byte; False for a receiver that keeps nothing."""
        del data
        return False

    def counting_twin(self) -> Receiver | None:
        """Return another of its kind that counts requests where this one, unslowed, cannot."""
        return None

    def cpu_seconds(self) -> float:
        """Return the processor time of its processes since it was started; links do not count."""
        return 0.0 if self._process is None else cpu_of_tree(self._process.pid)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _start(self, argv: Sequence[str], settings: dict[str, str] | None = None) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                argv,
                env=environment_of(settings or {}),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_for(self, port: int, seconds: float = 30.0) -> None:
        """Wait until something listens; the receiver sees a connection that ends at once."""
        deadline = time.monotonic() + seconds
        while True:
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} did not start: {log}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
