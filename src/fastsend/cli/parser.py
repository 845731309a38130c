"""Command lines in DCMTK's notation.

Options start with ``-`` or ``+`` and may stand anywhere; ``-5``, ``-`` and ``+`` are parameters.
The value of an option is the next argument whatever it looks like. There are no abbreviations,
no ``--name=value``, no bundles of letters and no ``--``. Values are checked after the syntax of
the whole line, in the order of the table, and only those that hold.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from fastsend.cli import values
from fastsend.cli.command_file import expand
from fastsend.cli.option import Action, Option, Output, any_of
from fastsend.cli.programs import FASTSEND, PROGRAMS, Program
from fastsend.cli.table import OPTIONS
from fastsend.errors import CommandLineError
from fastsend.model.options import SendOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


MASK = "********"
"""What is shown for a secret, however long that is."""
_FEW = 3


class Command(NamedTuple):
    """What a command line asks for; `options` is None unless that is to send."""

    action: Action
    output: Output
    options: SendOptions | None = None
    program: Program = FASTSEND
    expanded: tuple[str, ...] = ()
    """All arguments, options in their long spelling, without secrets."""


class _Given(NamedTuple):
    option: Option
    texts: tuple[str, ...]
    after: int
    """Parameters before it."""


def parse(arguments: Sequence[str], program: Program = FASTSEND) -> Command:
    """Return what the arguments of a command, without its name, ask for.

    Parameters
    ----------
    arguments : sequence of str
        The arguments.
    program : Program
        Whose options they are; ``--compat`` among fastsend's own names another one.

    Raises
    ------
    CommandLineError
        Where they cannot be understood; its `program` says for whom they were read.
    """
    try:
        words = expand(arguments)
        given, parameters = _read(words, _options_of(program))
        chosen = next((one for one in reversed(given) if one.option.field == "compat"), None)
        if chosen is not None:
            name = values.convert(chosen.option, chosen.option.arguments[0], *chosen.texts)
            program = PROGRAMS[name]
            given, parameters = _read(words, [*_options_of(program), chosen.option])
        return _command(given, parameters, program)
    except CommandLineError as error:
        error.program = program.name
        raise


def _command(given: list[_Given], parameters: list[str], program: Program) -> Command:
    if not given and not parameters:
        return Command("help", Output(), None, program)
    names = {appearance.option.long for appearance in given}
    asked = [option.action for option in OPTIONS if option.long in names]
    action: Action = next((action for action in asked if action != "send"), "send")
    if action in ("help", "version", "list_ciphers", "list_profiles"):
        return Command(action, Output(), None, program)
    if action == "list_decoders":
        # Exclusive: nothing else on the line matters, but for how to show the list.
        given = [one for one in given if one.option.field in ("", "log_level", "json")]
        return Command(action, Output(**_settings(given, program)), None, program)
    if action == "demo" and parameters:
        raise CommandLineError(f"--demo takes no parameters ({parameters[0]})")
    if action == "send" and len(parameters) < len(program.parameters):
        raise CommandLineError(f"Missing parameter {program.parameters[len(parameters)].name}")
    try:
        return _run_command(action, given, parameters, program)
    except CommandLineError as error:
        verbosity = [one.option.value for one in given if one.option.group == "verbosity"]
        error.quiet = program.compat is not None and verbosity[-1:] == ["fatal"]
        raise


def _run_command(
    action: Action, given: list[_Given], parameters: list[str], program: Program
) -> Command:
    names = {appearance.option.long for appearance in given}
    settings = _settings(given, program)
    output = Output(**{name: settings.pop(name) for name in Output._fields if name in settings})
    if program.compat:
        _check_verbose(output, names)
    if action == "demo":
        return Command(action, output)
    peer, port, *paths = parameters
    if not peer:
        raise CommandLineError("Invalid parameter value: peer is empty")
    number = values.port_number(port, lenient=program.compat is not None)
    options = SendOptions(peer, number, tuple(paths))._replace(**{**program.defaults, **settings})
    return Command(action, output, options, program, tuple(_expanded(given, parameters)))


def _check_verbose(output: Output, names: set[str]) -> None:
    """Refuse ``+v`` where nothing would be shown."""
    verbose = output.log_level in ("info", "debug", "trace") or "--log-config" in names
    if output.verbose_contexts and not verbose:
        raise CommandLineError("--verbose-pc only allowed with verbose mode")


def _options_of(program: Program) -> list[Option]:
    return [option for option in OPTIONS if program.has(option)]


def _expanded(given: Sequence[_Given], parameters: Sequence[str]) -> Iterator[str]:
    """Yield the command line in its own order: each option knows how many parameters precede it."""
    rest = iter(parameters)
    done = 0
    for appearance in given:
        while done < appearance.after:
            yield next(rest)
            done += 1
        yield appearance.option.long
        for argument, text in zip(appearance.option.arguments, appearance.texts, strict=True):
            yield MASK if argument.kind == "secret" else text
    yield from rest


def _read(arguments: Iterable[str], options: Iterable[Option]) -> tuple[list[_Given], list[str]]:
    """Tell options with their values from parameters."""
    known: dict[str, Option] = {}
    for option in options:
        known[option.long] = option
        if option.short:
            known[option.short] = option
    given: list[_Given] = []
    parameters: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if not _is_option(argument):
            parameters.append(argument)
            continue
        option_or_none = known.get(argument)
        if option_or_none is None:
            raise CommandLineError(f"Unknown option {argument}{_suggestion(argument, known)}")
        texts = tuple(text for _, text in zip(option_or_none.arguments, rest, strict=False))
        if len(texts) < len(option_or_none.arguments):
            raise CommandLineError(f"Missing value for option {option_or_none.long}")
        given.append(_Given(option_or_none, texts, len(parameters)))
    return given, parameters


def _is_option(argument: str) -> bool:
    return len(argument) > 1 and argument[0] in "-+" and argument[1] not in "0123456789"


def _suggestion(argument: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    # A long or a strange argument is no slip of the finger, and comparing takes time.
    near = get_close_matches(argument, known, n=1) if len(argument) <= 40 else []
    return f" (did you mean {near[0]}?)" if near else ""


def _settings(given: Sequence[_Given], program: Program) -> dict[str, Any]:
    """Return the fields that the options that hold set, after all checks."""
    holding = {
        appearance.option.group or appearance.option.long: appearance for appearance in given
    }
    names_holding = {appearance.option.long for appearance in holding.values()}
    for one in _from_environment(holding, names_holding):
        holding[one.option.group or one.option.long] = one
        names_holding.add(one.option.long)
    settings: dict[str, Any] = {}
    for option in OPTIONS:
        if option.long in names_holding:
            _check_company(option, names_holding, program)
            settings[option.field] = (
                tuple(_value(option, one.texts, program) for one in given if one.option is option)
                if option.repeats
                else _value(option, holding[option.group or option.long].texts, program)
            )
    settings.pop("", None)
    return _with_whole_fields(settings, program)


def _with_whole_fields(settings: dict[str, Any], program: Program) -> dict[str, Any]:
    """Put the parts of fields into their defaults."""
    whole: dict[str, Any] = {}
    for name, value in settings.items():
        field, _, part = name.partition(".")
        if part:
            whole[field] = whole.get(field, program.whole_of(field))._replace(**{part: value})
        else:
            whole[field] = value
    return whole


def _from_environment(holding: Mapping[str, _Given], names_holding: set[str]) -> Iterator[_Given]:
    """Yield the options that variables of the environment stand for."""
    for option in OPTIONS:
        if not option.environment or (option.group or option.long) in holding:
            continue
        text = os.environ.get(option.environment)
        if text is not None and not names_holding.isdisjoint(option.needs):
            yield _Given(option, (text,), 0)


def _check_company(option: Option, names_holding: set[str], program: Program) -> None:
    present = [name for name in option.conflicts if name in names_holding]
    if present:
        # DCMTK names all of a few, and the one that it met of many.
        named = option.conflicts if len(option.conflicts) <= _FEW else present[:1]
        raise CommandLineError(f"{option.long} not allowed with {any_of(named)}")
    if not names_holding.isdisjoint(option.excluded_by):
        raise CommandLineError(f"{option.long} not allowed with {any_of(option.excluded_by)}")
    needs = program.needs_of(option)
    if needs and names_holding.isdisjoint(needs):
        raise CommandLineError(f"{option.long} only allowed with {any_of(needs)}")


def _value(option: Option, texts: tuple[str, ...], program: Program) -> Any:
    if not texts:
        return option.value
    converted = tuple(
        values.convert(option, argument, text, program.compat)
        for argument, text in zip(option.arguments, texts, strict=True)
    )
    if option.make is not None:
        return option.make(option, converted)
    return converted[0] if len(converted) == 1 else converted
