"""One file sent again and again under invented identifiers, as receivers count what they got."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom.data import get_testdata_file

from peers.fastsend_command import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from peers.orthanc import Orthanc
    from peers.pynetdicom_scp import PynetdicomSCP
    from peers.storescp import StoreSCP

pytestmark = pytest.mark.peer

FILES = ("CT_small.dcm", "MR_small_RLE.dcm")
OPTIONS = ("+IR", "2", "+IS", "2", "+IP", "1")


def send(scp: StoreSCP | Orthanc | PynetdicomSCP) -> set[str]:
    """Send each file three times and return the new SOP Instance UIDs, as the command told them."""
    paths = [Path(str(get_testdata_file(name, download=False))) for name in FILES] * 3
    before = [path.read_bytes() for path in paths]
    finished = run("-v", *OPTIONS, "-aec", scp.ae_title, "127.0.0.1", str(scp.port), *paths)
    assert finished.exit_code == 0, finished.stderr
    assert [path.read_bytes() for path in paths] == before
    new = {
        line.rpartition(" ")[2] for line in finished.stderr.splitlines() if "a new instance" in line
    }
    assert len(new) == len(paths)
    return new


def test_orthanc(orthanc: Callable[..., Orthanc]) -> None:
    scp = orthanc()
    new = send(scp)
    assert {one.sop_instance_uid for one in scp.received()} == new
    statistics = scp.get("/statistics")
    counts = [statistics[f"Count{level}"] for level in ("Patients", "Studies", "Series")]
    assert counts == [2, 2, 3]


def test_storescp_and_pynetdicom(
    storescp: Callable[..., StoreSCP], pynetdicom_scp: Callable[..., PynetdicomSCP]
) -> None:
    for scp in (storescp("+xa"), pynetdicom_scp()):
        new = send(scp)
        assert {one.sop_instance_uid for one in scp.received()} == new
