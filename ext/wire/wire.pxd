from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "table.h" nogil:
    const char *TABLE_CAPSULE
    ctypedef struct instance_table:
        pass
    size_t table_count(const instance_table *table) noexcept


cdef extern from "pdu.h" nogil:
    ctypedef enum pdu_event "enum pdu_event":
        pass
    ctypedef struct pdu_reader:
        uint64_t consumed
        uint8_t abort_source
        uint8_t abort_reason
        uint8_t header_have
        uint8_t command_complete
        uint8_t header[6]
    ctypedef struct pdu_c_store_rsp:
        uint16_t message_id
        uint8_t error_comment_length
        char error_comment[65]
    const char *pdu_event_text(pdu_event event) noexcept


cdef extern from "recode.h" nogil:
    const char *ADDED_CAPSULE

    ctypedef struct added_dictionary:
        pass

    ctypedef enum recode_status "enum recode_status":
        pass
    ctypedef struct recode_state:
        uint32_t error_tag
        uint64_t error_offset
    const char *recode_status_text(recode_status status) noexcept


cdef extern from "path.h" nogil:
    ctypedef struct wire_path:
        double round_trip
        double window_limited
        double delivery_rate
    wire_path wire_path_of(int socket) noexcept


cdef extern from "channel.h" nogil:
    int64_t channel_now_ns() noexcept


cdef extern from "queue.h" nogil:
    ctypedef struct wire_route:
        uint8_t context_id
        uint8_t way

    ctypedef struct wire_piece:
        uint32_t first
        uint32_t end

    ctypedef struct wire_queue:
        const instance_table *table

    ctypedef struct wire_queue_state:
        uint32_t next
        uint32_t end
        bint over
        bint left

    int wire_queue_init(
        wire_queue *queue, const instance_table *table, uint32_t first, uint32_t end, bint closed
    ) noexcept
    void wire_queue_free(wire_queue *queue) noexcept
    int wire_queue_set_routes(
        wire_queue *queue, const wire_route *routes, size_t kinds
    ) noexcept
    int wire_queue_set_order(
        wire_queue *queue, const uint32_t *order, const uint32_t *starts, uint32_t groups
    ) noexcept
    void wire_queue_publish(wire_queue *queue, uint32_t end, bint closed) noexcept
    void wire_queue_stop(wire_queue *queue) noexcept
    wire_queue_state wire_queue_look(wire_queue *queue) noexcept


cdef extern from "secure.h" nogil:
    ctypedef ssize_t secure_encrypt(
        void *context, const uint8_t *bytes, size_t length, short *events
    ) noexcept
    ctypedef ssize_t secure_decrypt(
        void *context, uint8_t *bytes, size_t capacity, short *events
    ) noexcept
    ctypedef struct wire_secure:
        pass
    void secure_init(
        wire_secure *secure, int socket, void *context, secure_encrypt *encrypt,
        secure_decrypt *decrypt
    ) noexcept


cdef extern from "wire.h" nogil:
    ctypedef enum wire_status "enum wire_status":
        WIRE_OK
        WIRE_STATUS_FAILED
        WIRE_FILE_OPEN
        WIRE_FILE_CHANGED
        WIRE_NOT_RECODED
        WIRE_NOT_CONVERTED
        WIRE_PUSH
        WIRE_FIRST_FATAL
        WIRE_FILE_CHANGED_SENDING
        WIRE_FILE_READ
        WIRE_NOT_CONVERTED_SENDING
        WIRE_CANCELLED
        WIRE_SOCKET_TIMEOUT
        WIRE_DIMSE_TIMEOUT
        WIRE_CONNECTION_LOST
        WIRE_PEER_ABORTED
        WIRE_PEER_RELEASED
        WIRE_PROTOCOL
        WIRE_WRONG_MESSAGE_ID
        WIRE_WRONG_SOP_INSTANCE
        WIRE_WRONG_CONTEXT
        WIRE_PENDING_STATUS
        WIRE_ANSWERED_EARLY
        WIRE_OTHER_FAULT

    ctypedef struct wire_cancel:
        int read_fd

    ctypedef struct wire_limit:
        double ns_per_byte

    ctypedef struct wire_request:
        uint16_t message_id
        int open

    ctypedef struct wire_times:
        int64_t responses
        int64_t sending
        int64_t limit
        int64_t files
        int64_t rows

    ctypedef struct wire_channel:
        int socket
        wire_secure *secure
        wire_limit *limit
        wire_request request
        size_t window
        size_t outstanding_count
        wire_piece piece
        uint32_t next_position
        int has_next
        uint32_t failed_row
        wire_times times
        int64_t socket_timeout_ns
        int64_t dimse_timeout_ns
        uint32_t fragment_length
        int inside_pdu
        int detail
        const added_dictionary *added
        recode_state *recode
        pdu_reader reader
        pdu_c_store_rsp refusal
        size_t input_used
        size_t input_have
        uint8_t input[16384]

    int wire_limit_init(wire_limit *limit, double bytes_per_second, int64_t now_ns) noexcept
    void wire_limit_free(wire_limit *limit) noexcept
    size_t wire_limit_take(
        wire_limit *limit, int64_t now_ns, size_t wanted, int64_t *again_ns
    ) noexcept
    bint wire_means_stored(uint16_t status) noexcept
    int wire_cancel_init(wire_cancel *cancel) noexcept
    void wire_cancel_request(wire_cancel *cancel) noexcept
    int wire_cancel_requested(const wire_cancel *cancel) noexcept
    void wire_cancel_free(wire_cancel *cancel) noexcept
    int wire_init(
        wire_channel *channel, int socket, const wire_cancel *cancel,
        uint32_t max_send_pdu_length, uint32_t max_receive_pdu_length, size_t window
    ) noexcept
    void wire_close(wire_channel *channel) noexcept
    wire_status wire_store_rows(
        wire_channel *channel, wire_queue *queue, uint16_t association, uint32_t *row
    ) noexcept
    void wire_begin(
        wire_channel *channel, uint8_t context_id, const char *sop_instance_uid
    ) noexcept
    wire_status wire_push(
        wire_channel *channel, const uint8_t *bytes, size_t length, int last
    ) noexcept
    wire_status wire_finish(wire_channel *channel) noexcept
    wire_status wire_give_up(wire_channel *channel) noexcept
    void wire_refuse(wire_channel *channel) noexcept
    size_t wire_settle(wire_channel *channel, int again) noexcept
    void wire_retire(wire_channel *channel) noexcept
    uint64_t wire_done_rows(const wire_channel *channel) noexcept
    uint64_t wire_sent_bytes(const wire_channel *channel) noexcept
