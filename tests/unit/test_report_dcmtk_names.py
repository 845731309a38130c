"""DCMTK's names; the real program checks all of them in tests/peers."""

import pytest

from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES
from fastsend.report.dcmtk_names import (
    dcmtk_class_name,
    dcmtk_transfer_syntax_name,
    sop_class_names,
)


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "CTImageStorage"),
        ("1.2.840.10008.5.1.4.1.1.5", "RETIRED_NuclearMedicineImageStorage"),
        ("1.2.840.10008.5.1.4.1.1.88.2", "DRAFT_SRAudioStorage"),
        ("1.2.840.10008.5.1.4.1.1.501.1", "DICOS_CTImageStorage"),
        ("1.2.840.10008.5.1.4.1.1.3.1", "UltrasoundMultiframeImageStorage"),
        ("1.2.840.10008.1.1", "VerificationSOPClass"),
        # Newer than DCMTK 3.6.7.
        ("1.2.840.10008.5.1.4.1.1.66.7", "LabelMapSegmentationStorage"),
        ("1.2.840.10008.5.1.4.1.1.77777", "unknown"),
        ("5.1.4.1.1.2", "unknown"),
        ("", "unknown"),
    ],
)
def test_classes(uid: str, name: str) -> None:
    assert dcmtk_class_name(uid) == name


def test_a_class_without_a_name() -> None:
    assert dcmtk_class_name("1.2.3", "1.2.3") == "1.2.3"


def test_class_names_have_no_blanks() -> None:
    names = sop_class_names()
    assert all(name.replace("_", "").isalnum() for name in names.values())
    assert len(set(names.values())) == len(names) == 309


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2", "Little Endian Implicit"),
        ("1.2.840.10008.1.2.4.70", "JPEG Lossless, Non-hierarchical, 1st Order Prediction"),
        ("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile @ Main Level"),
        ("1.2.840.10008.1.2.5", "RLE Lossless"),
        (
            "1.2.840.10008.1.2.4.201",
            "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
        ),
        ("1.2.840.10008.1.20", "Unknown Transfer Syntax"),
        ("1.2.3", "Unknown Transfer Syntax"),
    ],
)
def test_transfer_syntaxes(uid: str, name: str) -> None:
    assert dcmtk_transfer_syntax_name(uid) == name


def test_names_of_transfer_syntaxes_are_different() -> None:
    names = [dcmtk_transfer_syntax_name(uid) for uid in TRANSFER_SYNTAXES]
    known = [name for name in names if name != "Unknown Transfer Syntax"]
    assert len(set(known)) == len(known) > 50
