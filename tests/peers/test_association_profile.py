"""Configuration files (``-xf``): what storescu makes of them, and what fastsend makes of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydicom._uid_dict import UID_dictionary

from fastsend.errors import ConfigurationFileError
from fastsend.model.dcmtk_class_names import CLASS_NAMES
from fastsend.model.options import SendOptions
from fastsend.plan.association_profile import read_association_profile
from fastsend.plan.dcmtk_transfer_syntax_names import TRANSFER_SYNTAX_NAMES
from fastsend.sender import send
from peers import fastsend_command
from peers.profile_files import CASES, PROFILE
from peers.programs import require_program
from peers.proposals import SmallFiles
from peers.recording_scp import RecordingSCP, accept_first, accept_only, refuse

if TYPE_CHECKING:
    from peers.recording_scp import AcceptRule
    from peers.scp_records import Association

pytestmark = pytest.mark.peer("storescu")

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.50"
STORAGE = "1.2.840.10008.5.1.4.1.1."
PIXELS = "1.2.840.10008.1.2.4."
NEWER_KEYWORDS = frozenset(
    {
        "JPIPHTJ2KReferenced",
        "JPIPHTJ2KReferencedDeflate",
        "ConfocalMicroscopyImageStorage",
        "ConfocalMicroscopyTiledPyramidalImageStorage",
        "EnhancedContinuousRTImageStorage",
        "EnhancedRTImageStorage",
        "ImplantationPlanSRStorage",
        "PhotoacousticImageStorage",
        "RTPatientPositionAcquisitionInstructionStorage",
        "VariableModalityLUTSoftcopyPresentationStateStorage",
        "WaveformAnnotationSRStorage",
        "InventoryStorage",
        "InventoryCreation",
        "RepositoryQuery",
    }
)
"""Names that came after DCMTK 3.6.7 and are keywords of PS3.6."""
NEWER_OTHERS = {
    "EncapsulatedUncompressedLittleEndianExplicit": "1.2.840.10008.1.2.1.98",
    "DeflatedImageFrameCompression": "1.2.840.10008.1.2.8.1",
    "FragmentableMPEG2MainProfile/MainLevel": PIXELS + "100.1",
    "FragmentableMPEG2MainProfile/HighLevel": PIXELS + "101.1",
    "FragmentableMPEG4HighProfile/Level4.1": PIXELS + "102.1",
    "FragmentableMPEG4BDcompatibleHighProfile/Level4.1": PIXELS + "103.1",
    "FragmentableMPEG4HighProfile/Level4.2For2DVideo": PIXELS + "104.1",
    "FragmentableMPEG4HighProfile/Level4.2For3DVideo": PIXELS + "105.1",
    "FragmentableMPEG4StereoHighProfile/Level4.2": PIXELS + "106.1",
    "JPEGXLLossless": PIXELS + "110",
    "JPEGXLJPEGRecompression": PIXELS + "111",
    "JPEGXL": PIXELS + "112",
    "HighThroughputJPEG2000ImageCompressionLosslessOnly": PIXELS + "201",
    "HighThroughputJPEG2000withRPCLOptionsImageCompressionLosslessOnly": PIXELS + "202",
    "HighThroughputJPEG2000ImageCompression": PIXELS + "203",
    "RETIRED_RFC2557MIMEEncapsulation": "1.2.840.10008.1.2.6.1",
    "RETIRED_XMLEncoding": "1.2.840.10008.1.2.6.2",
    "General32BitECGWaveformStorage": STORAGE + "9.1.4",
    "HeightMapSegmentationStorage": STORAGE + "66.8",
    "LabelMapSegmentationStorage": STORAGE + "66.7",
    "WaveformPresentationStateStorage": STORAGE + "9.100.1",
    "WaveformAcquisitionPresentationStateStorage": STORAGE + "9.100.2",
    "DICONDE_ThermographyImageStorage": STORAGE + "601.3",
    "DICONDE_ThermographyMultiFrameImageStorage": STORAGE + "601.4",
    "DICONDE_UltrasoundWaveformStorage": STORAGE + "601.5",
    "FINDInventory": STORAGE + "201.2",
    "MOVEInventory": STORAGE + "201.3",
    "GETInventory": STORAGE + "201.4",
    "GETHangingProtocolInformationModel": "1.2.840.10008.5.1.4.38.4",
}
"""Others that came after DCMTK 3.6.7; PS3.6 Annex A, and ASTM E2339 for DICONDE."""
NEWER = NEWER_KEYWORDS | set(NEWER_OTHERS)
INSTALLED_EXAMPLES = ("/etc/dcmtk/storescu.cfg", "/usr/share/dcmtk/storescu.cfg")


@pytest.fixture
def make_file(tmp_path: Path) -> SmallFiles:
    return SmallFiles(tmp_path)


def of_storescu(*arguments: object, accept: AcceptRule = accept_first) -> Association | None:
    """Return the association that storescu asked for; None where it ended before."""
    with RecordingSCP(accept=accept, strict=False) as scp:
        path = arguments[-1]
        command = [require_program("storescu"), *arguments[:-1], "127.0.0.1", str(scp.port), path]
        process = subprocess.run([*map(str, command)], capture_output=True, timeout=60, check=False)
        associations = scp.finished(0)
    assert associations or process.returncode == 1
    return associations[0] if associations else None


def of_fastsend(
    config: Path, name: str, path: Path, accept: AcceptRule = accept_first
) -> Association:
    profile = read_association_profile(str(config), name)
    with RecordingSCP(accept=accept, strict=False) as scp:
        options = SendOptions("127.0.0.1", scp.port, (str(path),), association_profile=profile)
        send(options)
        (association,) = scp.finished(1)
    return association


def negotiated(association: Association) -> tuple[object, ...]:
    """Return what a profile decides: contexts, and user items but those that name the program."""
    request = association.request
    assert request is not None
    items = [(kind, "" if kind in (0x52, 0x55) else value) for kind, value in request.user_items]
    return request.contexts, items


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
@pytest.mark.parametrize("case", CASES)
def test_as_storescu_understands_it(case: str, make_file: SmallFiles, tmp_path: Path) -> None:
    config = tmp_path / "profiles.cfg"
    config.write_bytes(CASES[case].encode())
    path = make_file(CT, LEE)
    theirs = of_storescu("-xf", config, "p", path)
    if theirs is None:
        with pytest.raises(ConfigurationFileError, match=re.escape(str(config))):
            read_association_profile(str(config), "p")
    else:
        assert negotiated(of_fastsend(config, "p", path)) == negotiated(theirs)


def test_the_example_that_comes_with_dcmtk(make_file: SmallFiles) -> None:
    config = next((Path(path) for path in INSTALLED_EXAMPLES if Path(path).exists()), None)
    if config is None:
        pytest.skip("DCMTK's storescu.cfg is not installed")
    path = make_file(CT, LEE)
    theirs = of_storescu("-xf", config, "dEfault", path)
    assert theirs is not None
    ours = of_fastsend(config, "dEfault", path)
    assert negotiated(ours) == negotiated(theirs)
    assert len(ours.request.contexts) == 128  # type: ignore[union-attr]
    assert [store.context_id for store in ours.stores] == [
        store.context_id for store in theirs.stores
    ]


def test_names_of_newer_uids() -> None:
    names = TRANSFER_SYNTAX_NAMES | CLASS_NAMES
    keywords = {entry[4]: uid for uid, entry in UID_dictionary.items()}
    assert {name: names[name] for name in NEWER_KEYWORDS} == {
        name: keywords[name] for name in NEWER_KEYWORDS
    }
    assert {name: names[name] for name in NEWER_OTHERS} == NEWER_OTHERS


def test_names_of_uids(make_file: SmallFiles, tmp_path: Path) -> None:
    path = make_file(CT, LEE)
    config = tmp_path / "names.cfg"
    syntaxes = "\n".join(
        f"TransferSyntax{number} = {name}"
        for number, name in enumerate((n for n in TRANSFER_SYNTAX_NAMES if n not in NEWER), 1)
    )
    known = [name for name in CLASS_NAMES if name not in NEWER]
    for start in range(0, len(known), 128):
        names = known[start : start + 128]
        contexts = "\n".join(
            f"PresentationContext{number} = {name}\\T" for number, name in enumerate(names, 1)
        )
        config.write_text(
            f"[[TransferSyntaxes]]\n[T]\n{syntaxes}\n[[PresentationContexts]]\n[All]\n{contexts}\n"
            f"{PROFILE}"
        )
        theirs = of_storescu("-xf", config, "p", path)
        assert theirs is not None
        assert theirs.request is not None
        profile = read_association_profile(str(config), "p")
        assert [tuple(context) for context in profile.contexts] == [
            tuple(context) for context in theirs.request.contexts
        ]
        assert [context.abstract_syntax for context in profile.contexts] == [
            CLASS_NAMES[name] for name in names
        ]


CHOICES = """
[[TransferSyntaxes]]
[A]
TransferSyntax1 = LittleEndianImplicit
[B]
TransferSyntax1 = BigEndianExplicit
[C]
TransferSyntax1 = LittleEndianExplicit
[J]
TransferSyntax1 = JPEGBaseline
[[PresentationContexts]]
[All]
PresentationContext1 = CTImageStorage\\J
PresentationContext2 = CTImageStorage\\A
PresentationContext3 = CTImageStorage\\B
PresentationContext4 = CTImageStorage\\C
PresentationContext5 = CTImageStorage\\C
PresentationContext6 = MRImageStorage\\C
[[Profiles]]
[P]
PresentationContexts = All
"""


@pytest.mark.parametrize("stored", [LEI, LEE, BEE])
@pytest.mark.parametrize(
    "accepted", [(LEI,), (LEE,), (BEE,), (LEI, BEE), (LEI, LEE), (BEE, LEE), (LEI, LEE, BEE, JPEG)]
)
def test_the_context_that_carries(
    stored: str, accepted: tuple[str, ...], make_file: SmallFiles, tmp_path: Path
) -> None:
    config = tmp_path / "choices.cfg"
    config.write_text(CHOICES)
    path = make_file(CT, stored)
    accept = accept_only(*accepted)
    theirs = of_storescu("-xf", config, "P", path, accept=accept)
    ours = of_fastsend(config, "P", path, accept)
    assert theirs is not None
    assert len(ours.stores) == 1
    assert [one.context_id for one in ours.stores] == [one.context_id for one in theirs.stores]
    assert ours.ended == theirs.ended == "released"


def test_no_context_for_the_class(make_file: SmallFiles, tmp_path: Path) -> None:
    config = tmp_path / "choices.cfg"
    config.write_text(CHOICES)
    ours = of_fastsend(config, "P", make_file("1.2.840.10008.5.1.4.1.1.7", LEE))
    assert (ours.stores, ours.ended) == ([], "released")
    ours = of_fastsend(config, "P", make_file(MR, LEE), refuse(MR))
    assert (ours.stores, ours.ended) == ([], "released")


@pytest.mark.parametrize(
    "options",
    ["-xe", "-xi -R", "-R", "+C", "-xs -x=", "-x=", "-x= -xs", "-xd", "-x5", "-R -xs"],
)
def test_options_that_exclude_a_profile(
    options: str, make_file: SmallFiles, tmp_path: Path
) -> None:
    config = tmp_path / "choices.cfg"
    config.write_text(CHOICES)
    path = make_file(CT, LEE)
    with RecordingSCP() as scp:
        line = ["-xf", str(config), "P", *options.split(), "127.0.0.1", str(scp.port), str(path)]
        program = str(require_program("storescu"))
        theirs = subprocess.run(
            [program, *line], capture_output=True, text=True, timeout=60, check=False
        )
        ours = fastsend_command.run(*line)
    assert ours.exit_code == theirs.returncode
    if theirs.returncode:
        (message,) = [text for text in theirs.stderr.splitlines() if text.startswith("error: ")]
        assert ours.stderr.splitlines()[0] == message


@pytest.mark.parametrize("name", ["Q", ""])
def test_profiles_that_are_not_there(name: str, make_file: SmallFiles, tmp_path: Path) -> None:
    config = tmp_path / "choices.cfg"
    config.write_text(CHOICES)
    line = ["-xf", str(config), name, "127.0.0.1", "1", str(make_file(CT, LEE))]
    program = str(require_program("storescu"))
    assert subprocess.run([program, *line], timeout=60, check=False).returncode == 1
    ours = fastsend_command.run(*line)
    assert ours.exit_code == 1
    assert str(config) in ours.stderr
    assert "there are: P" in ours.stderr
