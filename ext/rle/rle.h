/* RLE Lossless, PS3.5 Annex G: one frame at a time, bytes to bytes, without allocation.
 *
 * A native frame here is what Pixel Data holds in the little endian transfer syntaxes, without pad
 * byte. With 1 bit allocated its pixels are packed, the first in the least significant bit
 * (PS3.5 8.1.1), and the frame starts at the first bit of a byte. */
#ifndef FASTSEND_RLE_H
#define FASTSEND_RLE_H

#include <stddef.h>
#include <stdint.h>

enum {
    RLE_HEADER_LENGTH = 64, /* PS3.5 G.5: the number of segments and 15 offsets */
    RLE_MAX_SEGMENTS = 15
};

/* The attributes of Image Pixel (PS3.3 C.7.6.3) that an RLE frame depends on. */
typedef struct {
    uint32_t rows, columns;
    uint32_t samples_per_pixel;
    uint32_t bits_allocated; /* 1 with one sample, or 8, 16, ... 64 */
    uint32_t planar_configuration; /* of the native frame: segments are by plane anyway */
} rle_frame;

enum rle_status {
    RLE_OK = 0,
    RLE_BAD_FRAME,           /* such a frame has no RLE form */
    RLE_NO_HEADER,           /* shorter than the RLE header */
    RLE_BAD_SEGMENT_COUNT,   /* not 1 to 15 */
    RLE_WRONG_SEGMENT_COUNT, /* not one for each byte of a pixel */
    RLE_BAD_OFFSET,          /* in the header, beyond the end, or not after the one before */
    RLE_SHORT_SEGMENT,       /* it ends before all pixels are there */
    RLE_BAD_BIT,             /* a pixel of 1 bit that is neither 0 nor 1 */
    RLE_TOO_LONG             /* the encoded frame has no 32-bit offsets */
};

/* Where the segments are, from the start of the RLE header. */
typedef struct {
    uint32_t count;
    size_t start[RLE_MAX_SEGMENTS + 1]; /* start[count] is the end of the last one */
} rle_segments;

/* The bytes of a native frame; 0 where RLE cannot hold such a frame. */
uint64_t rle_native_length(const rle_frame *frame);

/* Checks the whole header of an encoded frame, and that each segment is long enough to hold its
 * pixels at all: a native frame has at most 64 times the bytes of what passes. On failure `*at` is
 * the offset of what is wrong. */
enum rle_status rle_check(const uint8_t *data, size_t length, const rle_frame *frame,
                          rle_segments *segments, size_t *at);

/* Decodes a frame into the rle_native_length() bytes at `out`. What follows in a segment once its
 * pixels are complete is padding, whatever it is. On failure `*at` is the offset in `data`, and
 * `out` is partly written. */
enum rle_status rle_decode(const uint8_t *data, size_t length, const rle_frame *frame, uint8_t *out,
                           size_t *at);

/* The most bytes that rle_encode() writes; 0 where RLE cannot hold such a frame. */
uint64_t rle_encoded_bound(const rle_frame *frame);

/* Encodes the rle_native_length() bytes at `native` into `out`, which has room for
 * rle_encoded_bound() bytes; `*length` of them are written, an even number. */
enum rle_status rle_encode(const uint8_t *native, const rle_frame *frame, uint8_t *out,
                           uint64_t *length);

/* A sentence about a status other than RLE_OK. */
const char *rle_status_text(enum rle_status status);

#endif
