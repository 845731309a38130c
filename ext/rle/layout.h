/* How the bytes of a native frame lie, seen from the RLE segments (PS3.5 G.2). */
#ifndef FASTSEND_RLE_LAYOUT_H
#define FASTSEND_RLE_LAYOUT_H

#include "rle.h"

/* What one RLE segment holds: every `stride`th byte of the native frame from `first` on. */
typedef struct {
    uint64_t first;
    uint32_t stride;
} rle_byte_segment;

static inline uint64_t rle_pixels(const rle_frame *frame) {
    return (uint64_t)frame->rows * frame->columns;
}

static inline uint32_t rle_bytes_per_sample(const rle_frame *frame) {
    return frame->bits_allocated == 1 ? 1 : frame->bits_allocated / 8;
}

/* The number of segments; 0 where RLE cannot hold such a frame. */
static inline uint32_t rle_segment_count(const rle_frame *frame) {
    uint32_t bits = frame->bits_allocated, samples = frame->samples_per_pixel;
    if (frame->rows == 0 || frame->rows > UINT16_MAX || frame->columns == 0 ||
        frame->columns > UINT16_MAX || frame->planar_configuration > 1)
        return 0;
    /* Several samples of 1 bit would make one composite pixel code of as many bits, PS3.5 G.2, and
     * nothing says how they are packed in a native frame. */
    if (bits == 1)
        return samples == 1;
    if (bits == 0 || bits % 8 != 0 || bits > 64 || samples == 0 || samples > RLE_MAX_SEGMENTS)
        return 0;
    uint32_t count = samples * (bits / 8);
    return count <= RLE_MAX_SEGMENTS ? count : 0;
}

/* PS3.5 G.2: sample by sample, and in each the most significant byte first. */
static inline rle_byte_segment rle_byte_segment_of(const rle_frame *frame, uint32_t segment) {
    uint32_t bytes = rle_bytes_per_sample(frame);
    uint32_t sample = segment / bytes, from_least = bytes - 1 - segment % bytes;
    if (frame->planar_configuration == 1)
        return (rle_byte_segment){sample * bytes * rle_pixels(frame) + from_least, bytes};
    return (rle_byte_segment){sample * bytes + from_least, frame->samples_per_pixel * bytes};
}

#endif
