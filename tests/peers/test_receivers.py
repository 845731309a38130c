"""The receivers of conftest.py themselves, shown with DCMTK's sender."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom.data import get_testdata_file

from peers.programs import find_program, require_program
from peers.stored_instance import by_instance_uid, decode_part10

if TYPE_CHECKING:
    from collections.abc import Callable

    from peers.orthanc import Orthanc
    from peers.pynetdicom_scp import PynetdicomSCP
    from peers.stored_instance import StoredInstance
    from peers.storescp import StoreSCP

pytestmark = pytest.mark.peer("dcmsend")

FILES = ("CT_small.dcm", "MR_small_RLE.dcm")


def send(scp: StoreSCP | Orthanc | PynetdicomSCP) -> dict[str, StoredInstance]:
    """Send FILES with dcmsend, as they are, and return what they hold."""
    files = [Path(str(get_testdata_file(name, download=False))) for name in FILES]
    options = ["-dn", "-nh", "-aec", scp.ae_title]
    command = [str(require_program("dcmsend")), *options, "127.0.0.1", str(scp.port)]
    subprocess.run([*command, *files], check=True, timeout=60, stdin=subprocess.DEVNULL)
    return by_instance_uid([decode_part10(file.read_bytes()) for file in files])


def test_storescp_and_pynetdicom_get_the_same_bytes(
    storescp: Callable[..., StoreSCP], pynetdicom_scp: Callable[..., PynetdicomSCP]
) -> None:
    stored, kept = storescp("+xa", "+B", "-v"), pynetdicom_scp()
    sent = send(stored)
    assert send(kept) == sent
    first, second = by_instance_uid(stored.received()), by_instance_uid(kept.received())
    assert first.keys() == second.keys() == sent.keys()
    (rle,) = [one for one in first.values() if one.transfer_syntax_uid == "1.2.840.10008.1.2.5"]
    assert rle == second[rle.sop_instance_uid]
    assert sent[rle.sop_instance_uid].data_set[-1500:-500] in rle.data_set  # of its pixel data
    assert "Received Store Request" in stored.log()


def test_two_storescp_at_once(storescp: Callable[..., StoreSCP]) -> None:
    first, second = storescp("+xa"), storescp("+xa", environment={"TCP_NODELAY": "1"})
    sent = send(second)
    assert len(second.files()) == len(sent)
    assert first.files() == []


def test_orthanc(orthanc: Callable[..., Orthanc]) -> None:
    scp = orthanc()
    sent = send(scp)
    assert scp.get("/statistics")["CountInstances"] == len(sent)
    assert by_instance_uid(scp.received()).keys() == sent.keys()


def test_orthanc_is_configured(orthanc: Callable[..., Orthanc]) -> None:
    assert orthanc({"Name": "another"}).get("/system")["Name"] == "another"


def test_pynetdicom_answers_as_told(pynetdicom_scp: Callable[..., PynetdicomSCP]) -> None:
    scp = pynetdicom_scp(
        transfer_syntaxes=["1.2.840.10008.1.2.5"],
        status=lambda one: 0xB000 if one.data_set else 0,
    )
    send(scp)
    (instance,) = scp.received()
    assert instance.sop_class_uid == "1.2.840.10008.5.1.4.1.1.4"
    assert instance.transfer_syntax_uid == "1.2.840.10008.1.2.5"


def test_a_receiver_that_does_not_start_is_told(storescp: Callable[..., StoreSCP]) -> None:
    with pytest.raises(RuntimeError, match="Unknown option"):
        storescp("--no-such-option")


def test_scripts_are_not_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "storescp"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr("peers.programs._FOLDERS", (str(tmp_path),))
    assert find_program("storescp") is None


@pytest.mark.parametrize(("required", "outcome"), [("", "skip"), ("1", "fail")])
def test_a_missing_program(required: str, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTSEND_REQUIRE_PEERS", required)
    expected = pytest.skip.Exception if outcome == "skip" else pytest.fail.Exception
    with pytest.raises(expected, match="no-such-program is not installed"):
        require_program("no-such-program")
