# cython: language_level=3, auto_pickle=False, autotestdict=False
"""JPEG Lossless, Process 14 with selection value 1 (ISO/IEC 10918-1 Annex H): encodes one frame.

The precision of the codestream is Bits Allocated: signed samples, and what lies above Bits Stored,
come back as they were. Its Huffman table is the shortest for the frame.
"""

from jpeg_lossless cimport (
    JPEG_LOSSLESS_OK, jpeg_lossless_encode, jpeg_lossless_frame, jpeg_lossless_native_length,
    jpeg_lossless_status,
)
from libc.stdint cimport uint8_t, uint32_t, uint64_t


def encode(
    const uint8_t[::1] data not None, *, uint32_t rows, uint32_t columns,
    uint32_t samples_per_pixel, uint32_t bits_allocated, uint32_t planar_configuration=0,
    uint8_t[::1] out not None,
):
    """Encode one frame. The GIL is released.

    Parameters
    ----------
    data : bytes-like
        The native frame, little endian, without pad byte.
    rows, columns, samples_per_pixel, bits_allocated : int
        The attributes of that name (PS3.3 C.7.6.3): up to 65,535 rows and columns, up to 4 samples,
        8 or 16 bits.
    planar_configuration : int
        Of the native frame: 0 is colour by pixel, 1 is colour by plane.
    out : writable bytes-like
        Where to put the codestream.

    Returns
    -------
    int
        The bytes of the codestream, which may be odd.

    Raises
    ------
    ValueError
        Where the native frame is not as long as its attributes say, there is no such codestream, or
        `out` is too short for it.
    """
    cdef jpeg_lossless_frame frame
    frame.rows = rows
    frame.columns = columns
    frame.samples_per_pixel = samples_per_pixel
    frame.bits_allocated = bits_allocated
    frame.planar_configuration = planar_configuration
    cdef uint64_t native_length = jpeg_lossless_native_length(&frame)
    if native_length == 0:
        raise ValueError(
            f"JPEG Lossless cannot hold {rows} rows and {columns} columns of {samples_per_pixel} "
            f"samples with {bits_allocated} bits allocated, "
            f"planar configuration {planar_configuration}"
        )
    if <uint64_t>data.shape[0] != native_length:
        raise ValueError(f"{data.shape[0]} bytes are given and the frame has {native_length}")
    cdef size_t room = out.shape[0], length = 0
    if room == 0:
        raise ValueError("there is no room for the codestream")
    cdef const uint8_t *native = &data[0]
    cdef uint8_t *target = &out[0]
    cdef jpeg_lossless_status status
    with nogil:
        status = jpeg_lossless_encode(native, &frame, target, room, &length)
    if status != JPEG_LOSSLESS_OK:
        raise ValueError(f"there is room for {room} bytes, and the encoded frame has more")
    return length
