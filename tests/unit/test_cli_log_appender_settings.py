"""Appenders from their settings."""

import logging
import time
from pathlib import Path

import pytest

from fastsend.cli.log_appender_settings import appender_of, level_setting
from fastsend.cli.log_appenders import ConsoleAppender, FileAppender, ScheduledFileAppender
from fastsend.cli.log_pattern import PatternLayout, SimpleLayout, TTCCLayout
from fastsend.cli.log_properties import Properties, read_properties


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def settings(kind: str, *lines: str) -> Properties:
    text = "\n".join([f"f = log4cplus::{kind}", *(f"f.{line}" for line in lines)])
    return read_properties(text, "x.cfg", {})


def made(kind: str, *lines: str) -> logging.Handler:
    properties = settings(kind, *lines)
    appender = appender_of(properties, "f")
    properties.complain_of_unknown("f")
    assert properties.complaints == []
    assert appender is not None
    appender.close()
    return appender


def complaints(kind: str, *lines: str) -> list[str]:
    properties = settings(kind, *lines)
    appender = appender_of(properties, "f")
    if appender is not None:
        appender.close()
    return [one.partition(": ")[2] for one in properties.complaints]


@pytest.mark.parametrize(
    ("kind", "lines", "made_of"),
    [
        ("ConsoleAppender", ("logToStdErr = true", "ImmediateFlush = true"), ConsoleAppender),
        ("NullAppender", (), logging.NullHandler),
        ("FileAppender", ("File = x.log", "Append = true", "ImmediateFlush = 0"), FileAppender),
        ("RollingFileAppender", ("File = x.log",), FileAppender),
        ("DailyRollingFileAppender", ("File = x.log", "Schedule = Hourly"), ScheduledFileAppender),
    ],
)
def test_kinds(kind: str, lines: tuple[str, ...], made_of: type) -> None:
    appender = made(kind, *lines)
    assert type(appender) is made_of
    assert type(appender.formatter) is SimpleLayout
    assert appender.level == 0


@pytest.mark.parametrize(("text", "level"), [("error", 40), ("OFF", 100), ("ALL", 1)])
def test_threshold(text: str, level: int) -> None:
    assert made("ConsoleAppender", f"Threshold = {text}").level == level


@pytest.mark.parametrize(
    ("kind", "append"),
    [("FileAppender", False), ("RollingFileAppender", True), ("DailyRollingFileAppender", True)],
)
def test_what_is_there_already(kind: str, append: bool) -> None:
    Path("x.log").write_text("old")
    appender = appender_of(settings(kind, "File = x.log", "Schedule = daily"), "f")
    assert appender is not None
    assert Path("x.log").read_text() == ("old" if append else "")
    appender.close()


@pytest.mark.parametrize(
    ("lines", "most_bytes", "backups"),
    [
        ((), 10 * 1024 * 1024, 1),
        (("MaxFileSize = 5MB", "MaxBackupIndex = 10"), 5 * 1024 * 1024, 10),
        (("MaxFileSize = 500kb", "MaxBackupIndex = 0"), 500 * 1024, 1),
        (("MaxFileSize = 300000", "MaxBackupIndex = 99999999"), 300_000, 10_000),
    ],
)
def test_rolling(lines: tuple[str, ...], most_bytes: int, backups: int) -> None:
    appender = made("RollingFileAppender", "File = x.log", *lines)
    assert isinstance(appender, FileAppender)
    assert (appender._most_bytes, appender.backupCount) == (most_bytes, backups)


def test_layouts() -> None:
    layouts = ("SimpleLayout",), ("TTCCLayout",), ("PatternLayout",)
    more = (), ("DateFormat = %H", "Use_gmtime = true"), ("ConversionPattern = %m",)
    found = [
        made(
            "ConsoleAppender",
            f"layout = log4cplus::{name}",
            *(f"layout.{line}" for line in lines),
        ).formatter
        for (name,), lines in zip(layouts, more, strict=True)
    ]
    assert [type(one) for one in found] == [SimpleLayout, TTCCLayout, PatternLayout]
    record = logging.LogRecord("x", 20, "", 1, "text", (), None)
    assert [one.format(record) for one in found if one] == [
        "INFO - text\n",
        f"{time.strftime('%H', time.gmtime(record.created))} [{record.thread}] INFO x <> - text\n",
        "text",
    ]


@pytest.mark.parametrize(
    ("kind", "lines", "complaint"),
    [
        ("SysLogAppender", (), "appenders of the kind SysLogAppender are not known here"),
        ("", (), "appenders of the kind  are not known here"),
        ("FileAppender", (), "this appender has no File"),
        ("FileAppender", ("File = .",), "the log . cannot be opened: Is a directory"),
        ("ConsoleAppender", ("Threshold = loud",), "there is no log level loud"),
        ("ConsoleAppender", ("layout = Nice",), "there is no layout Nice"),
        ("ConsoleAppender", ("layout = PatternLayout",), "this layout has no ConversionPattern"),
        ("DailyRollingFileAppender", ("File = x", "Schedule = often"),
         "there is no Schedule often: it is daily"),
        ("RollingFileAppender", ("File = x", "MaxFileSize = 1KB"),
         "MaxFileSize 1KB is too small: it is 200 KB"),
        ("RollingFileAppender", ("File = x", "MaxFileSize = " + "9" * 30),
         f"MaxFileSize {'9' * 30} is no size: it is 200 KB"),
        ("RollingFileAppender", ("File = x", "MaxFileSize = lots"),
         "MaxFileSize LOTS is no size: it is 200 KB"),
        ("RollingFileAppender", ("File = x", "MaxBackupIndex = few"), "few is no number"),
    ],
)  # fmt: skip
def test_what_is_wrong(kind: str, lines: tuple[str, ...], complaint: str) -> None:
    assert complaints(kind, *lines) == [complaint]


@pytest.mark.parametrize(
    ("text", "level", "told"), [("INFO", 20, 0), ("INHERITED", None, 0), ("loud", None, 1)]
)
def test_levels(text: str, level: int | None, told: int) -> None:
    properties = settings("")
    assert level_setting(properties, "f", text) == level
    assert len(properties.complaints) == told
