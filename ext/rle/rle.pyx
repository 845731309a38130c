# cython: language_level=3, auto_pickle=False, autotestdict=False
"""RLE Lossless (PS3.5 Annex G): frames, between native and encoded bytes.

A native frame is what Pixel Data holds in the little endian transfer syntaxes, without pad byte.
With 1 bit allocated its pixels are packed, the first in the least significant bit (PS3.5 8.1.1),
and the frame starts at the first bit of a byte: joining frames that are no multiple of 8 pixels is
left to the caller.
"""

from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from rle cimport (
    RLE_OK, rle_check, rle_decode, rle_encode, rle_encoded_bound, rle_frame, rle_native_length,
    rle_segments, rle_status, rle_status_text,
)


cdef ValueError _error(rle_status status, size_t at):
    return ValueError(f"{rle_status_text(status).decode()}, at byte {at}")


cdef const uint8_t *_start(const uint8_t[::1] data) noexcept:
    return &data[0] if data.shape[0] else NULL


cdef rle_frame _checked_frame(
    uint32_t rows, uint32_t columns, uint32_t samples_per_pixel, uint32_t bits_allocated,
    uint32_t planar_configuration,
) except *:
    cdef rle_frame frame
    frame.rows = rows
    frame.columns = columns
    frame.samples_per_pixel = samples_per_pixel
    frame.bits_allocated = bits_allocated
    frame.planar_configuration = planar_configuration
    if rle_native_length(&frame) == 0:
        raise ValueError(
            f"RLE Lossless cannot hold {rows} rows and {columns} columns of {samples_per_pixel} "
            f"samples with {bits_allocated} bits allocated, "
            f"planar configuration {planar_configuration}"
        )
    return frame


def check(
    const uint8_t[::1] data not None, *, uint32_t rows, uint32_t columns,
    uint32_t samples_per_pixel, uint32_t bits_allocated,
):
    """Check the RLE header (PS3.5 G.5) of an encoded frame against the attributes of its image.

    What passes decodes to at most 64 times its own length. Nothing is decoded.

    Parameters
    ----------
    data : bytes-like
        The encoded frame, all of its fragments joined.
    rows, columns, samples_per_pixel, bits_allocated : int
        The attributes of that name (PS3.3 C.7.6.3).

    Returns
    -------
    tuple of int
        The offset of each RLE segment in `data`.

    Raises
    ------
    ValueError
        With the reason and the offset in `data`.
    """
    cdef rle_segments segments
    cdef size_t at = 0
    cdef rle_frame frame = _checked_frame(rows, columns, samples_per_pixel, bits_allocated, 0)
    cdef rle_status status = rle_check(_start(data), data.shape[0], &frame, &segments, &at)
    if status != RLE_OK:
        raise _error(status, at)
    return tuple([segments.start[i] for i in range(segments.count)])


def decode(
    const uint8_t[::1] data not None, *, uint32_t rows, uint32_t columns,
    uint32_t samples_per_pixel, uint32_t bits_allocated, uint32_t planar_configuration=0, out=None,
):
    """Decode one frame. The GIL is released.

    Parameters
    ----------
    data : bytes-like
        The encoded frame, all of its fragments joined.
    rows, columns, samples_per_pixel, bits_allocated : int
        The attributes of that name (PS3.3 C.7.6.3): 1 bit allocated with one sample, or 8, 16, ...
        64 with at most 15 bytes a pixel.
    planar_configuration : int
        Of the native frame: 0 is colour by pixel, 1 is colour by plane. In the encoded frame the
        attribute means nothing.
    out : writable bytes-like, optional
        Where to put the native frame: exactly as long as it.

    Returns
    -------
    bytes or writable bytes-like
        The native frame, little endian; `out` where it is given.

    Raises
    ------
    ValueError
        Where the frame is not what its attributes say, with the reason and the offset in `data`.
        `out` may then be partly written. A segment that lacks even one byte is refused; whatever
        follows the last pixel of a segment is taken for padding.

    Notes
    -----
    A pixel of 1 bit takes a byte of the segment (PS3.5 G.2). The pixels that some encoders pack
    before they compress are decoded as well: the length of the segment tells which it is.
    """
    cdef rle_frame frame = _checked_frame(
        rows, columns, samples_per_pixel, bits_allocated, planar_configuration
    )
    cdef rle_segments segments
    cdef size_t at = 0
    cdef uint64_t native_length = rle_native_length(&frame)
    cdef const uint8_t *encoded = _start(data)
    cdef size_t length = data.shape[0]
    cdef uint8_t *native
    cdef uint8_t[::1] view
    # Before anything is allocated: few bytes can claim to be a large frame.
    cdef rle_status status = rle_check(encoded, length, &frame, &segments, &at)
    if status != RLE_OK:
        raise _error(status, at)
    if out is None:
        result = PyBytes_FromStringAndSize(NULL, native_length)
        native = <uint8_t *>PyBytes_AS_STRING(result)
    else:
        result = out
        view = out
        if <uint64_t>view.shape[0] != native_length:
            raise ValueError(f"out has {view.shape[0]} bytes and the frame has {native_length}")
        native = &view[0]
    with nogil:
        status = rle_decode(encoded, length, &frame, native, &at)
    if status != RLE_OK:
        raise _error(status, at)
    return result


cdef enum:
    MOST_FRAMES = 16


cdef struct _Work:
    Py_buffer data
    Py_buffer out
    rle_status status
    size_t at


def decode_frames(
    frames, *, uint32_t rows, uint32_t columns, uint32_t samples_per_pixel,
    uint32_t bits_allocated, uint32_t planar_configuration=0,
):
    """Decode several frames of one image. The GIL is released once for all of them.

    Parameters
    ----------
    frames : list of tuple
        Up to 16 pairs: the encoded frame, and where to put the native one, as `decode` takes them.
    rows, columns, samples_per_pixel, bits_allocated, planar_configuration : int
        As for `decode`.

    Returns
    -------
    list of ValueError or None
        For each frame why it is not what its attributes say, in the words of `decode`.

    Raises
    ------
    ValueError
        Where RLE cannot hold such a frame, a place is not as long as it, or frames are too many.
    """
    cdef rle_frame frame = _checked_frame(
        rows, columns, samples_per_pixel, bits_allocated, planar_configuration
    )
    cdef uint64_t native_length = rle_native_length(&frame)
    cdef _Work[MOST_FRAMES] works
    cdef Py_ssize_t count = 0, held = 0, i
    cdef _Work *work
    if len(frames) > MOST_FRAMES:
        raise ValueError(f"{len(frames)} frames are given, and {MOST_FRAMES} are the most")
    try:
        for data, out in frames:
            work = &works[count]
            PyObject_GetBuffer(data, &work.data, PyBUF_SIMPLE)
            held += 1
            PyObject_GetBuffer(out, &work.out, PyBUF_WRITABLE)
            held += 1
            count += 1
            if <uint64_t>work.out.len != native_length:
                raise ValueError(f"out has {work.out.len} bytes and the frame has {native_length}")
        with nogil:
            for i in range(count):
                work = &works[i]
                work.status = rle_decode(
                    <const uint8_t *>work.data.buf, work.data.len, &frame,
                    <uint8_t *>work.out.buf, &work.at
                )
        return [
            None if works[i].status == RLE_OK else _error(works[i].status, works[i].at)
            for i in range(count)
        ]
    finally:
        for i in range(held):
            PyBuffer_Release(&works[i // 2].out if i % 2 else &works[i // 2].data)


def encode(
    const uint8_t[::1] data not None, *, uint32_t rows, uint32_t columns,
    uint32_t samples_per_pixel, uint32_t bits_allocated, uint32_t planar_configuration=0,
):
    """Encode one frame. The GIL is released.

    Parameters
    ----------
    data : bytes-like
        The native frame, little endian, without pad byte.
    rows, columns, samples_per_pixel, bits_allocated : int
        The attributes of that name (PS3.3 C.7.6.3), see `decode`.
    planar_configuration : int
        Of the native frame: 0 is colour by pixel, 1 is colour by plane.

    Returns
    -------
    bytes
        One fragment (PS3.5 A.4.2), of even length.

    Raises
    ------
    ValueError
        Where the native frame is not as long as its attributes say, or RLE cannot hold it.
    """
    cdef rle_frame frame = _checked_frame(
        rows, columns, samples_per_pixel, bits_allocated, planar_configuration
    )
    cdef uint64_t native_length = rle_native_length(&frame), length = 0
    if <uint64_t>data.shape[0] != native_length:
        raise ValueError(f"{data.shape[0]} bytes are given and the frame has {native_length}")
    cdef const uint8_t *native = &data[0]
    cdef rle_status status
    cdef uint8_t *encoded = <uint8_t *>PyMem_Malloc(rle_encoded_bound(&frame))
    if encoded == NULL:
        raise MemoryError
    try:
        with nogil:
            status = rle_encode(native, &frame, encoded, &length)
        if status != RLE_OK:
            raise ValueError(rle_status_text(status).decode())
        return PyBytes_FromStringAndSize(<char *>encoded, length)
    finally:
        PyMem_Free(encoded)
