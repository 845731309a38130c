"""Receivers that keep what they get in a folder, one file an instance, each run as it comes."""

from __future__ import annotations

import time
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchmarks.e2e import peers
from benchmarks.e2e.receivers import NotArrivedError, Receiver, free_port
from benchmarks.e2e.storescp import verify_data_sets, verify_instances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.e2e.data import DataSet

_SECONDS_TO_FINISH = 10.0
"""An SCP may answer before it has written, or (dcmqrscp) have a child that is still to end."""


class _Storing(Receiver):
    """Verified by the SOP Instance UIDs of its files and by the bytes that it wrote.

    Bytes, since files of the same SOP Instance UID replace each other: the kernel counts what a
    process and its ended children passed to write(2), so this costs the receiver nothing.
    """

    verification = "files by SOP Instance UID, bytes written"
    most_beside: ClassVar[int] = 5_000
    """Bytes written for an instance besides its data set, at most: log, responses, an index."""

    def _open(self) -> None:
        self._received = self._folder / "received"
        self._received.mkdir()
        self.port = free_port()
        self._written_before = 0
        self._start(self._argv())
        self._wait_for(self.port)

    @abstractmethod
    def _argv(self) -> Sequence[str]:
        """Return the command that listens on `port` and stores in `_received`."""

    def _uid(self, path: Path) -> str:
        """Return the SOP Instance UID of a file that was received."""
        return path.name.removesuffix(".dcm")

    def files(self) -> dict[str, Path]:
        """Return what was received by SOP Instance UID."""
        return {self._uid(path): path for path in self._received.iterdir()}

    def _written(self) -> int:
        assert self._process is not None
        io = Path(f"/proc/{self._process.pid}/io").read_text()
        return int(io.partition("wchar: ")[2].split()[0])

    def prepare(self) -> None:
        for path in self._received.iterdir():
            path.unlink()
        self._written_before = self._written()

    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        del exact
        deadline = time.monotonic() + _SECONDS_TO_FINISH
        least = data.data_set_bytes
        while (written := self._written() - self._written_before) < least:
            if time.monotonic() > deadline:
                raise NotArrivedError(f"{written} bytes written of {least} in data sets")
            time.sleep(0.02)
        if written > least * 1.01 + data.files * self.most_beside + 100_000:
            raise NotArrivedError(f"{written} bytes written, and {least} in data sets")
        verify_instances(data, self.files())

    def verify_bytes(self, data: DataSet) -> bool:
        verify_data_sets(data, self.files())
        return True


class Dcmqrscp(_Storing):
    """DCMTK's archive with the configuration that Debian ships, but for its table of storage areas.

    Nagle's algorithm on, PDUs of 16 KiB, a process for each of up to 16 associations, every
    instance written and entered in an index, which is searched from its start each time. It keeps
    200 studies of 1 GiB, the most that it can be told.
    """

    name = "dcmqrscp"
    most_beside = 100_000  # it writes the study's record of the index with every instance

    @classmethod
    def require(cls) -> None:
        peers.debian("dcmqrscp")

    def _argv(self) -> Sequence[str]:
        configuration = self._folder / "dcmqrscp.cfg"
        configuration.write_text(
            f"NetworkTCPPort = {self.port}\n"
            "MaxPDUSize = 16384\n"
            "MaxAssociations = 16\n"
            "HostTable BEGIN\nHostTable END\n"
            "VendorTable BEGIN\nVendorTable END\n"
            "AETable BEGIN\n"
            f"ANY-SCP {self._received} RW (200, 1024mb) ANY\n"
            "AETable END\n"
        )
        return (str(peers.debian("dcmqrscp")), "-c", str(configuration), str(self.port))

    def files(self) -> dict[str, Path]:
        """Return what was received: a file is named by modality and a number."""
        from pydicom.filereader import read_file_meta_info

        paths = (path for path in self._received.iterdir() if path.name != "index.dat")
        return {str(read_file_meta_info(path).MediaStorageSOPInstanceUID): path for path in paths}


class Dcm4cheStorescp(_Storing):
    """dcm4che's storescp: no Nagle, PDUs of 16,378 bytes, a thread for each association.

    It takes any number of associations and grants any asynchronous operations window.
    """

    name = "dcm4che-storescp"

    @classmethod
    def require(cls) -> None:
        peers.dcm4che("storescp", "StoreSCP")

    def _argv(self) -> Sequence[str]:
        place = ("-b", f"ANY-SCP@127.0.0.1:{self.port}", "--directory", str(self._received))
        return (*peers.dcm4che("storescp", "StoreSCP"), *place)


class DicomRsStorescp(_Storing):
    """dicom-rs's storescp: Nagle on, PDUs of 16,378 bytes, one association at a time.

    Others wait in its queue of connections, unanswered. It decodes and encodes what it keeps.
    """

    name = "dicom-rs-storescp"

    @classmethod
    def require(cls) -> None:
        peers.dicom_rs("dicom-storescp")

    def _argv(self) -> Sequence[str]:
        program = str(peers.dicom_rs("dicom-storescp"))
        return (program, "-o", str(self._received), "-p", str(self.port))

    def verify_bytes(self, data: DataSet) -> bool:
        del data
        return False
