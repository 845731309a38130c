"""Text that cannot drive a terminal."""

import pytest

from fastsend.model.escape import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("", ""),
        ("Ångström 患者", "Ångström 患者"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x00\x7f", "\\x00\\x7f"),
        ("\x9b31m", "\\x9b31m"),  # CSI as one C1 character
        ("a\u202egnp.exe", "a\\u202egnp.exe"),  # right-to-left override
        ("\u2028\u2029", "\\u2028\\u2029"),  # line and paragraph separator
        ("\u200b\ufeff", "\\u200b\\ufeff"),  # of no width
        ("caf\udce9", "caf\\xe9"),  # a byte that is not UTF-8, as os.fsdecode gives it
        ("\udcff\udc80a", "\\xff\\x80a"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),  # tag character
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(text).isprintable()
