#include "dictionary.h"

typedef struct {
    uint32_t tag;
    uint16_t vr;
} dictionary_entry;

typedef struct {
    uint32_t mask, tag; /* stands for all tags that are `tag` under the mask, as 60xx,3000 */
    uint16_t vr;
} dictionary_repeater;

#include "dictionary_table.h"

enum {
    COUNT = sizeof dictionary / sizeof *dictionary,
    REPEATER_COUNT = sizeof dictionary_repeaters / sizeof *dictionary_repeaters
};

/* The first entry from `low` on whose tag is not below, found in steps that double. */
static size_t find_from(uint32_t tag, size_t low) {
    size_t step = 1, high = low;
    while (high < COUNT && dictionary[high].tag < tag) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    if (high > COUNT) high = COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dictionary[middle].tag < tag)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint16_t repeater_vr(uint32_t tag) {
    for (size_t i = 0; i < REPEATER_COUNT; i++)
        if ((tag & dictionary_repeaters[i].mask) == dictionary_repeaters[i].tag)
            return dictionary_repeaters[i].vr;
    return 0;
}

static inline uint16_t single_vr(uint32_t tag, size_t *hint) {
    size_t low = *hint < COUNT && dictionary[*hint].tag <= tag ? *hint : 0;
    size_t at = find_from(tag, low);
    *hint = at;
    return at < COUNT && dictionary[at].tag == tag ? dictionary[at].vr : 0;
}

uint16_t dictionary_single_vr(uint32_t tag, size_t *hint) {
    return single_vr(tag, hint);
}

uint16_t dictionary_vr(uint32_t tag, size_t *hint) {
    uint16_t vr = single_vr(tag, hint);
    return vr ? vr : repeater_vr(tag);
}
