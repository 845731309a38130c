/* Dictionary entries that the user added to those of the Standard, private elements among them. A
 * table is made once and never changes; any number of threads may read it. */
#ifndef FASTSEND_RECODE_ADDED_H
#define FASTSEND_RECODE_ADDED_H

#include <stddef.h>
#include <stdint.h>

#define ADDED_CAPSULE "fastsend.added_dictionary"

enum added_parity { ADDED_ANY, ADDED_EVEN, ADDED_ODD };

/* Private Creators have numbers from 1, by their bytes; 0 stands for none. */
typedef struct {
    uint32_t creator;
    uint32_t tag; /* with a creator: the element number as in block 00, or a fixed one */
    uint16_t vr;  /* or a choice of dictionary.h */
} added_entry;

typedef struct {
    uint32_t creator;
    uint16_t group_low, group_high, element_low, element_high; /* inclusive */
    uint8_t group_parity, element_parity;                      /* enum added_parity */
    uint16_t vr;
} added_range;

typedef struct {
    const uint8_t *name; /* without trailing spaces */
    size_t length;
} added_creator;

typedef struct {
    const added_entry *entries; /* by creator and tag, each once */
    size_t entry_count;
    const added_range *ranges; /* the first that fits holds */
    size_t range_count;
    const added_creator *creators; /* number 1 first */
    size_t creator_count;
} added_dictionary;

/* Whether a VR can be in a table. */
int added_vr_fits(uint16_t vr);

/* The VR of the entry, or of the range, for a tag; 0 where there is none. */
uint16_t added_entry_vr(const added_dictionary *added, uint32_t tag, uint32_t creator);
uint16_t added_range_vr(const added_dictionary *added, uint32_t tag, uint32_t creator);

/* The number of a Private Creator as it stands in a data set, 0 where the table has none. */
uint32_t added_creator_number(const added_dictionary *added, const uint8_t *value, size_t length);

#endif
