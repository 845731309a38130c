"""Results as JSON and back, several as one, and the code that they end with."""

import json
from pathlib import Path

import pytest

from benchmarks.alternate import Sample, timing_of
from benchmarks.goals import Goal
from benchmarks.results import Results, UnreadableResultsError, read, together, write
from made_up_results import comparison, of_everything


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    results = of_everything()
    write(results, tmp_path / "results.json")
    assert read(tmp_path / "results.json") == results


def test_every_single_run_is_in_the_file(tmp_path: Path) -> None:
    write(of_everything(), tmp_path / "results.json")
    found = json.loads((tmp_path / "results.json").read_text())
    timing = found["goals"][0]["comparison"]["senders"]["dcmsend"]
    assert timing["wall"]["values"] == [2.0, 1.8, 2.2]
    assert timing["cpu"]["values"] == [1.0, 1.0, 1.0]
    assert timing["memory"]["values"] == pytest.approx([30e6, 27e6, 33e6])
    assert timing["receiver_cpu"]["values"] == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": 2, "machine": {}, "comparisons": [{}], "goals": [], "failures": []}',
        '{"format": 2, "machine": {}, "comparisons": [], "goals": [{"x": 1}], "failures": []}',
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(UnreadableResultsError, match=r"other\.json"):
        read(path)
    with pytest.raises(UnreadableResultsError, match=r"missing\.json"):
        read(tmp_path / "missing.json")


def test_what_was_measured_again_replaces_what_was() -> None:
    old = comparison("ct600", "sink", {"fastsend": 2.0, "dcmsend": 4.0})
    new = comparison("ct600", "sink", {"fastsend": 1.0, "dcmsend": 4.0})
    other = comparison("ct600", "orthanc", {"fastsend": 1.0})
    goal = Goal("work", "measure", "", 1.0, preset="scale")
    first = Results({"cores": "2", "load": "0.1"}, (old, other), (goal,), ("a: failed",))
    second = Results({"cores": "2", "load": "0.2"}, (new,), (goal._replace(measured=2.0),))
    both = together([first, second])
    assert both.machine == {"cores": "2", "load": "0.1; 0.2"}
    assert both.comparisons == (new, other)
    assert [one.measured for one in both.goals] == [2.0]
    assert both.failures == ("a: failed",)


@pytest.mark.parametrize(
    ("measured", "sign", "failed", "code"),
    [(2, ">=", (), 0), (0.5, ">=", (), 1), (0.5, "<=", (), 0), (2, ">=", ("dcmsend: no",), 2)],
)
def test_exit_code(measured: float, sign: str, failed: tuple[str, ...], code: int) -> None:
    found = comparison("ct600", "sink", {"fastsend": 1.0}, failures=failed)
    goal = Goal("work", "measure", "", measured, 1, sign, found)
    assert Results({}, (), (goal,)).exit_code() == code


def test_tables_have_goals_by_preset_and_all_runs() -> None:
    text = of_everything().tables("dcmsend")
    assert text.index("preset `one`") < text.index("preset `two`") < text.index("All runs")
    row = next(line for line in text.splitlines() if line.startswith("| ct600 to storescp-stock"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    # 600 of half a megabyte in a second; half a second of CPU for 0.3 GB; a quarter of a core.
    assert cells == [
        "ct600 to storescp-stock",
        "fastsend",
        "3",
        "1.000 (0.900-1.100)",
        "2.00 (1.64-2.44)",
        "300",
        "1.67",
        "33",
        "0.25",
    ]
    assert "FAILED: x: broken\n" in f"{text}\n"
    assert "    dcmsend 127.0.0.1 PORT SET" in text


def test_one_run_has_no_spread() -> None:
    found = comparison("ct600", "sink", {"fastsend": 2.0, "dcmsend": 4.0})
    once = {
        name: timing_of([Sample(timing.wall.median, 1)]) for name, timing in found.senders.items()
    }
    text = Results({}, (found._replace(senders=once),)).tables("dcmsend")
    row = next(line for line in text.splitlines() if "| fastsend |" in line.replace("  ", ""))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:5] == ["1", "2.000", "2.00"]
    # Neither memory nor the receiver was measured.
    assert cells[-2:] == ["", ""]
