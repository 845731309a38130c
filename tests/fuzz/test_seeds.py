"""The seeds of the fuzzers, and what they once found, through the compiled modules."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from fastsend._native import part10, pdu
from fuzz.seeds import file_seeds, found, stream_seeds

if TYPE_CHECKING:
    from pathlib import Path

STREAMS = dict([*stream_seeds(), *found("pdu")])
REFUSALS = {
    part10.NOT_PART10,
    part10.BAD_META,
    part10.NO_TRANSFER_SYNTAX,
    part10.NO_SOP_CLASS,
    part10.NO_SOP_INSTANCE,
    part10.BAD_UID,
    part10.TRUNCATED,
    part10.OTHER_ENCODING,
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_read_or_refused(name: str) -> None:
    reader = pdu.Reader(16384)
    with contextlib.suppress(ValueError):
        for event, _, command in reader.feed(STREAMS[name]):
            if event == pdu.COMMAND:
                assert isinstance(command, bytes)
                with contextlib.suppress(ValueError):
                    pdu.decode_c_store_rsp(command)


@pytest.mark.parametrize("check_uids", [False, True])
def test_files_are_found_or_refused(check_uids: bool, tmp_path: Path) -> None:
    names = []
    for number, (_, content) in enumerate([*file_seeds(), *found("part10")]):
        names.append(f"{number:03}".encode())
        (tmp_path / names[-1].decode()).write_bytes(content)
    table = part10.InstanceTable()
    refused = table.scan(table.add_folder(bytes(tmp_path)), names, check_uids)
    assert len(table) + len(refused) == len(names)
    assert len(table) > 10
    assert {status for _, status, _ in refused} <= REFUSALS
