"""Command lines written for storescu and dcmsend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fastsend.cli.help import header, help_text, usage_error, version_text
from fastsend.cli.option import Argument, Option
from fastsend.cli.parser import MASK, Command, parse
from fastsend.cli.programs import DCMSEND, FASTSEND, STORESCU, Program
from fastsend.cli.table import OPTIONS
from fastsend.errors import CommandLineError

if TYPE_CHECKING:
    from fastsend.model.options import SendOptions
from fastsend.model.secret import Secret

PROGRAMS = {"storescu": STORESCU, "dcmsend": DCMSEND}


def parsed(program: str, line: str) -> Command:
    return parse(line.split(), PROGRAMS[program])


def options(program: str, line: str) -> SendOptions:
    found = parsed(program, line).options
    assert found is not None
    return found


def refused(program: str, line: str) -> CommandLineError:
    with pytest.raises(CommandLineError) as caught:
        parsed(program, line)
    return caught.value


def test_defaults() -> None:
    storescu, dcmsend = options("storescu", "h 1 f"), options("dcmsend", "h 1 f")
    assert (storescu.compat, dcmsend.compat) == ("storescu", "dcmsend")
    assert (storescu.calling_ae_title, dcmsend.calling_ae_title) == ("STORESCU", "DCMSEND")
    assert storescu.called_ae_title == dcmsend.called_ae_title == "ANY-SCP"
    assert (storescu.file_format, dcmsend.file_format) == ("any", "file")
    assert not storescu.required
    for one in (storescu, dcmsend):
        assert (one.acse_timeout, one.socket_timeout) == (30.0, 60.0)
        assert one.connection_timeout is one.dimse_timeout is None
        assert one.max_pdu_length == 16384
        assert (one.associations, one.async_window, one.ordered) == (1, 1, False)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_option_is_the_same_as_the_command(program: str) -> None:
    line = "+sd -nh h 1 f -aet X"
    command = parse(["--compat", program, *line.split()])
    assert command.options == options(program, line)
    assert command.program == PROGRAMS[program]
    assert parse([*line.split(), "--compat", program]).options == command.options


def test_the_value_of_another_option_is_not_taken_for_it() -> None:
    found = parse(["-aet", "--compat", "h", "1", "f"]).options
    assert found is not None
    assert (found.compat, found.calling_ae_title) == (None, "--compat")


def test_of_two_programs_the_rightmost_holds() -> None:
    command = parse(["--compat", "storescu", "--compat", "dcmsend", "h", "1", "f"])
    assert command.program == DCMSEND


@pytest.mark.parametrize(
    ("program", "option"),
    [
        ("storescu", "--list-decoders"),
        ("storescu", "-dn"),
        ("storescu", "-nip"),
        ("storescu", "-nuc"),
        ("storescu", "-ma"),
        ("storescu", "--threads 2"),
        ("storescu", "--propose-htj2k-lossless"),
        ("storescu", "--prefer small"),
        ("storescu", "--associations 4"),
        ("storescu", "--async-window 4"),
        ("storescu", "--ordered"),
        ("dcmsend", "--associations auto"),
        ("dcmsend", "--async-window 1"),
        ("dcmsend", "--ordered"),
        ("dcmsend", "-xs"),
        ("dcmsend", "-R"),
        ("dcmsend", "+C"),
        ("dcmsend", "-u"),
        ("dcmsend", "-ts 3"),
        ("dcmsend", "--demo"),
        ("dcmsend", "--compat storescu"),
    ],
)
def test_options_of_others(program: str, option: str) -> None:
    name = option.split(maxsplit=1)[0]
    assert str(refused(program, f"{option} h 1 f")).startswith(f"Unknown option {name}")
    # Fastsend has them all.
    assert any(name in (one.short, one.long) for one in OPTIONS)


def test_own_options_are_taken_where_they_have_something_to_change() -> None:
    assert options("dcmsend", "--threads 2 h 1 f").threads == 2


@pytest.mark.parametrize(
    ("program", "line", "message"),
    [
        ("storescu", "+r h 1 f", "--recurse only allowed with --scan-directories"),
        ("dcmsend", "+sp x h 1 f", "--scan-pattern only allowed with --scan-directories"),
        ("dcmsend", "+v h 1 f", "--verbose-pc only allowed with verbose mode"),
        ("storescu", "-v -q +v h 1 f", "--verbose-pc only allowed with verbose mode"),
        ("storescu", "-ll bogus h 1 f", "Invalid log level for --log-level option"),
        ("storescu", "+cl 3 h 1 f", (
            "--compression-level only allowed with --propose-deflated or --config-file"
        )),
        ("storescu", "h 1", "Missing parameter dcmfile-in"),
        ("storescu", "-to 0 h 1 f", "Invalid value for option --timeout (underflow: 0)"),
        ("dcmsend", "-to -3 h 1 f", "Invalid value for option --timeout (-3)"),
        ("dcmsend", "-pdu x h 1 f", "Invalid value for option --max-pdu (x)"),
        ("dcmsend", "h -5 f", "Invalid parameter value -5 (overflow)"),
        ("dcmsend", "h 0x5 f", "Invalid parameter value 0x5 (underflow)"),
    ],
)  # fmt: skip
def test_errors_are_theirs(program: str, line: str, message: str) -> None:
    error = refused(program, line)
    assert str(error) == message
    assert error.program == program


@pytest.mark.parametrize(
    ("program", "value", "seconds"),
    [
        ("storescu", "5s", 5), ("storescu", "0x10", 16), ("storescu", "010", 8),
        ("storescu", "+7", 7), ("dcmsend", "010", 10), ("dcmsend", "5s", 5),
        ("dcmsend", "99999999999", 2147483), ("storescu", " 7", 7),
    ],
)  # fmt: skip
def test_numbers_are_read_as_in_c(program: str, value: str, seconds: int) -> None:
    command = parse(["-to", value, "h", "104x", "f"], PROGRAMS[program])
    assert command.options is not None
    assert command.options.connection_timeout == seconds
    assert command.options.port == 104


def test_ae_titles_are_cut_off() -> None:
    title = "ABCDEFGHIJKLMNOPQRST"
    assert options("dcmsend", f"-aet {title} h 1 f").calling_ae_title == title[:16]
    with pytest.raises(CommandLineError):
        parse(["-aet", title, "h", "1", "f"])


def test_errors_are_silent_where_only_fatal_ones_are_shown() -> None:
    assert usage_error(refused("storescu", "-q +v h 1 f")) == ""
    # ... but not before the options are known.
    assert "Unknown option" in usage_error(refused("storescu", "-q -zz h 1 f"))
    assert "Missing parameter" in usage_error(refused("storescu", "-q h"))


def test_the_form_of_an_error() -> None:
    lines = usage_error(refused("storescu", "-zz")).splitlines()
    assert lines[0].startswith("$fastsend: storescu v")
    assert lines[1:3] == ["", "storescu: DICOM storage (C-STORE) SCU"]
    assert lines[3].startswith("error: Unknown option -zz")


@pytest.mark.parametrize("program", PROGRAMS.values())
def test_help_names_the_options_of_the_program_only(program: Program) -> None:
    text = help_text(program)
    assert text.startswith(header(program).rstrip())
    assert f"usage: fastsend-{program.name} [options] peer port dcmfile-in..." in text
    assert f"(default: {program.defaults['calling_ae_title']})" in text
    words = text.split()
    for option in OPTIONS:
        assert (option.long in words) == program.has(option)


def test_versions_name_the_libraries() -> None:
    assert "- OpenSSL" in version_text(STORESCU)
    assert "- ZLIB, Version" in version_text(DCMSEND)
    assert version_text(FASTSEND).count("\n") == 1


def test_the_expanded_command_line(tmp_path) -> None:
    file = tmp_path / "c"
    file.write_text("-aet 'MY AE' 1")
    command = parse(["h", f"@{file}", "-v", "f", "--arguments"], STORESCU)
    assert command.output.arguments
    assert command.expanded == (
        "h", "--aetitle", "MY AE", "1", "--verbose", "f", "--arguments",
    )  # fmt: skip


def test_secrets_are_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Option(
        "-zz", "--zz", "", field="scan_pattern", arguments=(Argument("word", "secret"),)
    )
    monkeypatch.setattr("fastsend.cli.parser.OPTIONS", (*OPTIONS, secret))
    command = parse(["-zz", "hush", "h", "1", "f"], DCMSEND)
    assert command.expanded == ("--zz", MASK, "h", "1", "f")
    assert command.options is not None
    assert command.options.scan_pattern == Secret(b"hush")
