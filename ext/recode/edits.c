#include "walk.h"

enum { GROUP_PIXELS = 0x7FE0, GROUP_PADDING = 0xFFFC, GROUP_ITEMS = 0xFFFE };

static int has_place(uint32_t tag) {
    uint32_t group = tag >> 16;
    return group != 0x0000 && group != 0x0002 && group != GROUP_PADDING && group != GROUP_ITEMS;
}

/* Whether the bytes are one whole element of the output; what has undefined length is believed. */
static int is_element(const recode_edit *edit, enum recode_syntax to) {
    const uint8_t *at = edit->element;
    int big = to == RECODE_EXPLICIT_BE;
    uint32_t length, head = SHORT_HEAD;
    if (edit->length < SHORT_HEAD || TAG(read_u16(at, big), read_u16(at + 2, big)) != edit->tag)
        return 0;
    if (to == RECODE_IMPLICIT_LE) {
        length = read_u32(at + 4, 0);
    } else {
        int length_bytes = vr_length_bytes(VR(at[4], at[5]));
        length = read_u16(at + 6, big);
        if (length_bytes == 4) {
            if (length || edit->length < LONG_HEAD) return 0;
            length = read_u32(at + 8, big);
            head = LONG_HEAD;
        } else if (length_bytes != 2) {
            return 0;
        }
    }
    return length == UNDEFINED_LENGTH || edit->length - head == length;
}

const char *recode_edit_fault(const recode_edit *edit, const recode_options *options,
                              uint32_t last_tag) {
    if (edit->tag <= last_tag) return "the tags of edits do not increase";
    if (!(edit->tag & 0xFFFF)) return "group lengths are not edited but written anew";
    if (!has_place(edit->tag)) return "an edit of an element that no data set has";
    if (edit->tag == TAG_PIXEL_DATA && options->external_pixel_data)
        return "the Pixel Data is external already";
    if (edit->length && !is_element(edit, options->to))
        return "an edit is no element of the transfer syntax with its tag";
    return NULL;
}

static const recode_edit *peek(const recode_state *state) {
    const recode_options *options = &state->options;
    return state->next_edit < options->edit_count ? options->edits + state->next_edit : NULL;
}

static void begin(recode_state *state, const recode_edit *edit) {
    state->edit_bytes = edit->element;
    state->edit_left = edit->length;
    state->next_edit++;
}

int edits_insert(recode_state *state, uint32_t tag) {
    const recode_edit *edit;
    while ((edit = peek(state)) && edit->tag < tag) {
        if (edit->only_if_present || !edit->length) {
            state->next_edit++;
            continue;
        }
        if (edit->tag >> 16 != top_frame(state)->last_tag >> 16) frames_end_group(state);
        begin(state, edit);
        return 1;
    }
    return 0;
}

int edits_replace(recode_state *state, uint32_t tag) {
    const recode_edit *edit = peek(state);
    if (!edit || edit->tag != tag) return 0;
    begin(state, edit);
    return 1;
}

int edits_change_group(const recode_state *state, uint32_t group) {
    const recode_edit *edit = peek(state);
    if (group == GROUP_PIXELS && state->options.external_pixel_data) return 1;
    return edit && edit->tag >> 16 == group;
}
