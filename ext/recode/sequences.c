#include "sequences.h"

#include "head.h"

int sequences_stay(const recode_state *state, const recode_frame *frame) {
    if (!all_stays(frame) || frame->renames) return 0;
    return !(frame->from & ENCODING_EXPLICIT) || state->muted || state->options.copy_fragments;
}

/* A delimiter ends a frame of undefined length. Some writers put one at the end of a defined
 * length, too: it goes where that length is written anew. */
enum recode_status sequences_step_delimiter(recode_state *state, const data_element *element) {
    const recode_frame *frame = top_frame(state);
    uint32_t mine = frame->kind == FRAME_ELEMENTS ? TAG_ITEM_DELIMITATION
                                                  : TAG_SEQUENCE_DELIMITATION;
    if (element->tag != mine || element->length || !state->depth) return RECODE_UNSURE_ITEM;
    if (frame->defined && state->offset + element->head != frame->end) return RECODE_UNSURE_ITEM;
    frames_end_group(state);
    if (!frame->defined || lengths_stay(frame)) put_head(state, frame->to, element->tag, 0, 0);
    state->offset += element->head;
    if (!frame->defined) frames_pop(state);
    return RECODE_OK;
}

enum recode_status sequences_step_item(recode_state *state, uint64_t left) {
    const recode_frame *frame = top_frame(state);
    data_element item;
    enum recode_status status = read_head(state, frame->from & ENCODING_BIG, left, &item);
    if (status == RECODE_UNSURE_ENCODING) return RECODE_UNSURE_ITEM;
    if (status) return status;
    if (item.tag != TAG_ITEM) return sequences_step_delimiter(state, &item);
    int defined = item.length != UNDEFINED_LENGTH;
    if (defined && item.length > left - item.head) return RECODE_TOO_LONG;
    if (frame->kind == FRAME_FRAGMENTS && !defined) return RECODE_UNSURE_ITEM;
    if (frame->kind == FRAME_FRAGMENTS || (defined && sequences_stay(state, frame)))
        return put_element(state, frame->to, &item, 0, 1);
    return frames_open(state, FRAME_ELEMENTS, &item, 0);
}

/* Pixel fragments (PS3.5 A.4), which no native transfer syntax has. */
static enum recode_status open_fragments(recode_state *state, const data_element *element,
                                         uint16_t vr) {
    const recode_frame *frame = top_frame(state);
    /* Nobody says how offset tables look in Big Endian. */
    if (!(state->options.copy_fragments || state->muted) ||
        (frame->from | frame->to) & ENCODING_BIG)
        return state->depth ? RECODE_UNSURE_FRAGMENTS : RECODE_UNSURE_ENCAPSULATED;
    return frames_open(state, FRAME_FRAGMENTS, element, all_stays(frame) ? vr : VR('O', 'B'));
}

/* UN of undefined length in Explicit VR. PS3.5 6.2.2: whatever the transfer syntax, what is inside
 * is Implicit VR Little Endian, and remains so; where there is to be no UN it becomes a sequence,
 * as DCMTK makes of it always. */
static enum recode_status open_unknown(recode_state *state, const data_element *element) {
    int renames = top_frame(state)->renames;
    uint16_t vr = renames ? VR('S', 'Q') : VR('U', 'N');
    enum recode_status status = frames_open(state, FRAME_SEQUENCE, element, vr);
    if (status) return status;
    top_frame(state)->from = ENCODING_IMPLICIT_LE;
    if (!renames) top_frame(state)->to = ENCODING_IMPLICIT_LE;
    return RECODE_OK;
}

enum recode_status sequences_open(recode_state *state, const data_element *element, uint16_t vr) {
    const recode_frame *frame = top_frame(state);
    int is_pixels = element->tag == TAG_PIXEL_DATA;
    if (!vr && !(is_pixels && (same_syntax(state) || state->muted)))
        return frames_open(state, FRAME_SEQUENCE, element, 0);
    if (is_pixels && (!vr || vr == VR('O', 'B') || vr == VR('O', 'W')))
        return open_fragments(state, element, vr);
    if (vr == VR('S', 'Q')) return frames_open(state, FRAME_SEQUENCE, element, vr);
    if (vr != VR('U', 'N')) return RECODE_UNSURE_UNDEFINED;
    /* In Implicit VR only sequences have undefined length, so that the VR is known after all. */
    if (!(frame->from & ENCODING_EXPLICIT))
        return frames_open(state, FRAME_SEQUENCE, element, VR('S', 'Q'));
    return open_unknown(state, element);
}

enum recode_status sequences_mute(recode_state *state, const data_element *element) {
    if (element->length != UNDEFINED_LENGTH) {
        skip_element(state, element);
        return RECODE_OK;
    }
    int is_pixels = element->tag == TAG_PIXEL_DATA;
    if (is_pixels && !state->measuring && state->pixel_data_end > state->offset) {
        state->offset = state->pixel_data_end;
        return RECODE_OK;
    }
    recode_frame data_set = state->frames[0];
    size_t used = state->used;
    state->frames[0].to = data_set.from; /* copied without a further look, and never given out */
    state->frames[0].renames = 0;
    state->muted = 1;
    enum recode_status status = is_pixels && element->vr == VR('U', 'N')
                                    ? open_fragments(state, element, element->vr)
                                    : sequences_open(state, element, element->vr);
    state->frames[0] = data_set;
    state->used = used;
    return status;
}

