"""The command as its users run it: a process of its own, its output, and what it cost.

Whatever a run was about, its output must be fit for a hospital: no traceback, no escape sequence in
what is piped, and no word of the patient below debug level. `run` and `Command.finish` see to it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from peers.study import PATIENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Argument = str | bytes | Path

LIMIT_SECONDS = 60
"""A run that takes longer hangs; nothing is measured by it."""


class Finished(NamedTuple):
    """A run that came to its end."""

    exit_code: int
    """Negative: the signal that killed it."""
    stdout: str
    stderr: str
    peak_resident_bytes: int
    """Of shared pages, too; 0 where the system does not tell."""

    @property
    def headline(self) -> str:
        """The first line of the summary."""
        return self.stdout.partition("\n")[0]


class Command:
    """A run of ``python -m fastsend`` under way.

    Parameters
    ----------
    *arguments : str, bytes or Path
        Of fastsend.
    prefix : sequence of str
        A command to run it under, such as strace with its options.
    stdout : file descriptor, optional
        Where standard output goes instead of a file that is kept.
    environment : dict
        Added to the environment.
    """

    def __init__(
        self,
        *arguments: Argument,
        prefix: Sequence[Argument] = (),
        stdout: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._debug = "-d" in arguments
        # Files, not pipes: a run must not wait for somebody who reads. `finish` closes them.
        self._files = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        with _interruptible():
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "fastsend", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=self._files[0] if stdout is None else stdout,
                stderr=self._files[1],
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # `finish` can kill what it started, too
            )

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; `finish` must not have been called."""
        os.kill(self.process.pid, number)  # not send_signal, which would take its exit code

    def finish(self, timeout: float = LIMIT_SECONDS) -> Finished:
        """Wait for its end; kill it where that does not come, and raise TimeoutError."""
        process, peak, hung = self.process, 0, False
        deadline = time.monotonic() + timeout
        while process.poll() is None:
            # Not getrusage: it counts what this process had when it forked.
            peak = max(peak, _peak_resident_bytes(process.pid))
            if not hung and time.monotonic() > deadline:
                hung = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.005)
        texts = []
        for file in self._files:
            with file:
                file.seek(0)
                texts.append(file.read())
        _check_output(b"\n".join(texts), debug=self._debug)
        stdout, stderr = (text.decode(errors="backslashreplace") for text in texts)
        if hung:
            raise TimeoutError(f"the run did not end: {stdout}{stderr}")
        return Finished(process.returncode, stdout, stderr, peak)


def run(*arguments: Argument, timeout: float = LIMIT_SECONDS, **keywords: object) -> Finished:
    """Run ``python -m fastsend`` to its end; the keywords are those of `Command`."""
    return Command(*arguments, **keywords).finish(timeout)  # type: ignore[arg-type]


def _peak_resident_bytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let a child hear SIGINT, although this process may have been started in the background."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)


def _check_output(output: bytes, *, debug: bool) -> None:
    assert b"Traceback" not in output, output
    assert b"Exception" not in output, output
    assert b"\x1b" not in output, output
    assert b"\r" not in output, output
    if not debug:
        for words in PATIENT:
            assert words not in output, output
