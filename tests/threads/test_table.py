"""The rule for threads of ext/part10/table.h, watched by ThreadSanitizer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from thread_sanitizer import build, execute

HERE = Path(__file__).parent
PART10 = HERE.parents[1] / "ext" / "part10"
SOURCES = ["table.h", "table.c", "folders.c"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in SOURCES:
        shutil.copy(PART10 / name, tmp_path)
    return tmp_path


def test_a_table_is_read_while_it_grows(folder: Path) -> None:
    done = execute(build(folder, HERE / "table.c", SOURCES))

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

    done = execute(build(folder, HERE / "table.c", SOURCES))

    assert "ThreadSanitizer: data race" in done.stderr
