"""The options of Transport Layer Security, as storescu has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastsend.cli.option import Argument, Option
from fastsend.model.secret import Secret
from fastsend.model.tls import PASSWORD_VARIABLE, SEED_FILE, Identity, PasswordFile, Tls

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECURE = ("--enable-tls", "--anonymous-tls")


def _secured(option: Option, arguments: Sequence[Any]) -> Tls:  # noqa: ARG001
    return Tls(Identity(*arguments))


def _password_file(option: Option, arguments: Sequence[Any]) -> PasswordFile:  # noqa: ARG001
    return PasswordFile(*arguments)


TRANSPORT = (
    Option(
        "-tls",
        "--disable-tls",
        "use normal TCP/IP connection",
        field="tls",
        value=None,
        group="transport",
        known="storescu",
    ),
    Option(
        "+tls",
        "--enable-tls",
        "use authenticated secure TLS connection, with these files of my own",
        field="tls",
        arguments=(Argument("key"), Argument("certificate")),
        make=_secured,
        group="transport",
        known="storescu",
    ),
    Option(
        "+tla",
        "--anonymous-tls",
        "use secure TLS connection without certificate of my own",
        field="tls",
        value=Tls(),
        group="transport",
        known="storescu",
    ),
)

PASSWORD = (
    Option(
        "+ps",
        "--std-passwd",
        "prompt user to type password: the default where the environment has no "
        f"{PASSWORD_VARIABLE}; asked for only if the key is encrypted",
        field="tls.password",
        value="prompt",
        group="key password",
        needs=("--enable-tls",),
        known="storescu",
    ),
    Option(
        "+pw",
        "--use-passwd",
        "use specified password, which other users of this machine may see",
        field="tls.password",
        arguments=(Argument("password", "secret"),),
        group="key password",
        needs=("--enable-tls",),
        known="storescu",
    ),
    Option(
        "",
        "--tls-password-file",
        "use the first line of a file as password",
        field="tls.password",
        arguments=(Argument("filename"),),
        make=_password_file,
        group="key password",
        needs=("--enable-tls",),
        known="fastsend",
        not_in=("dcmsend",),
    ),
    Option(
        "-pw",
        "--null-passwd",
        "use empty string as password",
        field="tls.password",
        value=Secret(b""),
        group="key password",
        needs=("--enable-tls",),
        known="storescu",
    ),
)

FILE_FORMAT = (
    Option(
        "-pem",
        "--pem-keys",
        "read keys and certificates as PEM file",
        field="tls.file_format",
        value="pem",
        group="key format",
        needs=_SECURE,
        known="storescu",
    ),
    Option(
        "-der",
        "--der-keys",
        "read keys and certificates as DER file",
        field="tls.file_format",
        value="der",
        group="key format",
        needs=_SECURE,
        known="storescu",
    ),
)

AUTHORITIES = (
    Option(
        "+cf",
        "--add-cert-file",
        "add certificate file to list of certificates",
        field="tls.ca_files",
        arguments=(Argument("filename"),),
        needs=_SECURE,
        repeats=True,
        known="storescu",
    ),
    Option(
        "+cd",
        "--add-cert-dir",
        "add certificates in directory, with the names that 'openssl rehash' gives, to list of "
        "certificates",
        field="tls.ca_directories",
        arguments=(Argument("directory"),),
        needs=_SECURE,
        repeats=True,
        known="storescu",
    ),
    Option(
        "+crl",
        "--add-crl-file",
        "add certificate revocation list file (implies --enable-crl-vfy)",
        field="tls.crl_files",
        arguments=(Argument("filename"),),
        needs=_SECURE,
        repeats=True,
        known="storescu",
    ),
    Option(
        "+crv",
        "--enable-crl-vfy",
        "enable leaf CRL verification",
        field="tls.crl_check",
        value="leaf",
        needs=_SECURE,
        known="storescu",
    ),
    Option(
        "+cra",
        "--enable-crl-all",
        "enable full chain CRL verification",
        field="tls.crl_check",
        value="chain",
        needs=_SECURE,
        conflicts=("--enable-crl-vfy",),
        known="storescu",
    ),
)


def _profile(short: str, long: str, value: str, meaning: str) -> Option:
    return Option(
        short,
        long,
        meaning,
        field="tls.profile",
        value=value,
        group="security profile",
        needs=_SECURE,
        known="storescu",
    )


PROFILES = (
    Option(
        "+ph",
        "--list-profiles",
        "list supported TLS profiles and exit",
        action="list_profiles",
        known="storescu",
    ),
    _profile("+pg", "--profile-8996", "rfc8996", "BCP 195 RFC 8996 TLS Profile"),
    _profile("+pm", "--profile-8996-mod", "rfc8996-mod", "Modified BCP 195 RFC 8996 TLS Profile"),
    _profile(
        "+py",
        "--profile-bcp195-nd",
        "bcp195-nd",
        "Non-downgrading BCP 195 TLS Profile (retired)",
    ),
    _profile("+px", "--profile-bcp195", "bcp195", "BCP 195 TLS Profile (retired)"),
    _profile("+pz", "--profile-bcp195-ex", "bcp195-ex", "Extended BCP 195 TLS Profile (retired)"),
    _profile(
        "+pb",
        "--profile-basic",
        "basic",
        "Basic TLS Secure Transport Connection Profile (retired), where OpenSSL has 3DES",
    ),
    _profile(
        "+pa", "--profile-aes", "aes", "AES TLS Secure Transport Connection Profile (retired)"
    ),
    _profile(
        "+pn",
        "--profile-null",
        "null",
        "Authenticated unencrypted communication (retired, was used in IHE ATNA): everybody on "
        "the way can read what is sent",
    ),
)

CIPHER_SUITES = (
    Option(
        "+cc",
        "--list-ciphers",
        "list supported TLS ciphersuites and exit",
        action="list_ciphers",
        known="storescu",
    ),
    Option(
        "+cs",
        "--cipher",
        "add ciphersuite to list of negotiated suites (not with --profile-bcp195-ex or "
        "--profile-8996-mod)",
        field="tls.cipher_suites",
        arguments=(Argument("name"),),
        needs=_SECURE,
        excluded_by=("--profile-bcp195-ex", "--profile-8996-mod"),
        repeats=True,
        known="storescu",
    ),
    Option(
        "+dp",
        "--dhparam",
        "read DH parameters for DH/DSS ciphersuites; as the server chooses them, this only checks "
        "the file and says so",
        field="tls.dh_parameter_file",
        arguments=(Argument("filename"),),
        needs=_SECURE,
        known="storescu",
    ),
)

SERVER_NAME = (
    Option(
        "",
        "--no-sni",
        "do not use SNI (default)",
        field="tls.server_name",
        value=None,
        needs=_SECURE,
        conflicts=("--request-sni", "--tls-name"),
        known="storescu",
    ),
    Option(
        "",
        "--request-sni",
        "request server name with SNI",
        field="tls.server_name",
        arguments=(Argument("server-name"),),
        needs=_SECURE,
        known="storescu",
    ),
    Option(
        "",
        "--tls-name",
        "check that the peer's certificate is for this host name or address, and request it with "
        "SNI; without this option its chain is verified and its name is not",
        field="tls.checked_name",
        arguments=(Argument("name"),),
        needs=_SECURE,
        conflicts=("--ignore-peer-cert",),
        known="fastsend",
        not_in=("dcmsend",),
    ),
)

SEED = (
    Option(
        "+rs",
        "--seed",
        "seed random generator with contents of file",
        field="tls.seed_file",
        arguments=(Argument("filename"),),
        needs=_SECURE,
        known="storescu",
    ),
    Option(
        "+ws",
        "--write-seed",
        "write back modified seed",
        field="tls.seed_output",
        value=SEED_FILE,
        group="seed output",
        needs=("--seed",),
        known="storescu",
    ),
    Option(
        "+wf",
        "--write-seed-file",
        "write modified seed to file",
        field="tls.seed_output",
        arguments=(Argument("filename"),),
        group="seed output",
        needs=("--seed",),
        known="storescu",
    ),
)

PEER_AUTHENTICATION = (
    Option(
        "-rc",
        "--require-peer-cert",
        "verify peer certificate, fail if absent",
        field="tls.peer_check",
        value="require",
        group="peer check",
        needs=_SECURE,
        known="storescu",
    ),
    Option(
        "-vc",
        "--verify-peer-cert",
        "verify peer certificate if present; a server always presents one, so this is as "
        "--require-peer-cert",
        field="tls.peer_check",
        value="present",
        group="peer check",
        needs=_SECURE,
        known="storescu",
    ),
    Option(
        "-ic",
        "--ignore-peer-cert",
        "don't verify peer certificate: nothing tells then who receives the instances",
        field="tls.peer_check",
        value="ignore",
        group="peer check",
        needs=_SECURE,
        known="storescu",
    ),
)
