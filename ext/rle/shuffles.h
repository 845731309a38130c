/* Compilers vectorise loops over three planes, as in RGB, with byte shuffles: six times the speed.
 * x86-64 has them since SSSE3, but not in its baseline, so such loops are compiled for both. */
#ifndef FASTSEND_RLE_SHUFFLES_H
#define FASTSEND_RLE_SHUFFLES_H

#if defined(__GNUC__) && defined(__x86_64__)
#define RLE_WITH_SHUFFLES __attribute__((target("ssse3"), flatten))
static inline int rle_have_shuffles(void) {
    return __builtin_cpu_supports("ssse3") != 0;
}
#else
#define RLE_WITH_SHUFFLES
static inline int rle_have_shuffles(void) {
    return 0;
}
#endif

#endif
