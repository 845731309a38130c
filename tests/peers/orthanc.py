"""Orthanc on free ports of this machine with an empty store, asked through its REST interface."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from peers.programs import require_program
from peers.server_process import ServerProcess, free_port, is_listening
from peers.stored_instance import decode_part10

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from peers.stored_instance import StoredInstance


class Orthanc(ServerProcess):
    """A running Orthanc.

    Parameters
    ----------
    folder : Path
        A new folder for its configuration, store and log.
    configuration : mapping
        Entries that replace or add to those below; all others are Orthanc's defaults.
    """

    ae_title = "ORTHANC"

    def __init__(self, folder: Path, configuration: Mapping[str, Any] | None = None) -> None:
        program = require_program("Orthanc")
        self.port, self.http_port = free_port(), free_port()
        store = folder / "store"
        store.mkdir(parents=True)
        path = folder / "orthanc.json"
        path.write_text(
            json.dumps(
                {
                    "Name": "fastsend tests",
                    "StorageDirectory": str(store),
                    "IndexDirectory": str(store),
                    "Plugins": [],
                    "DicomAet": self.ae_title,
                    "DicomPort": self.port,
                    "DicomAlwaysAllowStore": True,
                    "HttpPort": self.http_port,
                    "RemoteAccessAllowed": False,
                    "AuthenticationEnabled": False,
                    "OverwriteInstances": True,
                    **(configuration or {}),
                }
            )
        )
        super().__init__([program, path], self._answers, folder / "orthanc.log")

    def _answers(self) -> bool:
        if not is_listening(self.http_port) or not is_listening(self.port):
            return False
        try:
            self.get("/system")
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def get_bytes(self, path: str) -> bytes:
        """Return what a GET request for a path such as ``/instances`` yields."""
        url = f"http://127.0.0.1:{self.http_port}{path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=30) as answer:
            content: bytes = answer.read()
        return content

    def get(self, path: str) -> Any:
        """The same, decoded from JSON."""
        return json.loads(self.get_bytes(path))

    def received(self) -> list[StoredInstance]:
        """Return what it stored."""
        identifiers = self.get("/instances")
        return [decode_part10(self.get_bytes(f"/instances/{one}/file")) for one in identifiers]
