"""The options of TLS: what they set, and which company they keep."""

from __future__ import annotations

import pytest

from fastsend.cli.parser import parse
from fastsend.errors import CommandLineError
from fastsend.model.secret import Secret
from fastsend.model.tls import SEED_FILE, Identity, PasswordFile, Tls

KEYS = ("+tls", "key", "cert")


def tls(*arguments: str) -> Tls | None:
    options = parse([*arguments, "pacs", "104", "file"]).options
    assert options is not None
    return options.tls


def test_the_rightmost_of_the_transports_holds() -> None:
    assert tls() is None
    assert tls("+tla") == Tls()
    assert tls("-tls", *KEYS) == Tls(Identity("key", "cert"))
    assert tls(*KEYS, "+tla") == Tls()
    assert tls(*KEYS, "-tls") is None


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        (("+pw", "hush"), {"password": Secret(b"hush")}),
        (("+pw", "hush", "-pw"), {"password": Secret(b"")}),
        (("-pw", "+ps"), {"password": "prompt"}),
        (("--tls-password-file", "f"), {"password": PasswordFile("f")}),
        (("-der",), {"file_format": "der"}),
        (("-der", "-pem"), {}),
        (("+cf", "a", "+cd", "d", "+cf", "b"), {"ca_files": ("a", "b"), "ca_directories": ("d",)}),
        (("+crl", "a", "+crl", "a"), {"crl_files": ("a", "a")}),
        (("+crv",), {"crl_check": "leaf"}),
        (("+cra",), {"crl_check": "chain"}),
        (("+px", "+py"), {"profile": "bcp195-nd"}),
        (
            ("+pz", "+px", "+cs", "A", "+cs", "B"),
            {"profile": "bcp195", "cipher_suites": ("A", "B")},
        ),
        (("+rs", "f", "+ws"), {"seed_file": "f", "seed_output": SEED_FILE}),
        (("+rs", "f", "+ws", "+wf", "g"), {"seed_file": "f", "seed_output": "g"}),
        (("-ic", "-vc"), {"peer_check": "present"}),
        (("-ic",), {"peer_check": "ignore"}),
        (("--request-sni", "n"), {"server_name": "n"}),
        (("--no-sni",), {}),
        (("--tls-name", "n"), {"checked_name": "n"}),
        (("+dp", "f"), {"dh_parameter_file": "f"}),
    ],
)
def test_what_options_set(arguments: tuple[str, ...], changes: dict[str, object]) -> None:
    assert tls(*KEYS, *arguments) == Tls(Identity("key", "cert"))._replace(**changes)


# The sentences are storescu's.
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("+cf", "a"), "--add-cert-file only allowed with --enable-tls or --anonymous-tls"),
        (("+py",), "--profile-bcp195-nd only allowed with --enable-tls or --anonymous-tls"),
        (("+pw", "hush", "+tla"), "--use-passwd only allowed with --enable-tls"),
        ((*KEYS, "-ic", "-tls"), "--ignore-peer-cert only allowed with --enable-tls or"),
        ((*KEYS, "+ws"), "--write-seed only allowed with --seed"),
        ((*KEYS, "+crv", "+cra"), "--enable-crl-all not allowed with --enable-crl-vfy"),
        ((*KEYS, "+cs", "A", "+pz"), "--cipher not allowed with --profile-bcp195-ex"),
        ((*KEYS, "+cs", "A", "+pm"), "--cipher not allowed with --profile-bcp195-ex"),
        ((*KEYS, "--request-sni", "n", "--no-sni"), "--no-sni not allowed with --request-sni"),
        ((*KEYS, "--tls-name", "n", "-ic"), "--tls-name not allowed with --ignore-peer-cert"),
    ],
)
def test_company_that_is_not_kept(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        tls(*arguments)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("argument", "action"),
    [
        ("+cc", "list_ciphers"),
        ("--list-ciphers", "list_ciphers"),
        ("+ph", "list_profiles"),
        ("--list-profiles", "list_profiles"),
    ],
)
def test_lists(argument: str, action: str) -> None:
    assert parse([argument]).action == action
    assert parse([argument, "-td", "wrong"]).action == action
