"""Ctrl-C while Python imports what a run needs.

It is counted from the first module of the command's own. Before that Python itself starts, and does
with the signal what it likes: nothing of fastsend's can do anything about that.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from fastsend.errors import EXIT_INTERRUPTED
from peers.fastsend_command import _interruptible
from reference.part10_files import identity, part10, pixels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The first import of fastsend.cli is told on stdout; the signal comes from here or at the `at`-th.
START = """
import os, signal, sys
at, seen = int(sys.argv.pop(1)), 0
def count(event, arguments):
    global seen
    if event == "import" and (seen or arguments[0] == "fastsend.cli"):
        seen += 1
        if seen == 1:
            os.write(1, b".")
        if seen == at:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(count)
"""
AS_MODULE = "import runpy; runpy.run_module('fastsend', run_name='__main__', alter_sys=True)"
AS_SCRIPT = "from fastsend.__main__ import start; start()"


@pytest.fixture
def arguments(tmp_path: Path) -> Iterator[list[str]]:
    """Of a run that would wait long: nobody answers on the port."""
    file = tmp_path / "file.dcm"
    file.write_bytes(part10(identity() + pixels()))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield ["-ta", "30", "127.0.0.1", str(silent.getsockname()[1]), str(file)]


def launch(way: str, at: int, *arguments: str) -> subprocess.Popen[bytes]:
    with _interruptible():
        return subprocess.Popen(
            [sys.executable, "-c", START + way, str(at), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def assert_ends_well(process: subprocess.Popen[bytes]) -> None:
    _, err = process.communicate(timeout=20)
    assert process.returncode == EXIT_INTERRUPTED
    assert b"Traceback" not in err
    assert b"Exception" not in err


@pytest.mark.parametrize("at", [1, 2, 3, 4, 8, 12, 16, 24, 32, 40, 48, 56, 100, 200])
def test_at_an_import(at: int, arguments: list[str]) -> None:
    with launch(AS_MODULE, at, *arguments) as process:
        assert_ends_well(process)


@pytest.mark.parametrize("way", [AS_MODULE, AS_SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize("milliseconds", [0, 1, 2, 4, 7, 10, 15, 20, 25, 30, 40, 60, 80, 100])
def test_at_a_time(milliseconds: int, way: str, arguments: list[str]) -> None:
    with launch(way, 0, *arguments) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"."
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGINT)
        assert_ends_well(process)


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        done = subprocess.run(
            [sys.executable, "-c", START + AS_MODULE, "5", "--version"],
            capture_output=True,
            check=False,
        )
    finally:
        signal.signal(signal.SIGINT, before)

    assert (done.returncode, done.stderr) == (0, b"")
