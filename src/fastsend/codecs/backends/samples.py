"""Between native frames and arrays of samples. Only worker processes import this: it needs numpy.

Libraries give and take whole bytes a sample, in colour by pixel; native frames have words of Bits
Allocated, of which Bits Stored count (PS3.5 8.1.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastsend.codecs.job import CodecError, FrameJob, FrameResult

if TYPE_CHECKING:
    from fastsend.codecs.header import Header
    from fastsend.model.pixels import PixelFormat

    Array = np.ndarray[Any, Any]


def target(header: Header, pixels: PixelFormat, out: memoryview) -> Array | None:
    """Return `out` as the array that a library decodes to, where it has words of that size.

    None where samples must be widened or packed: the library makes an array of its own then, and
    `put_native` puts it into `out`.
    """
    size = sample_bytes(header.precision)
    if pixels.bits_allocated != 8 * size:
        return None
    kind = "i" if header.signed else "u"
    words = np.frombuffer(out[: pixels.frame_length], f"{kind}{size}")
    return words.reshape(_shape(pixels))


def put_native(samples: Array, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Put decoded samples into `out` as a native frame, unless they are there already.

    Bits above the codestream's precision are filled: with the sign where the attributes say signed
    and all of Bits Stored are there, with zeros else.
    """
    pixels = job.pixels
    samples = samples.reshape(_shape(pixels))
    if pixels.bits_allocated == 1:
        packed = np.packbits((samples & 1).astype(np.uint8, copy=False).ravel(), bitorder="little")
        np.frombuffer(out[: packed.nbytes], np.uint8)[:] = packed
        return _decoded(job, header)
    bits = pixels.bits_allocated
    words = np.frombuffer(out[: pixels.frame_length], f"<u{bits // 8}").reshape(_shape(pixels))
    if not np.may_share_memory(words, samples):
        np.copyto(words.view(f"<i{bits // 8}") if header.signed else words, samples)
    free = bits - header.precision
    if free and header.signed and not pixels.pixel_representation:
        words &= (1 << header.precision) - 1
    elif free and pixels.pixel_representation and _sign_is_there(header, pixels):
        signed = words.view(f"<i{bits // 8}")
        np.left_shift(signed, free, out=signed)
        np.right_shift(signed, free, out=signed)
    return _decoded(job, header)


def _sign_is_there(header: Header, pixels: PixelFormat) -> bool:
    """Tell whether the top bit of the codestream is the sign of the attributes.

    Not with fewer bits than are stored: some encoders leave out what is zero in all samples. Nor in
    JPEG 2000, which would say so: the word is what all its decoders give then.
    """
    if header.coding in {"JPEG 2000", "HTJ2K"}:
        return False
    return header.precision >= pixels.bits_stored


def _decoded(job: FrameJob, header: Header) -> FrameResult:
    interpretation = job.pixels.photometric_interpretation
    if header.components > 1:
        if interpretation in {"YBR_RCT", "YBR_ICT", "XYB"}:
            interpretation = "RGB"
        elif interpretation.startswith("YBR"):
            interpretation = "YBR_FULL"  # no sample is shared by pixels any more
    return FrameResult(job.pixels.frame_length, interpretation, "")


def native_samples(native: memoryview, pixels: PixelFormat) -> Array:
    """Return a native frame as an array: rows, columns, and samples where there are several.

    Colour is by pixel, and the type that of the attributes; 1-bit pixels are bytes of 0 and 1.

    Raises
    ------
    CodecError
        Where `native` is not as long as the attributes say.
    """
    if len(native) != pixels.frame_length:
        raise CodecError(
            f"the native frame has {len(native)} bytes, and {pixels.frame_length} are needed"
        )
    if pixels.bits_allocated == 1:
        bits = np.unpackbits(np.frombuffer(native, np.uint8), bitorder="little")
        return bits[: pixels.frame_bits].reshape(_shape(pixels))
    kind = "i" if pixels.pixel_representation else "u"
    words = np.frombuffer(native, f"<{kind}{pixels.bits_allocated // 8}")
    if pixels.planar_configuration == 1 and pixels.samples_per_pixel > 1:
        planes = words.reshape(pixels.samples_per_pixel, pixels.rows, pixels.columns)
        return np.ascontiguousarray(np.moveaxis(planes, 0, -1))
    return words.reshape(_shape(pixels))


def bits_that_count(samples: Array, pixels: PixelFormat) -> int:
    """Return Bits Stored where they hold all of each word, else Bits Allocated.

    Above them may be overlays (retired, PS3.5 8.1.2), or anything: it must not get lost.
    """
    free = pixels.bits_allocated - pixels.bits_stored
    if free and pixels.high_bit == pixels.bits_stored - 1:
        extended = np.right_shift(np.left_shift(samples, free), free)
        if np.array_equal(extended, samples):
            return pixels.bits_stored
    return pixels.bits_allocated


def narrow(samples: Array, bits: int) -> Array:
    """Return samples in the smallest words of whole bytes that `bits` need, in native order."""
    return samples.astype(f"{samples.dtype.kind}{sample_bytes(bits)}", copy=False)


def sample_bytes(bits: int) -> int:
    """Return the bytes that libraries take for a sample: 1, 2 or 4."""
    return 1 if bits <= 8 else 2 if bits <= 16 else 4


def _shape(pixels: PixelFormat) -> tuple[int, ...]:
    if pixels.samples_per_pixel == 1:
        return pixels.rows, pixels.columns
    return pixels.rows, pixels.columns, pixels.samples_per_pixel
