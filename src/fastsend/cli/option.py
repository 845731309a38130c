"""What an option of the command line is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fastsend.model.options import Compat, SendOptions
from fastsend.model.tls import Tls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LogLevel = Literal["fatal", "error", "warn", "info", "debug", "trace"]
Kind = Literal[
    "string",
    "secret",
    "integer",
    "integer_or_auto",
    "decimal",
    "seconds",
    "ae_title",
    "log_level",
    "choice",
    "rate",
]
"""A secret is never shown where the command line is; ``auto`` stands for None."""
Action = Literal[
    "send", "help", "version", "list_decoders", "list_ciphers", "list_profiles", "demo"
]
Known = Literal["both", "storescu", "dcmsend", "fastsend"]

LOG_LEVELS: tuple[LogLevel, ...] = ("fatal", "error", "warn", "info", "debug", "trace")


class Output(NamedTuple):
    """What is shown of a run; nothing of it matters to the sender."""

    log_level: LogLevel = "warn"
    verbose_contexts: bool = False
    log_config: str | None = None
    """A file that says what is logged where, instead of `log_level`."""
    report_file: str | None = None
    """Where the report goes that dcmsend writes."""
    json: bool = False
    """For programs: `list_decoders` as JSON."""
    arguments: bool = False
    """Log the expanded command line first."""


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
    `excluded_by` options of which none may hold, `needs` options of which one has to hold for this
    one to make sense. A `repeats` option adds to its field each time.
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
    make: Callable[[Option, Sequence[Any]], Any] | None = None
    """Makes the value of the field from those of the arguments; raises CommandLineError where it
    cannot."""
    environment: str = ""
    """The variable that an option with one argument takes its value from where neither it nor
    another of its group is given, and what it needs is."""
    without: str = ""
    """What to show as the default where the field's default is None."""
    group: str = ""
    conflicts: tuple[str, ...] = ()
    excluded_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    repeats: bool = False
    action: Action = "send"
    """What is done where it is given."""
    known: Known = "both"
    """Which of DCMTK's senders have it with the same spelling and meaning."""
    needs_in: tuple[tuple[Compat, tuple[str, ...]], ...] = ()
    """Other `needs` in the compatibility with one of them."""
    not_in: tuple[Compat, ...] = ()
    """Which compatibility does not take it, of an option that is fastsend's own."""


class Section(NamedTuple):
    """Options under one heading."""

    title: str
    subtitle: str
    options: tuple[Option, ...]


class Parameter(NamedTuple):
    """A positional parameter; the last one may be given many times."""

    name: str
    meaning: str


def whole_of(field: str) -> Any:
    """Return what the parts of a field are set in."""
    default = default_of(field)
    return _WHOLES[field] if default is None else default


_WHOLES = {"tls": Tls()}
"""What a part of a field is set in where the field's default is None."""


def default_of(field: str) -> Any:
    """Return the default of a field, or of a part of one, that options set."""
    if field in Output._fields:
        return Output._field_defaults[field]
    whole, _, part = field.partition(".")
    return getattr(whole_of(whole), part) if part else SendOptions._field_defaults[whole]


def shown_default(option: Option, default_of: Callable[[str], Any] = default_of) -> str:
    """Return the default of `option` in words; "" where it has none to show."""
    if not option.field:
        return ""
    default = default_of(option.field)
    if not option.arguments:
        return "default" if option.group and option.value == default else ""
    if default is None or default == ():
        return option.without
    return f"{default:g}" if isinstance(default, float) else str(default)


def any_of(names: Sequence[str]) -> str:
    """Return a list of options in words."""
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
