"""Command files, read as DCMTK reads them."""

import re
import subprocess
from pathlib import Path

import pytest

from fastsend.cli import command_file
from fastsend.cli.command_file import expand, split
from fastsend.errors import CommandLineError

DCMSEND = "/usr/bin/dcmsend"

FILES = [
    ("a b\tc\r\nd\n\n  e", ["a", "b", "c", "d", "e"]),
    ("", []),
    (" \n", []),
    ('"a b" c', ["a b", "c"]),
    ('"a b"c d', ["a b", "c", "d"]),
    ('a"b c"d e', ["ab c", "d", "e"]),
    ("a''b", ["a", "b"]),
    ("'a\"b' \"it's\"", ['a"b', "it's"]),
    ('x "unterminated y', ["x", "unterminated y"]),
    ("# no comment", ["#", "no", "comment"]),
    ('a\\b "a\\"b"', ["a\\b", "a\\", "b"]),
    ("a\fb\vc d", ["a\fb\vc", "d"]),
    ("@other", ["@other"]),
]


@pytest.mark.parametrize(("text", "arguments"), FILES)
def test_split(text: str, arguments: list[str]) -> None:
    assert list(split(text)) == arguments


@pytest.mark.parametrize("text", ['x ""', "'' x", '""'])
def test_quoted_nothing_is_an_argument(text: str) -> None:
    assert "" in split(text)


@pytest.mark.peer
@pytest.mark.parametrize(("text", "arguments"), FILES)
def test_split_as_dcmsend(text: str, arguments: list[str], tmp_path: Path) -> None:
    if not Path(DCMSEND).exists():
        pytest.skip(f"{DCMSEND} is not installed")
    file = tmp_path / "arguments"
    file.write_bytes(text.encode())
    run = subprocess.run(
        [DCMSEND, "--arguments", "h", "1", "no-such-file", f"@{file}"],
        capture_output=True,
        check=False,
    )
    line = run.stderr.split(b"\n")[0].decode()
    found = re.search(r"arguments: '--arguments' 'h' '1' 'no-such-file' (.*)$", line)
    assert found is not None
    assert found[1] == "".join(f"'{argument}' " for argument in arguments)


def test_expand_replaces_in_place(tmp_path: Path) -> None:
    file = tmp_path / "arguments"
    file.write_bytes(b"b c")
    assert expand(["a", f"@{file}", "d", "@", "x@y"]) == ["a", "b", "c", "d", "@", "x@y"]


def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    file = tmp_path / "arguments"
    file.write_bytes(b"caf\xe9")
    assert [name.encode("utf-8", "surrogateescape") for name in expand([f"@{file}"])] == [
        b"caf\xe9"
    ]


@pytest.mark.parametrize("name", ["@no/such/file", "@.", "@a\0b"])
def test_unreadable(name: str) -> None:
    with pytest.raises(CommandLineError, match="Cannot open command file"):
        expand([name])


def test_a_nul_cannot_be_in_an_argument(tmp_path: Path) -> None:
    file = tmp_path / "arguments"
    file.write_bytes(b"a\0b")
    with pytest.raises(CommandLineError, match="NUL"):
        expand([f"@{file}"])


def test_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_file, "LONGEST_FILE", 10)
    file = tmp_path / "arguments"
    file.write_bytes(b"x" * 10)
    assert expand([f"@{file}"]) == ["x" * 10]
    file.write_bytes(b"x" * 11)
    with pytest.raises(CommandLineError, match="longer than 10 bytes"):
        expand([f"@{file}"])
