/* Heads of elements and items, written to the buffer in another encoding. */
#ifndef FASTSEND_RECODE_OUTPUT_H
#define FASTSEND_RECODE_OUTPUT_H

#include <stdint.h>

#include "../part10/element.h"
#include "recode.h"

static inline void put_u16(uint8_t *to, uint32_t value, int big) {
    to[big ? 1 : 0] = (uint8_t)value;
    to[big ? 0 : 1] = (uint8_t)(value >> 8);
}

static inline void put_u32(uint8_t *to, uint32_t value, int big) {
    put_u16(to + (big ? 2 : 0), value & 0xFFFF, big);
    put_u16(to + (big ? 0 : 2), value >> 16, big);
}

/* VRs that came after the first edition of the Standard, as DCMTK counts them. */
static inline int vr_is_new(uint16_t vr) {
    switch (vr) {
    case VR('O', 'D'): case VR('O', 'F'): case VR('O', 'L'): case VR('O', 'V'):
    case VR('S', 'V'): case VR('U', 'C'): case VR('U', 'N'): case VR('U', 'R'):
    case VR('U', 'T'): case VR('U', 'V'):
        return 1;
    default:
        return 0;
    }
}

/* The buffer has room for LONG_HEAD bytes more. Without a VR, as items are, or in Implicit VR the
 * head is that of PS3.5 7.1.3. */
static inline void put_head(recode_state *state, int encoding, uint32_t tag, uint16_t vr,
                            uint32_t length) {
    uint8_t *to = state->buffer + state->used;
    int big = encoding & ENCODING_BIG;
    put_u16(to, tag >> 16, big);
    put_u16(to + 2, tag & 0xFFFF, big);
    state->used += SHORT_HEAD;
    if (!vr || !(encoding & ENCODING_EXPLICIT)) {
        put_u32(to + 4, length, big);
        return;
    }
    if (state->options.disable_new_vr && vr_is_new(vr)) vr = VR('O', 'B');
    to[4] = (uint8_t)(vr >> 8);
    to[5] = (uint8_t)vr;
    if (vr_length_bytes(vr) == 2) {
        put_u16(to + 6, length, big);
        return;
    }
    to[6] = to[7] = 0; /* reserved */
    put_u32(to + 8, length, big);
    state->used += LONG_HEAD - SHORT_HEAD;
}

#endif
