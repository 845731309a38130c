"""Changed data sets as DCMTK's dcmconv and dcmodify write them."""

from __future__ import annotations

import itertools
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from fastsend._native import recode
from peers.corpus import SOURCES, corpus_files
from peers.stored_instance import decode_part10
from peers.test_recode_dcmconv import EXPLAINED, OPTIONS, part10
from reference.data_set_bytes import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    SYNTAXES,
    Encoding,
)
from reference.data_set_strategies import data_sets
from reference.data_set_trees import Comparison, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from peers.stored_instance import StoredInstance

PRIVATE = re.compile(r"\b[0-9a-f]{3}[13579bdf][0-9a-f]{4} (is OB and|has) ")
"""DCMTK has a dictionary of private elements of some vendors, where ours are unknown."""
DIRECTIONS = list(itertools.product(SYNTAXES, (EXPLICIT_LE, EXPLICIT_BE)))


def native_instances(source: str, folder: Path) -> Iterator[tuple[str, StoredInstance]]:
    for file in corpus_files(source, folder):
        try:
            instance = decode_part10(file.path.read_bytes())
        except (ValueError, KeyError):
            continue
        if instance.transfer_syntax_uid in SYNTAXES:
            yield file.name, instance


def without_new_vrs(program: Path, path: Path, syntax: str) -> bytes | None:
    out = path.with_suffix(".converted")
    command = [program, "-u", OPTIONS[syntax], path, out]
    done = subprocess.run(command, capture_output=True, check=False)
    return decode_part10(out.read_bytes()).data_set if done.returncode == 0 else None


@pytest.mark.peer("dcmconv")
@pytest.mark.parametrize("source", SOURCES)
def test_real_files_without_new_vrs(
    source: str, program: Callable[[str], Path], tmp_path: Path
) -> None:
    compared = 0
    for name, instance in native_instances(source, tmp_path):
        path = tmp_path / "copy"
        path.write_bytes(part10(instance.data_set, instance.transfer_syntax_uid))
        for other in (EXPLICIT_LE, EXPLICIT_BE):
            try:
                ours = recode.to_bytes(
                    instance.data_set, instance.transfer_syntax_uid, other, disable_new_vr=True
                )
            except recode.RecodeError:
                continue
            theirs = without_new_vrs(program("dcmconv"), path, other)
            assert theirs is not None, name
            compared += 1
            differences = Comparison(other).differences(tree(ours, other), tree(theirs, other))
            if instance.transfer_syntax_uid == IMPLICIT_LE:
                differences = (line for line in differences if not PRIVATE.search(line))
            assert list(differences) == [], name
    if not compared:
        pytest.skip(f"no files of {source}")


@pytest.mark.peer("dcmconv")
@pytest.mark.parametrize(("one", "other"), DIRECTIONS)
def test_generated_data_sets_without_new_vrs(
    one: str, other: str, program: Callable[[str], Path], tmp_path: Path
) -> None:
    dcmconv = program("dcmconv")
    path = tmp_path / "generated"
    compared = []

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(data_set=data_sets(one, clean=True))
    def check(data_set: bytes) -> None:
        try:
            ours = recode.to_bytes(data_set, one, other, disable_new_vr=True)
        except recode.UnsureError:
            return
        path.write_bytes(part10(data_set, one))
        theirs = without_new_vrs(dcmconv, path, other)
        assert theirs is not None
        compared.append(data_set)
        differences = Comparison(other).differences(tree(ours, other), tree(theirs, other))
        assert [line for line in differences if not EXPLAINED.search(line)] == []

    check()
    assert len(compared) > 15


@pytest.mark.peer("dcmodify")
@pytest.mark.parametrize("source", SOURCES)
def test_real_files_edited(source: str, program: Callable[[str], Path], tmp_path: Path) -> None:
    compared = 0
    for name, instance in native_instances(source, tmp_path):
        syntax = instance.transfer_syntax_uid
        encoding = Encoding(syntax)
        edits = [
            (0x00080005, encoding.element(0x00080005, "CS", b"ISO_IR 192"), False),
            (0x00100010, b"", True),
            (0x00282110, encoding.element(0x00282110, "CS", b"01"), False),
            (0x7FE00010, b"", True),
        ]
        try:
            ours = recode.to_bytes(instance.data_set, syntax, syntax, edits=edits)
        except recode.RecodeError:
            continue
        path = tmp_path / "copy"
        path.write_bytes(part10(instance.data_set, syntax))
        command = [program("dcmodify"), "-nb", "-imt"]
        command += ["-i", "(0008,0005)=ISO_IR 192", "-i", "(0028,2110)=01"]
        command += ["-e", "(0010,0010)", "-e", "(7fe0,0010)", path]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, (name, done.stderr)
        theirs = decode_part10(path.read_bytes()).data_set
        differences = Comparison(syntax).differences(tree(ours, syntax), tree(theirs, syntax))
        assert list(differences) == [], name
        compared += 1
    if not compared:
        pytest.skip(f"no files of {source}")
