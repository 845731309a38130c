"""The options of user identity, and where a password comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fastsend.cli.parser import parse
from fastsend.errors import CommandLineError
from fastsend.model.secret import Secret
from fastsend.model.user_identity import Credential, UserIdentity

if TYPE_CHECKING:
    from pathlib import Path


def identity(*arguments: str) -> UserIdentity:
    options = parse([*arguments, "h", "1", "f"]).options
    assert options is not None
    return options.user_identity


@pytest.fixture(autouse=True)
def no_password_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTSEND_PASSWORD", raising=False)


def test_user_names_and_passwords() -> None:
    user = Credential(1, Secret(b"u"))
    assert identity() == UserIdentity()
    assert identity("-usr", "u") == (user, None, False)
    assert identity("-usr", "u", "-pwd", "-p") == (user, Secret(b"-p"), False)
    assert identity("-usr", "u", "-pwd", "p", "-epw", "-rsp") == (user, Secret(b""), True)
    assert identity("-epw", "-usr", "u", "-pwd", "p") == (user, Secret(b"p"), False)
    assert identity("-usr", "\xe9\udcff", "-pwd", "") == (
        (1, Secret(b"\xc3\xa9\xff")),
        Secret(b""),
        False,
    )


@pytest.mark.parametrize(
    ("option", "kind"), [("-kt", 3), ("--kerberos", 3), ("--saml", 4), ("--jwt", 5)]
)
def test_files(option: str, kind: int, tmp_path: Path) -> None:
    path = tmp_path / "ticket"
    path.write_bytes(b"abc\n")
    assert identity(option, str(path), "-rsp") == ((kind, Secret(b"abc\n")), None, True)
    path.write_bytes(b"x" * 65535)
    assert identity("-usr", "u", option, str(path)).credential == (kind, Secret(b"x" * 65535))
    path.write_bytes(b"x" * 65536)
    with pytest.raises(CommandLineError, match="65535"):
        identity(option, str(path))
    path.write_bytes(b"")
    with pytest.raises(CommandLineError, match="empty"):
        identity(option, str(path))
    path.unlink()
    with pytest.raises(CommandLineError, match="No such file"):
        identity(option, str(path))


def test_passwords_from_files(tmp_path: Path) -> None:
    path = tmp_path / "password"
    for content, password in [
        (b"p w\n", b"p w"),
        (b"p w\r\nmore\n", b"p w"),
        (b"p", b"p"),
        (b"", b""),
        (b"\nx", b""),
        (b"x" * 65535 + b"\r\n", b"x" * 65535),
    ]:
        path.write_bytes(content)
        assert identity("-usr", "u", "--password-file", str(path)).passcode == Secret(password)
    path.write_bytes(b"x" * 65536)
    with pytest.raises(CommandLineError, match="65535"):
        identity("-usr", "u", "--password-file", str(path))


def test_password_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"filed")
    monkeypatch.setenv("FASTSEND_PASSWORD", "sesame")
    assert identity("-usr", "u").passcode == Secret(b"sesame")
    assert identity("-usr", "u", "-epw").passcode == Secret(b"")
    assert identity("-usr", "u", "-pwd", "p").passcode == Secret(b"p")
    assert identity("-usr", "u", "--password-file", str(path)).passcode == Secret(b"filed")
    assert identity() == UserIdentity()
    assert identity("--jwt", str(path)).passcode is None
    monkeypatch.setenv("FASTSEND_PASSWORD", "")
    assert identity("-usr", "u").passcode == Secret(b"")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-pwd sesame", "--password only allowed with --user"),
        ("-epw", "--empty-password only allowed with --user"),
        ("--password-file sesame", "--password-file only allowed with --user"),
        ("-usr u --saml FILE -pwd sesame", "--password only allowed with --user"),
        ("-rsp", "--pos-response only allowed with --user, --kerberos, --saml or --jwt"),
    ],
)
def test_what_does_not_go_together(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"x")
    with pytest.raises(CommandLineError) as raised:
        identity(*line.replace("FILE", str(path)).split())
    assert str(raised.value) == message
