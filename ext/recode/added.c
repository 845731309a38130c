#include "added.h"

#include <string.h>

#include "dictionary.h"

int added_vr_fits(uint16_t vr) {
    return vr_length_bytes(vr) || vr == VR_US_OR_SS || vr == VR_OB_OR_OW;
}

/* The place of an entry, or that where it would be. */
static size_t find_entry(const added_dictionary *added, uint32_t tag, uint32_t creator) {
    size_t low = 0, high = added->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const added_entry *entry = &added->entries[middle];
        if (entry->creator < creator || (entry->creator == creator && entry->tag < tag))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint16_t exact_vr(const added_dictionary *added, uint32_t tag, uint32_t creator) {
    size_t at = find_entry(added, tag, creator);
    if (at == added->entry_count) return 0;
    const added_entry *entry = &added->entries[at];
    return entry->tag == tag && entry->creator == creator ? entry->vr : 0;
}

uint16_t added_entry_vr(const added_dictionary *added, uint32_t tag, uint32_t creator) {
    uint16_t vr = exact_vr(added, tag, creator);
    /* Under a creator an entry is for every block (PS3.5 7.8.1), unless it names all four digits. */
    return vr || !creator ? vr : exact_vr(added, tag & 0xFFFF00FF, creator);
}

static int fits(uint32_t number, uint16_t low, uint16_t high) {
    return number >= low && number <= high;
}

static int has_parity(uint32_t number, uint8_t parity) {
    return parity == ADDED_ANY || (parity == ADDED_ODD) == (int)(number & 1);
}

uint16_t added_range_vr(const added_dictionary *added, uint32_t tag, uint32_t creator) {
    uint32_t group = tag >> 16, element = tag & 0xFFFF;
    for (size_t i = 0; i < added->range_count; i++) {
        const added_range *range = &added->ranges[i];
        if (range->creator != creator || !has_parity(group, range->group_parity) ||
            !has_parity(element, range->element_parity) ||
            !fits(group, range->group_low, range->group_high))
            continue;
        if (fits(element, range->element_low, range->element_high) ||
            (creator && fits(element & 0xFF, range->element_low, range->element_high)))
            return range->vr;
    }
    return 0;
}

static int compare(const added_creator *creator, const uint8_t *value, size_t length) {
    size_t both = creator->length < length ? creator->length : length;
    int order = both ? memcmp(creator->name, value, both) : 0;
    return order ? order : (creator->length > length) - (creator->length < length);
}

uint32_t added_creator_number(const added_dictionary *added, const uint8_t *value, size_t length) {
    const uint8_t *end = length ? memchr(value, 0, length) : NULL;
    if (end) length = (size_t)(end - value); /* some writers pad with NULs */
    while (length && value[length - 1] == ' ')
        length--;
    size_t low = 0, high = added->creator_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&added->creators[middle], value, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == added->creator_count || compare(&added->creators[low], value, length)) return 0;
    return (uint32_t)(low + 1);
}
