"""DICOMDIR files (PS3.10 8), written by pydicom, for tests of what reads them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"


class Record(NamedTuple):
    """A directory record; None leaves its element out."""

    file_id: str | list[str] | None
    """The components of (0004,1500)."""
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    transfer_syntax_uid: str | None = EXPLICIT
    kind: str = "IMAGE"


def write_dicomdir(
    path: Path,
    records: Iterable[Record],
    *,
    transfer_syntax_uid: str = EXPLICIT,
    undefined_lengths: bool = False,
) -> Path:
    """Write a DICOMDIR with these records, none of which knows where another one is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are wrong on purpose
        _write(path, records, transfer_syntax_uid, undefined_lengths=undefined_lengths)
    return path


def _write(
    path: Path, records: Iterable[Record], transfer_syntax_uid: str, *, undefined_lengths: bool
) -> None:
    data_set = Dataset()
    data_set.FileSetID = "TEST"
    data_set.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    data_set.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    data_set.FileSetConsistencyFlag = 0
    data_set.DirectoryRecordSequence = Sequence(map(_item, records))
    data_set["DirectoryRecordSequence"].is_undefined_length = undefined_lengths
    for item in data_set.DirectoryRecordSequence:
        item.is_undefined_length_sequence_item = undefined_lengths
    data_set.preamble = bytes(128)
    meta = data_set.file_meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = UID(MEDIA_STORAGE_DIRECTORY)
    meta.MediaStorageSOPInstanceUID = UID("1.2.826.0.1.3680043.10.999.77")
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dcmwrite(
        path,
        data_set,
        implicit_vr=transfer_syntax_uid == IMPLICIT,
        little_endian=transfer_syntax_uid != BIG_ENDIAN,
        force_encoding=True,
    )


def _item(record: Record) -> Dataset:
    item = Dataset()
    item.OffsetOfTheNextDirectoryRecord = 0
    item.RecordInUseFlag = 0xFFFF
    item.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    item.DirectoryRecordType = record.kind
    for keyword, value in (
        ("ReferencedFileID", record.file_id),
        ("ReferencedSOPClassUIDInFile", record.sop_class_uid),
        ("ReferencedSOPInstanceUIDInFile", record.sop_instance_uid),
        ("ReferencedTransferSyntaxUIDInFile", record.transfer_syntax_uid),
    ):
        if value is not None:
            item.add_new(keyword, "CS" if keyword == "ReferencedFileID" else "UI", value)
    return item
