"""Which records an appender takes."""

import logging

import pytest

from fastsend.cli.log_filters import Filtered, filters_of
from fastsend.cli.log_properties import read_properties

LEVELS = {"trace": 5, "debug": 10, "info": 20, "warn": 30, "error": 40, "fatal": 50}


def taken(text: str, message: str = "message") -> list[str]:
    properties = read_properties(text, "x.cfg", {})
    filtered = Filtered(filters_of(properties, ""))
    assert properties.complaints == []
    properties.complain_of_unknown("")
    assert properties.complaints == []
    return [
        name
        for name, level in LEVELS.items()
        if filtered.filter(logging.LogRecord("x", level, "", 1, message, (), None))
    ]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("", "trace debug info warn error fatal"),
        ("1 = log4cplus::spi::DenyAllFilter", ""),
        (
            (
                "1 = log4cplus::spi::LogLevelRangeFilter\n1.LogLevelMin = warn\n"
                "1.LogLevelMax = ERROR\n"
                "1.AcceptOnMatch = true\n2 = log4cplus::spi::DenyAllFilter"
            ),
            "warn error",
        ),
        (
            (
                "1 = log4cplus::spi::LogLevelRangeFilter\n1.LogLevelMin = INFO\n"
                "1.AcceptOnMatch = false\n2 = log4cplus::spi::DenyAllFilter"
            ),
            "",
        ),
        (
            (
                "1 = log4cplus::spi::LogLevelMatchFilter\n1.LogLevelToMatch = INFO\n"
                "1.AcceptOnMatch = true\n2 = log4cplus::spi::DenyAllFilter"
            ),
            "info",
        ),
        (
            "1 = log4cplus::spi::LogLevelMatchFilter\n1.LogLevelToMatch = INFO",
            "trace debug warn error fatal",
        ),
        (
            "1 = log4cplus::spi::StringMatchFilter\n1.StringToMatch = ssag\n",
            "",
        ),
        (
            "1 = log4cplus::spi::StringMatchFilter\n1.StringToMatch = other\n",
            "trace debug info warn error fatal",
        ),
        (
            (
                "1 = log4cplus::spi::StringMatchFilter\n1.StringToMatch = ssag\n"
                "1.AcceptOnMatch = 1\n2 = log4cplus::spi::DenyAllFilter"
            ),
            "trace debug info warn error fatal",
        ),
    ],
)
def test_filters(text: str, levels: str) -> None:
    assert taken(text) == levels.split()


def test_what_is_unknown_is_told() -> None:
    text = "1 = Foo\n2 = log4cplus::spi::LogLevelMatchFilter\n2.LogLevelToMatch = loud"
    properties = read_properties(text, "x.cfg", {})
    assert len(filters_of(properties, "")) == 1
    assert properties.complaints == [
        "x.cfg, line 1: filters of the kind Foo are not known here",
        "x.cfg, line 3: there is no log level loud",
    ]


def test_filters_end_at_a_gap() -> None:
    properties = read_properties("2 = log4cplus::spi::DenyAllFilter", "x.cfg", {})
    assert filters_of(properties, "") == []
    properties.complain_of_unknown("")
    assert properties.complaints == ["x.cfg, line 1: the setting 2 is unknown and has no effect"]
