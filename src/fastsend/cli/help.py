"""The text of ``--help``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend._version import __version__
from fastsend.cli.option import any_of, shown_default
from fastsend.cli.programs import FASTSEND, PROGRAMS
from fastsend.cli.table import SECTIONS
from fastsend.model.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.cli.option import Argument, Option
    from fastsend.cli.programs import Program
    from fastsend.errors import CommandLineError

WIDTH = 80


def header(program: Program = FASTSEND) -> str:
    """Return the lines that ``--help`` and ``--list-decoders`` begin with."""
    if program.compat is None:
        return f"fastsend {__version__}: {program.title}\n\n"
    return f"$fastsend: {program.name} v{__version__} $\n\n{program.name}: {program.title}\n\n"


def version_text(program: Program = FASTSEND) -> str:
    """Return everything that ``--version`` prints."""
    if program.compat is None:
        return f"fastsend {__version__}\n"
    import platform
    import zlib

    text = (
        f"{header(program)}Host type: {platform.machine()}-{platform.system()}\n\n"
        f"External libraries used:\n- ZLIB, Version {zlib.ZLIB_RUNTIME_VERSION}\n"
    )
    if program.compat == "storescu":
        import ssl

        text += f"- {ssl.OPENSSL_VERSION}\n"
    return text


def usage_error(error: CommandLineError) -> str:
    """Return what is printed of a command line that cannot be understood."""
    if error.quiet:
        return ""
    text = f"error: {printable(str(error))}\n"
    program = PROGRAMS[error.program]
    if program.compat is None:
        return f"{text}'fastsend --help' lists all options.\n"
    return f"{header(program)[:-1]}{text}"


def help_text(program: Program = FASTSEND) -> str:
    """Return everything that ``--help`` prints."""
    return "\n".join(_lines(program)) + "\n"


def argument_text(argument: Argument) -> str:
    """Return an argument's name, kind and bounds as DCMTK writes them."""
    kind = "string"
    if argument.kind in ("integer", "seconds"):
        kind = "integer"
    elif argument.kind == "integer_or_auto":
        kind = "auto or integer"
    elif argument.kind in ("decimal", "rate"):
        kind = "number"
    return f"{argument.name}: {kind}{_bounds(argument)}"


def _bounds(argument: Argument) -> str:
    if argument.choices:
        return f" ({any_of(argument.choices)})"
    # The longest wait and the least one say nothing to a reader.
    if argument.kind not in ("integer", "integer_or_auto", "decimal") or argument.minimum is None:
        return ""
    return f" ({argument.minimum}..{'' if argument.maximum is None else argument.maximum})"


def _lines(program: Program) -> Iterator[str]:
    yield header(program).rstrip("\n")
    yield f"usage: {program.usage}"
    yield ""
    yield "parameters:"
    widest = max(len(parameter.name) for parameter in program.parameters)
    for parameter in program.parameters:
        yield f"  {parameter.name:{widest}}  {parameter.meaning}"
    yield ""
    sections = [
        section._replace(options=tuple(filter(program.has, section.options)))
        for section in SECTIONS
    ]
    options = [option for section in sections for option in section.options]
    short = max(len(option.short) for option in options)
    long = max(len(option.long) for option in options)
    title = ""
    for section in sections:
        if not section.options:
            continue
        if section.title != title:
            title = section.title
            yield f"{title}:"
        indent = "  "
        if section.subtitle:
            yield f"  {section.subtitle}:"
            indent = "    "
        for option in section.options:
            yield from _option_lines(option, program, indent, short, long)
    yield ""
    yield "@name among the arguments stands for the arguments that the file holds."


def _option_lines(
    option: Option, program: Program, indent: str, short: int, long: int
) -> Iterator[str]:
    first = f"{indent}{option.short:{short}}  {option.long:{long}}  "
    # One column for the text of all options, whatever their indent.
    first = first.ljust(4 + short + long + 4)
    default = shown_default(option, program.default_of)
    meaning = option.meaning
    if needs := program.needs_of(option):
        meaning += f" (only with {any_of(needs)})"
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
