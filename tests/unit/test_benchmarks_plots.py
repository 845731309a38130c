"""Plots of made-up results: what is in the files, and that they are the same each time."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.results import Results
from made_up_results import RECEIVERS, SENDERS, comparison, of_everything

pytest.importorskip("matplotlib")

from benchmarks.plots import PLOTS, draw

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("made") / "plots"
    return {path.stem: path.read_text() for path in draw(of_everything(), folder)}


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_all_are_drawn(drawn: dict[str, str]) -> None:
    assert drawn.keys() == PLOTS.keys()


@pytest.mark.parametrize("name", PLOTS)
def test_one_file_for_light_and_dark(drawn: dict[str, str], name: str) -> None:
    svg = drawn[name]
    assert "prefers-color-scheme: dark" in svg
    assert "currentColor" in svg
    style = svg.index("</style>")
    # Nothing has a colour that is seen on one of them only.
    assert not re.search(r"(fill|stroke): *(#0|#f|white|black)", svg[style:])
    assert all("fill: currentColor" in text for text in re.findall(r"<text[^>]*>", svg))


def test_no_plot_tells_when_or_with_what_it_was_drawn(drawn: dict[str, str]) -> None:
    assert not any(re.search(r"dc:date|20\d\d-|Matplotlib", svg) for svg in drawn.values())


def test_the_same_bytes_each_time(drawn: dict[str, str], tmp_path: Path) -> None:
    again = {path.stem: path.read_text() for path in draw(of_everything(), tmp_path)}
    assert again == drawn


def test_small(drawn: dict[str, str]) -> None:
    assert max(map(len, drawn.values())) < 50_000


def test_rate_names_receivers_and_senders_and_the_unit(drawn: dict[str, str]) -> None:
    found = texts(drawn["rate"])
    assert set(found) >= {*RECEIVERS, *SENDERS}
    assert "sink-4" not in found
    assert any("MB/s" in text for text in found)


def test_lines_name_their_axes(drawn: dict[str, str]) -> None:
    found = texts(drawn["round-trips"])
    assert set(found) >= {"local", "2 ms", "20 ms", "100 ms", "fastsend-8", "fastsend-window"}
    assert any("seconds" in text for text in found)
    assert {"instances", "seconds", "200,000"} <= set(texts(drawn["time-by-number"]))
    assert any("MB" in text for text in texts(drawn["memory-by-number"]))


def test_what_is_not_there_is_not_drawn(tmp_path: Path) -> None:
    one = comparison("ct600", "sink", {"fastsend": 1.0, "dcmsend": 2.0})
    assert [path.name for path in draw(Results({}, (one,)), tmp_path)] == ["rate.svg"]
    assert draw(Results({}), tmp_path) == []


def test_a_sender_that_is_not_known_is_drawn(tmp_path: Path) -> None:
    one = comparison("ct600", "sink", {"fastsend": 1.0, "newcomer": 2.0})
    (path,) = draw(Results({}, (one,)), tmp_path)
    assert "newcomer" in texts(path.read_text())
