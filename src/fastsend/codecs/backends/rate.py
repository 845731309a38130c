"""A lossy encoder that counts in something else is brought to a compression ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.codecs.job import CodecError

if TYPE_CHECKING:
    from collections.abc import Callable

_STEPS = 8
"""After which the length lies within a few per cent of what was asked for."""


def reach_length(
    encode: Callable[[float], bytes], least: float, most: float, length: float
) -> bytes:
    """Return the frame that an encoder makes longest without passing a length.

    Parameters
    ----------
    encode : callable
        Takes a coarseness, and gives fewer bytes the larger it is.
    least, most : float
        The finest and the coarsest, above 0; between them it is searched in equal factors.
    length : float
        The most bytes.

    Raises
    ------
    CodecError
        Where even the coarsest is longer.
    """
    best = encode(least)
    if len(best) <= length:
        return best
    best = encode(most)
    if len(best) > length:
        raise CodecError(f"the encoder makes no less than {len(best)} of {length:.0f} bytes")
    for _ in range(_STEPS):
        middle = (least * most) ** 0.5
        encoded = encode(middle)
        if len(encoded) <= length:
            best, most = encoded, middle
        else:
            least = middle
    return best


def wanted_length(ratio: float | None, native_length: int) -> float:
    """Return the bytes that a compression ratio leaves of a native frame.

    Raises
    ------
    CodecError
        Where there is no ratio.
    """
    if ratio is None:
        raise CodecError("a lossy encoder needs a compression ratio")
    return native_length / ratio
