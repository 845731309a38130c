"""The scan of a run: every path of the command line, in order, into the table of instances."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import part10
from fastsend.errors import (
    InputError,
    InvalidInputFileError,
    NoInputFilesError,
    NoValidInputFilesError,
)
from fastsend.model.escape import printable
from fastsend.scan.folders import FileBatch, LeftOut, expand, no_tick
from fastsend.scan.kinds import judge_of
from fastsend.scan.skipped import SHRUNK, Refusal, SkippedFile, bad_file_text, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastsend._native.part10 import InstanceTable
    from fastsend.model.options import SendOptions
    from fastsend.scan.dicomdir import DirectoryRecord


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
    bad_files: tuple[tuple[int, bytes], ...] = ()
    """These files by those rows; with the one at which it halts."""
    complete: bool = True
    """False where the scan was ended from outside."""


def scan(
    options: SendOptions,
    table: InstanceTable,
    warn: Callable[[str], None] | None = None,
    tick: Callable[[], object] = no_tick,
    ended_early: Callable[[ScanReport], object] | None = None,
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
    tick : callable
        Called now and then, from this thread: at least every 64 files, for each folder, and for
        each file that takes longer. `table` may be read then, and what is in it is there to stay.
        What it raises ends the scan.
    ended_early : callable, optional
        Gets what was found by then where the scan ends with an exception.

    Returns
    -------
    ScanReport
        With one record for each file, and each folder, that is left out.

    Raises
    ------
    InvalidInputFileError
        Where `options.halt` is true and a path that the user named cannot be sent.
    InputError
        Where there are more instances than a table has rows, each counted as often as it is sent.
    NoInputFilesError
        Where the paths stand for no file at all.
    NoValidInputFilesError
        Where none of the files can be sent.
    """
    scanner = Scanner(options, table, warn or _ignore, tick)
    before = len(table)
    try:
        table.set_repeat(min(options.repeat, part10.MAX_ROWS + 1))
        scanner.scan_all()
    except BaseException as error:
        if ended_early is not None:
            ended_early(scanner.report()._replace(complete=False))
        if not isinstance(error, MemoryError):
            raise
        raise InputError(
            f"there is no room for that many instances (--repeat {options.repeat})"
        ) from error
    if not options.uid_padding:
        scanner.warn_of_padding()
    report = scanner.report()
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


class Scanner:
    """A scan under way: what it has found so far, and how files come to the table."""

    def __init__(
        self,
        options: SendOptions,
        table: InstanceTable,
        warn: Callable[[str], None],
        tick: Callable[[], object] = no_tick,
    ) -> None:
        self.files = 0
        self.skipped: list[SkippedFile] = []
        self.end: int | None = None
        self.stop = ""
        self.gaps: list[int] = []
        self.bad_files: list[tuple[int, bytes]] = []
        self.warn = warn
        self.tick = tick
        self.options = options
        self.table = table
        self._judge = judge_of(options)
        self._check_uids = options.check_uids and options.compat != "storescu"

    def scan_all(self) -> None:
        """Scan what the paths stand for; up to the file that ends the run, where one does."""
        for found in self._expand():
            if self.end is not None:
                return
            if isinstance(found, FileBatch):
                self._scan_batch(found)
            else:
                self.files += not found.is_folder
                row = None if found.told else len(self.table)
                self.skip(found.path, found.refusal, named=found.named, row=row)

    def report(self) -> ScanReport:
        """Return what was found so far."""
        return ScanReport(
            self.files,
            tuple(self.skipped),
            self.end,
            self.stop,
            tuple(self.gaps),
            tuple(self.bad_files),
        )

    def warn_of_padding(self) -> None:
        """Tell the user of UIDs that are padded with spaces instead of NUL (PS3.5 6.2)."""
        instances, first = self.table.space_padded()
        if instances:
            path = printable(os.fsdecode(self.table.path(first)))
            self.warn(
                f"{instances} of the instances to send have UIDs that are padded with spaces; the "
                f"requests go without them (-up: no warning); the first is {path}"
            )

    def _expand(self) -> Iterator[FileBatch | LeftOut]:
        if self.options.compat is None:
            return expand(self.options, self.tick)
        from fastsend.scan.dcmtk_input import expand_as_dcmtk

        return expand_as_dcmtk(self.options, self.warn, self.tick)

    def skip(self, path: bytes, refusal: Refusal, *, named: bool, row: int | None = None) -> None:
        """Leave a file out; `row` is the row that comes behind it, None where the user knows."""
        skipped = SkippedFile(
            os.fsdecode(path), refusal.reason, named, refusal.is_dicom, refusal.offset
        )
        if self.options.compat is not None:
            self._skip_as_dcmtk(skipped, row)
            return
        if named and self.options.halt:
            raise InvalidInputFileError(str(skipped))
        self.skipped.append(skipped)

    def _skip_as_dcmtk(self, skipped: SkippedFile, row: int | None) -> None:
        """Leave a file out as the two programs do, in their words where they have any."""
        options = self.options
        self.skipped.append(skipped)
        if row is None:
            return
        reads_first = options.compat == "dcmsend" or options.required
        text = bad_file_text(skipped, options)
        if options.halt and reads_first:
            raise InvalidInputFileError(text)
        if not reads_first:
            self.bad_files.append((row, os.fsencode(skipped.path)))
        if options.halt:
            self.end, self.stop = row, text
            return
        if not reads_first:
            self.gaps.append(row)
        self.warn(f"{text}, ignoring file")

    def _scan_batch(self, batch: FileBatch) -> None:
        directory = None
        if self.options.read_dicomdir:

            def directory(index: int) -> None:
                from fastsend.scan.dicomdir_files import scan_directory

                path = os.path.join(batch.folder, batch.names[index])  # noqa: PTH118
                scan_directory(self, path, named=batch.named)

        self.files += len(batch.names)
        self.scan_files(batch, directory)

    def scan_files(
        self, batch: FileBatch, directory: Callable[[int], None] | None = None
    ) -> set[int]:
        """Add the instances of a batch to the table; return the indices of those left out."""
        options, names = self.options, batch.names
        first = len(self.table)
        folder = self.table.add_folder(batch.folder)
        refusals: list[tuple[int, Refusal]] = []

        def read_slowly(index: int, _status: int = 0, _detail: int = 0) -> None:
            refusal = self._read_irregular(folder, batch.folder, names[index])
            if refusal is not None:
                refusals.append((index, refusal))

        if options.file_format == "data_set":
            for index in range(len(names)):
                read_slowly(index)
                self.tick()
        else:
            irregular = read_slowly if options.file_format == "any" else None
            for index, status, detail in self.table.scan(
                folder, names, self._check_uids, self._judge, irregular, directory, self.tick
            ):
                refusals.append((index, refusal_of(status, detail, self._judge)))
        refusals.sort(key=lambda item: item[0])
        for number, (index, refusal) in enumerate(refusals):
            path = os.path.join(batch.folder, names[index])  # noqa: PTH118
            row = first + (index - number) * options.repeat
            self.skip(path, refusal, named=batch.named, row=row)
            if self.end is not None:
                break
        return {index for index, _ in refusals}

    def record_refusal(self, record: DirectoryRecord) -> Refusal | None:
        """Return why dcmsend takes no file of a record of a DICOMDIR, by its UIDs alone."""
        sop_class_uid, _, transfer_syntax_uid = (uid.decode("latin-1") for uid in record.uids)
        if not all(record.uids) or not record.has_valid_uids(check_uids=self._check_uids):
            return Refusal("its record has no UIDs, or such that are not valid")
        number = self._judge(sop_class_uid, transfer_syntax_uid)
        return refusal_of(part10.KIND_REFUSED, number, self._judge) if number else None

    def _read_irregular(self, folder: int, folder_path: bytes, name: bytes) -> Refusal | None:
        from fastsend.scan.irregular import read_irregular

        found = read_irregular(
            os.path.join(folder_path, name),  # noqa: PTH118
            self._judge,
            check_uids=self._check_uids,
            data_set_only=self.options.file_format == "data_set",
        )
        if isinstance(found, Refusal):
            return found
        try:
            self.table.append(folder, name, *found)
        except OverflowError:
            return refusal_of(part10.TOO_MANY_KINDS, 0, self._judge)
        except ValueError:
            return SHRUNK
        return None
