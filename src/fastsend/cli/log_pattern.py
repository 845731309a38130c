"""Layouts of log lines as log4cplus has them, so that DCMTK's configurations make the same lines.

Where a line comes from (``%F %b %L %l %M``) is told of fastsend's own sources. It knows no
diagnostic contexts (``%x``, ``%X``), which DCMTK does not fill either.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from fastsend.cli.logs import message_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    Conversion = Callable[[logging.LogRecord, str], str]

WIDEST = 1000
"""Characters; a wider field is a mistake."""
DEFAULT_DATE = "%Y-%m-%d %H:%M:%S"


def level_name(level: int) -> str:
    """Return log4cplus' name of a level."""
    names = ((50, "FATAL"), (40, "ERROR"), (30, "WARN"), (20, "INFO"), (10, "DEBUG"))
    return next((name for least, name in names if level >= least), "TRACE")


def logger_name(record: logging.LogRecord) -> str:
    """Return the name of the logger as the configuration knows it."""
    return str(getattr(record, "log4cplus_name", record.name))


class SimpleLayout(logging.Formatter):
    """Level, a dash and the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text for a record, line ends included."""
        level = level_name(record.levelno)
        return "".join(f"{level} - {line}\n" for line in message_lines(record))


class TTCCLayout(logging.Formatter):
    """Time, thread, level, logger, an empty diagnostic context, and the message.

    Parameters
    ----------
    date_format : str
        See `formatted_time`; "" for milliseconds since the start of the program.
    gmt : bool
        Show Coordinated Universal Time.
    """

    def __init__(self, date_format: str = "", *, gmt: bool = False) -> None:
        super().__init__()
        self._date_format = date_format
        self._gmt = gmt

    def format(self, record: logging.LogRecord) -> str:
        """Return the text for a record, line ends included."""
        when = _relative(record, "")
        if self._date_format:
            when = formatted_time(record.created, self._date_format, gmt=self._gmt)
        head = f"{when} [{record.thread}] {level_name(record.levelno)} {logger_name(record)} <> - "
        return "".join(f"{head}{line}\n" for line in message_lines(record))


class Field(NamedTuple):
    """A conversion and the width of its result."""

    convert: Conversion
    least: int = 0
    most: int | None = None
    """Longer text loses its beginning."""
    left: bool = False

    def text(self, record: logging.LogRecord, line: str) -> str:
        """Return the field for one line of a record."""
        text = self.convert(record, line)
        if self.most is not None and len(text) > self.most:
            return text[len(text) - self.most :]
        return text.ljust(self.least) if self.left else text.rjust(self.least)


class PatternLayout(logging.Formatter):
    """Lines by a conversion pattern; each line of a message is a line of its own.

    Parameters
    ----------
    pattern : str
        Text with conversions: ``%`` and, as wished, ``-`` to fill on the right, a least width, and
        ``.`` with a greatest one, and a letter.

    Attributes
    ----------
    complaints : list of str
        What is wrong with the pattern; it stands in the lines as it is.
    """

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self._fields = list(_Parser(pattern, self.complaints).fields())

    def format(self, record: logging.LogRecord) -> str:
        """Return the text for a record, with line ends only where the pattern has them."""
        return "".join(
            field.text(record, line) for line in message_lines(record) for field in self._fields
        )


def formatted_time(seconds: float, pattern: str, *, gmt: bool) -> str:
    """Return a time by a pattern of strftime.

    Parameters
    ----------
    seconds : float
        Since 1970.
    pattern : str
        Beside strftime's, ``%q`` stands for milliseconds, ``%Q`` for them with a fraction, and
        ``%s`` for `seconds`.
    gmt : bool
        Show Coordinated Universal Time.
    """
    microseconds = int(seconds % 1 * 1e6)
    milliseconds = f"{microseconds // 1000:03d}"
    parts = []
    rest = pattern
    while rest:
        before, percent, after = rest.partition("%")
        parts.append(before)
        match after[:1]:
            case "q":
                parts.append(milliseconds)
            case "Q":
                parts.append(f"{milliseconds}.{microseconds % 1000:03d}")
            case "s":
                parts.append(str(int(seconds)))
            case other:
                parts.append(percent + other)
        rest = after[1:]
    moment = time.gmtime(seconds) if gmt else time.localtime(seconds)
    try:
        return time.strftime("".join(parts), moment)
    except ValueError:  # what some systems do not know
        return pattern


class _Parser:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, complaints: list[str]) -> None:
        self._pattern = pattern
        self._complaints = complaints
        self._at = 0

    def fields(self) -> list[Field]:
        fields = []
        pattern = self._pattern
        while self._at < len(pattern):
            end = pattern.find("%", self._at)
            if end != self._at:
                end = len(pattern) if end < 0 else end
                fields.append(_literal(pattern[self._at : end]))
                self._at = end
            elif pattern[end + 1 : end + 2] == "%":
                fields.append(_literal("%"))
                self._at += 2
            else:
                fields.append(self._conversion())
        return fields

    def _conversion(self) -> Field:
        start = self._at
        self._at += 1
        left = False
        while self._pattern[self._at : self._at + 1] == "-":
            left = True
            self._at += 1
        least = self._digits()
        most: int | None = None
        if self._pattern[self._at : self._at + 1] == ".":
            self._at += 1
            most = self._digits()
        letter = self._pattern[self._at : self._at + 1]
        self._at += 1
        convert = self._converter(letter)
        if convert is not None:
            return Field(convert, min(least or 0, WIDEST), most, left)
        text = self._pattern[start : self._at]
        if letter:  # at its end log4cplus takes the pattern as it is
            self._complaints.append(f"{text} is no conversion; it stands for itself")
        return _literal(text)

    def _digits(self) -> int | None:
        start = self._at
        while self._pattern[self._at : self._at + 1] in set("0123456789"):
            self._at += 1
        digits = self._pattern[start : self._at]
        return min(int(digits[:9]), 10**9) if digits else None

    def _converter(self, letter: str) -> Conversion | None:
        match letter:
            case "d" | "D":
                pattern = self._option() or DEFAULT_DATE
                gmt = letter == "d"
                return lambda record, _: formatted_time(record.created, pattern, gmt=gmt)
            case "c":
                option = self._option()
                parts = int(option[:4]) if option.isdecimal() and option.isascii() else 0
                return lambda record, _: _last_parts(logger_name(record), parts)
            case "h" | "H":
                name = socket.getfqdn() if letter == "H" else socket.gethostname()
                return lambda _, __: name
            case "X":
                self._option()
                return lambda _, __: ""
            case _:
                return _SIMPLE.get(letter)

    def _option(self) -> str:
        """Return what stands in braces next, "" where nothing does."""
        end = self._pattern.find("}", self._at)
        if self._pattern[self._at : self._at + 1] != "{":
            return ""
        if end < 0:
            self._complaints.append(f"no closing brace in {self._pattern}")
            self._at = len(self._pattern)
            return ""
        option = self._pattern[self._at + 1 : end]
        self._at = end + 1
        return option


def _literal(text: str) -> Field:
    return Field(lambda _, __: text)


def _last_parts(name: str, parts: int) -> str:
    return ".".join(name.split(".")[-parts:]) if parts else name


def _relative(record: logging.LogRecord, _: str) -> str:
    return str(int(record.relativeCreated))


_SIMPLE: dict[str, Conversion] = {
    "m": lambda _, line: line,
    "n": lambda _, __: "\n",
    "p": lambda record, _: level_name(record.levelno),
    "P": lambda record, _: level_name(record.levelno)[0],
    "r": _relative,
    "t": lambda record, _: str(record.thread),
    "T": lambda _, __: str(threading.get_native_id()),
    "i": lambda _, __: str(os.getpid()),
    "F": lambda record, _: record.pathname,
    "b": lambda record, _: record.filename,
    "L": lambda record, _: str(record.lineno),
    "l": lambda record, _: f"{record.pathname}:{record.lineno}",
    "M": lambda record, _: record.funcName,
    "x": lambda _, __: "",
}
