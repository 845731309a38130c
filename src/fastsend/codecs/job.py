"""What a codec is asked for and what it answers."""

from __future__ import annotations

from typing import Literal, NamedTuple

from fastsend.model.pixels import PixelFormat, Quality


class CodecError(Exception):
    """One frame could not be decoded or encoded; the text says why, without values of the image."""


class FrameJob(NamedTuple):
    """One frame to decode or to encode.

    Native frames are little endian, in words of Bits Allocated, and colour by pixel, except that an
    encoder takes what the Planar Configuration of `pixels` says. Samples of fewer bits than are
    allocated are extended with their sign, or with zeros, where a decoder has to fill the rest.
    """

    operation: Literal["decode", "encode", "transcode"]
    transfer_syntax_uid: str
    """Of the encoded side; of the output when transcoding."""
    pixels: PixelFormat
    """The attributes of the data set, of the encoded side unless encoding."""
    rgb: bool = False
    """Decode YBR_FULL and YBR_FULL_422 of a lossy JPEG to RGB."""
    quality: Quality = Quality()
    from_transfer_syntax_uid: str = ""
    """Of the input when transcoding: decode from this one, then encode."""


class FrameResult(NamedTuple):
    """What became of a frame."""

    length: int
    """Bytes of output: of the codestream, without padding, or of the native frame."""
    photometric_interpretation: str
    """What the output holds: of the native pixels after decoding, of the data set to write after
    encoding."""
    codec: str
    """The back end, as `--list-decoders` names it."""
    lossy: bool = False
    """True where information was lost: in this step, or, as a decoder sees, in an earlier one."""
