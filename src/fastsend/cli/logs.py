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


class StderrHandler(logging.Handler):
    """Writes each record to what is stderr then, one line an event.

    A log that cannot be written, to a pipe that was closed for example, never ends a transfer.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, and the lines of its traceback where it has one."""
        lines = [record.getMessage()]
        if record.exc_info:
            lines += logging.Formatter().formatException(record.exc_info).splitlines()
        prefix = letter(record.levelno)
        write_stderr("".join(f"{prefix}: {printable(line)}\n" for line in lines))


@contextmanager
def log_to_stderr(level: LogLevel) -> Iterator[None]:
    """Log to stderr from `level` on while the context lasts."""
    number = LEVELS[level]
    handler = StderrHandler()
    names = ("fastsend", *NOISY) if number <= logging.DEBUG else ("fastsend",)
    before = {name: logging.getLogger(name).level for name in names}
    hooks = threading.excepthook, sys.unraisablehook
    for name in names:
        logging.getLogger(name).setLevel(number)
        logging.getLogger(name).addHandler(handler)
    logging.captureWarnings(True)
    threading.excepthook = _log_stray_exception
    sys.unraisablehook = _log_stray_exception
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
        logging.captureWarnings(False)
        for name in names:
            logging.getLogger(name).removeHandler(handler)
            logging.getLogger(name).setLevel(before[name])


def _log_stray_exception(arguments: Any) -> None:
    """Log an exception that no code can catch, which Python would print as a traceback."""
    if arguments.exc_value is None:
        return
    logger.debug(
        "exception outside the run",
        exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback),
    )
