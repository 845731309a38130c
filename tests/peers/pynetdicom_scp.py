"""A Storage SCP of pynetdicom in a thread of the test, which keeps data sets as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt
from pynetdicom.dimse_primitives import C_STORE

from peers.stored_instance import StoredInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pynetdicom.events import Event


class PynetdicomSCP:
    """A running SCP on `port` of 127.0.0.1.

    Parameters
    ----------
    sop_classes : sequence of str, optional
        What it accepts; all storage SOP classes that pynetdicom knows.
    transfer_syntaxes : sequence of str
        What it accepts for each of them.
    status : int or function of StoredInstance
        The status of the responses.
    max_pdu_length : int
        What it takes, in bytes without the 6 of the PDU header; 0 is without limit.
    """

    ae_title = "PYNETDICOM"

    def __init__(
        self,
        *,
        sop_classes: Sequence[str] | None = None,
        transfer_syntaxes: Sequence[str] = ALL_TRANSFER_SYNTAXES,
        status: int | Callable[[StoredInstance], int] = 0x0000,
        max_pdu_length: int = 16382,
    ) -> None:
        self._status = status
        self._received: list[StoredInstance] = []
        entity = AE(self.ae_title)
        entity.maximum_pdu_size = max_pdu_length
        if sop_classes is None:
            sop_classes = [str(c.abstract_syntax) for c in AllStoragePresentationContexts]
        for sop_class in sop_classes:
            entity.add_supported_context(sop_class, list(transfer_syntaxes))
        server = entity.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, self._store)]
        )
        assert server is not None
        assert server.socket is not None
        self._entity, self._server = entity, server
        self.port: int = server.socket.getsockname()[1]

    def _store(self, event: Event) -> int:
        request = event.request
        assert isinstance(request, C_STORE)
        assert request.DataSet is not None
        instance = StoredInstance(
            str(request.AffectedSOPClassUID),
            str(request.AffectedSOPInstanceUID),
            str(event.context.transfer_syntax),
            request.DataSet.getvalue(),
        )
        self._received.append(instance)
        return self._status if isinstance(self._status, int) else self._status(instance)

    def received(self) -> list[StoredInstance]:
        """Return what came, in its order."""
        return list(self._received)

    def stop(self) -> None:
        """End all associations and the listener."""
        for association in self._entity.active_associations:
            association.abort()
        self._server.shutdown()
