"""Files that a DICOMDIR names, as they are called on this machine (PS3.10 8.2, PS3.12).

File IDs are in upper case. The file system of a medium, or of a copy of one, may show the same
names in lower case, with a final point, or with the version number of ISO 9660 (``IM000001.;1``).
"""

from __future__ import annotations

import os
from typing import NamedTuple

from fastsend.scan.skipped import Refusal, unreadable

OUTSIDE = Refusal("the DICOMDIR names a file outside of its own folder")
EMPTY = Refusal("a record of the DICOMDIR has an empty Referenced File ID")
MISSING = Refusal("there is no such file, although the DICOMDIR names it")
_AMBIGUOUS = Refusal("the DICOMDIR may mean more than one file: names differ in nothing but case")


class _Entries(NamedTuple):
    links: dict[bytes, bool]
    """By the names in a folder, whether each is a symbolic link."""
    spellings: dict[bytes, list[bytes]]
    """The names by what they have in common with other spellings."""


class MediaFolder:
    """The folder of a DICOMDIR.

    Parameters
    ----------
    path : bytes
        The folder; empty for the working directory.
    """

    def __init__(self, path: bytes) -> None:
        self._path = path or b"."
        self._real: bytes | None = None
        self._entries: dict[bytes, _Entries] = {}
        self._inside: dict[bytes, bool] = {}

    def find(self, file_id: bytes) -> bytes | Refusal:
        """Return the path below the folder of the file that a record names.

        Parameters
        ----------
        file_id : bytes
            A Referenced File ID. Slashes between components, which dcmsend takes too, and
            components ``.`` or without a name in the middle are what they are in a path.

        Returns
        -------
        bytes or Refusal
            A path that exists, or did when its folder was listed. No path leads out of the
            folder: not by ``..``, not from the root, not through a symbolic link.
        """
        components = [part.strip(b" ") for part in file_id.replace(b"\\", b"/").split(b"/")]
        if not any(components):
            return EMPTY if b"\\" not in file_id and b"/" not in file_id else OUTSIDE
        drive, _ = os.path.splitdrive(components[0])
        if not components[0] or drive or b".." in components or b"\0" in file_id:
            return OUTSIDE
        found = b""
        for component in components:
            if component in (b"", b"."):
                continue
            step = self._step(found, component)
            if isinstance(step, Refusal):
                return step
            found = step
        return found or EMPTY

    def _step(self, folder: bytes, component: bytes) -> bytes | Refusal:
        try:
            entries = self._list(folder)
        except (FileNotFoundError, NotADirectoryError):
            return MISSING
        except OSError as error:
            return unreadable("a folder on the way to it cannot be listed", error.errno)
        names = [component] if component in entries.links else []
        names = names or entries.spellings.get(_spelling(component), [])
        if not names:
            return MISSING
        if len(names) > 1:
            return _AMBIGUOUS
        path = os.path.join(folder, names[0])  # noqa: PTH118
        return path if not entries.links[names[0]] or self._is_inside(path) else OUTSIDE

    def _list(self, folder: bytes) -> _Entries:
        listed = self._entries.get(folder)
        if listed is None:
            listed = _Entries({}, {})
            with os.scandir(os.path.join(self._path, folder)) as entries:  # noqa: PTH118
                for entry in entries:
                    listed.links[entry.name] = entry.is_symlink()
                    listed.spellings.setdefault(_spelling(entry.name), []).append(entry.name)
            self._entries[folder] = listed
        return listed

    def _is_inside(self, path: bytes) -> bool:
        """Return whether a symbolic link, followed to its end, stays in the folder."""
        if path not in self._inside:
            if self._real is None:
                self._real = os.path.realpath(self._path)
            target = os.path.realpath(os.path.join(self._path, path))  # noqa: PTH118
            self._inside[path] = os.path.commonpath((self._real, target)) == self._real
        return self._inside[path]


def _spelling(name: bytes) -> bytes:
    """Return what the spellings of one name on media have in common."""
    stem, mark, version = name.rpartition(b";")
    if mark and stem and version.isdigit():
        name = stem
    return (name.rstrip(b".") or name).lower()
