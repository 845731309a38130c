/* The head of one Data Element: tag, VR and length (PS3.5 7.1). */
#ifndef FASTSEND_ELEMENT_H
#define FASTSEND_ELEMENT_H

#include "window.h"

#define TAG(group, element) ((uint32_t)(group) << 16 | (uint32_t)(element))
#define VR(first, second) ((uint16_t)((first) << 8 | (second)))

#define UNDEFINED_LENGTH UINT32_C(0xFFFFFFFF)

enum { SHORT_HEAD = 8, LONG_HEAD = 12 };

typedef struct {
    uint32_t tag;
    uint32_t length; /* bytes of the value, or UNDEFINED_LENGTH */
    uint16_t vr;     /* 0 in Implicit VR and for items */
    uint8_t head;    /* bytes before the value */
} data_element;

enum element_status {
    ELEMENT_OK,
    ELEMENT_CUT,     /* the file ends inside the head; `tag` is 0 where it ends inside the tag */
    ELEMENT_STRANGE, /* no head of this encoding */
    ELEMENT_UNREAD   /* these bytes cannot be had */
};

typedef struct {
    int explicit_vr;
    int big_endian;
} element_encoding;

static inline uint32_t read_u16(const uint8_t *at, int big_endian) {
    return big_endian ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

static inline uint32_t read_u32(const uint8_t *at, int big_endian) {
    return big_endian ? read_u16(at, 1) << 16 | read_u16(at + 2, 1)
                      : read_u16(at + 2, 0) << 16 | read_u16(at, 0);
}

/* Bytes of the length field of a VR (PS3.5 7.1.2), 0 where there is no such VR. */
static inline int vr_length_bytes(uint16_t vr) {
    switch (vr) {
    case VR('A', 'E'): case VR('A', 'S'): case VR('A', 'T'): case VR('C', 'S'):
    case VR('D', 'A'): case VR('D', 'S'): case VR('D', 'T'): case VR('F', 'D'):
    case VR('F', 'L'): case VR('I', 'S'): case VR('L', 'O'): case VR('L', 'T'):
    case VR('P', 'N'): case VR('S', 'H'): case VR('S', 'L'): case VR('S', 'S'):
    case VR('S', 'T'): case VR('T', 'M'): case VR('U', 'I'): case VR('U', 'L'):
    case VR('U', 'S'):
        return 2;
    case VR('O', 'B'): case VR('O', 'D'): case VR('O', 'F'): case VR('O', 'L'):
    case VR('O', 'V'): case VR('O', 'W'): case VR('S', 'Q'): case VR('S', 'V'):
    case VR('U', 'C'): case VR('U', 'N'): case VR('U', 'R'): case VR('U', 'T'):
    case VR('U', 'V'):
        return 4;
    default:
        return 0;
    }
}

/* Reads the head at `offset`, which lies before the end of the file. */
static inline enum element_status element_read(file_window *window, uint64_t offset,
                                               element_encoding encoding, data_element *element) {
    uint64_t left = window->file_size - offset;
    size_t size = left < LONG_HEAD ? (size_t)left : LONG_HEAD;
    const uint8_t *at = window_view(window, offset, size);
    if (!at) return ELEMENT_UNREAD;
    int big = encoding.big_endian;
    *element = (data_element){.head = SHORT_HEAD};
    if (size < 4) return ELEMENT_CUT;
    element->tag = TAG(read_u16(at, big), read_u16(at + 2, big));
    if (size < SHORT_HEAD) return ELEMENT_CUT;
    if (!encoding.explicit_vr || element->tag >> 16 == 0xFFFE) {
        element->length = read_u32(at + 4, big);
        return ELEMENT_OK;
    }
    element->vr = VR(at[4], at[5]);
    switch (vr_length_bytes(element->vr)) {
    case 2:
        element->length = read_u16(at + 6, big);
        return ELEMENT_OK;
    case 4:
        if (at[6] || at[7]) return ELEMENT_STRANGE; /* reserved, set to 0000H */
        if (size < LONG_HEAD) return ELEMENT_CUT;
        element->length = read_u32(at + 8, big);
        element->head = LONG_HEAD;
        return ELEMENT_OK;
    default:
        return ELEMENT_STRANGE;
    }
}

#endif
