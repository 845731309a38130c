"""Command files: an argument ``@name`` stands for the arguments that the file ``name`` holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fastsend.errors import CommandLineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_FILE = 64 << 20
"""Bytes; a list of a million paths fits, a device that never ends does not."""


def expand(arguments: Sequence[str]) -> list[str]:
    """Replace each command file by what it holds; files named in a command file stay as they are.

    Raises
    ------
    CommandLineError
        Where a command file cannot be read.
    """
    expanded: list[str] = []
    for argument in arguments:
        if argument[:1] == "@" and len(argument) > 1:
            expanded.extend(split(_read(argument[1:])))
        else:
            expanded.append(argument)
    return expanded


def split(text: str) -> Iterator[str]:
    """Yield the arguments of a command file, read as DCMTK reads it.

    Blanks, tabs and line ends separate. A quotation mark, single or double and also inside a
    word, opens a part that ends at the next mark of its kind; there the argument ends too, even
    an empty one. There are no escapes and no comments.
    """
    word = ""
    quote = ""
    for character in text:
        if character == quote:
            yield word
            word = quote = ""
        elif quote:
            word += character
        elif character in "'\"":
            quote = character
        elif character not in " \t\r\n":
            word += character
        elif word:
            yield word
            word = ""
    if word:
        yield word


def _read(name: str) -> str:
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
            content = file.read(LONGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise CommandLineError(f"Cannot open command file '{name}'") from error
    if len(content) > LONGEST_FILE:
        raise CommandLineError(f"Command file '{name}' is longer than {LONGEST_FILE} bytes")
    if 0 in content:
        raise CommandLineError(f"Command file '{name}' holds a NUL byte")
    return os.fsdecode(content)
