#include "segment_reader.h"

#include <string.h>

enum { NO_OPERATION = 128 }; /* -128 as a byte, PS3.5 G.3.2: outputs nothing */

void rle_segment_open(rle_segment_reader *reader, const uint8_t *data, const rle_segments *segments,
                      uint32_t segment) {
    reader->at = data + segments->start[segment];
    reader->end = data + segments->start[segment + 1];
    reader->have = 0;
}

/* Writes the run at `*at` where RLE_RUN_MAX_LENGTH bytes can be read after its first and written at
 * `out`. Copies of constant length are a few instructions each; what they write beyond the run is
 * overwritten by the next. Returns the end of the run. */
static inline uint8_t *write_run(uint8_t *out, const uint8_t **at) {
    unsigned control = *(*at)++;
    if (control < NO_OPERATION) {
        unsigned count = control + 1;
        memcpy(out, *at, 32);
        if (count > 32)
            memcpy(out + 32, *at + 32, RLE_RUN_MAX_LENGTH - 32);
        *at += count;
        return out + count;
    }
    if (control > NO_OPERATION) {
        unsigned count = 257 - control, value = *(*at)++;
        memset(out, (int)value, 32);
        if (count > 32)
            memset(out + 32, (int)value, RLE_RUN_MAX_LENGTH - 32);
        return out + count;
    }
    return out;
}

/* The same near the end of a segment; NULL where the run goes beyond it. */
static uint8_t *write_last_run(uint8_t *out, const uint8_t **at, const uint8_t *end) {
    if (*at == end)
        return NULL;
    unsigned control = *(*at)++;
    size_t left = (size_t)(end - *at), count = control < NO_OPERATION ? control + 1 : 257 - control;
    if (control < NO_OPERATION) {
        if (left < count)
            return NULL;
        memcpy(out, *at, count);
        *at += count;
        return out + count;
    }
    if (control > NO_OPERATION) {
        if (left == 0)
            return NULL;
        memset(out, *(*at)++, count);
        return out + count;
    }
    return out;
}

enum rle_status rle_segment_read(rle_segment_reader *reader, size_t wanted) {
    uint8_t *out = reader->bytes + reader->have;
    const uint8_t *goal = reader->bytes + wanted, *at = reader->at;
    while (out < goal && reader->end - at > RLE_RUN_MAX_LENGTH)
        out = write_run(out, &at);
    while (out < goal) {
        out = write_last_run(out, &at, reader->end);
        reader->at = at;
        if (out == NULL)
            return RLE_SHORT_SEGMENT;
    }
    reader->at = at;
    reader->have = (size_t)(out - reader->bytes);
    return RLE_OK;
}

void rle_segment_drop(rle_segment_reader *reader, size_t count) {
    reader->have -= count;
    memmove(reader->bytes, reader->bytes + count, reader->have);
}

uint64_t rle_segment_length(const uint8_t *at, const uint8_t *end, uint64_t enough) {
    uint64_t bytes = 0;
    while (bytes < enough && at < end) {
        unsigned control = *at++;
        size_t literal = control < NO_OPERATION ? control + 1 : 0;
        size_t taken = control > NO_OPERATION ? 1 : literal;
        if ((size_t)(end - at) < taken)
            break;
        bytes += control > NO_OPERATION ? 257 - control : literal;
        at += taken;
    }
    return bytes < enough ? bytes : enough;
}
