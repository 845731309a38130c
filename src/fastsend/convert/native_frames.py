"""Where the frames of native Pixel Data lie, and the bytes of one (PS3.5 8.1, 8.2)."""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, Final

from fastsend.convert.frames import read_into
from fastsend.convert.refusal import FramesError

if TYPE_CHECKING:
    from fastsend.model.pixels import PixelFormat

_LARGEST_PADDING_CHECKED: Final = 1 << 20


class NativeFrames:
    """The frames of native Pixel Data; frames of 1-bit pixels may begin within a byte.

    Parameters
    ----------
    fd : int
        An open file; its position neither matters nor changes.
    value_offset, value_length : int
        Where the value of Pixel Data lies in the file, in bytes.
    pixels : PixelFormat
        The frames.
    number_of_frames : int or None
        Number of Frames (0028,0008), where it holds a number above 0.
    swap : bool
        The value is of 16-bit words in big endian; see `attributes.words_are_swapped`.

    Raises
    ------
    FramesError
        Where the value is shorter than its frames, or goes on behind them with other than zeros.
    OSError
        Where the file cannot be read.
    """

    def __init__(
        self,
        fd: int,
        value_offset: int,
        value_length: int,
        pixels: PixelFormat,
        number_of_frames: int | None,
        *,
        swap: bool = False,
    ) -> None:
        self._fd = fd
        self._offset = value_offset
        self._bits = pixels.frame_bits
        self._swap = swap
        self.frame_length = pixels.frame_length
        """Of each frame, in bytes."""
        self._count = self._count_frames(value_length, number_of_frames)
        self.end = value_offset + value_length
        """Offset behind Pixel Data, in bytes."""

    def _value_bytes(self, frames: int) -> int:
        return (frames * self._bits + 7) // 8

    def _count_frames(self, value_length: int, number_of_frames: int | None) -> int:
        # The last byte may be padding: where a frame fits into one byte it is taken for that.
        there = (value_length * 8) // self._bits
        exact = self._value_bytes(there) in (value_length, value_length - 1)
        if number_of_frames is None or number_of_frames == 1:
            count = there if exact and there > 1 and self._bits > 8 else 1
        else:
            count = number_of_frames
        used = self._value_bytes(count)
        if used > value_length:
            raise FramesError(
                f"Pixel Data of {value_length:,} bytes is too short for {count:,} frames",
                self._offset,
            )
        self._check_padding(used, value_length)
        return count

    def _check_padding(self, used: int, value_length: int) -> None:
        """Refuse to drop what may be pixels; padding of zeros is found in the field."""
        padding = value_length - used
        if padding <= 1:
            return
        offset = self._offset + used
        read = os.pread(self._fd, min(padding, _LARGEST_PADDING_CHECKED), offset)
        if padding > _LARGEST_PADDING_CHECKED or read.strip(b"\0"):
            raise FramesError(f"Pixel Data goes on for {padding:,} bytes behind its frames", offset)

    def __len__(self) -> int:
        return self._count

    def length(self, frame: int) -> int:
        """Return the bytes of a frame."""
        if not 0 <= frame < self._count:
            raise IndexError(frame)
        return self.frame_length

    def read_into(self, frame: int, buffer: memoryview) -> int:
        """Read a frame in little endian and from the beginning of a byte, and return its length.

        Parameters
        ----------
        frame : int
            Its number, from 0.
        buffer : memoryview
            Where to, at least `frame_length` bytes.

        Raises
        ------
        FramesError
            Where the file became shorter meanwhile.
        OSError
            Where it cannot be read.
        """
        length = self.length(frame)
        first, shift = divmod(frame * self._bits, 8)
        if not shift and not self._bits % 8 and not (self._swap and (first | length) % 2):
            read_into(self._fd, self._offset + first, buffer[:length])
            if self._swap:
                swap_words(buffer[:length])
            return length
        buffer[:length] = self._unaligned(first, shift)
        return length

    def _unaligned(self, first: int, shift: int) -> bytes:
        """Return a frame that begins or ends within a byte, or within a word to swap."""
        last = first + (shift + self._bits + 7) // 8
        low, high = first, last
        if self._swap:
            low, high = first - first % 2, min(last + last % 2, self.end - self._offset)
        words = memoryview(bytearray(high - low))
        read_into(self._fd, self._offset + low, words)
        if self._swap:
            swap_words(words)
        frame = words[first - low : last - low]
        return bytes(frame) if self._bits % 8 == 0 else extract_bits(frame, shift, self._bits)


def extract_bits(data: bytes | memoryview, shift: int, bits: int) -> bytes:
    """Return `bits` bits from bit `shift` on, the first in the least significant bit (PS3.5 8.1.1).

    The rest of the last byte is zeros.
    """
    number = int.from_bytes(data, "little") >> shift
    return (number & ((1 << bits) - 1)).to_bytes((bits + 7) // 8, "little")


class FrameJoiner:
    """Joins native frames whose bits do not fill their last byte (PS3.5 8.1.1).

    Parameters
    ----------
    frame_bits : int
        Of each frame.
    """

    def __init__(self, frame_bits: int) -> None:
        self._frame_bits = frame_bits
        self._rest = 0
        self._rest_bits = 0

    def push(self, frame: bytes | memoryview) -> bytes | memoryview:
        """Return the whole bytes that are complete with this frame."""
        if not self._frame_bits % 8:
            return frame
        number = int.from_bytes(frame, "little") & ((1 << self._frame_bits) - 1)
        number = number << self._rest_bits | self._rest
        whole, self._rest_bits = divmod(self._rest_bits + self._frame_bits, 8)
        self._rest = number >> (8 * whole)
        return (number & ((1 << 8 * whole) - 1)).to_bytes(whole, "little")

    def finish(self) -> bytes:
        """Return the last byte, where one is begun."""
        last = bytes((self._rest,)) if self._rest_bits else b""
        self._rest = self._rest_bits = 0
        return last


def swap_words(buffer: memoryview) -> None:
    """Change the byte order of 16-bit words in place; the length has to be even."""
    words = array("H")
    words.frombytes(buffer)
    words.byteswap()
    buffer[:] = memoryview(words).cast("B")
