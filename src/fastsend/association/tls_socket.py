"""The socket of an association over TLS."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import ssl
import time
from typing import TYPE_CHECKING

from fastsend.association.claimed_socket import ClaimedSocket, LentSocket
from fastsend.association.tcp_connection import GIVEN_UP, STOP_SECONDS
from fastsend.association.tls_der import weakness_of_certificate
from fastsend.association.tls_failures import handshake_error, refusal_error
from fastsend.association.tls_stream import TLSStream
from fastsend.errors import ConnectionFailedError, RequestGivenUpError, TLSError

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.transport import AddressInformation

    from fastsend.association.tls_context import SecureTransport

_LOG = logging.getLogger(__name__)

_CHUNK = 16384  # bytes, of one record


class TLSSocket(ClaimedSocket):
    """A `ClaimedSocket` over a secure connection.

    Parameters
    ----------
    assoc, address
        As of `ClaimedSocket`.
    transport : SecureTransport
        How to secure it.
    handshake_timeout : float or None
        Seconds for the whole handshake.
    """

    def __init__(
        self,
        assoc: Association,
        address: AddressInformation,
        transport: SecureTransport,
        handshake_timeout: float | None,
    ) -> None:
        super().__init__(assoc, address=address)
        self._transport = transport
        self._handshake_timeout = handshake_timeout
        self._stream: TLSStream | None = None
        self._peer_ended = False

    # -- connecting ----------------------------------------------------------------------------

    def _prepare(self, sock: socket.socket, where: str) -> socket.socket:
        """Return the connection `sock`, secured."""
        super()._prepare(sock, where)
        sock.setblocking(False)
        try:
            secure = self._transport.context.wrap_socket(
                sock,
                server_hostname=self._transport.server_name,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
            )
        except OSError as exc:  # it ended already
            raise self._handshake_error(where, exc) from exc
        try:
            self._shake_hands(secure, where)
            self._check_strength(secure, where)
        except BaseException:
            secure.close()
            raise
        secure.settimeout(None)
        self._log_connection(secure)
        return secure

    def _shake_hands(self, secure: ssl.SSLSocket, where: str) -> None:
        timeout = self._handshake_timeout
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            _acknowledge_at_once(secure)
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                reading, writing = [secure], []
            except ssl.SSLWantWriteError:
                reading, writing = [], [secure]
            except OSError as exc:
                raise self._handshake_error(where, exc) from exc
            else:
                return
            while not any(select.select(reading, writing, [], STOP_SECONDS)):
                if self.stop():
                    raise RequestGivenUpError(GIVEN_UP)
                if deadline is not None and time.monotonic() > deadline:
                    raise ConnectionFailedError(
                        f"{where} did not complete the TLS handshake within {timeout:g} s (-ts); "
                        "does it expect TLS on this port?"
                    )

    def _handshake_error(self, where: str, exc: OSError) -> TLSError:
        transport = self._transport
        return handshake_error(
            where, exc, transport.server_name, authenticated=transport.authenticates
        )

    def _check_strength(self, secure: ssl.SSLSocket, where: str) -> None:
        if not self._transport.checks_strength:
            return
        certificate = secure.getpeercert(binary_form=True)
        try:
            weakness = weakness_of_certificate(certificate or b"")
        except ValueError as exc:
            weakness = str(exc)
        if weakness is not None:
            raise TLSError(
                f"no secure connection to {where}: the peer's certificate is not accepted: "
                f"{weakness} (+pm)"
            )

    def _log_connection(self, secure: ssl.SSLSocket) -> None:
        cipher = secure.cipher()
        _LOG.info("secure connection: %s, %s", secure.version(), cipher[0] if cipher else "")

    # -- what pynetdicom reads and writes ------------------------------------------------------

    @property
    def ready(self) -> bool:
        """As in `ClaimedSocket`; what is there may be no data, such as a session ticket."""
        available = super().ready
        if self.socket is None or not (available or self._peer_ended):
            return False
        if not self._unread and not self._peer_ended:
            self._fill()
        return bool(self._unread) or self._peer_ended

    def recv(self, nr_bytes: int) -> bytearray:
        """Return `nr_bytes`, as `ClaimedSocket` does."""
        self._check_length(nr_bytes)
        timeout = self.assoc.acse_timeout
        deadline = None if timeout is None else time.monotonic() + timeout
        while len(self._unread) < nr_bytes and self.socket is not None and not self._peer_ended:
            if not self._has_more(STOP_SECONDS):
                if self.stop() or self._is_over(deadline):
                    break
                continue
            self._fill()
        received = self._unread[:nr_bytes]
        del self._unread[:nr_bytes]
        return received

    def send(self, bytestream: bytes) -> None:
        """As in pynetdicom; keeps what the peer said where that fails."""
        super().send(bytestream)
        # The alert of a peer that has ended the connection tells more than the failed write.
        while self.socket is not None and not self._peer_ended and self._has_more(0):
            before = len(self._unread)
            self._fill()
            if len(self._unread) == before:
                break

    def _has_more(self, timeout: float) -> bool:
        secure = self._secure
        # What OpenSSL has decrypted already, select does not see.
        return bool(secure.pending() or select.select([secure], [], [], timeout)[0])

    def _fill(self) -> None:
        """Decrypt what is there, without waiting."""
        secure = self._secure
        timeout = secure.gettimeout()
        secure.setblocking(False)
        _acknowledge_at_once(secure)
        error: OSError | None = None
        try:
            part = secure.recv(_CHUNK)
            self._unread += part
            self._peer_ended = not part
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as exc:
            error = exc
            self._peer_ended = True
        secure.settimeout(timeout)
        if self._peer_ended and self.refusal is None:
            self.refusal = refusal_error(
                self._where(), error, authenticated=self._transport.authenticates
            )

    def _where(self) -> str:
        address = self.assoc.acceptor.address_info
        port = address.port if address is not None else ""
        return f"{self.peer_host or (address.address if address is not None else '')}:{port}"

    @property
    def _secure(self) -> ssl.SSLSocket:
        if not isinstance(self.socket, ssl.SSLSocket):  # not after `connect`
            raise OSError("the connection is not secured")
        return self.socket

    # -- claiming ------------------------------------------------------------------------------

    def claim(self, timeout: float) -> LentSocket | None:
        """Take the socket, and what encrypts and decrypts for it."""
        lent = super().claim(timeout)
        if lent is None:
            return None
        self._stream = TLSStream(self._secure, bytes(self._unread))
        self._unread.clear()
        return lent._replace(secure=self._stream)

    def give_back(self, unread: bytes, write_timeout: float | None = None) -> None:
        """Return the socket to pynetdicom, with what was received for it meanwhile."""
        stream, self._stream = self._stream, None
        if stream is not None:
            unread += stream.unread()
        super().give_back(unread, write_timeout)

    def _shutdown_socket(self) -> None:
        """Close the connection in the way that was asked for."""
        if self._end == "close" and isinstance(self.socket, ssl.SSLSocket):
            try:
                self.socket.setblocking(False)
                self.socket.unwrap()  # says close_notify (RFC 8446 6.1), waits for nothing
            except (OSError, ValueError):
                pass  # the peer need not answer
        super()._shutdown_socket()


def _acknowledge_at_once(sock: socket.socket) -> None:
    """Let the next segments be acknowledged without a delay; lasts for a moment only.

    A peer that writes under Nagle's algorithm loses 40 ms each time otherwise.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        with contextlib.suppress(OSError):  # gone: the next read says so
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
