"""Data sets in another transfer syntax as DCMTK's dcmconv and dcmsend write them."""

from __future__ import annotations

import itertools
import re
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from fastsend._native import recode
from peers.corpus import SOURCES, corpus_files
from peers.stored_instance import decode_part10
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding
from reference.data_set_strategies import data_sets
from reference.data_set_trees import Comparison, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPTIONS = {IMPLICIT_LE: "+ti", EXPLICIT_LE: "+te", EXPLICIT_BE: "+tb"}
ACCEPTED = {IMPLICIT_LE: "+xi", EXPLICIT_LE: "+xe", EXPLICIT_BE: "+xb"}
DIRECTIONS = list(itertools.permutations(SYNTAXES, 2))
SOP_CLASS, SOP_INSTANCE = b"1.2.840.10008.5.1.4.1.1.7\0", b"1.2.3\0"

pytestmark = pytest.mark.peer("dcmconv")


def part10(data_set: bytes, syntax: str) -> bytes:
    """Return a file with as little meta information as DCMTK needs."""

    def uid(element: int, value: bytes) -> bytes:
        value += b"\0" * (len(value) % 2)
        return struct.pack("<HH2sH", 0x0002, element, b"UI", len(value)) + value

    meta = uid(0x02, SOP_CLASS) + uid(0x03, SOP_INSTANCE) + uid(0x10, syntax.encode())
    group_length = struct.pack("<HH2sHL", 0x0002, 0, b"UL", 4, len(meta))
    return bytes(128) + b"DICM" + group_length + meta + data_set


def dcmconv(program: Path, path: Path, syntax: str) -> bytes | None:
    """Return the data set that dcmconv makes, None where it refuses."""
    out = path.with_suffix(".converted")
    command = [program, OPTIONS[syntax], path, out]
    done = subprocess.run(command, capture_output=True, check=False)
    return decode_part10(out.read_bytes()).data_set if done.returncode == 0 else None


@pytest.mark.parametrize("source", SOURCES)
def test_real_files(source: str, program: Callable[[str], Path], tmp_path: Path) -> None:
    compared = 0
    for file in corpus_files(source, tmp_path):
        try:
            instance = decode_part10(file.path.read_bytes())
        except (ValueError, KeyError):
            continue
        for other in SYNTAXES:
            if (
                instance.transfer_syntax_uid not in SYNTAXES
                or other == instance.transfer_syntax_uid
            ):
                continue
            try:
                ours = recode.to_bytes(instance.data_set, instance.transfer_syntax_uid, other)
            except recode.RecodeError:
                continue
            copy = tmp_path / "copy"
            copy.write_bytes(file.path.read_bytes())
            theirs = dcmconv(program("dcmconv"), copy, other)
            assert theirs is not None, file.name
            compared += 1
            differences = Comparison(other).differences(tree(ours, other), tree(theirs, other))
            assert list(differences) == [], file.name
    if not compared:
        pytest.skip(f"no files of {source}")


EXPLAINED = re.compile(
    r"(0008040c|0008041b) is \w\w and UN"  # newer than DCMTK 3.6.7
    r"|(00409211|00603004|001898\d\d|0028\d{4}) is (SS|US) and (SS|US)"
    # It looks for Pixel Representation in the same item only, and not for palettes at all, where
    # PS3.3 C.7.6.3.1.5 speaks of the image; and takes OB where Waveform Bits Allocated comes later.
    r"|54000110 "
)


@pytest.mark.parametrize(("one", "other"), DIRECTIONS)
def test_generated_data_sets(
    one: str, other: str, program: Callable[[str], Path], tmp_path: Path
) -> None:
    dcmconv_program = program("dcmconv")
    path = tmp_path / "generated"
    compared = []

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data_set=data_sets(one, clean=True))
    def check(data_set: bytes) -> None:
        try:
            ours = recode.to_bytes(data_set, one, other)
        except recode.UnsureError:
            return
        path.write_bytes(part10(data_set, one))
        theirs = dcmconv(dcmconv_program, path, other)
        assert theirs is not None
        compared.append(data_set)
        differences = Comparison(other).differences(tree(ours, other), tree(theirs, other))
        # What DCMTK does not know it does not swap.
        known = [line for line in differences if not EXPLAINED.search(line)]
        known = [line for line in known if not re.search(r"(0008040c|0008041b) has ", line)]
        assert known == []

    check()
    assert len(compared) > 15


@pytest.mark.peer("dcmsend", "storescp")
@pytest.mark.parametrize(("one", "other"), DIRECTIONS)
def test_byte_for_byte_what_dcmsend_sends(
    one: str, other: str, program: Callable[[str], Path], storescp: Callable, tmp_path: Path
) -> None:
    encoding = Encoding(one)
    modality = encoding.element(0x00080060, "CS", b"OT")
    item = encoding.numbers(0x00080000, "UL", len(modality)) + modality
    body = b"".join(
        [
            encoding.element(0x00080016, "UI", SOP_CLASS),
            encoding.element(0x00080018, "UI", SOP_INSTANCE),
            encoding.element(0x00081140, "SQ", encoding.item(item) + encoding.item(b"")),
        ]
    )
    data_set = b"".join(
        [
            encoding.numbers(0x00080000, "UL", len(body)),
            body,
            encoding.element(0x00090010, "LO", b"ACME"),
            encoding.element(0x00091001, "UN", b"\1\0\2\0"),
            encoding.numbers(0x00280100, "US", 16),
            encoding.numbers(0x00280103, "US", 1),
            encoding.numbers(0x00280106, "SS", -1),
            encoding.numbers(0x7FE00010, "OW", *range(1000)),
            encoding.element(0xFFFCFFFC, "OB", bytes(64)),
        ]
    )
    path = tmp_path / "instance"
    path.write_bytes(part10(data_set, one))
    receiver = storescp(ACCEPTED[other], "+B", environment={"TCP_NODELAY": "1"})
    command = [program("dcmsend"), "127.0.0.1", str(receiver.port), path]
    subprocess.run(command, capture_output=True, check=True)

    [received] = receiver.received()
    assert received.transfer_syntax_uid == other
    assert received.data_set == recode.to_bytes(data_set, one, other)
