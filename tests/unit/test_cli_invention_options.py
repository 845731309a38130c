"""``+II +IR +IS +IP`` from the command line to the options of a run."""

import pytest

from fastsend.cli.parser import parse
from fastsend.errors import CommandLineError
from fastsend.model.invention import Invention


def asked(*arguments: str) -> Invention:
    options = parse([*arguments, "peer", "104", "file"]).options
    assert options is not None
    return options.invention


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Invention()),
        (["+II"], Invention(instances=True)),
        (["--invent-instance"], Invention(instances=True)),
        (["+IR", "3"], Invention(images_per_series=3)),
        (["--invent-series", "3", "+IR", "4"], Invention(images_per_series=4)),
        (["+IS", "5", "+II"], Invention(instances=True, series_per_study=5)),
        (["+IP", "6", "--invent-study", "1"], Invention(series_per_study=1, studies_per_patient=6)),
    ],
)
def test_options(arguments: list[str], expected: Invention) -> None:
    assert asked(*arguments) == expected


@pytest.mark.parametrize("option", ["+IR", "+IS", "+IP"])
@pytest.mark.parametrize(
    ("value", "fault"),
    [("0", "underflow"), ("-1", "underflow"), ("x", r"\(x\)"), ("4294967296", "overflow")],
)
def test_numbers_are_above_0(option: str, value: str, fault: str) -> None:
    with pytest.raises(CommandLineError, match=fault):
        asked(option, value)
