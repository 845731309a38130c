"""A Storage SCP that records every byte of interest and misbehaves as it is told.

Plain sockets and threads, one thread a connection, on a free port of 127.0.0.1:

    with RecordingSCP() as scp:
        ...  # send something to ("127.0.0.1", scp.port)
        (association,) = scp.finished(1)
    assert association.ended == "released"
    assert association.request.called_ae_title == "ANY-SCP"
    assert association.stores[0].data_set_sha256 == hashlib.sha256(expected).hexdigest()

`finished` waits until that many connections have come and gone. Leaving the ``with`` block closes
everything and raises AssertionError where a sender broke the Standard (`Association.violations`).

What it answers is up to the test:

- `accept` is asked for each proposed context: `accept_first`, `accept_only`, `refuse`, or any
  function of that kind.
- `status` is the status of every response, or a function of the `Store`.
- `on_associate`, `on_store` and `on_release` replace an answer by any list of actions, and
  `interrupt` runs actions after so many received bytes. For example:

      on_store=lambda store: [Send(store.response(), segment_bytes=1)]     1 byte a TCP segment
      on_store=lambda store: [Send(store.response(fragment_bytes=2))]      PDVs of 2 bytes
      on_store=lambda store: [Send(store.response(message_id=999))]
      on_store=lambda store: [Send(store.response(sop_instance_uid="1.2"))]
      on_store=lambda store: [Send(pdu_bytes.abort()), Close()]
      on_store=lambda store: [Send(pdu_bytes.release_rq())]
      on_store=lambda store: [Send(b"garbage!")]
      on_store=lambda store: [Send(struct.pack(">BBI", 4, 0, 2**31))]      an over-long PDU
      on_store=lambda store: [Stall()]                                     until the test ends
      on_store=lambda store: [Send(store.response()[:20]), Stall(), Send(store.response()[20:])]
      on_store=lambda store: [Send(store.response()[:20]), Close()]
      interrupt=Interrupt(after_bytes=100_000, actions=[Reset()])
      interrupt=Interrupt(after_bytes=0, actions=[Stall()])                never reads any data
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from peers import pdu_bytes
from peers.scp_connection import Connection, Ended, Violation
from peers.scp_records import (
    PDV,
    Association,
    Close,
    HalfClose,
    Interrupt,
    Reset,
    Send,
    Stall,
    Store,
    accept_first,
    accept_only,
    refuse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from peers.pdu_bytes import AssociateRequest
    from peers.scp_records import AcceptRule, Action, Ending

__all__ = [
    "PDV",
    "Association",
    "Close",
    "HalfClose",
    "Interrupt",
    "RecordingSCP",
    "Reset",
    "Send",
    "Stall",
    "Store",
    "accept_first",
    "accept_only",
    "pdu_bytes",
    "refuse",
]


class RecordingSCP:
    """A Storage SCP on `port` of 127.0.0.1, from its making until `close`; see the module.

    Parameters
    ----------
    accept : function
        What to make of each proposed context.
    status : int or function of Store
        The status of the responses.
    max_pdu_length : int
        What it tells the sender to keep to, in bytes without the 6 of the PDU header; 0 is
        without limit.
    user_items : sequence of tuple
        Further user information sub-items of the A-ASSOCIATE-AC, as type and value.
    keep_data : bool
        Keep each data set, not only its hash and length.
    on_associate, on_store, on_release : function
        Return the actions that replace the A-ASSOCIATE-AC, the C-STORE-RSP, the A-RELEASE-RP.
    interrupt : Interrupt
        Actions in the middle of what is received.
    receive_buffer_bytes : int
        SO_RCVBUF; a small one makes a sender feel soon that nobody reads.
    strict : bool
        Raise AssertionError at the end of the ``with`` block where a sender broke the Standard.
    any_uid : bool
        Let the UIDs of instances have other characters than digits and points, as in some files.
    """

    def __init__(
        self,
        *,
        accept: AcceptRule = accept_first,
        status: int | Callable[[Store], int] = 0x0000,
        max_pdu_length: int = 16384,
        user_items: Sequence[tuple[int, bytes]] = (),
        keep_data: bool = False,
        on_associate: Callable[[AssociateRequest], Iterable[Action]] | None = None,
        on_store: Callable[[Store], Iterable[Action]] | None = None,
        on_release: Callable[[], Iterable[Action]] | None = None,
        interrupt: Interrupt | None = None,
        receive_buffer_bytes: int | None = None,
        strict: bool = True,
        any_uid: bool = False,
    ) -> None:
        self.accept = accept
        self.status = status
        self.max_pdu_length = max_pdu_length
        self.user_items = user_items
        self.keep_data = keep_data
        self.on_associate = on_associate
        self.on_store = on_store
        self.on_release = on_release
        self.interrupt = interrupt
        self.strict = strict
        self.any_uid = any_uid
        self.associations: list[Association] = []
        self.closing = threading.Event()
        self._changed = threading.Condition()
        self._failures: list[BaseException] = []
        self._connections: list[tuple[socket.socket, threading.Thread]] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer_bytes is not None:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept_connections, daemon=True)
        self._acceptor.start()

    def __enter__(self) -> RecordingSCP:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
        if error is not None:
            return
        if self._failures:
            raise self._failures[0]
        if self.strict:
            violations = [text for one in self.associations for text in one.violations]
            assert not violations, violations

    def finished(self, count: int, timeout: float = 30.0) -> list[Association]:
        """Return the associations once `count` connections came and all that came have ended."""
        self.wait_until(
            lambda: len(self.associations) >= count and all(one.ended for one in self.associations),
            timeout,
        )
        return list(self.associations)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 30.0) -> None:
        """Wait until a condition on what is recorded holds; it is asked after each C-STORE-RQ."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise TimeoutError(f"did not come about: {self.associations}")

    def notify(self) -> None:
        """Wake those that wait for something to be recorded."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """End every connection and every stall."""
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        for connection, thread in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _accept_connections(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        with self._changed:
            association = Association(len(self.associations) + 1)
            self.associations.append(association)
        thread = threading.Thread(target=self._serve, args=(connection, association), daemon=True)
        self._connections.append((connection, thread))
        thread.start()

    def _connection(self, connection: socket.socket, association: Association) -> Connection:
        return Connection(self, connection, association)

    def _serve(self, connection: socket.socket, association: Association) -> None:
        ended: Ending = "closed"
        with connection:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connection(connection, association).serve()
            except Ended as end:
                ended = end.ended
            except (Violation, ValueError) as error:
                association.violations.append(str(error))
                ended = "violation"
                with contextlib.suppress(OSError):
                    connection.sendall(pdu_bytes.abort(2, 6))
            except OSError:
                ended = "closed" if self.closing.is_set() else "reset"
            except BaseException as failure:
                self._failures.append(failure)
        association.ended = ended
        self.notify()
