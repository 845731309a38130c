"""Log lines in DCMTK's form."""

import io
import logging
import sys
import warnings

import pytest

from fastsend.cli.logs import TRACE, letter, log_to, log_to_stderr, message_lines

LEVELS = [50, 40, 30, 20, 10, TRACE]


def written(level: str, capsys: pytest.CaptureFixture[str]) -> str:
    with log_to_stderr(level):  # type: ignore[arg-type]
        for number in LEVELS:
            logging.getLogger("fastsend.part").log(number, "at %d", number)
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("level", "lines"),
    [
        ("fatal", ["F: at 50"]),
        ("error", ["F: at 50", "E: at 40"]),
        ("warn", ["F: at 50", "E: at 40", "W: at 30"]),
        ("info", ["F: at 50", "E: at 40", "W: at 30", "I: at 20"]),
        ("debug", ["F: at 50", "E: at 40", "W: at 30", "I: at 20", "D: at 10"]),
        ("trace", ["F: at 50", "E: at 40", "W: at 30", "I: at 20", "D: at 10", "T: at 5"]),
    ],
)
def test_levels(level: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert written(level, capsys).splitlines() == lines


def test_letters() -> None:
    assert [letter(number) for number in (60, 50, 45, 40, 35, 30, 20, 15, 10, 5, 1)] == list(
        "FFEEWWIDDTT"
    )


def test_one_event_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with log_to_stderr("warn"):
        logging.getLogger("fastsend").warning("%s", "a\nF: forged\x1b[2J\u202e")
    assert capsys.readouterr().err == "W: a\\nF: forged\\x1b[2J\\u202e\n"


@pytest.mark.parametrize("name", ["pynetdicom.acse", "pydicom", "py.warnings"])
def test_other_loggers_only_for_debugging(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger(name.partition(".")[0]).addHandler(logging.NullHandler())
    logging.getLogger(name).addHandler(logging.NullHandler())
    with log_to_stderr("info"):
        logging.getLogger(name).error("DOE^JOHN")
    assert capsys.readouterr().err == ""
    with log_to_stderr("debug"):
        logging.getLogger(name).error("DOE^JOHN")
    assert capsys.readouterr().err == "E: DOE^JOHN\n"


def test_warnings_only_for_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with log_to_stderr("info"):
            warnings.warn("DOE^JOHN", stacklevel=1)
        assert capsys.readouterr().err == ""
        with log_to_stderr("debug"):
            warnings.warn("DOE^JOHN", stacklevel=1)
        assert "DOE^JOHN" in capsys.readouterr().err


def test_all_is_put_back() -> None:
    logger = logging.getLogger("fastsend")
    before = logger.level, list(logger.handlers), sys.unraisablehook
    with log_to_stderr("debug"):
        assert logger.isEnabledFor(logging.DEBUG)
    assert (logger.level, list(logger.handlers), sys.unraisablehook) == before


class Broken(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [Broken(), None])
def test_a_log_that_cannot_be_written_is_lost(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    with log_to_stderr("debug"):
        logging.getLogger("fastsend").error("lost")


def test_messages_and_tracebacks_are_printable_lines() -> None:
    record = logging.LogRecord("x", 20, "", 1, "%s", ("a\nb\x1b",), None)
    assert message_lines(record) == ["a\\nb\\x1b"]
    try:
        int("\x1b")
    except ValueError:
        record.exc_info = sys.exc_info()
    lines = message_lines(record)
    assert lines[1] == "Traceback (most recent call last):"
    assert all(line.isprintable() for line in lines)


class Counting(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.names.append(record.name)


def test_a_record_comes_once_whatever_the_levels() -> None:
    handler = Counting()
    with log_to(handler, {"fastsend": logging.ERROR, "fastsend.network": logging.INFO}):
        logging.getLogger("fastsend").info("no")
        logging.getLogger("fastsend.network.x").info("once")
        logging.getLogger("fastsend").error("once")
    logging.getLogger("fastsend").error("not any more")
    assert handler.names == ["fastsend.network.x", "fastsend"]
    assert logging.getLogger("fastsend.network").level == logging.NOTSET
