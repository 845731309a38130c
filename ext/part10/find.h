/* Values of a few Data Elements of a data set, where its Pixel Data lies, and the items of one of its
 * sequences (PS3.5 7). Nothing recurses, and no length is used before it is compared with what is left. No Python here. */
#ifndef FASTSEND_FIND_H
#define FASTSEND_FIND_H

#include <stddef.h>
#include <stdint.h>

enum find_status {
    FIND_OK = 0,
    FIND_READ_FAILED,  /* the error number is in `read_error` */
    FIND_CHANGED,      /* the file is shorter than the data set */
    FIND_NO_MEMORY,
    FIND_CUT,          /* it ends inside the head of an element, or before a delimiter */
    FIND_TOO_LONG,     /* a length exceeds what is left of the data set */
    FIND_BAD_ENCODING, /* Explicit VR where Implicit was announced */
    FIND_BAD_VR,       /* no VR of the Standard, or reserved bytes that are not 0 */
    FIND_BAD_ORDER,    /* Data Element Tags do not increase (PS3.5 7.1) */
    FIND_BAD_ITEM,     /* an item or delimiter out of place, or none where one must be */
    FIND_BAD_UNDEFINED /* undefined length where no VR allows it (PS3.5 7.1.2) */
};

/* A sentence about a status, without a full stop. */
const char *find_status_text(enum find_status status);

typedef struct {
    uint32_t tag;    /* the caller's: what is looked for */
    int found;       /* and its value is kept */
    uint16_t vr;     /* 0 in Implicit VR */
    uint32_t length; /* bytes of the value */
    size_t value;    /* where it begins among the values */
} wanted_element;

typedef struct {
    /* The caller's. */
    int explicit_vr, big_endian;
    wanted_element *wanted; /* by tag */
    size_t wanted_count;
    uint32_t longest_value; /* bytes; elements with longer ones are not found */
    int only_wanted;        /* the walk ends behind the last of them, before Pixel Data */
    /* What was found. */
    uint8_t *values; /* to be freed by the caller, also after an error */
    size_t values_length;
    int has_pixel_data;
    uint16_t pixel_data_vr;
    uint64_t pixel_data_offset; /* of its value, from the start of the file */
    uint32_t pixel_data_length; /* bytes, or UNDEFINED_LENGTH */
    /* Where and why it ended. */
    uint32_t error_tag;
    uint64_t error_offset; /* from the start of the file */
    int read_error;
} element_search;

/* Walks the data set of `length` bytes at `offset` of a file up to its Pixel Data (7FE0,0010), or
 * to its end where it has none. The descriptor's position is not used. */
enum find_status find_elements(int fd, uint64_t offset, uint64_t length, element_search *search);

typedef struct {
    uint64_t offset; /* of the item's first element, from the start of the file */
    uint64_t length; /* bytes, up to an Item Delimitation Item */
} found_item;

typedef struct {
    /* The caller's. */
    int explicit_vr, big_endian;
    uint32_t sequence; /* its tag, of the data set itself */
    found_item *items; /* room for `capacity`, at least 1; what is behind these is not looked at */
    size_t capacity;
    /* What was found. */
    size_t count;
    /* Where and why it ended. */
    uint32_t error_tag;
    uint64_t error_offset; /* from the start of the file */
    int read_error;
} item_search;

/* The items of a sequence, which has no VR or SQ: none where there is no such element. */
enum find_status find_items(int fd, uint64_t offset, uint64_t length, item_search *search);

#endif
