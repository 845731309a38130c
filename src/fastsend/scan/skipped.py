"""Files that are left out, and why, in words for the user."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import part10
from fastsend.model.escape import printable

if TYPE_CHECKING:
    from fastsend.model.options import SendOptions
    from fastsend.scan.kinds import KindJudge


class Refusal(NamedTuple):
    """Why a file is left out."""

    reason: str
    """The same words for the same cause."""
    is_dicom: bool = True
    offset: int | None = None
    """Where in the file the trouble is, in bytes from its start."""


class SkippedFile(NamedTuple):
    """A file, or a folder that cannot be listed, that is left out."""

    path: str
    """As it was named or found, undecodable bytes as `os.fsdecode` has them: for programs."""
    reason: str
    """Why, in words for the user; the same words for the same cause."""
    named: bool
    """True where the user named it."""
    is_dicom: bool
    """False only where it is certain that no instance is left out with it."""
    offset: int | None = None
    """Where in the file the trouble is, in bytes from its start."""

    def __str__(self) -> str:
        """Return one printable line."""
        place = "" if self.offset is None else f" (at byte {self.offset})"
        return f"{printable(self.path)}: {self.reason}{place}"


NOT_DICOM = Refusal("not a DICOM file", is_dicom=False)
SHRUNK = Refusal("it became shorter while it was read")
NOT_A_FILE = Refusal("not a regular file", is_dicom=False)
BAD_NAME = Refusal("there is no such file: its name holds a NUL", is_dicom=False)

_REASONS = {
    part10.BAD_META: "damaged File Meta Information",
    part10.NO_TRANSFER_SYNTAX: "no Transfer Syntax UID in its File Meta Information",
    part10.NO_SOP_CLASS: "no SOP Class UID",
    part10.NO_SOP_INSTANCE: "no SOP Instance UID",
    part10.BAD_UID: "a UID that is not valid",
    part10.TRUNCATED: "cut short, a Data Element reaches past the end of the file",
    part10.TOO_MANY_KINDS: "too many different SOP classes and transfer syntaxes",
}
_ENCODINGS = (  # of OTHER_ENCODING
    "Implicit VR Little Endian",
    "Explicit VR Little Endian",
    "Explicit VR Big Endian",
)
_NO_STORAGE = "is no storage class"
_REASONS_OF_DCMSEND = (
    ("there is no such file", "No such file or directory"),
    ("not a DICOM file", "File meta information header missing"),
    (_NO_STORAGE, "Invalid SOP Class UID"),
    ("a DICOMDIR", "Invalid SOP Class UID"),
)
_MISSING = "missing SOP class (or instance) in file"
_WITH_OFFSET = {part10.BAD_META, part10.BAD_UID, part10.TRUNCATED}


def refusal_of(status: int, detail: int, judge: KindJudge) -> Refusal:
    """Return what a status of the compiled scanner means."""
    if status == part10.OPEN_FAILED:
        return unreadable("it cannot be opened", detail)
    if status == part10.READ_FAILED:
        return unreadable("it cannot be read", detail) if detail else SHRUNK
    if status == part10.NOT_REGULAR:
        return NOT_A_FILE
    if status == part10.NOT_PART10:
        return Refusal("not a DICOM file with File Meta Information") if detail else NOT_DICOM
    if status == part10.OTHER_ENCODING:
        return Refusal(
            f"its data set is in {_ENCODINGS[detail]}, its Transfer Syntax UID says otherwise"
        )
    if status == part10.KIND_REFUSED:
        refused = judge.refusal(detail)
        return Refusal(refused.reason, is_dicom=refused.is_instance)
    return Refusal(_REASONS[status], offset=detail if status in _WITH_OFFSET else None)


def bad_file_text(skipped: SkippedFile, options: SendOptions) -> str:
    """Return what dcmsend or storescu says of a file that it cannot use."""
    if options.compat == "storescu" and options.required:
        start = "unknown storage SOP class in file" if _NO_STORAGE in skipped.reason else _MISSING
        return f"{start}: {skipped}"
    if options.compat == "storescu":
        return f"Bad DICOM file: {skipped}"
    for reason, theirs in _REASONS_OF_DCMSEND:
        if reason in skipped.reason:
            return f"bad DICOM file: {skipped._replace(reason=theirs)}"
    return f"bad DICOM file: {skipped}"


def unreadable(what: str, error_number: int | None) -> Refusal:
    """Return the refusal for an error of the operating system."""
    if error_number == errno.ENOENT:
        return Refusal("there is no such file")
    return Refusal(f"{what}: {os.strerror(error_number)}" if error_number else what)
