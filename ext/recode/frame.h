/* One level of a data set that is being walked: the data set, a sequence, an item of one, or the
 * fragments of encapsulated Pixel Data. */
#ifndef FASTSEND_RECODE_FRAME_H
#define FASTSEND_RECODE_FRAME_H

#include <stdint.h>

/* How elements are encoded, as bits. */
enum { ENCODING_IMPLICIT_LE = 0, ENCODING_EXPLICIT = 1, ENCODING_BIG = 2 };

enum frame_kind {
    FRAME_ELEMENTS, /* the data set itself, or an item of a sequence */
    FRAME_SEQUENCE, /* holds items with elements */
    FRAME_FRAGMENTS /* holds items with bytes (PS3.5 A.4) */
};

/* What was taken for granted before the element that decides it was seen. */
enum {
    ASSUMED_UNSIGNED = 1, /* Pixel Representation 0 */
    ASSUMED_SIGNED = 2,   /* Pixel Representation 1 */
    ASSUMED_NONE = 4,     /* that there is no Pixel Representation at all */
    ASSUMED_WORDS = 8     /* Waveform Bits Allocated of more than 8 */
};

enum { NOT_KNOWN = -1, NOT_USABLE = -2 };

#define NO_SLOT UINT32_MAX

typedef struct {
    uint64_t end;         /* where it ends, or at the latest where what holds it ends */
    uint64_t out_start;   /* where it begins in what is produced, behind its head */
    uint64_t group_start; /* the same of the group under way, behind its group length */
    uint32_t slot;        /* of its new length; NO_SLOT: it stays, or there is none */
    uint32_t group_slot;  /* of the group length under way */
    uint32_t last_tag;    /* of the elements so far */
    uint16_t bits_allocated;          /* 0: not seen */
    uint16_t waveform_bits_allocated; /* 0: not seen */
    uint8_t kind, from, to;           /* frame_kind, encodings */
    uint8_t started;                  /* an element was seen */
    uint8_t defined;                  /* its length was given */
    uint8_t delimit;                  /* its length is no longer given: write a delimiter */
    uint8_t assumed;
    uint8_t has_pixel_representation; /* of its own */
    uint8_t renames;                  /* some VRs of its elements become OB */
    int8_t pixel_representation;      /* its own, or the nearest around it */
} recode_frame;

/* Explicit VR on both sides or on none: every length stays what it is; not where UN of undefined
 * length becomes a sequence of Explicit VR. */
static inline int lengths_stay(const recode_frame *frame) {
    return !((frame->from ^ frame->to) & ENCODING_EXPLICIT) && !frame->renames;
}

/* The encoding stays, as inside UN of undefined length. */
static inline int all_stays(const recode_frame *frame) {
    return frame->from == frame->to;
}

#endif
