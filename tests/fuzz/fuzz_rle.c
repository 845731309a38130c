/* What stands in an RLE Lossless pixel fragment, for any attributes of the image: decoded into memory
 * that is exactly as long as the native frame, and what decodes is encoded and decoded again. The
 * first six bytes of the input choose the attributes, the rest is the fragment. */
#include "oracle.h"
#include "rle.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length);

static rle_frame frame_of(const uint8_t *choice) {
    static const uint32_t bits[] = {1, 8, 16, 32, 64, 24, 8, 16};
    return (rle_frame){
        .rows = choice[0] | (choice[4] & 1u) << 8,
        .columns = choice[1] | (choice[4] & 6u) << 7,
        .samples_per_pixel = choice[2] % 17,
        .bits_allocated = bits[choice[3] % 8],
        .planar_configuration = choice[5] % 2,
    };
}

static void check_round_trip(const rle_frame *frame, const uint8_t *native, size_t length) {
    uint64_t bound = rle_encoded_bound(frame), encoded_length = 0;
    uint8_t *encoded = malloc(bound), *again = malloc(length);
    CHECK(encoded && again);
    CHECK(rle_encode(native, frame, encoded, &encoded_length) == RLE_OK);
    CHECK(encoded_length <= bound && encoded_length % 2 == 0);
    uint8_t *exact = exact_copy(encoded, encoded_length);
    size_t at;
    CHECK(rle_decode(exact, encoded_length, frame, again, &at) == RLE_OK);
    CHECK(memcmp(again, native, length) == 0);
    free(exact);
    free(again);
    free(encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
    if (length < 6) return 0;
    rle_frame frame = frame_of(input);
    length -= 6;
    uint8_t *data = exact_copy(input + 6, length);
    uint64_t native_length = rle_native_length(&frame);
    rle_segments segments;
    size_t at = 0, again = 0;
    enum rle_status checked = rle_check(data, length, &frame, &segments, &at);
    CHECK(at <= length);
    CHECK(checked == RLE_OK || *rle_status_text(checked));
    if (checked == RLE_OK) CHECK(native_length <= 64 * (uint64_t)length);
    if (native_length && (checked == RLE_OK || native_length < 1 << 20)) {
        uint8_t *native = malloc(native_length);
        CHECK(native);
        enum rle_status status = rle_decode(data, length, &frame, native, &again);
        CHECK(again <= length);
        CHECK(checked == RLE_OK || status == checked);
        if (status == RLE_OK) check_round_trip(&frame, native, native_length);
        free(native);
    }
    free(data);
    return 0;
}
