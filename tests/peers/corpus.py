"""Real files to send, from installed packages and beside the project, and what they hold.

What a file holds is read by hand from PS3.10 7.1, its UIDs by pydicom: expected values owe
nothing to the package.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import struct
import warnings
from pathlib import Path
from typing import NamedTuple

from peers.stored_instance import StoredInstance

PROJECT = Path(__file__).parents[2]
MANIFEST = PROJECT.parent / "shared" / "corpus" / "MANIFEST.tsv"

_NOT_TO_SEND = {".py", ".pyc", ".md", ".txt", ".json", ".dump", ".icc", ".gz"}
_FOLDERS = {
    "pydicom": ("pydicom", ("data/test_files", "data/charset_files", "data/palettes")),
    "pydicom-data": ("data_store", ("data",)),
    "pynetdicom": ("pynetdicom", ("tests/dicom_files",)),
    "nibabel": ("nibabel", ("tests/data", "nicom/tests/data")),
}
SOURCES = (*_FOLDERS, "extra")

# Files without a transfer syntax: what their first elements show.
_GUESSED = {
    "ExplVR_BigEndNoMeta.dcm": "1.2.840.10008.1.2.2",
    "ExplVR_LitEndNoMeta.dcm": "1.2.840.10008.1.2.1",
    "rtstruct.dcm": "1.2.840.10008.1.2",
    "OT-PAL-8-face.dcm": "1.2.840.10008.1.2",
}


class CorpusFile(NamedTuple):
    """One file."""

    source: str
    """Where it comes from: one of `SOURCES`."""
    name: str
    """Its path in there, as the manifest has it."""
    path: Path


def corpus_files(source: str, folder: Path) -> list[CorpusFile]:
    """Return the files of a source by name, or none where it is not there.

    Parameters
    ----------
    source : str
        One of `SOURCES`.
    folder : Path
        For what a package has only in compressed form.
    """
    if source == "extra":
        roots = [(MANIFEST.parent / "extra", "")]
    else:
        module, subfolders = _FOLDERS[source]
        spec = importlib.util.find_spec(module)
        if spec is None or not spec.submodule_search_locations:
            return []
        top = Path(spec.submodule_search_locations[0])
        roots = [(top / subfolder, f"{module}/{subfolder}/") for subfolder in subfolders]
    files = []
    for root, prefix in roots:
        for path in sorted(root.rglob("*")):
            name = prefix + path.relative_to(root).as_posix()
            if path.name.endswith(".dcm.gz"):
                content = gzip.decompress(path.read_bytes())
                path = folder / path.name.removesuffix(".gz")  # noqa: PLW2901
                path.write_bytes(content)
            if path.is_file() and path.suffix not in _NOT_TO_SEND:
                suffixes = (".dcm", "") if source != "nibabel" else (".dcm",)
                if path.suffix in suffixes or source == "extra":
                    files.append(CorpusFile(source, name, path))
    return files


def manifest_names(source: str) -> set[str]:
    """Return the files of a source in the manifest; none where there is no manifest."""
    if not MANIFEST.exists():
        return set()
    names = set()
    with MANIFEST.open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            origin = row["source_repo"]
            if source == "extra" and origin.startswith("github.com/"):
                names.add(row["filename"].removeprefix("extra/"))
            elif origin.startswith(f"PyPI {source}=="):
                names.add(row["source_path"].removesuffix(" (gunzipped)"))
    return names


def expected_instance(file: CorpusFile) -> StoredInstance:
    """Return what a receiver must get of a file: its data set as it is, and its UIDs."""
    content = file.path.read_bytes()
    transfer_syntax_uid, offset = _find_data_set(content)
    if not transfer_syntax_uid:
        transfer_syntax_uid = _GUESSED[file.path.name]
    sop_class_uid, sop_instance_uid = _uids(file.path)
    return StoredInstance(sop_class_uid, sop_instance_uid, transfer_syntax_uid, content[offset:])


def _find_data_set(content: bytes) -> tuple[str, int]:
    """Return the transfer syntax, "" where none is told, and where the data set begins."""
    position = 132 if content[128:132] == b"DICM" else 0
    transfer_syntax_uid = ""
    while content[position : position + 2] == b"\x02\x00":
        element, vr, length = struct.unpack_from("<2xH2sH", content, position)
        position += 8
        if vr in (b"OB", b"OW", b"UN", b"UT", b"SQ"):
            (length,) = struct.unpack_from("<I", content, position)
            position += 4
        if element == 0x0010:
            transfer_syntax_uid = content[position : position + length].decode().rstrip("\0 ")
        position += length
    return transfer_syntax_uid, position


def _uids(path: Path) -> tuple[str, str]:
    """Return the UIDs that a data set holds, or else those of its meta information."""
    from pydicom import dcmread

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = dcmread(path, force=True, specific_tags=["SOPClassUID", "SOPInstanceUID"])
        meta = data_set.file_meta
        return (
            str(data_set.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID") or ""),
            str(data_set.get("SOPInstanceUID") or meta.get("MediaStorageSOPInstanceUID") or ""),
        )
