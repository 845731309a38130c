"""The proposals of the plan against the A-ASSOCIATE-RQs of the real dcmsend for the same files."""

from __future__ import annotations

import random
import re
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom import dcmread
from pydicom.data.data_manager import DATA_ROOT
from pydicom.errors import InvalidDicomError

from fastsend.plan.policy import Policy
from peers.programs import require_program
from peers.proposals import GE_PRIVATE, Run, SmallFiles, contexts_of, plan, run_sender

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.model.options import Decompress

pytestmark = pytest.mark.peer("dcmsend")

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

# `dcmsend --list-decoders`, and the byte swapping that it does without one.
DECODABLE = frozenset({RLE, GE_PRIVATE, *(J + str(n) for n in (50, 51, 53, 55, 57, 70, 80, 81))})

AS_DCMTK = Policy(decodable=DECODABLE)
STRICT = AS_DCMTK._replace(illegal_proposals=False)


@pytest.fixture
def make_file(tmp_path: Path) -> SmallFiles:
    return SmallFiles(tmp_path)


def dcmsend(paths: Sequence[Path], *options: str) -> Run:
    return run_sender("dcmsend", paths, *options)


def version() -> tuple[int, ...]:
    command = [str(require_program("dcmsend")), "--version"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"dcmsend v(\d+)\.(\d+)\.(\d+)", text)
    assert found is not None
    return tuple(map(int, found.groups()))


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
    assert run.contexts == contexts_of(plan([pair for _, pair in files], AS_DCMTK))
    assert run.stored > 20


@pytest.mark.parametrize("uid", KNOWN_TO_3_6_7)
def test_each_known_transfer_syntax(uid: str, make_file: SmallFiles) -> None:
    pairs = [(CT, uid), (MR, LEI), (MR, uid), (CT, uid)]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh")
    assert run.contexts == contexts_of(plan(pairs, AS_DCMTK))
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh", "-nip")
    as_lossy = uid in LOSSLESS_SINCE_3_6_9 and version() < (3, 6, 9)
    assert run.contexts == contexts_of(plan(pairs, AS_DCMTK if as_lossy else STRICT))


@pytest.mark.parametrize("uid", KNOWN_TO_3_6_7)
@pytest.mark.parametrize(("option", "decompress"), [("-dn", "never"), ("+dly", "lossy")])
def test_each_known_transfer_syntax_with_another_decompression(
    uid: str, option: str, decompress: Decompress, make_file: SmallFiles
) -> None:
    pairs = [(CT, uid), (MR, LEI), (MR, uid), (CT, uid)]
    policy = AS_DCMTK._replace(decompress=decompress)
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh", option)
    assert run.contexts == contexts_of(plan(pairs, policy))
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh", "-nip", option)
    as_lossy = uid in LOSSLESS_SINCE_3_6_9 and version() < (3, 6, 9)
    assert run.contexts == contexts_of(plan(pairs, policy._replace(illegal_proposals=as_lossy)))


def test_unknown_transfer_syntaxes(make_file: SmallFiles) -> None:
    # dcmsend 3.6.7 takes them only without its checks; then it proposes them alone.
    pairs = [(CT, uid) for uid in UNKNOWN_TO_3_6_7]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nh", "-nuc")
    assert run.contexts == contexts_of(plan(pairs, AS_DCMTK))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("options", [(), ("-nip",)])
def test_mixed_orders(seed: int, options: tuple[str, ...], make_file: SmallFiles) -> None:
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
    assert run.contexts == contexts_of(plan(pairs, STRICT if options else AS_DCMTK))


@pytest.mark.parametrize("count", [127, 128, 129, 300])
def test_many_classes(count: int, make_file: SmallFiles) -> None:
    pairs = [(f"1.2.840.10008.5.1.4.1.1.77777.{number}", LEE) for number in range(count)]
    run = dcmsend([make_file(*pair) for pair in pairs])
    assert run.contexts == contexts_of(plan(pairs, AS_DCMTK))
    assert run.stored == count
    assert [len(contexts) for contexts in run.contexts] == (
        [count] if count <= 128 else [128] * (count // 128) + [count % 128]
    )


@pytest.mark.parametrize("seed", range(3))
def test_many_classes_and_syntaxes_in_any_order(seed: int, make_file: SmallFiles) -> None:
    # Full contexts with repetitions before and after: where each run ends shows in the next one.
    chooser = random.Random(seed)
    classes = [f"1.2.840.10008.5.1.4.1.1.77777.{number}" for number in range(70)]
    pairs = [(chooser.choice(classes), chooser.choice((LEI, LEE, RLE))) for _ in range(500)]
    run = dcmsend([make_file(*pair) for pair in pairs])
    assert run.contexts == contexts_of(plan(pairs, AS_DCMTK))
    assert len(run.contexts) > 1
    assert run.stored == 500


def test_run_ends_with_the_instance_that_fills_the_last_context(
    make_file: SmallFiles,
) -> None:
    pairs = [(f"1.2.840.10008.5.1.4.1.1.77777.{number}", LEE) for number in range(128)]
    pairs += [pairs[5], pairs[7]]
    run = dcmsend([make_file(*pair) for pair in pairs])
    assert run.contexts == contexts_of(plan(pairs, AS_DCMTK))
    assert [len(contexts) for contexts in run.contexts] == [128, 2]


def test_single_association(make_file: SmallFiles) -> None:
    pairs = [(f"1.2.840.10008.5.1.4.1.1.77777.{number}", LEE) for number in range(130)]
    run = dcmsend([make_file(*pair) for pair in pairs], "-ma")
    proposals = plan(pairs, AS_DCMTK, multiple_associations=False)
    assert run.contexts == contexts_of(proposals)
    assert run.stored == proposals[0].end == 128


def test_nip_in_halt_mode_ends_before_the_association(
    make_file: SmallFiles,
) -> None:
    pairs = [(CT, LEE), (CT, J + "90")]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nip")
    assert (run.exit_code, run.contexts) == (65, [])
    (proposal,) = plan(pairs, STRICT)
    assert proposal.rejected_kinds == {1}


def test_nip_with_nothing_left(make_file: SmallFiles) -> None:
    pairs = [(CT, J + "90"), (CT, J + "92")]
    run = dcmsend([make_file(*pair) for pair in pairs], "-nip", "-nh")
    assert run.contexts == contexts_of(plan(pairs, STRICT)) == []


def test_jpip_deflate(make_file: SmallFiles) -> None:
    # Newer versions add the native syntaxes, although inflating leads to JPIP Referenced only.
    run = dcmsend([make_file(CT, J + "95")], "-nh", "-nip")
    native = NATIVE if version() >= (3, 6, 9) else ()
    assert run.contexts == [[(1, CT, (J + "95", *native))]]
    assert contexts_of(plan([(CT, J + "95")], AS_DCMTK)) == [[(1, CT, (J + "95",))]]


@pytest.mark.parametrize(
    ("uid", "ours"), [(J + "94", (J + "94",)), (GE_PRIVATE, (GE_PRIVATE, *NATIVE))]
)
def test_differences_on_purpose(uid: str, ours: tuple[str, ...], make_file: SmallFiles) -> None:
    # dcmsend leaves out the syntax that the file has: it could never go as it is.
    run = dcmsend([make_file(CT, uid)], "-nh")
    assert run.contexts == [[(1, CT, NATIVE)]]
    assert contexts_of(plan([(CT, uid)], AS_DCMTK)) == [[(1, CT, ours)]]
