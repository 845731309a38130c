#define _FILE_OFFSET_BITS 64

#include "other_encoding.h"

#include "element.h"
#include "uid.h"

static const uint32_t SOP_CLASS_UID = TAG(0x0008, 0x0016);

static int is_regular_uid(file_window *window, uint64_t offset, const data_element *element) {
    if (element->length > UID_MAX_FIELD) return 0;
    const uint8_t *value = window_view(window, offset + element->head, element->length);
    found_uid uid = {.quality = UID_ABSENT};
    if (value) uid_take(&uid, value, element->length);
    return uid.quality == UID_REGULAR;
}

/* Whether the first elements lead to a SOP Class UID in this encoding. */
static int leads_to_sop_class(file_window *window, uint64_t offset, element_encoding encoding) {
    data_element element;
    while (offset < window->file_size &&
           element_read(window, offset, encoding, &element) == ELEMENT_OK) {
        if (element.tag > SOP_CLASS_UID ||
            element.length > window->file_size - offset - element.head)
            return 0;
        if (element.tag == SOP_CLASS_UID) return is_regular_uid(window, offset, &element);
        offset += (uint64_t)element.head + element.length;
    }
    return 0;
}

int find_other_encoding(file_window *window, uint64_t data_set_offset) {
    static const element_encoding encodings[] = {{0, 0}, {1, 0}, {1, 1}};
    for (int i = 0; i < (int)(sizeof encodings / sizeof *encodings); i++)
        if (leads_to_sop_class(window, data_set_offset, encodings[i])) return i;
    return -1;
}
