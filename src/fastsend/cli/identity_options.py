"""The options of User Identity Negotiation (PS3.7 D.3.3.7)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastsend.cli.option import Argument, Option
from fastsend.errors import CommandLineError
from fastsend.model.secret import Secret
from fastsend.model.user_identity import (
    JWT,
    KERBEROS,
    LONGEST_FIELD,
    SAML,
    USERNAME,
    Credential,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSWORD_VARIABLE = "FASTSEND_PASSWORD"


def _user(option: Option, arguments: Sequence[Any]) -> Credential:
    # The bytes as they were given: DCMTK sends them, too, and UTF-8 is what they should be.
    return Credential(USERNAME, _checked(option, Secret(os.fsencode(arguments[0]))))


def _password(option: Option, arguments: Sequence[Any]) -> Secret:
    return _checked(option, arguments[0])


def _credential(option: Option, arguments: Sequence[Any]) -> Credential:
    """Return what a file holds; storescu cuts a longer one, which then does not fit either."""
    (path,) = arguments
    content = _read(option, path, LONGEST_FIELD + 1)
    if not content:
        raise CommandLineError(f"{option.long} {path}: the file is empty")
    if len(content) > LONGEST_FIELD:
        raise CommandLineError(f"{option.long} {path}: longer than {LONGEST_FIELD} bytes")
    return Credential(option.value, Secret(content))


def _password_of_file(option: Option, arguments: Sequence[Any]) -> Secret:
    """Return the first line of a file, without its end."""
    (path,) = arguments
    # A line that is longer than the field is refused; it is read as far as that shows.
    line = _read(option, path, LONGEST_FIELD + 3).split(b"\n", 1)[0].removesuffix(b"\r")
    return _checked(option, Secret(line))


def _checked(option: Option, field: Secret) -> Secret:
    if len(field) > LONGEST_FIELD:
        raise CommandLineError(
            f"Invalid value for option {option.long}: longer than {LONGEST_FIELD} bytes"
        )
    return field


def _read(option: Option, path: str, length: int) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
            return file.read(length)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise CommandLineError(f"{option.long} {path}: cannot read the file: {reason}") from exc


def _from_file(short: str, long: str, kind: int, meaning: str) -> Option:
    return Option(
        short,
        long,
        meaning,
        field="user_identity.credential",
        value=kind,
        arguments=(Argument("filename"),),
        make=_credential,
        without="none",
        group="identity",
        known="storescu",
    )


IDENTITY = (
    Option(
        "-usr",
        "--user",
        "authenticate using this user name",
        field="user_identity.credential",
        value=USERNAME,
        arguments=(Argument("user"),),
        make=_user,
        without="none",
        group="identity",
        known="storescu",
    ),
    Option(
        "-pwd",
        "--password",
        "authenticate using this password, which other users of this machine can see in its list "
        f"of processes; better set the variable {PASSWORD_VARIABLE}, or use --password-file",
        field="user_identity.passcode",
        value="argument",
        arguments=(Argument("password", "secret"),),
        make=_password,
        environment=PASSWORD_VARIABLE,
        without="none",
        group="password",
        needs=("--user",),
        known="storescu",
    ),
    Option(
        "",
        "--password-file",
        "authenticate using the first line of this file as password",
        field="user_identity.passcode",
        value="file",
        arguments=(Argument("filename"),),
        make=_password_of_file,
        without="none",
        group="password",
        needs=("--user",),
        known="fastsend",
        not_in=("dcmsend",),
    ),
    Option(
        "-epw",
        "--empty-password",
        "send empty password",
        field="user_identity.passcode",
        value=Secret(b""),
        group="password",
        needs=("--user",),
        known="storescu",
    ),
    _from_file("-kt", "--kerberos", KERBEROS, "read Kerberos ticket from this file"),
    _from_file("", "--saml", SAML, "read SAML request from this file"),
    _from_file("", "--jwt", JWT, "read JWT data from this file"),
    Option(
        "-rsp",
        "--pos-response",
        "expect positive response: send nothing to a peer that does not confirm the identity",
        field="user_identity.positive_response",
        value=True,
        needs=("--user", "--kerberos", "--saml", "--jwt"),
        known="storescu",
    ),
)
