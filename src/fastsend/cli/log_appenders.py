"""Where log lines go: log4cplus' appenders, as handlers of Python's logging.

A log that cannot be written never ends a transfer: it is said once, on stderr.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Literal

from fastsend.cli.streams import write_log, write_stderr
from fastsend.model.escape import printable

if TYPE_CHECKING:
    from typing import Final

SMALLEST_ROLLING: Final = 200 * 1024
DEFAULT_ROLLING: Final = 10 * 1024 * 1024
"""Bytes."""

Schedule = Literal["monthly", "weekly", "daily", "twice_daily", "hourly", "minutely"]
SCHEDULES: dict[Schedule, str] = {
    "monthly": "%Y-%m",
    "weekly": "%Y-%W",
    "daily": "%Y-%m-%d",
    "twice_daily": "%Y-%m-%d-%p",
    "hourly": "%Y-%m-%d-%H",
    "minutely": "%Y-%m-%d-%H-%M",
}
"""How the time of a file that was rolled is written behind its name."""


class ConsoleAppender(logging.Handler):
    """Writes to what is stdout or stderr then."""

    def __init__(self, *, to_stderr: bool) -> None:
        super().__init__()
        self._to_stderr = to_stderr

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        write_log(sys.stderr if self._to_stderr else sys.stdout, self.format(record))


class FileAppender(RotatingFileHandler):
    """Writes to a file, and keeps older ones where it grows too large.

    Parameters
    ----------
    path : str
        The file.
    append : bool
        Go on with a file that is there.
    flush_each : bool
        Write each record at once.
    most_bytes : int
        Begin a new file once this one is longer; 0 never.
    backups : int
        How many older ones are kept, as ``path.1`` and so on.

    Raises
    ------
    OSError
        Where the file cannot be opened.
    """

    terminator = ""

    def __init__(
        self,
        path: str,
        *,
        append: bool,
        flush_each: bool = True,
        most_bytes: int = 0,
        backups: int = 1,
    ) -> None:
        self._said = False
        self._flush_each = flush_each
        super().__init__(
            path,
            "a" if append else "w",
            maxBytes=0,
            backupCount=backups,
            encoding="utf-8",
            errors="backslashreplace",
        )
        # Python begins a new file before the record that would be too much, log4cplus after it.
        self._most_bytes = most_bytes
        self.mode = "a" if append else "w"

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, and begin a new file where this one is long enough."""
        try:
            if self.stream is None:
                self.stream = self._open()
            self.stream.write(self.format(record))
            if self._flush_each:
                self.stream.flush()
            if self._most_bytes and self.stream.tell() > self._most_bytes:
                self.doRollover()
        except (OSError, ValueError):
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802
        """Say once why the log cannot be written."""
        if not self._said:
            self._said = True
            error = sys.exc_info()[1]
            reason = (isinstance(error, OSError) and error.strerror) or error
            name = printable(self.baseFilename)
            write_stderr(f"E: The log {name} cannot be written: {reason}\n")

    def close(self) -> None:
        """Write what is left and close the file."""
        with suppress(OSError, ValueError):
            super().close()


class ScheduledFileAppender(FileAppender):
    """Writes to a file that gets another name, with its time, at the end of each period.

    As with log4cplus that happens at the end of the program, too. Of several files of the same
    period the older ones get numbers.

    Parameters
    ----------
    path : str
        The file.
    schedule : Schedule
        How long a period is.
    append, flush_each, backups
        As of `FileAppender`; the backups are those of one period.
    """

    def __init__(
        self, path: str, *, schedule: Schedule, append: bool, flush_each: bool, backups: int
    ) -> None:
        super().__init__(path, append=append, flush_each=flush_each, backups=backups)
        self._schedule: Schedule = schedule
        self._begin(time.time())

    def _begin(self, now: float) -> None:
        start, self._end = period_of(now, self._schedule)
        moment = time.strftime(SCHEDULES[self._schedule], time.localtime(start))
        self._rolled_name = f"{self.baseFilename}.{moment}"

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; the first one of a period to a new file."""
        if record.created >= self._end:
            try:
                self.doRollover()
            except OSError:
                self.handleError(record)
            self._begin(record.created)
        super().emit(record)

    def doRollover(self) -> None:  # noqa: N802 - the name is Python's
        """Give the file the name of its period, and begin a new one."""
        if self.stream:
            self.stream.close()
        names = [self._rolled_name, *(f"{self._rolled_name}.{n}" for n in self._numbers())]
        with suppress(OSError):
            os.remove(names[-1])  # noqa: PTH107
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            with suppress(OSError):
                os.replace(newer, older)  # noqa: PTH105
        os.replace(self.baseFilename, self._rolled_name)  # noqa: PTH105
        self.mode = "w"
        self.stream = self._open()

    def _numbers(self) -> range:
        return range(1, max(1, self.backupCount) + 1)

    def close(self) -> None:
        """Give the file the name of its period, and close it."""
        if self.stream:
            with suppress(OSError):
                self.doRollover()
        super().close()


def period_of(now: float, schedule: Schedule) -> tuple[float, float]:
    """Return when the period around `now` began and ends, in seconds since 1970, by local time."""
    year, month, day, hour, minute, _, week_day, *_ = time.localtime(now)
    match schedule:
        case "monthly":
            return _moment(year, month, 1), _moment(year, month + 1, 1)
        case "weekly":  # from Sunday on
            first = day - (week_day + 1) % 7
            return _moment(year, month, first), _moment(year, month, first + 7)
        case "daily":
            return _moment(year, month, day), _moment(year, month, day + 1)
        case "twice_daily":
            half = hour // 12 * 12
            return _moment(year, month, day, half), _moment(year, month, day, half + 12)
        case "hourly":
            return _moment(year, month, day, hour), _moment(year, month, day, hour + 1)
        case "minutely":
            start = _moment(year, month, day, hour, minute)
            return start, start + 60


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    # mktime puts days, months and hours beyond the last into the next month, year and day.
    return time.mktime((year, month, day, hour, minute, 0, 0, 0, -1))
