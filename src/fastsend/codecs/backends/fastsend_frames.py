"""Native frames in pixel fragments: as they are (PS3.5 A.4.11) or deflated one by one (A.4.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastsend._native import deflate
from fastsend.codecs.backends.output import put_encoded
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.syntaxes import DEFLATED_IMAGE_FRAME

if TYPE_CHECKING:
    from fastsend.codecs.header import Header
    from fastsend.model.pixels import PixelFormat

_WORDS: dict[int, Literal["B", "H", "I", "Q"]] = {8: "B", 16: "H", 32: "I", 64: "Q"}


def decode(
    codestream: memoryview, job: FrameJob, _header: Header | None, out: memoryview
) -> FrameResult:
    """Give the native frame colour by pixel."""
    pixels = job.pixels
    length = pixels.frame_length
    target = out[:length]
    by_plane = pixels.planar_configuration == 1 and pixels.samples_per_pixel > 1
    if job.transfer_syntax_uid == DEFLATED_IMAGE_FRAME:
        frame = memoryview(bytearray(length)) if by_plane else target
        _inflate(codestream, frame)
    else:
        # One pad byte makes an odd frame even.
        if len(codestream) not in {length, length + length % 2}:
            raise CodecError(f"the frame has {len(codestream)} bytes, and {length} are needed")
        frame = codestream[:length]
    if by_plane:
        _join_planes(frame, target, pixels)
    elif frame is not target:
        target[:] = frame
    return FrameResult(length, pixels.photometric_interpretation, "")


def encode(native: memoryview, job: FrameJob, out: memoryview) -> FrameResult:
    """Give the frame as it is, or deflated."""
    encoded = deflate.encode(native) if job.transfer_syntax_uid == DEFLATED_IMAGE_FRAME else native
    return FrameResult(put_encoded(encoded, out), job.pixels.photometric_interpretation, "")


def _inflate(codestream: memoryview, frame: memoryview) -> None:
    """Inflate to exactly `frame`; what follows the end of the stream is padding."""
    decoder = deflate.Decoder(len(frame))
    taken, made, ended = decoder.next(codestream, frame, last=True)
    if made == len(frame) and not ended:
        _, more, ended = decoder.next(codestream[taken:], memoryview(bytearray(1)), last=True)
        made += more
    if made != len(frame) or not ended:
        raise CodecError(f"the frame inflates to {made} bytes, and {len(frame)} are needed")


def _join_planes(frame: memoryview, target: memoryview, pixels: PixelFormat) -> None:
    samples = pixels.samples_per_pixel
    word = _WORDS.get(pixels.bits_allocated)
    if word is None:
        raise CodecError(f"no colour by plane with {pixels.bits_allocated} bits allocated")
    plane = len(frame) // samples
    by_pixel = target.cast(word)
    for sample in range(samples):
        by_pixel[sample::samples] = frame[sample * plane : (sample + 1) * plane].cast(word)
