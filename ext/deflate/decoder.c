#include "deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct deflate_decoder {
    z_stream stream;
    uint64_t taken, made;
    uint64_t max_length;
    uint32_t max_ratio;
    enum deflate_status status; /* DEFLATE_END and errors stay */
    int opened;                 /* zlib knows of it */
};

deflate_decoder *deflate_decoder_new(uint64_t max_length, uint32_t max_ratio) {
    deflate_decoder *decoder = calloc(1, sizeof *decoder);
    if (decoder != NULL) {
        decoder->max_length = max_length;
        decoder->max_ratio = max_ratio;
    }
    return decoder;
}

void deflate_decoder_free(deflate_decoder *decoder) {
    if (decoder == NULL)
        return;
    if (decoder->opened)
        inflateEnd(&decoder->stream);
    free(decoder);
}

uint64_t deflate_decoder_taken(const deflate_decoder *decoder) {
    return decoder->taken;
}

uint64_t deflate_decoder_made(const deflate_decoder *decoder) {
    return decoder->made;
}

const char *deflate_decoder_library(void) {
    return "zlib " ZLIB_VERSION;
}

/* The first byte of the zlib format with a window of 32 KiB, RFC 1950 2.2. A raw stream that begins
 * so would be a stored block with padding bits that are not zero, which no encoder writes. */
enum { ZLIB_FORMAT = 0x78 };

static enum deflate_status checked(deflate_decoder *decoder, int result) {
    if (decoder->max_length != 0 && decoder->made > decoder->max_length)
        return DEFLATE_TOO_LONG;
    if (decoder->max_ratio != 0 && decoder->made > DEFLATE_RATIO_FROM &&
        decoder->made / decoder->max_ratio >= decoder->taken)
        return DEFLATE_TOO_DENSE;
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: /* no input or no room, which the caller sees */
        return DEFLATE_NEED_INPUT;
    case Z_STREAM_END:
        return DEFLATE_END;
    case Z_MEM_ERROR:
        return DEFLATE_NO_MEMORY;
    default:
        return DEFLATE_CORRUPT;
    }
}

/* One call of zlib, whose lengths have 32 bits. */
static enum deflate_status inflate_some(deflate_decoder *decoder, deflate_buffers *buffers) {
    z_stream *stream = &decoder->stream;
    uint64_t room = buffers->out_left;
    /* One byte beyond the limit shows that there is more. */
    if (decoder->max_length != 0 && room > decoder->max_length - decoder->made)
        room = decoder->max_length - decoder->made + 1;
    room = room < buffers->out_left ? room : buffers->out_left;
    uInt in_given = buffers->in_left < UINT32_MAX ? (uInt)buffers->in_left : UINT32_MAX;
    uInt out_given = room < UINT32_MAX ? (uInt)room : UINT32_MAX;
    stream->next_in = (Bytef *)(uintptr_t)buffers->in; /* zlib has no const here */
    stream->avail_in = in_given;
    stream->next_out = buffers->out;
    stream->avail_out = out_given;
    int result = inflate(stream, Z_NO_FLUSH);
    uInt in_used = in_given - stream->avail_in, out_used = out_given - stream->avail_out;
    buffers->in += in_used;
    buffers->in_left -= in_used;
    decoder->taken += in_used;
    buffers->out += out_used;
    buffers->out_left -= out_used;
    decoder->made += out_used;
    return checked(decoder, result);
}

enum deflate_status deflate_decode(deflate_decoder *decoder, deflate_buffers *buffers, int last) {
    if (!decoder->opened && buffers->in_left > 0) {
        int window_bits = buffers->in[0] == ZLIB_FORMAT ? MAX_WBITS : -MAX_WBITS;
        if (inflateInit2(&decoder->stream, window_bits) != Z_OK)
            return DEFLATE_NO_MEMORY;
        decoder->opened = 1;
    }
    uint64_t moved = 1;
    while (decoder->opened && moved != 0 && decoder->status == DEFLATE_NEED_INPUT) {
        uint64_t before = decoder->taken + decoder->made;
        decoder->status = inflate_some(decoder, buffers);
        moved = decoder->taken + decoder->made - before;
    }
    if (decoder->status != DEFLATE_NEED_INPUT)
        return decoder->status;
    if (buffers->out_left == 0)
        return DEFLATE_NEED_OUTPUT;
    if (last)
        decoder->status = DEFLATE_TRUNCATED;
    return decoder->status;
}
