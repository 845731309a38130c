"""Headers and trailers of real files, encapsulated ones too, as pydicom writes them."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import pytest
from pydicom import config, dcmread, dcmwrite
from pydicom.filereader import read_partial

from fastsend._native import recode
from peers.corpus import SOURCES, corpus_files
from peers.stored_instance import decode_part10
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES
from reference.data_set_trees import Comparison, tree

if TYPE_CHECKING:
    from pathlib import Path

DEFLATED = "1.2.840.10008.1.2.1.99"
REFUSED = {
    "MR_truncated.dcm": "exceeds what is left",
    "rtplan_truncated.dcm": "exceeds what is left",
    "DICOMDIR-nooffset": "exceeds what is left",
    "SC_rgb_jpeg.dcm": "no VR of the Standard",  # it is Implicit VR
    "slicethickness_empty_string.dcm": "Pixel Data in a sequence is encapsulated",  # an icon
    "winter.dcm": "do not increase",
}
WITHOUT_DELIMITER = "emri_small_jpeg_2k_lossless_too_short.dcm"
"""pydicom reads nothing of it."""


def with_pydicom(path: Path, syntax: str) -> bytes:
    data_set = dcmread(path, force=True)
    if "PixelData" in data_set:
        del data_set.PixelData
    data_set.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    implicit, little = syntax == IMPLICIT_LE, syntax != EXPLICIT_BE
    dcmwrite(out, data_set, implicit_vr=implicit, little_endian=little, enforce_file_format=False)
    out.seek(0)
    read_partial(out, stop_when=lambda *_: True)
    return out.read()


def with_recoder(path: Path, data_set: bytes, one: str, other: str) -> tuple[bytes, int]:
    """The bytes, and how often Pixel Data has its place in them."""
    content = path.read_bytes()
    with path.open("rb") as file:
        offset = len(content) - len(data_set)
        recoder = recode.Recoder(
            file.fileno(), offset, len(data_set), one, other, external_pixel_data=True
        )
        length = recoder.measure()
        pieces = list(recoder)
    parts = [
        content[piece[0] : sum(piece)] if isinstance(piece, tuple) else piece or b""
        for piece in pieces
    ]
    assert len(b"".join(parts)) == length
    return b"".join(parts), pieces.count(None)


@pytest.mark.parametrize("source", SOURCES)
def test_all_but_the_pixel_data(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)
    monkeypatch.setattr(config.settings, "writing_validation_mode", config.IGNORE)
    compared = 0
    for file in corpus_files(source, tmp_path):
        try:
            instance = decode_part10(file.path.read_bytes())
        except (ValueError, KeyError):
            continue
        syntax = instance.transfer_syntax_uid
        if syntax == DEFLATED or file.path.parent.name == "charset_files":
            continue  # pydicom decodes text and encodes it anew
        one = syntax if syntax in SYNTAXES else EXPLICIT_LE
        for other in SYNTAXES:
            try:
                ours, places = with_recoder(file.path, instance.data_set, one, other)
            except recode.RecodeError as error:
                assert REFUSED[file.path.name] in str(error)
                continue
            compared += 1
            if file.path.name == WITHOUT_DELIMITER:
                assert places == 1
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                has_pixels = "PixelData" in dcmread(file.path, force=True)
                theirs = with_pydicom(file.path, other)
            assert places == has_pixels, file.path.name
            comparison = Comparison(other, (one == EXPLICIT_BE) != (other == EXPLICIT_BE))
            differences = comparison.differences(tree(ours, other), tree(theirs, other))
            assert list(differences) == [], file.path.name
    if not compared:
        pytest.skip(f"no files of {source}")
