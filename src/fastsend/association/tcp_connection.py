"""TCP connections to a peer, which can be given up while they are made."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from typing import TYPE_CHECKING, Any

from fastsend.errors import ConnectionFailedError, RequestGivenUpError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.model.options import IPVersion

STOP_SECONDS = 0.01
"""How long anything waits before it looks whether it is to be given up."""
GIVEN_UP = "the association request was given up before the peer answered"
_KEEP_ALIVE_SECONDS = 60


def never() -> bool:
    """Return False: nothing asks to stop."""
    return False


_FAMILIES: dict[IPVersion, socket.AddressFamily] = {"4": socket.AF_INET, "6": socket.AF_INET6}


def connect(
    host: str, port: int, timeout: float | None, stop: Callable[[], bool], ip_version: IPVersion
) -> socket.socket:
    """Return a connected socket to the first address of `host` that answers.

    Parameters
    ----------
    host : str
        The name or address of the peer.
    port : int
        Its TCP port.
    timeout : float or None
        Seconds for each address.
    stop : callable
        Returns True once nobody wants the connection any more. Only the look-up of the name is not
        ended by it.
    ip_version : IPVersion
        Which addresses are tried, and in which order.

    Raises
    ------
    ConnectionFailedError
        Where no address answers; the text says why.
    RequestGivenUpError
        Where `stop` asked for it.
    """
    family = _FAMILIES.get(ip_version, socket.AF_UNSPEC)
    try:
        found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as exc:
        reason = exc.strerror if isinstance(exc, socket.gaierror) else str(exc)
        raise ConnectionFailedError(
            f"cannot find the host {host!r}: {reason}; is the name right?"
            if family == socket.AF_UNSPEC
            else f"cannot find an IPv{ip_version} address of the host {host!r}: {reason}; "
            "is the name right, and does the peer use this version (-i4, -i6)?"
        ) from exc
    if ip_version == "any":
        found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    last: OSError | None = None
    for family, kind, protocol, _, address in found:
        if stop():
            raise RequestGivenUpError(GIVEN_UP)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as exc:
            last = exc
            continue
        try:
            _connect_until(sock, address, timeout, stop)
        except OSError as exc:
            sock.close()
            last = exc
            continue
        except BaseException:
            sock.close()
            raise
        sock.settimeout(None)
        return sock
    raise ConnectionFailedError(_explain(host, port, timeout, last)) from last


def _connect_until(
    sock: socket.socket, address: Any, timeout: float | None, stop: Callable[[], bool]
) -> None:
    """Connect within `timeout` seconds, in short waits so that `stop` is heard."""
    deadline = None if timeout is None else time.monotonic() + timeout
    sock.setblocking(False)
    code = sock.connect_ex(address)
    if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
        raise OSError(code, os.strerror(code))
    while not select.select([], [sock], [], STOP_SECONDS)[1]:
        if stop():
            raise RequestGivenUpError(GIVEN_UP)
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _explain(host: str, port: int, timeout: float | None, exc: OSError | None) -> str:
    where = f"cannot connect to {host}:{port}: "
    if isinstance(exc, TimeoutError):
        after = f" within {timeout:g} s" if timeout else ""
        return f"{where}no answer{after}; is the address right, and does a firewall let it pass?"
    if isinstance(exc, ConnectionRefusedError):
        return f"{where}connection refused; does a receiver run there, and on this port?"
    if exc is None:
        return f"{where}the host has no address"
    return where + (os.strerror(exc.errno) if exc.errno else str(exc))


def set_options(sock: socket.socket) -> None:
    """No delayed segments, and a peer that vanished is noticed in the end."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEP_ALIVE_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEP_ALIVE_SECONDS // 4)
