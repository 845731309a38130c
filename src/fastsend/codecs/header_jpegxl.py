"""The headers of JPEG XL (ISO/IEC 18181-1 Annex D, 18181-2 for the file format)."""

from __future__ import annotations

from struct import unpack_from

from fastsend.codecs.header import Header
from fastsend.codecs.job import CodecError

_LONGEST_HEADER = 4096
"""More than the image header takes in front of what is read of it."""
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_GREY = 1


def read_jpegxl(data: memoryview) -> Header:
    """Return the image header of a JPEG XL codestream, bare or in boxes.

    Raises
    ------
    CodecError
        Where it is broken, or describes what Pixel Data cannot hold: an animation, extra channels,
        samples in floating point, an orientation.
    """
    bits = _Bits(_image_header(data))
    if bits.take(16) != 0x0AFF:
        raise CodecError("the JPEG XL file format holds no codestream")
    rows, columns = _dimensions(bits)
    precision, components, colour_transformed = 8, 3, True
    if not bits.take(1):  # all_default: 8 bits in XYB
        if bits.take(1):
            _extra_fields(bits)
        precision = _precision(bits)
        bits.take(1)  # modular_16bit_buffers
        if bits.choose((0, 0), (1, 0), (2, 4), (1, 12)):
            raise CodecError("the JPEG XL codestream has extra channels")
        colour_transformed = bool(bits.take(1))  # xyb_encoded
        components = _components(bits)
    return Header(
        coding="JPEG XL",
        detail="XYB" if colour_transformed else "original colour space",
        rows=rows,
        columns=columns,
        components=components,
        precision=precision,
        # A codestream outside of XYB may be lossy all the same; its frames tell, not its header.
        lossless=not colour_transformed,
        exact=not colour_transformed,
    )


def _dimensions(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)
    rows = 8 * (bits.take(5) + 1) if small else _large(bits)
    ratio = bits.take(3)
    if ratio:
        numerator, denominator = _RATIOS[ratio - 1]
        return rows, rows * numerator // denominator
    return rows, 8 * (bits.take(5) + 1) if small else _large(bits)


def _large(bits: _Bits) -> int:
    return bits.choose((1, 9), (1, 13), (1, 18), (1, 30))


def _extra_fields(bits: _Bits) -> None:
    if bits.take(3):
        raise CodecError("the JPEG XL codestream turns or mirrors its image")
    if bits.take(1):
        _dimensions(bits)  # the size to show it at
    if bits.take(1):
        raise CodecError("the JPEG XL codestream has a preview")
    if bits.take(1):
        raise CodecError("the JPEG XL codestream is an animation")


def _precision(bits: _Bits) -> int:
    if bits.take(1):
        raise CodecError("the JPEG XL codestream has samples in floating point")
    return bits.choose((8, 0), (10, 0), (12, 0), (1, 6))


def _components(bits: _Bits) -> int:
    if bits.take(1):  # all_default: sRGB
        return 3
    bits.take(1)  # want_icc
    return 1 if bits.choose((0, 0), (1, 0), (2, 4), (18, 6)) == _GREY else 3


def _image_header(data: memoryview) -> memoryview:
    """Return the beginning of the codestream, out of its first box where it lies in boxes."""
    if bytes(data[:2]) == b"\xff\x0a":
        return data[:_LONGEST_HEADER]
    position = 0
    while position + 8 <= len(data):
        length, kind = unpack_from(">I4s", data, position)
        length = length or len(data) - position
        if length < 8 or position + length > len(data):
            break
        head = {b"jxlc": 8, b"jxlp": 12}.get(kind)
        if head is not None:
            return data[position + head : position + length][:_LONGEST_HEADER]
        position += length
    raise CodecError("the JPEG XL file format is broken, or holds no codestream")


class _Bits:
    """Reads bits, the least significant first (18181-1 4.1)."""

    def __init__(self, data: memoryview) -> None:
        self._value = int.from_bytes(data[:128], "little")
        self._left = 8 * len(data[:128])

    def take(self, count: int) -> int:
        if count > self._left:
            raise CodecError("the JPEG XL codestream ends inside its header")
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return value

    def choose(self, *choices: tuple[int, int]) -> int:
        """Return a number whose first two bits choose an offset and a number of bits (U32)."""
        offset, count = choices[self.take(2)]
        return offset + self.take(count)
