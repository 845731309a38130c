"""The file of an instance that is to be converted, and the data set in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from fastsend.convert.deflated import inflate_to_file
from fastsend.convert.refusal import ConversionError, FramesError
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
    TRANSFER_SYNTAXES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.convert.invention import Identity

_SLICE_LENGTH = 1 << 20
_LONGEST_INFLATED = 64 << 30


class Stored(NamedTuple):
    """Where an instance lies, as it was scanned."""

    path: bytes
    data_set_offset: int
    file_size: int
    mtime_ns: int
    transfer_syntax_uid: str
    sop_class_uid: str
    sop_instance_uid: str
    unterminated: bool = False
    """Its Pixel Data goes without the Sequence Delimitation Item (PS3.5 A.4)."""
    identity: Identity | None = None
    """What it is called instead when it is sent."""


class Source:
    """A data set that is open for reading, and inflated where it was deflated.

    Parameters
    ----------
    stored : Stored
        Where it lies.

    Raises
    ------
    ConversionError
        Where the file cannot be opened, is not what was scanned, or cannot be inflated.

    Attributes
    ----------
    fd, offset, length : int
        A file and where the data set lies in it, in bytes; not always the file that was scanned.
    encoding : str
        The native transfer syntax of all but its Pixel Data.
    """

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self.encoding = encoding_of(stored.transfer_syntax_uid)
        try:
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
            self.fd = self._file = os.open(stored.path, flags)
        except OSError as exc:
            raise ConversionError(f"the file cannot be opened: {exc.strerror}") from exc
        self.offset = stored.data_set_offset
        self.length = stored.file_size - self.offset
        try:
            self.check_unchanged()
            if is_deflated(stored.transfer_syntax_uid):
                self.fd = inflate_to_file(
                    self._file, self.offset, self.length, limit=_LONGEST_INFLATED
                )
                self.offset, self.length = 0, os.fstat(self.fd).st_size
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        for fd in {self.fd, self._file} - {-1}:
            os.close(fd)
        self.fd = self._file = -1

    def check_unchanged(self) -> None:
        """Raise `ConversionError` where the file is not what was scanned."""
        status = os.fstat(self._file)
        if (status.st_size, status.st_mtime_ns) != (self.stored.file_size, self.stored.mtime_ns):
            raise ConversionError("the file changed after it was scanned; send it again")

    def read(self, offset: int, length: int) -> Iterator[bytes]:
        """Yield bytes of `fd` in pieces.

        Raises
        ------
        FramesError
            Where the file became shorter meanwhile.
        OSError
            Where it cannot be read.
        """
        while length:
            piece = os.pread(self.fd, min(length, _SLICE_LENGTH), offset)
            if not piece:
                raise FramesError("the file became shorter while it was read", offset)
            yield piece
            offset += len(piece)
            length -= len(piece)


class ItemSource:
    """The data set in an item of a sequence (PS3.5 7.5), as `Source` is one that is an instance.

    Parameters
    ----------
    whole : Source
        What it lies in; it has to stay open.
    offset, length : int
        Where the item's elements lie in its file, in bytes.
    """

    def __init__(self, whole: Source, offset: int, length: int) -> None:
        self._whole = whole
        self.stored = whole.stored
        self.offset = offset
        self.length = length
        self.encoding = whole.encoding

    @property
    def fd(self) -> int:
        """The file, -1 once it is closed."""
        return self._whole.fd


def encoding_of(transfer_syntax_uid: str) -> str:
    """Return the native syntax that all but Pixel Data is encoded in (PS3.5 A.4, A.5)."""
    if transfer_syntax_uid in NATIVE_TRANSFER_SYNTAXES:
        return transfer_syntax_uid
    known = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    implicit_vr = known is not None and known.implicit_vr
    return IMPLICIT_VR_LITTLE_ENDIAN if implicit_vr else EXPLICIT_VR_LITTLE_ENDIAN


def is_deflated(transfer_syntax_uid: str) -> bool:
    """Return whether the data set is a deflate stream; those of unknown syntaxes are none."""
    known = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    return known is not None and known.coding == "deflated"


def is_encapsulated(transfer_syntax_uid: str) -> bool:
    """Return whether Pixel Data lies in fragments, as in unknown syntaxes (PS3.5 A.4)."""
    known = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    return known is None or known.coding not in ("native", "deflated")
