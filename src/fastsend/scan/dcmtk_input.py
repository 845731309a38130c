"""The paths of a command line as storescu and dcmsend take them (``--compat``).

Directories are left out unless they are to be scanned (``+sd``); then files come in the order in
which the operating system lists them, and what is in a directory within a directory comes in its
place. storescu looks for every file before it reads the first.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fastsend.errors import InvalidInputFileError
from fastsend.model.escape import printable
from fastsend.scan.folders import FileBatch, LeftOut, name_matcher, no_tick
from fastsend.scan.skipped import BAD_NAME, NOT_A_FILE, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastsend.model.options import SendOptions


def expand_as_dcmtk(
    options: SendOptions, warn: Callable[[str], None], tick: Callable[[], object] = no_tick
) -> Iterator[FileBatch | LeftOut]:
    """Yield what the paths of `options` stand for, in order.

    Parameters
    ----------
    options : SendOptions
        Of a run with `compat`.
    warn : callable
        Is told what is left out.
    tick : callable
        Called for each folder, and for each file that is looked for.

    Raises
    ------
    InvalidInputFileError
        Where storescu misses a file and halts.
    """
    matches = name_matcher(options.scan_pattern)
    found: list[FileBatch | LeftOut] = []
    for path in map(os.fsencode, options.paths):
        if b"\0" in path:
            found.append(LeftOut(path, BAD_NAME, named=True))
        elif not os.path.isdir(path):  # noqa: PTH112
            _append_file(found, path)
        elif options.scan_directories:
            folder = path.rstrip(b"/") or b"/"
            found += _folder(folder, matches, tick, recurse=bool(options.recurse), above=())
        else:
            warn(
                "ignoring directory because option --scan-directories is not set: "
                f"{printable(os.fsdecode(path))}"
            )
    if options.compat == "storescu":
        found = _that_exist(found, options, warn, tick)
    yield from found


def _append_file(found: list[FileBatch | LeftOut], path: bytes) -> None:
    last = found[-1] if found else None
    if isinstance(last, FileBatch) and last.named:
        last.names.append(path)
    else:
        found.append(FileBatch(b"", [path], named=True))


def _folder(
    folder: bytes,
    matches: Callable[[bytes], bool],
    tick: Callable[[], object],
    *,
    recurse: bool,
    above: tuple[tuple[int, int], ...],
) -> Iterator[FileBatch | LeftOut]:
    names: list[bytes] = []
    # What lies in "." is called without it, in reports and where files are renamed.
    prefix = b"" if folder == b"." else folder
    tick()
    try:
        status = os.stat(folder)  # noqa: PTH116
        identity = (status.st_dev, status.st_ino)
        if identity in above:  # a link to a directory that this one is in
            return
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError:
        return  # DCMTK says nothing either
    for entry in entries:
        if _is_folder(entry):
            if not recurse:
                continue
            if names:
                yield FileBatch(prefix, names, named=False)
                names = []
            path = os.path.join(prefix, entry.name)  # noqa: PTH118
            yield from _folder(path, matches, tick, recurse=True, above=(*above, identity))
        elif not matches(entry.name):
            continue
        elif _may_block(entry):
            path = os.path.join(prefix, entry.name)  # noqa: PTH118
            yield LeftOut(path, NOT_A_FILE, named=False)
        else:
            names.append(entry.name)
    if names:
        yield FileBatch(prefix, names, named=False)


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _may_block(entry: os.DirEntry[bytes]) -> bool:
    """Return True for a device or a pipe, which is not opened: that may act on it."""
    try:
        return not entry.is_file() and not entry.is_symlink()
    except OSError:
        return False


def _that_exist(
    found: list[FileBatch | LeftOut],
    options: SendOptions,
    warn: Callable[[str], None],
    tick: Callable[[], object],
) -> list[FileBatch | LeftOut]:
    missing = unreadable("", 2)
    kept: list[FileBatch | LeftOut] = []
    for one in found:
        if isinstance(one, LeftOut):
            kept.append(one)
            continue
        names = []
        for name in one.names:
            tick()
            path = os.path.join(one.folder, name)  # noqa: PTH118
            if os.path.exists(path):  # noqa: PTH110
                names.append(name)
                continue
            text = f"cannot access file: {printable(os.fsdecode(path))}"
            if options.halt:
                raise InvalidInputFileError(text)
            warn(f"{text}, ignoring file")
            kept.append(LeftOut(path, missing, named=one.named, told=True))
        kept.append(one._replace(names=names))
    return kept
