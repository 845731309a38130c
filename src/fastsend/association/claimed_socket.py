"""The socket of an association, which pynetdicom lends to the transfer and gets back after it.

pynetdicom's thread for the Upper Layer polls `AssociationSocket.ready` every millisecond and reads
whatever arrives. While the socket is claimed, `ready` blocks: no byte is stolen and no time spent.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import struct
import termios
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NamedTuple

from pynetdicom import evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.transport import AddressInformation, AssociationSocket

from fastsend.association.tcp_connection import STOP_SECONDS, connect, never, set_options
from fastsend.association.user_information import Requestor
from fastsend.errors import ConnectionFailedError, NegotiationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from pynetdicom.association import Association
    from pynetdicom.transport import T_CONNECT

    from fastsend.association.tls_context import SecureTransport
    from fastsend.association.tls_stream import TLSStream
    from fastsend.association.user_information import UserItem
    from fastsend.model.options import IPVersion

_DELIVERY_SECONDS = 0.3
_MAY_ABORT = ("Sta5", "Sta6", "Sta7")
"""Requested, established, to be released: there the stream is between PDUs (PS3.8 Table 9-10)."""
_A_ABORT = bytes.fromhex("07000000000400000000")  # PS3.8 Table 9-26, by the service user
_LONGEST_ACSE_PDU = 1 << 20  # bytes; an A-ASSOCIATE-AC with 128 contexts has some thousands


class LentSocket(NamedTuple):
    """The socket of an association, for a transfer."""

    descriptor: int
    secure: TLSStream | None = None
    """What encrypts and decrypts, where the connection is secure."""


class ClaimedSocket(AssociationSocket):
    """An `AssociationSocket` whose connection the transfer can claim for itself."""

    def __init__(
        self,
        assoc: Association,
        client_socket: socket.socket | None = None,
        address: AddressInformation | None = None,
    ) -> None:
        super().__init__(assoc, client_socket, address)
        self.error: NegotiationError | None = None
        """Why `connect` failed; pynetdicom itself only logs it."""
        self.refusal: NegotiationError | None = None
        """Why the connection may have ended without an answer, where more is known than that."""
        self.timed_out = False
        """True once the peer took longer than the ACSE timeout for the rest of a PDU."""
        self.peer_host: str | None = None
        """The peer as the user named it; pynetdicom knows only the first address of it."""
        self.ip_version: IPVersion = "any"
        self.stop: Callable[[], bool] = never
        """Asked while pynetdicom waits for the peer: once true, the connection is closed."""
        self._claimed = threading.Event()
        self._parked = threading.Event()
        self._free = threading.Event()
        self._unread = bytearray()
        self._end: Literal["close", "abort", "reset"] = "close"

    # -- connecting ----------------------------------------------------------------------------

    def _create_socket(self, address: AddressInformation) -> socket.socket:
        """Return an unused socket; `connect` replaces it with one of the peer's address family."""
        self._is_connected = False
        return socket.socket(socket.AF_INET if address.is_ipv4 else socket.AF_INET6)

    def connect(self, primitive: T_CONNECT) -> None:
        """Connect as pynetdicom does, but tell the reason when it fails, and set our options."""
        address = primitive.address_info
        host = self.peer_host or address.address
        if self.socket is not None:
            self.socket.close()
        try:
            sock = connect(
                host, address.port, self.assoc.connection_timeout, self.stop, self.ip_version
            )
            try:
                sock = self._prepare(sock, f"{host}:{address.port}")
            except (OSError, ValueError) as exc:
                sock.close()
                raise ConnectionFailedError(
                    f"cannot use the connection to {host}:{address.port}: {exc}"
                ) from exc
        except NegotiationError as exc:
            self.error = exc
            self.socket = None
            primitive.result = "Evt17"
        else:
            self.socket = sock
            self.assoc.requestor.address_info = AddressInformation.from_tuple(sock.getsockname())
            self._is_connected = True
            evt.trigger(self.assoc, evt.EVT_CONN_OPEN, {"address": address.as_tuple})
            primitive.result = "Evt2"
        self.provider_queue.put(primitive)
        self._ready.set()

    def _prepare(self, sock: socket.socket, where: str) -> socket.socket:  # noqa: ARG002
        """Make a connection ready for use; `where` is the peer, for errors."""
        set_options(sock)
        return sock

    # -- claiming ------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """As in pynetdicom; blocks while the socket is claimed."""
        if self._claimed.is_set():
            self._parked.set()
            self._free.wait()
            self._parked.clear()
        if self._is_connected and self.stop():
            self._give_up()
            return False
        return bool(self._unread) or super().ready

    def _give_up(self) -> None:
        """Abort the association, without waiting for what becomes of it."""
        state = self.assoc.dul.state_machine.current_state
        if self.socket is not None and state in _MAY_ABORT:
            with suppress(OSError):
                self.socket.setblocking(False)
                self.socket.send(_A_ABORT)
        self.close()

    def recv(self, nr_bytes: int) -> bytearray:
        """Return `nr_bytes` of what the peer sent, after what the transfer read and did not use.

        Fewer where the connection ends, the ACSE timeout passes or `stop` asks for the end, all of
        which pynetdicom takes for a lost connection. It reads nothing but answers of the ACSE,
        which are short; it would believe any length.
        """
        self._check_length(nr_bytes)
        received = self._unread[:nr_bytes]
        del self._unread[:nr_bytes]
        timeout = self.assoc.acse_timeout
        deadline = None if timeout is None else time.monotonic() + timeout
        while len(received) < nr_bytes and self.socket is not None:
            if not select.select([self.socket], [], [], STOP_SECONDS)[0]:
                if self.stop() or self._is_over(deadline):
                    break
                continue
            part = self.socket.recv(nr_bytes - len(received))
            if not part:
                break
            received += part
        return received

    def _is_over(self, deadline: float | None) -> bool:
        if deadline is not None and time.monotonic() > deadline:
            self.timed_out = True
        return self.timed_out

    def _check_length(self, nr_bytes: int) -> None:
        if nr_bytes > _LONGEST_ACSE_PDU:
            raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))

    def claim(self, timeout: float) -> LentSocket | None:
        """Take the socket, which is non-blocking from here on.

        Returns
        -------
        LentSocket or None
            None where the connection is gone, or pynetdicom's thread did not stop within
            `timeout` seconds.
        """
        self._free.clear()
        self._claimed.set()
        deadline = time.monotonic() + timeout
        while not self._parked.wait(0.05):
            if not self.assoc.dul.is_alive() or time.monotonic() > deadline:
                self.give_back(b"")
                return None
        if self.socket is None or not self._is_connected:
            self.give_back(b"")
            return None
        self.socket.setblocking(False)
        return LentSocket(self.socket.fileno())

    def give_back(self, unread: bytes, write_timeout: float | None = None) -> None:
        """Return the socket to pynetdicom, with `unread` bytes before those still to come."""
        if self.socket is not None:
            try:
                self.socket.settimeout(write_timeout)
            except OSError as exc:
                if exc.errno != errno.EBADF:
                    raise
        self._unread += unread
        self._claimed.clear()
        self._free.set()

    def reset(self) -> None:
        """Make the next close a TCP reset: the stream stops within a PDU and has no proper end."""
        self._end = "reset"

    def expect_abort(self) -> None:
        """Make the next close wait a moment for what was sent last, and be a TCP reset after it.

        The kernel would go on offering the rest of the stream to a peer that does not read, which
        would not learn for a long time that the association is over.
        """
        self._end = "abort"

    def _shutdown_socket(self) -> None:
        """Close the connection in the way that was asked for."""
        sock = self.socket
        if sock is None:
            return
        try:
            if self._end == "reset" or (self._end == "abort" and not _delivered(sock)):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the peer was faster
        sock.close()


def _delivered(sock: socket.socket) -> bool:
    """Return True once the peer's system has all that was sent; False where it takes too long."""
    deadline = time.monotonic() + _DELIVERY_SECONDS
    while struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


class ClaimingAE(ApplicationEntity):
    """An `ApplicationEntity` whose requested associations use `ClaimedSocket`."""

    peer_host: str | None = None
    ip_version: IPVersion = "any"
    items: Sequence[UserItem] = ()
    """Of the user information, beyond those that each association has."""
    stop: Callable[[], bool] = staticmethod(never)
    transport: SecureTransport | None = None
    """None: plain TCP."""
    handshake_timeout: float | None = None

    def _create_socket(
        self,
        assoc: Association,
        address: AddressInformation,
        tls_args: tuple[ssl.SSLContext, str] | None,  # noqa: ARG002 - `transport` has them
    ) -> AssociationSocket:
        # The first of its methods that gets to know the association, before anything is in it.
        assoc.requestor = Requestor(assoc, self.items)
        _abort_at_once(assoc)
        sock: ClaimedSocket
        if self.transport is None:
            sock = ClaimedSocket(assoc, address=address)
        else:
            from fastsend.association.tls_socket import TLSSocket

            sock = TLSSocket(assoc, address, self.transport, self.handshake_timeout)
        sock.peer_host = self.peer_host
        sock.ip_version = self.ip_version
        sock.stop = self.stop
        return sock


def claimed_socket_of(association: Association) -> ClaimedSocket:
    """Return the socket that `ClaimingAE` made for one of pynetdicom's associations."""
    claimed = association.dul.socket
    if not isinstance(claimed, ClaimedSocket):  # not after ClaimingAE made it
        raise TypeError("the association has another kind of socket")
    return claimed


def _abort_at_once(association: Association) -> None:
    """Keep pynetdicom from sleeping 0.1 s where it aborts what was never connected."""
    abort = association._abort_blocking  # noqa: SLF001

    def abort_if_connected(block: bool = True) -> None:
        connection = association.dul.socket
        if connection is not None and connection._is_connected:  # noqa: SLF001
            abort(block)
        else:
            association.is_aborted = True
            association.kill()

    association._abort_blocking = abort_if_connected  # type: ignore[method-assign]  # noqa: SLF001
