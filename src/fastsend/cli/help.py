"""The text of ``--help``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend._version import __version__
from fastsend.cli.option import any_of, shown_default
from fastsend.cli.table import PARAMETERS, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.cli.option import Argument, Option

WIDTH = 80
TITLE = "send DICOM instances to a Storage SCP"
USAGE = f"fastsend [options] {' '.join(parameter.name for parameter in PARAMETERS)}..."


def help_text() -> str:
    """Return everything that ``--help`` prints."""
    return "\n".join(_lines()) + "\n"


def argument_text(argument: Argument) -> str:
    """Return an argument's name, kind and bounds as DCMTK writes them."""
    kind = "string"
    if argument.kind in ("integer", "seconds"):
        kind = "integer"
    elif argument.kind in ("decimal", "rate"):
        kind = "number"
    return f"{argument.name}: {kind}{_bounds(argument)}"


def _bounds(argument: Argument) -> str:
    if argument.choices:
        return f" ({any_of(argument.choices)})"
    # The longest wait and the least one say nothing to a reader.
    if argument.kind not in ("integer", "decimal") or argument.minimum is None:
        return ""
    return f" ({argument.minimum}..{'' if argument.maximum is None else argument.maximum})"


def _lines() -> Iterator[str]:
    yield f"fastsend {__version__}: {TITLE}"
    yield f"usage: {USAGE}"
    yield ""
    yield "parameters:"
    widest = max(len(parameter.name) for parameter in PARAMETERS)
    for parameter in PARAMETERS:
        yield f"  {parameter.name:{widest}}  {parameter.meaning}"
    yield ""
    options = [option for section in SECTIONS for option in section.options]
    short = max(len(option.short) for option in options)
    long = max(len(option.long) for option in options)
    title = ""
    for section in SECTIONS:
        if section.title != title:
            title = section.title
            yield f"{title}:"
        indent = "  "
        if section.subtitle:
            yield f"  {section.subtitle}:"
            indent = "    "
        for option in section.options:
            yield from _option_lines(option, indent, short, long)
    yield ""
    yield "@name among the arguments stands for the arguments that the file holds."


def _option_lines(option: Option, indent: str, short: int, long: int) -> Iterator[str]:
    first = f"{indent}{option.short:{short}}  {option.long:{long}}  "
    # One column for the text of all options, whatever their indent.
    first = first.ljust(4 + short + long + 4)
    default = shown_default(option)
    meaning = option.meaning
    if option.needs:
        meaning += f" (only with {any_of(option.needs)})"
    if default == "default":
        meaning += " (default)"
        default = ""
    lines = wrapped(meaning, WIDTH - len(first))
    if option.arguments:
        note = "; ".join(argument_text(argument) for argument in option.arguments)
        lines.insert(0, note + (f" (default: {default})" if default else ""))
    for line in lines:
        yield f"{first}{line}".rstrip()
        first = " " * len(first)


def wrapped(text: str, width: int) -> list[str]:
    """Break `text` at its blanks into lines of at most `width` characters where that can be."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return lines
