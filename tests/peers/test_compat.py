"""``fastsend-storescu`` and ``fastsend-dcmsend`` beside the programs whose place they take."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from peers.compat_runs import exchanges, run_ours, run_real
from peers.proposals import SmallFiles
from peers.recording_scp import Close, Send, accept_only, pdu_bytes, refuse

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer("storescu", "dcmsend")

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
VERIFICATION = "1.2.840.10008.1.1"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"


def aborted(_: object) -> list[object]:
    return [Send(pdu_bytes.abort()), Close()]


def released(_: object) -> list[object]:
    return [Send(pdu_bytes.release_rq())]


def unanswered() -> list[object]:
    return [Close()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of one file for each name that the command lines below have."""
    folder = tmp_path_factory.mktemp("compat")
    made = SmallFiles(folder)
    for name, pair in {
        "ct": (CT, LEE),
        "mr": (MR, LEI),
        "big": (CT, BEE),
        "seg": (SEGMENTATION, LEE),
        "jpeg": (CT, JPEG),
        "jpll": (CT, JPEG_LOSSLESS),
        "rle": (MR, RLE),
        "verify": (VERIFICATION, LEE),
        "private": ("1.2.3.4.5", LEE),
    }.items():
        made(*pair).rename(folder / name)
    (folder / "text").write_bytes(b"no DICOM at all" * 20)
    content = (folder / "ct").read_bytes()
    # From (0008,0016) on, in Explicit VR Little Endian.
    (folder / "raw").write_bytes(content[content.index(b"\x08\0\x16\0UI") :])
    tree = folder / "tree"
    (tree / "below").mkdir(parents=True)
    for number, name in enumerate(("seg", "ct", "mr")):
        (tree / f"{number}.dcm").write_bytes((folder / name).read_bytes())
    (tree / "below" / "rle").write_bytes((folder / "rle").read_bytes())
    return folder


@pytest.mark.parametrize(
    ("line", "scp"),
    [
        # contexts and choice of a context
        ("storescu ct mr jpll", {}),
        ("storescu +C -xs jpll ct", {"accept": accept_only(LEI)}),
        ("storescu -R -xr -nh rle big ct seg rle", {"accept": accept_only(RLE)}),
        ("storescu -R -xb mr ct big", {"accept": accept_only(LEE, LEI)}),
        ("storescu -xm ct", {}),
        ("storescu ct mr", {"accept": refuse(CT)}),
        ("storescu ct mr", {"accept": refuse()}),
        ("dcmsend ct mr jpeg jpll", {"accept": accept_only(LEE, JPEG)}),
        ("dcmsend ct jpeg mr", {"accept": accept_only(LEE)}),
        ("dcmsend -nh ct jpeg mr", {"accept": accept_only(LEE)}),
        ("dcmsend ct mr", {"accept": refuse()}),
        ("dcmsend -nip -dn ct jpll mr", {}),
        ("dcmsend -nip -dn -nh ct jpll mr", {}),
        # files that cannot be used
        ("storescu ct text mr", {}),
        ("storescu -nh ct text seg mr", {}),
        ("storescu -R -nh ct text verify private mr", {}),
        ("storescu -R ct private mr", {}),
        ("storescu -nh text", {}),
        ("storescu -R -nh text", {}),
        ("storescu text missing", {}),
        ("dcmsend ct text mr", {}),
        ("dcmsend -nh ct text verify private missing mr", {}),
        ("dcmsend -nh text", {}),
        ("storescu -nh missing", {}),
        ("storescu -f raw", {}),
        ("storescu +fo ct raw", {}),
        ("dcmsend raw", {}),
        ("dcmsend -f raw", {}),
        # directories
        ("storescu ct tree", {}),
        ("dcmsend tree", {}),
        ("storescu +sd -nh tree", {}),
        ("dcmsend +sd +r tree", {}),
        ("dcmsend +sd +r +sp *.dcm tree", {}),
        # what the peer answers
        ("storescu ct mr", {"status": 0xA700}),
        ("storescu -nh ct mr", {"status": 0xC001}),
        ("storescu ct mr", {"status": 0xB007}),
        ("dcmsend ct mr", {"status": 0xA700}),
        ("storescu ct mr", {"on_release": unanswered}),
        ("dcmsend ct mr", {"on_release": unanswered}),
        ("storescu -nh ct mr", {"on_store": aborted}),
        ("dcmsend ct mr", {"on_store": aborted}),
        ("dcmsend -nh ct mr", {"on_store": aborted}),
        ("storescu ct mr", {"on_store": released}),
        ("dcmsend ct mr", {"on_store": released}),
        ("dcmsend ct", {"on_associate": aborted}),
        ("storescu ct", {"on_associate": aborted}),
        # titles
        ("storescu -aet ABCDEFGHIJKLMNOPQRS -aec X ct", {}),
    ],
)
def test_the_peer_sees_no_difference(
    folder: Path, monkeypatch: pytest.MonkeyPatch, line: str, scp: dict[str, object]
) -> None:
    monkeypatch.chdir(folder)
    program, *arguments = line.split()
    real, ours = exchanges(program, arguments, **scp)
    assert ours.associations == real.associations
    assert ours.exit_code == real.exit_code
    assert real.associations or not scp


def test_the_peer_aborts_in_the_middle_of_storescu(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    real, ours = exchanges("storescu", ["ct", "mr"], on_store=aborted)
    assert ours.associations == real.associations
    # Theirs comes from memory that was never set; it is 10 where that is zero.
    assert ours.exit_code == 10


@pytest.mark.parametrize(
    "line",
    [
        "storescu -frobnicate",
        "storescu -to",
        "storescu -to 0 h 1 f",
        "storescu -to x h 1 f",
        "storescu -to 0x10 h 1 f",
        "storescu -ts -2 h 1 f",
        "storescu -pdu 4096x -pdu 4095 h 1 f",
        "storescu h 65536 f",
        "storescu h -5 f",
        "storescu h 12x f",
        "storescu h 1",
        "storescu -v -ll info h 1 f",
        "storescu -q +v h 1 f",
        "storescu +v -ll warn h 1 f",
        "storescu -r +r h 1 f",
        "storescu +cl 3 -xd -xe h 1 f",
        "storescu +cl 3 -xd h 1 f",
        "storescu @/nonexistent",
        "storescu -h -zz",
        "storescu - 1 f",
        "storescu --list-decoders",
        "dcmsend -xs h 1 f",
        "dcmsend -to 0x10 h 1 f",
        "dcmsend -pdu 131073 h 1 f",
        "dcmsend +sp x h 1 f",
        "dcmsend +v h 1 f",
        "dcmsend --arguments -q -dn +dls -aet X h 1 f",
        "storescu --arguments @{file} -x= h 1 @nested f",
    ],
)
def test_errors_of_the_command_line(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "arguments"
    file.write_text('-aet "MY AE" \'x"y\' ab"cd ef"gh ""\t-R\r\n@more "unterminated f')
    program, *arguments = shlex.split(line.replace("{file}", str(file)))
    real, ours = run_real(program, *arguments), run_ours(program, *arguments)
    assert (ours.exit_code, ours.stdout) == (real.exit_code, real.stdout)
    lines = [said(one.stderr) for one in (real, ours)]
    # An unknown option may be followed by a guess which one was meant.
    assert [mine[: len(other)] for other, mine in zip(*lines, strict=True)] == lines[0]


def said(stderr: str) -> list[str]:
    """Return the lines without the name and the version of the program."""
    lines = [line for line in stderr.splitlines() if not line.startswith("$")]
    for number, line in enumerate(lines):
        before, quote, rest = line.partition("calling '")
        if quote:
            lines[number] = before + quote + rest.partition("'")[2]
    return lines


@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
def test_versions_and_helps_begin_alike(program: str) -> None:
    for option in ("--version", "--help"):
        real, ours = run_real(program, option), run_ours(program, option)
        assert ours.exit_code == real.exit_code == 0
        lines = [one.stdout.splitlines() for one in (real, ours)]
        assert lines[1][0].startswith(f"$fastsend: {program} v")
        assert lines[1][1:3] == lines[0][1:3]


def test_the_list_of_decoders() -> None:
    real = run_real("dcmsend", "--list-decoders").stdout.splitlines()
    ours = run_ours("dcmsend", "--list-decoders").stdout.splitlines()
    assert ours[1:8] == real[1:8]
    assert set(real[1:]) <= set(ours)
