"""Command lines in DCMTK's notation."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from fastsend.cli.option import Output
from fastsend.cli.parser import parse
from fastsend.errors import CommandLineError
from fastsend.model.options import SendOptions
from fastsend.model.pixels import Quality

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

J = "1.2.840.10008.1.2.4."
PLAIN = SendOptions("h", 1, ("f",))


def options(line: str) -> SendOptions:
    parsed = parse(line.split()).options
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("-aet ME -aec YOU h 1 f", {"calling_ae_title": "ME", "called_ae_title": "YOU"}),
        ("--aetitle ME --call YOU h 1 f", {"calling_ae_title": "ME", "called_ae_title": "YOU"}),
        ("h -aet ME 1 f -aec YOU", {"calling_ae_title": "ME", "called_ae_title": "YOU"}),
        ("+fo h 1 f", {"file_format": "file"}),
        ("-f h 1 f", {"file_format": "data_set"}),
        ("-f +fo +f h 1 f", {"file_format": "any"}),
        ("+f h 1 f -f", {"file_format": "data_set"}),
        ("+sd +sp *.dcm h 1 f", {"scan_directories": True, "scan_pattern": "*.dcm"}),
        ("+r h 1 f", {"recurse": True}),
        ("+r -r h 1 f", {"recurse": False}),
        ("-r +r h 1 f", {"recurse": True}),
        ("-nh -nip -nuc h 1 f", {"halt": False, "illegal_proposals": False, "check_uids": False}),
        ("-i4 h 1 f", {"ip_version": "4"}),
        ("-i4 -i6 h 1 f", {"ip_version": "6"}),
        ("--ipv6 --ip-auto h 1 f", {"ip_version": "auto"}),
        ("--abort h 1 f", {"abort": True}),
        ("-ma h 1 f", {"multiple_associations": False}),
        ("-ma +ma h 1 f", {}),
        ("--associations 8 h 1 f", {"associations": 8}),
        ("--associations 8 --associations auto h 1 f", {}),
        ("-ma --associations 8 +ma h 1 f", {"associations": 8}),
        ("--async-window 65535 --ordered h 1 f", {"async_window": 65535, "ordered": True}),
        ("-to 5 -ta 6 -td 7 -ts 8 h 1 f", {
            "connection_timeout": 5.0, "acse_timeout": 6.0, "dimse_timeout": 7.0,
            "socket_timeout": 8.0,
        }),
        ("-ts 0 h 1 f", {"socket_timeout": None}),
        ("-ts -1 h 1 f", {"socket_timeout": None}),
        ("-to 5 -to 6 h 1 f", {"connection_timeout": 6.0}),
        ("-pdu 4096 --max-send-pdu 131072 h 1 f", {
            "max_pdu_length": 4096, "max_send_pdu_length": 131072,
        }),
        ("-dn h 1 f", {"decompress": "never"}),
        ("-dn +dly h 1 f", {"decompress": "lossy"}),
        ("+dly +dls h 1 f", {}),
        ("-xs h 1 f", {"proposed": f"{J}70"}),
        ("-xs -xi h 1 f", {"proposed": "1.2.840.10008.1.2"}),
        ("-x= -xd h 1 f", {"proposed": "1.2.840.10008.1.2.1.99"}),
        ("-xs -x= h 1 f", {}),
        ("-x4 h 1 f", {"proposed": f"{J}107"}),
        ("--propose-jxl-lossless h 1 f", {"proposed": f"{J}110"}),
        ("+C -R -xr h 1 f", {
            "proposed": "1.2.840.10008.1.2.5", "combine": True, "required": True,
        }),
        ("-R h 1 f", {"required": True}),
        ("-u h 1 f", {"new_vr": False}),
        ("-u +u h 1 f", {}),
        ("+cl 0 h 1 f", {"compression_level": 0}),
        ("-xd +cl 9 h 1 f", {"compression_level": 9, "proposed": "1.2.840.10008.1.2.1.99"}),
        ("--prefer small h 1 f", {"prefer": "small"}),
        ("--prefer small --prefer Fast h 1 f", {"prefer": "fast"}),
        ("--threads 3 h 1 f", {"threads": 3}),
        ("-xy --jpeg-quality 90 h 1 f", {"proposed": f"{J}50", "quality": Quality(jpeg=90)}),
        ("-xx --jpeg-quality 1 h 1 f", {"proposed": f"{J}51", "quality": Quality(jpeg=1)}),
        ("-xu --near-lossless 2 h 1 f", {"proposed": f"{J}81", "quality": Quality(near=2)}),
        ("-xw --compression-ratio 7.5 h 1 f", {
            "proposed": f"{J}91", "quality": Quality(ratio=7.5),
        }),
        ("--propose-htj2k-lossy --compression-ratio 10 h 1 f", {
            "proposed": f"{J}203", "quality": Quality(ratio=10.0),
        }),
    ],
)  # fmt: skip
def test_options(line: str, changed: dict[str, object]) -> None:
    assert options(line) == PLAIN._replace(**changed)


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("h 1 f -q", Output("fatal")),
        ("h 1 f -v", Output("info")),
        ("h 1 f --debug", Output("debug")),
        ("h 1 f -d -v", Output("info")),
        ("h 1 f -v -q", Output("fatal")),
        ("h 1 f -ll TRACE", Output("trace")),
        ("h 1 f -ll info -ll error", Output("error")),
        ("h 1 f -v +v", Output("info", verbose_contexts=True)),
        ("h 1 f +v -ll debug", Output("debug", verbose_contexts=True)),
    ],
)
def test_output(line: str, output: Output) -> None:
    assert parse(line.split()).output == output


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("--list-decoders", Output()),
        ("-v --list-decoders", Output("info")),
        ("--json --list-decoders", Output(json=True)),
        ("--list-decoders -ll debug --json", Output("debug", json=True)),
    ],
)
def test_output_of_the_list_of_decoders(line: str, output: Output) -> None:
    assert parse(line.split()).output == output


def test_the_next_argument_is_the_value_whatever_it_looks_like() -> None:
    assert options("-aet -v h 1 f").calling_ae_title == "-v"
    assert options("-aec --help h 1 f").called_ae_title == "--help"
    assert options("+sp -5 h 1 f").scan_pattern == "-5"


def test_signs_and_numbers_are_parameters() -> None:
    assert options("- 1 + -5 +5x -0") == SendOptions("-", 1, ("+", "-5", "+5x", "-0"))


def test_several_files_keep_their_order() -> None:
    assert options("b 1 z a -v z").paths == ("z", "a", "z")


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("", "help"),
        ("-h", "help"),
        ("--help", "help"),
        ("--version --help", "help"),
        ("h -h", "help"),
        ("--version", "version"),
        ("-to 0 --version", "version"),
        ("--version h 1", "version"),
        ("--demo", "demo"),
        ("--demo -v", "demo"),
        ("--list-decoders", "list_decoders"),
        ("--list-decoders -v --json", "list_decoders"),
        ("-to 0 --list-decoders +v h", "list_decoders"),
        ("--list-decoders --version", "version"),
        ("h 1 f", "send"),
    ],
)
def test_actions(line: str, action: str) -> None:
    assert parse(line.split()).action == action


ERRORS = [
    ("-foo h 1 f", "Unknown option -foo"),
    ("+foo h 1 f", "Unknown option +foo"),
    ("--foo h 1 f", "Unknown option --foo"),
    ("-.5 h 1 f", "Unknown option -.5"),
    ("-- h 1 f", "Unknown option --"),
    ("--verb h 1 f", "Unknown option --verb"),
    ("--aetitle=X h 1 f", "Unknown option --aetitle=X"),
    ("-aetX h 1 f", "Unknown option -aetX"),
    ("-AET X h 1 f", "Unknown option -AET"),
    ("-vd h 1 f", "Unknown option -vd"),
    ("--version -x", "Unknown option -x"),
    ("-x --version", "Unknown option -x"),
    ("--version -to", "Missing value for option --timeout"),
    ("h 1 f -pdu", "Missing value for option --max-pdu"),
    ("-v", "Missing parameter peer"),
    ("h", "Missing parameter port"),
    ("-ta 0 h", "Missing parameter port"),
    ("-to 0 h 1 f", "Invalid value for option --timeout (underflow: 0)"),
    ("-to 3 -to 0 h 1 f", "Invalid value for option --timeout (underflow: 0)"),
    ("-to abc h 1 f", "Invalid value for option --timeout (abc)"),
    ("-to -- h 1 f", "Invalid value for option --timeout (--)"),
    ("-ta 0 h 1 f", "Invalid value for option --acse-timeout (underflow: 0)"),
    ("-td 0 h 1 f", "Invalid value for option --dimse-timeout (underflow: 0)"),
    ("-pdu 4095 h 1 f", "Invalid value for option --max-pdu (underflow: 4095)"),
    ("-pdu 131073 h 1 f", "Invalid value for option --max-pdu (overflow: 131073)"),
    ("+cl 10 h 1 f", "Invalid value for option --compression-level (overflow: 10)"),
    ("+cl x h 1 f", "Invalid value for option --compression-level (x)"),
    ("--max-send-pdu 1 h 1 f", "Invalid value for option --max-send-pdu (underflow: 1)"),
    ("-ll foo h 1 f", "Invalid log level for --log-level option"),
    ("-ll foo h x f", "Invalid log level for --log-level option"),
    ("-ta 0 h x f", "Invalid value for option --acse-timeout (underflow: 0)"),
    ("-q -ll info h 1 f", "--log-level not allowed with --verbose, --debug or --quiet"),
    ("-ll info -d h 1 f", "--log-level not allowed with --verbose, --debug or --quiet"),
    ("+v h 1 f", "--verbose-pc only allowed with"),
    ("+v -v -q h 1 f", "--verbose-pc only allowed with"),
    ("h abc f", "Invalid parameter value abc"),
    ("h 0 f", "Invalid parameter value 0 (underflow)"),
    ("h 65536 f", "Invalid parameter value 65536 (overflow)"),
    ("h 99999999999 f", "Invalid parameter value 99999999999 (overflow)"),
    ("h 1 f @no-such-command-file", "Cannot open command file 'no-such-command-file'"),
]


@pytest.mark.parametrize(("line", "message"), ERRORS)
def test_errors(line: str, message: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        parse(line.split())
    assert str(caught.value).startswith(message)


@pytest.mark.peer("dcmsend")
@pytest.mark.parametrize(("line", "message"), ERRORS)
def test_errors_are_those_of_dcmsend(
    line: str, message: str, program: Callable[[str], Path]
) -> None:
    command = [str(program("dcmsend")), *line.split()]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    # The last -q silences even this in dcmsend.
    assert f"error: {message}" in run.stderr or "-v -q" in line


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--json h 1 f", "--json only allowed with --list-decoders"),
        ("--jpeg-quality 90 h 1 f", "--jpeg-quality only allowed with --propose-jpeg8 or"),
        ("-xy -xs --jpeg-quality 90 h 1 f", "--jpeg-quality only allowed with"),
        ("-xy --jpeg-quality 0 h 1 f", "Invalid value for option --jpeg-quality (underflow: 0)"),
        ("-xu --near-lossless 256 h 1 f", "Invalid value for option --near-lossless (overflow"),
        ("-xv --compression-ratio 2 h 1 f", "--compression-ratio only allowed with --propose-j2k"),
        ("-xw --compression-ratio x h 1 f", "Invalid value for option --compression-ratio (x)"),
        ("--prefer big h 1 f", "Invalid value for option --prefer (big): use small or fast"),
        ("--threads 0 h 1 f", "Invalid value for option --threads (underflow: 0)"),
        ("-xz h 1 f", "Unknown option -xz"),
        ("--associations 0 h 1 f", "Invalid value for option --associations (underflow: 0): use"),
        ("--associations 65 h 1 f", "Invalid value for option --associations (overflow: 65): use"),
        ("--associations all h 1 f", "Invalid value for option --associations (all): use auto or"),
        ("--associations 4 -ma h 1 f", "--associations not allowed with --single-association"),
        ("--async-window 0 h 1 f", "Invalid value for option --async-window (underflow: 0)"),
        ("--async-window 65536 h 1 f", "Invalid value for option --async-window (overflow: 65536"),
        ("--async-window auto h 1 f", "Invalid value for option --async-window (auto)"),
    ],
)
def test_errors_in_what_dcmtk_lacks(line: str, message: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        parse(line.split())
    assert str(caught.value).startswith(message)


ACCEPTED = [
    "-aet -v h 1 no-such-file",
    "-to 0 -to 3 h 1 no-such-file",
    "- 1 no-such-file",
    "-5 1 no-such-file",
    "h 1 -5x",
    "h 65535 no-such-file",
    "h +104 no-such-file",
    "+r -r h 1 no-such-file",
    "-d -v h 1 no-such-file",
    "-v +v h 1 no-such-file",
    "-ll INFO +v h 1 no-such-file",
    "-ll Fatal h 1 no-such-file",
    "-pdu 4096 --max-send-pdu 131072 h 1 no-such-file",
    "-dn +dls +dly +cl 9 h 1 no-such-file",
    "h 1 @",
]


@pytest.mark.parametrize("line", ACCEPTED)
def test_accepted(line: str) -> None:
    assert parse(line.split()).action == "send"


@pytest.mark.peer("dcmsend")
@pytest.mark.parametrize("line", ACCEPTED)
def test_accepted_by_dcmsend(line: str, program: Callable[[str], Path]) -> None:
    command = [str(program("dcmsend")), *line.split()]
    run = subprocess.run(command, capture_output=True, check=False)
    assert run.returncode == 22  # it got as far as the file that is not there


STORESCU_ACCEPTED = [
    "-xs -x= +C -R -u +u h 1 no-such-file",
    "-xd +cl 0 h 1 no-such-file",
    "-x5 -x2 -xo h 1 no-such-file",
]


@pytest.mark.parametrize("line", STORESCU_ACCEPTED)
def test_storescus_own_are_accepted(line: str) -> None:
    assert parse(line.split()).action == "send"


@pytest.mark.peer("storescu")
@pytest.mark.parametrize("line", STORESCU_ACCEPTED)
def test_accepted_by_storescu(line: str, program: Callable[[str], Path]) -> None:
    command = [str(program("storescu")), *line.split()]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "no-such-file" in run.stderr  # it got as far as the file that is not there


@pytest.mark.parametrize(
    ("argument", "suggestion"),
    [
        ("--verbos", " (did you mean --verbose?)"),
        ("--scan-directory", " (did you mean --scan-directories?)"),
        ("--qqqqqqqqqq", ""),
        ("-" + "x" * 100_000, ""),
    ],
)
def test_unknown_options_get_a_hint(argument: str, suggestion: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        parse([argument, "h", "1", "f"])
    assert str(caught.value) == f"Unknown option {argument}{suggestion}"


def test_an_empty_peer_is_no_peer() -> None:
    with pytest.raises(CommandLineError, match="peer is empty"):
        parse(["", "104", "f"])


def test_the_demo_takes_no_parameters() -> None:
    with pytest.raises(CommandLineError, match="--demo takes no parameters"):
        parse(["--demo", "h"])


def test_command_files_are_expanded(tmp_path: Path) -> None:
    file = tmp_path / "arguments"
    file.write_text('-to 5\n\'h\'\t1 "a b" "" @x', encoding="utf-8")
    assert parse(["-v", f"@{file}"]).options == SendOptions(
        "h", 1, ("a b", "", "@x"), connection_timeout=5.0
    )


def test_a_value_may_come_from_a_command_file(tmp_path: Path) -> None:
    file = tmp_path / "arguments"
    file.write_text("'MY AE'", encoding="utf-8")
    command = parse(["h", "1", "f", "-aet", f"@{file}"])
    assert command.options is not None
    assert command.options.calling_ae_title == "MY AE"
