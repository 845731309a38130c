"""The header of a converted instance, against what the tools of DCMTK make of the same instance."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset

from fastsend.convert import lossy
from fastsend.convert.attributes import edits_to_encapsulated, edits_to_native, read_pixels
from fastsend.convert.elements import merge_edits
from fastsend.convert.lossy import LossyStep
from peers.programs import require_program
from reference.data_set_bytes import EXPLICIT_LE
from reference.pixel_attributes import edited, found_in

if TYPE_CHECKING:
    from pathlib import Path

JPEG = "1.2.840.10008.1.2.4."
DECODERS = {
    "1.2.840.10008.1.2.5": "dcmdrle",
    **dict.fromkeys((JPEG + end for end in ("50", "51", "53", "55", "57", "70")), "dcmdjpeg"),
    **dict.fromkeys((JPEG + end for end in ("80", "81")), "dcmdjpls"),
}

pytestmark = pytest.mark.peer("dcmcjpeg", "dcmdjpeg", "dcmcjpls", "dcmdjpls", "dcmcrle", "dcmdrle")

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"


def instance(path: Path, photometric: str, bits: tuple[int, int, int], **changes: object) -> Path:
    """A native image of noise."""
    samples = 1 if photometric in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR") else 3
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = EXPLICIT_LE
    made.SOPClassUID = changes.pop("sop_class", SECONDARY_CAPTURE)
    made.SOPInstanceUID = "1.2.3.4"
    made.StudyInstanceUID, made.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    made.PatientID, made.Modality = "canary", "OT"
    made.SamplesPerPixel, made.PhotometricInterpretation = samples, photometric
    made.Rows, made.Columns = 9, 11
    made.BitsAllocated, made.BitsStored, made.HighBit = bits
    made.PixelRepresentation = 0
    for keyword, value in changes.items():
        setattr(made, keyword, value)
    length = 9 * 11 * samples * (bits[0] // 8) * int(made.get("NumberOfFrames") or 1)
    noise = random.Random(5).randbytes(length)
    if bits[0] == 16:
        mask = (1 << bits[1]) - 1
        words = [int.from_bytes(noise[i : i + 2], "little") & mask for i in range(0, length, 2)]
        noise = b"".join(word.to_bytes(2, "little") for word in words)
    made.PixelData = noise + bytes(length % 2)
    made["PixelData"].VR = "OW" if bits[0] > 8 else "OB"
    made.save_as(path, enforce_file_format=True)
    return path


def run(*command: object) -> None:
    program = require_program(str(command[0]))
    done = subprocess.run(
        [program, *map(str, command[1:])], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def header(path: Path) -> Dataset:
    whole = dcmread(path)
    del whole.PixelData
    return whole


def differences(ours: Dataset, theirs: Dataset) -> dict[str, tuple[object, object]]:
    """The elements that differ, by keyword."""
    tags = {element.tag for both in (ours, theirs) for element in both}
    return {
        (ours.get(tag) or theirs.get(tag)).keyword: (ours.get(tag), theirs.get(tag))
        for tag in sorted(tags)
        if ours.get(tag) != theirs.get(tag)
    }


IMAGES = {
    "unsigned": ("MONOCHROME2", (16, 12, 11), {}),
    "signed": ("MONOCHROME2", (16, 16, 15), {"PixelRepresentation": 1}),
    "high bit": ("MONOCHROME1", (16, 12, 15), {}),
    "bytes": ("MONOCHROME2", (8, 8, 7), {"NumberOfFrames": 3}),
    "8 in 16": ("MONOCHROME2", (16, 8, 7), {}),
    "by pixel": ("RGB", (8, 8, 7), {"PlanarConfiguration": 0}),
    "by plane": ("RGB", (8, 8, 7), {"PlanarConfiguration": 1}),
    "YBR": ("YBR_FULL", (8, 8, 7), {"PlanarConfiguration": 0}),
    "YBR ultrasound": (
        "YBR_FULL",
        (8, 8, 7),
        {"PlanarConfiguration": 1, "sop_class": ULTRASOUND},
    ),
}
LOSSLESS = {
    "dcmcrle": "1.2.840.10008.1.2.5",
    "dcmcjpls": JPEG + "80",
    "dcmcjpeg": JPEG + "70",
}


@pytest.mark.parametrize("encoder", LOSSLESS)
@pytest.mark.parametrize("name", IMAGES)
def test_lossless_compression(name: str, encoder: str, tmp_path: Path) -> None:
    photometric, bits, changes = IMAGES[name]
    native = instance(tmp_path / "native", photometric, bits, **changes)
    run(encoder, native, tmp_path / "theirs")
    before = header(native)
    found = found_in(before)
    pixels, number = read_pixels(found)
    edits = edits_to_encapsulated(found, pixels, to_syntax=LOSSLESS[encoder], frames=number or 1)
    theirs = header(tmp_path / "theirs")
    # dcmcjpeg describes itself in an instance that was not derived.
    theirs.pop("DerivationDescription", None)
    assert differences(edited(before, edits, EXPLICIT_LE), theirs) == {}


@pytest.mark.parametrize("encoder", LOSSLESS)
@pytest.mark.parametrize("name", IMAGES)
def test_lossless_decompression(name: str, encoder: str, tmp_path: Path) -> None:
    photometric, bits, changes = IMAGES[name]
    native = instance(tmp_path / "native", photometric, bits, **changes)
    run(encoder, native, tmp_path / "encoded")
    run(DECODERS[LOSSLESS[encoder]], tmp_path / "encoded", tmp_path / "theirs")
    before = header(tmp_path / "encoded")
    found = found_in(before)
    pixels, number = read_pixels(found)
    # dcmdrle keeps planes as planes.
    planar = pixels.planar_configuration if encoder == "dcmcrle" else 0
    edits = edits_to_native(
        found, pixels, to_syntax=EXPLICIT_LE, frames=number or 1, planar_configuration=planar
    )
    found_differences = differences(edited(before, edits, EXPLICIT_LE), header(tmp_path / "theirs"))
    if photometric == "YBR_FULL" and encoder == "dcmcjpeg":
        # dcmdjpeg converts lossless pixels to RGB, which is a loss; here they stay what they are.
        assert set(found_differences) == {"PhotometricInterpretation"}
    else:
        assert found_differences == {}


@pytest.mark.parametrize("options", [["dcmcjpeg", "+eb"], ["dcmcjpeg", "+ee"], ["dcmcjpls", "+en"]])
@pytest.mark.parametrize("marked", [None, "00", "01"])
@pytest.mark.parametrize("name", ["by pixel", "by plane", "bytes"])
def test_lossy_decompression(
    name: str, marked: str | None, options: list[str], tmp_path: Path
) -> None:
    photometric, bits, changes = IMAGES[name]
    native = instance(tmp_path / "native", photometric, bits, **changes)
    run(*options, native, tmp_path / "encoded")
    whole = dcmread(tmp_path / "encoded")
    del whole.LossyImageCompression
    if marked:
        whole.LossyImageCompression = marked
    whole.save_as(tmp_path / "marked")
    run(DECODERS[whole.file_meta.TransferSyntaxUID], tmp_path / "marked", tmp_path / "theirs")
    before = header(tmp_path / "marked")
    found = found_in(before)
    pixels, number = read_pixels(found)
    edits = edits_to_native(
        found,
        pixels,
        to_syntax=EXPLICIT_LE,
        frames=number or 1,
        photometric_interpretation="RGB" if photometric == "RGB" else photometric,
        lossy=lossy.is_lossy_syntax(whole.file_meta.TransferSyntaxUID),
    )
    assert differences(edited(before, edits, EXPLICIT_LE), header(tmp_path / "theirs")) == {}


@pytest.mark.parametrize("options", [["dcmcjpeg", "+eb"], ["dcmcjpeg", "+ee"], ["dcmcjpls", "+en"]])
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("by pixel", {"ImageType": ["ORIGINAL", "PRIMARY"]}),
        ("by plane", {}),
        ("bytes", {"DerivationDescription": "Filtered", "ImageType": ["DERIVED", "SECONDARY"]}),
        (
            "unsigned",
            {
                "LossyImageCompression": "01",
                "LossyImageCompressionRatio": "7.5",
                "LossyImageCompressionMethod": "ISO_15444_1",
            },
        ),
    ],
)
def test_lossy_compression(
    name: str, more: dict[str, object], options: list[str], tmp_path: Path
) -> None:
    photometric, bits, changes = IMAGES[name]
    if name == "unsigned" and options[1] == "+eb":
        pytest.skip("12 bits do not fit into 8")
    native = instance(tmp_path / "native", photometric, bits, **changes, **more)
    run(*options, native, tmp_path / "encoded")
    theirs = header(tmp_path / "encoded")
    before = header(native)
    found = found_in(before)
    pixels, number = read_pixels(found)
    syntax = str(dcmread(tmp_path / "encoded").file_meta.TransferSyntaxUID)
    ratios = str(theirs["LossyImageCompressionRatio"].value).strip("[]").split(", ")
    step = LossyStep(syntax, float(ratios[-1]), str(theirs.SOPInstanceUID))
    edits = merge_edits(
        edits_to_encapsulated(
            found,
            pixels,
            to_syntax=syntax,
            frames=number or 1,
            photometric_interpretation=theirs.PhotometricInterpretation,
        ),
        lossy.edits(found, step, from_syntax=EXPLICIT_LE),
    )
    ours = edited(before, edits, EXPLICIT_LE)
    assert set(differences(ours, theirs)) <= {"DerivationDescription"}
    earlier = more.get("DerivationDescription")
    if earlier:
        assert ours.DerivationDescription.endswith(f" [{earlier}]")
        assert theirs.DerivationDescription.endswith(f" [{earlier}]")
