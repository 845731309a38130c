"""The proposals of the plan against the A-ASSOCIATE-RQs of the real dcmsend for the same files."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.data.data_manager import DATA_ROOT
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID

from fastsend.model.proposal import InstanceKind, Proposal
from fastsend.plan.contexts import propose_all
from peers.recording_scp import RecordingSCP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DCMSEND = shutil.which("dcmsend", path="/usr/bin:/usr/local/bin:" + os.environ.get("PATH", ""))
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(DCMSEND is None, reason="dcmsend of DCMTK is not installed"),
]

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
US = "1.2.840.10008.5.1.4.1.1.6.1"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
J = "1.2.840.10008.1.2.4."
GE_PRIVATE = "1.2.840.113619.5.2"
NATIVE = (LEE, BEE, LEI)

KNOWN_TO_3_6_7 = [
    *(LEI, LEE, BEE, DEFLATED, RLE),
    *(J + str(n) for n in (*range(50, 67), 70, 80, 81, 90, 91, 92, 93)),
    *(J + str(n) for n in range(100, 109)),
]
UNKNOWN_TO_3_6_7 = [
    *(J + n for n in ("100.1", "106.1", "110", "111", "112", "201", "202", "203")),
    *("1.2.840.10008.1.2.8.1", ENCAPSULATED_UNCOMPRESSED, "1.2.840.10008.1.2.6.1", "1.2.3.4"),
]

# The table of 3.6.7 calls these lossy; it was put right for 3.6.9.
LOSSLESS_SINCE_3_6_9 = {J + "58", J + "65", J + "66"}

Contexts = list[tuple[int, str, tuple[str, ...]]]


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a small file of a SOP class and a transfer syntax."""
    made: dict[tuple[str, str], Path] = {}

    def make(sop_class_uid: str, transfer_syntax_uid: str) -> Path:
        path = tmp_path / f"{len(made)}.dcm"
        path = made.setdefault((sop_class_uid, transfer_syntax_uid), path)
        if not path.exists():
            write(
                path, sop_class_uid, f"1.2.826.0.1.3680043.10.999.{len(made)}", transfer_syntax_uid
            )
        return path

    return make


def write(path: Path, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> None:
    data_set = Dataset()
    data_set.SOPClassUID = sop_class_uid
    data_set.SOPInstanceUID = sop_instance_uid
    data_set.PatientID = "PLAN"
    data_set.preamble = bytes(128)
    meta = data_set.file_meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dcmwrite(
        path,
        data_set,
        implicit_vr=transfer_syntax_uid in (LEI, GE_PRIVATE),
        little_endian=transfer_syntax_uid != BEE,
        # pydicom does not know all of the syntaxes.
        force_encoding=True,
    )


def version() -> tuple[int, ...]:
    assert DCMSEND is not None
    text = subprocess.run([DCMSEND, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"dcmsend v(\d+)\.(\d+)\.(\d+)", text)
    assert found is not None
    return tuple(map(int, found.groups()))


class Run(NamedTuple):
    exit_code: int
    contexts: list[Contexts]
    stored: int


def dcmsend(paths: Sequence[Path], *options: str) -> Run:
    """Run dcmsend and return what it proposed on each association."""
    assert DCMSEND is not None
    with RecordingSCP() as scp:
        command = [DCMSEND, *options, "127.0.0.1", str(scp.port), *map(str, paths)]
        # Without Nagle's algorithm, which would cost 40 ms an instance.
        environment = {**os.environ, "TCP_NODELAY": "1"}
        process = subprocess.run(
            command, env=environment, capture_output=True, timeout=100, check=False
        )
        associations = scp.finished(0)
    contexts = []
    for association in associations:
        assert association.request is not None
        contexts.append([(*context,) for context in association.request.contexts])
    return Run(process.returncode, contexts, sum(len(one.stores) for one in associations))


def plan(pairs: Sequence[tuple[str, str]], **options: bool) -> list[Proposal]:
    kinds = [InstanceKind(*pair) for pair in dict.fromkeys(pairs)]
    column = [kinds.index(InstanceKind(*pair)) for pair in pairs]
    return list(propose_all(kinds, column, **options))


def contexts_of(proposals: Sequence[Proposal]) -> list[Contexts]:
    """Return the contexts of the associations; a proposal without any makes no association."""
    return [
        [(one.context_id, one.abstract_syntax, one.transfer_syntaxes) for one in proposal.contexts]
        for proposal in proposals
        if proposal.contexts
    ]


def real_files() -> list[tuple[Path, tuple[str, str]]]:
    """Return the files that come with pydicom and that dcmsend can send, and what they are."""
    found = []
    for path in sorted(Path(DATA_ROOT, "test_files").rglob("*.dcm")):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                meta = dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta
        except InvalidDicomError:
            continue
        sop_class_uid = str(meta.get("MediaStorageSOPClassUID", ""))
        transfer_syntax_uid = str(meta.get("TransferSyntaxUID", ""))
        if "MediaStorageSOPInstanceUID" not in meta or not transfer_syntax_uid:
            continue
        if sop_class_uid.startswith("1.2.840.10008.5.1.4.1.1"):
            found.append((path, (sop_class_uid, transfer_syntax_uid)))
    return found


@pytest.mark.parametrize("order", ["sorted", "reversed", "shuffled"])
def test_real_files(order: str) -> None:
    files = real_files()
    assert len({pair for _, pair in files}) > 20
    if order == "reversed":
        files.reverse()
    elif order == "shuffled":
        random.Random(7).shuffle(files)
    # Files that dcmsend finds broken when it loads them do not stop it, with -nh.
    run = dcmsend([path for path, _ in files], "-nh", "-nuc")
    assert run.contexts == contexts_of(plan([pair for _, pair in files]))
    assert run.stored > 20


@pytest.mark.parametrize("uid", KNOWN_TO_3_6_7)
def test_each_known_transfer_syntax(uid: str, make_file: Callable[[str, str], Path]) -> None:
    pairs = [(CT, uid), (MR, LEI), (MR, uid), (CT, uid)]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh")
    assert run.contexts == contexts_of(plan(pairs))
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh", "-nip")
    as_lossy = uid in LOSSLESS_SINCE_3_6_9 and version() < (3, 6, 9)
    assert run.contexts == contexts_of(plan(pairs, illegal_proposals=as_lossy))


def test_unknown_transfer_syntaxes(make_file: Callable[[str, str], Path]) -> None:
    # dcmsend 3.6.7 takes them only without its checks; then it proposes them alone.
    pairs = [(CT, uid) for uid in UNKNOWN_TO_3_6_7]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh", "-nuc")
    assert run.contexts == contexts_of(plan(pairs))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("options", [(), ("-nip",)])
def test_mixed_orders(
    seed: int, options: tuple[str, ...], make_file: Callable[[str, str], Path]
) -> None:
    syntaxes = [
        LEI,
        LEE,
        BEE,
        DEFLATED,
        RLE,
        *(J + n for n in ["50", "70", "80", "81", "90", "91", "100"]),
    ]
    chooser = random.Random(seed)
    pairs = [(chooser.choice((CT, MR, US)), chooser.choice(syntaxes)) for _ in range(40)]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh", *options)
    assert run.contexts == contexts_of(plan(pairs, illegal_proposals=not options))


@pytest.mark.parametrize("count", [127, 128, 129, 300])
def test_many_classes(count: int, make_file: Callable[[str, str], Path]) -> None:
    pairs = [(f"1.2.840.10008.5.1.4.1.1.77777.{number}", LEE) for number in range(count)]
    run = dcmsend([make_file(*pair) for pair in pairs])
    assert run.contexts == contexts_of(plan(pairs))
    assert run.stored == count
    assert [len(contexts) for contexts in run.contexts] == (
        [count] if count <= 128 else [128] * (count // 128) + [count % 128]
    )


@pytest.mark.parametrize("seed", range(3))
def test_many_classes_and_syntaxes_in_any_order(
    seed: int, make_file: Callable[[str, str], Path]
) -> None:
    # Full contexts with repetitions before and after: where each run ends shows in the next one.
    chooser = random.Random(seed)
    classes = [f"1.2.840.10008.5.1.4.1.1.77777.{number}" for number in range(70)]
    pairs = [(chooser.choice(classes), chooser.choice((LEI, LEE, RLE))) for _ in range(500)]
    run = dcmsend([make_file(*pair) for pair in pairs])
    assert run.contexts == contexts_of(plan(pairs))
    assert len(run.contexts) > 1
    assert run.stored == 500


def test_run_ends_with_the_instance_that_fills_the_last_context(
    make_file: Callable[[str, str], Path],
) -> None:
    pairs = [(f"1.2.840.10008.5.1.4.1.1.77777.{number}", LEE) for number in range(128)]
    pairs += [pairs[5], pairs[7]]
    run = dcmsend([make_file(*pair) for pair in pairs])
    assert run.contexts == contexts_of(plan(pairs))
    assert [len(contexts) for contexts in run.contexts] == [128, 2]


def test_single_association(make_file: Callable[[str, str], Path]) -> None:
    pairs = [(f"1.2.840.10008.5.1.4.1.1.77777.{number}", LEE) for number in range(130)]
    run = dcmsend([make_file(*pair) for pair in pairs], "-ma")
    proposals = plan(pairs, multiple_associations=False)
    assert run.contexts == contexts_of(proposals)
    assert run.stored == proposals[0].end == 128


def test_nip_in_halt_mode_ends_before_the_association(
    make_file: Callable[[str, str], Path],
) -> None:
    pairs = [(CT, LEE), (CT, J + "90")]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nip")
    assert (run.exit_code, run.contexts) == (65, [])
    (proposal,) = plan(pairs, illegal_proposals=False)
    assert proposal.rejected_kinds == {1}


def test_nip_with_nothing_left(make_file: Callable[[str, str], Path]) -> None:
    pairs = [(CT, J + "90"), (CT, J + "92")]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nip", "-nh")
    assert run.contexts == contexts_of(plan(pairs, illegal_proposals=False)) == []


def test_jpip_deflate(make_file: Callable[[str, str], Path]) -> None:
    # Newer versions add the native syntaxes, although inflating leads to JPIP Referenced only.
    run = dcmsend([make_file(CT, J + "95")], "-nh", "-nip")
    native = NATIVE if version() >= (3, 6, 9) else ()
    assert run.contexts == [[(1, CT, (J + "95", *native))]]
    assert contexts_of(plan([(CT, J + "95")])) == [[(1, CT, (J + "95",))]]


@pytest.mark.parametrize(
    ("uid", "ours"), [(J + "94", (J + "94",)), (GE_PRIVATE, (GE_PRIVATE, *NATIVE))]
)
def test_differences_on_purpose(
    uid: str, ours: tuple[str, ...], make_file: Callable[[str, str], Path]
) -> None:
    # dcmsend leaves out the syntax that the file has: it could never go as it is.
    run = dcmsend([make_file(CT, uid)], "-nh")
    assert run.contexts == [[(1, CT, NATIVE)]]
    assert contexts_of(plan([(CT, uid)])) == [[(1, CT, ours)]]
