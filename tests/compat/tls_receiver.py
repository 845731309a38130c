"""A recording SCP behind TLS, which also records what a sender offers in its ClientHello."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from peers.recording_scp import RecordingSCP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from peers.scp_records import Association

HELLO_SECONDS = 10.0
_SERVER_NAME, _VERSIONS = 0, 43
_SIGNALLING = (0x00FF, 0x5600)


class Hello(NamedTuple):
    """What a ClientHello offers (RFC 8446 4.1.2)."""

    cipher_suites: tuple[int, ...]
    """In the order of preference, without those that only signal."""
    versions: tuple[int, ...]
    server_name: str


class Handshake(NamedTuple):
    """What came of one connection; empty values where no TLS came."""

    hello: Hello | None
    version: str
    cipher: str
    has_client_certificate: bool


class TLSRecordingSCP(RecordingSCP):
    """A recording SCP; `handshakes` are in the order of the associations."""

    def __init__(self, context: ssl.SSLContext, **keywords: Any) -> None:
        self.handshakes: dict[int, Handshake] = {}
        self._context = context
        super().__init__(**keywords)

    def _serve(self, connection: socket.socket, association: Association) -> None:
        connection.settimeout(HELLO_SECONDS)
        hello = None
        try:
            hello = decode_hello(_peek_record(connection))
            secured = self._context.wrap_socket(connection, server_side=True)
        except (OSError, ValueError):
            self.handshakes[association.number] = Handshake(hello, "", "", False)
            connection.close()
            association.ended = "closed"
            self.notify()
            return
        cipher = secured.cipher()
        self.handshakes[association.number] = Handshake(
            hello,
            secured.version() or "",
            cipher[0] if cipher else "",
            bool(secured.getpeercert(binary_form=True)),
        )
        secured.settimeout(None)
        # `close` has to reach the socket that is read from.
        thread = self._connections[association.number - 1][1]
        self._connections[association.number - 1] = (secured, thread)
        super()._serve(secured, association)


def _peek_record(connection: socket.socket) -> bytes:
    """Return the first TLS record, which stays to be read."""
    data = connection.recv(1 << 15, socket.MSG_PEEK)
    # Senders write a ClientHello at once; a further look is for one that comes in two segments.
    if len(data) >= 5 and len(data) < 5 + struct.unpack_from(">H", data, 3)[0]:
        data = connection.recv(1 << 15, socket.MSG_PEEK | socket.MSG_WAITALL)
    return data


def decode_hello(record: bytes) -> Hello:
    """Decode a record with a ClientHello; raise ValueError where it is none."""
    if len(record) < 44 or record[0] != 22 or record[5] != 1:
        raise ValueError("no ClientHello")
    at = 5 + 4 + 2 + 32
    at += 1 + record[at]
    (length,) = struct.unpack_from(">H", record, at)
    suites = struct.unpack_from(f">{length // 2}H", record, at + 2)
    at += 2 + length
    at += 1 + record[at]
    extensions = dict(_extensions(record[at + 2 :]))
    versions = extensions.get(_VERSIONS, b"\0")[1:]
    name = extensions.get(_SERVER_NAME, b"")[5:]
    return Hello(
        tuple(suite for suite in suites if suite not in _SIGNALLING),
        struct.unpack(f">{len(versions) // 2}H", versions),
        name.decode("ascii", "replace"),
    )


def _extensions(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from(">HH", data, at)
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


class Server(NamedTuple):
    """How the TLS of a receiver is set up."""

    certificate: str = "server"
    client: ssl.VerifyMode = ssl.CERT_REQUIRED
    ciphers: str = ""
    versions: tuple[ssl.TLSVersion, ssl.TLSVersion] = (
        ssl.TLSVersion.TLSv1_2,
        ssl.TLSVersion.TLSv1_3,
    )


_ONLY_1_2 = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
SERVERS: dict[str, Server] = {
    "TLS": Server(),
    "TLS 1.2": Server(versions=_ONLY_1_2),
    "TLS for anybody": Server(client=ssl.CERT_OPTIONAL),
    "TLS 1.2 for anybody": Server(client=ssl.CERT_OPTIONAL, versions=_ONLY_1_2),
    "TLS of another authority": Server("server_stranger", ssl.CERT_OPTIONAL),
    "TLS expired": Server("server_expired", ssl.CERT_OPTIONAL),
    "TLS revoked": Server("server_revoked", ssl.CERT_OPTIONAL),
    "TLS with another name": Server("server_named", ssl.CERT_OPTIONAL),
    "TLS with AES-CBC": Server(
        client=ssl.CERT_OPTIONAL, ciphers="AES128-SHA:@SECLEVEL=0", versions=_ONLY_1_2
    ),
    "TLS without encryption": Server(
        client=ssl.CERT_OPTIONAL, ciphers="NULL-SHA:@SECLEVEL=0", versions=_ONLY_1_2
    ),
    "TLS with CCM": Server(
        client=ssl.CERT_OPTIONAL, ciphers="DHE-RSA-AES128-CCM", versions=_ONLY_1_2
    ),
}


def server_context(server: Server, folder: Path) -> ssl.SSLContext:
    """Return the context of a server, with the files of `compat.certificates` in `folder`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = server.versions
    if server.ciphers:
        context.set_ciphers(server.ciphers)
    context.load_cert_chain(
        folder / f"{server.certificate}.pem", folder / f"{server.certificate}_key.pem"
    )
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = server.client
    return context
