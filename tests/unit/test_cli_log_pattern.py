"""Layouts of log lines. That they make the real dcmsend's lines is shown in tests/peers."""

import logging
import os
import socket
import sys
import threading
import time

import pytest

from fastsend.cli.log_pattern import (
    PatternLayout,
    SimpleLayout,
    TTCCLayout,
    formatted_time,
    level_name,
)

MOMENT = 1_770_000_000.012345
"""2026-02-02 02:40:00 UTC."""


def a_record(message: str = "hello", level: int = logging.INFO) -> logging.LogRecord:
    record = logging.LogRecord("fastsend.network", level, "/src/a.py", 7, message, (), None, "send")
    record.created = MOMENT
    record.relativeCreated = 1234.5
    record.log4cplus_name = "dcmtk.apps.dcmsend"
    return record


def formatted(pattern: str, record: logging.LogRecord | None = None) -> str:
    layout = PatternLayout(pattern)
    assert layout.complaints == []
    return layout.format(record or a_record())


@pytest.fixture(autouse=True)
def in_a_time_zone(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("TZ", "XYZ-2")  # two hours ahead
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%m%n", "hello\n"),
        ("no conversion", "no conversion"),
        ("%p|%P", "INFO|I"),
        ("%c|%c{1}|%c{2}|%c{9}|%c{0}|%c{x}|%c{}",
         "dcmtk.apps.dcmsend|dcmsend|apps.dcmsend|dcmtk.apps.dcmsend" + 3 * "|dcmtk.apps.dcmsend"),
        ("%%|100%%m", "%|100%m"),
        ("%d|%D", "2026-02-02 02:40:00|2026-02-02 04:40:00"),
        ("%d{%H:%M}|%D{%H:%M}", "02:40|04:40"),
        ("%D{%S.%q}|%D{%Q}|%d{%s}", "00.012|012.345|1770000000"),
        ("%F|%b|%L|%l|%M", "/src/a.py|a.py|7|/src/a.py:7|send"),
        ("%r", "1234"),
        ("[%x][%X{key}][%X]", "[][][]"),
        ("[%6p][%-6p][%3p]", "[  INFO][INFO  ][INFO]"),
        ("[%.2p][%5.3p][%-5.3p][%.0p]", "[FO][NFO][NFO][]"),
        ("%-8c{1}-", "dcmsend -"),
        ("%5", "%5"),
        ("%m%", "hello%"),
        ("", ""),
    ],
)  # fmt: skip
def test_patterns(pattern: str, text: str) -> None:
    assert formatted(pattern) == text


def test_process_thread_and_host() -> None:
    assert formatted("%i %t %T %h") == (
        f"{os.getpid()} {threading.get_ident()} {threading.get_native_id()} {socket.gethostname()}"
    )


@pytest.mark.parametrize(
    ("pattern", "text", "complaint"),
    [
        ("[%Q]", "[%Q]", "%Q is no conversion; it stands for itself"),
        ("%-5.3zx", "%-5.3zx", "%-5.3z is no conversion; it stands for itself"),
        ("%m%D{%H", "hello2026-02-02 04:40:00", "no closing brace in %m%D{%H"),
    ],
)
def test_wrong_patterns(pattern: str, text: str, complaint: str) -> None:
    layout = PatternLayout(pattern)
    assert layout.complaints == [complaint]
    assert layout.format(a_record()) == text


def test_widths_are_limited() -> None:
    assert len(formatted("%999999999999999999m")) == 1000
    assert formatted("%.999999999999999999m") == "hello"


def test_a_message_is_one_line_and_a_traceback_many() -> None:
    record = a_record("a\nF: forged\x1b[2J")
    assert formatted("%P: %m%n", record) == "I: a\\nF: forged\\x1b[2J\n"
    try:
        int("x\ny")
    except ValueError:
        record.exc_info = sys.exc_info()
    lines = formatted("%P: %m%n", record).splitlines()
    assert lines[1] == "I: Traceback (most recent call last):"
    assert lines[-1] == "I: ValueError: invalid literal for int() with base 10: 'x\\ny'"


def test_simple_layout() -> None:
    assert SimpleLayout().format(a_record("x", logging.WARNING)) == "WARN - x\n"


def test_ttcc_layout() -> None:
    thread = threading.get_ident()
    rest = f"[{thread}] INFO dcmtk.apps.dcmsend <> - hello\n"
    assert TTCCLayout().format(a_record()) == f"1234 {rest}"
    assert TTCCLayout("%H:%M").format(a_record()) == f"04:40 {rest}"
    assert TTCCLayout("%H:%M", gmt=True).format(a_record()) == f"02:40 {rest}"


@pytest.mark.parametrize(
    ("level", "name"),
    [(50, "FATAL"), (40, "ERROR"), (35, "WARN"), (20, "INFO"), (10, "DEBUG"), (5, "TRACE")],
)
def test_levels(level: int, name: str) -> None:
    assert level_name(level) == name


@pytest.mark.parametrize("pattern", ["%", "%%", "%q%", "%H%%q", "\0", "%E"])
def test_odd_times(pattern: str) -> None:
    assert isinstance(formatted_time(MOMENT, pattern, gmt=True), str)
    assert formatted_time(MOMENT, "%H%%q", gmt=True) == "02%q"
