"""Where the benchmarks look for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.e2e import peers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(peers.FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("DCM4CHE_HOME", raising=False)
    monkeypatch.delenv("PYDCM_PYTHON", raising=False)
    peers.pydcm.cache_clear()


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    path.chmod(0o755)
    return path


def test_says_how_to_install(tmp_path: Path) -> None:
    with pytest.raises(peers.NotInstalledError, match=rf"cargo install .* {tmp_path}/dicom-rs"):
        peers.dicom_rs("dicom-storescu")
    with pytest.raises(peers.NotInstalledError, match=r"unpack dcm4che-5\.\S*-bin\.zip"):
        peers.dcm4che("storescu", "StoreSCU")
    with pytest.raises(peers.NotInstalledError, match=rf"{tmp_path}/pydcm/bin/pip install pydcm=="):
        peers.pydcm()


def test_the_folder_comes_before_the_path(tmp_path: Path) -> None:
    in_path = make(tmp_path / "path" / "dicom-storescp")
    assert peers.dicom_rs("dicom-storescp") == in_path
    in_folder = make(tmp_path / "dicom-rs" / "bin" / "dicom-storescp")
    assert peers.dicom_rs("dicom-storescp") == in_folder


def test_pydcm_is_a_python_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "pydcm" / "bin" / "python")
    named = make(tmp_path / "elsewhere" / "python3.12")
    monkeypatch.setenv("PYDCM_PYTHON", str(named))
    assert peers.pydcm() == named


def test_dcm4che_needs_java(tmp_path: Path) -> None:
    make(tmp_path / "dcm4che-5.34.3" / "lib" / "dcm4che-tool-storescp-5.34.3.jar")
    with pytest.raises(peers.NotInstalledError):
        peers.dcm4che("storescp", "StoreSCP")
    java = make(tmp_path / "path" / "java")
    assert peers.dcm4che("storescp", "StoreSCP")[0] == str(java)


def test_dcm4che_gets_only_the_jars_that_storing_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "path" / "java")
    make(tmp_path / "dcm4che-5.34.3" / "lib" / "dcm4che-tool-storescu-5.34.3.jar")
    home = tmp_path / "home"
    tool = make(home / "lib" / "dcm4che-tool-storescu-5.35.0.jar")
    net = make(home / "lib" / "dcm4che-net-5.35.0.jar")
    make(home / "lib" / "dcm4che-imageio-opencv-5.35.0.jar")
    monkeypatch.setenv("DCM4CHE_HOME", str(home))
    argv = peers.dcm4che("storescu", "StoreSCU")
    assert argv[1:] == (
        "-cp",
        f"{home}/etc/storescu:{net}:{tool}",
        "org.dcm4che3.tool.storescu.StoreSCU",
    )
    assert peers.versions()["dcm4che"] == "5.35.0"
