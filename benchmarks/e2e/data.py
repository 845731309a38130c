"""The data sets: made once, kept in a folder, described by a manifest beside each."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.e2e import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_VERSION = "1"
"""Goes up whenever a recipe changes, so that no old data is measured."""


class DataSet(NamedTuple):
    """Instances to send. `folder` holds nothing else."""

    name: str
    folder: Path
    files: int
    distinct: int
    """SOP Instance UIDs: fewer than `files` where the files are links to each other."""
    file_bytes: int
    data_set_bytes: int
    """Over all files, without preamble and File Meta Information: what goes on the wire."""
    uids: dict[str, str]
    """The name of one file for each SOP Instance UID."""

    @property
    def target(self) -> Path:
        """What a sender is given: the folder, or the file where it is only one."""
        return self.folder if self.files > 1 else next(self.folder.iterdir())


class _Recipe(NamedTuple):
    text: str
    write: Callable[[Path], Iterator[str]] | None = None
    linked: tuple[str, int] | None = None
    """The data set whose files are linked to, and how many links to make."""
    encoded: tuple[str, str] | None = None
    """The data set whose files are encoded, and in what: see `encoded.CODINGS`."""


def _slices(template: str, size: int, count: int) -> Callable[[Path], Iterator[str]]:
    def write(folder: Path) -> Iterator[str]:
        from benchmarks.e2e import recipes

        return recipes.write_slices(folder, template, size, count)

    return write


def _multi_frame(folder: Path) -> Iterator[str]:
    from benchmarks.e2e import recipes

    return recipes.write_multi_frame(folder, size=512, frames=955)


def _sparse(frames: int) -> Callable[[Path], Iterator[str]]:
    def write(folder: Path) -> Iterator[str]:
        from benchmarks.e2e import recipes

        return recipes.write_sparse_multi_frame(folder, size=512, frames=frames)

    return write


RECIPES = {
    "ct600": _Recipe("600 CT, 512x512x16", _slices("CT_small.dcm", 512, 600)),
    "mr4000": _Recipe("4,000 MR, 256x256x16", _slices("MR_small.dcm", 256, 4000)),
    "ct100": _Recipe("100 CT, links to ct600", linked=("ct600", 100)),
    "ct10000": _Recipe("10,000 CT, links to ct600", linked=("ct600", 10_000)),
    "mr20000": _Recipe("20,000 MR, links to mr4000", linked=("mr4000", 20_000)),
    "multiframe": _Recipe("one instance of 955 frames, 512x512x16", _multi_frame),
    "one": _Recipe("one CT, 64x64x16", _slices("CT_small.dcm", 64, 1)),
    "ct2000": _Recipe("2,000 CT, links to ct100", linked=("ct100", 2000)),
    "small600": _Recipe("600 CT, 64x64x16", _slices("CT_small.dcm", 64, 600)),
}
for _count in (1000, 10_000, 20_000, 100_000, 200_000):
    RECIPES[f"small{_count}"] = _Recipe(
        f"{_count:,} CT, links to small600", linked=("small600", _count)
    )
# As many frames of half a megabyte as an element may hold are 8,191 (PS3.5 7.1).
for _name, _frames in (("1m", 2), ("64m", 128), ("1g", 2048), ("4g", 8191)):
    RECIPES[f"instance-{_name}"] = _Recipe(
        f"one instance of {_frames:,} frames, 512x512x16, all but one of them holes in the file",
        _sparse(_frames),
    )
for _name, _coding in encoded.CODINGS.items():
    RECIPES |= {
        f"ct100-{_name}": _Recipe(f"ct100 in {_coding.text}", encoded=("ct100", _name)),
        f"ct2000-{_name}": _Recipe(
            f"2,000 CT, links to ct100-{_name}", linked=(f"ct100-{_name}", 2000)
        ),
    }


def provide(name: str, root: Path) -> DataSet:
    """Return a data set, made below `root` if it is not there yet."""
    folder = root / f"version-{_VERSION}" / name
    manifest = folder.with_suffix(".json")
    if not manifest.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        _make(name, root, folder, manifest)
    facts = json.loads(manifest.read_text())
    if len(list(folder.iterdir())) != facts["files"]:
        raise RuntimeError(f"{folder} was changed; remove it and its manifest")
    return DataSet(name=name, folder=folder, **facts)


def _make(name: str, root: Path, folder: Path, manifest: Path) -> None:
    recipe = RECIPES[name]
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        new = Path(temporary, name)
        new.mkdir()
        if recipe.linked is not None:
            facts = _link(provide(recipe.linked[0], root), recipe.linked[1], new)
        elif recipe.encoded is not None:
            source, coding = provide(recipe.encoded[0], root), recipe.encoded[1]
            for file in source.uids.values():
                encoded.encode(source.folder / file, new / file, coding)
            facts = _facts(new, source.uids)
        else:
            assert recipe.write is not None
            facts = _facts(new, dict(zip(recipe.write(new), _names(), strict=False)))
        new.rename(folder)
    manifest.write_text(json.dumps(facts))


def _names() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{number:05}.dcm"


def _facts(folder: Path, uids: dict[str, str]) -> dict[str, object]:
    offsets = {name: data_set_offset(folder / name) for name in uids.values()}
    sizes = {name: (folder / name).stat().st_size for name in uids.values()}
    return {
        "files": len(sizes),
        "distinct": len(uids),
        "file_bytes": sum(sizes.values()),
        "data_set_bytes": sum(sizes[name] - offsets[name] for name in sizes),
        "uids": uids,
    }


def _link(source: DataSet, count: int, folder: Path) -> dict[str, object]:
    uid_of = {file: uid for uid, file in source.uids.items()}
    files = sorted(uid_of)
    used: dict[str, str] = {}
    file_bytes = data_set_bytes = 0
    for index, name in zip(range(count), _names(), strict=False):
        original = source.folder / files[index % len(files)]
        (folder / name).hardlink_to(original)
        used.setdefault(uid_of[original.name], name)
        size = original.stat().st_size
        file_bytes += size
        data_set_bytes += size - data_set_offset(original)
    return {
        "files": count,
        "distinct": len(used),
        "file_bytes": file_bytes,
        "data_set_bytes": data_set_bytes,
        "uids": used,
    }


def data_set_offset(path: Path) -> int:
    """Return where the data set starts in a Part 10 file (PS3.10 7.1).

    The preamble, "DICM", File Meta Information Group Length (12 bytes) and what it counts.
    """
    with path.open("rb") as file:
        head = file.read(144)
    if head[128:140] != b"DICM\x02\x00\x00\x00UL\x04\x00":
        raise ValueError(f"{path.name} is not a Part 10 file with a group length")
    return 144 + int.from_bytes(head[140:144], "little")
