"""Real receivers and senders on this machine, by full path.

pynetdicom and other packages install scripts under the names of DCMTK's programs, and a virtual
environment puts them first in PATH: so PATH is not asked, and scripts are passed over.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin")


def find_program(name: str) -> Path | None:
    """Return the full path of a compiled program, or None where it is not installed."""
    for folder in _FOLDERS:
        path = Path(folder, name)
        if os.access(path, os.X_OK) and path.is_file() and not _is_script(path):
            return path
    return None


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def require_program(name: str) -> Path:
    """Return the full path of a program; without it, skip the test.

    Where FASTSEND_REQUIRE_PEERS is set, the test fails instead: what is to be shown against real
    peers must not pass by default.
    """
    path = find_program(name)
    if path is not None:
        return path
    reason = f"{name} is not installed in any of {', '.join(_FOLDERS)}"
    if os.environ.get("FASTSEND_REQUIRE_PEERS"):
        pytest.fail(f"{reason}, and FASTSEND_REQUIRE_PEERS is set", pytrace=False)
    pytest.skip(reason)
