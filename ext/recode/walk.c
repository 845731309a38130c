#include "walk.h"

#include "output.h"
#include "vr.h"

#define TAG_TRAILING_PADDING TAG(0xFFFC, 0xFFFC)

static enum recode_status unread(const recode_state *state) {
    return state->source.error ? RECODE_READ_FAILED : RECODE_CHANGED;
}

static enum recode_status put_element(recode_state *state, int encoding,
                                      const data_element *element, uint16_t vr, uint32_t unit) {
    put_head(state, encoding, element->tag, vr, element->length);
    state->offset += element->head;
    state->value_left = element->length;
    state->value_unit = unit;
    return RECODE_OK;
}

static void skip_element(recode_state *state, const data_element *element) {
    state->offset += (uint64_t)element->head + element->length;
}

/* Reads the head at the offset; `left` bytes are left in its frame. */
static enum recode_status read_head(recode_state *state, int encoding, uint64_t left,
                                    data_element *element) {
    size_t size = left < LONG_HEAD ? (size_t)left : LONG_HEAD;
    const uint8_t *at = source_view(&state->source, state->offset, size);
    if (!at) return unread(state);
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

/* A delimiter ends a frame of undefined length. Some writers put one at the end of a defined
 * length, too: it goes where that length is written anew. */
static enum recode_status step_delimiter(recode_state *state, const data_element *element) {
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

/* In a sequence, or among pixel fragments. */
static enum recode_status step_item(recode_state *state, uint64_t left) {
    const recode_frame *frame = top_frame(state);
    data_element item;
    enum recode_status status = read_head(state, frame->from & ENCODING_BIG, left, &item);
    if (status == RECODE_UNSURE_ENCODING) return RECODE_UNSURE_ITEM;
    if (status) return status;
    if (item.tag != TAG_ITEM) return step_delimiter(state, &item);
    int defined = item.length != UNDEFINED_LENGTH;
    if (defined && item.length > left - item.head) return RECODE_TOO_LONG;
    if (frame->kind == FRAME_FRAGMENTS && !defined) return RECODE_UNSURE_ITEM;
    if (frame->kind == FRAME_FRAGMENTS || (defined && all_stays(frame)))
        return put_element(state, frame->to, &item, 0, 1);
    return frames_open(state, FRAME_ELEMENTS, &item, 0);
}

/* Pixel fragments (PS3.5 A.4), which no native transfer syntax has. */
static enum recode_status open_fragments(recode_state *state, const data_element *element) {
    const recode_frame *frame = top_frame(state);
    /* Nobody says how offset tables look in Big Endian. */
    if (!state->options.copy_fragments || (frame->from | frame->to) & ENCODING_BIG)
        return RECODE_UNSURE_ENCAPSULATED;
    return frames_open(state, FRAME_FRAGMENTS, element, VR('O', 'B'));
}

static enum recode_status open_undefined(recode_state *state, const data_element *element,
                                         uint16_t vr) {
    const recode_frame *frame = top_frame(state);
    if (all_stays(frame)) return frames_open(state, FRAME_SEQUENCE, element, 0);
    if (element->tag == TAG_PIXEL_DATA && (vr == VR('O', 'B') || vr == VR('O', 'W')))
        return open_fragments(state, element);
    if (vr == VR('S', 'Q')) return frames_open(state, FRAME_SEQUENCE, element, vr);
    if (vr != VR('U', 'N')) return RECODE_UNSURE_UNDEFINED;
    /* In Implicit VR only sequences have undefined length, so that the VR is known after all. */
    if (!(frame->from & ENCODING_EXPLICIT))
        return frames_open(state, FRAME_SEQUENCE, element, VR('S', 'Q'));
    /* PS3.5 6.2.2: whatever the transfer syntax, what is inside UN is Implicit VR Little Endian,
     * and remains so. */
    enum recode_status status = frames_open(state, FRAME_SEQUENCE, element, vr);
    if (status) return status;
    top_frame(state)->from = top_frame(state)->to = ENCODING_IMPLICIT_LE;
    return RECODE_OK;
}

/* Nothing is left of the data set. */
static enum recode_status end_data_set(recode_state *state) {
    frames_end_group(state);
    return top_frame(state)->assumed & ASSUMED_WORDS ? RECODE_UNSURE_AMBIGUOUS : RECODE_END;
}

/* Whether only zeros are left: padding of the file, seen in the field, and no element. */
static enum recode_status check_zeros(recode_state *state, enum recode_status otherwise) {
    for (uint64_t offset = state->offset; offset < state->end;) {
        uint64_t left = state->end - offset;
        size_t size = left < SOURCE_WINDOW ? (size_t)left : SOURCE_WINDOW;
        const uint8_t *bytes = source_view(&state->source, offset, size);
        if (!bytes) return unread(state);
        for (size_t i = 0; i < size; i++)
            if (bytes[i]) return otherwise;
        offset += size;
    }
    return end_data_set(state);
}

/* Tags that have no place here, or not after the last one. */
static enum recode_status check_tag(recode_state *state, recode_frame *frame, uint32_t tag) {
    if (frame->started && tag <= frame->last_tag)
        return tag || state->depth ? RECODE_UNSURE_ORDER : check_zeros(state, RECODE_UNSURE_ORDER);
    if (tag >> 16 == 0x0000 || tag >> 16 == 0x0002) return RECODE_UNSURE_GROUP;
    if (frame->started && tag >> 16 != frame->last_tag >> 16) frames_end_group(state);
    frame->started = 1;
    frame->last_tag = tag;
    return RECODE_OK;
}

/* What is not carried over: Data Set Trailing Padding, which DCMTK does not send either, and group
 * lengths, which are written anew. */
static int step_dropped(recode_state *state, const recode_frame *frame,
                        const data_element *element) {
    int group_length = (element->tag & 0xFFFF) == 0;
    int padding = !state->depth && (element->tag == TAG_TRAILING_PADDING ||
                                    element->tag == (TAG_TRAILING_PADDING & 0xFFFF0000));
    if (!padding && (!group_length || lengths_stay(frame))) return 0;
    if (!padding && element->length == 4) frames_begin_group(state, element->tag);
    skip_element(state, element);
    return 1;
}

static enum recode_status step_element(recode_state *state, uint64_t left) {
    recode_frame *frame = top_frame(state);
    data_element element;
    enum recode_status status = read_head(state, frame->from, left, &element), tag_status;
    if (status == RECODE_CUT && !state->depth && frame->started)
        return check_zeros(state, RECODE_CUT);
    if (status == RECODE_OK && element.tag >> 16 == 0xFFFE) return step_delimiter(state, &element);
    /* Zeros have no VR. */
    if ((status == RECODE_OK || (status == RECODE_UNSURE_VR && !state->error_tag)) &&
        (tag_status = check_tag(state, frame, state->error_tag)))
        return tag_status;
    if (status) return status;

    int defined = element.length != UNDEFINED_LENGTH;
    if (defined && element.length > left - element.head) return RECODE_TOO_LONG;
    if (all_stays(frame))
        return defined ? put_element(state, frame->to, &element, 0, 1)
                       : open_undefined(state, &element, 0);
    if (defined && step_dropped(state, frame, &element)) return RECODE_OK;
    if (defined && (status = vr_note(state, frame, &element))) return status;
    uint16_t vr = element.vr;
    if (!vr && (status = vr_find(state, frame, &element, &vr))) return status;
    if (!defined) return open_undefined(state, &element, vr);
    if (vr == VR('S', 'Q')) return frames_open(state, FRAME_SEQUENCE, &element, vr);
    uint32_t unit;
    if ((status = vr_swap_unit(frame, &element, vr, &unit))) return status;
    return put_element(state, frame->to, &element, vr, unit);
}

enum recode_status walk_step(recode_state *state) {
    recode_frame *frame = top_frame(state);
    if (state->offset < frame->end) {
        uint64_t left = frame->end - state->offset;
        return frame->kind == FRAME_ELEMENTS ? step_element(state, left) : step_item(state, left);
    }
    if (!frame->defined) return RECODE_CUT;
    if (!state->depth) return end_data_set(state);
    frames_end_group(state);
    return frames_close(state);
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
        .pixel_representation = state->known_pixel_representation,
    };
    state->frames[0] = data_set;
    state->depth = 0;
    state->offset = state->begin;
    state->produced = 0;
    state->value_left = 0;
    state->value_unit = 1;
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
