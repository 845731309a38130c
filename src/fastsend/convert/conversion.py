"""One instance on its way into another transfer syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend._native import part10, recode
from fastsend.convert import attributes, invention, lossy
from fastsend.convert.deflated import Deflater
from fastsend.convert.elements import merge_edits
from fastsend.convert.icon import find_icon
from fastsend.convert.image import Image
from fastsend.convert.refusal import ConversionError, NoPixelDataError
from fastsend.convert.source import Source, encoding_of, is_deflated, is_encapsulated
from fastsend.convert.unterminated import UnterminatedPixels
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES, transfer_syntax_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.elements import Edit
    from fastsend.convert.icon import Icon
    from fastsend.convert.image import Target
    from fastsend.convert.source import Stored

_LONGEST_VALUE = 1 << 25  # an Extended Offset Table of 4,194,304 frames


class Conversion:
    """An instance that is opened and understood, and can be sent when its turn comes.

    One thread makes it and calls `submit`; another calls `prepare`, `pieces` and `close`.

    Parameters
    ----------
    stored : Stored
        The instance.
    target : Target
        What it is to become.
    without_pixels : bool
        Let an instance without Pixel Data have a transfer syntax for encapsulated Pixel Data: it is
        in Explicit VR Little Endian then (PS3.5 A.4).

    Raises
    ------
    NoPixelDataError
        Where it would be such an instance.
    ConversionError
        Where that cannot be, or not with certainty.
    """

    def __init__(self, stored: Stored, target: Target, *, without_pixels: bool = False) -> None:
        self.target = target
        self.sop_instance_uid: str | None = None
        """A new one, where the conversion loses information; known after `prepare`."""
        self.missing_elements: list[str] = []
        """Those that should get a new value and are not there, as name and tag."""
        self._image: Image | UnterminatedPixels | None = None
        self._icon: Icon | None = None
        self._recoder: recode.Recoder | None = None
        self._encoding = encoding_of(target.transfer_syntax_uid)
        self._source = Source(stored)
        try:
            if stored.identity is not None:
                self.missing_elements = invention.missing_elements(self._source)
            self._find_pixels(without_pixels=without_pixels)
        except part10.DataSetError as exc:
            self._source.close()
            raise ConversionError(f"its data set cannot be read: {exc}") from exc
        except BaseException:
            self._source.close()
            raise

    @property
    def terminates(self) -> bool:
        """Whether it adds the Sequence Delimitation Item that the file lacks, and nothing else."""
        return isinstance(self._image, UnterminatedPixels)

    def _find_pixels(self, *, without_pixels: bool) -> None:
        stored = self._source.stored
        if stored.transfer_syntax_uid == self.target.transfer_syntax_uid:
            if stored.unterminated:
                self._image = UnterminatedPixels(self._source)
            return
        self._image = self._find_image(without_pixels=without_pixels)
        if is_encapsulated(stored.transfer_syntax_uid):
            self._icon = find_icon(self._source, self.target)

    def _find_image(self, *, without_pixels: bool) -> Image | None:
        source, target = self._source, self.target
        stored, sent = source.stored.transfer_syntax_uid, target.transfer_syntax_uid
        encodes = is_encapsulated(sent)
        if not (encodes or is_encapsulated(stored)):
            return None
        encoding = TRANSFER_SYNTAXES[source.encoding]
        found, pixel_data = part10.find_elements(
            source.fd,
            source.offset,
            source.length,
            lossy.TAGS if target.lossy else attributes.TAGS,
            implicit_vr=encoding.implicit_vr,
            big_endian=encoding.big_endian,
            longest_value=_LONGEST_VALUE,
        )
        if pixel_data is not None and not target.pixels:
            raise ConversionError(
                f"unable to convert dataset from {transfer_syntax_name(stored)} to "
                f"{transfer_syntax_name(sent)}"
            )
        if pixel_data is not None:
            return Image(source, target, found, pixel_data)
        if encodes and not without_pixels:
            raise NoPixelDataError("it has no Pixel Data to encode")
        return None

    def close(self) -> None:
        """Give back what it holds; a second time does nothing."""
        for image in self._images():
            image.close()
        self._source.close()

    def _images(self) -> list[Image | Icon]:
        """Return what is worked on, in the order in which the frames are taken."""
        found = [] if self._icon is None else [self._icon]
        return [*found, self._image] if isinstance(self._image, Image) else [*found]

    def submit(self, pool: CodecPool) -> None:
        """Have the frames worked on; returns when the last one is handed over."""
        for image in self._images():
            image.submit(pool)

    def prepare(self) -> None:
        """Wait until it is as certain as can be that `pieces` will come to an end.

        Raises
        ------
        ConversionError
            Where it will not.
        """
        # First the icon: what waits for memory to work on the image may wait for that of the icon.
        edits = [] if self._icon is None else [self._icon.edit()]
        if isinstance(self._image, Image):
            changes, self.sop_instance_uid = self._image.prepare()
            edits = merge_edits(edits, changes)
        identity = self._source.stored.identity
        if identity is not None:
            invented = invention.edits(identity, self.target.transfer_syntax_uid)
            edits = merge_edits(edits, invented)
        try:
            self._recoder = self._make_recoder(edits)
        except recode.RecodeError as exc:
            raise ConversionError(f"its data set cannot be re-encoded: {exc}") from exc

    def _make_recoder(self, edits: list[Edit]) -> recode.Recoder | None:
        """Return what gives the pieces of all but Pixel Data; None where all stays as it is."""
        source, target = self._source, self.target
        changes = edits or self._image is not None or not target.new_vr
        if source.encoding == self._encoding and not changes:
            return None
        recoder = recode.Recoder(
            source.fd,
            source.offset,
            source.length,
            source.encoding,
            self._encoding,
            # The codestreams of icons are of the transfer syntax, too (PS3.5 A.4).
            copy_fragments=source.stored.transfer_syntax_uid == target.transfer_syntax_uid,
            edits=edits,
            external_pixel_data=self._image is not None,
            disable_new_vr=not target.new_vr,
            dictionary=target.dictionary,
        )
        recoder.measure()
        return recoder

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield the bytes of the data set, each piece good until the next.

        Raises
        ------
        ConversionError
            Where a frame cannot be had after all, or the file changed.
        """
        try:
            if is_deflated(self.target.transfer_syntax_uid):
                deflater = Deflater(self.target.compression_level)
                for piece in self._plain_pieces():
                    yield from deflater.push(piece)
                yield from deflater.finish()
            else:
                yield from self._plain_pieces()
        except recode.RecodeError as exc:
            raise ConversionError(f"its data set cannot be re-encoded: {exc}") from exc
        except OSError as exc:
            raise ConversionError(f"the file cannot be read: {exc.strerror or exc}") from exc
        self._source.check_unchanged()

    def _plain_pieces(self) -> Iterator[bytes | memoryview]:
        source = self._source
        if self._recoder is None:
            yield from source.read(source.offset, source.length)
            return
        for piece in self._recoder:
            if isinstance(piece, tuple):
                yield from source.read(*piece)
            elif piece is not None:
                yield piece
            elif self._image is not None:
                yield from self._image.pieces()
