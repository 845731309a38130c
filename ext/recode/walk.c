#include "walk.h"

#include "head.h"
#include "sequences.h"
#include "vr.h"

#define TAG_TRAILING_PADDING TAG(0xFFFC, 0xFFFC)

/* Nothing is left of the data set but what is inserted. */
static enum recode_status end_data_set(recode_state *state) {
    if (edits_insert(state, UINT32_MAX)) {
        state->offset = state->end;
        return RECODE_OK;
    }
    frames_end_group(state);
    return top_frame(state)->assumed & ASSUMED_WORDS ? RECODE_UNSURE_AMBIGUOUS : RECODE_END;
}

/* RECODE_END where only zeros are left: padding of the file, seen in the field, and no element. */
static enum recode_status check_zeros(recode_state *state, enum recode_status otherwise) {
    for (uint64_t offset = state->offset; offset < state->end;) {
        uint64_t left = state->end - offset;
        size_t size = left < SOURCE_WINDOW ? (size_t)left : SOURCE_WINDOW;
        const uint8_t *bytes = source_view(&state->source, offset, size);
        if (!bytes) return head_unread(state);
        for (size_t i = 0; i < size; i++)
            if (bytes[i]) return otherwise;
        offset += size;
    }
    return RECODE_END;
}

/* Where bytes are only copied or left out the order of items' elements is not ours to judge. */
static int order_matters(const recode_state *state, const recode_frame *frame) {
    return !state->depth || frame->renames || !(same_syntax(state) || state->muted);
}

/* Tags that have no place here, or not after the last one; RECODE_END before padding. */
static enum recode_status check_tag(recode_state *state, recode_frame *frame, uint32_t tag) {
    if (frame->started && tag <= frame->last_tag && order_matters(state, frame))
        return tag || state->depth ? RECODE_UNSURE_ORDER : check_zeros(state, RECODE_UNSURE_ORDER);
    if (tag >> 16 == 0x0000 || tag >> 16 == 0x0002) return RECODE_UNSURE_GROUP;
    if (frame->started && tag >> 16 != frame->last_tag >> 16) frames_end_group(state);
    frame->started = 1;
    frame->last_tag = tag;
    return RECODE_OK;
}

/* Whether the element is the Pixel Data that comes from elsewhere. */
static int is_external(const recode_state *state, uint32_t tag) {
    return tag == TAG_PIXEL_DATA && !state->depth && state->options.external_pixel_data;
}

/* What is not carried over: Data Set Trailing Padding, which DCMTK does not send either, and group
 * lengths, which are written anew. */
static int step_dropped(recode_state *state, const recode_frame *frame,
                        const data_element *element) {
    uint32_t group = element->tag >> 16;
    int padding = !state->depth && (element->tag == TAG_TRAILING_PADDING ||
                                    element->tag == (TAG_TRAILING_PADDING & 0xFFFF0000));
    if (!padding) {
        if (element->tag & 0xFFFF) return 0;
        int changes = !state->depth && edits_change_group(state, group);
        if (lengths_stay(frame) && !changes) return 0;
        /* Nobody knows how long Pixel Data from elsewhere is. */
        int known = state->depth || group != TAG_PIXEL_DATA >> 16 ||
                    !state->options.external_pixel_data;
        if (known && element->length == 4) frames_begin_group(state, element->tag);
    }
    skip_element(state, element);
    return 1;
}

/* An element that an edit takes the place of, or Pixel Data that comes from elsewhere. */
static enum recode_status step_replaced(recode_state *state, const data_element *element) {
    recode_frame *frame = top_frame(state);
    uint16_t vr; /* that of Pixel Data tells whether those of others are certain */
    enum recode_status status = RECODE_OK;
    if (element->tag == TAG_PIXEL_DATA && !element->vr && !all_stays(frame))
        status = vr_find(state, frame, element, &vr);
    if (status) return status;
    state->pixel_data_due = is_external(state, element->tag);
    return sequences_mute(state, element);
}

static enum recode_status step_element(recode_state *state, uint64_t left) {
    recode_frame *frame = top_frame(state);
    data_element element;
    enum recode_status status = read_head(state, frame->from, left, &element), tag_status;
    if (status == RECODE_CUT && !state->depth && frame->started)
        status = check_zeros(state, RECODE_CUT);
    if (status == RECODE_END) return end_data_set(state);
    if (status == RECODE_OK && element.tag >> 16 == 0xFFFE)
        return sequences_step_delimiter(state, &element);
    int edits = !state->depth && state->options.edit_count;
    if (status == RECODE_OK && edits && edits_insert(state, element.tag)) return RECODE_OK;
    /* Zeros have no VR. */
    if ((status == RECODE_OK || (status == RECODE_UNSURE_VR && !state->error_tag)) &&
        (tag_status = check_tag(state, frame, state->error_tag)))
        return tag_status == RECODE_END ? end_data_set(state) : tag_status;
    if (status) return status;

    int defined = element.length != UNDEFINED_LENGTH;
    if (defined && element.length > left - element.head) return RECODE_TOO_LONG;
    if (state->depth && sequences_stay(state, frame))
        return defined ? put_element(state, frame->to, &element, element.vr, 1)
                       : sequences_open(state, &element, element.vr);
    if (defined && step_dropped(state, frame, &element)) return RECODE_OK;
    if (defined && (!all_stays(frame) || frame->renames) &&
        (status = vr_note(state, frame, &element)))
        return status;
    if (is_external(state, element.tag) || (edits && edits_replace(state, element.tag)))
        return step_replaced(state, &element);
    uint16_t vr = element.vr;
    if (!vr && !all_stays(frame) && (status = vr_find(state, frame, &element, &vr))) return status;
    if (!defined) return sequences_open(state, &element, vr);
    if (vr == VR('S', 'Q') && !sequences_stay(state, frame))
        return frames_open(state, FRAME_SEQUENCE, &element, vr);
    uint32_t unit;
    if ((status = vr_swap_unit(frame, &element, vr, &unit))) return status;
    return put_element(state, frame->to, &element, vr, unit);
}

static enum recode_status step(recode_state *state) {
    recode_frame *frame = top_frame(state);
    if (state->offset < frame->end) {
        uint64_t left = frame->end - state->offset;
        return frame->kind == FRAME_ELEMENTS ? step_element(state, left)
                                             : sequences_step_item(state, left);
    }
    if (!frame->defined && state->muted && state->depth == 1 && frame->kind == FRAME_FRAGMENTS) {
        frames_pop(state); /* the last delimiter is missing: seen in the field, and costs nothing */
        return RECODE_OK;
    }
    if (!frame->defined) return RECODE_CUT;
    if (!state->depth) return end_data_set(state);
    frames_end_group(state);
    return frames_close(state);
}

enum recode_status walk_step(recode_state *state) {
    if (!state->muted) return step(state);
    size_t used = state->used;
    enum recode_status status = step(state);
    state->used = used;
    state->offset += state->value_left;
    state->value_left = 0;
    if (!state->depth) {
        state->muted = 0;
        if (state->measuring && state->frames[0].last_tag == TAG_PIXEL_DATA)
            state->pixel_data_end = state->offset;
    }
    return status;
}

void walk_rewind(recode_state *state) {
    static const uint8_t encodings[] = {
        [RECODE_IMPLICIT_LE] = ENCODING_IMPLICIT_LE,
        [RECODE_EXPLICIT_LE] = ENCODING_EXPLICIT,
        [RECODE_EXPLICIT_BE] = ENCODING_EXPLICIT | ENCODING_BIG,
    };
    recode_frame data_set = {
        .end = state->end,
        .slot = NO_SLOT,
        .group_slot = NO_SLOT,
        .kind = FRAME_ELEMENTS,
        .from = encodings[state->options.from],
        .to = encodings[state->options.to],
        .defined = 1,
        .renames = state->options.disable_new_vr != 0,
        .pixel_representation = state->known_pixel_representation,
    };
    state->frames[0] = data_set;
    state->depth = 0;
    state->reservation_count = 0;
    state->offset = state->begin;
    state->produced = 0;
    state->value_left = 0;
    state->value_unit = 1;
    state->edit_left = 0;
    state->next_edit = 0;
    state->pixel_data_due = 0;
    state->muted = 0;
    state->status = RECODE_OK;
    state->error_tag = 0;
    state->error_offset = 0;
    state->dictionary_hint = 0;
    state->next_slot = 0;
    state->used = 0;
    if (state->source.read) { /* it goes through all again, from the beginning */
        state->source.start = state->begin;
        state->source.length = 0;
    }
}
