"""Data sets from one native transfer syntax to another, and edited on the way, without the GIL."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, Self, TypeAlias, final

from typing_extensions import Buffer

_Parity: TypeAlias = Literal["any", "even", "odd"]

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
class Dictionary:
    """VRs of elements of Implicit VR beyond those of the Standard, or in their place.

    It never changes, and any number of threads may use it.

    Parameters
    ----------
    entries : iterable of tuple[bytes, int, str]
        Private Creator (``b""`` for none, and for standard elements), tag as a 32-bit number, and
        VR. Under a creator the element number is that of block 00, as in (gggg,00ee), for all
        blocks, or has four digits of its own. Of two for one creator and tag the later one holds.
        Of the VRs beside those of the Standard ``"xs"`` is US or SS, and ``"ox"`` OB or OW.
    ranges : iterable of tuple
        Private Creator; the lowest and the highest group, and ``"any"``, ``"even"`` or ``"odd"``;
        the same of elements; VR. The first that fits an element holds.

    Raises
    ------
    ValueError
        Where there is no such VR.

    Notes
    -----
    What has a tag of its own, here or in the Standard, comes before ranges; for private elements
    what names their creator before what names none. A creator holds for its block (PS3.5 7.8.1) in
    its own data set or item. Group lengths, Private Creators and Pixel Data stay what they are by
    the Standard.
    """

    def __new__(
        cls,
        entries: Iterable[tuple[bytes, int, str]],
        ranges: Iterable[
            tuple[bytes, tuple[int, int, _Parity], tuple[int, int, _Parity], str]
        ] = (),
    ) -> Self: ...
    def __len__(self) -> int: ...
    def capsule(self) -> object:
        """Return a capsule for `wire.Channel`; it lives no longer than this dictionary."""

@final
class Recoder(Iterator[bytes | tuple[int, int] | None]):
    """The pieces of a data set in another transfer syntax, or in the same one with changes.

    Each is either bytes, at most 65,536, or offset and length of a slice of the file whose bytes go
    out as they are, or None where external Pixel Data goes. Memory does not grow with the data set.

    Parameters
    ----------
    fd : int
        An open file; it is not closed, and its position neither matters nor changes.
    offset, length : int
        Where the data set lies in the file, in bytes.
    from_syntax, to_syntax : str
        Two of Implicit VR Little Endian, Explicit VR Little Endian and Explicit VR Big Endian; the
        same one twice where the options behind `copy_fragments` ask for work. A data set with
        encapsulated Pixel Data is Explicit VR Little Endian (PS3.5 A.4).
    slice_least : int
        The least length of a value that comes as a slice, in bytes; 0 for no slices.
    copy_fragments : bool
        Copy the fragments of encapsulated Pixel Data (PS3.5 A.4), and those of icons in
        sequences, instead of raising `UnsureError`. Not from or to Big Endian.
    edits : iterable of tuple[int, bytes, bool]
        Elements of the data set itself, not of its sequences, each once and by ascending tag: the
        tag; the whole element, head and value, as it is to stand in `to_syntax`, or ``b""`` to
        leave it out; and True to do nothing where the data set has no such element. It takes the
        place of the element with its tag, or is inserted where that would be. Not for group
        lengths, nor for Pixel Data that is external.
    external_pixel_data : bool
        Leave out the Pixel Data (7FE0,0010) of the data set itself, native or encapsulated, and
        give None once in its place; never where there is none. Its fragments are gone over but not
        read; a Sequence Delimitation Item may be missing where they end exactly at the end of the
        data set. Float and Double Float Pixel Data are elements like others.
    disable_new_vr : bool
        Write the VRs OD, OF, OL, OV, SV, UC, UN, UR, UT and UV as OB, at all depths, where
        `to_syntax` has explicit VRs, as DCMTK does: numbers in them are then always little
        endian, and UN of undefined length becomes the sequence that it is.
    dictionary : Dictionary, optional
        Where the VRs of Implicit VR are looked up before the Standard's.

    Raises
    ------
    ValueError
        Where a transfer syntax is none of the three, or both are the same and nothing is to be
        done; where no file has `offset` and `length`; where `edits` are not as above.
    RecodeError, UnsureError
        From `measure` and while iterating; nothing more comes after it.
    OSError
        Where the file cannot be read.

    Notes
    -----
    Values stay as they are, odd lengths included, but for the byte order of numbers. With Explicit
    VR on both sides all lengths stay, too, but for those of groups with edits, and where
    `disable_new_vr` asks for other sequences. Else sequences, items and groups get their new
    lengths after `measure`; without it, and behind the first 1,048,576 of them, sequences and items
    get undefined length and group lengths (retired, PS3.5 7.2) are left out. Left out are also Data
    Set Trailing Padding, as DCMTK does, zeros behind the last element, and the group length of
    external Pixel Data.

    What the VR or byte order of other elements depends on is taken from the elements of the file,
    also where these are edited. Where both syntaxes are the same the order of tags is checked only
    in the data set itself, not in its sequences.

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
        edits: Iterable[tuple[int, Buffer, bool]] = (),
        external_pixel_data: bool = False,
        disable_new_vr: bool = False,
        dictionary: Dictionary | None = None,
    ) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> bytes | tuple[int, int] | None: ...
    def measure(self) -> int:
        """Return the length of all pieces in bytes, and begin anew; without external Pixel Data.

        Long values are not read, so that this costs little, and what cannot be re-encoded is
        known before the first piece is sent. It also finds a Pixel Representation (0028,0103)
        that comes after elements whose VR depends on it.
        """

def to_bytes(
    data_set: Buffer,
    from_syntax: str,
    to_syntax: str,
    *,
    copy_fragments: bool = False,
    edits: Iterable[tuple[int, Buffer, bool]] = (),
    disable_new_vr: bool = False,
    dictionary: Dictionary | None = None,
) -> bytes:
    """Return a whole data set in another transfer syntax; `Recoder` has the parameters.

    Raises
    ------
    ValueError, RecodeError, UnsureError
        As `Recoder` does.
    """
