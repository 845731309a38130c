"""The wheel, the source archive and their installation, in clean folders and environments.

They need a package index, and a compiler except where its absence is the subject.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
MODULES = re.findall(
    r"^fastsend_module\((\w+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE
)


def run(
    *command: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def succeed(*command: str | Path, cwd: Path | None = None) -> str:
    done = run(*command, cwd=cwd, environment=clean_environment())
    assert done.returncode == 0, done.stdout
    return done.stdout


def clean_environment() -> dict[str, str]:
    """The environment without what would let this tree or environment be found."""
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_PRELOAD")
    return {name: value for name, value in os.environ.items() if name not in ours}


def version() -> str:
    """What the sources say."""
    text = (ROOT / "src" / "fastsend" / "_version.py").read_text()
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    succeed(sys.executable, "-m", "build", "--sdist", "--outdir", folder, ROOT)
    (archive,) = folder.glob("*.tar.gz")
    return archive


@pytest.fixture
def unpacked(sdist: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    succeed("tar", "-xf", sdist, "-C", folder)
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source archive, as a package index would have it."""
    folder = tmp_path_factory.mktemp("wheel")
    succeed(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, sdist)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def python(tmp_path: Path) -> Callable[[], Path]:
    """Make a fresh virtual environment and return its interpreter."""

    def make() -> Path:
        venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
        return tmp_path / "venv" / "bin" / "python"

    return make


def test_wheel_holds_modules_stubs_and_no_sources(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {"part10", "pdu", "wire"} <= set(MODULES)
    for module in MODULES:
        assert f"fastsend/_native/{module}.pyi" in names
        native = [name for name in names if re.match(rf"fastsend/_native/{module}\..+\.so$", name)]
        assert len(native) == 1
    assert "fastsend/py.typed" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {
        "fastsend",
        "dicom_fastsend",
    }
    foreign = (".c", ".h", ".pyx", ".pxd", ".o", ".a", ".txt.in", ".cmake", ".pyc")
    assert [name for name in names if name.endswith(foreign)] == []


def test_wheel_describes_itself(wheel: Path) -> None:
    assert wheel.name.startswith(f"dicom_fastsend-{version()}-cp3")
    info = f"dicom_fastsend-{version()}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{info}/METADATA").decode()
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
        assert "MIT License" in archive.read(f"{info}/licenses/LICENSE").decode()
    assert "\nName: dicom-fastsend\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert "fastsend = fastsend.__main__:start" in entry_points


def test_sdist_holds_sources_alone(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {Path(name) for name in archive.getnames()}
    top = Path(f"dicom_fastsend-{version()}")
    files = ("pyproject.toml", "CMakeLists.txt", "LICENSE", "README.md", "tests/conftest.py")
    assert {top / name for name in files} <= names
    sources = {path.relative_to(ROOT) for path in (ROOT / "ext").rglob("*.*")}
    assert {top / source for source in sources} <= names
    assert [name for name in names if name.suffix in {".so", ".pyc", ".o"}] == []
    folders = {name.parts[1] for name in names if len(name.parts) > 2}
    assert folders == {"src", "ext", "tests"}


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_installs_in_a_clean_environment(
    kind: str, python: Callable[[], Path], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    interpreter = python()
    source = request.getfixturevalue("unpacked" if kind == "editable" else kind)
    options = ["-e"] if kind == "editable" else []
    succeed(interpreter, "-m", "pip", "install", "-q", *options, source)
    expected = f"fastsend {version()}"
    assert succeed(interpreter, "-m", "fastsend", "--version", cwd=tmp_path).strip() == expected
    command = interpreter.with_name("fastsend")
    assert succeed(command, "--version", cwd=tmp_path).strip() == expected
    assert "peer" in succeed(command, "--help", cwd=tmp_path)
    imports = "; ".join(f"import fastsend._native.{module}" for module in MODULES)
    where = succeed(interpreter, "-c", f"{imports}; print(fastsend.__file__)", cwd=tmp_path)
    home = source if kind == "editable" else interpreter.parents[1]
    assert Path(where.strip()).is_relative_to(home)
    assert "No broken requirements" in succeed(interpreter, "-m", "pip", "check")


def test_without_a_compiler_says_so(
    unpacked: Path, python: Callable[[], Path], tmp_path: Path
) -> None:
    interpreter = python()
    compilers = ("CC", "CXX", "CFLAGS", "CMAKE_TOOLCHAIN_FILE", "CMAKE_ARGS")
    environment = {k: v for k, v in clean_environment().items() if k not in compilers}
    environment["PATH"] = str(interpreter.parent)
    done = run(interpreter, "-m", "pip", "install", unpacked, cwd=tmp_path, environment=environment)
    assert done.returncode != 0
    said = " ".join(done.stdout.split())  # CMake and pip wrap and indent
    assert "dicom-fastsend has a compiled core and found no C compiler. Install one" in said
    assert "apt-get install gcc libc6-dev python3-dev" in said
