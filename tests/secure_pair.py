"""Two ends of a TLS connection, over sockets that are connected."""

from __future__ import annotations

import ssl
import threading
from functools import cache
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    import socket


@cache
def _contexts(version: ssl.TLSVersion) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    client.maximum_version = version
    # Tickets come before the A-ASSOCIATE-AC and are read with it: here nothing is negotiated, and
    # OpenSSL reads none any more once a write has failed.
    server.num_tickets = 0
    return client, server


def secured(
    client: socket.socket, server: socket.socket, version: ssl.TLSVersion
) -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    """Shake hands, and return the two ends; that of the server takes any end for one in order."""
    client_context, server_context = _contexts(version)
    accepted: list[ssl.SSLSocket] = []

    def accept() -> None:
        accepted.append(server_context.wrap_socket(server, server_side=True))

    thread = threading.Thread(target=accept)
    thread.start()
    secure = client_context.wrap_socket(
        client, server_hostname="localhost", suppress_ragged_eofs=False
    )
    thread.join()
    return secure, accepted[0]
