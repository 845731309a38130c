/* What a Storage SCP may send, as the reader of PDUs gets it: in one piece, byte by byte where that
 * is not too many, and in pieces of any size. All must give the same events, and each command set
 * that comes out is decoded as a C-STORE-RSP. The input is the peer's stream. */
#include "oracle.h"
#include "pdu.h"

static void check_response(const uint8_t *command, size_t length) {
    uint8_t *copy = exact_copy(command, length);
    pdu_c_store_rsp response;
    memset(&response, 0xA5, sizeof response);
    enum pdu_event event = pdu_decode_c_store_rsp(copy, length, &response);
    CHECK(event == PDU_COMMAND || event >= PDU_COMMAND_CORRUPT);
    CHECK(event == PDU_COMMAND || *pdu_event_text(event));
    CHECK(response.sop_instance_length <= UID_MAX_LENGTH);
    CHECK(response.error_comment_length <= UID_MAX_LENGTH);
    CHECK(response.sop_instance_uid[response.sop_instance_length] == 0);
    CHECK(response.error_comment[response.error_comment_length] == 0);
    free(copy);
}

/* Feeds the stream in pieces of 1 to `most` bytes; 0 is the whole. Returns a hash of all that the
 * reader told. */
static uint64_t read_stream(const uint8_t *stream, size_t length, uint32_t max_pdu_length,
                            size_t most) {
    pdu_reader *reader = malloc(sizeof *reader);
    CHECK(reader);
    pdu_reader_init(reader, max_pdu_length);
    uint64_t told = 0, sizes = mix(0, stream, length);
    enum pdu_event event = PDU_NEED_MORE;
    size_t at = 0;
    while (at < length && event < PDU_BAD_TYPE) {
        size_t left = length - at, piece = left;
        if (most) {
            sizes = mix(sizes, &at, sizeof at);
            piece = 1 + (size_t)(sizes % most);
            piece = piece < left ? piece : left;
        }
        uint8_t *input = exact_copy(stream + at, piece);
        size_t used = 0;
        while (used < piece) {
            size_t more = 0;
            event = pdu_reader_feed(reader, input + used, piece - used, &more);
            CHECK(more <= piece - used);
            CHECK(event != PDU_NEED_MORE || more == piece - used);
            CHECK(more > 0 || event >= PDU_BAD_TYPE);
            used += more;
            CHECK(reader->consumed == at + used);
            CHECK(reader->command_length <= COMMAND_SET_MAX_LENGTH);
            if (event == PDU_NEED_MORE) continue;
            uint64_t where = at + used;
            told = mix(told, &event, sizeof event);
            told = mix(told, &where, sizeof where);
            if (event == PDU_COMMAND) {
                told = mix(told, &reader->context_id, 1);
                told = mix(told, reader->command, reader->command_length);
                check_response(reader->command, reader->command_length);
            } else if (event == PDU_ABORTED) {
                CHECK(!pdu_reader_inside(reader) || !reader->command_complete);
                told = mix(told, &reader->abort_source, 1);
                told = mix(told, &reader->abort_reason, 1);
            } else if (event >= PDU_BAD_TYPE) {
                CHECK(*pdu_event_text(event));
                break;
            }
        }
        free(input);
        at += used;
    }
    int inside = pdu_reader_inside(reader);
    told = mix(told, &inside, sizeof inside);
    free(reader);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint32_t max_pdu_lengths[] = {16384, 128, 0};
    for (size_t i = 0; i < sizeof max_pdu_lengths / sizeof *max_pdu_lengths; i++) {
        uint64_t whole = read_stream(data, size, max_pdu_lengths[i], 0);
        CHECK(read_stream(data, size, max_pdu_lengths[i], size < 2000 ? 1 : 997) == whole);
        CHECK(read_stream(data, size, max_pdu_lengths[i], size < 2000 ? 40 : 4999) == whole);
    }
    check_response(data, size);
    return 0;
}
