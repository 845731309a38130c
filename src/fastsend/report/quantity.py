"""Numbers of instances, bytes and seconds in words."""

from __future__ import annotations


def number_of(number: int, noun: str) -> str:
    """Return for example ``1 instance`` or ``20,000 instances``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def megabytes(number: int) -> str:
    """Return `number` bytes in MB (10^6 bytes), small ones with more digits."""
    value = number / 1e6
    digits = 1 if value >= 10 else 3
    return f"{value:,.{digits}f} MB"


def duration(seconds: float) -> str:
    """Return a time in the unit that reads best."""
    if seconds < 1:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 120:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} h" if hours else f"{minutes}:{rest:02d} min"


def rate(number: float, seconds: float) -> float:
    """Return `number` a second; 0 where no time was measured."""
    return number / seconds if seconds > 0 else 0.0
