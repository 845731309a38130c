"""Scanning of files (PS3.10) and the compact table of instances."""

from collections.abc import Callable, Sequence
from typing import Final, final

OK: Final[int]
OPEN_FAILED: Final[int]
"""The file could not be opened; the detail is the errno."""
READ_FAILED: Final[int]
"""The file could not be read; the detail is the errno, 0 where it became shorter meanwhile."""
NOT_REGULAR: Final[int]
"""A FIFO, a device, a socket or a directory."""
NOT_PART10: Final[int]
"""No ``DICM`` prefix; the detail is 1 where a data set may begin at 0, and 0 where it cannot."""
BAD_META: Final[int]
"""No File Meta Information that is certain; the detail is the offset where it goes wrong."""
NO_TRANSFER_SYNTAX: Final[int]
"""The detail is the offset of the data set, here and in the next two."""
NO_SOP_CLASS: Final[int]
NO_SOP_INSTANCE: Final[int]
BAD_UID: Final[int]
"""A UID that cannot be sent; the detail is the offset of its Data Element."""
TRUNCATED: Final[int]
"""The file ends inside a Data Element; the detail is the offset of that element."""
OTHER_ENCODING: Final[int]
"""The data set is not encoded as its transfer syntax says (PS3.5 10).

The detail is 0 where it is in Implicit VR Little Endian, 1 in Explicit VR Little Endian, 2 in
Explicit VR Big Endian.
"""
KIND_REFUSED: Final[int]
"""The detail is what the judge of kinds returned."""
TOO_MANY_KINDS: Final[int]
"""More pairs of SOP class and transfer syntax than a table holds (65,535)."""

MAX_ROWS: Final[int]
"""Of a table."""

def scan_bytes(
    file: bytes | bytearray | memoryview, check_uids: bool
) -> tuple[int, int, bytes, bytes, bytes, int, bool, bool, bool, bool]:
    """Scan a file that is in memory.

    Parameters
    ----------
    file : bytes-like
        The whole file.
    check_uids : bool
        Refuse UIDs that break PS3.5 9.1, as dcmsend does.

    Returns
    -------
    tuple
        Status, detail, SOP Class UID, SOP Instance UID, Transfer Syntax UID, offset of the data
        set in bytes, whether Pixel Data is encapsulated, whether the data set was walked to its
        end (or to that of Pixel Data), whether encapsulated Pixel Data goes without the
        Sequence Delimitation Item (PS3.5 A.4) behind its last fragment, and whether one of the
        first two UIDs is padded with spaces. All behind the detail means something only where the
        status is ``OK``.
    """

def scan_data_set(
    fd: int,
    data_set_offset: int,
    transfer_syntax_uid: bytes,
    check_uids: bool,
    media_sop_class_uid: bytes = b"",
    media_sop_instance_uid: bytes = b"",
) -> tuple[int, int, bytes, bytes, bytes, int, bool, bool, bool, bool]:
    """Scan a data set whose beginning and transfer syntax are known by other means.

    Parameters
    ----------
    fd : int
        An open file; its position does not matter and does not change.
    data_set_offset : int
        Bytes from the start of the file.
    transfer_syntax_uid : bytes
        Its transfer syntax.
    check_uids : bool
        As in `scan_bytes`.
    media_sop_class_uid, media_sop_instance_uid : bytes
        The UIDs of the File Meta Information, for a data set without its own.

    Returns
    -------
    tuple
        As of `scan_bytes`.
    """

class DataSetError(Exception):
    """A data set that cannot be read: it is broken, or allows more than one reading."""

    reason: str
    """What is wrong there, without values of the data set."""
    tag: int
    """The Data Element, as a 32-bit number; 0 where there is none."""
    offset: int
    """Bytes from the start of the file."""

    def __init__(self, reason: str, tag: int, offset: int) -> None: ...

def find_elements(
    fd: int,
    offset: int,
    length: int,
    tags: Sequence[int],
    *,
    implicit_vr: bool = False,
    big_endian: bool = False,
    longest_value: int = 4096,
    pixel_data: bool = True,
) -> tuple[dict[int, tuple[str, bytes]], tuple[str, int, int] | None]:
    """Find a few elements of a data set, and its Pixel Data; the GIL is free meanwhile.

    The walk goes over sequences of any depth, reads no other values, and ends at Pixel Data
    (7FE0,0010).

    Parameters
    ----------
    fd : int
        An open file; its position does not matter and does not change.
    offset, length : int
        Where the data set lies in the file, in bytes.
    tags : sequence of int
        What to look for, ascending.
    implicit_vr, big_endian : bool
        The encoding; Explicit VR Little Endian where both are False.
    longest_value : int
        Bytes; elements with longer values, or of undefined length, are not found.
    pixel_data : bool
        Look for Pixel Data, too. Otherwise the walk ends with the last of `tags`, and what is
        broken behind it does not matter.

    Returns
    -------
    dict
        VR (``""`` in Implicit VR) and value, as in the file, by tag.
    tuple or None
        VR, offset of the value in the file and its length in bytes (-1: undefined) of Pixel Data;
        None where there is none.

    Raises
    ------
    DataSetError
        Where what comes before Pixel Data is broken, or its tags do not increase (PS3.5 7.1).
    OSError
        Where the file cannot be read.
    ValueError
        Where `tags` do not increase, or no file has `offset` and `length`.
    """

def find_items(
    fd: int,
    offset: int,
    length: int,
    sequence: int,
    *,
    implicit_vr: bool = False,
    big_endian: bool = False,
    most: int = 16,
) -> list[tuple[int, int]]:
    """Find the items of a sequence of a data set (PS3.5 7.5); the GIL is free meanwhile.

    Parameters
    ----------
    fd : int
        An open file; its position does not matter and does not change.
    offset, length : int
        Where the data set lies in the file, in bytes.
    sequence : int
        The tag of the sequence, in the data set itself.
    implicit_vr, big_endian : bool
        The encoding; Explicit VR Little Endian where both are False.
    most : int
        What is behind so many items is not looked at.

    Returns
    -------
    list of tuple
        Where the elements of each item lie in the file: offset and length in bytes, without the
        item's head and delimiter. Empty where there is no such sequence, or it has another VR.

    Raises
    ------
    DataSetError
        Where what comes before, or the sequence itself, is broken.
    OSError
        Where the file cannot be read.
    ValueError
        Where `most` is 0, or no file has `offset` and `length`.
    """

def list_folder(
    path: bytes, most: int, tick: Callable[[], object] | None = None
) -> tuple[list[bytes], list[bytes], list[bytes]] | int:
    """List a folder; the GIL is free meanwhile.

    Symbolic links are what they lead to; what cannot be told counts as a file.

    Parameters
    ----------
    path : bytes
        The folder.
    most : int
        Names in a batch.
    tick : callable, optional
        Called after every 50 ms or less; what it raises ends the listing.

    Returns
    -------
    tuple of list of bytes, or int
        The names of files, of what is no regular file, and of folders, each sorted and in batches:
        up to `most` names with a NUL between each two, in less than half of the memory that they
        take as objects. The errno where it cannot be listed, or not to its end: an OSError is one
        of `tick`.

    Raises
    ------
    MemoryError
        Where its names do not fit into memory.
    """

@final
class InstanceTable:
    """Rows of instances: what the scanner found and what became of each.

    Rows are numbered from 0. One thread adds rows and folders: with `set_repeat`, `add_folder`,
    `scan` and `append`. Others may meanwhile call everything else: what is in the table neither
    moves nor changes, but for the results of rows. What is said of results holds for rows that
    are final, and for all rows where nothing is being sent.

    Raises
    ------
    RuntimeError
        By those four, in another thread than the one whose `scan` is under way.
    """

    def __len__(self) -> int: ...
    def set_repeat(self, repeat: int) -> None:
        """Append this many rows, 1 or more, for each instance from now on."""

    def add_folder(self, path: bytes) -> int:
        """Add a folder and return its number; ``b""`` stands for no folder at all."""

    def scan(
        self,
        folder: int,
        names: Sequence[bytes],
        check_uids: bool,
        judge: Callable[[str, str], int] | None = None,
        irregular: Callable[[int, int, int], object] | None = None,
        directory: Callable[[int], object] | None = None,
        tick: Callable[[], object] | None = None,
    ) -> list[tuple[int, int, int]]:
        """Scan files and append the good ones in order; the GIL is free meanwhile.

        Parameters
        ----------
        folder : int
            The folder that the names are relative to.
        names : sequence of bytes
            Names of files.
        check_uids : bool
            As in `scan_bytes`.
        judge : callable, optional
            Called with the SOP Class UID and the Transfer Syntax UID of each file whose pair the
            table does not hold yet. 0 lets the file in; another number is its detail.
        irregular : callable, optional
            Called with index, status and detail of each file that a slower reader may make
            something of, in the place of its entry in the result.
        directory : callable, optional
            Called with the index of each DICOMDIR in the place of `judge`, which has to be there;
            it may scan into this table.
        tick : callable, optional
            Called after every 64 files, or less. Whatever the callables raise ends the scan; the
            table keeps what it has got.

        Returns
        -------
        list of tuple
            Index in `names`, status and detail of each file that was not appended.

        Raises
        ------
        ValueError
            Where a name holds a NUL.
        """

    def append(
        self,
        folder: int,
        name: bytes,
        sop_class_uid: bytes,
        sop_instance_uid: bytes,
        transfer_syntax_uid: bytes,
        data_set_offset: int,
        file_size: int,
        mtime_ns: int,
        unterminated: bool = False,
        space_padded: bool = False,
    ) -> None:
        """Append one instance that was found by other means.

        Raises
        ------
        ValueError
            Where a UID cannot be sent or the offset is behind the end of the file.
        OverflowError
            Where the table holds 65,535 pairs of SOP class and transfer syntax already.
        """

    def kinds(self) -> list[tuple[str, str]]:
        """Return the pairs of SOP Class UID and Transfer Syntax UID, in order of appearance."""

    def kind_column(self, first: int = 0, end: int | None = None) -> memoryview:
        """Return the index in `kinds` of each row, as a read-only copy of format ``H``.

        Parameters
        ----------
        first : int
            The row that the column begins with.
        end : int, optional
            The row before which it ends; as for slices there may be less rows.
        """

    def path(self, row: int) -> bytes:
        """Return folder and name of a row, as the operating system has them."""

    def file(self, row: int) -> tuple[bytes, int, int, int]:
        """Return path, offset of the data set, size of the file and its modification time in ns."""

    def sop_instance_uid(self, row: int) -> str: ...
    def data_set_length(self, row: int) -> int:
        """Return the bytes from the start of the data set to the end of the file."""

    def unterminated(self, row: int) -> bool:
        """Return True where Pixel Data goes without its Sequence Delimitation Item (PS3.5 A.4)."""

    def space_padded(self) -> tuple[int, int]:
        """Return how many rows have a UID that is padded with spaces in the file, and the first.

        The padding of UIDs is NUL (PS3.5 6.2).
        """

    def unterminated_rows(self, first: int, end: int) -> list[int]:
        """Return the rows from `first` to before `end` for which `unterminated` is True."""

    def total_data_set_bytes(self) -> int:
        """Return the sum of `data_set_length` over all rows."""

    def answered_bytes(self) -> int:
        """Return the sum of `data_set_length` over the rows whose outcome is ``ANSWERED``."""

    def counts(self) -> dict[tuple[int, int], int]:
        """Return how many rows have each outcome and status (0 where it is not ``ANSWERED``)."""

    def carried(self) -> dict[tuple[int, int, int], int]:
        """Return how many ``ANSWERED`` rows there are by kind, association and context id."""

    def result(self, row: int) -> tuple[int, int, int, int, int, int, int]:
        """Return outcome, status, error, error detail, association, context id, microseconds."""

    def set_not_sent(self, row: int, association: int) -> None:
        """Set the outcome ``NOT_SENT`` and the association; the row is final then."""

    def mark_not_sent(
        self, first: int, end: int, kinds: bytes | bytearray | memoryview, association: int
    ) -> int:
        """Do as `set_not_sent` does with each row of some kinds that is not final yet.

        Parameters
        ----------
        first, end : int
            The first row and the row before which to stop; rows that are not there are left out.
        kinds : bytes-like
            A byte for each kind, other than 0 for those to mark; kinds behind its end are not.
        association : int
            From 1.

        Returns
        -------
        int
            How many rows were marked.
        """

    def final_prefix(self, start: int) -> int:
        """Return the first row from `start` on that is not final, or how many rows there are."""

    def memory_bytes(self) -> int:
        """Return the memory that rows, names, UIDs, folders and kinds take, in bytes."""

    def kind(self, row: int) -> int:
        """Return the index of the kind of a row."""

    def capsule(self) -> object:
        """Return the capsule ``fastsend.instance_table``; it lives no longer than this table."""
