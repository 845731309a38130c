#include "jpeg_lossless.h"

#include <string.h>

enum {
    LONGEST = 16,                       /* bits of a code, B.2.4.2 */
    RESERVED = JPEG_LOSSLESS_CATEGORIES, /* has the code of ones only, and never occurs */
    SYMBOLS = JPEG_LOSSLESS_CATEGORIES + 1
};

/* Two symbols that occur least, `low` the least; of equals the last ones. Whether there are two. */
static int find_two(const uint64_t *occurrences, int *low, int *next) {
    *low = *next = -1;
    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        if (occurrences[symbol] == 0)
            continue;
        if (*low < 0 || occurrences[symbol] <= occurrences[*low]) {
            *next = *low;
            *low = symbol;
        } else if (*next < 0 || occurrences[symbol] <= occurrences[*next]) {
            *next = symbol;
        }
    }
    return *next >= 0;
}

/* K.2, Figure K.1: the number of bits that a shortest code of any length gives each symbol. */
static void find_lengths(const uint64_t *occurrences, unsigned *lengths) {
    uint64_t weight[SYMBOLS];
    int others[SYMBOLS], low, next;
    memcpy(weight, occurrences, JPEG_LOSSLESS_CATEGORIES * sizeof *weight);
    weight[RESERVED] = 1;
    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        lengths[symbol] = 0;
        others[symbol] = -1;
    }
    while (find_two(weight, &low, &next)) {
        int last = next;
        weight[next] += weight[low];
        weight[low] = 0;
        for (;; last = others[last]) {
            lengths[last]++;
            if (others[last] < 0)
                break;
        }
        others[last] = low;
        for (int symbol = low; symbol >= 0; symbol = others[symbol])
            lengths[symbol]++;
    }
}

/* Figure K.3: codes of more than 16 bits become shorter, and one other longer for two of them. */
static void limit_lengths(unsigned *with_length) {
    for (int bits = SYMBOLS; bits > LONGEST; bits--) {
        while (with_length[bits] > 0) {
            int shorter = bits - 2;
            while (with_length[shorter] == 0)
                shorter--;
            with_length[bits] -= 2;
            with_length[bits - 1]++;
            with_length[shorter + 1] += 2;
            with_length[shorter]--;
        }
    }
}

void jpeg_lossless_make_code(
    const uint64_t occurrences[JPEG_LOSSLESS_CATEGORIES], jpeg_lossless_code *made) {
    unsigned lengths[SYMBOLS], with_length[SYMBOLS + 1] = {0};
    int longest = LONGEST;
    uint32_t code = 0;
    memset(made, 0, sizeof *made);
    find_lengths(occurrences, lengths);
    for (int symbol = 0; symbol < SYMBOLS; symbol++)
        if (lengths[symbol] > 0)
            with_length[lengths[symbol]]++;
    limit_lengths(with_length);
    while (with_length[longest] == 0)
        longest--;
    with_length[longest]--; /* that of the reserved symbol */
    /* Figure K.4: the more bits, the later. */
    for (unsigned bits = 1; bits <= SYMBOLS; bits++)
        for (int symbol = 0; symbol < RESERVED; symbol++)
            if (lengths[symbol] == bits)
                made->values[made->count++] = (uint8_t)symbol;
    /* C.2: codes of one length follow each other. */
    for (unsigned bits = 1, at = 0; bits <= LONGEST; bits++, code <<= 1) {
        made->with_length[bits] = (uint8_t)with_length[bits];
        for (unsigned i = 0; i < with_length[bits]; i++, at++) {
            made->length[made->values[at]] = (uint8_t)bits;
            made->code[made->values[at]] = (uint16_t)code++;
        }
    }
}
