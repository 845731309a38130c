"""The command line, as far as it measures nothing."""

import sys
from pathlib import Path

import pytest

from benchmarks import command
from benchmarks.e2e import peers
from benchmarks.report import BEGIN, END
from benchmarks.results import Results, read, write
from made_up_results import comparison, of_everything


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *map(str, words)])
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    return command.main()


def test_tables_of_earlier_results(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walls = {"fastsend": 1.0, "dcmsend": 2.0}
    write(of_everything(), tmp_path / "one.json")
    write(Results({}, (comparison("ct100", "other", walls),)), tmp_path / "two.json")
    document = tmp_path / "document.md"
    document.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    files = ("--read", tmp_path / "one.json", "--read", tmp_path / "two.json")
    both = ("--json", tmp_path / "both.json", "--markdown", document)
    # A goal of the first was not met, and one case of it failed.
    assert run(monkeypatch, *files, *both) == 2
    assert len(read(tmp_path / "both.json").comparisons) == len(of_everything().comparisons) + 1
    text = document.read_text()
    assert text.startswith(f"before\n\n{BEGIN}\n\n- cores: 2")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "old" not in text
    assert "ct100 to other" in text
    assert "ct100 to other" in capsys.readouterr().out


def test_plots_of_earlier_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    one = comparison("ct600", "sink", {"fastsend": 1.0, "dcmsend": 2.0})
    write(Results({}, (one,)), tmp_path / "one.json")
    words = ("--read", tmp_path / "one.json", "--plots", tmp_path / "plots")
    assert run(monkeypatch, *words) == 0
    assert [path.name for path in (tmp_path / "plots").iterdir()] == ["rate.svg"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--read", "missing.json"), "missing.json cannot be read"),
        (("--goals", "link"), "--goals are of a --preset"),
        (("--preset", "scale", "--goals", "links"), "links not among link, "),
        (("--senders", "fastsent"), "fastsent not among fastsend, "),
        (("--runs", "0"), "0 is not 1 or more"),
        (("--patience", "x"), "invalid"),
    ],
)
def test_wrong_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_plots_without_matplotlib(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    with pytest.raises(SystemExit):
        run(monkeypatch, "--read", tmp_path / "one.json", "--plots", tmp_path)
    assert "pip install 'matplotlib" in capsys.readouterr().err


def test_what_is_not_installed_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_: object) -> list[object]:
        raise peers.NotInstalledError("install it so")

    def broken(_: object) -> list[object]:
        raise TimeoutError("no end")

    monkeypatch.setitem(command.PRESETS, "scale", {"link": missing})
    monkeypatch.setattr(command.machine, "describe", dict)
    words = ("--preset", "scale", "--scratch", tmp_path, "--json", tmp_path / "out.json")
    assert run(monkeypatch, *words) == 0
    assert read(tmp_path / "out.json").left_out == ("link: install it so",)
    monkeypatch.setitem(command.PRESETS, "scale", {"link": broken})
    assert run(monkeypatch, *words) == 2
    assert "FAILED: link: no end" in capsys.readouterr().out
