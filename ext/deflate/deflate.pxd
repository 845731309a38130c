from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef extern from "deflate.h" nogil:
    enum:
        DEFLATE_LEVEL_MIN
        DEFLATE_LEVEL_MAX
        DEFLATE_LEVEL_DEFAULT

    ctypedef enum deflate_status "enum deflate_status":
        DEFLATE_NEED_INPUT
        DEFLATE_NEED_OUTPUT
        DEFLATE_END
        DEFLATE_CORRUPT
        DEFLATE_NO_MEMORY
        DEFLATE_FAILED

    ctypedef struct deflate_buffers:
        const uint8_t *data "in"
        size_t data_left "in_left"
        uint8_t *out
        size_t out_left

    ctypedef struct deflate_encoder:
        pass

    ctypedef struct deflate_decoder:
        pass

    deflate_encoder *deflate_encoder_new(int level) noexcept
    void deflate_encoder_free(deflate_encoder *encoder) noexcept
    void deflate_encoder_reset(deflate_encoder *encoder) noexcept
    deflate_status deflate_encode(
        deflate_encoder *encoder, deflate_buffers *buffers, int last
    ) noexcept
    uint64_t deflate_encoder_bound(deflate_encoder *encoder, uint64_t length) noexcept
    const char *deflate_encoder_library() noexcept
    deflate_decoder *deflate_decoder_new(uint64_t max_length, uint32_t max_ratio) noexcept
    void deflate_decoder_free(deflate_decoder *decoder) noexcept
    deflate_status deflate_decode(
        deflate_decoder *decoder, deflate_buffers *buffers, int last
    ) noexcept
    uint64_t deflate_decoder_taken(const deflate_decoder *decoder) noexcept
    uint64_t deflate_decoder_made(const deflate_decoder *decoder) noexcept
    const char *deflate_decoder_library() noexcept
    const char *deflate_status_text(deflate_status status) noexcept
