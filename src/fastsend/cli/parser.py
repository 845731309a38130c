"""Command lines in DCMTK's notation.

Options start with ``-`` or ``+`` and may stand anywhere; ``-5``, ``-`` and ``+`` are parameters.
The value of an option is the next argument whatever it looks like. There are no abbreviations,
no ``--name=value``, no bundles of letters and no ``--``. Values are checked after the syntax of
the whole line, in the order of the table, and only those that hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastsend.cli import values
from fastsend.cli.command_file import expand
from fastsend.cli.option import Action, Option, Output, any_of, whole_of
from fastsend.cli.table import OPTIONS, PARAMETERS
from fastsend.errors import CommandLineError
from fastsend.model.options import SendOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Command(NamedTuple):
    """What a command line asks for; `options` is None unless that is to send."""

    action: Action
    output: Output
    options: SendOptions | None = None


class _Given(NamedTuple):
    option: Option
    texts: tuple[str, ...]


def parse(arguments: Sequence[str]) -> Command:
    """Return what the arguments of the command, without its name, ask for.

    Raises
    ------
    CommandLineError
        Where they cannot be understood.
    """
    given, parameters = _read(expand(arguments))
    if not given and not parameters:
        return Command("help", Output())
    names = {appearance.option.long for appearance in given}
    asked = [option.action for option in OPTIONS if option.long in names]
    action: Action = next((action for action in asked if action != "send"), "send")
    if action in ("help", "version", "list_ciphers", "list_profiles"):
        return Command(action, Output())
    if action == "list_decoders":
        # Exclusive: nothing else on the line matters, but for how to show the list.
        given = [one for one in given if one.option.field in ("", "log_level", "json")]
        return Command(action, Output(**_settings(given, names)))
    if action == "demo" and parameters:
        raise CommandLineError(f"--demo takes no parameters ({parameters[0]})")
    if action == "send" and len(parameters) < len(PARAMETERS):
        raise CommandLineError(f"Missing parameter {PARAMETERS[len(parameters)].name}")

    settings = _settings(given, names)
    output = Output(**{name: settings.pop(name) for name in Output._fields if name in settings})
    if action == "demo":
        return Command(action, output)
    peer, port, *paths = parameters
    if not peer:
        raise CommandLineError("Invalid parameter value: peer is empty")
    options = SendOptions(peer, values.port_number(port), tuple(paths))._replace(**settings)
    return Command(action, output, options)


def _read(arguments: Iterable[str]) -> tuple[list[_Given], list[str]]:
    """Tell options with their values from parameters."""
    known = {option.long: option for option in OPTIONS}
    known.update({option.short: option for option in OPTIONS if option.short})
    given: list[_Given] = []
    parameters: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if not _is_option(argument):
            parameters.append(argument)
            continue
        option = known.get(argument)
        if option is None:
            raise CommandLineError(f"Unknown option {argument}{_suggestion(argument, known)}")
        texts = tuple(text for _, text in zip(option.arguments, rest, strict=False))
        if len(texts) < len(option.arguments):
            raise CommandLineError(f"Missing value for option {option.long}")
        given.append(_Given(option, texts))
    return given, parameters


def _is_option(argument: str) -> bool:
    return len(argument) > 1 and argument[0] in "-+" and argument[1] not in "0123456789"


def _suggestion(argument: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    # A long or a strange argument is no slip of the finger, and comparing takes time.
    near = get_close_matches(argument, known, n=1) if len(argument) <= 40 else []
    return f" (did you mean {near[0]}?)" if near else ""


def _settings(given: Sequence[_Given], names: set[str]) -> dict[str, Any]:
    """Return the fields that the options that hold set, after all checks."""
    holding = {
        appearance.option.group or appearance.option.long: appearance for appearance in given
    }
    names_holding = {appearance.option.long for appearance in holding.values()}
    settings: dict[str, Any] = {}
    for option in OPTIONS:
        if option.long in names_holding:
            _check_company(option, names, names_holding)
            settings[option.field] = (
                tuple(_value(option, one.texts) for one in given if one.option is option)
                if option.repeats
                else _value(option, holding[option.group or option.long].texts)
            )
    settings.pop("", None)
    return _with_whole_fields(settings)


def _with_whole_fields(settings: dict[str, Any]) -> dict[str, Any]:
    """Put the parts of fields into their defaults."""
    whole: dict[str, Any] = {}
    for name, value in settings.items():
        field, _, part = name.partition(".")
        if part:
            whole[field] = whole.get(field, whole_of(field))._replace(**{part: value})
        else:
            whole[field] = value
    return whole


def _check_company(option: Option, names: set[str], names_holding: set[str]) -> None:
    if not names.isdisjoint(option.conflicts):
        raise CommandLineError(f"{option.long} not allowed with {any_of(option.conflicts)}")
    if not names_holding.isdisjoint(option.excluded_by):
        raise CommandLineError(f"{option.long} not allowed with {any_of(option.excluded_by)}")
    if option.needs and names_holding.isdisjoint(option.needs):
        raise CommandLineError(f"{option.long} only allowed with {any_of(option.needs)}")


def _value(option: Option, texts: tuple[str, ...]) -> Any:
    if not texts:
        return option.value
    converted = tuple(
        values.convert(option, argument, text)
        for argument, text in zip(option.arguments, texts, strict=True)
    )
    if option.make is not None:
        return option.make(*converted)
    return converted[0] if len(converted) == 1 else converted
