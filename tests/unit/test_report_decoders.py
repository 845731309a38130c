"""``--list-decoders`` against the list that dcmsend prints, and its other two forms."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from fastsend import _version
from fastsend.codecs import registry, syntaxes
from fastsend.report import decoders
from peers.programs import require_program

if TYPE_CHECKING:
    import pytest


def sections(text: str) -> dict[str, list[str]]:
    """Return the items of each list under its headline."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(("-", " ")):
            items = found.setdefault(line, [])
        elif line.startswith("- "):
            items.append(line)
    return found


def test_all_that_dcmsend_lists_under_its_headlines() -> None:
    program = require_program("dcmsend")
    theirs = subprocess.run(
        [program, "--list-decoders"], capture_output=True, text=True, check=True
    )
    ours = sections(decoders.listing(False))
    assert len(ours) == 2
    for headline, items in sections(theirs.stdout).items():
        assert [item for item in ours[headline] if item in items] or not items
        assert set(items) <= set(ours[headline])


def test_the_head_is_our_own() -> None:
    head = decoders.listing(False).splitlines()[0]
    assert head.startswith(f"fastsend {_version.__version__}: ")


def test_every_codec_is_in_the_verbose_list() -> None:
    text = decoders.listing(True)
    by_decoders, by_encoders = text.split("supported by encoders:")
    for table, part in ((registry.DECODERS, by_decoders), (registry.ENCODERS, by_encoders)):
        for codecs in table.values():
            for codec in codecs:
                assert f"    {codec.name}" in part
                assert codec.pixels.words in part or registry.available(codec) is None


def test_missing_libraries_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(package: str) -> bool:
        return package not in {"libjpeg", "imagecodecs"}

    for module in (registry, decoders):
        monkeypatch.setattr(module, "installed", installed)
    assert "JPEG XL" not in decoders.listing(False)
    text = decoders.listing(True)
    assert "    imagecodecs jpegxl: imagecodecs is missing\n" in text
    missing = text.split("Libraries that are not installed:\n")[1].splitlines()
    assert missing[0].startswith("- imagecodecs would add decoders for JPEG Baseline, ")
    assert "; encoders for JPEG Baseline, " in missing[0]
    assert missing[1].startswith("- pylibjpeg-libjpeg would add ")
    tree = json.loads(decoders.listing_json())
    assert [one["library"] for one in tree["missing"]] == ["imagecodecs", "pylibjpeg-libjpeg"]
    jpeg_xl = next(one for one in tree["decoders"] if one["uid"] == syntaxes.JPEG_XL)
    assert jpeg_xl["available"] is False
    assert jpeg_xl["codecs"][0]["version"] is None


def test_json_for_programs() -> None:
    tree = json.loads(decoders.listing_json())
    assert tree["fastsend"] == _version.__version__
    assert [one["uid"] for one in tree["native"]] == [
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.2",
    ]
    deflated = "1.2.840.10008.1.2.1.99"
    assert {one["uid"] for one in tree["decoders"]} == {deflated, *registry.DECODERS}
    assert {one["uid"] for one in tree["encoders"]} == {deflated, *registry.ENCODERS}
    rle = next(one for one in tree["decoders"] if one["uid"] == syntaxes.RLE_LOSSLESS)
    assert rle == {
        "uid": "1.2.840.10008.1.2.5",
        "name": "RLE Lossless",
        "available": True,
        "codecs": [
            {
                "codec": "fastsend rle",
                "library": "dicom-fastsend",
                "version": _version.__version__,
                "runs_in": "thread",
                "releases_gil": True,
                "pixels": "1 bit, or 8 to 64 bits allocated with at most 15 bytes a pixel",
            }
        ],
    }
