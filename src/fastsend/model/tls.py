"""How the connection is secured (PS3.15 Annex B)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from fastsend.model.secret import Secret

KeyFormat = Literal["pem", "der"]
PeerCheck = Literal["require", "present", "ignore"]
RevocationCheck = Literal["leaf", "chain"]
Profile = Literal[
    "rfc8996", "rfc8996-mod", "bcp195-nd", "bcp195", "bcp195-ex", "basic", "aes", "null"
]

PASSWORD_VARIABLE = "FASTSEND_TLS_PASSWORD"
"""Of the environment: the private key's password where no option gives it."""
SEED_FILE = ""
"""Of `Tls.seed_output`: write back into the file that was read."""


class PasswordFile(NamedTuple):
    """The private key's password is the first line of this file."""

    path: str


class Identity(NamedTuple):
    """Who the sender is: paths of its private key and of its certificate with the chain."""

    key_file: str
    certificate_file: str


class Tls(NamedTuple):
    """Everything that decides how a connection is secured; the defaults are those of DCMTK."""

    identity: Identity | None = None
    """None (``+tla``): no client certificate; the peer is authenticated all the same."""
    password: Secret | PasswordFile | Literal["prompt"] | None = None
    """Of the private key. None: that of the environment, and where there is none, a prompt."""
    file_format: KeyFormat = "pem"
    """Of keys, certificates and revocation lists."""

    ca_files: tuple[str, ...] = ()
    ca_directories: tuple[str, ...] = ()
    """With files whose names are hashes, as ``openssl rehash`` makes them."""
    crl_files: tuple[str, ...] = ()
    crl_check: RevocationCheck | None = None
    """None: of the leaf certificate where there are `crl_files`, else not at all."""

    profile: Profile = "rfc8996"
    cipher_suites: tuple[str, ...] = ()
    """Further ones, by their names in the IANA registry."""
    dh_parameter_file: str | None = None

    seed_file: str | None = None
    seed_output: str | None = None
    """A file to write a new seed to at the end, or `SEED_FILE`."""

    peer_check: PeerCheck = "require"
    server_name: str | None = None
    """To ask for with SNI (RFC 6066 3)."""
    checked_name: str | None = None
    """The name or address that the peer's certificate has to be for (RFC 6125)."""
