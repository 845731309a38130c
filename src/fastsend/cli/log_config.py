"""``-lc``: what is logged where, from a file."""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from fastsend.cli.log_appender_settings import appender_of, level_setting
from fastsend.cli.log_appenders import ConsoleAppender
from fastsend.cli.log_properties import Properties, read_properties
from fastsend.cli.log_tree import APPLICATIONS, Logger, LoggerTree, level_of
from fastsend.cli.logs import log_to
from fastsend.cli.streams import write_stderr
from fastsend.errors import CommandLineError
from fastsend.model.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_FILE = 1024 * 1024
"""Bytes; what is longer is no configuration."""

PREFIX = "log4cplus."


class LogConfig(NamedTuple):
    """A configuration that was read, for `configured_log`."""

    path: str
    tree: LoggerTree | None
    """None for a configuration of Python's logging."""
    python: dict[str, object] | None
    appenders: tuple[logging.Handler, ...] = ()
    complaints: tuple[str, ...] = ()
    shows_progress: bool = False

    @property
    def is_verbose(self) -> bool:
        """True where informational lines of the command are logged somewhere."""
        if self.tree is not None:
            return self.tree.levels()["fastsend"] <= logging.INFO
        return True

    def close(self) -> None:
        """Close the files of the logs; `configured_log` does so at its end."""
        for appender in self.appenders:
            appender.close()


def read_log_config(path: str, program: str = "fastsend") -> LogConfig:
    """Return what the file of ``-lc`` says; files for logs that it names are opened.

    Parameters
    ----------
    path : str
        A configuration for log4cplus, or one for Python's `logging.config.dictConfig` in TOML or
        JSON, which its name or its first characters tell.
    program : str
        The name of the program: ``${appname}``, and in the names of DCMTK's loggers.

    Raises
    ------
    CommandLineError
        Where the file cannot be read or says nothing that can be used.
    """
    text = _text_of(path)
    if _is_python(path, text):
        from fastsend.cli.log_python import read_python_config

        return LogConfig(path, None, read_python_config(path, text))
    properties = read_properties(text, path, _variables(program))
    _check_use(properties, path)
    return _Reader(properties, program).read()


@contextmanager
def configured_log(config: LogConfig) -> Iterator[None]:
    """Log as the configuration says while the context lasts."""
    if config.tree is None:
        from fastsend.cli.log_python import python_log

        with python_log(config.path, config.python or {}):
            yield
        return
    levels = config.tree.levels()
    if levels["fastsend"] <= logging.ERROR:
        write_stderr("".join(f"W: {printable(text)}\n" for text in config.complaints))
    try:
        with log_to(config.tree, levels):
            yield
    finally:
        config.close()


def _text_of(path: str) -> str:
    if not os.path.exists(path):  # noqa: PTH110 - pathlib takes time to import
        raise CommandLineError(f"Specified --log-config file does not exist ({path})")
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read(LONGEST_FILE + 1)
    except OSError as exc:
        raise CommandLineError(
            f"Specified --log-config file cannot be read ({path}: {exc.strerror or exc})"
        ) from exc
    if len(data) > LONGEST_FILE:
        raise CommandLineError(f"Specified --log-config file is too long ({path})")
    return data.decode("utf-8", "surrogateescape")


def _is_python(path: str, text: str) -> bool:
    ending = path.lower().rpartition(".")[2]
    if ending in {"json", "toml"}:
        return True
    lines = [line.strip() for line in text.splitlines()]
    if any(line.startswith(PREFIX) for line in lines):
        return False
    return text.lstrip().startswith("{") or any(
        line.partition("=")[0].strip() == "version" for line in lines
    )


def _variables(program: str) -> dict[str, str]:
    now = time.localtime()
    return {
        "appname": program,
        "hostname": socket.gethostname(),
        "pid": str(os.getpid()),
        "date": time.strftime("%Y%m%d", now),
        "time": time.strftime("%H%M%S", now),
    }


def _check_use(properties: Properties, path: str) -> None:
    """Refuse what DCMTK refuses."""
    names = [name for name in properties.names("") if name not in _variables("")]
    if not names:
        raise CommandLineError(
            f"Specified --log-config file does not contain any settings ({path})"
        )
    if not any(properties.names(PREFIX)):
        raise CommandLineError(
            f"Specified --log-config file does not contain any valid settings ({path})"
        )
    if properties.get(f"{PREFIX}rootLogger") is None:
        raise CommandLineError(
            f"Specified --log-config file does not set up log4cplus.rootLogger ({path})"
        )


class _Reader:
    """Makes appenders and loggers of properties."""

    def __init__(self, properties: Properties, program: str) -> None:
        self._properties = properties
        self._program = program
        self._appenders: dict[str, logging.Handler] = {}

    def read(self) -> LogConfig:
        properties = self._properties
        root = f"{PREFIX}rootLogger"
        if level_of(self._words(root)[0]) is None:
            raise CommandLineError(properties.at(root, "log4cplus.rootLogger has no level"))
        for name in properties.names(f"{PREFIX}appender."):
            if name and "." not in name:
                appender = appender_of(properties, f"{PREFIX}appender.{name}")
                if appender is not None:
                    self._appenders[name] = appender
        loggers = {"": self._logger(root, additive=True)}
        additivities = {
            name: properties.is_true(f"{PREFIX}additivity.{name}", default=True)
            for name in properties.names(f"{PREFIX}additivity.")
        }
        for name, additive in additivities.items():
            loggers.setdefault(name, Logger(additive=additive))
        for name in filter(None, properties.names(f"{PREFIX}logger.")):
            additive = additivities.get(name, True)
            loggers[name] = self._logger(f"{PREFIX}logger.{name}", additive=additive)
        quiet = properties.is_true(f"{PREFIX}quietMode", default=False)
        properties.complain_of_unknown(PREFIX)
        tree = LoggerTree(loggers, self._program)
        # As DCMTK's storescu: at this very level, not at a more detailed one. Lines for each
        # instance on the same terminal tell as much.
        consoles = [one for one in self._appenders.values() if isinstance(one, ConsoleAppender)]
        progress = self._progress_level(tree, loggers) == logging.INFO and all(
            console.level > logging.INFO for console in consoles
        )
        return LogConfig(
            properties.path,
            tree,
            None,
            tuple(self._appenders.values()),
            () if quiet else tuple(properties.complaints),
            progress,
        )

    def _progress_level(self, tree: LoggerTree, loggers: dict[str, Logger]) -> int:
        own = f"{tree.application}.progress"
        storescus = f"{APPLICATIONS}storescu.progress"
        return tree.level_at(storescus if own not in loggers and storescus in loggers else own)

    def _logger(self, key: str, *, additive: bool) -> Logger:
        properties = self._properties
        level, *names = self._words(key)
        appenders = []
        for name in filter(None, names):
            if name in self._appenders:
                appenders.append(self._appenders[name])
            elif properties.get(f"{PREFIX}appender.{name}") is None:
                properties.complain(key, f"there is no appender {name}")
        return Logger(level_setting(properties, key, level), appenders, additive)

    def _words(self, key: str) -> list[str]:
        return (self._properties.get(key) or "").replace(" ", "").split(",")
