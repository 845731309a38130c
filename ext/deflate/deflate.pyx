# cython: language_level=3, auto_pickle=False, autotestdict=False
"""Deflated data sets (PS3.5 A.5) and frames (PS3.5 A.4.13), pushed and pulled piece by piece."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from deflate cimport (
    DEFLATE_CORRUPT, DEFLATE_END, DEFLATE_FAILED, DEFLATE_LEVEL_DEFAULT, DEFLATE_LEVEL_MAX,
    DEFLATE_LEVEL_MIN, DEFLATE_NO_MEMORY, deflate_buffers, deflate_decode, deflate_decoder,
    deflate_decoder_free, deflate_decoder_library, deflate_decoder_made, deflate_decoder_new,
    deflate_decoder_taken, deflate_encode, deflate_encoder, deflate_encoder_bound,
    deflate_encoder_free, deflate_encoder_library, deflate_encoder_new, deflate_encoder_reset,
    deflate_status, deflate_status_text,
)
from libc.stdint cimport uint8_t, uint32_t, uint64_t

ENCODER_LIBRARY = deflate_encoder_library().decode()
DECODER_LIBRARY = deflate_decoder_library().decode()

cdef enum:
    LEAST_PIECE = 64 * 1024  # bytes


cdef deflate_buffers _buffers(const uint8_t[::1] data, uint8_t[::1] out) noexcept:
    cdef deflate_buffers buffers
    buffers.data = &data[0] if data.shape[0] else NULL
    buffers.data_left = data.shape[0]
    buffers.out = &out[0] if out.shape[0] else NULL
    buffers.out_left = out.shape[0]
    return buffers


cdef tuple _progress(
    deflate_status status, deflate_buffers *buffers, Py_ssize_t given, Py_ssize_t room
):
    return given - buffers.data_left, room - buffers.out_left, status == DEFLATE_END


@cython.final
cdef class Encoder:
    """Deflates one stream after another.

    Parameters
    ----------
    level : int
        0 (stored) to 9 (smallest).

    Notes
    -----
    It holds about 3 MiB with libdeflate and 400 KiB with zlib, whatever the length of the stream.
    One thread uses it at a time.
    """

    cdef deflate_encoder *encoder
    cdef bint busy

    def __cinit__(self, int level=DEFLATE_LEVEL_DEFAULT):
        if not DEFLATE_LEVEL_MIN <= level <= DEFLATE_LEVEL_MAX:
            raise ValueError(f"level {level} is not {DEFLATE_LEVEL_MIN} to {DEFLATE_LEVEL_MAX}")
        self.encoder = deflate_encoder_new(level)
        if self.encoder == NULL:
            raise MemoryError

    def __dealloc__(self):
        deflate_encoder_free(self.encoder)

    def reset(self):
        """Forget the stream, and begin another."""
        self._claim()
        deflate_encoder_reset(self.encoder)
        self.busy = False

    def next(self, const uint8_t[::1] data not None, uint8_t[::1] out not None, *, bint last=False):
        """Take bytes, and give bytes of the stream. The GIL is released.

        Parameters
        ----------
        data : bytes-like
            What to deflate; what was not taken is given again.
        out : writable bytes-like
            Where to put what there is of the stream.
        last : bool
            That nothing comes after `data`. Once said, it is said until the end.

        Returns
        -------
        taken : int
            Bytes of `data`.
        written : int
            Bytes of `out`. While `out` is full and the end not reached, there may be more.
        ended : bool
            That the stream is complete, with the NUL after one of odd length (PS3.5 A.5).
        """
        cdef deflate_buffers buffers = _buffers(data, out)
        cdef deflate_status status = self._step(&buffers, last)
        return _progress(status, &buffers, data.shape[0], out.shape[0])

    def encode(self, const uint8_t[::1] data not None):
        """Return `data` as a whole stream, of even length. The GIL is released."""
        cdef uint64_t room = deflate_encoder_bound(self.encoder, data.shape[0])
        cdef deflate_buffers buffers
        cdef uint8_t *stream = <uint8_t *>PyMem_Malloc(room)
        if stream == NULL:
            raise MemoryError
        buffers.data = &data[0] if data.shape[0] else NULL
        buffers.data_left = data.shape[0]
        buffers.out = stream
        buffers.out_left = room
        try:
            self.reset()
            if self._step(&buffers, True) != DEFLATE_END:
                raise RuntimeError(deflate_status_text(DEFLATE_FAILED).decode())
            return PyBytes_FromStringAndSize(<char *>stream, room - buffers.out_left)
        finally:
            PyMem_Free(stream)

    cdef int _claim(self) except -1:
        if self.busy:
            raise RuntimeError("another thread uses this encoder")
        self.busy = True
        return 0

    cdef deflate_status _step(self, deflate_buffers *buffers, bint last) except *:
        cdef deflate_status status
        self._claim()
        with nogil:
            status = deflate_encode(self.encoder, buffers, last)
        self.busy = False
        if status == DEFLATE_NO_MEMORY:
            raise MemoryError
        if status >= DEFLATE_CORRUPT:
            raise RuntimeError(deflate_status_text(status).decode())
        return status


@cython.final
cdef class Decoder:
    """Inflates one stream.

    Parameters
    ----------
    max_length : int
        The most bytes that the stream may inflate to; 0 is no limit.
    max_ratio : int
        How many times its own length a stream may inflate to, once that is more than 16 MiB; 0 is
        no limit. Deflate reaches 1032 with bytes that are all alike, as in a black image.
    """

    cdef deflate_decoder *decoder
    cdef bint busy

    def __cinit__(self, uint64_t max_length=0, uint32_t max_ratio=0):
        self.decoder = deflate_decoder_new(max_length, max_ratio)
        if self.decoder == NULL:
            raise MemoryError

    def __dealloc__(self):
        deflate_decoder_free(self.decoder)

    @property
    def taken(self):
        """The bytes of the stream so far."""
        return deflate_decoder_taken(self.decoder)

    @property
    def made(self):
        """The bytes that the stream inflated to so far."""
        return deflate_decoder_made(self.decoder)

    def next(self, const uint8_t[::1] data not None, uint8_t[::1] out not None, *, bint last=False):
        """Take bytes of the stream, and give what they inflate to. The GIL is released.

        Parameters
        ----------
        data : bytes-like
            Bytes of the stream; what was not taken is given again.
        out : writable bytes-like
            Where to put what they inflate to.
        last : bool
            That nothing comes after `data`.

        Returns
        -------
        taken : int
            Bytes of `data`. What is left at the end is padding, or does not belong to the stream.
        written : int
            Bytes of `out`. While `out` is full and the end not reached, there may be more.
        ended : bool
            That the stream is complete.

        Raises
        ------
        ValueError
            Where the stream is corrupt, ends in the middle, or inflates to more than it may, with
            the offset. The decoder is of no use after it.
        """
        cdef deflate_buffers buffers = _buffers(data, out)
        cdef deflate_status status
        if self.busy:
            raise RuntimeError("another thread uses this decoder")
        self.busy = True
        with nogil:
            status = deflate_decode(self.decoder, &buffers, last)
        self.busy = False
        if status == DEFLATE_NO_MEMORY:
            raise MemoryError
        if status >= DEFLATE_CORRUPT:
            raise ValueError(
                f"{deflate_status_text(status).decode()}, at byte {self.taken}, "
                f"with {self.made} inflated"
            )
        return _progress(status, &buffers, data.shape[0], out.shape[0])


def encode(data, *, int level=DEFLATE_LEVEL_DEFAULT):
    """Return `data` as a whole stream, of even length; see `Encoder.encode`."""
    return Encoder(level).encode(data)


def decode(data, *, uint64_t max_length, uint32_t max_ratio=0):
    """Return what a whole stream inflates to; what follows the stream is padding.

    Parameters
    ----------
    data : bytes-like
        The stream.
    max_length, max_ratio : int
        Limits on the result, see `Decoder`.

    Raises
    ------
    ValueError
        See `Decoder.next`.
    """
    decoder = Decoder(max_length, max_ratio)
    stream = memoryview(data)
    pieces = []
    ended = False
    while not ended:
        length = max(4 * len(data), LEAST_PIECE)
        if max_length != 0:
            # One byte beyond the limit lets a stream that fills it end in the same step.
            length = min(length, max_length - decoder.made + 1)
        piece = bytearray(length)
        taken, written, ended = decoder.next(stream, piece, last=True)
        stream = stream[taken:]
        del piece[written:]
        pieces.append(piece)
    return b"".join(pieces)
