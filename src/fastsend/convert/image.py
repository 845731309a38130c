"""The Pixel Data of one instance, frame by frame into another encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend.codecs.job import CodecError, FrameJob
from fastsend.codecs.pool import PoolClosedError
from fastsend.codecs.registry import output_room
from fastsend.convert import attributes, lossy
from fastsend.convert.elements import merge_edits
from fastsend.convert.frame_stream import FrameStream
from fastsend.convert.frames import (
    ENCAPSULATED_END,
    FrameIndex,
    encapsulated_head,
    item_head,
    item_padding,
    locate,
)
from fastsend.convert.native_frames import FrameJoiner, NativeFrames, swap_words
from fastsend.convert.refusal import ConversionError, FramesError
from fastsend.convert.source import encoding_of, is_encapsulated
from fastsend.convert.tags import EXTENDED_OFFSET_TABLE, EXTENDED_OFFSET_TABLE_LENGTHS
from fastsend.model.pixels import Quality
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastsend._native.recode import Dictionary
    from fastsend.codecs.job import FrameResult
    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.elements import Edit
    from fastsend.convert.source import ItemSource, Source

_HELD_BYTES = 24 << 20
"""Frames of an instance are all converted before its first byte is sent where they take no more
than this: then a broken one costs the instance, and not the association."""

_LOSSY_JPEG = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 53, 55))


class Target(NamedTuple):
    """What an instance may become, and how it is sent then."""

    transfer_syntax_uid: str
    context_id: int
    lossy: bool = False
    quality: Quality = Quality()
    compression_level: int = 6
    new_vr: bool = True
    pixels: bool = True
    """False: Pixel Data is neither decoded nor encoded."""
    dictionary: Dictionary | None = None
    """Of VRs that the user knows beyond those of the Standard."""


class Image:
    """Pixel Data whose frames are decoded, encoded, or both.

    Parameters
    ----------
    source : Source or ItemSource
        The data set.
    target : Target
        What it becomes; it or the source is encapsulated.
    found : mapping
        Tag to VR and value, of `attributes.TAGS` (and `lossy.TAGS` for a lossy target).
    pixel_data : tuple
        VR, offset in the file and length of Pixel Data, -1 where that is undefined.

    Raises
    ------
    ConversionError
        Where frames cannot be found, or attributes are not certain.
    """

    def __init__(
        self,
        source: Source | ItemSource,
        target: Target,
        found: Mapping[int, tuple[str, bytes]],
        pixel_data: tuple[str, int, int],
    ) -> None:
        stored = source.stored.transfer_syntax_uid
        self._source = source
        self._target = target
        self._found = found
        self._decodes = is_encapsulated(stored)
        self._encodes = is_encapsulated(target.transfer_syntax_uid)
        self._stream = FrameStream()
        big_endian = TRANSFER_SYNTAXES[source.encoding].big_endian
        self._pixels, number = attributes.read_pixels(found, big_endian=big_endian)
        _, offset, length = pixel_data
        if self._decodes != (length < 0):
            how = "native" if self._decodes else "encapsulated"
            raise FramesError(f"Pixel Data is {how}, other than its transfer syntax says", offset)
        self._frames: FrameIndex | NativeFrames = (
            self._find_encoded(offset, number)
            if self._decodes
            else self._find_native(pixel_data, number, big_endian=big_endian)
        )
        if number is not None and len(self._frames) < number:
            # More than it says are all sent; fewer may be what is left of a file that was cut off.
            raise FramesError(
                f"Number of Frames is {number:,}, and Pixel Data has {len(self._frames):,}", offset
            )
        if not self._encodes:
            self._native_head = attributes.native_head(
                self._pixels, len(self._frames), encoding_of(target.transfer_syntax_uid)
            )
        self._job = FrameJob(
            self._operation(),
            target.transfer_syntax_uid if self._encodes else stored,
            self._pixels,
            rgb=stored in _LOSSY_JPEG,
            quality=target.quality,
            from_transfer_syntax_uid=stored if self._decodes else "",
        )
        self._room = output_room(self._job)

    def _operation(self) -> Literal["decode", "encode", "transcode"]:
        if not self._decodes:
            return "encode"
        return "transcode" if self._encodes else "decode"

    def _find_encoded(self, offset: int, number: int | None) -> FrameIndex:
        offsets = self._found.get(EXTENDED_OFFSET_TABLE)
        lengths = self._found.get(EXTENDED_OFFSET_TABLE_LENGTHS)
        return locate(
            self._source.fd,
            offset,
            self._source.offset + self._source.length,
            transfer_syntax_uid=self._source.stored.transfer_syntax_uid,
            number_of_frames=number,
            extended_offsets=offsets[1] if offsets else None,
            extended_lengths=lengths[1] if lengths else None,
            frame_length=self._pixels.frame_length,
        )

    def _find_native(
        self, pixel_data: tuple[str, int, int], number: int | None, *, big_endian: bool
    ) -> NativeFrames:
        vr, offset, length = pixel_data
        attributes.check_native(self._found, self._pixels)
        swap = attributes.words_are_swapped(self._pixels, vr, big_endian=big_endian)
        return NativeFrames(self._source.fd, offset, length, self._pixels, number, swap=swap)

    @property
    def frame_lengths(self) -> tuple[int, int]:
        """How many frames there are, and the bytes of each in native form."""
        return len(self._frames), self._pixels.frame_length

    def close(self) -> None:
        """Give up what was not taken."""
        self._stream.abandon()

    def submit(self, pool: CodecPool) -> None:
        """Have all frames worked on, as far ahead as the pool has room; `close` ends it."""
        stream = self._stream
        try:
            for number in range(len(self._frames)):
                if stream.abandoned:
                    break
                self._submit_frame(pool, number)
            stream.end()
        except (ConversionError, PoolClosedError) as exc:
            stream.fail(exc)
        except CodecError as exc:
            stream.fail(ConversionError(f"a frame cannot be converted: {exc}"))
        except OSError as exc:
            stream.fail(ConversionError(f"the file cannot be read: {exc.strerror or exc}"))
        except BaseException as exc:  # an error of fastsend itself: raised where frames are taken
            stream.fail(exc)
        if stream.abandoned:
            stream.release_waiting()

    def _submit_frame(self, pool: CodecPool, number: int) -> None:
        size = self._frames.length(number)
        block = pool.reserve(size, self._room)
        try:
            if isinstance(self._frames, FrameIndex):
                self._frames.read_into(self._source.fd, number, block.input)
            else:
                self._frames.read_into(number, block.input)
            self._stream.put(pool.submit(self._job, block, size), block)
        except BaseException:
            block.release()
            raise

    def prepare(self) -> tuple[list[Edit], str | None]:
        """Wait for frames until it is known what to say of them.

        Returns
        -------
        list of Edit
            What changes in the rest of the data set.
        str or None
            The new SOP Instance UID, where the step loses information.

        Raises
        ------
        ConversionError
            Where a frame cannot be converted.
        """
        count = len(self._frames)
        longest = max(self._frames.length(number) for number in range(min(count, 64)))
        few = count * (longest + self._room) <= _HELD_BYTES
        if self._target.lossy and not few:
            # How much smaller they became stands before them in the data set.
            self._stream.spool()
        first = self._stream.hold(count if few or self._target.lossy else 1)
        return self._edits(first, count)

    def _edits(self, first: FrameResult, frames: int) -> tuple[list[Edit], str | None]:
        target, pixels = self._target, self._pixels
        photometric = first.photometric_interpretation
        if not self._encodes:
            edits = attributes.edits_to_native(
                self._found,
                pixels,
                to_syntax=encoding_of(target.transfer_syntax_uid),
                frames=frames,
                photometric_interpretation=photometric,
                lossy=first.lossy,
            )
            return edits, None
        if self._decodes:
            pixels = pixels._replace(planar_configuration=0)
        edits = attributes.edits_to_encapsulated(
            self._found,
            pixels,
            to_syntax=target.transfer_syntax_uid,
            frames=frames,
            photometric_interpretation=photometric,
            lossy=first.lossy and self._decodes,
        )
        if not target.lossy:
            return edits, None
        stored = self._source.stored
        uid = lossy.new_sop_instance_uid(stored.path, stored.sop_instance_uid)
        if stored.identity is not None:
            uid = stored.identity.sop_instance_uid
        ratio = frames * pixels.frame_length / self._stream.held_bytes
        step = lossy.LossyStep(target.transfer_syntax_uid, ratio, uid)
        marks = lossy.edits(
            self._found,
            step,
            from_syntax=self._source.encoding,
            dictionary=target.dictionary,
        )
        return merge_edits(edits, marks), uid

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield the element Pixel Data, each piece good until the next.

        Raises
        ------
        ConversionError
            Where a frame cannot be had after all.
        """
        return self._encapsulated() if self._encodes else self._native()

    def _taken(self) -> Iterator[memoryview]:
        count = 0
        for _, frame in self._stream.take():
            count += 1
            yield frame
        if count != len(self._frames):
            raise ConversionError("it has fewer frames than it should have")

    def _native(self) -> Iterator[bytes | memoryview]:
        yield self._native_head
        joiner = FrameJoiner(self._pixels.frame_bits)
        big_endian = TRANSFER_SYNTAXES[encoding_of(self._target.transfer_syntax_uid)].big_endian
        swap = big_endian and self._pixels.bits_allocated > 8
        length = 0
        for frame in self._taken():
            if swap:
                swap_words(frame)
            piece = joiner.push(frame)
            length += len(piece)
            yield piece
        rest = joiner.finish()
        yield rest + bytes((length + len(rest)) % 2)

    def _encapsulated(self) -> Iterator[bytes | memoryview]:
        yield encapsulated_head(len(self._frames))
        for frame in self._taken():
            yield item_head(len(frame))
            yield frame
            yield item_padding(len(frame))
        yield ENCAPSULATED_END
