"""What a receiver got of a file, checked against the file by means that are not the package's."""

from __future__ import annotations

import csv
import hashlib
import re
import subprocess
import warnings
from typing import TYPE_CHECKING

from pydicom import Dataset, dcmread
from pydicom.encaps import generate_fragments, parse_basic_offsets

from peers.corpus import MANIFEST, expected_instance
from peers.element_differences import element_differences
from peers.icon_checks import ICON_IMAGE_SEQUENCE, has_fragmented_icon, icon_faults
from peers.independent_pixels import (
    BIG_ENDIAN,
    NATIVE,
    RLE,
    frames_of,
    native_length,
    native_pixels,
    pixels_of,
)
from peers.programs import require_program
from peers.study import encode_meta

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from peers.converted_corpus import Received
    from peers.corpus import CorpusFile
    from peers.stored_instance import StoredInstance

_JPEG = "1.2.840.10008.1.2.4."
LOSSY = tuple(_JPEG + end for end in ("50", "51", "81", "91"))
_JPEG_2000 = tuple(_JPEG + end for end in ("90", "201", "202"))
_END = bytes.fromhex("feffdde000000000")

_OF_PIXEL_DATA = {
    *(0x00280004, 0x00280006, 0x00280008, 0x00282110),
    *(0x7FE00001, 0x7FE00002, 0x7FE00003, 0x7FE00010),
}
"""Photometric Interpretation, Planar Configuration, Number of Frames, Lossy Image Compression, the
Extended Offset Table with its Lengths and their sum, Pixel Data."""

# Number of Frames is "1A", and the length of Pixel Data tells their number.
_FRAMES = {"badVR.dcm": 15}
# dcmdump's words on what is so in the file, too.
_AS_IN_THE_FILE = re.compile(r"with VR UN and undefined length|found twice in one data set")
# pydicom reads UN of undefined length in big endian there, other than PS3.5 6.2.2 says.
_MISREAD = ("UN_sequence.dcm", "bad_sequence.dcm")


def manifest_digests() -> dict[tuple[str, str], str]:
    """Return the MD5 of the pixels of files without loss, by source and name."""
    if not MANIFEST.exists():
        return {}
    digests = {}
    with MANIFEST.open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            name = row["source_path"].removesuffix(" (gunzipped)")
            source = row["source_repo"].removeprefix("PyPI ").partition("==")[0]
            if source.startswith("github.com/"):
                source, name = "extra", row["filename"].removeprefix("extra/")
            if row["expected_pixel_md5"]:
                digests[source, name] = row["expected_pixel_md5"]
    return digests


class Checker:
    """Checks instances that arrived.

    Parameters
    ----------
    folder : Path
        For files of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._digests = manifest_digests()

    def check(self, file: CorpusFile, received: Received) -> tuple[str, list[str]]:
        """Return what became of an instance in a word, and what is wrong with it."""
        stored = expected_instance(file)
        if received.transfer_syntax_uid == stored.transfer_syntax_uid:
            # One NUL follows an odd data set (PS3.5 A.5).
            same = received.data_set == stored.data_set + b"\0" * (len(stored.data_set) % 2)
            if received.data_set == stored.data_set + _END:
                return "end added", []
            return "as stored", [] if same else ["other bytes than in the file"]
        faults = []
        if received[:2] != stored[:2]:
            faults.append(f"UIDs {received[:2]} instead of {stored[:2]}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._check_converted(file, stored, received, faults)

    def _check_converted(
        self, file: CorpusFile, stored: StoredInstance, received: Received, faults: list[str]
    ) -> tuple[str, list[str]]:
        source_path = _write(stored, self.folder / "source.dcm")
        source = dcmread(source_path)
        if not source:  # where Pixel Data has no end, pydicom reads nothing, nor what stands before
            _write(stored._replace(data_set=stored.data_set + _END), source_path)
            source = dcmread(source_path)
        path = _write(received, self.folder / "received.dcm")
        misread = received.transfer_syntax_uid == BIG_ENDIAN and file.path.name in _MISREAD
        result = _by_dcmconv(path) if misread else dcmread(path)
        swapped = (_syntax_of(source) == BIG_ENDIAN) != (_syntax_of(result) == BIG_ENDIAN)
        native = {_syntax_of(source), _syntax_of(result)} <= {*NATIVE}
        but_for = set() if native else _OF_PIXEL_DATA
        icon = not native and has_fragmented_icon(source)
        if icon:
            but_for = but_for | {ICON_IMAGE_SEQUENCE}
        faults += element_differences(source, result, swapped=swapped, but_for=but_for)
        if icon:
            faults += icon_faults(source, result, self.folder, swapped=swapped)
        if "PixelData" not in source:
            return "no pixels", faults
        if not native:
            faults += _pixel_attribute_faults(source, result)
            faults += _layout_faults(result)
        expected = self._expected_digest(file, source, source_path)
        if not native and file.path.name in _FRAMES:
            expected = _digest(native_pixels(source, _FRAMES[file.path.name]))
        if _digest(pixels_of(result, path)) != expected:
            faults.append("other pixels")
        return "lossy" if stored.transfer_syntax_uid in LOSSY else "exact", faults

    def _expected_digest(self, file: CorpusFile, source: Dataset, path: Path) -> str:
        key = file.source, file.name
        if key not in self._digests:
            self._digests[key] = _digest(pixels_of(source, path))
        return self._digests[key]


def dump_complaints(received: Sequence[Received], folder: Path) -> list[str]:
    """Return what dcmdump says against instances that arrived."""
    paths = [folder / f"dumped-{number:03}" for number in range(len(received))]
    for path, one in zip(paths, received, strict=True):
        _write(one, path)
    command = [require_program("dcmdump"), "-M", *paths]
    null, pipe = subprocess.DEVNULL, subprocess.PIPE
    done = subprocess.run(command, stdout=null, stderr=pipe, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if not _AS_IN_THE_FILE.search(line)]
    return lines + ([] if done.returncode == 0 else [f"dcmdump: {done.returncode}"])


def _write(instance: StoredInstance | Received, path: Path) -> Path:
    sop_class_uid, sop_instance_uid, transfer_syntax_uid, data_set = instance
    meta = encode_meta(sop_class_uid, sop_instance_uid, transfer_syntax_uid)
    path.write_bytes(meta + data_set)
    return path


def _by_dcmconv(path: Path) -> Dataset:
    converted = path.with_suffix(".converted")
    command = [require_program("dcmconv"), "+te", path, converted]
    subprocess.run(command, check=True, capture_output=True)
    return dcmread(converted)


def _digest(pixels: bytes) -> str:
    return hashlib.md5(pixels).hexdigest()


def _syntax_of(data_set: Dataset) -> str:
    return str(data_set.file_meta.TransferSyntaxUID)


def _pixel_attribute_faults(source: Dataset, result: Dataset) -> Iterator[str]:
    """Yield what the attributes say other than PS3.5 8.2 has them say of what was sent."""
    syntax = _syntax_of(result)
    decoded = _syntax_of(source) not in NATIVE
    lossy = _syntax_of(source) in LOSSY
    photometric = source.PhotometricInterpretation
    if decoded and (photometric in ("YBR_RCT", "YBR_ICT") or (lossy and "YBR" in photometric)):
        photometric = "RGB"
    if syntax in _JPEG_2000 and _has_component_transform(result):
        photometric = "YBR_RCT"
    if result.PhotometricInterpretation != photometric:
        yield f"Photometric Interpretation is {result.PhotometricInterpretation}"
    planar = source.get("PlanarConfiguration")
    if source.SamplesPerPixel > 1 and (decoded or syntax != RLE):
        planar = 0
    if result.get("PlanarConfiguration") != planar:
        yield f"Planar Configuration is {result.get('PlanarConfiguration')}"
    if lossy and result.get("LossyImageCompression") != "01":
        yield "Lossy Image Compression is not 01"
    if not lossy and result.get("LossyImageCompression") != source.get("LossyImageCompression"):
        yield "Lossy Image Compression changed"
    if any(tag in result for tag in (0x7FE00001, 0x7FE00002, 0x7FE00003)):
        yield "the Extended Offset Table is still there"


def _has_component_transform(data_set: Dataset) -> bool:
    """Tell whether the first codestream says so in its COD (ISO/IEC 15444-1 A.6.1)."""
    _, codestream, *_ = generate_fragments(data_set.PixelData)
    return codestream[codestream.index(b"\xff\x52") + 8] == 1


def _layout_faults(result: Dataset) -> Iterator[str]:
    """Yield what is wrong with the element Pixel Data itself, or with icons."""
    element = result["PixelData"]
    frames = frames_of(result)
    if _syntax_of(result) in NATIVE:
        length = native_length(result, frames)
        if len(element.value) != length + length % 2:
            yield f"Pixel Data has {len(element.value)} bytes instead of {length}"
        if element.VR != "OW" and result.BitsAllocated > 8:
            yield f"Pixel Data is {element.VR}"
    else:
        if (element.VR, element.is_undefined_length) != ("OB", True):
            yield f"Pixel Data is {element.VR}"
        fragments = list(generate_fragments(element.value))
        if len(fragments) != frames + 1:
            yield f"{frames} frames in {len(fragments) - 1} fragments"
        if frames > 1 and parse_basic_offsets(element.value) not in ([], [0]):
            yield "a Basic Offset Table"
    for icon in _nested_pixel_data(result):
        if icon.is_undefined_length:
            yield "an icon is still in fragments"


def _nested_pixel_data(data_set: Dataset) -> Iterator[object]:
    for element in data_set:
        for item in element.value if element.VR == "SQ" else ():
            if "PixelData" in item:
                yield item["PixelData"]
            yield from _nested_pixel_data(item)
