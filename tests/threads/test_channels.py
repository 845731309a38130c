"""The queue and the channels of ext/wire, side by side, watched by ThreadSanitizer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from thread_sanitizer import build, execute

HERE = Path(__file__).parent
EXT = HERE.parents[1] / "ext"


LOCK = "    pthread_mutex_lock(&queue->lock);\n"
TABLE = {"table.c", "folders.c"}


@pytest.fixture
def sources(tmp_path: Path) -> list[str]:
    (tmp_path / "data").write_bytes(bytes(3000))
    for module in ("part10", "pdu", "recode", "wire"):
        (tmp_path / module).mkdir()
        for path in (EXT / module).glob("*.[ch]"):
            if path.suffix == ".h" or module != "part10" or path.name in TABLE:
                shutil.copy(path, tmp_path / module)
    return sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*.c"))


def test_channels_share_a_queue(tmp_path: Path, sources: list[str]) -> None:
    done = execute(build(tmp_path, HERE / "channels.c", sources), tmp_path)

    assert "ThreadSanitizer" not in done.stderr, done.stderr[:4000]
    assert (done.returncode, done.stdout) == (0, "all rows sent\n"), done.stderr


@pytest.mark.parametrize(
    ("source", "ordered", "otherwise"),
    [
        ("queue.c", "{LOCK}    wire_queue_state state", "    wire_queue_state state"),
        (
            "requests.c",
            "__atomic_store_n(&ch->done_rows, ch->done_rows + 1, __ATOMIC_RELEASE)",
            "ch->done_rows++",
        ),
        ("wire.c", "__atomic_store_n(&ch->retired, 1, __ATOMIC_RELEASE)", "ch->retired = 1"),
    ],
    ids=["state", "progress", "retired"],
)
def test_what_is_not_ordered_is_seen(
    tmp_path: Path, sources: list[str], source: str, ordered: str, otherwise: str
) -> None:
    # Nothing but the order is missing: the test above can fail.
    path = tmp_path / "wire" / source
    text = path.read_text()
    ordered = ordered.replace("{LOCK}", LOCK)
    assert ordered in text
    text = text.replace(ordered, otherwise)
    if source == "queue.c":
        unlock = "    pthread_mutex_unlock(&queue->lock);\n    return state;"
        assert unlock in text
        text = text.replace(unlock, "    return state;")
    path.write_text(text)

    done = execute(build(tmp_path, HERE / "channels.c", sources), tmp_path)

    assert "ThreadSanitizer: data race" in done.stderr
