/* The other byte order, in place. The loops are plain so that compilers vectorise them. */
#ifndef FASTSEND_RECODE_SWAP_H
#define FASTSEND_RECODE_SWAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../part10/element.h"

/* Bytes of a VR that change places together (PS3.5 7.3), 1 where byte order does not matter. */
static inline uint32_t vr_unit(uint16_t vr) {
    switch (vr) {
    case VR('A', 'T'): case VR('O', 'W'): case VR('S', 'S'): case VR('U', 'S'):
        return 2;
    case VR('F', 'L'): case VR('O', 'F'): case VR('O', 'L'): case VR('S', 'L'):
    case VR('U', 'L'):
        return 4;
    case VR('F', 'D'): case VR('O', 'D'): case VR('O', 'V'): case VR('S', 'V'):
    case VR('U', 'V'):
        return 8;
    default:
        return 1;
    }
}

static inline void swap_16(uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint16_t word;
        memcpy(&word, bytes + 2 * i, 2);
        word = (uint16_t)(word << 8 | word >> 8);
        memcpy(bytes + 2 * i, &word, 2);
    }
}

static inline void swap_32(uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t word;
        memcpy(&word, bytes + 4 * i, 4);
        word = (word & 0x00FF00FF) << 8 | (word >> 8 & 0x00FF00FF);
        word = word << 16 | word >> 16;
        memcpy(bytes + 4 * i, &word, 4);
    }
}

static inline void swap_64(uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, bytes + 8 * i, 8);
        word = (word & UINT64_C(0x00FF00FF00FF00FF)) << 8 |
               (word >> 8 & UINT64_C(0x00FF00FF00FF00FF));
        word = (word & UINT64_C(0x0000FFFF0000FFFF)) << 16 |
               (word >> 16 & UINT64_C(0x0000FFFF0000FFFF));
        word = word << 32 | word >> 32;
        memcpy(bytes + 8 * i, &word, 8);
    }
}

/* `length` is a multiple of `unit`. */
static inline void swap_units(uint8_t *bytes, size_t length, uint32_t unit) {
    if (unit == 2) swap_16(bytes, length / 2);
    if (unit == 4) swap_32(bytes, length / 4);
    if (unit == 8) swap_64(bytes, length / 8);
}

#endif
