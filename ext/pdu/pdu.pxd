from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "pdu.h" nogil:
    enum:
        P_DATA_PREFIX_LENGTH
        C_STORE_RQ_MAX_ENCODED
        UID_MAX_LENGTH

    ctypedef enum pdu_event "enum pdu_event":
        PDU_NEED_MORE
        PDU_COMMAND
        PDU_ABORTED
        PDU_RELEASE_REQUESTED
        PDU_BAD_TYPE

    ctypedef struct pdu_reader:
        uint64_t consumed
        uint8_t context_id
        uint8_t abort_source
        uint8_t abort_reason
        uint8_t header_have
        uint8_t header[6]
        uint32_t command_length
        uint8_t command[16384]

    ctypedef struct pdu_c_store_rq:
        const char *sop_class_uid
        const char *sop_instance_uid
        uint32_t fragment_length
        uint16_t message_id
        uint8_t context_id

    ctypedef struct pdu_c_store_rsp:
        uint16_t message_id
        uint16_t status
        uint8_t sop_instance_length
        uint8_t error_comment_length
        char sop_instance_uid[65]
        char error_comment[65]

    uint32_t pdu_fragment_length(uint32_t max_pdu_length) noexcept
    void pdu_put_p_data_prefix(
        uint8_t *out, uint32_t fragment_length, uint8_t context_id, int command, int last
    ) noexcept
    size_t pdu_encode_c_store_rq(uint8_t *out, const pdu_c_store_rq *request) noexcept
    void pdu_reader_init(pdu_reader *reader, uint32_t max_pdu_length) noexcept
    pdu_event pdu_reader_feed(
        pdu_reader *reader, const uint8_t *input, size_t length, size_t *used
    ) noexcept
    int pdu_reader_inside(const pdu_reader *reader) noexcept
    pdu_event pdu_decode_c_store_rsp(
        const uint8_t *command, size_t length, pdu_c_store_rsp *out
    ) noexcept
    const char *pdu_event_text(pdu_event event) noexcept
