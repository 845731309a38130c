"""From the text of an option's or a parameter's value to the value, checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from fastsend.cli.option import LOG_LEVELS, any_of
from fastsend.errors import CommandLineError
from fastsend.model.secret import Secret

if TYPE_CHECKING:
    from fastsend.cli.option import Argument, Option
    from fastsend.model.options import Compat

LEAST_RATE = 1000
"""Bytes a second; with less the peer would give up waiting."""
_FACTORS = {"k": 1e3, "m": 1e6, "g": 1e9}

HEXADECIMAL = "0123456789abcdefABCDEF"
MOST_DIGITS = 18
"""Longer numbers are out of every range, and int() is slow on very long ones."""


def port_number(text: str, *, lenient: bool = False) -> int:
    """Return the TCP port that `text` gives; `lenient` as DCMTK reads numbers.

    Raises
    ------
    CommandLineError
        Where it is no number from 1 to 65535.
    """
    digits = text
    if lenient:  # as C's strtoul, which wraps a negative number around
        negative = text.lstrip().startswith("-")
        digits = _leading_number(text.replace("-", "", 1) if negative else text, base=10)
        digits = f"{digits}{1 << 32}" if digits and negative else digits
    fault, port = _bounded(digits, 1, 65535)
    if fault is not None:
        raise CommandLineError(f"Invalid parameter value {text}{f' ({fault})' if fault else ''}")
    return port


def convert(option: Option, argument: Argument, text: str, compat: Compat | None = None) -> Any:
    """Return what the `text` that followed `option` on the command line stands for.

    With `compat` numbers and log levels are read as DCMTK reads them, and AE titles cut off.

    Raises
    ------
    CommandLineError
        Where it is not of the argument's kind or out of its bounds.
    """
    if argument.kind == "string":
        return text
    if argument.kind == "secret":
        # As it was given: DCMTK knows nothing of characters either, and UTF-8 is what should be.
        return Secret(os.fsencode(text))
    if argument.kind == "ae_title":
        return _ae_title(option, text[:16] if compat else text)  # DCMTK cuts off
    if argument.kind == "log_level":
        if text.lower() not in LOG_LEVELS:
            if compat:
                raise CommandLineError(f"Invalid log level for {option.long} option")
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
    if argument.kind == "integer_or_auto":
        return _integer_or_auto(option, argument, text)
    digits, maximum = text, argument.maximum
    if compat:
        # storescu reads waits as C's %li does, with 0x and 0; all else is %lu.
        signed = compat == "storescu" and argument.kind == "seconds"
        digits = _leading_number(text, base=0 if signed else 10)
        if argument.kind == "seconds":
            maximum = None
    fault, number = _bounded(digits, argument.minimum, maximum)
    if fault is not None:
        named = f"{fault}: {text}" if fault else text
        raise CommandLineError(f"Invalid value for option {option.long} ({named})")
    if argument.kind == "seconds":
        longest = argument.maximum or number
        return float(min(number, longest)) if number > 0 else None
    return number


def _integer_or_auto(option: Option, argument: Argument, text: str) -> int | None:
    """Return a number, or None for ``auto``."""
    if text.lower() == "auto":
        return None
    fault, number = _bounded(text, argument.minimum, argument.maximum)
    if fault is not None:
        named = f"{fault}: {text}" if fault else text
        raise CommandLineError(
            f"Invalid value for option {option.long} ({named}): "
            f"use auto or a number from {argument.minimum} to {argument.maximum}"
        )
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


def _leading_number(text: str, *, base: Literal[0, 10]) -> str:
    """Return the number that `text` begins with, in decimal, as C's strtol reads it; "" for none.

    Base 10 takes no negative one; base 0 takes those, 0x for hexadecimal and 0 for octal.
    """
    rest = text.lstrip(" \t\n\v\f\r")
    sign = rest[0] if rest[:1] in ("-", "+") else ""
    rest = rest[len(sign) :]
    if sign == "-" and base == 10:
        return ""
    digits, radix = "0123456789", 10
    if base == 0 and rest[:2] in ("0x", "0X") and rest[2:3] in HEXADECIMAL and rest[2:3]:
        rest, digits, radix = rest[2:], HEXADECIMAL, 16
    elif base == 0 and rest[:1] == "0":
        digits, radix = "01234567", 8
    number = rest[: len(rest) - len(rest.lstrip(digits))]
    if not number:
        return ""
    return f"{sign}{int(number[: MOST_DIGITS + 1], radix)}"


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
