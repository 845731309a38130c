"""Programs under ThreadSanitizer, which sees each access that nothing orders."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Another sanitizer that is loaded before all else cannot be together with this one.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, env=ENVIRONMENT
    )


def build(folder: Path, program: Path, sources: Iterable[str]) -> Path:
    """Compile a program with the sources in `folder`, or skip the test where that cannot be."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no compiler")
    built = folder / "program"
    options = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=thread"]
    paths = [folder / name for name in sources if name.endswith(".c")]
    folders = [f"-I{path}" for path in dict.fromkeys(path.parent for path in paths)]
    done = run(compiler, *options, *folders, program, *paths, "-o", built, "-lpthread")
    if "libclang_rt" in done.stderr or "tsan" in done.stderr:
        pytest.skip("a compiler without ThreadSanitizer")
    assert done.returncode == 0, done.stderr
    return built


def execute(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run it, or skip the test where ThreadSanitizer cannot run."""
    done = run(program, *arguments)
    if "unexpected memory mapping" in done.stderr:
        pytest.skip("ThreadSanitizer does not run on this kernel")
    return done
