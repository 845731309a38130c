#include "recode.h"

#include <stdlib.h>
#include <string.h>

#include "swap.h"
#include "walk.h"

const char *recode_status_text(enum recode_status status) {
    switch (status) {
    case RECODE_OK: return "more is to come";
    case RECODE_END: return "the data set is complete";
    case RECODE_READ_FAILED: return "the file cannot be read";
    case RECODE_CHANGED: return "the file changed while it was read";
    case RECODE_NO_MEMORY: return "no memory is left";
    case RECODE_CUT: return "the data set ends inside an element or sequence";
    case RECODE_TOO_LONG: return "the length exceeds what is left";
    case RECODE_TOO_DEEP: return "too many sequences lie in each other";
    case RECODE_UNSURE_ENCODING: return "Explicit VR where Implicit VR was announced";
    case RECODE_UNSURE_VR: return "no VR of the Standard";
    case RECODE_UNSURE_ORDER: return "the tags do not increase";
    case RECODE_UNSURE_GROUP: return "this group does not belong in a data set";
    case RECODE_UNSURE_ITEM: return "an item or a delimiter is out of place";
    case RECODE_UNSURE_UNDEFINED: return "undefined length where the VR does not allow it";
    case RECODE_UNSURE_AMBIGUOUS: return "the VR depends on an element that is not there";
    case RECODE_UNSURE_BYTE_ORDER: return "it is not certain which bytes to swap";
    case RECODE_UNSURE_ENCAPSULATED: return "Pixel Data is encapsulated";
    case RECODE_UNSURE_FRAGMENTS: return "Pixel Data in a sequence is encapsulated";
    }
    return "unknown status";
}

static enum recode_status stop(recode_state *state, enum recode_status status) {
    state->status = status;
    state->error_offset = state->offset;
    return status;
}

static enum recode_status measure_once(recode_state *state) {
    walk_rewind(state);
    state->slot_count = 0;
    state->slots_full = 0;
    state->measuring = 1;
    enum recode_status status;
    do {
        status = walk_step(state);
        state->produced += state->used + state->edit_left + state->value_left;
        state->offset += state->value_left;
        state->edit_left = 0;
        state->value_left = 0;
        state->pixel_data_due = 0;
        state->used = 0;
    } while (!status);
    state->measuring = 0;
    return status;
}

enum recode_status recode_measure(recode_state *state, uint64_t *length) {
    state->known_pixel_representation = NOT_KNOWN;
    state->pixel_data_end = 0;
    enum recode_status status = measure_once(state);
    /* Pixel Representation may come after elements that depend on it. */
    if (status == RECODE_UNSURE_AMBIGUOUS && state->known_pixel_representation >= 0)
        status = measure_once(state);
    if (status != RECODE_END) return stop(state, status);
    *length = state->measured = state->produced;
    walk_rewind(state);
    return status;
}

/* Fills the buffer with the value under way. Returns -1 where it cannot be read. */
static int fill(recode_state *state) {
    size_t room = RECODE_BUFFER - state->used;
    size_t size = state->value_left < room ? (size_t)state->value_left : room;
    size -= size % state->value_unit;
    uint8_t *to = state->buffer + state->used;
    if (source_copy(&state->source, state->offset, to, size)) return -1;
    swap_units(to, size, state->value_unit);
    state->used += size;
    state->offset += size;
    state->value_left -= size;
    return 0;
}

static void fill_edit(recode_state *state) {
    size_t room = RECODE_BUFFER - state->used;
    size_t size = state->edit_left < room ? state->edit_left : room;
    memcpy(state->buffer + state->used, state->edit_bytes, size);
    state->used += size;
    state->edit_bytes += size;
    state->edit_left -= size;
}

static int is_slice(const recode_state *state) {
    uint32_t least = state->options.slice_least;
    return state->value_unit == 1 && least && state->value_left >= least;
}

static enum recode_status give(recode_state *state, recode_piece *piece, recode_piece given) {
    *piece = given;
    state->produced += given.length;
    state->used = 0;
    return RECODE_OK;
}

static enum recode_status give_slice(recode_state *state, recode_piece *piece) {
    recode_piece slice = {.offset = state->offset, .length = state->value_left};
    if (state->source.fd < 0)
        slice.bytes = state->source.bytes + (state->offset - state->source.start);
    state->offset += state->value_left;
    state->value_left = 0;
    return give(state, piece, slice);
}

enum recode_status recode_next(recode_state *state, recode_piece *piece) {
    if (state->status) return state->status;
    for (;;) {
        if (state->edit_left) {
            fill_edit(state);
            if (state->edit_left) break;
        }
        if (state->pixel_data_due) {
            if (state->used) break;
            state->pixel_data_due = 0;
            return give(state, piece, (recode_piece){.bytes = NULL});
        }
        if (state->value_left) {
            if (is_slice(state)) {
                if (state->used) break;
                return give_slice(state, piece);
            }
            if (fill(state))
                return stop(state, state->source.error ? RECODE_READ_FAILED : RECODE_CHANGED);
            if (state->value_left) break;
        }
        if (RECODE_BUFFER - state->used < WALK_ROOM) break;
        enum recode_status status = walk_step(state);
        if (!status) continue;
        if (status == RECODE_END && state->measured != UINT64_MAX &&
            state->measured != out_position(state))
            status = RECODE_CHANGED;
        stop(state, status);
        if (status == RECODE_END && state->used) break;
        return status;
    }
    recode_piece bytes = {.bytes = state->buffer, .length = state->used};
    return give(state, piece, bytes);
}

static void open_source(recode_state *state, uint64_t offset, uint64_t length,
                        const recode_options *options) {
    state->options = *options;
    if (options->to == RECODE_IMPLICIT_LE) state->options.disable_new_vr = 0; /* no VRs at all */
    state->pixel_data_end = 0;
    state->begin = offset;
    state->end = length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
    state->measured = UINT64_MAX;
    state->measuring = 0;
    state->known_pixel_representation = NOT_KNOWN;
    state->frames = state->first_frames;
    state->frame_capacity = sizeof state->first_frames / sizeof *state->first_frames;
    state->reservations = NULL;
    state->reservation_count = state->reservation_capacity = 0;
    state->slots = NULL;
    state->slot_count = state->slot_capacity = 0;
    state->slots_full = 0;
    state->source.read = NULL;
    state->source.context = NULL;
    state->source.bytes = state->source.window;
    state->source.start = offset;
    state->source.length = 0;
    state->source.end = state->end;
    state->source.fd = -1;
    state->source.error = 0;
    walk_rewind(state);
}

void recode_open_file(recode_state *state, int fd, uint64_t offset, uint64_t length,
                      const recode_options *options) {
    open_source(state, offset, length, options);
    state->source.fd = fd;
}

void recode_open_bytes(recode_state *state, const uint8_t *bytes, uint64_t length,
                       const recode_options *options) {
    open_source(state, 0, length, options);
    state->source.bytes = bytes;
    state->source.length = length;
}

void recode_open_reader(recode_state *state, recode_read *read, void *context, uint64_t length,
                        const recode_options *options) {
    open_source(state, 0, length, options);
    state->options.slice_least = 0;
    state->source.read = read;
    state->source.context = context;
}

void recode_close(recode_state *state) {
    if (state->frames != state->first_frames) free(state->frames);
    free(state->slots);
    free(state->reservations);
    state->frames = state->first_frames;
    state->slots = NULL;
    state->reservations = NULL;
    state->reservation_count = state->reservation_capacity = 0;
}
