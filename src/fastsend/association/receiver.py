"""A Storage SCP on the loopback interface that keeps what it is sent: for the demonstration."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple, Self

from pynetdicom import _config, evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.dimse_primitives import C_STORE

from fastsend.model.transfer_syntax import NATIVE_TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from fastsend.model.proposal import InstanceKind

_SUCCESS = 0x0000
_CANNOT_UNDERSTAND = 0xC000


class ReceivedInstance(NamedTuple):
    """One instance as it arrived."""

    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes


class Receiver:
    """Accepts some kinds of instances on a free port until it is left.

    Parameters
    ----------
    kinds : iterable of InstanceKind
        The SOP classes and transfer syntaxes to accept.
    """

    def __init__(self, kinds: Iterable[InstanceKind]) -> None:
        _config.LOG_HANDLER_LEVEL = "none"
        self.received: list[ReceivedInstance] = []
        self._ae = ApplicationEntity("FASTSEND-DEMO")
        # Of what is proposed it takes the first that was added here: native syntaxes last, so that
        # compressed instances come as they are.
        for sop_class_uid, uid in sorted(kinds, key=lambda k: k[1] in NATIVE_TRANSFER_SYNTAXES):
            self._ae.add_supported_context(sop_class_uid, uid)

    def __enter__(self) -> Self:
        self._server = self._ae.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)]
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ae.shutdown()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        if self._server is None:
            raise RuntimeError("the receiver does not run")
        return int(self._server.server_address[1])

    def _store(self, event: evt.Event) -> int:
        request = event.request
        if not isinstance(request, C_STORE) or not isinstance(request.DataSet, BytesIO):
            return _CANNOT_UNDERSTAND
        self.received.append(
            ReceivedInstance(
                str(request.AffectedSOPInstanceUID),
                str(event.context.transfer_syntax),
                request.DataSet.getvalue(),
            )
        )
        return _SUCCESS
