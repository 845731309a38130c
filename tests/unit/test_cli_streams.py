"""Writing to streams that may be closed, full or unable to hold a character."""

import io
import sys

import pytest

from fastsend.cli.streams import (
    is_terminal,
    wants_colour,
    write_log,
    write_stderr,
    write_stdout,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Failing(io.StringIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, _: str) -> int:
        raise self.error


def test_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_stdout("a\n") == 0
    write_stderr("b\n")
    assert capsys.readouterr() == ("a\n", "b\n")


def test_characters_that_the_encoding_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    assert write_stdout("é\udcff\n") == 0
    assert raw.getvalue() == b"\\xe9\\udcff\n"


def test_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(BrokenPipeError()))
    assert write_stdout("a") == 0


def test_no_space(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(OSError(28, "No space left on device")))
    assert write_stdout("a") == 40
    assert capsys.readouterr().err == "E: The output cannot be written: No space left on device\n"


def test_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    monkeypatch.setattr(sys, "stderr", closed)
    assert write_stdout("a") == 40
    assert not is_terminal(closed)
    monkeypatch.setattr(sys, "stdout", None)
    assert write_stdout("a") == 0
    assert not is_terminal(None)


def test_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert is_terminal(Terminal())
    assert not is_terminal(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not is_terminal(Terminal())


@pytest.mark.parametrize(("value", "colour"), [("1", False), ("", True), (None, True)])
def test_no_color(value: str | None, colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert wants_colour(Terminal()) is colour
    assert not wants_colour(io.StringIO())


def test_a_log_is_lost_where_nobody_reads() -> None:
    stream = io.StringIO()
    write_log(stream, "a")
    assert stream.getvalue() == "a"
    write_log(Failing(BrokenPipeError()), "a")
    write_log(None, "a")
