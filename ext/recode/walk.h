/* The walk over a data set, one head or delimiter a step. */
#ifndef FASTSEND_RECODE_WALK_H
#define FASTSEND_RECODE_WALK_H

#include "../part10/element.h"
#include "recode.h"

#define TAG_PIXEL_DATA TAG(0x7FE0, 0x0010)
#define TAG_ITEM TAG(0xFFFE, 0xE000)
#define TAG_ITEM_DELIMITATION TAG(0xFFFE, 0xE00D)
#define TAG_SEQUENCE_DELIMITATION TAG(0xFFFE, 0xE0DD)

/* Puts at most WALK_ROOM bytes into the buffer, and may leave a value under way behind. */
enum { WALK_ROOM = 16 };
enum recode_status walk_step(recode_state *state);

/* Back to the beginning. */
void walk_rewind(recode_state *state);

static inline int same_syntax(const recode_state *state) {
    return state->options.from == state->options.to;
}

/* edits.c */

/* Whether there was an edit to insert before an element with this tag; if so it is under way. */
int edits_insert(recode_state *state, uint32_t tag);

/* Whether an edit takes the place of the element with this tag; if so it is under way. */
int edits_replace(recode_state *state, uint32_t tag);

/* Whether the length of a group of the data set itself is not what it was. */
int edits_change_group(const recode_state *state, uint32_t group);

/* frames.c */

static inline recode_frame *top_frame(recode_state *state) {
    return &state->frames[state->depth];
}

/* Where the next byte goes, in all that is produced. */
static inline uint64_t out_position(const recode_state *state) {
    return state->produced + state->used;
}

/* The place of the next length that changes; NO_SLOT where there is none. `*length` becomes what
 * measuring found there, UNDEFINED_LENGTH where it found nothing that can be written. */
uint32_t frames_take_slot(recode_state *state, uint32_t *length);

/* Writes a head and opens what it announces. */
enum recode_status frames_open(recode_state *state, enum frame_kind kind,
                               const data_element *element, uint16_t vr);

/* The frame has come to the end of its defined length. */
enum recode_status frames_close(recode_state *state);

/* Leaves a frame. */
void frames_pop(recode_state *state);

/* A group length begins; RECODE_OK with nothing written where there is no slot for it. */
void frames_begin_group(recode_state *state, uint32_t tag);

/* What is left of the group under way lies behind. */
void frames_end_group(recode_state *state);

#endif
