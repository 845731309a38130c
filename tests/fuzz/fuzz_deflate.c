/* What stands in a deflated data set: inflated in one piece and in pieces, which must agree, and what
 * inflates is deflated and inflated again. The first two bytes of the input choose the level and
 * the pieces, the rest is the stream. */
#include "deflate.h"
#include "oracle.h"

enum { MOST = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length);

/* Inflates in pieces of at most `most` bytes; returns the status at the end. */
static enum deflate_status inflate_all(const uint8_t *stream, size_t length, size_t most,
                                       uint8_t *out, size_t *made) {
    deflate_decoder *decoder = deflate_decoder_new(MOST, 200);
    CHECK(decoder);
    enum deflate_status status = DEFLATE_NEED_INPUT;
    size_t at = 0;
    *made = 0;
    while (status < DEFLATE_END) {
        size_t piece = length - at < most ? length - at : most;
        size_t room = MOST + 1 - *made < most ? MOST + 1 - *made : most;
        uint8_t *in = exact_copy(stream + at, piece), *room_exact = malloc(room);
        CHECK(room_exact);
        deflate_buffers buffers = {in, piece, room_exact, room};
        status = deflate_decode(decoder, &buffers, at + piece == length);
        CHECK(buffers.in_left <= piece && buffers.out_left <= room);
        CHECK(status >= DEFLATE_END || buffers.in_left < piece || buffers.out_left < room);
        memcpy(out + *made, room_exact, room - buffers.out_left);
        *made += room - buffers.out_left;
        at += piece - buffers.in_left;
        CHECK(deflate_decoder_taken(decoder) == at);
        CHECK(deflate_decoder_made(decoder) == *made);
        free(room_exact);
        free(in);
    }
    CHECK(status == DEFLATE_TOO_LONG || *made <= MOST);
    CHECK(*deflate_status_text(status));
    deflate_decoder_free(decoder);
    return status;
}

static void check_round_trip(int level, const uint8_t *data, size_t length, uint8_t *again) {
    deflate_encoder *encoder = deflate_encoder_new(level);
    CHECK(encoder);
    uint64_t bound = deflate_encoder_bound(encoder, length);
    uint8_t *stream = malloc(bound);
    CHECK(stream);
    deflate_buffers buffers = {data, length, stream, bound};
    CHECK(deflate_encode(encoder, &buffers, 1) == DEFLATE_END);
    size_t stream_length = bound - buffers.out_left, made;
    CHECK(stream_length % 2 == 0);
    deflate_decoder *decoder = deflate_decoder_new(0, 0);
    buffers = (deflate_buffers){stream, stream_length, again, MOST + 1};
    CHECK(deflate_decode(decoder, &buffers, 1) == DEFLATE_END);
    made = MOST + 1 - buffers.out_left;
    CHECK(made == length && memcmp(again, data, length) == 0 && buffers.in_left <= 1);
    deflate_decoder_free(decoder);
    deflate_encoder_free(encoder);
    free(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
    if (length < 2) return 0;
    int level = input[0] % 10;
    size_t most = 1 + (size_t)input[1] * input[1], made, made_again;
    static uint8_t whole[MOST + 1], pieces[MOST + 1];
    enum deflate_status status = inflate_all(input + 2, length - 2, MOST + 1, whole, &made);
    CHECK(inflate_all(input + 2, length - 2, most + made / 1000, pieces, &made_again) == status ||
          status == DEFLATE_TOO_DENSE);
    if (status != DEFLATE_END) return 0;
    CHECK(made == made_again && memcmp(whole, pieces, made) == 0);
    check_round_trip(level, whole, made, pieces);
    return 0;
}
