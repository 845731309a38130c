"""Files whose data set the compiled scanner does not find with certainty.

No preamble, no File Meta Information, a broken one, or one without a transfer syntax: pydicom,
which has seen many of those, says where the data set begins and how it is encoded, and the
compiled walk then has to confirm it.
"""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import part10
from fastsend.late_import import LATE_IMPORT
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from fastsend.scan.quiet_pydicom import silence_pydicom
from fastsend.scan.skipped import NOT_DICOM, Refusal, refusal_of, unreadable

if TYPE_CHECKING:
    from fastsend.scan.kinds import KindJudge

# pydicom gets no more than this of a file: it believes lengths, and inflates what it finds.
_HEAD_BYTES = 1 << 16
# Without DICM, only a UID of the Standard among the first elements tells a data set that cannot be
# used from bytes that never were one: every instance of the Standard's has its SOP class there.
_STANDARD_ROOT = b"1.2.840.10008."
_NOT_CERTAIN = Refusal("no certainty about where its data set begins and how it is encoded")


class IrregularInstance(NamedTuple):
    """An instance that is fit to be sent."""

    sop_class_uid: bytes
    sop_instance_uid: bytes
    transfer_syntax_uid: bytes
    data_set_offset: int
    file_size: int
    mtime_ns: int
    unterminated: bool
    space_padded: bool


class _Start(NamedTuple):
    """Where a data set begins, and what File Meta Information says of it."""

    offset: int
    transfer_syntax_uid: str
    guessed: bool
    """The transfer syntax is made out from the first Data Element."""
    media_sop_class_uid: str
    media_sop_instance_uid: str


def read_irregular(
    path: bytes, judge: KindJudge, *, check_uids: bool, data_set_only: bool = False
) -> IrregularInstance | Refusal:
    """Find the data set of a file.

    Parameters
    ----------
    path : bytes
        The file.
    judge : KindJudge
        Says which SOP classes and transfer syntaxes pass.
    check_uids : bool
        Refuse UIDs that break PS3.5 9.1.
    data_set_only : bool
        Take no file with a preamble: the user says that there is none.

    Returns
    -------
    IrregularInstance or Refusal
        The latter also for what is no DICOM at all: the data set must have a SOP Class UID and a
        SOP Instance UID, and a walk from its beginning must fit the encoding.
    """
    try:
        # As the compiled scanner opens files: what is no regular file must not hang.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        return unreadable("it cannot be opened", error.errno)
    try:
        head = os.pread(fd, _HEAD_BYTES, 0)
        status, detail, *_ = part10.scan_bytes(head, check_uids)
        if (status, detail) == (part10.NOT_PART10, 0):
            return NOT_DICOM
        if data_set_only and status != part10.NOT_PART10:
            return Refusal("not a data set alone, it has File Meta Information")
        start = _find_start(head)
        if start is not None:
            found = _read_data_set(fd, start, judge, check_uids=check_uids)
        else:
            found = refusal_of(status, detail, judge) if status == part10.BAD_META else _NOT_CERTAIN
        no_dicom = status == part10.NOT_PART10 and _STANDARD_ROOT not in head
        return NOT_DICOM if no_dicom and isinstance(found, Refusal) else found
    except OSError as error:
        return unreadable("it cannot be read", error.errno)
    finally:
        os.close(fd)


def _read_data_set(
    fd: int, start: _Start, judge: KindJudge, *, check_uids: bool
) -> IrregularInstance | Refusal:
    found = part10.scan_data_set(
        fd,
        start.offset,
        start.transfer_syntax_uid.encode(),
        # Nothing but proper UIDs tells a guess from a file that is no DICOM.
        check_uids or start.guessed,
        start.media_sop_class_uid.encode(),
        start.media_sop_instance_uid.encode(),
    )
    status, detail, sop_class_uid, sop_instance_uid, syntax = found[:5]
    encapsulated, complete, unterminated, space_padded = found[6:]
    if status != part10.OK:
        return refusal_of(status, detail, judge)
    if start.guessed and encapsulated:
        return Refusal("compressed Pixel Data, and no transfer syntax that says how")
    if not complete:
        return _NOT_CERTAIN
    if number := judge(sop_class_uid.decode(), syntax.decode()):
        return refusal_of(part10.KIND_REFUSED, number, judge)
    file = os.fstat(fd)
    return IrregularInstance(
        sop_class_uid,
        sop_instance_uid,
        syntax,
        start.offset,
        file.st_size,
        file.st_mtime_ns,
        unterminated,
        space_padded,
    )


def _find_start(head: bytes) -> _Start | None:
    """Let pydicom find the data set; None where it finds none in the first bytes of the file."""
    with LATE_IMPORT:
        from pydicom.filereader import read_partial

    stream = BytesIO(head)
    try:
        with silence_pydicom():
            # Stopping at the first element of the data set leaves the stream at its beginning.
            found = read_partial(stream, stop_when=lambda *_: True, force=True)
            meta = found.file_meta
            syntax = str(meta.get("TransferSyntaxUID") or "")
            media = [
                str(meta.get(keyword) or "")
                for keyword in ("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID")
            ]
            implicit_vr, little_endian = found.original_encoding
    except Exception:  # whatever pydicom makes of hostile bytes
        return None
    offset = stream.tell()
    texts = (syntax, *media)
    if offset >= len(head) or not all(text.isascii() and "\0" not in text for text in texts):
        return None
    guess = (
        IMPLICIT_VR_LITTLE_ENDIAN
        if implicit_vr
        else EXPLICIT_VR_LITTLE_ENDIAN
        if little_endian
        else EXPLICIT_VR_BIG_ENDIAN
    )
    return _Start(offset, syntax or guess, not syntax, *media)
