from __future__ import annotations

import os

import pytest

from fastsend.scan.media_path import EMPTY, MISSING, OUTSIDE, MediaFolder
from fastsend.scan.skipped import Refusal


@pytest.fixture
def medium(tmp_path):
    folder = tmp_path / "medium"
    for name in (
        "A/IM1", "b/im2", "b/Im3.;1", "B2/IM4.", "C/X", "c/Y", "D/IM5;1", "D/im5", "D/IM6;2",
        "E/IM7", "E/im7",
    ):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "outside").touch()
    return folder


@pytest.mark.parametrize(
    ("file_id", "expected"),
    [
        (b"A\\IM1", b"A/IM1"),
        (b"a\\im1", b"A/IM1"),
        (b"B\\IM2", b"b/im2"),
        (b"B\\IM3", b"b/Im3.;1"),
        (b"B2\\IM4", b"B2/IM4."),
        (b"A/IM1", b"A/IM1"),
        (b"A \\IM1 ", b"A/IM1"),
        (b".\\A\\\\IM1", b"A/IM1"),
        (b"A\\IM1\\", b"A/IM1"),
        (b"E\\IM7", b"E/IM7"),
        (b"E\\im7", b"E/im7"),
        (b"D\\IM6", b"D/IM6;2"),
        (b"A", b"A"),
    ],
)
def test_found_in_any_spelling(medium, file_id, expected) -> None:
    assert MediaFolder(bytes(medium)).find(file_id) == expected


@pytest.mark.parametrize(
    ("file_id", "expected"),
    [
        (b"A\\IM9", MISSING),
        (b"Z\\IM1", MISSING),
        (b"A\\IM1\\X", MISSING),
        (b"", EMPTY),
        (b"  ", EMPTY),
        (b".", EMPTY),
        (b"..\\outside", OUTSIDE),
        (b"A\\..\\..\\outside", OUTSIDE),
        (b"A\\..\\b\\im2", OUTSIDE),
        (b"\\A\\IM1", OUTSIDE),
        (b"/etc/passwd", OUTSIDE),
        (b"\\", OUTSIDE),
        (b"A\\IM1\0", OUTSIDE),
    ],
)
def test_refused(medium, file_id, expected) -> None:
    assert MediaFolder(bytes(medium)).find(file_id) is expected


@pytest.mark.parametrize("file_id", [b"D\\Im5", b"E\\Im7"])
def test_a_name_that_may_be_two_files(medium, file_id) -> None:
    found = MediaFolder(bytes(medium)).find(file_id)
    assert isinstance(found, Refusal)
    assert "more than one file" in found.reason


@pytest.mark.parametrize(
    ("link", "target", "file_id"),
    [
        ("LINK", "../outside", b"LINK"),
        ("UP", "..", b"UP\\outside"),
        ("ROOT", "/", b"ROOT\\etc"),
        ("TWO", "UP2/outside", b"TWO"),
    ],
)
def test_links_that_lead_out(medium, link, target, file_id) -> None:
    (medium / "UP2").symlink_to("..")
    (medium / link).symlink_to(target)
    assert MediaFolder(bytes(medium)).find(file_id) is OUTSIDE


def test_links_that_stay_inside(medium) -> None:
    (medium / "LINK").symlink_to("A")
    (medium / "A" / "IM2").symlink_to(medium / "b" / "im2")
    folder = MediaFolder(bytes(medium))
    assert folder.find(b"LINK\\IM1") == b"LINK/IM1"
    assert folder.find(b"A\\IM2") == b"A/IM2"


def test_a_folder_that_is_reached_by_a_link(medium, tmp_path) -> None:
    (tmp_path / "link").symlink_to(medium)
    (medium / "LINK").symlink_to("A")
    assert MediaFolder(bytes(tmp_path / "link")).find(b"LINK\\IM1") == b"LINK/IM1"


def test_the_working_directory(medium, monkeypatch) -> None:
    monkeypatch.chdir(medium)
    (medium / "LINK").symlink_to("../outside")
    folder = MediaFolder(b"")
    assert folder.find(b"a\\im1") == b"A/IM1"
    assert folder.find(b"LINK") is OUTSIDE


def test_each_folder_is_listed_once(medium, monkeypatch) -> None:
    listed = []
    scandir = os.scandir

    def counting(path):
        listed.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    folder = MediaFolder(bytes(medium))
    for _ in range(3):
        folder.find(b"A\\IM1")
        folder.find(b"A\\IM9")
    assert len(listed) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_cannot_be_listed(medium) -> None:
    (medium / "A").chmod(0)
    found = MediaFolder(bytes(medium)).find(b"A\\IM1")
    (medium / "A").chmod(0o700)
    assert isinstance(found, Refusal)
    assert "cannot be listed" in found.reason
