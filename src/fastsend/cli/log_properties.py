"""The format of DCMTK's log configurations: properties with variables, as log4cplus reads them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from fastsend.errors import CommandLineError
from fastsend.model.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_REPLACEMENTS = 1000
"""Variables in one setting; more only come of variables that refer to each other."""
LONGEST_VALUE = 65536
"""Characters."""


class Setting(NamedTuple):
    """One line of the file that sets something."""

    value: str
    line: int
    """From 1; 0 for what does not come from the file."""


class Properties:
    """The settings of a file, and which of them somebody asked for.

    Parameters
    ----------
    path : str
        The file, for messages.
    settings : mapping
        By name.
    """

    def __init__(self, path: str, settings: Mapping[str, Setting]) -> None:
        self.path = path
        self._settings = dict(settings)
        self._asked: set[str] = set()
        self.complaints: list[str] = []
        """What is wrong with the file and does not keep it from being used."""

    def get(self, name: str) -> str | None:
        """Return the value of a setting; None where there is none."""
        self._asked.add(name)
        setting = self._settings.get(name)
        return None if setting is None else setting.value

    def names(self, prefix: str) -> Iterator[str]:
        """Yield what follows `prefix` in the names that begin with it, in their order."""
        for name in sorted(self._settings):
            if name.startswith(prefix):
                yield name[len(prefix) :]

    def is_true(self, name: str, *, default: bool) -> bool:
        """Return a truth value: ``true``, ``false`` or a number."""
        value = self.get(name)
        if value is None:
            return default
        if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        try:
            return bool(int(value))
        except ValueError:
            self.complain(name, f"{value} is neither true nor false")
            return default

    def number(self, name: str, *, default: int) -> int:
        """Return a whole number."""
        value = self.get(name)
        if value is None:
            return default
        try:
            return int(value) if len(value) < 19 else int("")
        except ValueError:
            self.complain(name, f"{value} is no number")
            return default

    def complain(self, name: str, sentence: str) -> None:
        """Note what is wrong with the setting `name`."""
        self.complaints.append(self.at(name, sentence))

    def at(self, name: str, sentence: str) -> str:
        """Return a sentence with the place of a setting."""
        setting = self._settings.get(name)
        place = f", line {setting.line}" if setting is not None and setting.line else ""
        return f"{self.path}{place}: {printable(sentence)}"

    def complain_of_unknown(self, prefix: str) -> None:
        """Note each setting below `prefix` that nobody asked for: it means nothing here."""
        asked = {name.lower(): name for name in self._asked}
        for name in sorted(set(self._settings) - self._asked):
            if name.startswith(prefix):
                near = asked.get(name.lower())
                meant = f" (it is spelt {near})" if near else ""
                self.complain(name, f"the setting {name} is unknown and has no effect{meant}")


def read_properties(text: str, path: str, variables: Mapping[str, str]) -> Properties:
    """Return the settings of a file, variables replaced.

    Parameters
    ----------
    text : str
        The file: lines ``name = value``; ``#`` begins a comment line. ``${name}`` stands for
        another setting, for one of `variables`, or for a variable of the environment; what is none
        of them stays as it is.
    path : str
        Its name, for messages.
    variables : mapping
        They hold even where the file sets the same name.

    Raises
    ------
    CommandLineError
        Where variables refer to themselves.
    """
    settings: dict[str, Setting] = {}
    complaints = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.lstrip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if equals:
            settings[name.rstrip()] = Setting(value.strip(), number)
        else:
            words = printable(line.rstrip())
            complaints.append(f"{path}, line {number}: no setting and no comment: {words}")
    settings.update((name, Setting(value, 0)) for name, value in variables.items())
    replaced = {
        _replace(name, settings, path, one.line): Setting(
            _replace(one.value, settings, path, one.line), one.line
        )
        for name, one in settings.items()
    }
    properties = Properties(path, replaced)
    properties.complaints += complaints
    return properties


def _replace(text: str, settings: Mapping[str, Setting], path: str, line: int) -> str:
    """Replace variables, and those in what they stand for."""
    position = 0
    for _ in range(MOST_REPLACEMENTS):
        start = text.find("${", position)
        end = text.find("}", start) if start >= 0 else -1
        if end < 0:
            return text
        name = text[start + 2 : end]
        value = settings[name].value if name in settings else ""
        value = value or os.environ.get(name, "")
        if value:
            text = text[:start] + value + text[end + 1 :]
            position = start
        else:
            position = end + 1
        if len(text) > LONGEST_VALUE:
            break
    raise CommandLineError(f"{path}, line {line}: variables that refer to themselves")
