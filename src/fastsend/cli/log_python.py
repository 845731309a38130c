"""A log configuration for Python's logging, in TOML or JSON.

The file holds what `logging.config.dictConfig` takes. Loggers that exist stay as they are unless
it says otherwise (``disable_existing_loggers``). Those of pydicom and pynetdicom, whose records
may name patients, log at debug level only, unless the file names them.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastsend.cli.logs import NOISY, TRACE, stray_messages_logged
from fastsend.errors import CommandLineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def read_python_config(path: str, text: str) -> dict[str, object]:
    """Return the configuration that a file holds.

    Raises
    ------
    CommandLineError
        Where it is neither TOML nor JSON, or holds no configuration.
    """
    json = path.lower().endswith(".json") or text.lstrip().startswith("{")
    try:
        found = _from_json(text) if json else _from_toml(text)
    except (ValueError, RecursionError) as exc:  # json's and tomllib's errors name the line
        kind = "JSON" if json else "TOML"
        raise CommandLineError(f"{path}: the --log-config file is no valid {kind}: {exc}") from exc
    if not isinstance(found, dict) or "version" not in found:
        raise CommandLineError(
            f"{path}: no configuration of Python's logging (it has no version = 1)"
        )
    return found


def _from_json(text: str) -> Any:
    import json

    return json.loads(text)


def _from_toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text)


@contextmanager
def python_log(path: str, config: Mapping[str, object]) -> Iterator[None]:
    """Log as a configuration of Python's logging says while the context lasts.

    Raises
    ------
    CommandLineError
        Where Python's logging cannot make anything of it.
    """
    from logging.config import dictConfig

    logging.addLevelName(TRACE, "TRACE")
    before = _state()
    try:
        try:
            dictConfig({"disable_existing_loggers": False, **config})
        except (ValueError, TypeError, AttributeError, ImportError) as exc:
            raise CommandLineError(f"{path}: {_reasons(exc)}") from exc
        _quiet_noisy(config)
        with stray_messages_logged():
            yield
    finally:
        made = {handler for one in _state().values() for handler in one[1]}
        for handler in made - {handler for one in before.values() for handler in one[1]}:
            handler.close()
        _restore(before)


def _reasons(error: BaseException) -> str:
    """Return why a configuration was refused: Python's logging says where, its cause why."""
    cause = error.__cause__
    return f"{error}: {cause}" if cause is not None and str(cause) not in str(error) else f"{error}"


def _quiet_noisy(config: Mapping[str, object]) -> None:
    loggers = config.get("loggers")
    named = loggers if isinstance(loggers, dict) else {}
    if logging.getLogger().level <= logging.DEBUG:
        return
    for name in NOISY:
        logger = logging.getLogger(name)
        # Not its level: pydicom sets that when it is imported.
        if not any(one == name or one.startswith(f"{name}.") for one in named):
            logger.propagate = False
            logger.addHandler(logging.NullHandler())


_State = dict[logging.Logger, tuple[int, list[logging.Handler], bool, bool, list[Any]]]


def _state() -> _State:
    root = logging.getLogger()
    made = (one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger))
    return {
        one: (one.level, list(one.handlers), one.propagate, one.disabled, list(one.filters))
        for one in (root, *made)
    }


def _restore(before: _State) -> None:
    for logger in _state():
        level, handlers, propagate, disabled, filters = before.get(
            logger, (logging.NOTSET, [], True, False, [])
        )
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate
        logger.disabled = disabled
        logger.filters[:] = filters
