"""The files that a DICOMDIR names, in the table of instances.

dcmsend believes the records and opens no file before it sends it. Here every file is scanned, for
where its data set begins and for what is in it: a record may be about another instance than the
one that lies there now, and a receiver has to be told what it gets. Where both agree, and the files
are there, what is proposed and sent is the same.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fastsend.model.escape import printable
from fastsend.scan.dicomdir import read_directory
from fastsend.scan.folders import FileBatch
from fastsend.scan.media_path import MISSING, MediaFolder
from fastsend.scan.skipped import Refusal

if TYPE_CHECKING:
    from fastsend.scan.dicomdir import DirectoryRecord
    from fastsend.scan.scanner import Scanner


def scan_directory(scanner: Scanner, path: bytes, *, named: bool) -> None:
    """Add the files that a DICOMDIR names to the table of `scanner`, in the order of its records.

    Parameters
    ----------
    scanner : Scanner
        Is told of what is left out, too.
    path : bytes
        The DICOMDIR.
    named : bool
        True where the user named it, and with it these files.
    """
    records = read_directory(path, scanner.tick)
    if isinstance(records, Refusal):
        scanner.skip(path, records, named=named, row=len(scanner.table))
        return
    files = _Files(scanner, path, named=named)
    for record in records:
        files.add(record)
        scanner.tick()
    files.scan()
    files.warn_of_others()


class _Files:
    def __init__(self, scanner: Scanner, path: bytes, *, named: bool) -> None:
        self._scanner = scanner
        self._path = path
        self._named = named
        self._root = os.path.dirname(path)  # noqa: PTH120
        self._folder = MediaFolder(self._root)
        self._folder_number: int | None = None
        self._waiting: list[tuple[bytes, DirectoryRecord]] = []
        self._others: list[int] = []

    def add(self, record: DirectoryRecord) -> None:
        """Take the file of a record, which `scan` puts into the table."""
        scanner = self._scanner
        scanner.files += 1
        as_dcmsend = scanner.options.compat == "dcmsend"
        refusal = scanner.record_refusal(record) if as_dcmsend and record.file_id else None
        place = refusal or self._folder.find(record.file_id)
        if not isinstance(place, Refusal):
            self._waiting.append((place, record))
        elif place is MISSING and as_dcmsend:
            self._append_missing(record)
        else:
            # As it stands in the record: it may not be what a path on this machine looks like.
            entry = self._path + b" -> " + record.file_id
            scanner.skip(entry, place, named=self._named, row=len(scanner.table))

    def _append_missing(self, record: DirectoryRecord) -> None:
        """Add a file that is not there: dcmsend proposes it and fails when its turn comes."""
        self.scan()
        table = self._scanner.table
        if self._folder_number is None:
            self._folder_number = table.add_folder(self._root)
        name = record.file_id.replace(b"\\", b"/")
        uids = (record.sop_class_uid, record.sop_instance_uid, record.transfer_syntax_uid)
        table.append(self._folder_number, name, *uids, 0, 0, 0)

    def scan(self) -> None:
        """Put the files that wait into the table."""
        if not self._waiting:
            return
        scanner, waiting = self._scanner, self._waiting
        self._waiting = []
        first = len(scanner.table)
        batch = FileBatch(self._root, [place for place, _ in waiting], named=self._named)
        left_out = scanner.scan_files(batch)
        records = (record for index, (_, record) in enumerate(waiting) if index not in left_out)
        kinds, column = scanner.table.kinds(), scanner.table.kind_column(first)
        rows = range(first, len(scanner.table), scanner.options.repeat)
        for row, record in zip(rows, records, strict=True):
            sop_class_uid, transfer_syntax_uid = kinds[column[row - first]]
            sop_instance_uid = scanner.table.sop_instance_uid(row)
            if not record.agrees(sop_class_uid, sop_instance_uid, transfer_syntax_uid):
                self._others.append(row)

    def warn_of_others(self) -> None:
        """Warn where files are not what the DICOMDIR says: they are sent as what they are."""
        if self._others:
            first = self._scanner.table.path(self._others[0])
            self._scanner.warn(
                f"{printable(os.fsdecode(self._path))}: {len(self._others)} of the files that it "
                "names are not the instances that it says, and are sent as what they are; the "
                f"first is {printable(os.fsdecode(first))}"
            )
