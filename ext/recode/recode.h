/* Data sets from one native transfer syntax to another (PS3.5 A.1, A.2, A.3): Implicit VR Little
 * Endian, Explicit VR Little Endian and Explicit VR Big Endian; or in the same one with elements of
 * the data set replaced, inserted and removed.
 *
 * The caller pulls pieces: bytes in a bounded buffer, or a slice of the file whose bytes go out as
 * they are. Nothing recurses, what is kept in memory is bounded, and no length is used before it is
 * compared with what is left. Where the bytes allow two readings the walk ends with a status that
 * says so, at a tag and an offset; it never guesses. No Python here. */
#ifndef FASTSEND_RECODE_H
#define FASTSEND_RECODE_H

#include <stddef.h>
#include <stdint.h>

#include "added.h"
#include "frame.h"
#include "source.h"

enum recode_syntax { RECODE_IMPLICIT_LE, RECODE_EXPLICIT_LE, RECODE_EXPLICIT_BE };

enum recode_status {
    RECODE_OK = 0,
    RECODE_END,         /* the whole data set is out */
    RECODE_READ_FAILED, /* the error number is in the source's `error` */
    RECODE_CHANGED,     /* the file became shorter, or another one, while it was read */
    RECODE_NO_MEMORY,
    /* The data set is broken. */
    RECODE_CUT,      /* it ends inside the head of an element, or before a delimiter */
    RECODE_TOO_LONG, /* a length exceeds what is left of the data set, sequence or item */
    RECODE_TOO_DEEP, /* more than RECODE_MAX_DEPTH sequences in each other */
    /* The walk cannot be sure of what follows. */
    RECODE_FIRST_UNSURE,
    RECODE_UNSURE_ENCODING = RECODE_FIRST_UNSURE, /* Explicit VR where Implicit was announced */
    RECODE_UNSURE_VR,          /* no VR of the Standard, or reserved bytes that are not 0 */
    RECODE_UNSURE_ORDER,       /* Data Element Tags do not increase (PS3.5 7.1) */
    RECODE_UNSURE_GROUP,       /* a group that no data set has (PS3.7 6.3.1, PS3.10 7.1) */
    RECODE_UNSURE_ITEM,        /* an item or delimiter out of place, or none where one must be */
    RECODE_UNSURE_UNDEFINED,   /* undefined length where no VR allows it (PS3.5 7.1.2) */
    RECODE_UNSURE_AMBIGUOUS,   /* the VR depends on an element that is not there, or too late */
    RECODE_UNSURE_BYTE_ORDER,  /* what to swap is not certain */
    RECODE_UNSURE_ENCAPSULATED, /* pixel fragments, which no native transfer syntax has */
    RECODE_UNSURE_FRAGMENTS     /* the same in a sequence */
};

/* A sentence about a status, without a full stop. */
const char *recode_status_text(enum recode_status status);

/* What becomes of one element of the data set itself, not of its sequences. */
typedef struct {
    uint32_t tag;
    int only_if_present;    /* do not insert it */
    const uint8_t *element; /* head and value as they are to stand in the output */
    size_t length;          /* of both, in bytes; 0: the element is left out */
} recode_edit;

typedef struct {
    enum recode_syntax from, to; /* may be the same where the rest asks for work */
    /* Values of this many bytes and more, whose bytes stay, come as slices; 0: none does. */
    uint32_t slice_least;
    /* Copy encapsulated Pixel Data and icons as they are, instead of RECODE_UNSURE_ENCAPSULATED and
     * RECODE_UNSURE_FRAGMENTS. */
    int copy_fragments;
    /* By tag, each once, as recode_edit_fault wants them; they and their bytes stay the caller's
     * until the state is closed. */
    const recode_edit *edits;
    size_t edit_count;
    /* Leave out the Pixel Data (7FE0,0010) of the data set, native or encapsulated, and say where
     * it goes. */
    int external_pixel_data;
    /* Write the VRs that came after 1993 as OB where the output has VRs, as DCMTK does; numbers
     * in them stay or become little endian. */
    int disable_new_vr;
    /* What the user knows beyond the Standard of the VRs of Implicit VR; NULL: nothing. It stays the
     * caller's until the state is closed. */
    const added_dictionary *added;
} recode_options;

typedef struct {
    const uint8_t *bytes; /* good until the next call; NULL for a slice of a file */
    uint64_t offset;      /* of a slice, from the start of the file */
    uint64_t length;      /* bytes; 0: no piece, here goes the external Pixel Data */
} recode_piece;

/* What is wrong with an edit that comes behind the one with `last_tag` (0: the first); NULL where
 * nothing is. */
const char *recode_edit_fault(const recode_edit *edit, const recode_options *options,
                              uint32_t last_tag);

enum {
    RECODE_BUFFER = 65536,
    RECODE_MAX_DEPTH = 2048,
    RECODE_MAX_SLOTS = 1 << 20 /* new lengths that are kept, 4 bytes each */
};

/* A block of private elements that is reserved. */
typedef struct {
    size_t depth;
    uint32_t block; /* the tag of the Private Creator */
    uint32_t creator;
} recode_reservation;

typedef struct {
    recode_source source;
    recode_options options;
    uint64_t begin, end;
    uint64_t offset;   /* of what comes next */
    uint64_t produced; /* bytes given out so far, slices included */
    uint64_t measured; /* what will be produced; UINT64_MAX: not measured */
    /* The value under way. */
    uint64_t value_left;
    uint32_t value_unit; /* bytes that are swapped together; 1: none */
    /* The edit under way: it comes before the value. */
    const uint8_t *edit_bytes;
    size_t edit_left;
    size_t next_edit;
    int pixel_data_due;      /* its place is next, before the value */
    uint64_t pixel_data_end; /* where it ends, as measuring found; 0: not known */
    int muted;               /* inside an element of which nothing is written */
    /* Where and why it ended. */
    enum recode_status status;
    uint32_t error_tag;
    uint64_t error_offset; /* from the start of the file */
    int8_t known_pixel_representation; /* of the data set itself, NOT_KNOWN before it was seen */
    int measuring;
    size_t dictionary_hint;
    recode_frame *frames;
    size_t depth, frame_capacity;
    recode_reservation *reservations; /* of known creators, the innermost last */
    size_t reservation_count, reservation_capacity;
    uint32_t *slots; /* new lengths, in the order in which their heads come */
    uint32_t slot_count, slot_capacity, next_slot;
    int slots_full;
    size_t used; /* of the buffer */
    recode_frame first_frames[16];
    uint8_t buffer[RECODE_BUFFER];
} recode_state;

/* Begins with the data set of `length` bytes at `offset` of a file; the descriptor stays the
 * caller's, its position is not used. A state that was opened before must be closed first. */
void recode_open_file(recode_state *state, int fd, uint64_t offset, uint64_t length,
                      const recode_options *options);

/* The same for a data set in memory, whose slices are bytes, too; and for one that a function
 * reads, without slices. It is asked for bytes in their order, with gaps, and none of them twice;
 * after recode_measure it is asked from the beginning anew. */
void recode_open_bytes(recode_state *state, const uint8_t *bytes, uint64_t length,
                       const recode_options *options);
void recode_open_reader(recode_state *state, recode_read *read, void *context, uint64_t length,
                        const recode_options *options);

/* Walks the whole data set without reading the long values, so that what cannot be re-encoded is
 * known before the first byte is sent. RECODE_END: `*length` is what will be produced, and pulling
 * begins anew. All else is final.
 *
 * It finds the new lengths of sequences, items and groups (PS3.5 7.2, retired). Without it, or
 * behind RECODE_MAX_SLOTS of them, sequences and items whose lengths change come out with undefined
 * length, and group lengths are left out. */
enum recode_status recode_measure(recode_state *state, uint64_t *length);

/* RECODE_OK: one more piece. RECODE_END: there is none. All else is final. */
enum recode_status recode_next(recode_state *state, recode_piece *piece);

/* Frees what the state holds; the state itself and the descriptor are the caller's. */
void recode_close(recode_state *state);

#endif
