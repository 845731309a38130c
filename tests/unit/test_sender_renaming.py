from __future__ import annotations

import logging
from pathlib import Path

import pytest

from fastsend._native.part10 import InstanceTable
from fastsend.errors import FastsendError
from fastsend.model.options import SendOptions
from fastsend.scan.scanner import ScanReport
from fastsend.sender import send
from fastsend.sender.renaming import Renaming, rename
from peers.recording_scp import Close, RecordingSCP, Send, accept_only, pdu_bytes
from reference.part10_files import CT, MR, identity, pixels
from reference.part10_files import part10 as make_file


@pytest.fixture
def files(tmp_path):
    for number in range(1, 5):
        sop_class = MR if number == 3 else CT
        (tmp_path / str(number)).write_bytes(
            make_file(identity(sop_class, f"1.2.{number}") + pixels())
        )
    return tmp_path


def run(scp: RecordingSCP, *paths: Path, **options: object):  # type: ignore[no-untyped-def]
    chosen = SendOptions("127.0.0.1", scp.port, tuple(map(str, paths)), rename=True)
    return send(chosen._replace(**options))  # type: ignore[arg-type]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_done_and_bad(files) -> None:
    status = {"1.2.1": 0x0000, "1.2.2": 0xB000, "1.2.3": 0xA700, "1.2.4": 0x0000}
    with RecordingSCP(status=lambda store: status[store.sop_instance_uid]) as scp:
        report = run(scp, files)
    assert names(files) == ["1.done", "2.done", "3.bad", "4.done"]
    assert [Path(one.path).name for one in report.results] == ["1", "2", "3", "4"]


def test_not_without_the_option(files) -> None:
    with RecordingSCP() as scp:
        run(scp, files, rename=False)
    assert names(files) == ["1", "2", "3", "4"]


def test_each_before_the_next_is_sent(files) -> None:
    seen = []

    def look(_store):  # type: ignore[no-untyped-def]
        seen.append(names(files))
        return 0

    with RecordingSCP(status=look) as scp:
        run(scp, files)
    assert seen[1] == ["1.done", "2", "3", "4"]
    assert seen[3] == ["1.done", "2.done", "3.done", "4"]


def test_an_instance_without_a_context(files) -> None:
    with RecordingSCP(accept=lambda context: None if context[1] == MR else context[2][0]) as scp:
        run(scp, files)
    assert names(files) == ["1.done", "2.done", "3.bad", "4.done"]


def test_converted_instances(files) -> None:
    # Explicit VR to Implicit VR, in the socket loop; the option goes through every route.
    with RecordingSCP(accept=accept_only("1.2.840.10008.1.2")) as scp:
        run(scp, files)
    assert names(files) == ["1.done", "2.done", "3.done", "4.done"]


def test_given_twice(files, caplog) -> None:
    with RecordingSCP() as scp:
        report = run(scp, files / "1", files / "2", files / "1", halt=False)
        (association,) = scp.finished(1)
    assert [store.sop_instance_uid for store in association.stores] == ["1.2.1", "1.2.2"]
    assert names(files)[:2] == ["1.done", "2.done"]
    assert "No such file" in str(report.results[2].error)
    assert "cannot rename file" in caplog.text


def test_a_lost_association(files) -> None:
    def abort_second(store):  # type: ignore[no-untyped-def]
        if store.sop_instance_uid == "1.2.2":
            return [Send(pdu_bytes.abort()), Close()]
        return [Send(store.response())]

    with RecordingSCP(on_store=abort_second) as scp:
        report = run(scp, files)
    assert isinstance(report.error, FastsendError)
    assert names(files) == ["1.done", "2.bad", "3", "4"]


def test_a_connection_that_does_not_come_about(files) -> None:
    with RecordingSCP() as scp:
        pass
    run(scp, files)
    assert names(files) == ["1", "2", "3", "4"]


def test_what_the_scan_left_out_keeps_its_name(files) -> None:
    (files / "junk").write_bytes(b"junk" * 100)
    with RecordingSCP() as scp:
        run(scp, files)
    assert names(files) == ["1.done", "2.done", "3.done", "4.done", "junk"]


def test_bad_files_in_their_turn(files) -> None:
    bad = tuple((row, bytes(files / name)) for row, name in ((0, "1"), (0, "2"), (2, "3")))
    scanned = ScanReport(3, (), bad_files=bad)
    renaming = Renaming(SendOptions("p", 1, (), rename=True), InstanceTable(), scanned)
    renaming.before(0)
    renaming.before(1)
    assert names(files) == ["1.bad", "2.bad", "3", "4"]
    renaming.before(2)
    assert names(files) == ["1.bad", "2.bad", "3.bad", "4"]


def test_a_pending_row_keeps_its_name(files) -> None:
    table = InstanceTable()
    assert not table.scan(table.add_folder(bytes(files)), [b"1"], True)
    Renaming(SendOptions("p", 1, (), rename=True), table).processed(0, 5)
    assert names(files) == ["1", "2", "3", "4"]
    table.set_not_sent(0, 1)
    Renaming(SendOptions("p", 1, (), rename=True), table).processed(0, 5)
    assert names(files) == ["1.bad", "2", "3", "4"]


def test_what_is_replaced_is_told(files, caplog) -> None:
    (files / "1.done").write_text("old")
    rename(bytes(files / "1"), b".done")
    assert (files / "1.done").read_bytes() != b"old"
    assert "replaces" in caplog.text


def test_a_folder_in_the_way(files, caplog) -> None:
    (files / "1.done").mkdir()
    rename(bytes(files / "1"), b".done")
    assert (files / "1").exists()
    assert "cannot rename" in caplog.text


def test_a_link_is_renamed_not_what_it_leads_to(files) -> None:
    (files / "link").symlink_to("1")
    rename(bytes(files / "link"), b".done")
    assert (files / "1").exists()
    assert (files / "link.done").is_symlink()


def test_debug_messages_only_where_all_is_well(files, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        rename(bytes(files / "1"), b".done")
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
