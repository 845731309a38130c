"""From the paths of the command line to lists of file names, folder by folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from fastsend._native import part10
from fastsend.scan.skipped import BAD_NAME, NOT_A_FILE, Refusal, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastsend.model.options import SendOptions


class FileBatch(NamedTuple):
    """Files of one folder, in the order in which they are sent."""

    folder: bytes
    """Empty for files that the user named: their names are paths."""
    names: list[bytes]
    """As the operating system has them."""
    named: bool
    """True where the user named these files."""


class LeftOut(NamedTuple):
    """A path that is not even opened, or a folder that cannot be listed."""

    path: bytes
    refusal: Refusal
    named: bool
    is_folder: bool = False
    told: bool = False
    """True where the user has been told."""


BATCH_FILES = 4096
"""In a batch of a folder, at most."""


def no_tick() -> None:
    """Do nothing, for those who do not want to be called."""


def expand(
    options: SendOptions, tick: Callable[[], object] = no_tick
) -> Iterator[FileBatch | LeftOut]:
    """Yield what the paths of `options` stand for, in order.

    In a folder the files come first and the folders in it after them, both by name, so that the
    order of a study does not depend on the file system. Symbolic links are followed; no folder is
    listed twice for one path of the command line.

    Parameters
    ----------
    options : SendOptions
        The paths, and how folders are taken.
    tick : callable
        Called for each folder, and now and then where that takes long.
    """
    recurse = not options.scan_directories if options.recurse is None else options.recurse
    matches = name_matcher(options.scan_pattern)
    files: list[bytes] = []
    for path in map(os.fsencode, options.paths):
        is_folder, is_name = os.path.isdir(path), b"\0" not in path  # noqa: PTH112
        if is_name and not is_folder:
            files.append(path)
            continue
        if files:
            yield FileBatch(b"", files, named=True)
            files = []
        if is_folder:
            yield from _expand_folder(path, matches, tick, recurse=recurse)
        else:
            yield LeftOut(path, BAD_NAME, named=True)
    if files:
        yield FileBatch(b"", files, named=True)


def name_matcher(pattern: str | None) -> Callable[[bytes], bool]:
    """Return what tells the names that a pattern of wildcards stands for; None is all of them."""
    if pattern is None:
        return lambda _: True
    from fnmatch import fnmatchcase

    encoded = os.fsencode(pattern)
    return lambda name: fnmatchcase(name, encoded)


def _expand_folder(
    root: bytes,
    matches: Callable[[bytes], bool],
    tick: Callable[[], object],
    *,
    recurse: bool,
) -> Iterator[FileBatch | LeftOut]:
    top = root.rstrip(b"/") or b"/"
    seen: dict[int, set[int]] = {}
    # A folder, and the names of those in it that are still to be listed, the last one first.
    waiting = [(b"", [top])]
    while waiting:
        above, names = waiting[-1]
        if not names:
            waiting.pop()
            continue
        folder = os.path.join(above, names.pop())  # noqa: PTH118
        tick()
        try:
            status = os.stat(folder)  # noqa: PTH116
        except OSError as error:
            yield _not_listed(folder, error.errno, named=folder == top)
            continue
        inodes = seen.setdefault(status.st_dev, set())
        if status.st_ino in inodes:
            continue
        inodes.add(status.st_ino)
        found = part10.list_folder(folder, BATCH_FILES, tick)
        if isinstance(found, int):
            yield _not_listed(folder, found, named=folder == top)
            continue
        files, special, folders = found
        files.reverse()
        while files:  # those that wait stay packed, and those that are done with are gone
            if names := [*filter(matches, files.pop().split(b"\0"))]:
                yield FileBatch(folder, names, named=False)
        for name in filter(matches, _names(special)):
            yield LeftOut(os.path.join(folder, name), NOT_A_FILE, named=False)  # noqa: PTH118
        if recurse and folders:
            waiting.append((folder, [*_names(folders)][::-1]))


def _not_listed(folder: bytes, error: int | None, *, named: bool) -> LeftOut:
    refusal = unreadable("the folder cannot be listed", error)
    return LeftOut(folder, refusal, named=named, is_folder=True)


def _names(batches: list[bytes]) -> Iterator[bytes]:
    for batch in batches:
        yield from batch.split(b"\0")
