"""Debian's Orthanc with its own defaults, and an empty store for every run."""

from __future__ import annotations

import json
import shutil
import urllib.request
from typing import TYPE_CHECKING

from benchmarks.e2e import peers
from benchmarks.e2e.receivers import NotArrivedError, Receiver, free_port

if TYPE_CHECKING:
    from benchmarks.e2e.data import DataSet

_PROGRAM = "/usr/sbin/Orthanc"


class Orthanc(Receiver):
    """A stock Orthanc: Nagle's algorithm on, PDUs of 16 KiB, SQLite, files synced to disk.

    It is started anew before each run: an instance that it has already would cost it other work.
    """

    name = "orthanc"
    verification = "instances and bytes by its REST interface, from an empty store each run"

    def _open(self) -> None:
        """Only say where it will be: `prepare` starts it."""
        self.port, self._http_port = free_port(), free_port()

    def prepare(self) -> None:
        self._stop()
        store = self._folder / "store"
        shutil.rmtree(store, ignore_errors=True)
        # Only what a stock configuration cannot know, or what a test of loopback needs.
        configuration = {
            "StorageDirectory": str(store),
            "IndexDirectory": str(store),
            "StorageCompression": False,
            "OverwriteInstances": True,
            "DicomPort": self.port,
            "DicomAlwaysAllowStore": True,
            "HttpPort": self._http_port,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
        }
        path = self._folder / "orthanc.json"
        path.write_text(json.dumps(configuration))
        self._start([_PROGRAM, str(path)])
        self._wait_for(self._http_port)
        self._wait_for(self.port)

    def _statistics(self) -> dict[str, str | int]:
        url = f"http://127.0.0.1:{self._http_port}/statistics"
        with urllib.request.urlopen(url, timeout=30) as answer:  # loopback, our own process
            statistics: dict[str, str | int] = json.load(answer)
        return statistics

    @classmethod
    def require(cls) -> None:
        peers.debian("Orthanc")

    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        del exact
        statistics = self._statistics()
        instances = int(statistics["CountInstances"])
        stored = int(statistics["TotalUncompressedSize"])
        distinct_bytes = data.data_set_bytes * data.distinct // data.files
        if instances != data.distinct or stored < distinct_bytes:
            raise NotArrivedError(f"Orthanc has {instances} instances, {stored} bytes")
