"""From the text of an option's or a parameter's value to the value, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastsend.cli.option import LOG_LEVELS, any_of
from fastsend.errors import CommandLineError

if TYPE_CHECKING:
    from fastsend.cli.option import Argument, Option

LEAST_RATE = 1000
"""Bytes a second; with less the peer would give up waiting."""
_FACTORS = {"k": 1e3, "m": 1e6, "g": 1e9}

MOST_DIGITS = 18
"""Longer numbers are out of every range, and int() is slow on very long ones."""


def port_number(text: str) -> int:
    """Return the TCP port that `text` gives.

    Raises
    ------
    CommandLineError
        Where it is no number from 1 to 65535.
    """
    fault, port = _bounded(text, 1, 65535)
    if fault is not None:
        raise CommandLineError(f"Invalid parameter value {text}{f' ({fault})' if fault else ''}")
    return port


def convert(option: Option, argument: Argument, text: str) -> Any:
    """Return what the `text` that followed `option` on the command line stands for.

    Raises
    ------
    CommandLineError
        Where it is not of the argument's kind or out of its bounds.
    """
    if argument.kind == "string":
        return text
    if argument.kind == "ae_title":
        return _ae_title(option, text)
    if argument.kind == "log_level":
        if text.lower() not in LOG_LEVELS:
            raise CommandLineError(
                f"Invalid log level for {option.long} option ({text}): use {any_of(LOG_LEVELS)}"
            )
        return text.lower()
    if argument.kind == "choice":
        if text.lower() not in argument.choices:
            raise CommandLineError(
                f"Invalid value for option {option.long} ({text}): use {any_of(argument.choices)}"
            )
        return text.lower()
    if argument.kind == "decimal":
        return _decimal(option, argument, text)
    if argument.kind == "rate":
        return _rate(option, argument, text)
    fault, number = _bounded(text, argument.minimum, argument.maximum)
    if fault is not None:
        named = f"{fault}: {text}" if fault else text
        raise CommandLineError(f"Invalid value for option {option.long} ({named})")
    if argument.kind == "seconds":
        return float(number) if number > 0 else None
    return number


def _bounded(text: str, minimum: int | None, maximum: int | None) -> tuple[str | None, int]:
    """Return what is wrong with an integer ("" if it is none, None if nothing) and its value."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdecimal()):
        return "", 0
    sign = -1 if text[0] == "-" else 1
    number = sign * (int(digits) if len(digits) <= MOST_DIGITS else 10**MOST_DIGITS)
    if minimum is not None and number < minimum:
        return "underflow", 0
    if maximum is not None and number > maximum:
        return "overflow", 0
    return None, number


def _decimal(option: Option, argument: Argument, text: str) -> float:
    """Return a number with or without decimals; none of the other forms that float() knows."""
    whole, _, decimals = text.partition(".")
    fault, _ = _bounded(whole, argument.minimum, argument.maximum)
    if fault is None and decimals and not (decimals.isascii() and decimals.isdecimal()):
        fault = ""
    number = float(text[:MOST_DIGITS]) if fault is None else 0.0
    if fault is None and argument.maximum is not None and number > argument.maximum:
        fault = "overflow"
    if fault is not None:
        named = f"{fault}: {text}" if fault else text
        raise CommandLineError(f"Invalid value for option {option.long} ({named})")
    return number


def _rate(option: Option, argument: Argument, text: str) -> float:
    """Return bytes a second."""
    factor = _FACTORS.get(text[-1:].lower())
    rate = _decimal(option, argument, text[:-1] if factor else text) * (factor or 1)
    if rate < LEAST_RATE:
        raise CommandLineError(
            f"Invalid value for option {option.long} (underflow: {text}): "
            f"{LEAST_RATE} bytes a second is the least"
        )
    return rate


def _ae_title(option: Option, text: str) -> str:
    """Return an AE title without its spaces at the ends, which mean nothing (PS3.5 6.2)."""
    title = text.strip(" ")
    if not title:
        raise CommandLineError(
            f"Invalid value for option {option.long}: an AE title has at least one character"
        )
    if len(title) > 16:
        raise CommandLineError(
            f"Invalid value for option {option.long} ({text}): an AE title has at most 16 "
            f"characters, this one has {len(title)}"
        )
    if "\\" in title or not (title.isascii() and title.isprintable()):
        raise CommandLineError(
            f"Invalid value for option {option.long} ({text}): an AE title has no backslash, "
            "control or non-ASCII character"
        )
    return title
