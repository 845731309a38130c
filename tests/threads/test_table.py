"""The rule for threads of ext/part10/table.h, watched by ThreadSanitizer."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PART10 = HERE.parents[1] / "ext" / "part10"
SOURCES = ["table.h", "table.c", "folders.c"]

# Another sanitizer that is loaded before all else cannot be together with this one.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, env=ENVIRONMENT
    )


def build(folder: Path) -> Path:
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no compiler")
    program = folder / "program"
    options = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=thread"]
    sources = [folder / name for name in SOURCES if name.endswith(".c")]
    done = run(
        compiler, *options, f"-I{folder}", HERE / "table.c", *sources, "-o", program, "-lpthread"
    )
    if "libclang_rt" in done.stderr or "tsan" in done.stderr:
        pytest.skip("a compiler without ThreadSanitizer")
    assert done.returncode == 0, done.stderr
    return program


def execute(program: Path) -> subprocess.CompletedProcess[str]:
    done = run(program)
    if "unexpected memory mapping" in done.stderr:
        pytest.skip("ThreadSanitizer does not run on this kernel")
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in SOURCES:
        shutil.copy(PART10 / name, tmp_path)
    return tmp_path


def test_a_table_is_read_while_it_grows(folder: Path) -> None:
    done = execute(build(folder))

    assert "ThreadSanitizer" not in done.stderr, done.stderr[:4000]
    assert (done.returncode, done.stdout) == (0, "all rows seen\n"), done.stderr


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        ("table.c", "table->count"),
        ("table.c", "table->kind_count"),
        ("folders.c", "table->folder_count"),
        ("table.h", "row->final"),
    ],
)
def test_what_is_not_ordered_is_seen(folder: Path, source: str, stored: str) -> None:
    # Published without any order: the test above can fail.
    text = (folder / source).read_text()
    start = text.index(f"__atomic_store_n(&{stored},")
    end = text.index(";", start)
    store = text[start:end].replace("RELEASE", "RELAXED")
    (folder / source).write_text(text[:start] + store + text[end:])

    done = execute(build(folder))

    assert "ThreadSanitizer: data race" in done.stderr
