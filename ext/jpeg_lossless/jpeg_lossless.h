/* JPEG Lossless, Process 14 with selection value 1 (ISO/IEC 10918-1 Annex H): native frames to
 * codestreams, without allocation.
 *
 * A native frame here is what Pixel Data holds in the little endian transfer syntaxes, without pad
 * byte. The precision of the codestream is Bits Allocated, so that every bit comes back. */
#ifndef FASTSEND_JPEG_LOSSLESS_H
#define FASTSEND_JPEG_LOSSLESS_H

#include <stddef.h>
#include <stdint.h>

enum {
    JPEG_LOSSLESS_MAX_COMPONENTS = 4, /* of an interleaved scan, B.2.3 */
    JPEG_LOSSLESS_CATEGORIES = 17     /* of differences, SSSS 0 to 16: Table H.2 */
};

/* The attributes of Image Pixel (PS3.3 C.7.6.3) that the codestream depends on. */
typedef struct {
    uint32_t rows, columns;        /* 1 to 65535 */
    uint32_t samples_per_pixel;    /* 1 to 4 */
    uint32_t bits_allocated;       /* 8 or 16 */
    uint32_t planar_configuration; /* of the native frame: the codestream is by pixel */
} jpeg_lossless_frame;

enum jpeg_lossless_status {
    JPEG_LOSSLESS_OK = 0,
    JPEG_LOSSLESS_NO_ROOM /* the codestream is longer than what is there for it */
};

/* A code for the categories: `length[s]` bits, the last of `code[s]`; 0 bits where none has s. */
typedef struct {
    uint8_t length[JPEG_LOSSLESS_CATEGORIES];
    uint16_t code[JPEG_LOSSLESS_CATEGORIES];
    uint8_t with_length[17];                 /* BITS of B.2.4.2: codes of each length from 1 */
    uint8_t values[JPEG_LOSSLESS_CATEGORIES]; /* HUFFVAL: categories in the order of their codes */
    uint32_t count;
} jpeg_lossless_code;

/* The bytes of such a frame in native form; 0 where there is no such codestream. */
uint64_t jpeg_lossless_native_length(const jpeg_lossless_frame *frame);

/* The shortest code for categories that occur so often; no code is of ones only (Annex K.2). */
void jpeg_lossless_make_code(
    const uint64_t occurrences[JPEG_LOSSLESS_CATEGORIES], jpeg_lossless_code *made);

/* Encodes `native`, which is as long as `jpeg_lossless_native_length` says, to at most `room` bytes
 * of `out`. */
enum jpeg_lossless_status jpeg_lossless_encode(
    const uint8_t *native, const jpeg_lossless_frame *frame, uint8_t *out, size_t room,
    size_t *length);

#endif
