"""DCMTK's storescp, as it comes and as fast as it gets."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchmarks.e2e import peers
from benchmarks.e2e.data import data_set_offset
from benchmarks.e2e.receivers import NotArrivedError, Receiver, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.e2e.data import DataSet

_PROGRAM = "/usr/bin/storescp"
TUNING = {"TCP_NODELAY": "1", "TCP_BUFFER_LENGTH": "1048576"}
"""DCMTK's environment variables: no Nagle, socket buffers of 1 MiB."""


class _Storescp(Receiver):
    _read_before = 0

    def _rchar(self) -> int:
        """All that the process got through read(2), its sockets included, as the kernel counts.

        DCMTK reads its connections with read(2), so this costs the receiver nothing.
        """
        assert self._process is not None
        io = Path(f"/proc/{self._process.pid}/io").read_text()
        return int(io.partition("rchar: ")[2].split()[0])

    def bytes_read(self) -> int:
        """Return what was read since `prepare`."""
        return self._rchar() - self._read_before

    def prepare(self) -> None:
        self._read_before = self._rchar()

    @classmethod
    def require(cls) -> None:
        peers.debian("storescp")

    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        """Bytes read are at least the data sets, and not more than headers can explain."""
        del exact
        read = self.bytes_read()
        most = data.data_set_bytes * 1.01 + data.files * 2000 + 100_000
        if not data.data_set_bytes <= read <= most:
            raise NotArrivedError(f"{read} bytes read of {data.data_set_bytes} in data sets")


class StockStorescp(_Storescp):
    """All defaults: Nagle's algorithm on, PDUs of 16 KiB, every instance written to a file."""

    name = "storescp-stock"
    verification = "files by SOP Instance UID, bytes read; after the last run data sets compared"
    options: tuple[str, ...] = ()
    settings: ClassVar[dict[str, str]] = {}

    def _open(self) -> None:
        self._received = self._folder / "received"
        self._received.mkdir()
        self.port = free_port()
        argv = [_PROGRAM, *self.options, "-od", str(self._received), str(self.port)]
        self._start(argv, self.settings)
        self._wait_for(self.port)

    def prepare(self) -> None:
        for path in self._received.iterdir():
            path.unlink()
        super().prepare()

    def files(self) -> dict[str, Path]:
        """Return what was received: a file is named by modality, a dot and SOP Instance UID."""
        return {path.name.partition(".")[2]: path for path in self._received.iterdir()}

    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        super().verify(data, exact=exact)
        verify_instances(data, self.files())

    def verify_bytes(self, data: DataSet) -> bool:
        verify_data_sets(data, self.files())
        return True


class TunedStorescp(_Storescp):
    """No Nagle, buffers of 1 MiB, PDUs of 128 KiB, nothing written: the network code alone."""

    name = "storescp-tuned"
    verification = "bytes read after every run; requests counted in a run of their own before"
    tuned = True
    options: tuple[str, ...] = ("-pdu", "131072", "--ignore")

    def _open(self) -> None:
        self.port = free_port()
        self._start([_PROGRAM, *self.options, str(self.port)], TUNING)
        self._wait_for(self.port)

    def counting_twin(self) -> Receiver:
        return _CountingStorescp(self._scratch, self.options)


class _CountingStorescp(TunedStorescp):
    """The same with a line of log for each request, which would slow a measured run."""

    name = "storescp-counting"

    def __init__(self, scratch: Path, options: tuple[str, ...]) -> None:
        super().__init__(scratch)
        self.options = (*options, "-v")

    def prepare(self) -> None:
        super().prepare()
        self._counted_before = self._count()

    def _count(self) -> int:
        return len(re.findall(r"Received Store Request", self._log.read_text(errors="replace")))

    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        super().verify(data, exact=exact)
        deadline = time.monotonic() + 2
        while (count := self._count() - self._counted_before) < data.files:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if count != data.files:
            raise NotArrivedError(f"{count} requests counted, {data.files} instances")


def data_set(path: Path) -> bytes:
    """Return the data set of a Part 10 file."""
    with path.open("rb") as file:
        file.seek(data_set_offset(path))
        return file.read()


def verify_instances(data: DataSet, received: Mapping[str, Path]) -> None:
    """Raise NotArrivedError unless the files received, by SOP Instance UID, are those of `data`."""
    if wrong := data.uids.keys() ^ received.keys():
        raise NotArrivedError(f"{len(wrong)} instances are missing or unknown")


def verify_data_sets(data: DataSet, received: Mapping[str, Path]) -> None:
    """Raise NotArrivedError where a data set is not what was sent."""
    for uid, name in data.uids.items():
        if data_set(data.folder / name) != data_set(received[uid]):
            raise NotArrivedError(f"the data set of {name} was changed")
