"""The command from outside: output, exit codes, what it costs to start."""

import os
import subprocess
import sys
import types

import pytest

import fastsend.report
from fastsend import __version__
from fastsend.cli import main

# Each of them costs about a millisecond or much more, and none is needed to read a command line.
HEAVY = {
    "argparse", "asyncio", "dataclasses", "difflib", "importlib.metadata", "inspect", "logging",
    "numpy", "pathlib", "pydicom", "pynetdicom", "rich", "shutil", "signal", "socket", "ssl",
    "subprocess", "tempfile", "textwrap", "threading", "traceback",
    "fastsend.sender", "fastsend.report.summary", "fastsend.model.result", "fastsend.cli.run",
}  # fmt: skip


def run(*arguments: str, **kwargs: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "fastsend", *arguments],
        capture_output=True, text=True, check=False, timeout=60, **kwargs,
    )  # fmt: skip


def test_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"fastsend {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []])
def test_help_goes_to_stdout(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: fastsend [options] peer port file-or-directory..." in done.stdout


@pytest.mark.parametrize("argument", ["--version", "--help", "--no-such-option"])
def test_what_is_imported(argument: str) -> None:
    code = (
        "import sys; from fastsend.cli import main; main(sys.argv[1:]);"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, argument], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    allowed = {"difflib"} if argument.startswith("--no") else set()
    assert loaded & HEAVY <= allowed
    assert "fastsend.cli.command" in loaded


def test_a_wrong_command_line() -> None:
    done = run("--verbos", "h", "1", "f")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: Unknown option --verbos (did you mean --verbose?)\n"
        "'fastsend --help' lists all options.\n"
    )


def test_what_is_echoed_cannot_drive_the_terminal() -> None:
    done = run("-\x1b]0;x\x07\n", "h", "1", "f")
    assert done.stderr.splitlines()[0] == "error: Unknown option -\\x1b]0;x\\x07\\n"


def test_bytes_that_are_no_text_are_echoed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fastsend", b"-\xff"],
        capture_output=True, check=False, env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: Unknown option -\\xff")


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--list-decoders"], "short\n"),
        (["--list-decoders", "-v"], "long\n"),
        (["-d", "--list-decoders"], "long\n"),
        (["--list-decoders", "-q"], "short\n"),
        (["--list-decoders", "--json"], "{}\n"),
        (["--list-decoders", "-v", "--json"], "{}\n"),
    ],
)
def test_list_of_decoders(
    arguments: list[str],
    printed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    decoders = types.SimpleNamespace(
        listing=lambda verbose: "long\n" if verbose else "short\n", listing_json=lambda: "{}"
    )
    monkeypatch.setattr(fastsend.report, "decoders", decoders, raising=False)
    assert main(arguments) == 0
    assert capsys.readouterr().out == printed


def test_main_takes_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"fastsend {__version__}\n"


def test_main_takes_those_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fastsend", "--version"])
    assert main() == 0
    assert capsys.readouterr().out == f"fastsend {__version__}\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "fastsend", "--help"],
            stdout=writer, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")  # noqa: PTH110
def test_output_that_cannot_be_written() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "fastsend", "--help"],
            stdout=full, stderr=subprocess.PIPE, check=False, text=True,
        )  # fmt: skip
    assert done.returncode == 40
    assert done.stderr.startswith("E: The output cannot be written: ")
    assert len(done.stderr.splitlines()) == 1


def test_without_stdout() -> None:
    code = (
        "import os, sys; os.close(1); "
        "os.execv(sys.executable, [sys.executable, '-m', 'fastsend', '--help'])"
    )
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fastsend.cli.command.parse", interrupted)
    assert main(["h", "1", "f"]) == 130
