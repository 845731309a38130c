"""Real files in all three native transfer syntaxes, against pydicom and against themselves."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pydicom import config, dcmread, dcmwrite
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.filereader import read_partial

from fastsend._native import recode
from peers.corpus import SOURCES, corpus_files
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding
from reference.data_set_trees import Comparison, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

GENERATOR = Path(__file__).parents[2] / "ext" / "recode" / "generate_dictionary.py"

TRUNCATED = {"MR_truncated.dcm", "rtplan_truncated.dcm", "DICOMDIR-nooffset"}
UNORDERED = {"winter.dcm"}


class Instance(NamedTuple):
    path: Path
    syntax: str
    data_set: bytes
    offset: int

    def other_syntaxes(self) -> list[str]:
        return [other for other in SYNTAXES if other != self.syntax]


def native_instances(source: str, folder: Path) -> Iterator[Instance]:
    for file in corpus_files(source, folder):
        content = file.path.read_bytes()
        if content[128:132] == b"DICM":
            stream = io.BytesIO(content)
            meta = read_partial(stream, stop_when=lambda *_: True).file_meta
            syntax = str(meta.get("TransferSyntaxUID"))
            if syntax in SYNTAXES:
                yield Instance(file.path, syntax, content[stream.tell() :], stream.tell())


@pytest.fixture(scope="module", params=SOURCES)
def instances(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(native_instances(request.param, tmp_path_factory.mktemp("corpus")))
    if not found:
        pytest.skip(f"no files of {request.param}")
    return found


def pixels_may_be_swapped_two_ways(instance: Instance) -> bool:
    """Numbers in OB, or of more than 16 bits: programs do not agree on their byte order."""
    elements = tree(instance.data_set, instance.syntax)
    bits = elements.number(0x00280100)
    return bits is None or bits > 16 or (bits > 8 and elements[0x7FE00010].vr == "OB")


def test_all_but_the_doubtful_are_re_encoded(instances: list[Instance]) -> None:
    for instance, other in ((one, other) for one in instances for other in one.other_syntaxes()):
        name = instance.path.name
        try:
            recode.to_bytes(instance.data_set, instance.syntax, other)
        except recode.UnsureError as error:
            if error.reason == "it is not certain which bytes to swap":
                assert pixels_may_be_swapped_two_ways(instance), name
                assert EXPLICIT_BE in {instance.syntax, other}, name
            else:
                assert name in UNORDERED, error
        except recode.RecodeError as error:
            assert name in TRUNCATED, error


def re_encoded(instances: list[Instance]) -> Iterator[tuple[Instance, str, bytes]]:
    for instance, other in ((one, other) for one in instances for other in one.other_syntaxes()):
        try:
            yield instance, other, recode.to_bytes(instance.data_set, instance.syntax, other)
        except recode.RecodeError:
            continue


def test_files_give_what_memory_gives(instances: list[Instance]) -> None:
    for instance, other, expected in re_encoded(instances):
        with instance.path.open("rb") as file:
            recoder = recode.Recoder(
                file.fileno(), instance.offset, len(instance.data_set), instance.syntax, other
            )
            assert recoder.measure() == len(expected)
            content = instance.path.read_bytes()
            pieces = [p if isinstance(p, bytes) else content[p[0] : sum(p)] for p in recoder]
            assert b"".join(pieces) == expected, instance.path.name


def save_with_pydicom(path: Path, syntax: str) -> bytes:
    data_set = dcmread(path)
    data_set.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    implicit, little = syntax == IMPLICIT_LE, syntax != EXPLICIT_BE
    dcmwrite(out, data_set, implicit_vr=implicit, little_endian=little, enforce_file_format=False)
    out.seek(0)
    read_partial(out, stop_when=lambda *_: True)
    return out.read()


def test_pydicom_makes_the_same_of_them(
    instances: list[Instance], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)
    monkeypatch.setattr(config.settings, "writing_validation_mode", config.IGNORE)
    for instance, other, ours in re_encoded(instances):
        if instance.path.parent.name == "charset_files":
            continue  # pydicom decodes text and encodes it anew
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = save_with_pydicom(instance.path, other)
        # pydicom leaves OW as it is where the byte order changes.
        comparison = Comparison(other, (instance.syntax == EXPLICIT_BE) != (other == EXPLICIT_BE))
        differences = comparison.differences(tree(ours, other), tree(theirs, other))
        assert list(differences) == [], instance.path.name


def test_there_and_back(instances: list[Instance]) -> None:
    for instance, other, there in re_encoded(instances):
        if other == IMPLICIT_LE:
            continue  # loses the VR of private elements
        back = recode.to_bytes(there, other, instance.syntax)
        padded = 0xFFFCFFFC in tree(instance.data_set, instance.syntax)
        assert instance.data_set.startswith(back), instance.path.name
        assert padded or back == instance.data_set, instance.path.name


def test_the_dictionary_is_that_of_the_installed_pydicom() -> None:
    command = [sys.executable, GENERATOR, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def dictionary_vrs() -> dict[int, str]:
    """The VR of each tag, and of some of the tags that each pattern stands for."""
    vrs = {tag: entry[0] for tag, entry in DicomDictionary.items()}
    for pattern, entry in RepeatersDictionary.items():
        for digit in "02468ACE":
            vrs.setdefault(int(pattern.replace("x", digit), 16), entry[0])
    outside = {0x0000, 0x0002, 0xFFFE}
    return {
        tag: vr
        for tag, vr in vrs.items()
        if tag >> 16 not in outside and tag & 0xFFFF and tag != 0xFFFCFFFC
    }


@pytest.mark.parametrize("at_once", [1, 700])
def test_every_element_of_the_standard_gets_its_vr(at_once: int) -> None:
    implicit, explicit = Encoding(IMPLICIT_LE), Encoding(EXPLICIT_LE)
    vrs = {tag: vr for tag, vr in dictionary_vrs().items() if " or " not in vr}
    assert len(vrs) > 5000
    tags = sorted(vrs)
    for start in range(0, len(tags), at_once):
        some = tags[start : start + at_once]
        data_set = b"".join(implicit.element(tag, "") for tag in some)
        expected = b"".join(explicit.element(tag, vrs[tag]) for tag in some)
        assert recode.to_bytes(data_set, IMPLICIT_LE, EXPLICIT_LE) == expected
