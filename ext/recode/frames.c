#include <stdlib.h>
#include <string.h>

#include "creators.h"
#include "output.h"
#include "vr.h"
#include "walk.h"

enum { MAX_FRAMES = 1 + 2 * RECODE_MAX_DEPTH, FIRST_SLOTS = 256, GROUP_LENGTH_SIZE = 12 };

static int grow_frames(recode_state *state) {
    size_t capacity = 4 * state->frame_capacity;
    if (capacity > MAX_FRAMES) capacity = MAX_FRAMES;
    int first = state->frames == state->first_frames;
    recode_frame *frames = realloc(first ? NULL : state->frames, capacity * sizeof *frames);
    if (!frames) return -1;
    if (first) memcpy(frames, state->first_frames, sizeof state->first_frames);
    state->frames = frames;
    state->frame_capacity = capacity;
    return 0;
}

/* Returns -1 where there is no room for another slot, nor will be: undefined lengths do as well. */
static int grow_slots(recode_state *state) {
    if (state->slots_full) return -1;
    if (state->next_slot < state->slot_capacity) return 0;
    uint32_t capacity = state->slot_capacity ? 4 * state->slot_capacity : FIRST_SLOTS;
    uint32_t *slots = capacity > RECODE_MAX_SLOTS ? NULL
                                                  : realloc(state->slots, capacity * sizeof *slots);
    state->slots_full = !slots;
    if (!slots) return -1;
    state->slots = slots;
    state->slot_capacity = capacity;
    return 0;
}

uint32_t frames_take_slot(recode_state *state, uint32_t *length) {
    *length = UNDEFINED_LENGTH;
    if (state->measuring) {
        if (grow_slots(state)) return NO_SLOT;
        *length = 0;
        state->slot_count = state->next_slot + 1;
    } else {
        if (state->next_slot >= state->slot_count) return NO_SLOT;
        *length = state->slots[state->next_slot];
    }
    return state->next_slot++;
}

static enum recode_status push(recode_state *state, recode_frame inner) {
    if (state->depth + 1 == MAX_FRAMES) return RECODE_TOO_DEEP;
    if (state->depth + 1 == state->frame_capacity && grow_frames(state)) return RECODE_NO_MEMORY;
    state->frames[++state->depth] = inner;
    return RECODE_OK;
}

enum recode_status frames_open(recode_state *state, enum frame_kind kind,
                               const data_element *element, uint16_t vr) {
    const recode_frame *outer = top_frame(state);
    int defined = element->length != UNDEFINED_LENGTH;
    uint32_t slot = NO_SLOT, length = element->length;
    /* That of an empty sequence or item stays, whatever the encoding. */
    int changes = defined && length && !lengths_stay(outer);
    if (changes) slot = frames_take_slot(state, &length);
    put_head(state, outer->to, element->tag, vr, length);
    state->offset += element->head;
    if (!element->length) return RECODE_OK;
    recode_frame inner = {
        .end = defined ? state->offset + element->length : outer->end,
        .out_start = out_position(state),
        .slot = slot,
        .group_slot = NO_SLOT,
        .kind = (uint8_t)kind,
        .from = outer->from,
        .to = outer->to,
        .defined = (uint8_t)defined,
        .renames = outer->renames,
        .delimit = (uint8_t)(changes && length == UNDEFINED_LENGTH),
        .pixel_representation = outer->pixel_representation,
    };
    return push(state, inner);
}

void frames_pop(recode_state *state) {
    state->depth--;
    creators_leave(state);
    vr_leave(top_frame(state), top_frame(state) + 1);
}

enum recode_status frames_close(recode_state *state) {
    recode_frame *frame = top_frame(state);
    if (frame->slot != NO_SLOT) {
        uint64_t length = out_position(state) - frame->out_start;
        if (state->measuring) {
            frame->delimit = length >= UNDEFINED_LENGTH;
            state->slots[frame->slot] = frame->delimit ? UNDEFINED_LENGTH : (uint32_t)length;
        } else if (!frame->delimit && state->slots[frame->slot] != length) {
            return RECODE_CHANGED;
        }
    }
    if (frame->delimit)
        put_head(state, frame->to,
                 frame->kind == FRAME_ELEMENTS ? TAG_ITEM_DELIMITATION : TAG_SEQUENCE_DELIMITATION,
                 0, 0);
    frames_pop(state);
    return RECODE_OK;
}

void frames_begin_group(recode_state *state, uint32_t tag) {
    recode_frame *frame = top_frame(state);
    uint32_t length;
    frame->group_slot = frames_take_slot(state, &length);
    if (frame->group_slot == NO_SLOT || length == UNDEFINED_LENGTH) return;
    put_head(state, frame->to, tag, VR('U', 'L'), 4);
    put_u32(state->buffer + state->used, length, frame->to & ENCODING_BIG);
    state->used += 4;
    frame->group_start = out_position(state);
}

void frames_end_group(recode_state *state) {
    recode_frame *frame = top_frame(state);
    if (frame->group_slot != NO_SLOT && state->measuring) {
        uint64_t length = out_position(state) - frame->group_start;
        int fits = length < UNDEFINED_LENGTH;
        if (!fits) state->produced -= GROUP_LENGTH_SIZE; /* it will be left out */
        state->slots[frame->group_slot] = fits ? (uint32_t)length : UNDEFINED_LENGTH;
    }
    frame->group_slot = NO_SLOT;
}
