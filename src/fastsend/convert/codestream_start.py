"""How the codestream of a frame begins, to tell where a frame begins among its fragments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_RLE_LOSSLESS: Final = "1.2.840.10008.1.2.5"
_JPEG_SYNTAXES: Final = "1.2.840.10008.1.2.4."

_JPEG: Final = (b"\xff\xd8\xff",)
_JPEG_2000: Final = (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")
_JPEG_XL_CONTAINER: Final = b"\0\0\0\x0cJXL \r\n\x87\n"
_JPEG_XL: Final = b"\xff\x0a"


class StartMark(NamedTuple):
    """What every codestream of an instance begins with."""

    found: Callable[[bytes], bool]
    """Whether the first bytes of a fragment are the beginning of a codestream."""
    certain: bool
    """Whether it is found nowhere else: FFD8 and FF4F never occur in entropy-coded data of JPEG, of
    JPEG-LS and of JPEG 2000, and eight bytes of a header hardly occur by chance."""


def _rle_header(beginning: bytes) -> bool:
    """Tell the header of PS3.5 G.5 by its number of segments and the offset of the first."""
    return 1 <= beginning[0] <= 15 and beginning[1:8] == b"\0\0\0\x40\0\0\0"


def start_mark(transfer_syntax_uid: str, first: bytes) -> StartMark | None:
    """Return how the codestreams of an instance begin, or None where that is unknown.

    Parameters
    ----------
    transfer_syntax_uid : str
        Of the instance. Content decides within the JPEG family: a codestream may be another one
        than the syntax says.
    first : bytes
        The first bytes of the first fragment, at least 12.
    """
    if transfer_syntax_uid == _RLE_LOSSLESS:
        return StartMark(_rle_header, certain=True) if _rle_header(first) else None
    if not transfer_syntax_uid.startswith(_JPEG_SYNTAXES):
        return None
    for marks, certain in (
        (_JPEG, True),
        (_JPEG_2000, True),
        ((_JPEG_XL_CONTAINER,), True),
        ((_JPEG_XL,), False),
    ):
        if first.startswith(marks):
            return StartMark(lambda beginning, m=marks: beginning.startswith(m), certain)  # type: ignore[misc]
    return None
