"""Properties with variables, as log4cplus reads them."""

import pytest

from fastsend.cli.log_properties import read_properties
from fastsend.errors import CommandLineError


def values(text: str, **variables: str) -> dict[str, str | None]:
    properties = read_properties(text, "x.cfg", variables)
    return {name: properties.get(name) for name in properties.names("")}


def test_lines() -> None:
    text = "# a = comment\n\n  a.b = c = d  \r\n\te=\nf  =g # no comment\n"
    assert values(text) == {"a.b": "c = d", "e": "", "f": "g # no comment"}


def test_the_last_of_a_name_holds() -> None:
    assert values("a=1\na=2") == {"a": "2"}


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_OUTSIDE", "env")
    monkeypatch.setenv("b", "not this")
    found = values(
        "a = ${b}-${FROM_OUTSIDE}-${nowhere}-${pid}\nb = <${c}>\nc = 1\n${c}x = y\nd = ${open",
        pid="77",
    )
    assert found["a"] == "<1>-env-${nowhere}-77"
    assert found["1x"] == "y"
    assert found["d"] == "${open"


def test_variables_of_the_program_hold() -> None:
    assert values("pid = 1\nx = ${pid}", pid="2")["x"] == "2"


@pytest.mark.parametrize(
    "text",
    ["a = ${a}", "a = ${b}\nb = ${a}", "a = ${b}${b}\nb = ${c}${c}\nc = ${a}", "a = x${a}"],
)
def test_variables_that_refer_to_themselves(text: str) -> None:
    with pytest.raises(CommandLineError, match=r"^x.cfg, line \d: variables that refer to"):
        values(text)


def test_growth_is_limited() -> None:
    text = "v0 = " + "x" * 1000 + "\n"
    text += "\n".join(f"v{n} = ${{v{n - 1}}}${{v{n - 1}}}" for n in range(1, 30))
    with pytest.raises(CommandLineError, match="refer to themselves"):
        values(text)


def test_what_is_no_line_is_told() -> None:
    properties = read_properties("a = b\n\nnonsense \x1b[2J\n", "x.cfg", {})
    assert properties.complaints == ["x.cfg, line 3: no setting and no comment: nonsense \\x1b[2J"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("FALSE", False), ("1", True), ("0", False), ("-2", True)],
)
def test_truth(text: str, value: bool) -> None:
    properties = read_properties(f"a = {text}", "x.cfg", {})
    assert properties.is_true("a", default=not value) is value
    assert properties.complaints == []


@pytest.mark.parametrize("text", ["yes", "", "1.5", "true false"])
def test_no_truth(text: str) -> None:
    properties = read_properties(f"\na = {text}", "x.cfg", {})
    assert properties.is_true("a", default=True) is True
    assert properties.complaints == [f"x.cfg, line 2: {text} is neither true nor false"]


def test_numbers() -> None:
    properties = read_properties("a = 12\nb = 1x\nc = " + "9" * 5000, "x.cfg", {})
    assert properties.number("a", default=1) == 12
    assert properties.number("b", default=1) == 1
    assert properties.number("c", default=2) == 2
    assert properties.number("d", default=3) == 3
    assert [text[:14] for text in properties.complaints] == ["x.cfg, line 2:", "x.cfg, line 3:"]


def test_what_nobody_asked_for_is_told() -> None:
    properties = read_properties("p.one = 1\np.Two = 2\np.three = 3\nq.four = 4", "x.cfg", {})
    properties.get("p.one")
    properties.get("p.tWO")
    properties.complain_of_unknown("p.")
    assert properties.complaints == [
        "x.cfg, line 2: the setting p.Two is unknown and has no effect (it is spelt p.tWO)",
        "x.cfg, line 3: the setting p.three is unknown and has no effect",
    ]
