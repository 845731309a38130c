"""Invented identifiers as the real storescu invents them, told by a receiver that records."""

from __future__ import annotations

import os
import re
import subprocess
import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import UID

from peers.conversion_checks import dump_complaints
from peers.converted_corpus import Receiver, send_corpus
from peers.corpus import SOURCES, corpus_files, expected_instance
from peers.element_differences import element_differences
from peers.fastsend_command import run
from peers.recording_scp import RecordingSCP
from peers.study import encode_meta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from peers.converted_corpus import Received
    from peers.corpus import CorpusFile

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
CT = "1.2.840.10008.5.1.4.1.1.2"
UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
TEXTS = ("PatientName", "PatientID", "StudyID")
NUMBERS = ("SeriesNumber", "InstanceNumber")
TAGS = (
    0x00080018,
    0x00100010,
    0x00100020,
    0x0020000D,
    0x0020000E,
    0x00200010,
    0x00200011,
    0x00200013,
)


def make_files(folder: Path) -> list[Path]:
    """Write instances with all elements, with empty ones and without some, in three syntaxes."""
    paths = []
    for number in range(19):
        data_set = Dataset()
        data_set.SpecificCharacterSet = "ISO_IR 192"
        data_set.SOPClassUID = CT
        data_set.SOPInstanceUID = f"1.2.826.0.1.3680043.10.999.{number + 1}"
        data_set.AccessionNumber = "ACC"
        data_set.StudyInstanceUID = data_set.SeriesInstanceUID = "1.2.3"
        inner = Dataset()
        inner.PatientID = "INNER"
        inner.ReferencedSOPInstanceUID = data_set.SOPInstanceUID
        data_set.ReferencedImageSequence = [inner]
        if number % 4 != 1:
            data_set.PatientName, data_set.PatientID = "Müller^Jürgen", "1"
            data_set.InstanceNumber = "17"
        if number % 4 != 2:
            data_set.StudyID, data_set.SeriesNumber = "", ""
        syntax = (EXPLICIT, IMPLICIT, BIG)[number % 3]
        data_set.file_meta = FileMetaDataset()
        data_set.file_meta.MediaStorageSOPClassUID = UID(CT)
        data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
        data_set.file_meta.TransferSyntaxUID = UID(syntax)
        paths.append(folder / f"{number:02}.dcm")
        dcmwrite(paths[-1], data_set, enforce_file_format=True)
    return paths


def received(scp: RecordingSCP) -> list[Dataset]:
    (association,) = scp.finished(1)
    data_sets = []
    for store in association.stores:
        syntax = association.accepted[store.context_id]
        content = BytesIO(store.data_set or b"")
        data_set = read_dataset(content, syntax == IMPLICIT, syntax != BIG)
        assert data_set.SOPInstanceUID == store.sop_instance_uid
        assert UID(store.sop_instance_uid).is_valid
        data_sets.append(data_set)
    return data_sets


def shapes(data_sets: Sequence[Dataset]) -> list[dict[str, object]]:
    """Return what is invented without what must differ between two runs."""
    seen: dict[str, int] = {}
    found = []
    for data_set in data_sets:
        shape: dict[str, object] = {}
        for name in UIDS:
            # What matters of UIDs is who shares them.
            shape[name] = seen.setdefault(data_set.get(name), len(seen))
        for name in TEXTS:
            text = str(data_set.get(name))
            form = re.fullmatch(r"(\D+)\d{10,}(\d)", text)
            assert form or text == "None", text
            shape[name] = form.groups() if form else None
        for name in NUMBERS:
            shape[name] = data_set.get(name)
        found.append(shape)
    return found


def others(data_sets: Sequence[Dataset]) -> list[list[tuple[int, bytes]]]:
    """Return all that is not invented."""
    return [
        [(int(e.tag), str(e.value).encode()) for e in one if int(e.tag) not in TAGS]
        for one in data_sets
    ]


@pytest.mark.peer("storescu")
@pytest.mark.parametrize(
    "options",
    [
        ("+II",),
        ("+IR", "2", "+IS", "2", "+IP", "2"),
        ("+II", "+IR", "1", "+IS", "3"),
        ("+IR", "3", "+IS", "1", "+IP", "1"),
    ],
)
def test_like_storescu(
    options: tuple[str, ...], program: Callable[[str], Path], tmp_path: Path
) -> None:
    paths = make_files(tmp_path)
    with RecordingSCP(keep_data=True) as scp:
        command = [program("storescu"), "-R", *options, "127.0.0.1", str(scp.port), *paths]
        environment = {**os.environ, "TCP_NODELAY": "1"}
        subprocess.run(command, env=environment, capture_output=True, check=True)
        theirs = received(scp)
    with RecordingSCP(keep_data=True) as scp:
        finished = run(*options, "127.0.0.1", str(scp.port), *paths)
        ours = received(scp)
    assert finished.exit_code == 0
    assert shapes(ours) == shapes(theirs)
    assert others(ours) == others(theirs)
    assert len(ours) == len(paths)
    # None of them is of the root of another organization.
    assert all(getattr(one, name).startswith("2.25.") for one in ours for name in UIDS)


RECEIVERS = {
    "as stored": Receiver(None, ("+II",)),
    "Implicit VR": Receiver(IMPLICIT, ("+II", "+dly")),
    "deflated": Receiver("1.2.840.10008.1.2.1.99", ("+II", "-xd")),
    "RLE": Receiver("1.2.840.10008.1.2.5", ("+II", "-xr")),
}
OF_PIXELS = (0x00280004, 0x00280006, 0x00280008, 0x00282110, 0x7FE00010)
# pydicom does not read it to the end, for a fragment is longer than the file.
MISREAD = ("emri_small_jpeg_2k_lossless_too_short.dcm",)


@pytest.mark.peer("dcmdump")
@pytest.mark.parametrize(
    ("source", "receiver"),
    [*((one, "as stored") for one in SOURCES), *(("pydicom", name) for name in [*RECEIVERS][1:])],
)
def test_real_files(source: str, receiver: str, tmp_path: Path) -> None:
    files = corpus_files(source, tmp_path)
    if not files:
        pytest.skip(f"no files of {source}")
    before = [file.path.read_bytes() for file in files]
    arrived = [one for one in send_corpus(RECEIVERS[receiver], files) if one.received]
    assert [file.path.read_bytes() for file in files] == before
    assert arrived
    new = set()
    for sent in arrived:
        assert sent.received is not None
        new.add(sent.received.sop_instance_uid)
        if sent.file.path.name not in MISREAD:
            assert list(faults(sent.file, sent.received)) == [], sent.file.name
    assert len(new) == len(arrived)
    said = dump_complaints([one.received for one in arrived if one.received], tmp_path)
    assert [line for line in said if "is not a multiple of 2" not in line] == []


def faults(file: CorpusFile, sent: Received) -> Iterator[str]:
    """Yield what arrived otherwise than it should, but for pixels, which are another test's."""
    stored = expected_instance(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = dcmread(BytesIO(encode_meta(*stored[:3]) + stored.data_set))
        after = dcmread(BytesIO(encode_meta(*sent[:3]) + sent.data_set))
        syntaxes = stored.transfer_syntax_uid, sent.transfer_syntax_uid
        but_for = TAGS if syntaxes[0] == syntaxes[1] else (*TAGS, *OF_PIXELS)
        if (syntaxes[0] == BIG) == (syntaxes[1] == BIG):
            yield from element_differences(before, after, swapped=False, but_for=but_for)
        for tag in TAGS:
            if (tag in before) != (tag in after):
                yield f"{tag:08x} came or went"
            old = before.get_item(tag).value if tag in before else None
            # Numbers may be what they were.
            if old and tag < 0x00200011 and old == after.get_item(tag).value:
                yield f"{tag:08x} stayed"
        if after.SOPInstanceUID != sent.sop_instance_uid:
            yield "the command has another UID"
