/* Which blocks of private elements are reserved by Private Creators (PS3.5 7.8.1) that the added
 * dictionary knows, in the data set and the items that the walk is in. */
#ifndef FASTSEND_RECODE_CREATORS_H
#define FASTSEND_RECODE_CREATORS_H

#include "../part10/element.h"
#include "recode.h"

/* (gggg,0010-00FF) of odd groups. */
static inline int is_private_creator(uint32_t tag) {
    return (tag >> 16 & 1) && (tag & 0xFFFF) >= 0x10 && (tag & 0xFFFF) <= 0xFF;
}

/* Takes note of a Private Creator; its value lies inside the data set. */
enum recode_status creators_note(recode_state *state, const data_element *element);

/* The number of the creator of a private element; 0 where none is known. */
uint32_t creators_find(const recode_state *state, uint32_t tag);

/* Forgets those of an item that is left: they hold for nothing else (PS3.5 7.8.1). */
static inline void creators_leave(recode_state *state) {
    while (state->reservation_count &&
           state->reservations[state->reservation_count - 1].depth > state->depth)
        state->reservation_count--;
}

#endif
