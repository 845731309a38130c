"""Where the other programs are, and how to install those that are not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER_VARIABLE = "FASTSEND_BENCHMARK_PEERS"
"""The environment variable that `--peers` sets: the folder with what was installed for this."""
DEFAULT_FOLDER = Path(tempfile.gettempdir(), "fastsend-benchmark-peers")

DICOM_RS_VERSION = "0.10.1"
PYDCM_VERSION = "0.5.0"
DCM4CHE_VERSION = "5.34.3"

DCMTK = "apt-get install dcmtk"
ORTHANC = "apt-get install orthanc"
DICOM_RS = (
    f"cargo install --locked --root FOLDER/dicom-rs --version {DICOM_RS_VERSION} "
    "dicom-storescu dicom-storescp, or have both in PATH"
)
PYDCM = (
    f"python3.12 -m venv FOLDER/pydcm && FOLDER/pydcm/bin/pip install pydcm=={PYDCM_VERSION} "
    "(its wheels are for CPython 3.12 and newer), or set PYDCM_PYTHON to a Python that has it"
)
DCM4CHE = (
    f"unpack dcm4che-{DCM4CHE_VERSION}-bin.zip, or a newer one, from "
    "https://sourceforge.net/projects/dcm4che/files/dcm4che3 into FOLDER, or set DCM4CHE_HOME to "
    "where it is (no package registry has it); it needs Java 17 or newer, such as "
    "apt-get install default-jre-headless"
)

_DCM4CHE_JARS = (
    "dcm4che-core-*",
    "dcm4che-net-*",
    "dcm4che-image-[0-9]*",
    "dcm4che-imageio-[0-9]*",
    "dcm4che-tool-common-*",
    "slf4j-api-*",
    "logback-*",
    "commons-cli-*",
)


_PRINT_VERSION = "from importlib.metadata import version; print(version('pydcm'))"


class NotInstalledError(Exception):
    """A program that was asked for is not on this machine; the text says how to install it."""


class Peer(NamedTuple):
    """A program that sends or receives, beside fastsend."""

    name: str
    how: str
    """One sentence; FOLDER is where `--peers` points."""

    def required(self, program: Path | None) -> Path:
        """Return the program that was found.

        Raises
        ------
        NotInstalledError
            Where none was.
        """
        if program is None:
            how = self.how.replace("FOLDER", str(folder()))
            raise NotInstalledError(f"{self.name} is not installed: {how}")
        return program


def folder() -> Path:
    """Return where peers are installed for the benchmarks."""
    return Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER).absolute()


def debian(name: str) -> Path:
    """Return a program of Debian's DCMTK or Orthanc: pynetdicom has scripts of the same names."""
    path = Path("/usr/sbin" if name == "Orthanc" else "/usr/bin", name)
    how = ORTHANC if name == "Orthanc" else DCMTK
    return Peer(name, how).required(path if path.exists() else None)


def dicom_rs(name: str) -> Path:
    """Return `dicom-storescu` or `dicom-storescp`."""
    installed = folder() / "dicom-rs" / "bin" / name
    found = str(installed) if installed.exists() else shutil.which(name)
    return Peer("dicom-rs", DICOM_RS).required(Path(found) if found else None)


def dcm4che(tool: str, main_class: str) -> tuple[str, ...]:
    """Return the command that runs a tool of dcm4che.

    Its scripts are not used: they start a second Java to learn the processor's name, and on their
    first run download a native library that storing does not need.
    """
    homes = sorted(folder().glob("dcm4che*/"), reverse=True)
    if said := os.environ.get("DCM4CHE_HOME"):
        homes.insert(0, Path(said))
    found = (home for home in homes if any((home / "lib").glob(f"dcm4che-tool-{tool}-*.jar")))
    java = shutil.which("java")
    home = Peer("dcm4che", DCM4CHE).required(next(found, None) if java else None)
    names = (*_DCM4CHE_JARS, f"dcm4che-tool-{tool}-*")
    jars = [str(jar) for name in names for jar in sorted((home / "lib").glob(f"{name}.jar"))]
    class_path = os.pathsep.join((str(home / "etc" / tool), *jars))
    return (str(java), "-cp", class_path, f"org.dcm4che3.tool.{tool}.{main_class}")


@cache
def pydcm() -> Path:
    """Return a Python that has pydcm."""
    candidates = [os.environ.get("PYDCM_PYTHON"), folder() / "pydcm" / "bin" / "python"]
    if importlib.util.find_spec("pydcm"):
        candidates.append(sys.executable)
    found = (Path(path) for path in candidates if path and Path(path).exists())
    return Peer("pydcm", PYDCM).required(next(found, None))


def versions() -> dict[str, str]:
    """Return the version of each that is not Debian's; how the machine was is of no use without."""
    return {
        "dicom-rs": _version_of(lambda: (str(dicom_rs("dicom-storescu")), "--version")),
        "dcm4che": _dcm4che_version(),
        "pydcm": _version_of(lambda: (str(pydcm()), "-c", _PRINT_VERSION)),
    }


def _version_of(command: Callable[[], Sequence[str]]) -> str:
    try:
        shown = subprocess.run(command(), capture_output=True, text=True, check=True).stdout
    except NotInstalledError:
        return "not installed"
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return shown.split()[-1] if shown.split() else "unknown"


def _dcm4che_version() -> str:
    try:
        class_path = dcm4che("storescu", "StoreSCU")[2]
    except NotInstalledError:
        return "not installed"
    return class_path.rpartition("dcm4che-tool-storescu-")[2].removesuffix(".jar")


def install() -> list[str]:
    """Install what a package registry has into `folder`, and return a line about each peer."""
    root = folder()
    root.mkdir(parents=True, exist_ok=True)
    crates = ("dicom-storescu", "dicom-storescp")
    cargo = ("cargo", "install", "--locked", "--version", DICOM_RS_VERSION)
    environment = root / "pydcm"
    said = [
        _run("dicom-rs", [[*cargo, "--root", str(root / "dicom-rs"), *crates]]),
        _run(
            "pydcm",
            [
                [_python_312(), "-m", "venv", str(environment)],
                [str(environment / "bin" / "pip"), "install", "-q", f"pydcm=={PYDCM_VERSION}"],
            ],
        ),
    ]
    try:
        dcm4che("storescu", "StoreSCU")
        said.append("dcm4che: is there")
    except NotInstalledError as error:
        said.append(f"dcm4che: by hand: {error}")
    return said


def _python_312() -> str:
    """Return a Python 3.12 or newer that starts: a shim of pyenv is there and may not."""
    names = [f"python3.{minor}" for minor in range(12, 20)]
    candidates = [shutil.which(name) for name in names]
    versions = Path.home() / ".pyenv" / "versions"
    candidates += [str(path) for name in names for path in versions.glob(f"*/bin/{name}")]
    if sys.version_info >= (3, 12):
        candidates.insert(0, sys.executable)
    for python in candidates:
        if (
            python
            and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0
        ):
            return python
    return names[0]


def _run(name: str, commands: Sequence[Sequence[str]]) -> str:
    try:
        for command in commands:
            subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{name}: NOT installed: {error}"
    return f"{name}: installed in {folder()}"
