"""Which instances belong to one series, for runs that keep the order of each (``--ordered``)."""

from __future__ import annotations

import os
from array import array
from io import FileIO
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from fastsend._native import deflate, part10
from fastsend.errors import InterruptedRunError
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastsend._native.part10 import InstanceTable

_SERIES_INSTANCE_UID: Final = 0x0020000E
_LONGEST_UID: Final = 256
"""Bytes. 64 are allowed (PS3.5 9.1); what tells two series apart need not be."""
_LONGEST_INFLATED: Final = 4 << 20
"""Bytes from the start of a deflated data set in which its series is looked for."""
_READ_LENGTH: Final = 8 << 10
_ROWS_BETWEEN_CHECKS: Final = 256


class SeriesRows(NamedTuple):
    """Rows of a table, series by series."""

    rows: array[int]
    """Of item type ``I``. Series come in the order of their first rows; the rows of each rise."""
    starts: array[int]
    """Of item type ``I``: where each series begins in `rows`, and then the end of the last one."""


def by_series(
    table: InstanceTable,
    first: int,
    end: int,
    cancelled: Callable[[], bool] | None = None,
) -> SeriesRows:
    """Group rows by the Series Instance UID (0020,000E) of their files (PS3.3 C.7.3.1).

    Each file is opened once more, which takes about as long as the scan did. A row takes 8 bytes
    meanwhile and 4 afterwards, a series about 250 bytes meanwhile and 4 afterwards.

    Instances whose series cannot be told are kept together folder by folder, each folder like a
    series: a broken file most likely belongs with those beside it. So are instances that have no
    series at all (PS3.4 Annex GG, Non-Patient Object Storage).

    Parameters
    ----------
    table : InstanceTable
        Where the files are. It may grow meanwhile.
    first, end : int
        The rows from `first` to before `end`.
    cancelled : callable, optional
        Asked now and then whether to give up.

    Returns
    -------
    SeriesRows
        Each of the rows once.

    Raises
    ------
    InterruptedRunError
        Where `cancelled` returned True.
    IndexError
        Where the table has no such rows.
    """
    numbers = array("I")
    counts = array("I")
    known: dict[bytes, int] = {}
    for series in _series_of_rows(table, first, end, cancelled):
        number = known.setdefault(series, len(counts))
        if number == len(counts):
            counts.append(0)
        counts[number] += 1
        numbers.append(number)
    starts = array("I", accumulate(counts, initial=0))
    rows = array("I", bytes(numbers.itemsize * len(numbers)))
    free = starts[:]
    for row, number in enumerate(numbers, first):
        rows[free[number]] = row
        free[number] += 1
    return SeriesRows(rows, starts)


def _series_of_rows(
    table: InstanceTable, first: int, end: int, cancelled: Callable[[], bool] | None
) -> Iterator[bytes]:
    """Yield for each row what names its series: a UID, or a folder with a slash behind it."""
    kinds, column = table.kinds(), table.kind_column()
    last_path, series = None, b""
    for row in range(first, end):
        if cancelled is not None and row % _ROWS_BETWEEN_CHECKS == 0 and cancelled():
            raise InterruptedRunError("the run was interrupted")
        path, offset, size, _ = table.file(row)
        if path != last_path:  # rows in a row of one file: --repeat
            last_path = path
            series = _series_instance_uid(path, offset, size - offset, kinds[column[row]][1])
            series = series or path.rpartition(b"/")[0] + b"/"
        yield series


def _series_instance_uid(path: bytes, offset: int, length: int, transfer_syntax_uid: str) -> bytes:
    """Return the UID in a file, without its padding; empty where there is none to be found."""
    known = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    implicit_vr = known is not None and known.implicit_vr
    big_endian = known is not None and known.big_endian
    try:
        # A FIFO that took the place of the file must not hold up the run.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return b""
    try:
        if known is not None and known.coding == "deflated":
            return _find_in_deflated(fd, offset, length)
        return _find(fd, offset, length, implicit_vr=implicit_vr, big_endian=big_endian)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _find(
    fd: int, offset: int, length: int, *, implicit_vr: bool = False, big_endian: bool = False
) -> bytes:
    """Return the UID in a data set."""
    try:
        found, _ = part10.find_elements(
            fd,
            offset,
            length,
            (_SERIES_INSTANCE_UID,),
            implicit_vr=implicit_vr,
            big_endian=big_endian,
            longest_value=_LONGEST_UID,
            pixel_data=False,
        )
    except part10.DataSetError:
        return b""
    _, value = found.get(_SERIES_INSTANCE_UID, ("", b""))
    return value.strip(b" \0")


def _find_in_deflated(fd: int, offset: int, length: int) -> bytes:
    """Return the UID in a deflated data set (PS3.5 A.5), of which only the start is inflated."""
    with _scratch_file() as file:
        for piece in _inflated(fd, offset, length):
            file.write(piece)
            series = _find(file.fileno(), 0, file.tell())
            if series:
                return series
    return b""


def _scratch_file() -> FileIO:
    if hasattr(os, "memfd_create"):
        return FileIO(os.memfd_create("start of a data set", os.MFD_CLOEXEC), "wb")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return FileIO(os.dup(file.fileno()), "wb")


def _inflated(fd: int, offset: int, length: int) -> Iterator[bytes]:
    """Yield the start of a data set, each piece as long as all before, up to its end or defect."""
    decoder = deflate.Decoder()
    end, stream, ended = offset + length, b"", False
    room = _READ_LENGTH
    while not ended and decoder.made < _LONGEST_INFLATED:
        buffer = bytearray(room)
        filled = 0
        while filled < room and not ended:
            if not stream and offset < end:
                stream = os.pread(fd, min(_READ_LENGTH, end - offset), offset)
                if not stream:
                    end = offset  # it became shorter
                offset += len(stream)
            try:
                taken, written, ended = decoder.next(
                    stream, memoryview(buffer)[filled:], last=offset >= end
                )
            except ValueError:
                ended = True
                break
            stream = stream[taken:]
            filled += written
        yield bytes(memoryview(buffer)[:filled])
        room = decoder.made or room
