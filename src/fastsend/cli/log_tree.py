"""Loggers with levels, appenders and additivity as log4cplus has them, and fastsend's place there.

A configuration for DCMTK names DCMTK's loggers. fastsend's stand for them:

=====================================================  ====================================
what logs                                              its logger
=====================================================  ====================================
the command, what it scans and reports                 ``dcmtk.apps.PROGRAM``
associations, requests and responses, pynetdicom       ``dcmtk.dcmnet``; of storescu:
                                                       ``dcmtk.apps.storescu``
reading and converting data sets, pydicom              ``dcmtk.dcmdata``
=====================================================  ====================================

PROGRAM is ``fastsend``, or the one that it replaces; of a configuration that names no
``dcmtk.apps.fastsend`` but one of DCMTK's senders, that one. Loggers may also be named as they are:
``fastsend``, ``fastsend.network``, ``pynetdicom`` and so on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from fastsend.cli.logs import LEVELS, NOISY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NETWORK = ("fastsend.network", "fastsend.sender", "fastsend.association", "fastsend.wire")
DATA = ("fastsend.scan", "fastsend.convert", "fastsend.codecs", "fastsend.plan")
APPLICATIONS = "dcmtk.apps."
OFF = 100
"""A level above all others."""


def level_of(text: str) -> int | None:
    """Return the level with a name of log4cplus, in any case; None where there is none."""
    name = text.lower()
    if name in {"off", "all"}:
        return OFF if name == "off" else 1
    return next((number for level, number in LEVELS.items() if level == name), None)


class Logger(NamedTuple):
    """What a configuration says of a logger."""

    level: int | None = None
    """None: that of the logger above."""
    appenders: Sequence[logging.Handler] = ()
    additive: bool = True
    """Whether the appenders of the loggers above get its records, too."""


class LoggerTree(logging.Handler):
    """Takes the records of Python's loggers to appenders.

    Parameters
    ----------
    loggers : mapping
        By name; "" is the root, which has a level.
    program : str
        The name of the program, as DCMTK's loggers have it.
    """

    def __init__(self, loggers: Mapping[str, Logger], program: str) -> None:
        super().__init__()
        self._loggers = loggers
        self.application = _application(loggers, program)
        self._ways: dict[str, tuple[str, int, list[logging.Handler]]] = {}

    def levels(self) -> dict[str, int]:
        """Return the level for each of Python's loggers that needs one."""
        named = (name for name in self._loggers if name.startswith(("fastsend.", "pynetdicom.")))
        names = ("fastsend", *NETWORK, *DATA, *NOISY, *named)
        levels = {name: self._way(name)[1] for name in names}
        # They log what files and peers hold: at debug level, or not at all.
        return {
            name: OFF if name.startswith(NOISY) and level > logging.DEBUG else level
            for name, level in levels.items()
        }

    def level_at(self, name: str) -> int:
        """Return the level that holds for a logger."""
        while name:
            level = self._loggers.get(name, Logger()).level
            if level is not None:
                return level
            name = name.rpartition(".")[0]
        return self._loggers[""].level or 0

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record to the appenders of its logger, and of those above."""
        name, level, appenders = self._way(record.name)
        noisy = record.name.startswith(NOISY)
        severity = min(record.levelno, logging.DEBUG) if noisy else record.levelno
        if severity < level:
            return
        record.log4cplus_name = name
        record.log4cplus_level = severity
        for appender in appenders:
            if severity >= appender.level:
                appender.handle(record)

    def _way(self, python_name: str) -> tuple[str, int, list[logging.Handler]]:
        way = self._ways.get(python_name)
        if way is None:
            name = self._name_of(python_name)
            way = self._ways[python_name] = (name, self.level_at(name), self._appenders(name))
        return way

    def _appenders(self, name: str) -> list[logging.Handler]:
        found: list[logging.Handler] = []
        while True:
            logger = self._loggers.get(name, Logger())
            found += logger.appenders
            if not name or not logger.additive:
                return found
            name = name.rpartition(".")[0]

    def _name_of(self, python_name: str) -> str:
        """Return the logger of the configuration that one of Python's is."""
        above = python_name
        while above:
            if above in self._loggers:
                return python_name
            above = above.rpartition(".")[0]
        if _is_below(python_name, NETWORK) or python_name.startswith("pynetdicom"):
            return self.application if self.application.endswith("storescu") else "dcmtk.dcmnet"
        if _is_below(python_name, (*DATA, "pydicom")):
            return "dcmtk.dcmdata"
        return self.application


def _is_below(name: str, names: Sequence[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in names)


def _application(loggers: Mapping[str, Logger], program: str) -> str:
    own = f"{APPLICATIONS}{program}"
    if any(_is_below(name, (own,)) for name in loggers):
        return own
    for sender in ("storescu", "dcmsend"):
        # A logger of its progress alone says nothing of the rest.
        if program == "fastsend" and f"{APPLICATIONS}{sender}" in loggers:
            return f"{APPLICATIONS}{sender}"
    return own
