"""Log lines on stderr in DCMTK's form: a letter for the level, a colon, the message."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastsend.cli.streams import write_stderr
from fastsend.model.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.cli.option import LogLevel

TRACE = 5
LEVELS: dict[LogLevel, int] = {
    "fatal": logging.CRITICAL,
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": TRACE,
}
# They log what files and peers hold, patients' names among it. warnings.warn goes to the last.
NOISY = ("pynetdicom", "pydicom", "py.warnings")

logger = logging.getLogger("fastsend")


def letter(level: int) -> str:
    """Return DCMTK's letter for a level."""
    for limit, name in ((50, "F"), (40, "E"), (30, "W"), (20, "I"), (10, "D")):
        if level >= limit:
            return name
    return "T"


def message_lines(record: logging.LogRecord) -> list[str]:
    """Return the message of a record as one printable line, and those of its traceback."""
    lines = [record.getMessage()]
    if record.exc_info:
        lines += logging.Formatter().formatException(record.exc_info).splitlines()
    return [printable(line) for line in lines]


class StderrHandler(logging.Handler):
    """Writes each record to what is stderr then, one line an event.

    A log that cannot be written, to a pipe that was closed for example, never ends a transfer.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, and the lines of its traceback where it has one."""
        prefix = letter(record.levelno)
        write_stderr("".join(f"{prefix}: {line}\n" for line in message_lines(record)))


@contextmanager
def log_to_stderr(level: LogLevel) -> Iterator[None]:
    """Log to stderr from `level` on while the context lasts."""
    number = LEVELS[level]
    names = ("fastsend", *NOISY) if number <= logging.DEBUG else ("fastsend",)
    with log_to(StderrHandler(), dict.fromkeys(names, number)):
        yield


@contextmanager
def log_to(handler: logging.Handler, levels: dict[str, int]) -> Iterator[None]:
    """Give the loggers of `levels` the handler and their levels while the context lasts."""
    before = {name: logging.getLogger(name).level for name in levels}
    # A child's records come to the handler of its parent.
    roots = [name for name in levels if name.partition(".")[0] not in levels or "." not in name]
    for name, number in levels.items():
        logging.getLogger(name).setLevel(number)
    for name in roots:
        logging.getLogger(name).addHandler(handler)
    try:
        with stray_messages_logged():
            yield
    finally:
        for name in roots:
            logging.getLogger(name).removeHandler(handler)
        for name, number in before.items():
            logging.getLogger(name).setLevel(number)


@contextmanager
def stray_messages_logged() -> Iterator[None]:
    """Log warnings, and exceptions that no code can catch, while the context lasts."""
    hooks = threading.excepthook, sys.unraisablehook
    logging.captureWarnings(True)
    threading.excepthook = _log_stray_exception
    sys.unraisablehook = _log_stray_exception
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
        logging.captureWarnings(False)


def _log_stray_exception(arguments: Any) -> None:
    """Log an exception that no code can catch, which Python would print as a traceback."""
    if arguments.exc_value is None:
        return
    logger.debug(
        "exception outside the run",
        exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback),
    )
