"""What an option of the command line is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fastsend.model.options import SendOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

LogLevel = Literal["fatal", "error", "warn", "info", "debug", "trace"]
Kind = Literal["string", "integer", "decimal", "seconds", "ae_title", "log_level", "choice", "rate"]
Action = Literal["send", "help", "version", "list_decoders", "demo"]
Known = Literal["both", "storescu", "dcmsend", "fastsend"]

LOG_LEVELS: tuple[LogLevel, ...] = ("fatal", "error", "warn", "info", "debug", "trace")


class Output(NamedTuple):
    """What is shown of a run; nothing of it matters to the sender."""

    log_level: LogLevel = "warn"
    verbose_contexts: bool = False
    json: bool = False
    """For programs: `list_decoders` as JSON."""


class Argument(NamedTuple):
    """A value that follows an option."""

    name: str
    kind: Kind = "string"
    minimum: int | None = None
    maximum: int | None = None
    """Bounds of a number, inclusive."""
    choices: tuple[str, ...] = ()
    """What a choice is among."""


class Option(NamedTuple):
    """One option.

    Options of the same `group` exclude each other: the rightmost on the command line holds.
    `conflicts` names options (long spelling) that may not be on the same command line at all,
    `needs` options of which one has to hold for this one to make sense.
    """

    short: str
    """The short spelling; "" where there is none."""
    long: str
    meaning: str
    field: str = ""
    """What it sets, or a part of it: ``quality.jpeg``; "" for an option with an action of its own,
    and for one that asks for what is done anyway."""
    value: Any = None
    """What an option without arguments sets the field to."""
    arguments: tuple[Argument, ...] = ()
    without: str = ""
    """What to show as the default where the field's default is None."""
    group: str = ""
    conflicts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    action: Action = "send"
    """What is done where it is given."""
    known: Known = "both"
    """Which of DCMTK's senders have it with the same spelling and meaning."""


class Section(NamedTuple):
    """Options under one heading."""

    title: str
    subtitle: str
    options: tuple[Option, ...]


class Parameter(NamedTuple):
    """A positional parameter; the last one may be given many times."""

    name: str
    meaning: str


def default_of(field: str) -> Any:
    """Return the default of a field, or of a part of one, that options set."""
    if field in Output._fields:
        return Output._field_defaults[field]
    whole, _, part = field.partition(".")
    default = SendOptions._field_defaults[whole]
    return getattr(default, part) if part else default


def shown_default(option: Option) -> str:
    """Return the default of `option` in words; "" where it has none to show."""
    if not option.field:
        return ""
    default = default_of(option.field)
    if not option.arguments:
        return "default" if option.group and option.value == default else ""
    if default is None:
        return option.without
    return f"{default:g}" if isinstance(default, float) else str(default)


def any_of(names: Sequence[str]) -> str:
    """Return a list of options in words."""
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
