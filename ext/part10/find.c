#include "find.h"

#include <stdlib.h>
#include <string.h>

#include "element.h"

#define TAG_PIXEL_DATA TAG(0x7FE0, 0x0010)
#define TAG_ITEM TAG(0xFFFE, 0xE000)
#define TAG_ITEM_DELIMITATION TAG(0xFFFE, 0xE00D)
#define TAG_SEQUENCE_DELIMITATION TAG(0xFFFE, 0xE0DD)

enum { WINDOW_BYTES = 16384 };

const char *find_status_text(enum find_status status) {
    switch (status) {
    case FIND_OK: return "the data set was read";
    case FIND_READ_FAILED: return "the file cannot be read";
    case FIND_CHANGED: return "the file changed while it was read";
    case FIND_NO_MEMORY: return "no memory is left";
    case FIND_CUT: return "the data set ends inside an element or sequence";
    case FIND_TOO_LONG: return "the length exceeds what is left";
    case FIND_BAD_ENCODING: return "Explicit VR where Implicit VR was announced";
    case FIND_BAD_VR: return "no VR of the Standard";
    case FIND_BAD_ORDER: return "the tags do not increase";
    case FIND_BAD_ITEM: return "an item or a delimiter is out of place";
    case FIND_BAD_UNDEFINED: return "undefined length where the VR does not allow it";
    }
    return "unknown status";
}

/* Sequences hold only items and items only elements, and those of defined length are gone over as a
 * whole, so that a depth says what may come: items where it is odd. */
typedef struct {
    element_search *search; /* for elements of the data set itself, or */
    item_search *items;     /* for a sequence of it, and then for its items */
    element_encoding encoding;
    file_window window;
    uint64_t offset;
    uint64_t depth;
    uint64_t base;           /* the depth at the beginning: 1 in a sequence */
    uint64_t implicit_depth; /* from here on Implicit VR Little Endian: inside UN (PS3.5 6.2.2) */
    uint32_t last_tag;       /* of the data set itself */
    uint32_t error_tag;
    int started;
    size_t next;     /* of what is looked for */
    uint64_t length; /* of the sequence's value, which begins at `offset`; UINT64_MAX: undefined */
    int found;       /* the sequence */
} walk;

enum { FIND_ON = -1 };

static int unread(const walk *at) {
    return at->window.read_error ? FIND_READ_FAILED : FIND_CHANGED;
}

static int copy_value(walk *at, uint64_t offset, uint8_t *to, size_t length) {
    if (length <= at->window.capacity) {
        const uint8_t *value = window_view(&at->window, offset, length);
        if (value) memcpy(to, value, length);
        return value ? FIND_ON : unread(at);
    }
    while (length) {
        ssize_t got = pread(at->window.fd, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            at->window.read_error = got < 0 ? errno : 0;
            return unread(at);
        }
        offset += (uint64_t)got;
        to += got;
        length -= (size_t)got;
    }
    return FIND_ON;
}

static int keep_value(walk *at, const data_element *element, wanted_element *wanted) {
    element_search *search = at->search;
    uint8_t *values = realloc(search->values, search->values_length + element->length + 1);
    if (!values) return FIND_NO_MEMORY;
    search->values = values;
    *wanted = (wanted_element){.tag = element->tag,
                               .found = 1,
                               .vr = element->vr,
                               .length = element->length,
                               .value = search->values_length};
    search->values_length += element->length;
    return copy_value(at, at->offset + element->head, values + wanted->value, element->length);
}

/* The sequence whose items are wanted. Whether UN holds items nobody can tell. */
static int look_for_sequence(walk *at, const data_element *element) {
    if (element->tag < at->items->sequence) return FIND_ON;
    if (element->tag > at->items->sequence || (element->vr && element->vr != VR('S', 'Q')))
        return FIND_OK;
    at->found = 1;
    at->offset += element->head;
    at->length = element->length == UNDEFINED_LENGTH ? UINT64_MAX : element->length;
    return FIND_OK;
}

/* An element of the data set itself, whose length was compared with what is left. */
static int look_at(walk *at, const data_element *element) {
    if (at->items) return look_for_sequence(at, element);
    element_search *search = at->search;
    if (element->tag == TAG_PIXEL_DATA) {
        search->has_pixel_data = 1;
        search->pixel_data_vr = element->vr;
        search->pixel_data_offset = at->offset + element->head;
        search->pixel_data_length = element->length;
        return FIND_OK;
    }
    while (at->next < search->wanted_count && search->wanted[at->next].tag < element->tag)
        at->next++;
    if (at->next == search->wanted_count) return search->only_wanted ? FIND_OK : FIND_ON;
    if (search->wanted[at->next].tag != element->tag ||
        element->length > search->longest_value || element->length == UNDEFINED_LENGTH)
        return FIND_ON;
    int status = keep_value(at, element, &search->wanted[at->next]);
    int is_last = at->next + 1 == search->wanted_count;
    return status == FIND_ON && is_last && search->only_wanted ? FIND_OK : status;
}

/* Whether only zeros are left: padding of the file, seen in the field, and no element. */
static int check_zeros(walk *at, int otherwise) {
    for (uint64_t offset = at->offset; offset < at->window.file_size;) {
        uint64_t left = at->window.file_size - offset;
        size_t size = left < at->window.capacity ? (size_t)left : at->window.capacity;
        const uint8_t *bytes = window_view(&at->window, offset, size);
        if (!bytes) return unread(at);
        for (size_t i = 0; i < size; i++)
            if (bytes[i]) return otherwise;
        offset += size;
    }
    return FIND_OK;
}

/* Whether an element of the data set itself has its place here; FIND_OK before padding. */
static int check_tag(walk *at, const data_element *element, int explicit_vr) {
    if (at->started && element->tag <= at->last_tag)
        return element->tag ? FIND_BAD_ORDER : check_zeros(at, FIND_BAD_ORDER);
    if (!at->started && !explicit_vr &&
        vr_length_bytes(VR(element->length & 0xFF, element->length >> 8 & 0xFF)))
        return FIND_BAD_ENCODING;
    at->started = 1;
    at->last_tag = element->tag;
    return FIND_ON;
}

static int step_into(walk *at, const data_element *element, int explicit_vr) {
    uint16_t vr = element->vr;
    /* Only icons have fragments here, which are told like the items of a sequence. */
    int fragments = element->tag == TAG_PIXEL_DATA && (vr == VR('O', 'B') || vr == VR('O', 'W'));
    if (explicit_vr && vr != VR('S', 'Q') && vr != VR('U', 'N') && !fragments)
        return FIND_BAD_UNDEFINED;
    at->offset += element->head;
    at->depth++;
    if (explicit_vr && vr == VR('U', 'N')) at->implicit_depth = at->depth;
    return FIND_ON;
}

/* An item of the sequence that begins at the offset; its length follows where it has none. */
static int note_item(walk *at, uint64_t length) {
    item_search *items = at->items;
    items->items[items->count++] = (found_item){at->offset, length};
    return length != UNDEFINED_LENGTH && items->count == items->capacity ? FIND_OK : FIND_ON;
}

static int end_item(walk *at, const data_element *delimiter) {
    item_search *items = at->items;
    int is_wanted = at->base && at->depth == at->base + 1;
    if (is_wanted) {
        found_item *item = &items->items[items->count - 1];
        item->length = at->offset - item->offset;
    }
    at->offset += delimiter->head;
    at->depth--;
    return is_wanted && items->count == items->capacity ? FIND_OK : FIND_ON;
}

static int step_element(walk *at, const data_element *element, uint64_t left, int explicit_vr) {
    if (element->tag == TAG_ITEM_DELIMITATION && !element->length && at->depth)
        return end_item(at, element);
    if (element->tag >> 16 == 0xFFFE) return FIND_BAD_ITEM;
    int status = at->depth ? FIND_ON : check_tag(at, element, explicit_vr);
    if (status != FIND_ON) return status;
    int defined = element->length != UNDEFINED_LENGTH;
    if (defined && element->length > left - element->head) return FIND_TOO_LONG;
    if (!at->depth && (status = look_at(at, element)) != FIND_ON) return status;
    if (!defined) return step_into(at, element, explicit_vr);
    at->offset += (uint64_t)element->head + element->length;
    return FIND_ON;
}

static int step_item(walk *at, const data_element *item, uint64_t left) {
    if (item->tag == TAG_SEQUENCE_DELIMITATION && !item->length) {
        if (at->depth == at->base) return FIND_OK;
        at->offset += item->head;
        at->depth--;
        if (at->depth < at->implicit_depth) at->implicit_depth = UINT64_MAX;
        return FIND_ON;
    }
    if (item->tag != TAG_ITEM) return FIND_BAD_ITEM;
    int defined = item->length != UNDEFINED_LENGTH;
    if (defined && item->length > left - item->head) return FIND_TOO_LONG;
    at->offset += item->head;
    int status = at->depth == at->base ? note_item(at, item->length) : FIND_ON;
    if (defined)
        at->offset += item->length;
    else
        at->depth++;
    return status;
}

static int step(walk *at) {
    if (at->offset >= at->window.file_size)
        return at->depth > at->base ? FIND_CUT : FIND_OK;
    uint64_t left = at->window.file_size - at->offset;
    int in_sequence = at->depth & 1;
    element_encoding encoding = at->encoding;
    if (at->depth >= at->implicit_depth) encoding = (element_encoding){0, 0};
    if (in_sequence) encoding.explicit_vr = 0;
    data_element element = {0};
    enum element_status status = element_read(&at->window, at->offset, encoding, &element);
    at->error_tag = element.tag;
    int may_be_zeros = !at->depth && at->started && !element.tag;
    switch (status) {
    case ELEMENT_OK:
        return in_sequence ? step_item(at, &element, left)
                           : step_element(at, &element, left, encoding.explicit_vr);
    case ELEMENT_CUT:
        return may_be_zeros ? check_zeros(at, FIND_CUT) : FIND_CUT;
    case ELEMENT_UNREAD:
        return unread(at);
    case ELEMENT_STRANGE:
    default:
        return may_be_zeros ? check_zeros(at, FIND_BAD_VR) : FIND_BAD_VR;
    }
}

static enum find_status run(walk *at, int fd, uint64_t offset, uint64_t length) {
    uint8_t buffer[WINDOW_BYTES];
    at->window = (file_window){.file_size = length > UINT64_MAX - offset ? UINT64_MAX
                                                                         : offset + length,
                               .buffer = buffer,
                               .capacity = sizeof buffer,
                               .fd = fd,
                               .reads_left = UINT32_MAX};
    at->offset = offset;
    at->depth = at->base;
    at->implicit_depth = UINT64_MAX;
    int status;
    do status = step(at);
    while (status == FIND_ON);
    at->window.buffer = NULL;
    return (enum find_status)status;
}

enum find_status find_elements(int fd, uint64_t offset, uint64_t length, element_search *search) {
    walk at = {.search = search, .encoding = {search->explicit_vr, search->big_endian}};
    enum find_status status = run(&at, fd, offset, length);
    search->error_tag = at.error_tag;
    search->error_offset = at.offset;
    search->read_error = at.window.read_error;
    return status;
}

enum find_status find_items(int fd, uint64_t offset, uint64_t length, item_search *search) {
    walk at = {.items = search, .encoding = {search->explicit_vr, search->big_endian}};
    search->count = 0;
    enum find_status status = run(&at, fd, offset, length);
    if (status == FIND_OK && at.found) {
        uint64_t left = at.window.file_size - at.offset;
        at.base = 1;
        status = run(&at, fd, at.offset, at.length < left ? at.length : left);
        /* Without its delimiter it is not sure that the data set has all of it. */
        if (status == FIND_OK && at.length == UINT64_MAX && search->count < search->capacity &&
            at.offset >= at.window.file_size)
            status = FIND_CUT;
    }
    search->error_tag = at.error_tag;
    search->error_offset = at.offset;
    search->read_error = at.window.read_error;
    return status;
}
