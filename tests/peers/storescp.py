"""DCMTK's storescp on a free port, with the options that a test gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peers.programs import require_program
from peers.server_process import ServerProcess, free_port, is_listening
from peers.stored_instance import decode_part10

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from peers.stored_instance import StoredInstance


class StoreSCP(ServerProcess):
    """A running storescp.

    Parameters
    ----------
    folder : Path
        A new folder for what it receives and its log.
    *options : str
        DCMTK's. Of use: ``+xa`` accepts all transfer syntaxes it knows, ``-pm`` all SOP classes,
        ``+B`` writes data sets as they came, byte for byte.
    environment : mapping
        Added to the environment, such as TCP_NODELAY.
    """

    ae_title = "STORESCP"

    def __init__(
        self, folder: Path, *options: str, environment: Mapping[str, str] | None = None
    ) -> None:
        program = require_program("storescp")
        self.port = free_port()
        self.folder = folder / "received"
        self.folder.mkdir(parents=True)
        super().__init__(
            [program, *options, "-aet", self.ae_title, "-od", self.folder, str(self.port)],
            lambda: is_listening(self.port),
            folder / "storescp.log",
            environment,
        )

    def files(self) -> list[Path]:
        """Return the files it wrote, by name: modality, a dot and the SOP Instance UID."""
        return sorted(self.folder.iterdir())

    def received(self) -> list[StoredInstance]:
        """Return what it wrote; the data sets are as they came only with ``+B``."""
        return [decode_part10(path.read_bytes()) for path in self.files()]
