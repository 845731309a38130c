"""Orthanc's integration tests, of one revision, as far as four of them need them.

They are under the GPL and are not copied here: they come from what was kept, from a clone that the
environment names (FASTSEND_ORTHANC_TESTS: a folder that git can read), or from GitHub, and have to
have the checksums below.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = "orthanc-mirrors/orthanc-tests"
REVISION = "56fe710a6cd5dd29b0923f2a2f2e0a4f8f6d5501"
SHA256 = {
    "Tests/Tests.py": "a4a9ec4d898d0d6d980f71ac97006ef4a039f3feabe8231dfe393f76c9c02d70",
    "Tests/Toolbox.py": "c3f9e580b2019f09fad3f8a9a44dc99c0830edb2a59e0805853b6cfe44250a93",
    "Database/ColorTestImageJ.dcm": (
        "1ac5b2d8850f6a7457417dfd825d3807a20a72816c52e8bd17ead5578489e7ec"
    ),
    "Database/Knix/Loc/IM-0001-0001.dcm": (
        "77a6efa2eebe154e65935c9096cfbf8e3d1ed5ec52ce8059599dfe770e62163e"
    ),
    "Database/UnknownSopClassUid.dcm": (
        "bf434d0d17c2a7acbaf2bb022c0848830a7bacc2fdf10564620b37111ff0078d"
    ),
    "Database/UnknownSopClassUid.cfg": (
        "89c4e71d62a213fda4ce13b35aa3d0a3dd7c38aacd27532e35b1282717cf08d3"
    ),
    "Database/Knee/T1/IM-0001-0001.dcm": (
        "d93283f79d0d11a9f949654d15e7653ddb19420ffa7854f107f3de1c3551cb50"
    ),
    "Database/Brainix/Flair/IM-0001-0001.dcm": (
        "8694574c40aeeee2c5e49fdbd91eb1b9166615d37b30ca12741f5d88c9608017"
    ),
    "Database/Brainix/Flair/IM-0001-0002.dcm": (
        "508990040d96a03112c0e6acb97965226323ef58e22a35ca5a1602debf7722a3"
    ),
    "Database/Lua/TransferSyntaxEnable.lua": (
        "ad5ccf1ac1d12054b75dde9ae4e3bcf70a1fe3567510adb14257f8cf02906726"
    ),
    "Database/Lua/TransferSyntaxDisable.lua": (
        "efc55402d847053709dac5e69e86a7df328cfd5a310682fff0264f54737c117e"
    ),
    "Database/Lua/Jpeg2000Conversion.lua": (
        "ba5c88849da5b583496815f84f9a8af10ea12e1dc4e33c5ba5afc8ed38c90420"
    ),
}
DOWNLOAD_SECONDS = 30


class UnavailableError(Exception):
    """The sources are neither kept nor to be had."""


def sources() -> Path:
    """Return the folder that holds the sources, which are fetched where they are not kept yet.

    Raises
    ------
    UnavailableError
        Where that is not possible.
    """
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = kept / "fastsend-tests" / f"orthanc-tests-{REVISION}"
    for name, digest in SHA256.items():
        path = folder / name
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            continue
        content = _fetch(name)
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise ValueError(f"{name} of {REPOSITORY} has another checksum: {found}")
        path.parent.mkdir(parents=True, exist_ok=True)
        # Another run may do the same at the same time.
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(path)
    return folder


def _fetch(name: str) -> bytes:
    if clone := os.environ.get("FASTSEND_ORTHANC_TESTS"):
        command = ["git", "-C", clone, "show", f"{REVISION}:{name}"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            return done.stdout
    url = f"https://raw.githubusercontent.com/{REPOSITORY}/{REVISION}/{name}"
    try:
        with urllib.request.urlopen(url, timeout=DOWNLOAD_SECONDS) as answer:
            content: bytes = answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise UnavailableError(f"{url} is not to be had and not kept: {error}") from error
    return content
