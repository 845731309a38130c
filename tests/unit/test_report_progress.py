"""The progress bar, on a real pseudo-terminal and off it."""

import io
import os
import re
import subprocess
import sys

import pytest

from fastsend.report.progress import ProgressBar

pty = pytest.importorskip("pty")

RUN = """
import sys, time, types
from fastsend.errors import NegotiationError
def send(options, *, observer):
    observer.scanned(1234, 2_000_000, 0)
    observer.progress(0, 0)
    time.sleep(0.6)
    for done in (100, 617):
        observer.progress(done, done * 1000)
        time.sleep(0.1)
    observer.warning("half way")
    observer.progress(1000, 1_000_000)
    raise NegotiationError("the end")
module = types.ModuleType("fastsend.sender")
module.send = send
sys.modules["fastsend.sender"] = module
from fastsend.cli import main
code = main(sys.argv[1:])
print("rich" in sys.modules)
sys.exit(code)
"""


def on_a_terminal(*options: str, **environment: str) -> tuple[str, str]:
    """Return what a run writes to its terminal (stderr) and to stdout."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *options, "pacs", "104", "f"],
        stdout=subprocess.PIPE, stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", **environment},
    )  # fmt: skip
    os.close(terminal)
    written = b""
    try:
        while chunk := os.read(controller, 65536):
            written += chunk
    except OSError:  # Linux: the other end was closed
        pass
    finally:
        os.close(controller)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 61
    return written.decode(), out.decode()


def without_colour(text: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def test_a_terminal_gets_a_bar() -> None:
    written, out = on_a_terminal()
    text = without_colour(written)
    assert "617/1,234 instances" in text
    assert re.search(r"0\.6/2\.0 MB", text)
    assert re.search(r"[\d.]+ [kM]B/s", text)
    assert re.search(r"\d:\d\d:\d\d", text)
    assert "W: half way" in text
    assert "E: the end" in text
    assert out == "True\n"


def test_the_bar_has_no_colour_where_none_is_wanted() -> None:
    written, _ = on_a_terminal(NO_COLOR="1")
    assert "617/1,234 instances" in written
    assert not re.search(r"\x1b\[[\d;]*3\dm", written)


@pytest.mark.parametrize("option", ["-q", "-v", "-d"])
def test_no_bar(option: str) -> None:
    written, out = on_a_terminal(option)
    assert "617/1,234" not in written
    assert "\x1b" not in written
    assert out == "False\n"


def test_no_bar_on_a_dumb_terminal() -> None:
    written, out = on_a_terminal(TERM="dumb")
    assert "\x1b" not in written
    assert out == "False\n"


def test_no_bar_in_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, "pacs", "104", "f"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr == "W: half way\nE: the end\n"
    assert done.stdout == "False\n"


def test_a_total_that_is_known_later() -> None:
    screen = io.StringIO()
    bar = ProgressBar(None, None, file=screen)
    steps = []
    for show in (
        lambda: bar.show(0, 0),
        lambda: bar.show(617, 617_000),
        lambda: (bar.set_total(1234, 2_000_000), bar.show(700, 700_000)),
    ):
        screen.truncate(0)
        show()
        steps.append(without_colour(screen.getvalue()))
    bar.close()
    first, second, third = steps
    assert "Scanning " in first
    assert "Sending" not in first
    assert "0/? instances" in first
    assert "Scanning and sending" in second
    assert "617/? instances" in second
    assert re.search(r"617\.0/\? kB", second)
    assert "Scanning" not in third
    assert "Sending" in third
    assert "700/1,234 instances" in third
    assert re.search(r"0\.7/2\.0 MB", third)


@pytest.mark.parametrize("data_set_bytes", [0, 1, 10**15])
def test_any_total(data_set_bytes: int) -> None:
    screen = io.StringIO()
    bar = ProgressBar(1, data_set_bytes, file=screen)
    bar.show(1, data_set_bytes)
    bar.close()
    assert "1/1 instances" in without_colour(screen.getvalue())
