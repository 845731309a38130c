"""What encrypts to and decrypts from a claimed connection, for the socket loop."""

from __future__ import annotations

import logging
import select
import ssl
from errno import ECONNRESET

_LOG = logging.getLogger(__name__)


class TLSStream:
    """A secure connection during a transfer, which nobody else may use meanwhile.

    Parameters
    ----------
    secure : ssl.SSLSocket
        After its handshake, non-blocking.
    received : bytes
        What was decrypted already and belongs before the rest.
    """

    def __init__(self, secure: ssl.SSLSocket, received: bytes = b"") -> None:
        self._secure = secure
        self._received = received

    def encrypt(self, data: memoryview) -> int:
        """Write some of the bytes; as `_native.wire.Channel` says.

        After a negative result the same bytes have to be given again.

        Raises
        ------
        OSError
            Where the connection is lost.
        """
        try:
            return self._secure.send(data)
        except ssl.SSLWantWriteError:
            return -select.POLLOUT
        except ssl.SSLWantReadError:  # a renegotiation
            return -select.POLLIN
        except ssl.SSLError as exc:
            # Its errno is a number of OpenSSL's.
            _LOG.debug("the secure connection cannot be written to: %s", exc)
            raise ConnectionResetError(ECONNRESET, "the secure connection ended") from exc

    def decrypt(self, room: memoryview) -> int:
        """Read what is there; 0 bytes where the peer ended TLS, in order or not.

        Raises
        ------
        OSError
            Where the connection is lost.
        """
        if self._received:
            part = self._received[: len(room)]
            room[: len(part)] = part
            self._received = self._received[len(part) :]
            return len(part)
        try:
            return self._secure.recv_into(room)
        except ssl.SSLWantReadError:
            return -select.POLLIN
        except ssl.SSLWantWriteError:  # a renegotiation
            return -select.POLLOUT
        except ssl.SSLError as exc:
            _LOG.debug("the secure connection ended: %s", exc)
            return 0

    def unread(self) -> bytes:
        """Return what was decrypted before and is still there."""
        received, self._received = self._received, b""
        return received
