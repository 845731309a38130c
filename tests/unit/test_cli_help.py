"""``--help``."""

from fastsend.cli.help import WIDTH, help_text, wrapped
from fastsend.cli.table import OPTIONS, PARAMETERS


def test_everything_is_in_the_help() -> None:
    words = help_text().replace("\n", " ").split(" ")
    for option in OPTIONS:
        assert option.long in words
        assert not option.short or option.short in words
    for parameter in PARAMETERS:
        assert parameter.name in words


def test_it_fits_a_terminal() -> None:
    # Descriptions of arguments stay whole, as in DCMTK's help.
    lines = [line for line in help_text().splitlines() if "(default:" not in line]
    assert max(map(len, lines)) <= WIDTH
    assert all(line == line.rstrip() for line in help_text().splitlines())


def test_defaults_bounds_and_relations_are_told() -> None:
    lines = [line.strip() for line in help_text().splitlines()]
    assert any(line.endswith("bytes: integer (4096..131072) (default: 16384)") for line in lines)
    assert any(line.endswith("title: string (default: FASTSEND)") for line in lines)
    assert any(line.endswith("seconds: integer (default: unlimited)") for line in lines)
    assert any(line.endswith("read file format or data set (default)") for line in lines)
    text = " ".join(help_text().split())
    assert "(only with --verbose, --debug, --log-level or --log-config)" in text


def test_wrapped() -> None:
    assert wrapped("aa bb cc", 5) == ["aa bb", "cc"]
    assert wrapped("aa bb cc", 4) == ["aa", "bb", "cc"]
    assert wrapped("aaaaaaaa b", 4) == ["aaaaaaaa", "b"]
    assert wrapped("", 4) == [""]
