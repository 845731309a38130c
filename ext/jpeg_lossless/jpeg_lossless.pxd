from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef extern from "jpeg_lossless.h" nogil:
    ctypedef enum jpeg_lossless_status "enum jpeg_lossless_status":
        JPEG_LOSSLESS_OK

    ctypedef struct jpeg_lossless_frame:
        uint32_t rows
        uint32_t columns
        uint32_t samples_per_pixel
        uint32_t bits_allocated
        uint32_t planar_configuration

    uint64_t jpeg_lossless_native_length(const jpeg_lossless_frame *frame) noexcept
    jpeg_lossless_status jpeg_lossless_encode(
        const uint8_t *native, const jpeg_lossless_frame *frame, uint8_t *out, size_t room,
        size_t *length
    ) noexcept
