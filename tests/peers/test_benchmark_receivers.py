"""The benchmarks' receivers that keep files: what is verified, and that it can fail."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from benchmarks.e2e import storing
from benchmarks.e2e.data import DataSet, data_set_offset
from benchmarks.e2e.orthanc import Orthanc
from benchmarks.e2e.peers import NotInstalledError
from benchmarks.e2e.receivers import NotArrivedError

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.e2e.receivers import Receiver

pytestmark = pytest.mark.peer("dcmsend")


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    """Three instances."""
    folder = tmp_path / "data"
    folder.mkdir()
    uids = {}
    image = dcmread(str(get_testdata_file("CT_small.dcm")))
    del image[0xFFFCFFFC]  # Data Set Trailing Padding, which DCMTK leaves out
    for number in range(1, 4):
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
        image.save_as(folder / f"{number}.dcm", enforce_file_format=True)
        uids[f"1.2.3.{number}"] = f"{number}.dcm"
    sizes = [path.stat().st_size for path in folder.iterdir()]
    beside = sum(data_set_offset(path) for path in folder.iterdir())
    return DataSet("three", folder, 3, 3, sum(sizes), sum(sizes) - beside, uids)


@pytest.fixture(
    params=[storing.Dcmqrscp, storing.Dcm4cheStorescp, storing.DicomRsStorescp],
    ids=lambda kind: kind.name,
)
def kind(request: pytest.FixtureRequest) -> type[Receiver]:
    kind: type[Receiver] = request.param
    try:
        kind.require()
    except NotInstalledError as error:
        pytest.skip(str(error))
    return kind


def send(receiver: Receiver, *paths: Path) -> None:
    argv = ["/usr/bin/dcmsend", "127.0.0.1", str(receiver.port), *map(str, paths)]
    subprocess.run(argv, check=True, timeout=60)


def test_all_arrived(kind: type[Receiver], data: DataSet, tmp_path: Path) -> None:
    with kind(tmp_path) as receiver:
        for _ in range(2):  # what the first run left is not taken for the second's
            receiver.prepare()
            send(receiver, *data.folder.iterdir())
            receiver.verify(data)
        assert receiver.verify_bytes(data) is (kind is not storing.DicomRsStorescp)


def test_one_is_missing(
    kind: type[Receiver], data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_SECONDS_TO_FINISH", 0.1)
    with kind(tmp_path) as receiver:
        receiver.prepare()
        send(receiver, data.folder / "1.dcm", data.folder / "2.dcm")
        with pytest.raises(NotArrivedError, match=r"are missing|bytes written"):
            receiver.verify(data)


def test_nothing_is_left(kind: type[Receiver], tmp_path: Path) -> None:
    with kind(tmp_path) as receiver:
        process = receiver._process
        assert list(tmp_path.iterdir())
    assert process is not None
    assert process.returncode is not None
    assert not list(tmp_path.iterdir())


@pytest.mark.peer("Orthanc")
def test_orthanc_is_where_it_was_said_to_be(data: DataSet, tmp_path: Path) -> None:
    with Orthanc(tmp_path) as receiver:
        port = receiver.port  # a command is made before the receiver is prepared for it
        for _ in range(2):
            receiver.prepare()
            assert receiver.port == port
            send(receiver, *data.folder.iterdir())
            receiver.verify(data)
