from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef extern from "rle.h" nogil:
    enum:
        RLE_MAX_SEGMENTS

    ctypedef enum rle_status "enum rle_status":
        RLE_OK

    ctypedef struct rle_frame:
        uint32_t rows
        uint32_t columns
        uint32_t samples_per_pixel
        uint32_t bits_allocated
        uint32_t planar_configuration

    ctypedef struct rle_segments:
        uint32_t count
        size_t start[16]

    uint64_t rle_native_length(const rle_frame *frame) noexcept
    rle_status rle_check(
        const uint8_t *data, size_t length, const rle_frame *frame, rle_segments *segments,
        size_t *at
    ) noexcept
    rle_status rle_decode(
        const uint8_t *data, size_t length, const rle_frame *frame, uint8_t *out, size_t *at
    ) noexcept
    uint64_t rle_encoded_bound(const rle_frame *frame) noexcept
    rle_status rle_encode(
        const uint8_t *native, const rle_frame *frame, uint8_t *out, uint64_t *length
    ) noexcept
    const char *rle_status_text(rle_status status) noexcept
