"""Numbers in words."""

import pytest

from fastsend.report.quantity import duration, megabytes, number_of, rate


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 files"), (1, "1 file"), (2, "2 files"), (20_000, "20,000 files")],
)
def test_number_of(number: int, text: str) -> None:
    assert number_of(number, "file") == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0.000 MB"),
        (1_500, "0.002 MB"),
        (303_123_456, "303.1 MB"),
        (5_000_000_000, "5,000.0 MB"),
    ],
)
def test_megabytes(number: int, text: str) -> None:
    assert megabytes(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 ms"),
        (0.0123, "12.3 ms"),
        (1.0, "1.00 s"),
        (119.0, "119.00 s"),
        (120.4, "2:00 min"),
        (3599.7, "1:00:00 h"),
        (7325, "2:02:05 h"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_rate() -> None:
    assert rate(10, 2.0) == 5.0
    assert rate(10, 0.0) == 0.0
