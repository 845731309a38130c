"""Appenders of log4cplus, made of their settings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastsend.cli import log_appenders as to
from fastsend.cli.log_filters import Filtered, filters_of
from fastsend.cli.log_pattern import PatternLayout, SimpleLayout, TTCCLayout
from fastsend.cli.log_tree import level_of

if TYPE_CHECKING:
    from fastsend.cli.log_properties import Properties

INHERITED = ("INHERITED", "INHERIT")
_KINDS = ("ConsoleAppender", "NullAppender", "FileAppender", "RollingFileAppender")
_SCHEDULED = "DailyRollingFileAppender"


def level_setting(properties: Properties, key: str, text: str) -> int | None:
    """Return the level that the setting `key` names; None for the one above, or a wrong one."""
    level = level_of(text)
    if level is None and text.upper() not in INHERITED:
        properties.complain(key, f"there is no log level {text}")
    return level


def appender_of(properties: Properties, key: str) -> logging.Handler | None:
    """Return the appender whose settings begin with `key`, its file open.

    Returns
    -------
    Handler or None
        None where it cannot be made; the complaints of `properties` say why.
    """
    return _AppenderSettings(properties, key).appender()


class _AppenderSettings:
    """The settings of one appender."""

    def __init__(self, properties: Properties, key: str) -> None:
        self._properties = properties
        self._key = key

    def appender(self) -> logging.Handler | None:
        key, properties = self._key, self._properties
        kind = (properties.get(key) or "").removeprefix("log4cplus::")
        try:
            handler = self._handler(kind)
        except (OSError, ValueError) as exc:  # a NUL in its name is a ValueError
            path = properties.get(f"{key}.File")
            reason = getattr(exc, "strerror", None) or exc
            properties.complain(f"{key}.File", f"the log {path} cannot be opened: {reason}")
            return None
        if handler is None:
            return None
        threshold = properties.get(f"{key}.Threshold")
        if threshold is not None:
            handler.setLevel(level_setting(properties, f"{key}.Threshold", threshold) or 0)
        handler.setFormatter(self._layout())
        if filters := filters_of(properties, f"{key}.filters."):
            handler.addFilter(Filtered(filters))
        return handler

    def _handler(self, kind: str) -> logging.Handler | None:
        key, properties = self._key, self._properties
        if kind == "NullAppender":
            return logging.NullHandler()
        if kind == "ConsoleAppender":
            # Each record is written at once, as on a terminal, whether asked for or not.
            properties.is_true(f"{key}.ImmediateFlush", default=False)
            return to.ConsoleAppender(
                to_stderr=properties.is_true(f"{key}.logToStdErr", default=False)
            )
        if kind not in {*_KINDS, _SCHEDULED}:
            properties.complain(key, f"appenders of the kind {kind} are not known here")
            return None
        path = properties.get(f"{key}.File")
        if not path:
            properties.complain(key, "this appender has no File")
            return None
        append = properties.is_true(f"{key}.Append", default=kind != "FileAppender")
        flush_each = properties.is_true(f"{key}.ImmediateFlush", default=True)
        if kind == "FileAppender":
            return to.FileAppender(path, append=append, flush_each=flush_each)
        backups = properties.number(
            f"{key}.MaxBackupIndex", default=10 if kind == _SCHEDULED else 1
        )
        backups = min(max(1, backups), 10_000)
        if kind == _SCHEDULED:
            schedule = self._schedule(f"{key}.Schedule")
            return to.ScheduledFileAppender(
                path, schedule=schedule, append=append, flush_each=flush_each, backups=backups
            )
        return to.FileAppender(
            path,
            append=append,
            flush_each=flush_each,
            most_bytes=self._most_bytes(f"{key}.MaxFileSize"),
            backups=backups,
        )

    def _schedule(self, key: str) -> to.Schedule:
        text = self._properties.get(key) or ""
        for schedule in to.SCHEDULES:
            if schedule == text.lower():
                return schedule
        self._properties.complain(key, f"there is no Schedule {text}: it is daily")
        return "daily"

    def _most_bytes(self, key: str) -> int:
        text = (self._properties.get(key) or "").upper()
        if not text:
            return to.DEFAULT_ROLLING
        digits = text.rstrip("KMB ")
        unit = {"": 1, "KB": 1024, "MB": 1024 * 1024}.get(text[len(digits) :].strip())
        is_size = unit and digits.isascii() and digits.isdecimal() and len(digits) <= 12
        size = int(digits) * unit if unit and is_size else 0
        if size < to.SMALLEST_ROLLING:
            fault = "is too small" if is_size else "is no size"
            least = f"{to.SMALLEST_ROLLING // 1024} KB"
            self._properties.complain(key, f"MaxFileSize {text} {fault}: it is {least}")
            return to.SMALLEST_ROLLING
        return size

    def _layout(self) -> logging.Formatter:
        key, properties = self._key, self._properties
        kind = properties.get(f"{key}.layout")
        match (kind or "SimpleLayout").removeprefix("log4cplus::"):
            case "SimpleLayout":
                return SimpleLayout()
            case "TTCCLayout":
                return TTCCLayout(
                    properties.get(f"{key}.layout.DateFormat") or "",
                    gmt=properties.is_true(f"{key}.layout.Use_gmtime", default=False),
                )
            case "PatternLayout":
                return self._pattern_layout(f"{key}.layout")
            case other:
                properties.complain(f"{key}.layout", f"there is no layout {other}")
                return SimpleLayout()

    def _pattern_layout(self, key: str) -> logging.Formatter:
        properties = self._properties
        older = properties.get(f"{key}.Pattern")  # of log4cplus 1.0
        pattern = properties.get(f"{key}.ConversionPattern") or older
        if pattern is None:
            properties.complain(key, "this layout has no ConversionPattern")
            return SimpleLayout()
        layout = PatternLayout(pattern)
        for sentence in layout.complaints:
            properties.complain(f"{key}.ConversionPattern", sentence)
        return layout
