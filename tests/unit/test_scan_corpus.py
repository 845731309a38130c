"""Every real file that comes with the test dependencies, against pydicom and against dcmsend."""

from __future__ import annotations

import os
import subprocess
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pydicom.filereader import read_partial

from fastsend._native.part10 import InstanceTable
from fastsend.errors import InputError
from fastsend.model.options import SendOptions
from fastsend.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).parents[2].parent / "shared" / "corpus" / "extra"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"

# DICOM files that cannot be sent, and why.
REFUSED = {
    "MR_truncated.dcm": "cut short",
    "rtplan_truncated.dcm": "cut short",
    "empty_charset_LEI.dcm": "no SOP Class UID",
    "meta_missing_tsyntax.dcm": "no SOP Class UID",
    "nested_priv_SQ.dcm": "no SOP Class UID",
    "no_meta.dcm": "not a DICOM file",  # a stray byte before its data set
    "SC_rgb_jpeg.dcm": "its data set is in Implicit VR Little Endian",
}
# Their data sets have no SOP Class UID or SOP Instance UID: DCMTK reads File Meta Information when
# it scans, and finds that out when it comes to send.
WITHOUT_IDENTITY = {
    "chrSQEncoding.dcm",
    "chrSQEncoding1.dcm",
    "UN_sequence.dcm",
    "no_meta_group_length.dcm",
    "priv_SQ.dcm",
    "decimal_rescale.dcm",
}


def corpus(package: str) -> list[Path]:
    if package == "shared":
        root = SHARED
    else:
        spec = find_spec(package)
        root = Path(spec.origin).parent if spec and spec.origin else Path("nowhere")
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc", ".pyi", ".json", ".gii", ".xml"}
    )


CORPORA = {name: corpus(name) for name in ("pydicom", "data_store", "nibabel", "shared")}
FILES = [pytest.param(path, id=f"{name}-{path.name}") for name in CORPORA for path in CORPORA[name]]


UNTERMINATED = {"emri_small_jpeg_2k_lossless_too_short.dcm"}


class Expected(NamedTuple):
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set_offset: int


def read_with_pydicom(path: Path) -> Expected:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with path.open("rb") as file:
            start = read_partial(file, stop_when=lambda *_: True, force=True)
            offset = file.tell()
            file.seek(0)
            found = read_partial(file, stop_when=lambda tag, *_: tag > 0x00080018, force=True)
        meta = found.file_meta
        guess = {(True, True): IMPLICIT, (False, True): EXPLICIT, (False, False): BIG_ENDIAN}
        syntax = str(meta.get("TransferSyntaxUID", guess[start.original_encoding]))
        if syntax == DEFLATED:  # pydicom inflates, and has no offset of its own then
            offset = 144 + meta.FileMetaInformationGroupLength
        return Expected(
            str(found.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID")),
            str(found.get("SOPInstanceUID") or meta.get("MediaStorageSOPInstanceUID")),
            syntax,
            offset,
        )


def run_scan(path: Path) -> tuple[InstanceTable, str]:
    table = InstanceTable()
    try:
        scan(SendOptions("peer", 104, (str(path),)), table)
    except InputError as error:
        return table, str(error)
    return table, ""


@pytest.mark.parametrize("name", CORPORA)
def test_the_corpus_is_there(name: str) -> None:
    if not CORPORA[name]:
        pytest.skip(f"{name} is not installed" if name != "shared" else f"no {SHARED}")
    assert len(CORPORA[name]) >= 10


@pytest.mark.parametrize("path", FILES)
def test_a_real_file(path: Path) -> None:
    table, refusal = run_scan(path)

    if path.name in REFUSED:
        assert REFUSED[path.name] in refusal
    elif path.name.startswith("DICOMDIR"):
        assert "a DICOMDIR, not an instance" in refusal
    elif path.read_bytes()[128:132] == b"DICM" or not refusal:
        assert not refusal
        expected = read_with_pydicom(path)
        assert table.kinds() == [(expected.sop_class_uid, expected.transfer_syntax_uid)]
        assert table.sop_instance_uid(0) == expected.sop_instance_uid
        assert table.data_set_length(0) == path.stat().st_size - expected.data_set_offset
        assert table.unterminated(0) == (path.name in UNTERMINATED)
    else:
        assert "not a DICOM file" in refusal


@pytest.mark.peer("dcmsend")
def test_what_dcmsend_sends_is_not_refused(
    program: Callable[[str], Path], storescp: Callable[..., object]
) -> None:
    fast = {"TCP_NODELAY": "1"}
    receiver = storescp("+xa", "--ignore", environment=fast)
    ours, sent = set(), set()
    for path in (path for files in CORPORA.values() for path in files):
        if not run_scan(path)[1]:
            ours.add(path)
        done = subprocess.run(
            [program("dcmsend"), "+f", "127.0.0.1", str(receiver.port), path],
            capture_output=True,
            env=os.environ | fast,
            check=False,
        )
        if done.returncode == 0:
            sent.add(path)

    assert len(sent) > 100
    assert sent <= ours
    # And the other way round: all that we would send beside that is known, one by one.
    assert {path.name for path in ours - sent} <= WITHOUT_IDENTITY | {
        # No Sequence Delimitation Item: not sent as stored, but its frames are all there.
        "emri_small_jpeg_2k_lossless_too_short.dcm",
        "MR2_JPH",  # HTJ2K, newer than DCMTK 3.6.7
        "VL2_JPH",
    }
