#include "layout.h"
#include "shuffles.h"

#include <string.h>

enum { RUN_MAX_LENGTH = 128 }; /* PS3.5 G.3.1 */

#define ONE_IN_EACH_BYTE 0x0101010101010101u
#define LOW_BITS_OF_EACH_BYTE 0x7f7f7f7f7f7f7f7fu

/* A row of one segment, with room for a word that is read at its last byte. */
typedef struct {
    uint8_t bytes[UINT16_MAX + 16];
} segment_row;

static void put_le32(uint8_t *out, uint64_t value) {
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
    out[2] = (uint8_t)(value >> 16);
    out[3] = (uint8_t)(value >> 24);
}

static inline uint64_t load_word(const uint8_t *in) {
    uint64_t word;
    memcpy(&word, in, sizeof word);
    return word;
}

/* The position in memory of the first byte of a word that is not zero; there is one. */
static inline size_t first_byte_of(uint64_t word) {
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(word) / 8;
#else
    uint8_t bytes[sizeof word];
    size_t at = 0;
    memcpy(bytes, &word, sizeof word);
    while (bytes[at] == 0)
        at++;
    return at;
#endif
}

/* How many bytes from the first on are equal to it; eight are compared at once. */
static size_t replicate_run(const uint8_t *in, size_t limit) {
    uint64_t value = in[0] * ONE_IN_EACH_BYTE;
    for (size_t count = 0; count < limit; count += 8) {
        uint64_t different = load_word(in + count) ^ value;
        if (different != 0) {
            count += first_byte_of(different);
            return count < limit ? count : limit;
        }
    }
    return limit;
}

/* How many bytes come before the next three equal ones, the first not asked. Two equal ones stay in
 * a literal run: on their own they would not be shorter, PS3.5 G.3.1. */
static size_t literal_run(const uint8_t *in, size_t limit) {
    for (size_t count = 1; count < limit; count += 8) {
        uint64_t first = load_word(in + count), second = load_word(in + count + 1);
        uint64_t third = load_word(in + count + 2);
        uint64_t different = (first ^ second) | (second ^ third);
        /* The top bit of each byte of `different` that is zero. */
        uint64_t equal = ~(((different & LOW_BITS_OF_EACH_BYTE) + LOW_BITS_OF_EACH_BYTE) |
                           different | LOW_BITS_OF_EACH_BYTE);
        if (equal != 0) {
            count += first_byte_of(equal);
            return count < limit ? count : limit;
        }
    }
    return limit;
}

/* Runs do not cross rows, PS3.5 G.3.1. */
static uint8_t *encode_row(segment_row *row, size_t columns, uint8_t *out) {
    const uint8_t *in = row->bytes;
    row->bytes[columns] = (uint8_t)~in[columns - 1]; /* ends every run */
    for (size_t at = 0, count; at < columns; at += count) {
        size_t limit = columns - at < RUN_MAX_LENGTH ? columns - at : RUN_MAX_LENGTH;
        count = replicate_run(in + at, limit);
        if (count > 1) {
            *out++ = (uint8_t)(257 - count);
            *out++ = in[at];
        } else {
            count = literal_run(in + at, limit);
            *out++ = (uint8_t)(count - 1);
            memcpy(out, in + at, count);
            out += count;
        }
    }
    return out;
}

/* Every `stride`th byte. The loops are spelled out for the strides that are usual, because
 * compilers vectorise those. */
static inline void gather_loops(segment_row *row, const uint8_t *in, uint32_t stride,
                                size_t columns) {
    uint8_t *restrict out = row->bytes;
    switch (stride) {
    case 1:
        memcpy(out, in, columns);
        break;
    case 2:
        for (size_t i = 0; i < columns; i++)
            out[i] = in[2 * i];
        break;
    case 3:
        for (size_t i = 0; i < columns; i++)
            out[i] = in[3 * i];
        break;
    default:
        for (size_t i = 0; i < columns; i++)
            out[i] = in[stride * i];
    }
}

RLE_WITH_SHUFFLES static void gather_shuffling(segment_row *row, const uint8_t *in, uint32_t stride,
                                               size_t columns) {
    gather_loops(row, in, stride, columns);
}

static void gather_bytes(segment_row *row, const uint8_t *in, uint32_t stride, size_t columns) {
    if (rle_have_shuffles())
        gather_shuffling(row, in, stride, columns);
    else
        gather_loops(row, in, stride, columns);
}

/* PS3.5 G.2: each pixel of 1 bit is padded with zero bits to a byte. */
static void gather_bits(segment_row *row, const uint8_t *native, uint64_t first, size_t columns) {
    for (size_t i = 0; i < columns; i++)
        row->bytes[i] = native[(first + i) / 8] >> (first + i) % 8 & 1;
}

static uint8_t *encode_segment(const uint8_t *native, const rle_frame *frame, uint32_t segment,
                               uint8_t *out) {
    segment_row row;
    memset(row.bytes + frame->columns, 0, sizeof row.bytes - UINT16_MAX);
    rle_byte_segment bytes = rle_byte_segment_of(frame, segment);
    const uint8_t *start = out;
    for (uint64_t first = 0; first < rle_pixels(frame); first += frame->columns) {
        if (frame->bits_allocated == 1)
            gather_bits(&row, native, first, frame->columns);
        else
            gather_bytes(&row, native + bytes.first + first * bytes.stride, bytes.stride,
                         frame->columns);
        out = encode_row(&row, frame->columns, out);
    }
    if ((out - start) % 2 != 0)
        *out++ = 0; /* PS3.5 G.3: padded to an even length */
    return out;
}

uint64_t rle_encoded_bound(const rle_frame *frame) {
    uint32_t count = rle_segment_count(frame);
    if (count == 0)
        return 0;
    /* A literal run costs one byte more than it holds. One that is not full is the last of its row,
     * or is followed by a replicate run, which saves that byte. */
    uint64_t row = frame->columns + (frame->columns + RUN_MAX_LENGTH - 1) / RUN_MAX_LENGTH;
    return RLE_HEADER_LENGTH + count * (frame->rows * row + 1);
}

enum rle_status rle_encode(const uint8_t *native, const rle_frame *frame, uint8_t *out,
                           uint64_t *length) {
    uint32_t count = rle_segment_count(frame);
    if (count == 0)
        return RLE_BAD_FRAME;
    memset(out, 0, RLE_HEADER_LENGTH);
    put_le32(out, count);
    *length = RLE_HEADER_LENGTH;
    for (uint32_t segment = 0; segment < count; segment++) {
        if (*length > UINT32_MAX)
            return RLE_TOO_LONG;
        put_le32(out + 4 + 4 * segment, *length);
        *length = (uint64_t)(encode_segment(native, frame, segment, out + *length) - out);
    }
    /* An item has a length of 32 bits as well, PS3.5 A.4, and this value means an undefined one. */
    return *length < UINT32_MAX ? RLE_OK : RLE_TOO_LONG;
}
