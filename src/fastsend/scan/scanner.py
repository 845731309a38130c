"""The scan of a run: every path of the command line, in order, into the table of instances."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import part10
from fastsend.errors import InvalidInputFileError, NoInputFilesError, NoValidInputFilesError
from fastsend.scan.folders import FileBatch, LeftOut, expand
from fastsend.scan.kinds import judge_of
from fastsend.scan.skipped import SHRUNK, Refusal, SkippedFile, bad_file_text, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastsend._native.part10 import InstanceTable
    from fastsend.model.options import SendOptions


class ScanReport(NamedTuple):
    """What a scan found beside the instances, which are in the table."""

    files: int
    """Files that were looked at."""
    skipped: tuple[SkippedFile, ...]
    end: int | None = None
    """The row before which storescu comes upon a file that it cannot read, and halts; None where
    it does not."""
    stop: str = ""
    """Why it halts there."""
    gaps: tuple[int, ...] = ()
    """The rows before which it comes upon such files, and goes on (``-nh``)."""


def scan(
    options: SendOptions, table: InstanceTable, warn: Callable[[str], None] | None = None
) -> ScanReport:
    """Add every instance that `options.paths` stand for to `table`, in order.

    Parameters
    ----------
    options : SendOptions
        Paths, and how files and folders are taken.
    table : InstanceTable
        The instances come behind those that it holds.
    warn : callable, optional
        With `SendOptions.compat`, is told of each file that is left out.

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
    scanner = _Scanner(options, table, warn or _ignore)
    before = len(table)
    for found in scanner.expand():
        if scanner.end is not None:
            break
        if isinstance(found, FileBatch):
            scanner.scan_batch(found)
        else:
            scanner.files += not found.is_folder
            row = None if found.told else len(table)
            scanner.skip(found.path, found.refusal, named=found.named, row=row)
    report = ScanReport(
        scanner.files, tuple(scanner.skipped), scanner.end, scanner.stop, tuple(scanner.gaps)
    )
    if options.compat == "storescu":
        if not report.files:
            raise NoInputFilesError("no input files to be sent")
    elif len(table) == before:
        _raise_nothing_to_send(report)
    return report


def _ignore(_: str) -> None:
    """Say nothing."""


def _raise_nothing_to_send(report: ScanReport) -> None:
    first = f"; the first: {report.skipped[0]}" if report.skipped else ""
    if not report.files:
        raise NoInputFilesError(f"no input files{first}")
    raise NoValidInputFilesError(f"none of {report.files} input files can be sent{first}")


class _Scanner:
    def __init__(
        self, options: SendOptions, table: InstanceTable, warn: Callable[[str], None]
    ) -> None:
        self.files = 0
        self.skipped: list[SkippedFile] = []
        self.end: int | None = None
        self.stop = ""
        self.gaps: list[int] = []
        self._warn = warn
        self._options = options
        self._table = table
        self._judge = judge_of(options)
        self._check_uids = options.check_uids and options.compat != "storescu"

    def expand(self) -> Iterator[FileBatch | LeftOut]:
        if self._options.compat is None:
            return expand(self._options)
        from fastsend.scan.dcmtk_input import expand_as_dcmtk

        return expand_as_dcmtk(self._options, self._warn)

    def skip(self, path: bytes, refusal: Refusal, *, named: bool, row: int | None = None) -> None:
        """Leave a file out; `row` is the row that comes behind it, None where the user knows."""
        skipped = SkippedFile(
            os.fsdecode(path), refusal.reason, named, refusal.is_dicom, refusal.offset
        )
        if self._options.compat is not None:
            self._skip_as_dcmtk(skipped, row)
            return
        if named and self._options.halt:
            raise InvalidInputFileError(str(skipped))
        self.skipped.append(skipped)

    def _skip_as_dcmtk(self, skipped: SkippedFile, row: int | None) -> None:
        """Leave a file out as the two programs do, in their words where they have any."""
        options = self._options
        self.skipped.append(skipped)
        if row is None:
            return
        reads_first = options.compat == "dcmsend" or options.required
        text = bad_file_text(skipped, options)
        if options.halt and reads_first:
            raise InvalidInputFileError(text)
        if options.halt:
            self.end, self.stop = row, text
            return
        if not reads_first:
            self.gaps.append(row)
        self._warn(f"{text}, ignoring file")

    def scan_batch(self, batch: FileBatch) -> None:
        options, names = self._options, batch.names
        first = len(self._table)
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
                folder, names, self._check_uids, self._judge, irregular
            ):
                refusals.append((index, refusal_of(status, detail, self._judge)))
        refusals.sort(key=lambda item: item[0])
        for number, (index, refusal) in enumerate(refusals):
            path = os.path.join(batch.folder, names[index])  # noqa: PTH118
            self.skip(path, refusal, named=batch.named, row=first + index - number)
            if self.end is not None:
                return

    def _read_irregular(self, folder: int, folder_path: bytes, name: bytes) -> Refusal | None:
        from fastsend.scan.irregular import read_irregular

        found = read_irregular(
            os.path.join(folder_path, name),  # noqa: PTH118
            self._judge,
            check_uids=self._check_uids,
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
