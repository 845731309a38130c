"""The VRs that dictionaries give, as DCMTK's dcmconv finds them under the same DCMDICTPATH."""

from __future__ import annotations

import os
import random
import re
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fastsend._native import recode
from fastsend.convert.data_dictionary import load_dictionaries
from peers.corpus import SOURCES, corpus_files
from peers.stored_instance import decode_part10
from peers.test_recode_dcmconv import part10
from reference.data_set_bytes import EXPLICIT_LE, IMPLICIT_LE
from reference.data_set_trees import Comparison, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

pytestmark = pytest.mark.peer("dcmconv")

FOLDERS = ("/usr/share", "/usr/local/share", "/opt/homebrew/share")
EXPLAINED = re.compile(r"(0008040c|0008041b) is \w\w and UN")
"""Newer than the dictionary of DCMTK 3.6.7, and looked up in the Standard here."""

HEAD = struct.pack("<HHL", 8, 0x16, 26) + b"1.2.840.10008.5.1.4.1.1.7\0"
HEAD += struct.pack("<HHL", 8, 0x18, 6) + b"1.2.3\0"


def dcmtk_dictionary(name: str) -> str:
    for folder in FOLDERS:
        for path in sorted(Path(folder).glob(f"*dcmtk*/{name}")):
            return os.fspath(path)
    pytest.skip(f"DCMTK's {name} is not installed")


def dcmconv(program: Path, path: Path, dictionaries: Sequence[str]) -> bytes | None:
    """Return the data set in Explicit VR Little Endian, None where dcmconv refuses."""
    out = path.with_suffix(".converted")
    done = subprocess.run(
        [program, "+te", path, out],
        env={"DCMDICTPATH": os.pathsep.join(dictionaries)},
        capture_output=True,
        check=False,
    )
    return decode_part10(out.read_bytes()).data_set if done.returncode == 0 else None


@pytest.mark.parametrize("source", SOURCES)
def test_real_files_with_the_dictionaries_of_dcmtk(
    source: str, program: Callable[[str], Path], tmp_path: Path
) -> None:
    paths = [dcmtk_dictionary("dicom.dic"), dcmtk_dictionary("private.dic")]
    dictionary, complaints = load_dictionaries(paths)
    assert complaints == []
    private = 0
    for file in corpus_files(source, tmp_path):
        try:
            instance = decode_part10(file.path.read_bytes())
        except (ValueError, KeyError):
            continue
        if instance.transfer_syntax_uid != IMPLICIT_LE:
            continue
        try:
            ours = recode.to_bytes(
                instance.data_set, IMPLICIT_LE, EXPLICIT_LE, dictionary=dictionary
            )
        except recode.RecodeError:
            continue
        copy = tmp_path / "copy"
        copy.write_bytes(file.path.read_bytes())
        theirs = dcmconv(program("dcmconv"), copy, paths)
        assert theirs is not None, file.name
        one, other = tree(ours, EXPLICIT_LE), tree(theirs, EXPLICIT_LE)
        found = [
            *Comparison(EXPLICIT_LE).differences(one, other),
            *(f"{t:08x} is {one[t].vr} and {other[t].vr}" for t in one if is_unlike(one, other, t)),
        ]
        assert [text for text in found if not EXPLAINED.search(text)] == [], file.name
        private += sum(tag >> 16 & 1 and one[tag].vr not in ("LO", "UN") for tag in one)
    if not private:
        pytest.skip(f"no known private elements in the files of {source}")


def is_unlike(one: dict, other: dict, tag: int) -> bool:
    return bool(tag & 0xFFFF) and tag in other and one[tag].vr != other[tag].vr


CREATORS = ["CR", "cr", "CR 2", "C\\R", "A,(B)", "x" * 63]
VRS = ["US", "LO", "OB", "UN", "SL", "ox", "px", "lt", "up", "xs", "FDx", "zz", "OV", "ZZ", "??"]
"""All but SQ can be the VR of any bytes."""


def random_dictionary(chance: random.Random) -> str:
    """Return lines for private elements, and for some that are not and mean nothing."""
    lines = []
    for _ in range(60):
        group = chance.choice([f"{g:04x}" for g in (0x0011, 0x0013, 0x0017, 0x7776)] + RANGES)
        creator = chance.choice(['"' + name + '",' for name in CREATORS] + ["", ""])
        element = chance.choice(ELEMENT_RANGES + [f"{e:02x}" for e in (1, 2, 3, 0x1001, 0x1003)])
        lines.append(f"({group},{creator}{element})\t{chance.choice(VRS)}\tName\t1\tX")
    return "\n".join(lines) + "\n"


RANGES = ["0011-o-0013", "0011-0013", "0012-u-0017", "7770-777f", "0011-u-ffff"]
ELEMENT_RANGES = ["00-u-02", "02-o-ff", "1000-u-10ff", "1001-1004", "0001-u-ffff", "00-ff"]


def random_data_set(chance: random.Random) -> bytes:
    data_set = HEAD
    for group in (0x0011, 0x0013, 0x0017):
        blocks = sorted(chance.sample(range(0x10, 0x14), 2))
        for block in blocks:
            creator = chance.choice([*CREATORS, "CR  ", "CR\0\0", " CR ", ""]).encode()
            creator += b" " * (len(creator) % 2)
            data_set += struct.pack("<HHL", group, block, len(creator)) + creator
        for block in (*blocks, 0x20):
            for number in (1, 2, 3):
                data_set += struct.pack("<HHL", group, block << 8 | number, 4) + b"\1\0\2\0"
    return data_set + struct.pack("<HHL", 0x7776, 0x1001, 4) + b"\1\0\2\0"


@pytest.mark.parametrize("seed", range(25))
def test_random_dictionaries(seed: int, program: Callable[[str], Path], tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = tmp_path / "random.dic"
    path.write_text(random_dictionary(chance))
    # dcmconv needs the rest to write a file at all.
    paths = [dcmtk_dictionary("dicom.dic"), os.fspath(path)]
    data_set = random_data_set(chance)
    dictionary, _ = load_dictionaries(paths)
    ours = recode.to_bytes(data_set, IMPLICIT_LE, EXPLICIT_LE, dictionary=dictionary)
    file = tmp_path / "file"
    file.write_bytes(part10(data_set, IMPLICIT_LE))
    theirs = dcmconv(program("dcmconv"), file, paths)
    assert theirs is not None
    one, other = tree(ours, EXPLICIT_LE), tree(theirs, EXPLICIT_LE)
    assert {f"{tag:08x}": element.vr for tag, element in one.items()} == {
        f"{tag:08x}": element.vr for tag, element in other.items()
    }
