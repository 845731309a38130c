"""Whatever is done to a DICOMDIR: an answer, and no record that is not in it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fastsend.scan.dicomdir import DirectoryRecord, read_directory
from fastsend.scan.media_path import MediaFolder
from fastsend.scan.skipped import Refusal
from reference.dicomdir_files import BIG_ENDIAN, EXPLICIT, IMPLICIT, Record, write_dicomdir
from reference.part10_files import CT

RECORDS = [
    Record(None, None, None, None, "PATIENT"),
    *(Record(["A", f"IM{number}"], CT, f"1.2.{number}") for number in range(3)),
]
FORMS = [(uid, undefined) for uid in (EXPLICIT, IMPLICIT, BIG_ENDIAN) for undefined in (0, 1)]


def _content(transfer_syntax_uid: str, undefined: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "DICOMDIR")
        write_dicomdir(
            path,
            RECORDS,
            transfer_syntax_uid=transfer_syntax_uid,
            undefined_lengths=bool(undefined),
        )
        return path.read_bytes()


CONTENTS = [_content(*form) for form in FORMS]


def _read(content: bytes) -> list[DirectoryRecord] | Refusal:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return read_directory(file.name.encode())


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(CONTENTS),
    st.lists(st.tuples(st.integers(132, 1500), st.integers(0, 255)), max_size=6),
    st.integers(0, 400),
)
def test_damage(content: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(content[: len(content) - cut])
    for offset, value in changes:
        damaged[offset % len(damaged)] = value
    found = _read(bytes(damaged))
    if not isinstance(found, Refusal):
        assert len(found) <= len(RECORDS)
        for record in found:
            assert record.file_id in damaged


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40) | st.text("AB.;1\\/ \0", max_size=12).map(str.encode))
def test_no_file_id_leads_out(file_id: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("A", "b.;1", "A1"):
            Path(folder, name).touch()
        found = MediaFolder(folder.encode()).find(file_id)
        if not isinstance(found, Refusal):
            assert Path(folder, found.decode()).resolve().parent == Path(folder).resolve()
            assert found.decode() in {"A", "b.;1", "A1"}
