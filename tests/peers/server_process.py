"""A receiver that is a process of its own, on a free port, from its start until `stop`."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

START_SECONDS = 30
"""How long a receiver may take to answer before the test fails; nothing is measured by it."""

_TCP_LISTEN = "0A"


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Tell whether a port has a listener, where the system can say so without a connection.

    A connection would be an association that the receiver logs and, without threads, waits for.
    """
    tables = [path for path in map(Path, ("/proc/net/tcp", "/proc/net/tcp6")) if path.exists()]
    if not tables:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    for table in tables:
        for line in table.read_text().splitlines()[1:]:
            _, local_address, _, state = line.split()[:4]
            if state == _TCP_LISTEN and int(local_address.rpartition(":")[2], 16) == port:
                return True
    return False


class ServerProcess:
    """A program that listens; its standard output and error go to `log_path`."""

    def __init__(
        self,
        command: Sequence[str | Path],
        ready: Callable[[], bool],
        log_path: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log_path = log_path
        with log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # `stop` reaches the processes that it forks, too
            )
        try:
            self._wait_for(ready)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The process id, for tests that suspend or kill a receiver."""
        return self._process.pid

    def log(self) -> str:
        """Return what the program has printed so far."""
        return self.log_path.read_text(errors="replace")

    def stop(self) -> None:
        """Kill the program and all that it started; it has nothing that is worth saving."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self._process.poll() is not None:
                raise RuntimeError(f"{self._process.args!r} ended at its start: {self.log()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self._process.args!r} does not listen: {self.log()}")
            time.sleep(0.01)
