"""Log configurations and file names are anybody's: nothing but a clear error comes of them."""

import logging
import os
import time

from hypothesis import given
from hypothesis import strategies as st

from fastsend.cli.log_pattern import PatternLayout
from fastsend.cli.log_properties import LONGEST_VALUE, read_properties
from fastsend.errors import CommandLineError

RECORD = logging.LogRecord("fastsend.network", logging.INFO, "/a.py", 1, "text", (), None)

PIECES = st.sampled_from(
    ["%", "m", "n", "-", ".", "5", "0", "9" * 30, "{", "}", "c", "D", "%q", "X", "h", " ", "\0"]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20))
def test_any_pattern(pattern: str) -> None:
    text = PatternLayout(pattern).format(RECORD)
    # A field has at most 1,000 characters, or what stands for it.
    assert len(text) <= 1100 * (len(pattern) + 1)


LINES = st.sampled_from(
    ["a = ${b}", "b = ${a}", "a.b = ${${a}}", "${a} = 1", "c = ${", "d = x${c}y${nothing}", "= e",
     "log4cplus.x", "#", "  f=1\r", "g = ${PATH_THAT_IS_NOT_SET}"]
)  # fmt: skip


@given(st.lists(LINES, max_size=8).map("\n".join) | st.text(max_size=60))
def test_any_file(text: str) -> None:
    try:
        properties = read_properties(text, "x.cfg", {"pid": str(os.getpid())})
    except CommandLineError as error:
        assert "variables that refer to themselves" in str(error)
        return
    for name in properties.names(""):
        value = properties.get(name)
        assert value is not None
        assert len(value) <= LONGEST_VALUE


@given(st.floats(0, 4e9), st.booleans())
def test_times_are_those_of_strftime(seconds: float, gmt: bool) -> None:
    from fastsend.cli.log_pattern import formatted_time

    moment = time.gmtime(seconds) if gmt else time.localtime(seconds)
    pattern = "%Y-%m-%d %H:%M:%S"
    assert formatted_time(seconds, pattern, gmt=gmt) == time.strftime(pattern, moment)
    milliseconds = formatted_time(seconds, "%q", gmt=gmt)
    assert len(milliseconds) == 3
    assert abs(int(milliseconds) - seconds % 1 * 1000) <= 1
