#include "deflate.h"

#include <stdlib.h>
#include <zlib.h>

struct deflate_encoder {
    z_stream stream;
    enum deflate_status status; /* DEFLATE_END and errors stay */
    uint64_t made;
    int ended; /* the stream is out, perhaps without its padding */
};

deflate_encoder *deflate_encoder_new(int level) {
    deflate_encoder *encoder = calloc(1, sizeof *encoder);
    /* The most memory that zlib takes, 256 KiB and the window, is the fastest. */
    if (encoder != NULL && deflateInit2(&encoder->stream, level, Z_DEFLATED, -MAX_WBITS,
                                        MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(encoder);
        return NULL;
    }
    return encoder;
}

void deflate_encoder_free(deflate_encoder *encoder) {
    if (encoder == NULL)
        return;
    deflateEnd(&encoder->stream);
    free(encoder);
}

void deflate_encoder_reset(deflate_encoder *encoder) {
    deflateReset(&encoder->stream);
    encoder->status = DEFLATE_NEED_INPUT;
    encoder->made = 0;
    encoder->ended = 0;
}

uint64_t deflate_encoder_bound(deflate_encoder *encoder, uint64_t length) {
    /* zlib does not write a stored block into room that just fits it. */
    return deflateBound(&encoder->stream, (uLong)length) + 64;
}

/* One call of zlib, whose lengths have 32 bits. */
static enum deflate_status deflate_some(deflate_encoder *encoder, deflate_buffers *buffers,
                                        int last) {
    z_stream *stream = &encoder->stream;
    uInt in_given = buffers->in_left < UINT32_MAX ? (uInt)buffers->in_left : UINT32_MAX;
    uInt out_given = buffers->out_left < UINT32_MAX ? (uInt)buffers->out_left : UINT32_MAX;
    stream->next_in = (Bytef *)(uintptr_t)buffers->in; /* zlib has no const here */
    stream->avail_in = in_given;
    stream->next_out = buffers->out;
    stream->avail_out = out_given;
    int result = deflate(stream, last && in_given == buffers->in_left ? Z_FINISH : Z_NO_FLUSH);
    uInt in_used = in_given - stream->avail_in, out_used = out_given - stream->avail_out;
    buffers->in += in_used;
    buffers->in_left -= in_used;
    buffers->out += out_used;
    buffers->out_left -= out_used;
    encoder->made += out_used;
    encoder->ended = result == Z_STREAM_END;
    /* A step that does nothing would be repeated for ever. */
    return encoder->ended || in_used + out_used > 0 ? DEFLATE_NEED_INPUT : DEFLATE_FAILED;
}

enum deflate_status deflate_encode(deflate_encoder *encoder, deflate_buffers *buffers, int last) {
    while (encoder->status == DEFLATE_NEED_INPUT) {
        int pad = encoder->ended && encoder->made % 2 != 0;
        if (!encoder->ended && buffers->in_left == 0 && !last)
            return DEFLATE_NEED_INPUT;
        if ((!encoder->ended || pad) && buffers->out_left == 0)
            return DEFLATE_NEED_OUTPUT;
        if (!encoder->ended) {
            encoder->status = deflate_some(encoder, buffers, last);
            continue;
        }
        if (pad) {
            *buffers->out++ = 0; /* PS3.5 A.5: padded to an even length */
            buffers->out_left--;
        }
        encoder->status = DEFLATE_END;
    }
    return encoder->status;
}

const char *deflate_encoder_library(void) {
    return "zlib " ZLIB_VERSION;
}
