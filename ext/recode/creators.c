#include "creators.h"

#include <stdlib.h>

#include "head.h"

enum { LONGEST_CREATOR = 256, /* bytes; VR LO has 64 characters */ FIRST_RESERVATIONS = 16 };

static int grow(recode_state *state) {
    if (state->reservation_count < state->reservation_capacity) return 0;
    size_t capacity =
        state->reservation_capacity ? 2 * state->reservation_capacity : FIRST_RESERVATIONS;
    recode_reservation *reservations =
        realloc(state->reservations, capacity * sizeof *reservations);
    if (!reservations) return -1;
    state->reservations = reservations;
    state->reservation_capacity = capacity;
    return 0;
}

enum recode_status creators_note(recode_state *state, const data_element *element) {
    if (element->length > LONGEST_CREATOR) return RECODE_OK;
    const uint8_t *value =
        source_view(&state->source, state->offset + element->head, element->length);
    if (!value) return head_unread(state);
    uint32_t number =
        added_creator_number(state->options.added, value, element->length);
    /* Tags increase: nothing of an earlier group of this item comes any more. */
    while (state->reservation_count) {
        const recode_reservation *last = &state->reservations[state->reservation_count - 1];
        if (last->depth < state->depth || last->block >> 16 == element->tag >> 16) break;
        state->reservation_count--;
    }
    if (!number) return RECODE_OK;
    if (grow(state)) return RECODE_NO_MEMORY;
    state->reservations[state->reservation_count++] =
        (recode_reservation){.depth = state->depth, .block = element->tag, .creator = number};
    return RECODE_OK;
}

uint32_t creators_find(const recode_state *state, uint32_t tag) {
    uint32_t block = (tag & 0xFFFF0000) | (tag >> 8 & 0xFF);
    for (size_t i = state->reservation_count; i-- > 0;) {
        const recode_reservation *one = &state->reservations[i];
        if (one->depth != state->depth) return 0;
        if (one->block == block) return one->creator;
    }
    return 0;
}
