"""Encapsulated Pixel Data whose Sequence Delimitation Item is missing (PS3.5 A.4), with one.

Such files are found in the field. Nothing else is missing where the last fragment ends exactly with
the data set, but receivers look for more, and abort the association.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend._native import part10
from fastsend.convert.elements import ElementEncoder
from fastsend.convert.fragments import read_fragments
from fastsend.convert.frames import ENCAPSULATED_END
from fastsend.convert.refusal import ConversionError, FramesError
from fastsend.convert.source import is_encapsulated
from fastsend.convert.tags import PIXEL_DATA
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.convert.source import Source


class UnterminatedPixels:
    """The fragments as they are, and what ends them.

    Parameters
    ----------
    source : Source
        The data set.

    Raises
    ------
    ConversionError
        Where the fragments do not end exactly with the data set, or have no place in it.
    part10.DataSetError
        Where what comes before them is broken.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        encoding = TRANSFER_SYNTAXES[source.encoding]
        _, pixel_data = part10.find_elements(
            source.fd,
            source.offset,
            source.length,
            (),
            implicit_vr=encoding.implicit_vr,
            big_endian=encoding.big_endian,
        )
        if pixel_data is None or pixel_data[2] >= 0:
            raise FramesError("Pixel Data is not encapsulated", source.offset)
        self._vr, self._offset, _ = pixel_data
        if not is_encapsulated(source.stored.transfer_syntax_uid):
            raise FramesError(
                "Pixel Data is encapsulated, other than its transfer syntax says", self._offset
            )
        self._end = source.offset + source.length
        try:
            delimited = read_fragments(source.fd, self._offset, self._end).delimited
        except FramesError as exc:
            raise ConversionError(
                "its Pixel Data ends without a Sequence Delimitation Item, and receivers would "
                f"abort the association for it: {exc}"
            ) from exc
        if delimited:
            raise FramesError("Pixel Data has its Sequence Delimitation Item", self._offset)

    def pieces(self) -> Iterator[bytes]:
        """Yield the element Pixel Data.

        Raises
        ------
        FramesError
            Where the file became shorter meanwhile.
        OSError
            Where it cannot be read.
        """
        encoder = ElementEncoder(self._source.encoding)
        yield encoder.head(PIXEL_DATA, self._vr, 0xFFFFFFFF)
        yield from self._source.read(self._offset, self._end - self._offset)
        yield ENCAPSULATED_END
