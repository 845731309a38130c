"""Where log lines go."""

import io
import logging
import sys
import time
from pathlib import Path

import pytest

from fastsend.cli import log_appenders
from fastsend.cli.log_appenders import (
    ConsoleAppender,
    FileAppender,
    ScheduledFileAppender,
    period_of,
)
from fastsend.cli.log_pattern import PatternLayout


def a_record(message: str = "hello", created: float | None = None) -> logging.LogRecord:
    record = logging.LogRecord("fastsend", logging.INFO, "a.py", 7, message, (), None)
    if created is not None:
        record.created = created
    return record


def with_layout(handler: logging.Handler, pattern: str = "%m%n") -> logging.Handler:
    handler.setFormatter(PatternLayout(pattern))
    return handler


@pytest.mark.parametrize("to_stderr", [True, False])
def test_console(to_stderr: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with_layout(ConsoleAppender(to_stderr=to_stderr)).handle(a_record())
    out, err = capsys.readouterr()
    assert (out, err) == (("", "hello\n") if to_stderr else ("hello\n", ""))


class Broken(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [Broken(), None])
def test_a_console_that_is_gone(
    stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    with_layout(ConsoleAppender(to_stderr=True)).handle(a_record())


@pytest.mark.parametrize(("append", "text"), [(True, "old\nhello\n"), (False, "hello\n")])
def test_file(append: bool, text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("old\n")
    appender = with_layout(FileAppender(str(path), append=append))
    appender.handle(a_record())
    assert path.read_text() == text
    appender.close()


def test_flushed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    appender = with_layout(FileAppender(str(path), append=True, flush_each=False))
    appender.handle(a_record())
    assert path.read_text() == ""
    appender.close()
    assert path.read_text() == "hello\n"


def test_rolling(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    appender = with_layout(FileAppender(str(path), append=True, most_bytes=10, backups=2))
    for number in range(8):
        appender.handle(a_record(f"line {number}"))
    appender.close()
    # A file is left once it is longer, after two lines of seven bytes.
    assert path.read_text() == ""
    assert Path(f"{path}.1").read_text() == "line 6\nline 7\n"
    assert Path(f"{path}.2").read_text() == "line 4\nline 5\n"
    assert not Path(f"{path}.3").exists()


def test_a_full_disk_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    appender = with_layout(FileAppender("/dev/full", append=True))
    for _ in range(3):
        appender.handle(a_record())
    appender.close()
    err = capsys.readouterr().err
    assert err == "E: The log /dev/full cannot be written: No space left on device\n"


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileAppender(str(tmp_path / "none" / "a.log"), append=True)


@pytest.fixture
def in_a_time_zone(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("TZ", "XYZ0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


# Tuesday, 29 December 2026, 13:45:56
NOW = 1_798_551_956


@pytest.mark.usefixtures("in_a_time_zone")
@pytest.mark.parametrize(
    ("schedule", "start", "end"),
    [
        ("monthly", "2026-12-01 00:00:00", "2027-01-01 00:00:00"),
        ("weekly", "2026-12-27 00:00:00", "2027-01-03 00:00:00"),
        ("daily", "2026-12-29 00:00:00", "2026-12-30 00:00:00"),
        ("twice_daily", "2026-12-29 12:00:00", "2026-12-30 00:00:00"),
        ("hourly", "2026-12-29 13:00:00", "2026-12-29 14:00:00"),
        ("minutely", "2026-12-29 13:45:00", "2026-12-29 13:46:00"),
    ],
)
def test_periods(schedule: log_appenders.Schedule, start: str, end: str) -> None:
    found = period_of(NOW, schedule)
    assert [time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one)) for one in found] == [start, end]


@pytest.mark.usefixtures("in_a_time_zone")
def test_scheduled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.log"
    for run in range(3):
        monkeypatch.setattr(log_appenders.time, "time", lambda: float(NOW))
        appender = with_layout(
            ScheduledFileAppender(
                str(path), schedule="hourly", append=True, flush_each=True, backups=2
            )
        )
        appender.handle(a_record(f"run {run}", NOW))
        if run == 2:
            appender.handle(a_record("later", NOW + 3600))
        monkeypatch.undo()
        appender.close()
    # As the real one leaves them: names of the period, older files of the same one with numbers.
    texts = {one.name: one.read_text() for one in tmp_path.iterdir()}
    assert texts == {
        "a.log": "",
        "a.log.2026-12-29-13": "run 2\n",
        "a.log.2026-12-29-13.1": "run 1\n",
        "a.log.2026-12-29-13.2": "run 0\n",
        "a.log.2026-12-29-14": "later\n",
    }
