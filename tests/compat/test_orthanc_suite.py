"""Orthanc's own integration tests that call storescu, with fastsend-storescu as that program."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compat.options import options_of_fastsend
from compat.orthanc_sources import UnavailableError, sources
from peers.orthanc import Orthanc
from peers.programs import require_program

if TYPE_CHECKING:
    from collections.abc import Iterator

# The last one lets a script of Orthanc call gdcmconv and dcmodify.
pytestmark = pytest.mark.peer("Orthanc", "storescu", "gdcmconv", "dcmodify")

TESTS = (
    "test_incoming_storescu",
    "test_incoming_jpeg",
    "test_metadata_origin",
    "test_lua_deadlock",
)
DRIVER = Path(__file__).with_name("orthanc_driver.py")
CONFIGURATION = {"ExecuteLuaEnabled": True, "SyncStorageArea": False}


@pytest.fixture(scope="module")
def orthanc_tests() -> Path:
    for module in ("httplib2", "PIL", "numpy"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: pip install -e '.[corpus]'")
    try:
        return sources()
    except UnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def orthancs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Orthanc, Orthanc]]:
    """The one that sends nothing here, and the one that is tested."""
    folder = tmp_path_factory.mktemp("orthanc")
    local = Orthanc(folder / "local", CONFIGURATION)
    try:
        remote = Orthanc(folder / "remote", CONFIGURATION)
        try:
            yield local, remote
        finally:
            remote.stop()
    finally:
        local.stop()


def storescu_of(program: str) -> Path:
    if program == "storescu":
        return require_program("storescu")
    if not options_of_fastsend("storescu"):
        pytest.skip("not there: --compat storescu")
    return Path(sys.executable).with_name("fastsend-storescu")


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("program", ["storescu", "fastsend-storescu"])
def test_with(
    program: str,
    test: str,
    orthanc_tests: Path,
    orthancs: tuple[Orthanc, Orthanc],
    tmp_path: Path,
) -> None:
    local, remote = orthancs
    # A program of this name that is first in PATH is what the tests run.
    (tmp_path / "storescu").symlink_to(storescu_of(program))
    assert (tmp_path / "storescu").exists(), f"{program} is not installed"
    ports = map(str, (local.http_port, remote.http_port, remote.port))
    done = subprocess.run(
        [sys.executable, DRIVER, orthanc_tests, *ports, remote.ae_title, test],
        env={
            **os.environ,
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "no_proxy": "127.0.0.1",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"running : Tests.Orthanc.{test}" in done.stdout
