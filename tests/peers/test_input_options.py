"""DICOMDIRs, renaming, repeats and odd files: fastsend's modes beside the real programs.

Both are run on equal copies of the same files and compared by what reached the peer, how the
association ended, the exit code, and the names of the files afterwards.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from peers.programs import require_program
from peers.recording_scp import RecordingSCP
from reference.dicomdir_files import BIG_ENDIAN, IMPLICIT, Record, write_dicomdir
from reference.part10_files import (
    CT,
    EXPLICIT,
    MR,
    identity,
    meta_elements,
    pixels,
    with_group_length,
)
from reference.part10_files import part10 as make_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.peer("dcmsend", "storescu")

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


class Seen(NamedTuple):
    exit_code: int
    contexts: list[list[tuple[object, ...]]]
    stored: list[list[tuple[str, str, str]]]
    """Of each association the SOP classes, SOP instances, and hashes of the data sets."""
    ended: list[str | None]
    names: list[str]


def run(
    program: list[str], folder: Path, *arguments: str, status: dict[str, int] | None = None
) -> Seen:
    answers = status or {}
    with RecordingSCP(status=lambda store: answers.get(store.sop_instance_uid, 0)) as scp:
        finished = subprocess.run(
            [*program, "-aec", "ANY", "127.0.0.1", str(scp.port), *arguments],
            cwd=folder,
            env={**os.environ, "TCP_NODELAY": "1"},
            capture_output=True,
            timeout=60,
            check=False,
        )
        scp.wait_until(lambda: all(one.ended for one in scp.associations))
        associations = list(scp.associations)
    assert b"Traceback" not in finished.stderr
    return Seen(
        finished.returncode,
        [[(*one,) for one in got.request.contexts] for got in associations if got.request],
        [
            [(one.sop_class_uid, one.sop_instance_uid, one.data_set_sha256) for one in got.stores]
            for got in associations
        ],
        [got.ended for got in associations],
        sorted(str(path.relative_to(folder)) for path in folder.rglob("*")),
    )


@pytest.fixture
def compare(tmp_path) -> Callable[..., Seen]:
    """Run a program of DCMTK and fastsend in its place; return what was the same for both."""

    def run_both(
        name: str, make: Callable[[Path], None], *arguments: str, **keywords: dict[str, int]
    ) -> Seen:
        seen = []
        fastsend = [sys.executable, "-m", "fastsend", "--compat", name]
        for number, program in enumerate(([str(require_program(name))], fastsend)):
            folder = tmp_path / f"{number}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            seen.append(run(program, folder, *arguments, **keywords))
        theirs, ours = seen
        assert ours == theirs
        return ours

    return run_both


def instance(sop_class_uid: str, sop_instance_uid: str) -> bytes:
    meta = meta_elements(EXPLICIT, sop_class_uid, sop_instance_uid)
    return make_file(identity(sop_class_uid, sop_instance_uid) + pixels(), with_group_length(meta))


def medium(*records: Record, **form: object) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / "A").mkdir()
        for number in range(1, 5):
            sop_class = CT if number < 3 else MR
            (folder / "A" / f"IM{number}").write_bytes(instance(sop_class, f"1.2.3.{number}"))
        write_dicomdir(folder / "DICOMDIR", records, **form)  # type: ignore[arg-type]

    return make


def record(number: int, **changed: object) -> Record:
    sop_class = CT if number < 3 else MR
    whole = Record(["A", f"IM{number}"], sop_class, f"1.2.3.{number}")
    return whole._replace(**changed)  # type: ignore[arg-type]


PATIENT = Record(None, None, None, None, "PATIENT")


@pytest.mark.parametrize(
    ("records", "options", "stored"),
    [
        ((PATIENT, record(1), record(3), record(2)), (), "132"),
        ((record(2), record(1, kind="INACTIVE"), record(2)), (), "212"),
        ((record(1), record(7), record(2)), (), "1"),
        ((record(1), record(7), record(2)), ("-nh",), "12"),
        ((record(7),), ("-nh",), ""),
        ((record(1), record(2, file_id=""), record(3)), ("-nh",), "13"),
        ((record(1), record(2, file_id="A/IM2")), (), "12"),
        ((record(1), record(2, file_id=[".", "A", "", "IM2"])), (), "12"),
        ((record(1), record(2, sop_class_uid=None), record(3)), ("-nh",), "13"),
        ((record(1), record(2, sop_instance_uid="1.2.3.99")), (), "12"),
        ((record(1), record(2, file_id=["DICOMDIR"]), record(3)), ("-nh",), "13"),
    ],
)
def test_dicomdir(compare, records, options, stored) -> None:
    seen = compare("dcmsend", medium(*records), "+rd", *options, "DICOMDIR")
    assert [uid[-1] for one in seen.stored for _, uid, _ in one] == list(stored)


@pytest.mark.parametrize("undefined_lengths", [False, True])
@pytest.mark.parametrize("transfer_syntax_uid", [IMPLICIT, BIG_ENDIAN])
def test_forms_of_a_dicomdir(compare, transfer_syntax_uid, undefined_lengths) -> None:
    make = medium(
        record(3),
        record(1),
        transfer_syntax_uid=transfer_syntax_uid,
        undefined_lengths=undefined_lengths,
    )
    assert len(compare("dcmsend", make, "+rd", "DICOMDIR").stored[0]) == 2


@pytest.mark.parametrize(
    ("records", "arguments"),
    [
        ((record(1), record(2, file_id="")), ("+rd", "DICOMDIR")),
        ((record(1), record(2, sop_class_uid="1.2.840.10008.1.1")), ("+rd", "DICOMDIR")),
        ((record(1), record(2, sop_instance_uid=None)), ("+rd", "-nuc", "DICOMDIR")),
        ((), ("+rd", "DICOMDIR")),
        ((record(1),), ("DICOMDIR",)),
        ((record(1),), ("+rd", "-f", "DICOMDIR")),
    ],
)
def test_dicomdirs_that_cannot_be_sent(compare, records, arguments) -> None:
    seen = compare("dcmsend", medium(*records), *arguments)
    assert seen.exit_code in (22, 23)
    assert not seen.stored


def test_dicomdir_among_others(compare) -> None:
    make = medium(record(1), record(2))
    seen = compare("dcmsend", make, "+rd", "A/IM4", "DICOMDIR", "A/IM1")
    assert [uid[-1] for _, uid, _ in seen.stored[0]] == list("4121")
    assert len(compare("dcmsend", make, "+rd", "+sd", "+r", ".").stored[0]) == 6


def odd_files(folder: Path) -> None:
    for number in (1, 2, 3):
        (folder / f"{number}").write_bytes(instance(CT, f"1.2.3.{number}"))
    (folder / "segmentation").write_bytes(instance(SEGMENTATION, "1.2.3.8"))
    (folder / "junk").write_bytes(b"junk" * 100)
    (folder / "empty").touch()
    (folder / "folder").mkdir()
    (folder / "folder" / "5").write_bytes(instance(CT, "1.2.3.5"))
    (folder / "dangling").symlink_to("nowhere")
    (folder / "link").symlink_to("1")
    with socket.socket(socket.AF_UNIX) as one:
        here = os.getcwd()  # noqa: PTH109
        os.chdir(folder)  # the names of sockets are short
        one.bind("socket")
        os.chdir(here)


REFUSED = {"1.2.3.2": 0xA700}
WARNED = {"1.2.3.2": 0xB000}


@pytest.mark.parametrize(
    ("arguments", "status", "renamed"),
    [
        ("+rn 1 2", {}, "1.done 2.done"),
        ("+rn -rn 1 2", {}, ""),
        ("+rn 1 2 3", REFUSED, "1.done 2.bad"),
        ("+rn -nh 1 2 3", REFUSED, "1.done 2.bad 3.done"),
        ("+rn 1 2 3", WARNED, "1.done 2.done 3.done"),
        ("+rn 1 2 1", {}, "1.done 2.done"),
        ("+rn -nh 1 2 1 3", {}, "1.done 2.done 3.done"),
        ("+rn --repeat 2 1 2", {}, "1.done"),
        ("+rn -nh --repeat 2 1 2", {}, "1.done 2.done"),
        ("+rn 1 junk 2", {}, "1.done junk.bad"),
        ("+rn -nh 1 junk 2", {}, "1.done 2.done junk.bad"),
        ("+rn 2 junk 1", REFUSED, "2.bad"),
        ("+rn junk 2", {}, "junk.bad"),
        ("+rn -R 1 junk 2", {}, ""),
        ("+rn -R -nh 1 junk 2", {}, "1.done 2.done"),
        ("+rn 1 segmentation 2", {}, "1.done segmentation.bad"),
        ("+rn 2 segmentation 1", REFUSED, "2.bad"),
        ("+rn -nh 1 segmentation 2", {}, "1.done 2.done segmentation.bad"),
        ("+rn -nh --repeat 2 segmentation", {}, "segmentation.bad"),
        ("+rn -nh 1 empty 2", {}, "1.done 2.done empty.bad"),
        ("+rn 1 socket 2", {}, "1.done socket.bad"),
        ("+rn link 2", {}, "2.done link.done"),
        ("+rn -nh dangling 2", {}, "2.done"),
        ("+rn +sd folder 1", {}, "1.done folder/5.done"),
    ],
)
def test_renaming(compare, arguments, status, renamed) -> None:
    seen = compare("storescu", odd_files, *arguments.split(), status=status)
    assert [name for name in seen.names if name.endswith((".done", ".bad"))] == renamed.split()


def test_renaming_replaces_what_is_there(compare) -> None:
    def make(folder: Path) -> None:
        odd_files(folder)
        (folder / "1.done").write_text("old")
        (folder / "2.done").mkdir()

    seen = compare("storescu", make, "+rn", "1", "2", "3")
    assert "1" not in seen.names
    assert "2" in seen.names
    assert "3.done" in seen.names


@pytest.mark.parametrize(
    ("arguments", "status", "stored"),
    [
        ("--repeat 3 1 2", {}, "111222"),
        ("--repeat 1 1 2", {}, "12"),
        ("--repeat 3 1 2 3", REFUSED, "1112"),
        ("-nh --repeat 2 1 2 3", REFUSED, "112233"),
        ("-nh --repeat 2 1 junk segmentation 3", {}, "1133"),
        ("--repeat 2 1 1", {}, "1111"),
    ],
)
def test_repeats(compare, arguments, status, stored) -> None:
    seen = compare("storescu", odd_files, *arguments.split(), status=status)
    assert [uid[-1] for _, uid, _ in seen.stored[0]] == list(stored)


@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
@pytest.mark.parametrize(
    "arguments",
    [
        "1 gone 2", "-nh 1 gone 2", "1 folder 2", "-nh folder", "1 empty 2", "-nh empty",
        "-nh 1 socket 2", "-nh 1 dangling 2", "-nh +sd +sp * .", "+sd +r +sp 5 ./", "-f 1", "+f 1",
    ],
)  # fmt: skip
def test_paths(compare, program, arguments) -> None:
    compare(program, odd_files, *arguments.split())


def test_an_empty_path(compare) -> None:
    for program in ("storescu", "dcmsend"):
        compare(program, odd_files, "-nh", "1", "")
        compare(program, odd_files, "1", "")


def padded(folder: Path) -> None:
    class_value, data = CT.encode() + b" ", pixels()
    for number, instance in enumerate((b"1.2.3 ", b"1.2.4   ", b" 1.2.5", b"1.2.66")):
        uids = b"\x08\0\x16\0UI" + len(class_value).to_bytes(2, "little") + class_value
        uids += b"\x08\0\x18\0UI" + len(instance).to_bytes(2, "little") + instance
        (folder / f"{number}").write_bytes(make_file(uids + data))


@pytest.mark.parametrize("options", [(), ("-up",), ("-R",), ("-R", "-up")])
def test_uids_padded_with_spaces(tmp_path, options) -> None:
    seen = []
    for name in ("theirs", "ours"):
        folder = tmp_path / name
        folder.mkdir()
        padded(folder)
        fastsend = [sys.executable, "-m", "fastsend", "--compat", "storescu"]
        program = fastsend if name == "ours" else [str(require_program("storescu"))]
        one = run(program, folder, *options, "0", "1", "2", "3")
        # storescu writes data sets anew; here their bytes stay. The requests are the same.
        seen.append(one._replace(stored=[[(*uids, "") for *uids, _ in one.stored[0]]]))
    assert seen[0] == seen[1]
    assert [uid for _, uid, _ in seen[1].stored[0]] == ["1.2.3", "1.2.4", "1.2.5", "1.2.66"]
