/* The runs of one RLE segment (PS3.5 G.3), decoded piece by piece. */
#ifndef FASTSEND_RLE_SEGMENT_READER_H
#define FASTSEND_RLE_SEGMENT_READER_H

#include "rle.h"

enum {
    RLE_RUN_MAX_LENGTH = 128, /* PS3.5 G.3.1 */
    RLE_BYTES_AT_ONCE = 2048  /* the buffers of fifteen segments fit the first level cache */
};

typedef struct {
    const uint8_t *at, *end; /* what is not decoded yet */
    size_t have;
    uint8_t bytes[RLE_BYTES_AT_ONCE + RLE_RUN_MAX_LENGTH];
} rle_segment_reader;

void rle_segment_open(rle_segment_reader *reader, const uint8_t *data, const rle_segments *segments,
                      uint32_t segment);

/* Decodes until `wanted` bytes, at most RLE_BYTES_AT_ONCE, are there; the last run may bring more.
 * RLE_SHORT_SEGMENT where the segment ends before. */
enum rle_status rle_segment_read(rle_segment_reader *reader, size_t wanted);

/* Forgets the first `count` bytes. */
void rle_segment_drop(rle_segment_reader *reader, size_t count);

/* The bytes that all runs of a segment make, or `enough` where they are that many or more. */
uint64_t rle_segment_length(const uint8_t *at, const uint8_t *end, uint64_t enough);

#endif
