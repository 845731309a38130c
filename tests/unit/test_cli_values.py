"""Values of options and parameters."""

import pytest

from fastsend.cli.option import Argument, Option
from fastsend.cli.values import convert, port_number
from fastsend.errors import CommandLineError

AE_TITLE = Argument("title", "ae_title")
SECONDS = Argument("seconds", "seconds", 0, 100)
DECIMAL = Argument("ratio", "decimal", 1, 100)
RATE = Argument("rate", "rate", 0)
CHOICE = Argument("what", "choice", choices=("one", "two"))
INTEGER = Argument("n", "integer", -5, 100)
COUNT = Argument("number", "integer_or_auto", 1, 64)
OPTION = Option("-x", "--example", "example")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A", "A"),
        ("ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"),
        (" MY AE  ", "MY AE"),  # PS3.5 6.2: spaces at the ends are not significant
        ("a-Z_0.9+@/~", "a-Z_0.9+@/~"),
        ("  ABCDEFGHIJKLMNOP  ", "ABCDEFGHIJKLMNOP"),
    ],
)
def test_ae_titles(text: str, title: str) -> None:
    assert convert(OPTION, AE_TITLE, text) == title


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "at least one character"),
        ("    ", "at least one character"),
        ("ABCDEFGHIJKLMNOPQ", "at most 16 characters, this one has 17"),
        ("A\\B", "no backslash"),
        ("A\nB", "no backslash, control"),
        ("A\x7fB", "no backslash, control"),
        ("A\tB", "no backslash, control"),
        ("MÜNCHEN", "non-ASCII"),
        ("A\udc80", "non-ASCII"),
    ],
)
def test_bad_ae_titles(text: str, fault: str) -> None:
    with pytest.raises(CommandLineError, match=fault):
        convert(OPTION, AE_TITLE, text)


@pytest.mark.parametrize(("text", "number"), [("-5", -5), ("+7", 7), ("007", 7), ("100", 100)])
def test_integers(text: str, number: int) -> None:
    assert convert(OPTION, INTEGER, text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "+",
        "x",
        "5x",
        "0x5",
        "1.5",
        " 5",
        "5 ",
        "--5",
        "1_0",
        "\u0665",
        "5\n",
        "\udc80",
        "1e1",
    ],
)
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        convert(OPTION, INTEGER, text)
    assert str(caught.value) == f"Invalid value for option --example ({text})"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("-6", "underflow"),
        ("101", "overflow"),
        ("9" * 100_000, "overflow"),
        ("-" + "9" * 100_000, "underflow"),
    ],
)
def test_integers_out_of_bounds(text: str, fault: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        convert(OPTION, INTEGER, text)
    assert str(caught.value) == f"Invalid value for option --example ({fault}: {text})"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1.0), ("7.5", 7.5), ("+2.25", 2.25), ("100", 100.0), ("3.", 3.0), ("02.0", 2.0)],
)
def test_decimals(text: str, number: float) -> None:
    value = convert(OPTION, DECIMAL, text)
    assert value == number
    assert isinstance(value, float)


@pytest.mark.parametrize(
    "text",
    ["", ".", ".5", "x", "1e2", "1.e2", "1.5.5", "nan", "inf", "1,5", "2.-5", "2. 5", "2.\u0665"],
)
def test_what_is_no_decimal(text: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        convert(OPTION, DECIMAL, text)
    assert str(caught.value) == f"Invalid value for option --example ({text})"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("0", "underflow"),
        ("0.999", "underflow"),
        ("-5.5", "underflow"),
        ("100.001", "overflow"),
        ("101", "overflow"),
        ("9" * 100_000, "overflow"),
    ],
)
def test_decimals_out_of_bounds(text: str, fault: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        convert(OPTION, DECIMAL, text)
    assert str(caught.value) == f"Invalid value for option --example ({fault}: {text})"


@pytest.mark.parametrize(
    ("text", "rate"),
    [("1000", 1e3), ("12.5M", 12.5e6), ("64k", 64e3), ("1G", 1e9), ("1m", 1e6), ("0.5M", 5e5)],
)
def test_rates(text: str, rate: float) -> None:
    assert convert(OPTION, RATE, text) == rate


@pytest.mark.parametrize("text", ["", "k", "M5", "5 M", "-5M", "5Mi", "999", "0.5k", "1e9", "inf"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(CommandLineError, match="Invalid value for option --"):
        convert(OPTION, RATE, text)


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("64", 64), ("+08", 8), ("auto", None), ("AUTO", None)]
)
def test_numbers_or_auto(text: str, number: int | None) -> None:
    assert convert(OPTION, COUNT, text) == number


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("0", "underflow: 0"),
        ("-1", "underflow: -1"),
        ("65", "overflow: 65"),
        ("9" * 100_000, f"overflow: {'9' * 100_000}"),
        ("", ""),
        ("automatic", "automatic"),
        (" 4", " 4"),
        ("4.0", "4.0"),
        ("4,auto", "4,auto"),
    ],
)
def test_what_is_neither_a_number_nor_auto(text: str, named: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        convert(OPTION, COUNT, text)
    assert str(caught.value) == (
        f"Invalid value for option --example ({named}): use auto or a number from 1 to 64"
    )


def test_a_decimal_of_many_digits() -> None:
    assert convert(OPTION, DECIMAL, "1." + "9" * 100_000) == pytest.approx(2.0)


@pytest.mark.parametrize("text", ["one", "ONE", "One"])
def test_choices(text: str) -> None:
    assert convert(OPTION, CHOICE, text) == "one"


@pytest.mark.parametrize("text", ["", "on", "ones", "three"])
def test_what_is_no_choice(text: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        convert(OPTION, CHOICE, text)
    assert str(caught.value) == (f"Invalid value for option --example ({text}): use one or two")


def test_no_seconds_are_no_limit() -> None:
    assert convert(OPTION, SECONDS, "0") is None
    seconds = convert(OPTION, SECONDS, "3")
    assert seconds == 3.0
    assert isinstance(seconds, float)


@pytest.mark.parametrize(
    ("text", "port"), [("1", 1), ("104", 104), ("+104", 104), ("65535", 65535)]
)
def test_ports(text: str, port: int) -> None:
    assert port_number(text) == port


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "Invalid parameter value 0 (underflow)"),
        ("-5", "Invalid parameter value -5 (underflow)"),
        ("65536", "Invalid parameter value 65536 (overflow)"),
        ("dicom", "Invalid parameter value dicom"),
        ("", "Invalid parameter value "),
    ],
)
def test_bad_ports(text: str, message: str) -> None:
    with pytest.raises(CommandLineError) as caught:
        port_number(text)
    assert str(caught.value) == message
