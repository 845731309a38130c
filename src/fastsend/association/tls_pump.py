"""Moves bytes between a secure connection and the plain socket that the transfer works on.

One end of a socket pair is the transfer's; what it writes goes out encrypted, and what the peer
sends comes in decrypted. The end of the connection, whatever its kind, is an end of file there,
after all that the peer said before.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import ssl
import threading

_LOG = logging.getLogger(__name__)

_RECORD_LENGTH = 1 << 14  # bytes: of the greatest (RFC 8446 5.1)
_BUFFER_LENGTH = 16 * _RECORD_LENGTH
_KILL_SECONDS = 5.0
_HUNG_UP = select.POLLHUP | select.POLLERR | select.POLLNVAL


class TLSPump:
    """A thread that moves bytes, from its making until `finish` or `kill`.

    Parameters
    ----------
    secure : ssl.SSLSocket
        A connection after its handshake, non-blocking; nobody else may use it meanwhile.
    received : bytes
        What was decrypted already and belongs before the rest.
    """

    def __init__(self, secure: ssl.SSLSocket, received: bytes = b"") -> None:
        self._secure = secure
        self._near, self._far = socket.socketpair()
        for end in (self._near, self._far):
            end.setblocking(False)
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                end.setsockopt(socket.SOL_SOCKET, option, _BUFFER_LENGTH * 4)
        self._killed = False
        self._to_peer = memoryview(b"")
        self._from_peer = memoryview(received)
        self._outgoing = bytearray(_BUFFER_LENGTH)
        self._incoming = bytearray(_BUFFER_LENGTH)
        self._near_ended = False
        self._peer_ended = False
        self._readable = True
        self._written = True  # by the transfer, and not yet read
        self._corked = False
        self._blocked_write = 0  # the event that the last write has to wait for
        self.error: OSError | None = None
        """Why the connection ended, where it did not end in order."""
        self._thread = threading.Thread(target=self._run, name="tls-pump", daemon=True)
        self._thread.start()

    @property
    def descriptor(self) -> int:
        """The transfer's end."""
        return self._near.fileno()

    def finish(self, timeout: float) -> bytes | None:
        """Send all that was written, stop, and return what was received and not read.

        Returns
        -------
        bytes or None
            None where the connection did not take all within `timeout` seconds, or ended: then
            nothing can follow on it.
        """
        self._near.shutdown(socket.SHUT_WR)
        self._thread.join(timeout)
        # Where the peer ended it first, the thread does not look for more to send.
        if self._thread.is_alive() or self._to_peer or _read(self._far):
            self.kill()
            return None
        received = bytearray()
        while part := _read(self._near):
            received += part
        self._close()
        return bytes(received) + self._from_peer.tobytes()

    def kill(self) -> None:
        """Stop at once; what was not sent is lost."""
        self._killed = True
        _shut(self._near)
        self._thread.join(_KILL_SECONDS)
        self._close()

    def _close(self) -> None:
        self._near.close()
        self._far.close()

    # -- the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        poller = select.poll()
        secure, far = self._secure.fileno(), self._far.fileno()
        poller.register(secure, 0)
        poller.register(far, 0)
        try:
            while not self._done():
                self._receive()
                self._send()
                if self._done():
                    break
                poller.modify(secure, self._secure_events())
                poller.modify(far, self._far_events())
                events = dict(poller.poll())
                if events.get(far, 0) & _HUNG_UP:
                    break
                if events.get(far):
                    self._written = True
                if events.get(secure):
                    self._readable = True
                    self._blocked_write = 0
        except OSError as exc:
            self.error = self.error or exc
        finally:
            if self._peer_ended or self._killed:
                _shut(self._far)
        if self.error is not None and not self._killed:
            _LOG.debug("the secure connection ended: %s", self.error)

    def _done(self) -> bool:
        if self._killed:
            return True
        if self._peer_ended:
            return not self._from_peer
        return self._near_ended and not self._to_peer

    def _secure_events(self) -> int:
        events = 0 if self._from_peer or self._peer_ended else select.POLLIN
        return events | self._blocked_write

    def _far_events(self) -> int:
        events = select.POLLOUT if self._from_peer else 0
        return events if self._to_peer or self._near_ended else events | select.POLLIN

    def _receive(self) -> None:
        """Pass on what the peer sent, as much as there is and the transfer takes."""
        while True:
            if self._from_peer:
                try:
                    sent = self._far.send(self._from_peer)
                except BlockingIOError:
                    return
                self._from_peer = self._from_peer[sent:]
                continue
            if self._peer_ended or not self._readable:
                return
            self._decrypt()

    def _decrypt(self) -> None:
        """Collect all records that are there: the transfer is woken once for a response."""
        length = 0
        while self._readable and not self._peer_ended and length < _BUFFER_LENGTH:
            received = self._decrypt_record(memoryview(self._incoming)[length:])
            length += received
        self._from_peer = memoryview(self._incoming)[:length]

    def _decrypt_record(self, buffer: memoryview) -> int:
        acknowledge_at_once(self._secure)
        try:
            length = self._secure.recv_into(buffer)
        except ssl.SSLWantReadError:
            self._readable = False
        except ssl.SSLWantWriteError:  # a renegotiation
            self._readable = False
            self._blocked_write |= select.POLLOUT
        except OSError as exc:
            self.error = exc
            self._peer_ended = True
        else:
            self._peer_ended = length == 0
            return length
        return 0

    def _send(self) -> None:
        """Encrypt what the transfer wrote, as much as there is and the connection takes."""
        while not (self._peer_ended or self._blocked_write):
            if not self._to_peer and not self._take():
                self._cork(on=False)
                return
            try:
                sent = self._secure.send(self._to_peer)
            except ssl.SSLWantWriteError:
                self._blocked_write = select.POLLOUT
            except ssl.SSLWantReadError:  # a renegotiation
                self._blocked_write = select.POLLIN
                self._readable = True
            except OSError as exc:
                self.error = exc
                self._last_words()
            else:
                self._to_peer = self._to_peer[sent:]

    def _take(self) -> bool:
        """Read what the transfer wrote next; False where there is nothing."""
        if self._near_ended or not self._written:
            return False
        try:
            length = self._far.recv_into(self._outgoing)
        except BlockingIOError:
            self._written = False
            return False
        self._near_ended = length == 0
        self._to_peer = memoryview(self._outgoing)[:length]
        if length > _RECORD_LENGTH:
            self._cork(on=True)
        return not self._near_ended

    def _cork(self, *, on: bool) -> None:
        """Let records fill segments: OpenSSL writes each of them on its own."""
        if on != self._corked and hasattr(socket, "TCP_CORK"):
            self._corked = on
            with contextlib.suppress(OSError):  # gone: the next write says so
                self._secure.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, on)

    def _last_words(self) -> None:
        """After a failed write: read what the peer said last, which tells more."""
        received = self._from_peer.tobytes()
        self._from_peer = memoryview(b"")
        while not self._peer_ended:
            self._readable = True
            self._decrypt()
            received += self._from_peer.tobytes()
            if not self._readable:
                break
        self._from_peer = memoryview(received)
        self._peer_ended = True


def acknowledge_at_once(sock: socket.socket) -> None:
    """Let the next segments be acknowledged without a delay; lasts for a moment only.

    A peer that writes under Nagle's algorithm loses 40 ms each time otherwise.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        with contextlib.suppress(OSError):  # gone: the next read says so
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _read(sock: socket.socket) -> bytes:
    try:
        return sock.recv(_BUFFER_LENGTH)
    except OSError:
        return b""


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
