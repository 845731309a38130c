"""Icons that DCMTK and others compressed with their images, sent to receivers that take another."""

from __future__ import annotations

import random
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate

pytest.importorskip("numpy")

from peers.conversion_checks import Checker, dump_complaints
from peers.converted_corpus import Receiver, send_corpus
from peers.corpus import CorpusFile
from peers.fastsend_command import run
from peers.icon_checks import icon_faults
from peers.programs import require_program
from peers.recording_scp import RecordingSCP, accept_only
from peers.study import CT, EXPLICIT, IMPLICIT, RLE

if TYPE_CHECKING:
    from pathlib import Path

JPEG = "1.2.840.10008.1.2.4."
DEFLATED, BIG_ENDIAN = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
COMPRESSED = {
    "RLE": ["dcmcrle"],
    "JPEG Lossless": ["dcmcjpeg", "+e1"],
    "JPEG Lossless 14": ["dcmcjpeg", "+el"],
    "JPEG-LS": ["dcmcjpls"],
    "JPEG 2000": [],
}
RECEIVERS = {
    "Implicit LE": Receiver(IMPLICIT),
    "Explicit BE": Receiver(BIG_ENDIAN),
    "RLE": Receiver(RLE, ("-xr",)),
    "JPEG Lossless": Receiver(JPEG + "70", ("-xs",)),
    "JPEG-LS": Receiver(JPEG + "80", ("-xt",)),
    "JPEG 2000": Receiver(JPEG + "90", ("-xv",)),
    "deflated": Receiver(DEFLATED, ("-xd",)),
}
PROGRAMS = ("dcmcrle", "dcmcjpeg", "dcmcjpls", "dcmdjpeg", "dcmdump")
UID = "1.2.826.0.1.3680043.10.999.9.{}"


def image(rows: int, columns: int, photometric: str, bits: int, seed: int) -> Dataset:
    """Return what describes an image of noise, and the image."""
    made = Dataset()
    samples = 3 if photometric == "RGB" else 1
    made.SamplesPerPixel, made.PhotometricInterpretation = samples, photometric
    if samples > 1:
        made.PlanarConfiguration = 0
    made.Rows, made.Columns = rows, columns
    made.BitsAllocated, made.BitsStored, made.HighBit = bits, bits, bits - 1
    made.PixelRepresentation = 0
    if photometric == "PALETTE COLOR":
        for colour in ("Red", "Green", "Blue"):
            setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            table = random.Random(colour).randbytes(512)
            setattr(made, f"{colour}PaletteColorLookupTableData", table)
    length = rows * columns * samples * bits // 8
    made.PixelData = random.Random(seed).randbytes(length) + bytes(length % 2)
    made["PixelData"].VR = "OW" if bits > 8 else "OB"
    return made


def write_native(path: Path, number: int, icon: Dataset) -> Path:
    made = image(38, 42, "MONOCHROME2", 16, number)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = EXPLICIT
    made.SOPClassUID, made.SOPInstanceUID = CT, UID.format(number)
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    made.PatientID, made.Modality = "canary", "CT"
    made.IconImageSequence = [icon]
    made.save_as(path, enforce_file_format=True)
    return path


def compress(native: Path, to: Path, command: list[str]) -> Path:
    if command:
        # The UID stays, also where DCMTK thinks that another would be fitting.
        options = [*command[1:], *(["+un"] if command[0] != "dcmcrle" else [])]
        program = require_program(command[0])
        subprocess.run([program, *options, native, to], check=True, capture_output=True)
        return to
    openjpeg = pytest.importorskip("openjpeg.utils")
    whole = dcmread(native)
    whole.file_meta.TransferSyntaxUID = JPEG + "90"
    for one in (whole, whole.IconImageSequence[0]):
        codestream = openjpeg.encode_buffer(
            one.PixelData[: one.Rows * one.Columns * one.SamplesPerPixel * one.BitsAllocated // 8],
            one.Columns,
            one.Rows,
            one.SamplesPerPixel,
            one.BitsStored,
            is_signed=False,
            use_mct=False,
        )
        one.PixelData = encapsulate([codestream])
        one["PixelData"].VR, one["PixelData"].is_undefined_length = "OB", True
    whole.save_as(to, enforce_file_format=True)
    return to


ICONS = {
    "monochrome": image(35, 33, "MONOCHROME2", 8, 1),
    "palette": image(64, 64, "PALETTE COLOR", 8, 2),
    "16 bits": image(36, 32, "MONOCHROME1", 16, 3),
    "RGB": image(40, 39, "RGB", 8, 4),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[CorpusFile]:
    folder = tmp_path_factory.mktemp("icons")
    made = []
    for name, icon in ICONS.items():
        native = write_native(folder / "native.dcm", len(made), icon)
        for syntax, command in COMPRESSED.items():
            number = len(made)
            native = write_native(folder / f"{number}-native.dcm", number, icon)
            path = compress(native, folder / f"{number}.dcm", command)
            assert dcmread(path).IconImageSequence[0]["PixelData"].is_undefined_length
            made.append(CorpusFile("made", f"{name} in {syntax}", path))
    return made


@pytest.mark.peer(*PROGRAMS)
@pytest.mark.parametrize("receiver", RECEIVERS)
def test_icons(receiver: str, files: list[CorpusFile], tmp_path: Path) -> None:
    checker, arrived, outcomes = Checker(tmp_path), [], set()
    for file, received, reason in send_corpus(RECEIVERS[receiver], files):
        assert received is not None, (file.name, reason)
        outcome, faults = checker.check(file, received)
        assert faults == [], file.name
        outcomes.add(outcome)
        if outcome != "as stored":
            arrived.append(received)
    assert outcomes == ({"exact"} if RECEIVERS[receiver].takes in NEVER else {"exact", "as stored"})
    assert dump_complaints(arrived, tmp_path) == []


NEVER = {IMPLICIT, BIG_ENDIAN, DEFLATED}


@pytest.mark.peer(*PROGRAMS)
def test_the_check_sees_another_icon(files: list[CorpusFile], tmp_path: Path) -> None:
    source = dcmread(files[0].path)
    native = dcmread(files[0].path.with_name("0-native.dcm"))
    assert list(icon_faults(source, native, tmp_path, swapped=False)) == []
    icon = native.IconImageSequence[0]
    icon.PixelData = icon.PixelData[:-3] + b"\0\0\0"
    assert "other pixels" in " ".join(icon_faults(source, native, tmp_path, swapped=False))
    icon.Rows += 1
    assert "bytes instead of" in " ".join(icon_faults(source, native, tmp_path, swapped=False))
    del native.IconImageSequence
    assert list(icon_faults(source, native, tmp_path, swapped=False)) == ["the icon is lost"]


@pytest.mark.peer("dcmcjpeg")
@pytest.mark.parametrize("allowed", [False, True])
def test_a_lossy_icon_is_decoded_where_the_image_may_be(tmp_path: Path, *, allowed: bool) -> None:
    native = dcmread(write_native(tmp_path / "native", 1, ICONS["monochrome"]))
    native.update(image(38, 42, "MONOCHROME2", 8, 6))
    native.save_as(tmp_path / "native", enforce_file_format=True)
    path = compress(tmp_path / "native", tmp_path / "lossy.dcm", ["dcmcjpeg", "+eb"])
    with RecordingSCP(accept=accept_only(IMPLICIT), keep_data=True) as scp:
        finished = run("-v", *(["+dly"] if allowed else []), "127.0.0.1", str(scp.port), path)
        stores = [store for one in scp.associations for store in one.stores]
    assert finished.exit_code == (0 if allowed else 66)
    assert len(stores) == allowed
    if not allowed:
        return
    assert stores[0].data_set is not None
    # In Implicit VR the length follows the tag (PS3.5 7.1.3).
    heads = re.findall(rb"\xe0\x7f\x10\0(....)", stores[0].data_set, re.DOTALL)
    assert [int.from_bytes(head, "little") for head in heads] == [35 * 33 + 1, 38 * 42]


@pytest.mark.peer("dcmcrle")
def test_a_broken_icon_costs_its_instance_only(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for number in range(4):
        native = write_native(tmp_path / "native.dcm", number, ICONS["palette"])
        compress(native, folder / f"{number}.dcm", COMPRESSED["RLE"])
    broken = dcmread(folder / "1.dcm")
    broken.IconImageSequence[0].PixelData = encapsulate([b"\1\0\0\0" + bytes(60)])
    broken.save_as(folder / "1.dcm")
    nameless = dcmread(folder / "2.dcm")
    del nameless.IconImageSequence[0].Rows
    nameless.save_as(folder / "2.dcm")
    with RecordingSCP(accept=accept_only(IMPLICIT)) as scp:
        finished = run("-v", "127.0.0.1", str(scp.port), folder)
        (association,) = scp.finished(1)
    assert finished.exit_code == 66
    assert association.ended == "released"
    sent = [store.sop_instance_uid for store in association.stores]
    assert sent == [UID.format(0), UID.format(3)]
    assert "2 is not sent: its icon cannot be converted: a frame cannot be" in finished.stderr
    assert "3 is not sent: its icon cannot be converted: Rows is missing" in finished.stderr
