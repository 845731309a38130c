/* A walk over the Data Elements of a data set (PS3.5 7) for its UIDs, and to see whether the file
 * holds all that it announces. */
#ifndef FASTSEND_DATA_SET_H
#define FASTSEND_DATA_SET_H

#include <string.h>

#include "element.h"
#include "uid.h"

enum {
    TAG_SOP_CLASS_UID = TAG(0x0008, 0x0016),
    TAG_SOP_INSTANCE_UID = TAG(0x0008, 0x0018),
    TAG_PIXEL_DATA = TAG(0x7FE0, 0x0010),
    TAG_LAST_OF_PIXELS = TAG(0x7FE0, 0xFFFF)
};
#define TAG_ITEM TAG(0xFFFE, 0xE000)
#define TAG_ITEM_DELIMITATION TAG(0xFFFE, 0xE00D)
#define TAG_SEQUENCE_DELIMITATION TAG(0xFFFE, 0xE0DD)

typedef struct {
    found_uid sop_class, sop_instance;
} found_pair;

/* Reads the UID of an element whose value lies inside the file. Returns -1 where it cannot. */
static inline int read_uid(file_window *window, uint64_t offset, const data_element *element,
                           found_uid *uid) {
    if (uid->offset) return 0; /* found twice: the first counts */
    uid->offset = offset;
    if (element->length > UID_MAX_FIELD) {
        uid->quality = UID_UNUSABLE;
        return 0;
    }
    const uint8_t *value = window_view(window, offset + element->head, element->length);
    if (!value) return -1;
    uid_take(uid, value, element->length);
    return 0;
}

/* The walk goes from one head to the next, through sequences and items of undefined length and
 * over those of defined length. It ends where it cannot be sure any more. Sequences hold only
 * items and items only elements, so that a depth says what may come: odd in a sequence. */
typedef struct {
    file_window *window;
    element_encoding encoding;
    uint64_t offset;
    uint32_t depth;
    uint32_t implicit_depth; /* from here on the encoding is Implicit VR: inside UN */
    uint32_t last_tag;       /* of the top level */
    int started;
    int in_pixel_data; /* inside encapsulated Pixel Data */
    int encapsulated;
    int unterminated; /* no Sequence Delimitation Item where the last fragment ends */
    int complete;
    found_pair uids;
} walk;

enum step { STEP_ON, STEP_END, STEP_TRUNCATED, STEP_READ_FAILED };

static inline int all_zero(const uint8_t *bytes, size_t length) {
    while (length && !bytes[length - 1]) length--;
    return !length;
}

/* The file ends between two elements. A Sequence Delimitation Item that is missing after whole
 * pixel fragments is seen in the field: nothing of the instance is lost with it. */
static enum step step_at_end(walk *at) {
    at->complete = !at->depth || at->in_pixel_data;
    return at->complete ? STEP_END : STEP_TRUNCATED;
}

/* The file ends inside the head of an element. */
static enum step step_cut(walk *at, uint32_t tag) {
    if (at->in_pixel_data) return tag == TAG_ITEM ? STEP_TRUNCATED : STEP_END;
    if (at->depth) return STEP_TRUNCATED;
    if (tag > TAG_LAST_OF_PIXELS) return STEP_END;
    size_t left = (size_t)(at->window->file_size - at->offset);
    const uint8_t *bytes = window_view(at->window, at->offset, left);
    return !bytes || all_zero(bytes, left) ? STEP_END : STEP_TRUNCATED;
}

/* In a sequence: an item or the end of the sequence. */
static enum step step_in_sequence(walk *at, const data_element *element, uint64_t left) {
    /* With any length: receivers take the tag for the end. */
    if (element->tag == TAG_SEQUENCE_DELIMITATION) at->unterminated = 0;
    if (element->tag == TAG_SEQUENCE_DELIMITATION && !element->length) {
        at->offset += element->head;
        at->depth--;
        if (at->depth < at->implicit_depth) at->implicit_depth = UINT32_MAX;
        if (!at->in_pixel_data) return STEP_ON;
        at->complete = 1;
        return STEP_END;
    }
    if (element->tag != TAG_ITEM) return STEP_END;
    at->offset += element->head;
    if (element->length == UNDEFINED_LENGTH) {
        at->depth++;
        return at->in_pixel_data ? STEP_END : STEP_ON;
    }
    if (element->length > left - element->head) {
        at->offset -= element->head;
        return STEP_TRUNCATED;
    }
    at->offset += element->length;
    return STEP_ON;
}

/* Into a value of undefined length: a sequence, or encapsulated Pixel Data (PS3.5 A.4). */
static enum step step_into(walk *at, const data_element *element, int explicit_vr) {
    if (explicit_vr && element->vr != VR('S', 'Q') && element->vr != VR('U', 'N') &&
        element->vr != VR('O', 'B') && element->vr != VR('O', 'W'))
        return STEP_END;
    at->offset += element->head;
    at->depth++;
    if (explicit_vr && element->vr == VR('U', 'N')) { /* PS3.5 6.2.2 Note 4 */
        if (at->encoding.big_endian) return STEP_END;
        at->implicit_depth = at->depth;
    }
    if (at->depth == 1 && element->tag == TAG_PIXEL_DATA)
        at->in_pixel_data = at->encapsulated = at->unterminated = 1;
    return STEP_ON;
}

/* Whether the top level can begin or go on with this element. */
static int fits_top_level(walk *at, const data_element *element, int explicit_vr) {
    if (!at->started) {
        at->started = 1;
        /* The other byte order, or Explicit VR where Implicit was announced. */
        if (element->tag >> 16 > 0x00FF) return 0;
        if (!explicit_vr &&
            vr_length_bytes(VR(element->length & 0xFF, element->length >> 8 & 0xFF)))
            return 0;
    } else if (!explicit_vr && element->tag <= at->last_tag) {
        return 0; /* only the order tells Implicit VR from other bytes */
    }
    at->last_tag = element->tag;
    /* What follows the pixels is padding, or what should have been. */
    at->complete = element->tag > TAG_LAST_OF_PIXELS;
    return !at->complete;
}

static enum step step_over_element(walk *at, const data_element *element, uint64_t left,
                                   int explicit_vr) {
    if (at->depth && element->tag == TAG_ITEM_DELIMITATION && !element->length) {
        at->offset += element->head;
        at->depth--;
        return STEP_ON;
    }
    if (element->tag >> 16 == 0xFFFE) return STEP_END;
    if (!at->depth && !fits_top_level(at, element, explicit_vr)) return STEP_END;
    if (element->length == UNDEFINED_LENGTH) return step_into(at, element, explicit_vr);
    if (element->length > left - element->head) return STEP_TRUNCATED;
    if (!at->depth) {
        found_uid *uid = element->tag == TAG_SOP_CLASS_UID      ? &at->uids.sop_class
                         : element->tag == TAG_SOP_INSTANCE_UID ? &at->uids.sop_instance
                                                                : NULL;
        if (uid && read_uid(at->window, at->offset, element, uid))
            return at->window->read_failed ? STEP_READ_FAILED : STEP_END;
    }
    at->offset += (uint64_t)element->head + element->length;
    return STEP_ON;
}

static enum step walk_step(walk *at) {
    if (at->offset >= at->window->file_size) return step_at_end(at);
    uint64_t left = at->window->file_size - at->offset;
    int in_sequence = at->depth & 1;
    element_encoding encoding = at->encoding;
    if (in_sequence || at->depth >= at->implicit_depth) encoding.explicit_vr = 0;
    data_element element;
    switch (element_read(at->window, at->offset, encoding, &element)) {
    case ELEMENT_OK:
        return in_sequence
                   ? step_in_sequence(at, &element, left)
                   : step_over_element(at, &element, left, encoding.explicit_vr);
    case ELEMENT_CUT:
        return step_cut(at, element.tag);
    case ELEMENT_UNREAD:
        at->unterminated = 0; /* nobody looked */
        return at->window->read_failed ? STEP_READ_FAILED : STEP_END;
    case ELEMENT_STRANGE:
    default:
        return STEP_END;
    }
}

/* False for a data set that is deflated as a whole, or is none (PS3.5 A.5, A.6). */
static int encoding_of(const char *transfer_syntax_uid, element_encoding *encoding) {
    static const char *const unreadable[] = {
        "1.2.840.10008.1.2.1.99",  /* Deflated Explicit VR Little Endian */
        "1.2.840.10008.1.2.4.95",  /* JPIP Referenced Deflate */
        "1.2.840.10008.1.2.4.205", /* JPIP HTJ2K Referenced Deflate */
        "1.2.840.10008.1.2.6.1",   /* RFC 2557 MIME encapsulation */
        "1.2.840.10008.1.2.6.2",   /* XML Encoding */
    };
    for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++)
        if (!strcmp(transfer_syntax_uid, unreadable[i])) return 0;
    /* All others are Explicit VR Little Endian (PS3.5 A.4); private ones nearly all, and the walk
     * ends at once where one is not. */
    *encoding = (element_encoding){.explicit_vr = 1};
    if (!strcmp(transfer_syntax_uid, "1.2.840.10008.1.2") ||
        !strcmp(transfer_syntax_uid, "1.2.840.10008.1.20") || /* Papyrus 3 */
        !strcmp(transfer_syntax_uid, "1.2.840.113619.5.2"))   /* GE: pixels big endian */
        encoding->explicit_vr = 0;
    if (!strcmp(transfer_syntax_uid, "1.2.840.10008.1.2.2")) encoding->big_endian = 1;
    return 1;
}

#endif
