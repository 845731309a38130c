"""Every real file, sent to receivers that take one transfer syntax only, and to one that takes all.

What arrives is compared with the file by means that are not the package's: pixels bit for bit, all
else element by element. What becomes of each file is in a table, so that none is lost unseen.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("numpy")

from peers.conversion_checks import Checker
from peers.conversion_outcomes import (
    RECEIVERS,
    all_files,
    find_outcomes,
    has_tabled_version,
    read_table,
)
from peers.converted_corpus import Received
from peers.corpus import CorpusFile
from peers.image_files import ImageLayout, encode_image, rle_of, write_image
from peers.study import CT, EXPLICIT, IMPLICIT, RLE, element

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[CorpusFile]:
    found = all_files(tmp_path_factory.mktemp("corpus"))
    if not found:
        pytest.skip("none of the packages with test files is installed")
    return found


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    return Checker(tmp_path_factory.mktemp("checked"))


@pytest.mark.peer("dcmdjpeg", "dcmconv", "dcmdump")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("receiver", RECEIVERS)
def test_the_corpus(receiver: str, files: list[CorpusFile], checker: Checker) -> None:
    outcomes, faults = find_outcomes(RECEIVERS[receiver], files, checker)
    assert faults == []
    table = read_table(receiver)
    sources = {source for source, _ in outcomes if has_tabled_version(source)}
    found = {key: outcome for key, outcome in outcomes.items() if key[0] in sources}
    expected = {key: outcome for key, outcome in table.items() if key[0] in sources}
    differences = [
        f"{' '.join(key)}: {found.get(key)} instead of {expected.get(key)}"
        for key in sorted(found.keys() | expected.keys())
        if found.get(key) != expected.get(key)
    ]
    assert differences == []


UID = "1.2.826.0.1.3680043.10.999.6.1"
LAYOUT = ImageLayout(rows=4, columns=6)
PIXELS = struct.pack("<24H", *range(0, 4080, 170))
AS_RLE = encode_image(UID, LAYOUT, codestreams=[rle_of(PIXELS)])
AS_NATIVE = encode_image(UID, LAYOUT, native=PIXELS)
LUT_DATA = element(0x28, 0x3006, b"OW", b"\1\0\2\0")
LOSSY = element(0x28, 0x2110, b"CS", b"01")


def changed(data_set: bytes, old: bytes, new: bytes) -> bytes:
    assert data_set.count(old) == 1
    return data_set.replace(old, new)


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        (AS_NATIVE, None),
        (changed(AS_NATIVE, PIXELS, PIXELS[:-2] + b"\0\0"), "other pixels"),
        (changed(AS_NATIVE, b"Tweety", b"Sylves"), "(0010,0010)"),
        (changed(AS_NATIVE, b"\x10\0\x20\0LO", b"\x10\0\x20\0SH"), "LO became SH"),
        (changed(AS_NATIVE, element(0x10, 0x20, b"LO", b"CAGE-4711"), b""), "['(0010,0020)'] lost"),
        (changed(AS_NATIVE, b"\xe0\x7f\x10\0", LUT_DATA + b"\xe0\x7f\x10\0"), "(0028,3006)"),
        (changed(AS_NATIVE, b"\xe0\x7f\x10\0", LOSSY + b"\xe0\x7f\x10\0"), "Lossy"),
        (changed(AS_NATIVE, b"MONOCHROME2 ", b"MONOCHROME1 "), "Photometric Interpretation"),
        (changed(AS_NATIVE, b"\x10\0OW", b"\x10\0OB"), "Pixel Data is OB"),
    ],
)
def test_the_check_sees_changes(
    tmp_path: Path, checker: Checker, sent: bytes, fault: str | None
) -> None:
    path = write_image(tmp_path / "one.dcm", AS_RLE, UID, RLE)
    file = CorpusFile("made", path.name + str(fault), path)
    outcome, faults = checker.check(file, Received(CT, UID, EXPLICIT, sent))
    assert outcome == "exact"
    assert faults == [] if fault is None else fault in " ".join(faults)


def test_the_check_sees_changed_bytes_and_uids(tmp_path: Path, checker: Checker) -> None:
    path = write_image(tmp_path / "one.dcm", AS_RLE, UID, RLE)
    file = CorpusFile("made", path.name, path)
    assert checker.check(file, Received(CT, UID, RLE, AS_RLE)) == ("as stored", [])
    _, faults = checker.check(file, Received(CT, UID, RLE, AS_RLE[:-1] + b"\1"))
    assert faults == ["other bytes than in the file"]
    _, faults = checker.check(file, Received(CT, UID + ".2", IMPLICIT, AS_NATIVE))
    assert "UIDs" in faults[0]
