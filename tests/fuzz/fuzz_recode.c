/* Re-encoding of data sets: the first byte chooses the syntaxes and whether there is a dictionary
 * beside that of the Standard, the second what is changed, the rest is the data set. From memory, from a file and from a function that reads, measured and not,
 * all must agree; what became Explicit VR must be able to go back; and to change a second time what
 * was changed already must change nothing. */
#define _GNU_SOURCE

#include <sys/mman.h>
#include <unistd.h>

#include "../../ext/part10/element.h"
#include "oracle.h"
#include "recode.h"

enum { DICTIONARY = 0x20 }; /* of the first byte */
enum { EXTERNAL = 1, NO_NEW_VR = 2, SAME_SYNTAX = 4, FIRST_EDIT = 8, EDITS = 5, LONG_EDIT = 70000 };

/* Heads grow by 4 bytes of 8 at most, and an item or sequence by a delimiter of 8. */
static size_t most_output(size_t input) {
    return 3 * input + 64 + 2 * LONG_EDIT;
}

/* Edits, of which bits choose some: inserted or replaced, replaced only, left out, and long ones. */
typedef struct {
    recode_edit edits[EDITS];
    uint8_t heads[EDITS][12];
    uint8_t text[12 + LONG_EDIT];
} edit_list;

static void put_head(uint8_t *to, uint32_t tag, const char *vr, uint32_t length,
                     enum recode_syntax syntax) {
    int big = syntax == RECODE_EXPLICIT_BE;
    const uint32_t parts[] = {tag >> 16, tag & 0xFFFF};
    for (int i = 0; i < 2; i++) {
        to[2 * i + big] = (uint8_t)parts[i];
        to[2 * i + !big] = (uint8_t)(parts[i] >> 8);
    }
    int at = 4, bytes = 4;
    if (syntax != RECODE_IMPLICIT_LE) {
        memcpy(to + 4, vr, 2);
        to[6] = to[7] = 0;
        bytes = strcmp(vr, "UT") && strcmp(vr, "SQ") ? 2 : 4;
        at = bytes == 2 ? 6 : 8;
    }
    for (int i = 0; i < bytes; i++)
        to[at + i] = (uint8_t)(length >> 8 * (big ? bytes - 1 - i : i));
}

static void choose_edits(edit_list *list, uint8_t chosen, recode_options *options) {
    enum recode_syntax to = options->to;
    size_t longer = to == RECODE_IMPLICIT_LE ? 8 : 12, count = 0;
    memset(list, 0, sizeof *list);
    put_head(list->heads[0], 0x00080005, "CS", 0, to);
    put_head(list->heads[1], 0x00081140, "SQ", 0, to);
    put_head(list->heads[2], 0x00280100, "US", 2, to);
    put_head(list->text, 0x0040A160, "UT", LONG_EDIT, to);
    const recode_edit all[EDITS] = {
        {0x00080005, 0, list->heads[0], 8},
        {0x00081140, 0, list->heads[1], longer},
        {0x00280100, 1, list->heads[2], 10},
        {0x00280103, 1, NULL, 0},
        {0x0040A160, 0, list->text, longer + LONG_EDIT},
    };
    uint32_t last_tag = 0;
    for (int i = 0; i < EDITS; i++) {
        if (!(chosen & FIRST_EDIT << i)) continue;
        CHECK(!recode_edit_fault(&all[i], options, last_tag));
        last_tag = all[i].tag;
        list->edits[count++] = all[i];
    }
    options->edits = list->edits;
    options->edit_count = count;
}

/* What the user knows of private elements, and two ways in which it differs from the Standard. */
static const added_creator creators[] = {{(const uint8_t *)"ACME", 4}, {(const uint8_t *)"B", 1}};
static const added_entry entries[] = {
    {0, 0x00080060, VR('L', 'T')}, {0, 0x00091003, VR('S', 'Q')}, {1, 0x00090001, VR('S', 'Q')},
    {1, 0x00090002, VR('U', 'S')}, {1, 0x00091003, VR('L', 'O')}, {2, 0x00090001, VR('U', 'L')},
};
static const added_range ranges[] = {
    {1, 0x0009, 0x00FF, 0x0000, 0x000F, ADDED_ODD, ADDED_ANY, VR('O', 'W')},
    {0, 0x0028, 0x0028, 0x0000, 0xFFFF, ADDED_EVEN, ADDED_ODD, VR('S', 'S')},
};
static const added_dictionary dictionary = {.entries = entries,
                                            .entry_count = sizeof entries / sizeof *entries,
                                            .ranges = ranges,
                                            .range_count = sizeof ranges / sizeof *ranges,
                                            .creators = creators,
                                            .creator_count = sizeof creators / sizeof *creators};

typedef struct {
    enum recode_status status;
    uint64_t error_offset;
    uint32_t error_tag;
    size_t length;
    uint8_t *bytes;
    size_t place; /* of external Pixel Data; SIZE_MAX: there was none */
} outcome;

typedef struct {
    const uint8_t *bytes;
    size_t size;
    uint64_t given; /* nothing before it may be asked for again */
} reader;

static ptrdiff_t read_some(void *context, uint64_t offset, uint8_t *to, size_t size) {
    reader *from = context;
    CHECK(offset >= from->given || offset == 0);
    CHECK(offset + size <= from->size);
    if (size > 107) size = 100 + size % 7; /* functions may give less than was asked for */
    memcpy(to, from->bytes + offset, size);
    from->given = offset + size;
    return (ptrdiff_t)size;
}

static outcome pull(recode_state *state, const uint8_t *input, size_t input_size, size_t offset) {
    size_t most = most_output(input_size);
    outcome out = {.bytes = malloc(most), .place = SIZE_MAX};
    CHECK(out.bytes);
    recode_piece piece;
    while ((out.status = recode_next(state, &piece)) == RECODE_OK) {
        if (!piece.length) {
            CHECK(state->options.external_pixel_data && out.place == SIZE_MAX);
            out.place = out.length;
            continue;
        }
        CHECK(piece.length <= most - out.length);
        const uint8_t *from = piece.bytes;
        if (!from) {
            CHECK(piece.offset >= offset && piece.length <= input_size);
            CHECK(piece.offset - offset <= input_size - piece.length);
            from = input + (piece.offset - offset);
        }
        memcpy(out.bytes + out.length, from, piece.length);
        out.length += piece.length;
        CHECK(state->produced == out.length);
    }
    CHECK(recode_next(state, &piece) == out.status);
    out.error_offset = state->error_offset - offset;
    out.error_tag = state->error_tag;
    CHECK(out.error_offset <= input_size);
    CHECK(out.status != RECODE_READ_FAILED && out.status != RECODE_CHANGED);
    return out;
}

static outcome recode_bytes(const uint8_t *data, size_t size, recode_options options,
                            int measured) {
    static recode_state state;
    recode_open_bytes(&state, data, size, &options);
    uint64_t length = 0;
    outcome out;
    if (measured && recode_measure(&state, &length) != RECODE_END) {
        out = (outcome){.status = state.status,
                        .error_offset = state.error_offset,
                        .error_tag = state.error_tag,
                        .bytes = malloc(1),
                        .place = SIZE_MAX};
    } else {
        out = pull(&state, data, size, 0);
        if (measured) {
            CHECK(out.status == RECODE_END);
            CHECK(out.length == length);
        }
    }
    recode_close(&state);
    return out;
}

static void check_same(const outcome *one, const outcome *other) {
    CHECK(one->status == other->status);
    if (one->status == RECODE_END) {
        CHECK(one->length == other->length);
        CHECK(one->place == other->place);
        CHECK(!memcmp(one->bytes, other->bytes, one->length));
    } else { /* how much came before depends on the pieces */
        CHECK(one->error_offset == other->error_offset);
        CHECK(one->error_tag == other->error_tag);
    }
}

static void check_sources(const uint8_t *data, size_t size, recode_options options,
                          const outcome *streamed, const outcome *measured) {
    static recode_state state;
    static int fd = -1;
    if (fd < 0) fd = memfd_create("fuzz", MFD_CLOEXEC);
    CHECK(fd >= 0);
    enum { BEFORE = 3 };
    CHECK(ftruncate(fd, (off_t)(size + BEFORE)) == 0);
    CHECK(pwrite(fd, data, size, BEFORE) == (ssize_t)size);
    recode_open_file(&state, fd, BEFORE, size, &options);
    outcome file = pull(&state, data, size, BEFORE);
    recode_close(&state);
    check_same(streamed, &file);
    free(file.bytes);

    for (int twice = 0; twice < 2; twice++) {
        reader from = {.bytes = data, .size = size};
        uint64_t length;
        recode_open_reader(&state, read_some, &from, size, &options);
        if (twice) recode_measure(&state, &length);
        outcome read = pull(&state, data, size, 0);
        recode_close(&state);
        check_same(twice ? measured : streamed, &read);
        free(read.bytes);
    }
}

/* There and back, and there again: Explicit VR loses nothing on the way. */
static void check_round_trip(const outcome *there, recode_options options) {
    if (options.to == RECODE_IMPLICIT_LE) return;
    recode_options back = options;
    back.from = options.to;
    back.to = options.from;
    back.copy_fragments = 1;
    outcome first = recode_bytes(there->bytes, there->length, back, 1);
    CHECK(first.status == RECODE_END);
    outcome second = recode_bytes(first.bytes, first.length, options, 1);
    CHECK(second.status == RECODE_END);
    check_same(there, &second);
    free(first.bytes);
    free(second.bytes);
}

/* In the same syntax the same changes find nothing more to do. */
static void check_again(const outcome *once, recode_options options) {
    if (options.to == RECODE_IMPLICIT_LE || once->place != SIZE_MAX) return;
    options.from = options.to;
    options.copy_fragments = 1;
    outcome twice = recode_bytes(once->bytes, once->length, options, 1);
    CHECK(twice.status == RECODE_END);
    check_same(once, &twice);
    free(twice.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const enum recode_syntax pairs[][2] = {
        {RECODE_IMPLICIT_LE, RECODE_EXPLICIT_LE}, {RECODE_IMPLICIT_LE, RECODE_EXPLICIT_BE},
        {RECODE_EXPLICIT_LE, RECODE_IMPLICIT_LE}, {RECODE_EXPLICIT_LE, RECODE_EXPLICIT_BE},
        {RECODE_EXPLICIT_BE, RECODE_IMPLICIT_LE}, {RECODE_EXPLICIT_BE, RECODE_EXPLICIT_LE},
    };
    static edit_list list;
    if (size < 2) return 0;
    const enum recode_syntax *pair = pairs[data[0] % 6];
    recode_options options = {
        .from = pair[0],
        .to = pair[1],
        .slice_least = data[0] & 0x40 ? 32 : 0,
        .copy_fragments = data[0] >> 7,
        .external_pixel_data = data[1] & EXTERNAL,
        .disable_new_vr = data[1] & NO_NEW_VR,
        .added = data[0] & DICTIONARY ? &dictionary : NULL,
    };
    if (data[1] & SAME_SYNTAX && data[1] != SAME_SYNTAX) options.to = options.from;
    choose_edits(&list, data[1], &options);
    data++, size--;
    uint8_t *bytes = exact_copy(data + 1, size - 1);
    outcome streamed = recode_bytes(bytes, size - 1, options, 0);
    outcome measured = recode_bytes(bytes, size - 1, options, 1);
    check_sources(bytes, size - 1, options, &streamed, &measured);
    if (streamed.status == RECODE_END)
        CHECK(measured.status == RECODE_END);
    else if (streamed.status != RECODE_UNSURE_AMBIGUOUS)
        CHECK(measured.status == streamed.status);
    int changes = options.edit_count || options.external_pixel_data || options.disable_new_vr;
    if (measured.status == RECODE_END && !changes) check_round_trip(&measured, options);
    if (measured.status == RECODE_END && changes) check_again(&measured, options);
    free(streamed.bytes);
    free(measured.bytes);
    free(bytes);
    return 0;
}
