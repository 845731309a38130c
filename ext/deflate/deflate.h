/* Raw deflate streams (RFC 1951) as PS3.5 A.5 and A.4.13 use them, pushed and pulled piece by
 * piece: the memory in use does not grow with the data.
 *
 * Inflating is zlib's. Deflating is libdeflate's where the build found it (encoder_libdeflate.c),
 * at several times the speed, and zlib's otherwise (encoder_zlib.c). */
#ifndef FASTSEND_DEFLATE_H
#define FASTSEND_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

enum { DEFLATE_LEVEL_MIN = 0, DEFLATE_LEVEL_MAX = 9, DEFLATE_LEVEL_DEFAULT = 6 };

/* Below this many bytes of output no ratio is asked of a stream: a small black image is 1000:1. */
enum { DEFLATE_RATIO_FROM = 16 * 1024 * 1024 };

enum deflate_status {
    DEFLATE_NEED_INPUT = 0, /* all input was taken */
    DEFLATE_NEED_OUTPUT,    /* all room was used */
    DEFLATE_END,            /* the stream is complete; input that is left does not belong to it */
    /* From here on: nothing more can be had from this state. */
    DEFLATE_CORRUPT,
    DEFLATE_TRUNCATED,
    DEFLATE_TOO_LONG,  /* more output than allowed */
    DEFLATE_TOO_DENSE, /* more output for its input than allowed */
    DEFLATE_NO_MEMORY,
    DEFLATE_FAILED /* the library broke its word */
};

/* What a step may read and write; both ends are moved forward by what it did. */
typedef struct {
    const uint8_t *in;
    size_t in_left;
    uint8_t *out;
    size_t out_left;
} deflate_buffers;

typedef struct deflate_encoder deflate_encoder;
typedef struct deflate_decoder deflate_decoder;

/* NULL where there is no memory. The level is one of DEFLATE_LEVEL_MIN to DEFLATE_LEVEL_MAX. */
deflate_encoder *deflate_encoder_new(int level);
void deflate_encoder_free(deflate_encoder *encoder);
/* Makes it ready for another stream. */
void deflate_encoder_reset(deflate_encoder *encoder);
/* One step. `last` says that no input comes after this; once said, it must be said again until
 * DEFLATE_END. A stream of odd length is followed by a NUL (PS3.5 A.5). */
enum deflate_status deflate_encode(deflate_encoder *encoder, deflate_buffers *buffers, int last);
/* The most bytes of a stream that `length` bytes make. */
uint64_t deflate_encoder_bound(deflate_encoder *encoder, uint64_t length);
/* The library that deflates, and its version. */
const char *deflate_encoder_library(void);

/* NULL where there is no memory. The stream may make `max_length` bytes, and, once these are more
 * than DEFLATE_RATIO_FROM, `max_ratio` times its own; 0 is no limit. */
deflate_decoder *deflate_decoder_new(uint64_t max_length, uint32_t max_ratio);
void deflate_decoder_free(deflate_decoder *decoder);
/* One step. `last` as above. A stream in the zlib format (RFC 1950), which some encoders write
 * against the Standard, is read as well, its checksum included. */
enum deflate_status deflate_decode(deflate_decoder *decoder, deflate_buffers *buffers, int last);
/* The bytes of the stream so far, and the bytes that it made. */
uint64_t deflate_decoder_taken(const deflate_decoder *decoder);
uint64_t deflate_decoder_made(const deflate_decoder *decoder);
const char *deflate_decoder_library(void);

/* A sentence about a status from DEFLATE_CORRUPT on. */
const char *deflate_status_text(enum deflate_status status);

#endif
