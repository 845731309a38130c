"""log4cplus' filters: which records an appender takes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend.cli.log_tree import level_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.cli.log_properties import Properties

_SPACE = "log4cplus::spi::"


class Filter(NamedTuple):
    """One filter of a chain."""

    kind: Literal["deny", "match", "range", "string"]
    accept: bool = True
    """What becomes of a record that matches: taken, or refused (of a range: looked at further)."""
    least: int | None = None
    most: int | None = None
    text: str = ""

    def decide(self, record: logging.LogRecord) -> bool | None:
        """Return True to take the record, False to refuse it, None to ask the next filter."""
        level = int(getattr(record, "log4cplus_level", record.levelno))
        match self.kind:
            case "deny":
                return False
            case "match":
                return self.accept if level == self.least else None
            case "range":
                below = self.least is not None and level < self.least
                above = self.most is not None and level > self.most
                return False if below or above else True if self.accept else None
            case "string":
                found = bool(self.text) and self.text in record.getMessage()
                return self.accept if found else None


class Filtered(logging.Filter):
    """The first filter that decides holds; without one a record is taken."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        super().__init__()
        self._filters = filters

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True where the record is taken."""
        decisions = (one.decide(record) for one in self._filters)
        return next((decision for decision in decisions if decision is not None), True)


def filters_of(properties: Properties, prefix: str) -> list[Filter]:
    """Return the filters 1, 2 and so on of an appender, up to the first gap."""
    filters = []
    number = 1
    while (kind := properties.get(f"{prefix}{number}")) is not None:
        key = f"{prefix}{number}"
        made = _filter(properties, key, kind.removeprefix(_SPACE))
        if made is None:
            properties.complain(key, f"filters of the kind {kind} are not known here")
        else:
            filters.append(made)
        number += 1
    return filters


def _filter(properties: Properties, key: str, kind: str) -> Filter | None:
    if kind == "DenyAllFilter":
        return Filter("deny")
    if kind not in {"LogLevelMatchFilter", "LogLevelRangeFilter", "StringMatchFilter"}:
        return None
    accept = properties.is_true(f"{key}.AcceptOnMatch", default=False)
    if kind == "StringMatchFilter":
        return Filter("string", accept, text=properties.get(f"{key}.StringToMatch") or "")
    if kind == "LogLevelMatchFilter":
        return Filter("match", accept, least=_level(properties, f"{key}.LogLevelToMatch"))
    return Filter(
        "range",
        accept,
        least=_level(properties, f"{key}.LogLevelMin"),
        most=_level(properties, f"{key}.LogLevelMax"),
    )


def _level(properties: Properties, key: str) -> int | None:
    text = properties.get(key)
    level = level_of(text) if text is not None else None
    if text is not None and level is None:
        properties.complain(key, f"there is no log level {text}")
    return level
