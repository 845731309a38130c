"""A TLS server of the loopback interface that passes on what it decrypts to a plain port.

    with RecordingSCP() as scp, TLSFront(scp.port, pair, authority.certificate) as front:
        ...  # send something with TLS to ("localhost", front.port)

When the plain side ends, it ends the secure one in order (close_notify), or "cut" without.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from pathlib import Path

    from peers.certificates import KeyPair

_POLL_SECONDS = 0.05


class TLSFront:
    """A front on `port`, from its making until `close`.

    Parameters
    ----------
    plain_port : int
        Of what is behind it, on 127.0.0.1.
    pair : KeyPair
        Its own.
    client_authority : Path, optional
        Ask for client certificates of this authority.
    newest : ssl.TLSVersion
        The newest version that it speaks.
    ending : str
        How it ends a secure connection.
    """

    def __init__(
        self,
        plain_port: int,
        pair: KeyPair,
        client_authority: Path | None = None,
        *,
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        ending: Literal["close_notify", "cut"] = "close_notify",
    ) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.maximum_version = newest
        self._context.load_cert_chain(pair.certificate, pair.key)
        if client_authority is not None:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(client_authority)
        self._plain_port = plain_port
        self._ending = ending
        self._closing = threading.Event()
        self.clean_ends = 0
        """Connections that the client ended with close_notify."""
        self.versions: list[str | None] = []
        self.names: list[str | None] = []
        """What the clients asked for with SNI, connection by connection."""
        self._context.sni_callback = self._note_name
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL_SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _note_name(self, _: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        self.names.append(name)

    def _listen(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                connection = self._listener.accept()[0]
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        # A test that cuts or refuses a connection sees at the client what that did.
        with contextlib.suppress(OSError), connection:
            secure = self._context.wrap_socket(
                connection, server_side=True, suppress_ragged_eofs=False
            )
            with secure, socket.create_connection(("127.0.0.1", self._plain_port)) as plain:
                self.versions.append(secure.version())
                self._pass_on(secure, plain)

    def _pass_on(self, secure: ssl.SSLSocket, plain: socket.socket) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(1)  # what is behind it may read no more
        while not self._closing.is_set():
            ready = select.select([secure, plain], [], [], _POLL_SECONDS)[0]
            if secure in ready or secure.pending():
                secure.settimeout(0)
                try:
                    received = secure.recv(65536)
                except ssl.SSLWantReadError:
                    received = None
                secure.settimeout(5)
                if received == b"":
                    self.clean_ends += 1
                    return
                if received:
                    plain.sendall(received)
            if plain in ready:
                received = plain.recv(65536)
                if not received:
                    if self._ending == "close_notify":
                        secure.unwrap()
                    return
                secure.sendall(received)
