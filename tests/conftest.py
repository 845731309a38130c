"""Real receivers for tests, and which tests run by default.

The receivers are factories: each call starts one more, all are stopped when the test ends.

    def test_all_arrive(storescp):
        scp = storescp("+xa", "+B")
        ...  # send to ("127.0.0.1", scp.port), AE title scp.ae_title
        assert scp.received()[0].data_set == expected

A test that needs a real program is marked ``peer``: bare where a fixture finds the program, with
names where the test itself starts it: ``@pytest.mark.peer("dcmsend", "dcmdump")``.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from peers.programs import require_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from peers.orthanc import Orthanc
    from peers.pynetdicom_scp import PynetdicomSCP
    from peers.storescp import StoreSCP


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("peer"):
        for name in marker.args:
            require_program(name)
    # Building and installing takes minutes and a package index.
    if item.get_closest_marker("packaging") and "packaging" not in item.config.option.markexpr:
        pytest.skip("runs with -m packaging")


@pytest.fixture
def program() -> Callable[[str], Path]:
    """The full path of a program of DCMTK or another: ``program("dcmsend")``."""
    return require_program


@pytest.fixture
def storescp(tmp_path: Path) -> Iterator[Callable[..., StoreSCP]]:
    """Start DCMTK's storescp: ``storescp(*options, environment=None)``."""
    from peers.storescp import StoreSCP

    with contextlib.ExitStack() as stack:
        numbers = iter(range(1000))

        def start(*options: str, **keywords: Any) -> StoreSCP:
            scp = StoreSCP(tmp_path / f"storescp-{next(numbers)}", *options, **keywords)
            stack.callback(scp.stop)
            return scp

        yield start


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[Callable[..., Orthanc]]:
    """Start Orthanc: ``orthanc({"DicomTlsEnabled": False})``, entries are optional."""
    from peers.orthanc import Orthanc

    with contextlib.ExitStack() as stack:
        numbers = iter(range(1000))

        def start(configuration: dict[str, Any] | None = None) -> Orthanc:
            scp = Orthanc(tmp_path / f"orthanc-{next(numbers)}", configuration)
            stack.callback(scp.stop)
            return scp

        yield start


@pytest.fixture
def pynetdicom_scp() -> Iterator[Callable[..., PynetdicomSCP]]:
    """Start an SCP of pynetdicom: see `peers.pynetdicom_scp.PynetdicomSCP` for the keywords."""
    from peers.pynetdicom_scp import PynetdicomSCP

    with contextlib.ExitStack() as stack:

        def start(**keywords: Any) -> PynetdicomSCP:
            scp = PynetdicomSCP(**keywords)
            stack.callback(scp.stop)
            return scp

        yield start
