"""Data sets from one native transfer syntax to another, without the GIL."""

from collections.abc import Iterator
from typing import Final, Self, final

from typing_extensions import Buffer

MAX_DEPTH: Final[int]
"""Sequences that may lie in each other."""

class RecodeError(Exception):
    """The data set cannot be re-encoded: it is broken, or became shorter meanwhile."""

    reason: str
    """What is wrong there, without values of the data set."""
    tag: int
    """The Data Element, as a 32-bit number; 0 where there is none."""
    offset: int
    """Bytes from the start of the file, or of the bytes given."""

    def __init__(self, reason: str, tag: int, offset: int) -> None: ...

class UnsureError(RecodeError):
    """The bytes allow more than one reading; a slower reader may make something of them."""

@final
class Recoder(Iterator[bytes | tuple[int, int]]):
    """The pieces of a data set in another transfer syntax.

    Each is either bytes, at most 65,536, or offset and length of a slice of the file whose bytes go
    out as they are. Memory does not grow with the data set.

    Parameters
    ----------
    fd : int
        An open file; it is not closed, and its position neither matters nor changes.
    offset, length : int
        Where the data set lies in the file, in bytes.
    from_syntax, to_syntax : str
        Two of Implicit VR Little Endian, Explicit VR Little Endian and Explicit VR Big Endian.
    slice_least : int
        The least length of a value that comes as a slice, in bytes; 0 for no slices.
    copy_fragments : bool
        Copy the fragments of encapsulated Pixel Data (PS3.5 A.4) instead of raising
        `UnsureError`. Not from or to Big Endian.

    Raises
    ------
    ValueError
        Where a transfer syntax is none of the three, or both are the same; where no file has
        `offset` and `length`.
    RecodeError, UnsureError
        From `measure` and while iterating; nothing more comes after it.
    OSError
        Where the file cannot be read.

    Notes
    -----
    Values stay as they are, odd lengths included, but for the byte order of numbers. With Explicit
    VR on both sides all lengths stay, too. Else sequences, items and groups get their new lengths
    after `measure`; without it, and behind the first 1,048,576 of them, sequences and items get
    undefined length and group lengths (retired, PS3.5 7.2) are left out. Left out are also Data Set
    Trailing Padding, as DCMTK does, and zeros behind the last element.

    From Implicit VR: the VR is that of PS3.6; LO for Private Creators; SQ for unknown elements of
    undefined length; UN for other unknown ones and for values of more than 65,534 bytes that their
    VR does not allow, and these are never swapped (PS3.5 6.2.2). Of the choices of PS3.6: US or SS
    by the nearest Pixel Representation around, US where there is none and no Pixel Data either; OW
    for Pixel Data, Overlay Data and lookup tables; OB for Curve Data; OB or OW by Waveform Bits
    Allocated for waveforms (PS3.5 8.3, A.1). What is inside UN of undefined length stays Implicit
    VR Little Endian.

    `UnsureError` where the tags do not increase; where a VR is none of the Standard, or depends on
    what is not there or says the opposite later; where items and delimiters are out of place; and
    where the byte order changes for values that are no whole number of words, for Curve Data, and
    for pixels and waveforms of more bits than the unit of their VR: programs do not agree on these.
    """

    def __new__(
        cls,
        fd: int,
        offset: int,
        length: int,
        from_syntax: str,
        to_syntax: str,
        *,
        slice_least: int = 16384,
        copy_fragments: bool = False,
    ) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> bytes | tuple[int, int]: ...
    def measure(self) -> int:
        """Return the length of all pieces in bytes, and begin anew.

        Long values are not read, so that this costs little, and what cannot be re-encoded is
        known before the first piece is sent. It also finds a Pixel Representation (0028,0103)
        that comes after elements whose VR depends on it.
        """

def to_bytes(
    data_set: Buffer, from_syntax: str, to_syntax: str, *, copy_fragments: bool = False
) -> bytes:
    """Return a whole data set in another transfer syntax; `Recoder` has the parameters.

    Raises
    ------
    ValueError, RecodeError, UnsureError
        As `Recoder` does.
    """
