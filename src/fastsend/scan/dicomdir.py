"""The directory records of a DICOMDIR (PS3.3 F.3, PS3.10 8.6) that name a file.

pydicom reads the records, one after the other in the order of the file, as dcmsend does: the
offsets that link them to a tree are not followed, and neither the type of a record nor its in-use
flag matters.
"""

from __future__ import annotations

import os
import stat
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend._native import part10
from fastsend.late_import import LATE_IMPORT
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
)
from fastsend.scan.folders import no_tick
from fastsend.scan.quiet_pydicom import silence_pydicom
from fastsend.scan.skipped import NOT_A_FILE, Refusal, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydicom.dataset import Dataset

LARGEST_BYTES = 1 << 27
"""Of a DICOMDIR: some 400,000 records. It is read as a whole."""

_DIRECTORY_RECORD_SEQUENCE = 0x00041220
_REFERENCED_FILE_ID = 0x00041500
_REFERENCED_UIDS = (
    0x00041510,  # Referenced SOP Class UID in File
    0x00041511,  # Referenced SOP Instance UID in File
    0x00041512,  # Referenced Transfer Syntax UID in File
)
_RECORDS_AT_ONCE = 64
_UNDEFINED_LENGTH = 0xFFFFFFFF
_LONGEST_UID = 64
_ITEM = 0xFFFEE000
_SEQUENCE_DELIMITATION = 0xFFFEE0DD

_DAMAGED = "a damaged DICOMDIR"


class DirectoryRecord(NamedTuple):
    """A record with a Referenced File ID (0004,1500), which may be empty."""

    file_id: bytes
    """Its components, with backslashes between them, as in the file."""
    sop_class_uid: bytes
    """Without padding, here and in the next two; empty where there is none."""
    sop_instance_uid: bytes
    transfer_syntax_uid: bytes

    @property
    def uids(self) -> tuple[bytes, bytes, bytes]:
        """SOP class, SOP instance, transfer syntax."""
        return self.sop_class_uid, self.sop_instance_uid, self.transfer_syntax_uid

    def agrees(self, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bool:
        """Return whether a file with these UIDs may be the one that the record is about.

        What the record leaves out agrees with anything.
        """
        found = sop_class_uid, sop_instance_uid, transfer_syntax_uid
        pairs = zip(self.uids, found, strict=True)
        return all(not said or said == uid.encode() for said, uid in pairs)

    def has_valid_uids(self, *, check_uids: bool) -> bool:
        """Return whether all three can be sent, with `check_uids` only as PS3.5 9.1 has them."""
        if not all(0 < len(uid) <= _LONGEST_UID and uid.isascii() for uid in self.uids):
            return False
        if not check_uids:
            return all(33 <= byte <= 126 for uid in self.uids for byte in uid)
        return all(
            part.isdigit() and (part == b"0" or part[:1] != b"0")
            for uid in self.uids
            for part in uid.split(b".")
        )


def read_directory(
    path: bytes, tick: Callable[[], object] = no_tick
) -> list[DirectoryRecord] | Refusal:
    """Return the records of a DICOMDIR that name a file, in the order of the file.

    Parameters
    ----------
    path : bytes
        A file whose Media Storage SOP Class is Media Storage Directory Storage.
    tick : callable
        Called after every 64 records, or less.

    Returns
    -------
    list of DirectoryRecord or Refusal
        The latter where it cannot be read to the end of its records: then nothing of it is used.
    """
    try:
        content = _read(path)
    except OSError as error:
        return unreadable("it cannot be read", error.errno)
    if isinstance(content, Refusal):
        return content
    status, _, _, _, syntax, offset, *_ = part10.scan_bytes(content, check_uids=False)
    transfer_syntax_uid = syntax.decode()
    if status != part10.OK:
        return Refusal(_DAMAGED)
    if transfer_syntax_uid not in NATIVE_TRANSFER_SYNTAXES:
        return Refusal(f"a DICOMDIR in transfer syntax {transfer_syntax_uid}")
    stream = BytesIO(content)
    stream.seek(offset)
    records = _records(stream, len(content), transfer_syntax_uid)
    found: list[DirectoryRecord] = []
    while True:
        try:
            with silence_pydicom():
                more = list(islice(records, _RECORDS_AT_ONCE))
        except Exception:  # whatever pydicom makes of hostile bytes
            return Refusal(_DAMAGED, offset=stream.tell())
        if not more:
            return found
        found += more
        tick()


def _read(path: bytes) -> bytes | Refusal:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            return NOT_A_FILE
        if found.st_size > LARGEST_BYTES:
            return Refusal(f"a DICOMDIR of more than {LARGEST_BYTES >> 20} MiB")
        with open(fd, "rb", closefd=False) as file:
            return file.read(found.st_size)
    finally:
        os.close(fd)


def _records(stream: BytesIO, end: int, transfer_syntax_uid: str) -> Iterator[DirectoryRecord]:
    """Yield the records of the data set at which `stream` stands; ValueError where it breaks."""
    with LATE_IMPORT:
        from pydicom.filereader import read_dataset, read_sequence_item

    implicit_vr = transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN
    little_endian = transfer_syntax_uid != EXPLICIT_VR_BIG_ENDIAN
    read_dataset(
        stream,
        implicit_vr,
        little_endian,
        stop_when=lambda tag, *_: tag >= _DIRECTORY_RECORD_SEQUENCE,
    )
    tag, length = _head(stream, implicit_vr=implicit_vr, little_endian=little_endian)
    if tag != _DIRECTORY_RECORD_SEQUENCE:
        return
    if length != _UNDEFINED_LENGTH:
        if length > end - stream.tell():
            raise ValueError("the sequence is longer than the file")
        end = stream.tell() + length
    while stream.tell() < end:
        start = stream.tell()
        tag, _ = _head(stream, implicit_vr=True, little_endian=little_endian)
        if tag == _SEQUENCE_DELIMITATION and length == _UNDEFINED_LENGTH:
            return
        if tag != _ITEM:
            raise ValueError("neither an item nor the end of the sequence")
        stream.seek(start)
        item = read_sequence_item(stream, implicit_vr, little_endian, "iso8859")
        if item is not None and _REFERENCED_FILE_ID in item:
            file_id = _value(item, _REFERENCED_FILE_ID)
            yield DirectoryRecord(file_id, *(_value(item, one) for one in _REFERENCED_UIDS))
    if length == _UNDEFINED_LENGTH or stream.tell() != end:
        raise ValueError("the sequence does not end where it should")


def _head(stream: BytesIO, *, implicit_vr: bool, little_endian: bool) -> tuple[int, int]:
    """Return tag and length of the sequence or item at which `stream` stands; 0 behind the end."""
    order: Literal["little", "big"] = "little" if little_endian else "big"
    group, element = stream.read(2), stream.read(2)
    tag = int.from_bytes(group, order) << 16 | int.from_bytes(element, order)
    if tag == _DIRECTORY_RECORD_SEQUENCE and not implicit_vr and stream.read(4)[:2] != b"SQ":
        raise ValueError("the directory records are no sequence")
    return tag, int.from_bytes(stream.read(4), order)


def _value(item: Dataset, tag: int) -> bytes:
    """Return the value of a short element as it is in the file, without its padding."""
    # pydicom converts no value that nobody asks for: this one is still bytes.
    element = item.get_item(tag)
    value = element.value if element is not None else None
    if not isinstance(value, bytes) or len(value) > 1024:
        return b""
    return value.strip(b"\0 ")
