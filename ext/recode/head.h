/* Heads of elements and items as the walk goes over them. */
#ifndef FASTSEND_RECODE_HEAD_H
#define FASTSEND_RECODE_HEAD_H

#include "output.h"
#include "walk.h"

/* Why bytes of the source cannot be had. */
static inline enum recode_status head_unread(const recode_state *state) {
    return state->source.error ? RECODE_READ_FAILED : RECODE_CHANGED;
}

/* Reads the head at the offset; `left` bytes are left in its frame. */
static inline enum recode_status read_head(recode_state *state, int encoding, uint64_t left,
                                           data_element *element) {
    size_t size = left < LONG_HEAD ? (size_t)left : LONG_HEAD;
    const uint8_t *at = source_view(&state->source, state->offset, size);
    if (!at) return head_unread(state);
    int big = encoding & ENCODING_BIG;
    state->error_tag = size < 4 ? 0 : TAG(read_u16(at, big), read_u16(at + 2, big));
    if (size < SHORT_HEAD) return RECODE_CUT;
    *element = (data_element){.tag = state->error_tag, .head = SHORT_HEAD};
    if (!(encoding & ENCODING_EXPLICIT) || element->tag >> 16 == 0xFFFE) {
        element->length = read_u32(at + 4, big);
        /* Only looked at where an item or data set begins: later a length may look like a VR. */
        if (element->tag >> 16 != 0xFFFE && !top_frame(state)->started &&
            vr_length_bytes(VR(at[4], at[5])))
            return RECODE_UNSURE_ENCODING;
        return RECODE_OK;
    }
    element->vr = VR(at[4], at[5]);
    element->length = read_u16(at + 6, big);
    int length_bytes = vr_length_bytes(element->vr);
    if (length_bytes == 2) return RECODE_OK;
    if (!length_bytes || element->length) return RECODE_UNSURE_VR;
    if (size < LONG_HEAD) return RECODE_CUT;
    element->length = read_u32(at + 8, big);
    element->head = LONG_HEAD;
    return RECODE_OK;
}

/* Writes a head; the value is under way, its bytes swapped in units. */
static inline enum recode_status put_element(recode_state *state, int encoding,
                                             const data_element *element, uint16_t vr,
                                             uint32_t unit) {
    put_head(state, encoding, element->tag, vr, element->length);
    state->offset += element->head;
    state->value_left = element->length;
    state->value_unit = unit;
    return RECODE_OK;
}

static inline void skip_element(recode_state *state, const data_element *element) {
    state->offset += (uint64_t)element->head + element->length;
}

#endif
