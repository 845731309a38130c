/* libdeflate deflates a whole buffer to a whole stream. Longer data are cut into chunks, and their
 * streams joined: a stream is a sequence of blocks of which the last has a bit set (RFC 1951 3.2.3).
 * So that bit is cleared in all chunks but the last, and an empty stored block brings each to the
 * end of a byte. Where the bit is, only inflating tells; the chunk is compared with its input on the
 * way. */
#include "deflate.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    CHUNK_LENGTH = 1024 * 1024, /* matches do not reach across: under 1% of length at this size */
    SYNC_LENGTH = 5             /* of an empty stored block */
};

struct deflate_encoder {
    struct libdeflate_compressor *compressor;
    uint8_t *chunk, *packed;
    uint8_t *inflated; /* as long as the chunk; NULL before it is needed */
    size_t chunk_have;
    size_t packed_at, packed_have, packed_room;
    uint64_t made;
    enum deflate_status status; /* DEFLATE_END and errors stay */
    int ended;                  /* the last chunk is packed */
    z_stream inflater;
    int inflater_opened;
};

deflate_encoder *deflate_encoder_new(int level) {
    deflate_encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder == NULL)
        return NULL;
    encoder->compressor = libdeflate_alloc_compressor(level);
    if (encoder->compressor != NULL) {
        encoder->packed_room =
            libdeflate_deflate_compress_bound(encoder->compressor, CHUNK_LENGTH) + SYNC_LENGTH + 1;
        encoder->chunk = malloc(CHUNK_LENGTH);
        encoder->packed = malloc(encoder->packed_room);
    }
    if (encoder->chunk == NULL || encoder->packed == NULL) {
        deflate_encoder_free(encoder);
        return NULL;
    }
    return encoder;
}

void deflate_encoder_free(deflate_encoder *encoder) {
    if (encoder == NULL)
        return;
    if (encoder->inflater_opened)
        inflateEnd(&encoder->inflater);
    if (encoder->compressor != NULL)
        libdeflate_free_compressor(encoder->compressor);
    free(encoder->chunk);
    free(encoder->packed);
    free(encoder->inflated);
    free(encoder);
}

void deflate_encoder_reset(deflate_encoder *encoder) {
    encoder->chunk_have = 0;
    encoder->packed_at = encoder->packed_have = 0;
    encoder->made = 0;
    encoder->status = DEFLATE_NEED_INPUT;
    encoder->ended = 0;
}

uint64_t deflate_encoder_bound(deflate_encoder *encoder, uint64_t length) {
    return (length / CHUNK_LENGTH + 1) * encoder->packed_room;
}

/* What zlib tells in data_type when inflate() stops at a block boundary. */
enum { UNUSED_BITS = 63, IN_LAST_BLOCK = 64, AFTER_BLOCK = 128 };

/* Where, in bits, the last block of the packed chunk starts and ends. */
typedef struct {
    size_t start, end;
} block_bits;

static enum deflate_status find_last_block(deflate_encoder *encoder, block_bits *last) {
    z_stream *stream = &encoder->inflater;
    if (encoder->inflated == NULL && (encoder->inflated = malloc(CHUNK_LENGTH)) == NULL)
        return DEFLATE_NO_MEMORY;
    int result = encoder->inflater_opened ? inflateReset(stream) : inflateInit2(stream, -MAX_WBITS);
    if (result != Z_OK)
        return DEFLATE_NO_MEMORY;
    encoder->inflater_opened = 1;
    stream->next_in = encoder->packed;
    stream->avail_in = (uInt)encoder->packed_have;
    *last = (block_bits){0};
    stream->next_out = encoder->inflated;
    stream->avail_out = CHUNK_LENGTH;
    do {
        result = inflate(stream, Z_BLOCK);
        if (stream->data_type & AFTER_BLOCK) {
            last->end = 8 * (encoder->packed_have - stream->avail_in) -
                        (stream->data_type & UNUSED_BITS);
            if (!(stream->data_type & IN_LAST_BLOCK))
                last->start = last->end;
        }
    } while (result == Z_OK);
    size_t made = CHUNK_LENGTH - stream->avail_out;
    if (result != Z_STREAM_END || made != encoder->chunk_have ||
        memcmp(encoder->inflated, encoder->chunk, made) != 0)
        return DEFLATE_FAILED;
    return DEFLATE_NEED_INPUT;
}

/* Makes the packed chunk one that others can follow. */
static enum deflate_status open_end(deflate_encoder *encoder) {
    block_bits last;
    enum deflate_status status = find_last_block(encoder, &last);
    if (status != DEFLATE_NEED_INPUT)
        return status;
    encoder->packed[last.start / 8] &= (uint8_t)~(1u << last.start % 8);
    /* RFC 1951 3.2.4: three bits of header, zeros to the end of the byte, length 0 and its
     * complement. The bits behind a stream are zero already. */
    static const uint8_t stored[] = {0, 0, 0, 0xff, 0xff};
    size_t at = (last.end + 7) / 8, skip = 8 * at - last.end >= 3 ? 1 : 0;
    memcpy(encoder->packed + at, stored + skip, sizeof stored - skip);
    encoder->packed_have = at + sizeof stored - skip;
    return DEFLATE_NEED_INPUT;
}

static enum deflate_status pack_chunk(deflate_encoder *encoder, int last) {
    enum deflate_status status = DEFLATE_NEED_INPUT;
    encoder->packed_at = 0;
    encoder->packed_have =
        libdeflate_deflate_compress(encoder->compressor, encoder->chunk, encoder->chunk_have,
                                    encoder->packed, encoder->packed_room - SYNC_LENGTH - 1);
    if (encoder->packed_have == 0)
        return DEFLATE_FAILED;
    if (!last)
        status = open_end(encoder);
    encoder->made += encoder->packed_have;
    if (last && encoder->made % 2 != 0)
        encoder->packed[encoder->packed_have++] = 0; /* PS3.5 A.5: padded to an even length */
    encoder->chunk_have = 0;
    encoder->ended = last;
    return status;
}

static void take_input(deflate_encoder *encoder, deflate_buffers *buffers) {
    size_t room = CHUNK_LENGTH - encoder->chunk_have;
    size_t length = buffers->in_left < room ? buffers->in_left : room;
    if (length == 0)
        return;
    memcpy(encoder->chunk + encoder->chunk_have, buffers->in, length);
    encoder->chunk_have += length;
    buffers->in += length;
    buffers->in_left -= length;
}

static void give_output(deflate_encoder *encoder, deflate_buffers *buffers) {
    size_t left = encoder->packed_have - encoder->packed_at;
    size_t length = buffers->out_left < left ? buffers->out_left : left;
    if (length == 0)
        return;
    memcpy(buffers->out, encoder->packed + encoder->packed_at, length);
    encoder->packed_at += length;
    buffers->out += length;
    buffers->out_left -= length;
}

enum deflate_status deflate_encode(deflate_encoder *encoder, deflate_buffers *buffers, int last) {
    while (encoder->status == DEFLATE_NEED_INPUT) {
        give_output(encoder, buffers);
        if (encoder->packed_at < encoder->packed_have)
            return DEFLATE_NEED_OUTPUT;
        if (encoder->ended) {
            encoder->status = DEFLATE_END;
            break;
        }
        take_input(encoder, buffers);
        if (buffers->in_left == 0 && !last)
            return DEFLATE_NEED_INPUT;
        /* Input that is left now finds the chunk full. */
        encoder->status = pack_chunk(encoder, buffers->in_left == 0);
    }
    return encoder->status;
}

const char *deflate_encoder_library(void) {
    return "libdeflate " LIBDEFLATE_VERSION_STRING;
}
