from __future__ import annotations

import errno
import os

import pytest

from fastsend._native import part10
from fastsend.model.options import SendOptions
from fastsend.scan.folders import BATCH_FILES, FileBatch, LeftOut, expand


def batches(*paths: object, **options: object) -> list[tuple[bytes, list[bytes], bool]]:
    found = list(expand(SendOptions("peer", 104, tuple(map(str, paths)), **options)))
    assert all(isinstance(one, FileBatch) for one in found)
    return [tuple(one) for one in found]


@pytest.fixture
def tree(tmp_path):
    for name in ("b.dcm", "a.dcm", "sub/z.dcm", "sub/deep/d.dcm", "empty/", "also/y.txt", ".hid"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_bytes(b"")
    return tmp_path


def at(folder, *parts: str) -> bytes:
    return os.fsencode(folder.joinpath(*parts))


def test_a_folder_is_taken_with_all_below_it(tree) -> None:
    assert batches(tree) == [
        (at(tree), [b".hid", b"a.dcm", b"b.dcm"], False),
        (at(tree, "also"), [b"y.txt"], False),
        (at(tree, "sub"), [b"z.dcm"], False),
        (at(tree, "sub", "deep"), [b"d.dcm"], False),
    ]


@pytest.mark.parametrize(
    ("scan_directories", "recurse", "folders"),
    [
        (False, None, 4),
        (False, True, 4),
        (False, False, 1),
        (True, None, 1),
        (True, True, 4),
        (True, False, 1),
    ],
)
def test_how_deep_it_goes(tree, scan_directories: bool, recurse: bool | None, folders: int) -> None:
    assert len(batches(tree, scan_directories=scan_directories, recurse=recurse)) == folders


def test_the_order_is_that_of_the_command_line(tree) -> None:
    a, b, sub = tree / "a.dcm", tree / "b.dcm", tree / "sub" / "deep"

    assert batches(b, a, sub, a, sub) == [
        (b"", [os.fsencode(b), os.fsencode(a)], True),
        (os.fsencode(sub), [b"d.dcm"], False),
        (b"", [os.fsencode(a)], True),
        (os.fsencode(sub), [b"d.dcm"], False),
    ]


def test_the_pattern_is_only_for_what_is_found(tree) -> None:
    assert batches(tree / "also" / "y.txt", tree, scan_pattern="*.dcm", recurse=False) == [
        (b"", [at(tree, "also", "y.txt")], True),
        (at(tree), [b"a.dcm", b"b.dcm"], False),
    ]
    assert batches(tree, scan_pattern="A*") == []
    assert batches(tree, scan_pattern="[!a-b].dcm") == [
        (at(tree, "sub"), [b"z.dcm"], False),
        (at(tree, "sub", "deep"), [b"d.dcm"], False),
    ]


def test_slashes_at_the_end_change_nothing(tree) -> None:
    assert batches(f"{tree}///") == batches(tree)


def test_links_are_followed_and_loops_are_not(tree) -> None:
    (tree / "sub" / "up").symlink_to(tree)
    (tree / "sub" / "self").symlink_to(".")
    (tree / "linked").symlink_to(tree / "sub" / "deep")
    (tree / "c.dcm").symlink_to("a.dcm")

    found = batches(tree)

    assert found[0] == (at(tree), [b".hid", b"a.dcm", b"b.dcm", b"c.dcm"], False)
    assert [folder for folder, *_ in found] == [
        at(tree),
        at(tree, "also"),
        at(tree, "linked"),
        at(tree, "sub"),
    ]


def test_a_broken_link_is_left_to_the_scanner(tree) -> None:
    (tree / "sub" / "deep" / "gone").symlink_to("nowhere")
    (tree / "sub" / "deep" / "round").symlink_to("round")

    assert batches(tree / "sub" / "deep")[0][1] == [b"d.dcm", b"gone", b"round"]


def test_what_is_no_file_is_not_opened(tree) -> None:
    os.mkfifo(tree / "fifo.dcm")

    found = list(expand(SendOptions("peer", 104, (str(tree),), recurse=False)))

    assert found[1] == LeftOut(at(tree, "fifo.dcm"), ("not a regular file", False, None), False)
    # Named, it goes to the scanner, which opens it without waiting.
    assert batches(tree / "fifo.dcm") == [(b"", [at(tree, "fifo.dcm")], True)]


def test_names_may_be_any_bytes(tmp_path) -> None:
    names = [b"\n\x1b[31m", b"\xff\xfe", "é".encode(), b" "]
    for name in names:
        try:
            with open(os.path.join(os.fsencode(tmp_path), name), "wb"):  # noqa: PTH118, PTH123
                pass
        except OSError:  # a file system of UTF-8 names
            names.remove(name)

    assert batches(tmp_path) == [(os.fsencode(tmp_path), sorted(names), False)]


def test_names_that_no_system_has() -> None:
    found = list(expand(SendOptions("peer", 104, ("a", "b\0c", "d", ""))))

    assert found[0] == FileBatch(b"", [b"a"], named=True)
    assert isinstance(found[1], LeftOut)
    assert (found[1].path, found[1].named, found[1].is_folder) == (b"b\0c", True, False)
    assert found[2] == FileBatch(b"", [b"d", b""], named=True)


def test_folders_that_cannot_be_listed(tree, monkeypatch) -> None:
    listed = part10.list_folder

    def list_folder(path: bytes, *rest: object):
        return errno.EACCES if path == at(tree, "sub") else listed(path, *rest)

    monkeypatch.setattr(part10, "list_folder", list_folder)

    left = [one for one in expand(SendOptions("p", 1, (str(tree),))) if isinstance(one, LeftOut)]

    assert [(one.path, one.named, one.is_folder) for one in left] == [
        (at(tree, "sub"), False, True)
    ]
    assert left[0].refusal.reason == "the folder cannot be listed: Permission denied"
    (named,) = expand(SendOptions("p", 1, (str(tree / "sub") + "/",)))
    assert named.named


def test_folders_deeper_than_a_path_may_be_long(tmp_path) -> None:
    # Made step by step, as a path to the deepest would be too long for one call.
    start = os.open(tmp_path, os.O_RDONLY)
    current = start
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=current)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=current)
        if current != start:
            os.close(current)
        current = below
    os.close(current)
    os.close(start)

    found = list(expand(SendOptions("p", 1, (str(tmp_path),))))

    assert [type(one) for one in found] == [LeftOut]
    assert "File name too long" in found[0].refusal.reason


def test_an_error_of_who_is_called_is_none_of_the_folder(tree) -> None:
    def tick() -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        list(expand(SendOptions("p", 1, (str(tree),)), tick))


def test_a_pattern_over_many_batches(tmp_path) -> None:
    for number in range(BATCH_FILES + 500):
        (tmp_path / f"{number:05}.{'dcm' if number % 3 == 0 else 'txt'}").touch()

    found = batches(tmp_path, scan_pattern="*.dcm")

    assert len(found) == 2
    names = [name.decode() for _, batch, _ in found for name in batch]
    assert names == [f"{number:05}.dcm" for number in range(0, BATCH_FILES + 500, 3)]
