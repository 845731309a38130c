"""The scan of a run: every path of the command line, in order, into the table of instances."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import part10
from fastsend.errors import InvalidInputFileError, NoInputFilesError, NoValidInputFilesError
from fastsend.scan.folders import FileBatch, expand
from fastsend.scan.kinds import KindJudge
from fastsend.scan.skipped import SHRUNK, Refusal, SkippedFile, refusal_of

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable
    from fastsend.model.options import SendOptions


class ScanReport(NamedTuple):
    """What a scan found beside the instances, which are in the table."""

    files: int
    """Files that were looked at."""
    skipped: tuple[SkippedFile, ...]


def scan(options: SendOptions, table: InstanceTable) -> ScanReport:
    """Add every instance that `options.paths` stand for to `table`, in order.

    Parameters
    ----------
    options : SendOptions
        Paths, and how files and folders are taken.
    table : InstanceTable
        The instances come behind those that it holds.

    Returns
    -------
    ScanReport
        With one record for each file, and each folder, that is left out.

    Raises
    ------
    InvalidInputFileError
        Where `options.halt` is true and a path that the user named cannot be sent.
    NoInputFilesError
        Where the paths stand for no file at all.
    NoValidInputFilesError
        Where none of the files can be sent.
    """
    scanner = _Scanner(options, table)
    before = len(table)
    for found in expand(options):
        if isinstance(found, FileBatch):
            scanner.scan_batch(found)
        else:
            scanner.files += not found.is_folder
            scanner.skip(found.path, found.refusal, named=found.named)
    report = ScanReport(scanner.files, tuple(scanner.skipped))
    if len(table) == before:
        _raise_nothing_to_send(report)
    return report


def _raise_nothing_to_send(report: ScanReport) -> None:
    first = f"; the first: {report.skipped[0]}" if report.skipped else ""
    if not report.files:
        raise NoInputFilesError(f"no input files{first}")
    raise NoValidInputFilesError(f"none of {report.files} input files can be sent{first}")


class _Scanner:
    def __init__(self, options: SendOptions, table: InstanceTable) -> None:
        self.files = 0
        self.skipped: list[SkippedFile] = []
        self._options = options
        self._table = table
        self._judge = KindJudge(check_uids=options.check_uids)

    def skip(self, path: bytes, refusal: Refusal, *, named: bool) -> None:
        skipped = SkippedFile(
            os.fsdecode(path), refusal.reason, named, refusal.is_dicom, refusal.offset
        )
        if named and self._options.halt:
            raise InvalidInputFileError(str(skipped))
        self.skipped.append(skipped)

    def scan_batch(self, batch: FileBatch) -> None:
        options, names = self._options, batch.names
        folder = self._table.add_folder(batch.folder)
        self.files += len(names)
        refusals: list[tuple[int, Refusal]] = []

        def read_slowly(index: int, _status: int = 0, _detail: int = 0) -> None:
            refusal = self._read_irregular(folder, batch.folder, names[index])
            if refusal is not None:
                refusals.append((index, refusal))

        if options.file_format == "data_set":
            for index in range(len(names)):
                read_slowly(index)
        else:
            irregular = read_slowly if options.file_format == "any" else None
            for index, status, detail in self._table.scan(
                folder, names, options.check_uids, self._judge, irregular
            ):
                refusals.append((index, refusal_of(status, detail, self._judge)))
        for index, refusal in sorted(refusals, key=lambda item: item[0]):
            path = os.path.join(batch.folder, names[index])  # noqa: PTH118
            self.skip(path, refusal, named=batch.named)

    def _read_irregular(self, folder: int, folder_path: bytes, name: bytes) -> Refusal | None:
        from fastsend.scan.irregular import read_irregular

        found = read_irregular(
            os.path.join(folder_path, name),  # noqa: PTH118
            self._judge,
            check_uids=self._options.check_uids,
            data_set_only=self._options.file_format == "data_set",
        )
        if isinstance(found, Refusal):
            return found
        try:
            self._table.append(folder, name, *found)
        except OverflowError:
            return refusal_of(part10.TOO_MANY_KINDS, 0, self._judge)
        except ValueError:
            return SHRUNK
        return None
