"""Configuration files in DCMTK's notation, read character for character as DCMTK reads them.

    # a comment, where the # is the first character of a line
    [[Group]]
    [Section]
    Key = Value

Of names only letters, digits, ``-`` and ``_`` count, and lower case is upper case. A value ends
before the next line that does not begin with a blank. What is in no section is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_BLANKS = " \t\n"


class Entry(NamedTuple):
    """One key with its value."""

    key: str
    value: str
    line: int
    """Where the key starts, from 1."""


class Section(NamedTuple):
    """The entries under one ``[name]``, in order."""

    name: str
    line: int
    entries: list[Entry]

    def entry(self, key: str) -> Entry | None:
        """Return the first entry with a key; None where there is none."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def numbered(self, key: str) -> Iterator[Entry]:
        """Yield the entries ``key1``, ``key2`` and so on, up to the first that is missing."""
        first: dict[str, Entry] = {}
        for entry in self.entries:
            first.setdefault(entry.key, entry)
        number = 1
        while (found := first.get(f"{key}{number}")) is not None:
            yield found
            number += 1


class Group(NamedTuple):
    """The sections under one ``[[name]]``, in order."""

    name: str
    line: int
    sections: list[Section]


def read_groups(text: str) -> list[Group]:
    """Return what a configuration file holds; no text is refused."""
    return _Reader(text).groups


def _characters(text: str) -> Iterator[tuple[str, int]]:
    """Yield characters with their lines: without comments, and each line end as one LF."""
    line = 1
    line_start, after_cr, comment = True, False, False
    for character in text:
        if character == "\n" and after_cr and line_start:
            after_cr = False
        elif character in "\r\n":
            line_start, after_cr = True, character == "\r"
            if not comment:
                yield "\n", line
            comment = False
            line += 1
        elif character == "#" and line_start:
            comment, line_start = True, False
        elif not comment:
            line_start = False
            yield " " if character == "\0" else character, line


class _Reader:
    def __init__(self, text: str) -> None:
        self.groups: list[Group] = []
        self._characters = list(_characters(text))
        self._position = 0
        while self._position < len(self._characters):
            self._read_entry()

    def _next(self) -> str:
        """Return the next character; "" at the end."""
        if self._position == len(self._characters):
            return ""
        self._position += 1
        return self._characters[self._position - 1][0]

    def _next_of_name(self) -> str:
        """Return the next character that is no blank, in upper case; "" at the end."""
        while (character := self._next()) and character in _BLANKS:
            pass
        return character.upper() if character.isascii() else character

    def _line(self) -> int:
        return self._characters[self._position - 1][1]

    def _read_entry(self) -> None:
        character = self._next_of_name()
        if not character:
            return
        line = self._line()
        if character != "[":
            self._position -= 1
            self._add_entry(Entry(self._name("="), self._value(), line))
            return
        level = 1
        while self._next_of_name() == "[":
            level += 1
        self._position -= 1
        name = self._name("]")
        for _ in range(level - 1):
            while self._next_of_name() not in ("]", ""):
                pass
        if level > 1:
            self.groups.append(Group(name, line, []))
        elif self.groups:
            self.groups[-1].sections.append(Section(name, line, []))

    def _add_entry(self, entry: Entry) -> None:
        if self.groups and self.groups[-1].sections:
            self.groups[-1].sections[-1].entries.append(entry)

    def _name(self, end: str) -> str:
        name = []
        while (character := self._next_of_name()) not in (end, ""):
            if character in _NAME_CHARACTERS:
                name.append(character)
        return "".join(name)

    def _value(self) -> str:
        value: list[str] = []
        line_start = False
        while character := self._next():
            if line_start and character not in _BLANKS:
                self._position -= 1
                break
            line_start = character == "\n"
            blank = character in _BLANKS
            # Blanks before the value, and those that a continued line begins with, are left out.
            if blank and (not value or value[-1] == "\n"):
                continue
            value.append(character)
        return "".join(value).rstrip("\n")
