#include "layout.h"
#include "segment_reader.h"
#include "shuffles.h"

#include <string.h>

static uint32_t get_le32(const uint8_t *in) {
    return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

uint64_t rle_native_length(const rle_frame *frame) {
    if (frame->bits_allocated == 1)
        return rle_segment_count(frame) ? (rle_pixels(frame) + 7) / 8 : 0;
    return rle_segment_count(frame) * rle_pixels(frame);
}

enum rle_status rle_check(const uint8_t *data, size_t length, const rle_frame *frame,
                          rle_segments *segments, size_t *at) {
    uint32_t expected = rle_segment_count(frame);
    *at = 0;
    if (expected == 0)
        return RLE_BAD_FRAME;
    if (length < RLE_HEADER_LENGTH)
        return RLE_NO_HEADER;
    segments->count = get_le32(data);
    if (segments->count < 1 || segments->count > RLE_MAX_SEGMENTS)
        return RLE_BAD_SEGMENT_COUNT;
    if (segments->count != expected)
        return RLE_WRONG_SEGMENT_COUNT;
    size_t least = RLE_HEADER_LENGTH;
    for (uint32_t i = 0; i < segments->count; i++) {
        *at = 4 + 4 * (size_t)i;
        segments->start[i] = get_le32(data + *at);
        if (segments->start[i] < least || segments->start[i] >= length)
            return RLE_BAD_OFFSET;
        least = segments->start[i] + 1;
    }
    segments->start[segments->count] = length;
    uint64_t bytes = frame->bits_allocated == 1 ? rle_native_length(frame) : rle_pixels(frame);
    uint64_t runs = (bytes + RLE_RUN_MAX_LENGTH - 1) / RLE_RUN_MAX_LENGTH;
    for (uint32_t i = 0; i < segments->count; i++) {
        *at = segments->start[i];
        if ((segments->start[i + 1] - *at) / 2 < runs) /* a run takes two bytes or more */
            return RLE_SHORT_SEGMENT;
    }
    return RLE_OK;
}

/* Writes the bytes of `planes` by turns, `count` of each. The loops are spelled out for the numbers
 * that are usual, because compilers vectorise those. */
static inline void interleave_loops(uint8_t *restrict out, const uint8_t *const *planes,
                                    uint32_t plane_count, size_t count) {
    const uint8_t *restrict a = planes[0], *restrict b = planes[plane_count > 1 ? 1 : 0];
    const uint8_t *restrict c = planes[plane_count > 2 ? 2 : 0];
    const uint8_t *restrict d = planes[plane_count > 3 ? 3 : 0];
    switch (plane_count) {
    case 1:
        memcpy(out, a, count);
        break;
    case 2:
        for (size_t i = 0; i < count; i++) {
            out[2 * i] = a[i];
            out[2 * i + 1] = b[i];
        }
        break;
    case 3:
        for (size_t i = 0; i < count; i++) {
            out[3 * i] = a[i];
            out[3 * i + 1] = b[i];
            out[3 * i + 2] = c[i];
        }
        break;
    case 4:
        for (size_t i = 0; i < count; i++) {
            out[4 * i] = a[i];
            out[4 * i + 1] = b[i];
            out[4 * i + 2] = c[i];
            out[4 * i + 3] = d[i];
        }
        break;
    default:
        for (uint32_t plane = 0; plane < plane_count; plane++)
            for (size_t i = 0; i < count; i++)
                out[plane_count * i + plane] = planes[plane][i];
    }
}

RLE_WITH_SHUFFLES static void interleave_shuffling(uint8_t *out, const uint8_t *const *planes,
                                                   uint32_t plane_count, size_t count) {
    interleave_loops(out, planes, plane_count, count);
}

static void interleave(uint8_t *out, const uint8_t *const *planes, uint32_t plane_count,
                       size_t count) {
    if (rle_have_shuffles())
        interleave_shuffling(out, planes, plane_count, count);
    else
        interleave_loops(out, planes, plane_count, count);
}

/* Decodes `count` segments of `bytes` each, from `first` on, side by side: together they are one
 * stretch of the native frame. */
static enum rle_status decode_together(const uint8_t *data, const rle_frame *frame,
                                       const rle_segments *segments, uint32_t first, uint32_t count,
                                       uint64_t bytes, uint8_t *out, size_t *at) {
    rle_segment_reader readers[RLE_MAX_SEGMENTS];
    const uint8_t *planes[RLE_MAX_SEGMENTS];
    uint64_t start = first * bytes;
    for (uint32_t i = 0; i < count; i++) {
        rle_segment_open(&readers[i], data, segments, first + i);
        planes[rle_byte_segment_of(frame, first + i).first - start] = readers[i].bytes;
    }
    out += start;
    size_t block;
    for (uint64_t left = bytes; left > 0; left -= block) {
        block = left < RLE_BYTES_AT_ONCE ? (size_t)left : RLE_BYTES_AT_ONCE;
        for (uint32_t i = 0; i < count; i++) {
            enum rle_status status = rle_segment_read(&readers[i], block);
            if (status != RLE_OK) {
                *at = (size_t)(readers[i].at - data);
                return status;
            }
        }
        interleave(out, planes, count, block);
        out += block * count;
        for (uint32_t i = 0; i < count; i++)
            rle_segment_drop(&readers[i], block);
    }
    return RLE_OK;
}

/* Up to eight pixels of one byte each as one byte; -1 where one is neither 0 nor 1. */
static int pack_bits(const uint8_t *pixels, size_t count) {
    unsigned packed = 0, all = 0;
    for (size_t i = 0; i < count && i < 8; i++) {
        packed |= (unsigned)(pixels[i] & 1) << i;
        all |= pixels[i];
    }
    return all <= 1 ? (int)packed : -1;
}

/* PS3.5 G.2: each pixel of 1 bit is padded with zero bits to a byte. */
static enum rle_status decode_padded_bits(const uint8_t *data, const rle_segments *segments,
                                          uint64_t pixels, uint8_t *out, size_t *at) {
    rle_segment_reader reader;
    rle_segment_open(&reader, data, segments, 0);
    size_t block;
    for (uint64_t left = pixels; left > 0; left -= block) {
        block = left < RLE_BYTES_AT_ONCE ? (size_t)left : RLE_BYTES_AT_ONCE;
        enum rle_status status = rle_segment_read(&reader, block);
        *at = (size_t)(reader.at - data);
        if (status != RLE_OK)
            return status;
        for (size_t i = 0; i < block; i += 8) {
            int packed = pack_bits(reader.bytes + i, block - i);
            if (packed < 0)
                return RLE_BAD_BIT;
            *out++ = (uint8_t)packed;
        }
        rle_segment_drop(&reader, block);
    }
    return RLE_OK;
}

/* Some encoders pack the pixels before the runs are found. A segment that makes exactly as many
 * bytes as the packed frame has is theirs: as padded pixels it would lack seven eighths of them. */
static enum rle_status decode_bits(const uint8_t *data, const rle_frame *frame,
                                   const rle_segments *segments, uint8_t *out, size_t *at) {
    uint64_t pixels = rle_pixels(frame), packed = rle_native_length(frame);
    const uint8_t *start = data + segments->start[0], *end = data + segments->start[1];
    if (packed == pixels || rle_segment_length(start, end, pixels) != packed)
        return decode_padded_bits(data, segments, pixels, out, at);
    enum rle_status status = decode_together(data, frame, segments, 0, 1, packed, out, at);
    if (status == RLE_OK && pixels % 8 != 0)
        out[packed - 1] &= (uint8_t)((1u << pixels % 8) - 1); /* bits that are no pixels */
    return status;
}

enum rle_status rle_decode(const uint8_t *data, size_t length, const rle_frame *frame, uint8_t *out,
                           size_t *at) {
    rle_segments segments;
    enum rle_status status = rle_check(data, length, frame, &segments, at);
    if (status != RLE_OK)
        return status;
    if (frame->bits_allocated == 1)
        return decode_bits(data, frame, &segments, out, at);
    /* Colour by pixel is woven from all segments, colour by plane from those of one sample. */
    int by_plane = frame->planar_configuration == 1;
    uint32_t together = by_plane ? rle_bytes_per_sample(frame) : segments.count;
    uint64_t bytes = rle_pixels(frame);
    for (uint32_t first = 0; first < segments.count && status == RLE_OK; first += together)
        status = decode_together(data, frame, &segments, first, together, bytes, out, at);
    return status;
}
