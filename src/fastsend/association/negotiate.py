"""Open an association with a Storage SCP, lend its socket to a transfer, and end it."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, NamedTuple

from pydicom.uid import UID
from pynetdicom import _config, evt
from pynetdicom.pdu_primitives import A_ABORT, A_P_ABORT
from pynetdicom.presentation import PresentationContext as PynetdicomContext

from fastsend._version import __version__
from fastsend.association.claimed_socket import ClaimingAE, claimed_socket_of
from fastsend.association.failure import failure_of
from fastsend.association.tcp_connection import never
from fastsend.association.user_information import (
    async_operations,
    encoded_length,
    is_confirmed,
    user_items,
)
from fastsend.errors import (
    ConnectionFailedError,
    ConnectionLostError,
    IdentityNotConfirmedError,
    NegotiationError,
    NetworkError,
    PresentationContextError,
)
from fastsend.model.options import proposed_operations
from fastsend.model.proposal import AcceptedContext, RefusedContext

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from pynetdicom.association import Association as PynetdicomAssociation

    from fastsend.association.claimed_socket import LentSocket
    from fastsend.association.tls_context import SecureTransport
    from fastsend.model.options import SendOptions
    from fastsend.model.proposal import PresentationContext

IMPLEMENTATION_CLASS_UID = "2.25.254890224089895575372122636513470535379"
IMPLEMENTATION_VERSION_NAME = f"FASTSEND_{__version__}"[:16]

_LONGEST_USER_INFORMATION = 65535  # bytes; its length has 16 bits (PS3.8 Table 9-16)
_OWN_ITEMS_BYTES = 3 * 4 + 4 + len(IMPLEMENTATION_CLASS_UID) + len(IMPLEMENTATION_VERSION_NAME)
_PARK_SECONDS = 5.0
_ABORT_WRITE_SECONDS = 0.5
_CLOSE_SECONDS = 5.0
_IDLE_SECONDS = 0.01
_A_RELEASE_RQ = bytes.fromhex("05000000000400000000")  # PS3.8 Table 9-24


class Negotiated(NamedTuple):
    """What the peer made of a proposal (PS3.8 9.3.3)."""

    accepted: tuple[AcceptedContext, ...]
    """As answered; a peer may even accept what was not proposed."""
    refused: tuple[RefusedContext, ...]
    max_pdu_length: int
    """The peer's maximum length in bytes; 0 is no limit (PS3.8 D.1)."""
    implementation: str
    """The peer's implementation version name, else its class UID (PS3.7 D.3.3.2)."""
    async_operations: int = 1
    """How many requests may wait for their responses at the same time (PS3.7 D.3.3.3)."""


class Association:
    """An established association; the one that opened it also has to end it.

    Parameters
    ----------
    options : SendOptions
        The peer, titles, timeouts and lengths.
    contexts : sequence of PresentationContext
        What to propose; at most 128, with the ids 1, 3, 5 and so on.
    stop : callable
        Returns True once nobody wants the association any more: then nothing waits for the peer,
        now and later, and the connection is closed. Asked often, and from another thread.
    transport : SecureTransport, optional
        How to secure the connection; without it, it is plain TCP.

    Raises
    ------
    RequestGivenUpError
        Where `stop` asked for it before the peer had answered.
    NegotiationError
        Where no association comes about; its subclasses and the text say why.
    PresentationContextError
        Where a context cannot be proposed.
    """

    def __init__(
        self,
        options: SendOptions,
        contexts: Sequence[PresentationContext],
        stop: Callable[[], bool],
        transport: SecureTransport | None = None,
    ) -> None:
        _config.LOG_HANDLER_LEVEL = "none"  # its log of every event costs time and is not shown
        self._options = options
        self._abort: A_ABORT | A_P_ABORT | None = None
        self._answer = b""
        self._association = self._request(options, contexts, stop, transport)
        operations = self._checked(options)
        acceptor = self._association.acceptor
        self.negotiated = Negotiated(
            *_read_contexts(self._association),
            max_pdu_length=acceptor.maximum_length or 0,
            implementation=" ".join(
                str(part)
                for part in (
                    acceptor.implementation_version_name,
                    acceptor.implementation_class_uid,
                )
                if part
            ),
            async_operations=operations,
        )

    def _request(
        self,
        options: SendOptions,
        contexts: Sequence[PresentationContext],
        stop: Callable[[], bool],
        transport: SecureTransport | None,
    ) -> PynetdicomAssociation:
        ae = ClaimingAE(options.calling_ae_title)
        ae.peer_host = options.peer
        ae.ip_version = options.ip_version
        ae.items = user_items(options, contexts)
        _check_length(_OWN_ITEMS_BYTES + encoded_length(ae.items))
        ae.stop = stop
        ae.transport = transport
        # As in DCMTK: -to is for the connection, -ts for the handshake on it.
        ae.handshake_timeout = options.socket_timeout
        ae.implementation_class_uid = IMPLEMENTATION_CLASS_UID
        ae.implementation_version_name = IMPLEMENTATION_VERSION_NAME
        ae.acse_timeout = options.acse_timeout
        ae.connection_timeout = options.connection_timeout
        ae.network_timeout = None
        try:
            association = ae.associate(
                options.peer,
                options.port,
                contexts=[_pynetdicom_context(context) for context in contexts],
                ae_title=options.called_ae_title,
                max_pdu=options.max_pdu_length,
                evt_handlers=[
                    (evt.EVT_ACSE_RECV, self._received),
                    (evt.EVT_DATA_RECV, self._received_bytes),
                    (evt.EVT_RELEASED, _await_idle),
                    *([(evt.EVT_ACCEPTED, self._accepted)] if options.compat else []),
                ],
            )
        except socket.gaierror as exc:
            raise ConnectionFailedError(
                f"cannot find the host {options.peer!r}: {exc.strerror}; is the name right?"
            ) from exc
        except OSError as exc:
            raise NetworkError(f"cannot open a socket: {exc.strerror or exc}") from exc
        if not association.is_established and not _accepted_nothing(association):
            claimed_socket_of(association)._shutdown_socket()  # noqa: SLF001  pynetdicom leaves it open
            _join(association)
            raise failure_of(association, options, self._abort, self._answer)
        return association

    def _checked(self, options: SendOptions) -> int:
        """Check what the peer says of the user information; return the operations it allows."""
        association = self._association
        where = f"{options.peer}:{options.port}"
        try:
            operations = async_operations(proposed_operations(options), self._answer)
        except ValueError as exc:
            self._abort_established()
            raise NegotiationError(
                f"{where} accepted the association with an answer that makes no sense: {exc}; "
                "nothing was sent. It does not need --async-window to be there"
            ) from exc
        if association.is_established and not is_confirmed(options.user_identity, self._answer):
            self.abort()
            raise IdentityNotConfirmedError(
                f"{where} accepted the association and did not confirm the "
                "user identity, as -rsp asks for; nothing was sent. Let it verify identities of "
                "this kind, or leave out -rsp"
            )
        return operations

    def _abort_established(self) -> None:
        if self.is_established:
            self.abort()
        else:
            self.ended()

    def _accepted(self, event: evt.Event) -> None:
        """Keep pynetdicom from aborting an association on which every context was refused.

        dcmsend releases it, and storescu just closes the connection.
        """
        association = event.assoc
        if association.accepted_contexts:
            return
        releases = self._options.compat == "dcmsend"

        def end(source: int) -> None:  # noqa: ARG001
            if releases:
                association.acse.negotiate_release()
            else:
                claimed_socket_of(association).close()

        association.acse.send_abort = end  # type: ignore[method-assign, unused-ignore]

    def _received(self, event: evt.Event) -> None:
        primitive = getattr(event, "primitive", None)  # set on the events of one kind only
        if isinstance(primitive, A_ABORT | A_P_ABORT):
            self._abort = primitive

    def _received_bytes(self, event: evt.Event) -> None:
        self._answer = self._answer or bytes(event.data)

    # -- the transfer --------------------------------------------------------------------------

    def claim(self) -> LentSocket:
        """Take the socket for a transfer.

        Raises
        ------
        ConnectionLostError
            Where the association ended meanwhile.
        """
        association = self._association
        association._reactor_checkpoint.clear()  # noqa: SLF001
        lent = claimed_socket_of(association).claim(_PARK_SECONDS)
        if lent is None or not association.is_established:
            association._reactor_checkpoint.set()  # noqa: SLF001
            raise ConnectionLostError("the peer ended the association before the first instance")
        return lent

    @property
    def is_established(self) -> bool:
        """False where the peer accepted none of the presentation contexts."""
        return bool(self._association.is_established)

    def release(self, unread: bytes = b"") -> bool:
        """End the association in order (PS3.8 7.2); True where the peer agreed."""
        # pynetdicom's reactor stays paused until the answer is there: if the peer closes now, the
        # reactor could take that news away from `release`, which would wait for it in vain.
        claimed_socket_of(self._association).give_back(unread)
        self._association.release()
        self._join()
        return bool(self._association.is_released)

    def abort(self) -> None:
        """End the association with A-ABORT (PS3.8 7.3), which takes at most half a second."""
        claimed = claimed_socket_of(self._association)
        claimed.stop = never
        claimed.expect_abort()
        self._give_back(b"", _ABORT_WRITE_SECONDS)
        self._association.abort()
        self._join()

    def reset(self) -> None:
        """Cut the connection: the stream stopped within a PDU, where no A-ABORT can stand."""
        claimed = claimed_socket_of(self._association)
        claimed.reset()
        claimed.close()
        self._ended_by_peer(b"")

    def answer_release(self) -> None:
        """Agree to the A-RELEASE-RQ that the transfer met."""
        self._ended_by_peer(_A_RELEASE_RQ)

    def ended(self) -> None:
        """Clean up after the peer ended the association or the connection was lost."""
        claimed_socket_of(self._association).close()
        self._ended_by_peer(b"")

    def _ended_by_peer(self, unread: bytes) -> None:
        self._give_back(unread, _ABORT_WRITE_SECONDS)
        self._join()

    def _give_back(self, unread: bytes, write_timeout: float | None = None) -> None:
        claimed_socket_of(self._association).give_back(unread, write_timeout)
        self._association._reactor_checkpoint.set()  # noqa: SLF001

    def _join(self) -> None:
        _join(self._association)


def _join(association: PynetdicomAssociation) -> None:
    """Wait for pynetdicom's threads, so that nothing of them runs into the next association."""
    threads: tuple[threading.Thread, ...] = (association, association.dul)
    for thread in threads:
        if thread.is_alive():
            thread.join(_CLOSE_SECONDS)


def _check_length(user_information_bytes: int) -> None:
    if user_information_bytes > _LONGEST_USER_INFORMATION:
        raise NegotiationError(
            f"an association request has room for {_LONGEST_USER_INFORMATION} bytes of user "
            f"information, and user identity, roles and extended negotiation make it "
            f"{user_information_bytes}; shorten them"
        )


def _await_idle(event: evt.Event) -> None:
    """Wait the moment from the news of a release to the idle state (PS3.8 Table 9-10, AR-3).

    pynetdicom looks for that state at once and then every 10 ms.
    """
    machine = event.assoc.dul.state_machine
    deadline = time.monotonic() + _IDLE_SECONDS
    while machine.current_state != "Sta1" and time.monotonic() < deadline:
        time.sleep(_IDLE_SECONDS / 100)


def _pynetdicom_context(context: PresentationContext) -> PynetdicomContext:
    made = PynetdicomContext()
    try:
        made.abstract_syntax = context.abstract_syntax
        made.transfer_syntax = list(context.transfer_syntaxes)
        # Checked, but without one that a profile names twice.
        made.transfer_syntax[:] = [UID(uid) for uid in context.transfer_syntaxes]
    except ValueError as exc:
        raise PresentationContextError(
            f"cannot propose SOP class {context.abstract_syntax} with transfer syntaxes "
            f"{', '.join(context.transfer_syntaxes)}: {exc}"
        ) from exc
    return made


def _accepted_nothing(association: PynetdicomAssociation) -> bool:
    answer = association.acceptor.primitive
    return answer is not None and answer.result == 0


def _read_contexts(
    association: PynetdicomAssociation,
) -> tuple[tuple[AcceptedContext, ...], tuple[RefusedContext, ...]]:
    """Return what the peer answered, word for word: the routes do not believe all of it."""
    answer = association.acceptor.primitive
    proposed = {
        context.context_id: str(context.abstract_syntax)
        for context in association.requestor.requested_contexts
    }
    accepted = []
    refused = []
    for context in answer.presentation_context_definition_results_list if answer else []:
        if context.context_id is None or context.result is None:
            continue
        if context.result:
            refused.append(RefusedContext(context.context_id, context.result))
        elif len(context.transfer_syntax) == 1:
            accepted.append(
                AcceptedContext(
                    context.context_id,
                    proposed.get(context.context_id, ""),
                    str(context.transfer_syntax[0]),
                )
            )
    return tuple(accepted), tuple(refused)
