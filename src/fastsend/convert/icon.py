"""The icon of an image (PS3.3 C.7.6.1.1.6), decoded where it is encapsulated as the image is.

Pixel Data in an item of Icon Image Sequence (0088,0200) may be encapsulated, in the transfer syntax
of the data set, or native: an encapsulated transfer syntax obliges only the Pixel Data of the data
set itself to be encapsulated (PS3.5 A.4). So an icon becomes native, whatever the image becomes.
DCMTK compresses icons with the image; a receiver that takes the syntax has to take both. Pixel Data
that is encapsulated in any other sequence is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastsend._native import part10, recode
from fastsend.convert import attributes
from fastsend.convert.elements import ElementEncoder
from fastsend.convert.image import Image
from fastsend.convert.refusal import ConversionError
from fastsend.convert.source import ItemSource, encoding_of
from fastsend.convert.tags import ICON_IMAGE_SEQUENCE, LOSSY_IMAGE_COMPRESSION

if TYPE_CHECKING:
    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.elements import Edit
    from fastsend.convert.image import Target
    from fastsend.convert.source import Source

LONGEST_ITEM: Final = 2 << 20
"""Bytes, with what an item may hold beside the pixels; PS3.3 allows 128 by 128 of these."""
LONGEST_FRAME: Final = 1 << 20
"""Bytes of the native icon: room for 512 by 512 pixels of three samples."""

_NO_LONGER_VALUE: Final = 1 << 16


def find_icon(source: Source, target: Target) -> Icon | None:
    """Return the icon of a data set, or None where there is none in fragments.

    Parameters
    ----------
    source : Source
        A data set in an encapsulated transfer syntax.
    target : Target
        What it becomes: another transfer syntax.

    Raises
    ------
    ConversionError
        Where there is one that cannot be decoded with certainty.
    """
    try:
        items = _read_items(source)
    except part10.DataSetError:
        return None  # re-encoding the data set will tell what is wrong with it
    for item, found, pixel_data in items:
        if pixel_data is None or pixel_data[2] >= 0:
            continue
        if len(items) > 1:
            raise ConversionError("its Icon Image Sequence has more than one item")
        try:
            return Icon(item, found, pixel_data, target)
        except ConversionError as exc:
            raise _refusal(exc) from exc
    return None


_Item = tuple[ItemSource, dict[int, tuple[str, bytes]], tuple[str, int, int] | None]


def _read_items(source: Source) -> list[_Item]:
    """Return the first two items, for one of them is enough, with what describes their pixels."""
    items = part10.find_items(source.fd, source.offset, source.length, ICON_IMAGE_SEQUENCE, most=2)
    return [
        (
            ItemSource(source, offset, length),
            *part10.find_elements(
                source.fd, offset, length, attributes.TAGS, longest_value=_NO_LONGER_VALUE
            ),
        )
        for offset, length in items
    ]


def _refusal(error: ConversionError) -> ConversionError:
    return ConversionError(f"its icon cannot be converted: {error}")


class Icon:
    """An icon in fragments.

    Parameters
    ----------
    item : ItemSource
        The item of Icon Image Sequence.
    found : dict
        Tag to VR and value, of those of `attributes.TAGS` that it has.
    pixel_data : tuple
        VR, offset in the file and length of its Pixel Data, -1 for undefined.
    target : Target
        What the data set becomes.

    Raises
    ------
    ConversionError
        Where it is longer than an icon may be, has several frames, or cannot be understood.
    """

    def __init__(
        self,
        item: ItemSource,
        found: dict[int, tuple[str, bytes]],
        pixel_data: tuple[str, int, int],
        target: Target,
    ) -> None:
        if item.length > LONGEST_ITEM:
            raise ConversionError(f"{item.length:,} bytes are too many for an icon")
        self._item = item
        self._new_vr = target.new_vr
        self._encoding = encoding_of(target.transfer_syntax_uid)
        native = target._replace(transfer_syntax_uid=self._encoding, lossy=False)
        self._image = Image(item, native, found, pixel_data)
        frames, length = self._image.frame_lengths
        if frames != 1:
            raise ConversionError(f"an icon of {frames:,} frames")
        if length > LONGEST_FRAME:
            raise ConversionError(f"{length:,} bytes of pixels are too many for an icon")

    def submit(self, pool: CodecPool) -> None:
        """Have it decoded."""
        self._image.submit(pool)

    def close(self) -> None:
        """Give up what was not taken."""
        self._image.close()

    def edit(self) -> Edit:
        """Wait for the icon, and return the Icon Image Sequence as it is to be sent.

        Raises
        ------
        ConversionError
            Where it cannot be decoded, or its item cannot be re-encoded.
        """
        try:
            item = self._encode_item()
        except recode.RecodeError as exc:
            raise _refusal(ConversionError(f"its item cannot be re-encoded: {exc}")) from exc
        except ConversionError as exc:
            raise _refusal(exc) from exc
        sequence = ElementEncoder(self._encoding).sequence(ICON_IMAGE_SEQUENCE, item)
        return ICON_IMAGE_SEQUENCE, sequence, True

    def _encode_item(self) -> bytes:
        edits, _ = self._image.prepare()
        item = self._item
        recoder = recode.Recoder(
            item.fd,
            item.offset,
            item.length,
            item.encoding,
            self._encoding,
            slice_least=0,
            # That a lossy image was lossy is said of the image, in the data set itself.
            edits=[edit for edit in edits if edit[0] != LOSSY_IMAGE_COMPRESSION],
            external_pixel_data=True,
            disable_new_vr=not self._new_vr,
        )
        recoder.measure()
        encoded = bytearray()
        for piece in recoder:
            if isinstance(piece, bytes):
                encoded += piece
            elif piece is None:
                for pixels in self._image.pieces():
                    encoded += pixels
        return bytes(encoded)
