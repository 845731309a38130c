#include "jpeg_lossless.h"

#include <string.h>

enum {
    COUNTERS = 4,     /* one after the other, so that none waits for the one before to be stored */
    FLUSH_LENGTH = 8, /* four bytes of a codestream, each with a zero behind it */
    END_LENGTH = FLUSH_LENGTH + 2,
    HEADER_LENGTH = 2 + (10 + 3 * 4) + (21 + JPEG_LOSSLESS_CATEGORIES) + (8 + 2 * 4)
};

/* What is counted or written in one pass over the frame. */
typedef struct {
    uint64_t counts[COUNTERS][JPEG_LOSSLESS_CATEGORIES];
    uint32_t code[JPEG_LOSSLESS_CATEGORIES]; /* with zeros for the bits behind it */
    uint32_t bits[JPEG_LOSSLESS_CATEGORIES]; /* of the code and of what is behind it */
    uint64_t pending;                        /* the last `pending_bits` of it are not written */
    uint32_t pending_bits;                   /* fewer than 32 between samples */
    uint8_t *out;
    const uint8_t *end;
} pass;

uint64_t jpeg_lossless_native_length(const jpeg_lossless_frame *frame) {
    if (frame->rows == 0 || frame->rows > UINT16_MAX || frame->columns == 0 ||
        frame->columns > UINT16_MAX || frame->samples_per_pixel == 0 ||
        frame->samples_per_pixel > JPEG_LOSSLESS_MAX_COMPONENTS ||
        (frame->bits_allocated != 8 && frame->bits_allocated != 16) ||
        frame->planar_configuration > 1)
        return 0;
    return (uint64_t)frame->rows * frame->columns * frame->samples_per_pixel *
           (frame->bits_allocated / 8);
}

static inline uint32_t load(const uint8_t *native, size_t index, size_t width) {
    if (width == 1)
        return native[index];
    return (uint32_t)native[2 * index] | (uint32_t)native[2 * index + 1] << 8;
}

/* The difference modulo 65536 (H.1.2.1), from -32768 to 32767. */
static inline int32_t difference(uint32_t sample, uint32_t prediction) {
    return (int16_t)(uint16_t)(sample - prediction);
}

/* SSSS of Table H.2: the bits of the magnitude. */
static inline uint32_t category(int32_t difference) {
    uint32_t magnitude = (uint32_t)(difference < 0 ? -difference : difference);
#if defined(__GNUC__)
    return 31u - (uint32_t)__builtin_clz(2 * magnitude + 1);
#else
    uint32_t bits = 0;
    while (magnitude >> bits)
        bits++;
    return bits;
#endif
}

static inline int put_word(pass *to, uint32_t word) {
    if (to->end - to->out < FLUSH_LENGTH)
        return 0;
    uint32_t low_bits = 0x7f7f7f7fu;
    /* Is a byte 0xff? Then its complement is zero. */
    if ((((~word & low_bits) + low_bits) | ~word | low_bits) == 0xffffffffu) {
        to->out[0] = (uint8_t)(word >> 24);
        to->out[1] = (uint8_t)(word >> 16);
        to->out[2] = (uint8_t)(word >> 8);
        to->out[3] = (uint8_t)word;
        to->out += 4;
        return 1;
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        *to->out++ = (uint8_t)(word >> shift);
        if (to->out[-1] == 0xff)
            *to->out++ = 0; /* F.1.2.3 */
    }
    return 1;
}

/* The code of the category and the bits behind it (F.1.2.1, H.1.2.2): none for category 16. */
static inline int put_difference(pass *to, int32_t difference) {
    uint32_t size = category(difference);
    uint32_t mask = size == 16 ? 0 : (1u << size) - 1;
    uint32_t behind = (uint32_t)(difference + (difference >> 31)) & mask;
    to->pending = to->pending << to->bits[size] | (to->code[size] | behind);
    to->pending_bits += to->bits[size];
    if (to->pending_bits < 32)
        return 1;
    to->pending_bits -= 32;
    return put_word(to, (uint32_t)(to->pending >> to->pending_bits));
}

static inline int take(pass *to, int32_t difference, size_t number, int counts) {
    if (!counts)
        return put_difference(to, difference);
    to->counts[number % COUNTERS][category(difference)]++;
    return 1;
}

/* Predicts each sample from the one before, the first of a row from the one above, and the very first
 * from half of the range (H.1.2.1). `width` and `counts` are known where this is inlined. */
static inline int run(
    const uint8_t *native, const jpeg_lossless_frame *frame, pass *to, size_t width, int counts) {
    size_t samples = frame->samples_per_pixel, columns = frame->columns, rows = frame->rows;
    size_t by_plane = frame->planar_configuration == 1;
    size_t step = by_plane ? 1 : samples, plane = by_plane ? rows * columns : 1;
    uint32_t before[JPEG_LOSSLESS_MAX_COMPONENTS], first[JPEG_LOSSLESS_MAX_COMPONENTS];
    pass local = *to; /* its members can be in registers */
    for (size_t c = 0; c < samples; c++)
        first[c] = 1u << (8 * width - 1);
    for (size_t row = 0; row < rows; row++) {
        size_t at = row * columns * step;
        for (size_t c = 0; c < samples; c++) {
            before[c] = first[c];
            first[c] = load(native, at + c * plane, width);
        }
        if (samples == 1) {
            uint32_t last = before[0];
            for (size_t column = 0; column < columns; column++) {
                uint32_t sample = load(native, at + column, width);
                if (!take(&local, difference(sample, last), column, counts))
                    return 0;
                last = sample;
            }
            continue;
        }
        for (size_t column = 0; column < columns; column++, at += step) {
            for (size_t c = 0; c < samples; c++) {
                uint32_t sample = load(native, at + c * plane, width);
                if (!take(&local, difference(sample, before[c]), c, counts))
                    return 0;
                before[c] = sample;
            }
        }
    }
    *to = local;
    return 1;
}

static int run_any(const uint8_t *native, const jpeg_lossless_frame *frame, pass *to, int counts) {
    if (frame->bits_allocated == 8)
        return counts ? run(native, frame, to, 1, 1) : run(native, frame, to, 1, 0);
    return counts ? run(native, frame, to, 2, 1) : run(native, frame, to, 2, 0);
}

static uint8_t *put_marker(uint8_t *out, uint8_t marker, size_t length) {
    *out++ = 0xff;
    *out++ = marker;
    *out++ = (uint8_t)(length >> 8);
    *out++ = (uint8_t)length;
    return out;
}

/* SOI, SOF3, DHT and SOS (B.2). */
static uint8_t *put_header(
    uint8_t *out, const jpeg_lossless_frame *frame, const jpeg_lossless_code *code) {
    uint32_t components = frame->samples_per_pixel;
    *out++ = 0xff;
    *out++ = 0xd8;
    out = put_marker(out, 0xc3, 8 + 3 * components);
    *out++ = (uint8_t)frame->bits_allocated;
    *out++ = (uint8_t)(frame->rows >> 8);
    *out++ = (uint8_t)frame->rows;
    *out++ = (uint8_t)(frame->columns >> 8);
    *out++ = (uint8_t)frame->columns;
    *out++ = (uint8_t)components;
    for (uint32_t component = 1; component <= components; component++) {
        *out++ = (uint8_t)component;
        *out++ = 0x11; /* not subsampled */
        *out++ = 0;
    }
    out = put_marker(out, 0xc4, 19 + code->count);
    *out++ = 0;
    memcpy(out, code->with_length + 1, 16);
    memcpy(out + 16, code->values, code->count);
    out += 16 + code->count;
    out = put_marker(out, 0xda, 6 + 2 * components);
    *out++ = (uint8_t)components;
    for (uint32_t component = 1; component <= components; component++) {
        *out++ = (uint8_t)component;
        *out++ = 0;
    }
    *out++ = 1; /* selection value */
    *out++ = 0;
    *out++ = 0; /* no point transform */
    return out;
}

/* What is left, with ones up to the end of its byte (F.1.2.3), and EOI. */
static int put_end(pass *to) {
    if (to->end - to->out < END_LENGTH)
        return 0;
    uint32_t missing = 32 - to->pending_bits, bytes = (to->pending_bits + 7) / 8;
    uint64_t filled = to->pending << missing | ((1ull << missing) - 1);
    for (uint32_t i = 0; i < bytes; i++) {
        *to->out++ = (uint8_t)(filled >> (24 - 8 * i));
        if (to->out[-1] == 0xff)
            *to->out++ = 0;
    }
    *to->out++ = 0xff;
    *to->out++ = 0xd9;
    return 1;
}

enum jpeg_lossless_status jpeg_lossless_encode(
    const uint8_t *native, const jpeg_lossless_frame *frame, uint8_t *out, size_t room,
    size_t *length) {
    pass to = {0};
    uint64_t occurrences[JPEG_LOSSLESS_CATEGORIES] = {0};
    jpeg_lossless_code code;
    if (room < HEADER_LENGTH + END_LENGTH)
        return JPEG_LOSSLESS_NO_ROOM;
    run_any(native, frame, &to, 1);
    for (int counter = 0; counter < COUNTERS; counter++)
        for (int size = 0; size < JPEG_LOSSLESS_CATEGORIES; size++)
            occurrences[size] += to.counts[counter][size];
    jpeg_lossless_make_code(occurrences, &code);
    for (uint32_t size = 0; size < JPEG_LOSSLESS_CATEGORIES; size++) {
        uint32_t behind = size == 16 ? 0 : size;
        to.code[size] = (uint32_t)code.code[size] << behind;
        to.bits[size] = code.length[size] + behind;
    }
    to.end = out + room;
    to.out = put_header(out, frame, &code);
    if (!run_any(native, frame, &to, 0) || !put_end(&to))
        return JPEG_LOSSLESS_NO_ROOM;
    *length = (size_t)(to.out - out);
    return JPEG_LOSSLESS_OK;
}
