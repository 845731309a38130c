/* Bytes of the DICOM Upper Layer and of DIMSE: encoding of requests, decoding of what a Storage SCP
 * may send back. No I/O, no allocation, no Python. */
#ifndef FASTSEND_PDU_H
#define FASTSEND_PDU_H

#include <stddef.h>
#include <stdint.h>

/* PS3.8 9.3.1: PDU types. */
enum pdu_type {
    PDU_P_DATA_TF = 0x04,
    PDU_A_RELEASE_RQ = 0x05,
    PDU_A_ABORT = 0x07
};

enum {
    PDU_HEADER_LENGTH = 6,
    PDV_HEADER_LENGTH = 6,                                         /* PS3.8 9.3.5.1 and E.2 */
    P_DATA_PREFIX_LENGTH = PDU_HEADER_LENGTH + PDV_HEADER_LENGTH,  /* a PDU with one PDV */
    UID_MAX_LENGTH = 64,                                           /* PS3.5 9.1 */
    /* A C-STORE-RQ with the longest UIDs has 196 bytes; with fragments of two bytes, the smallest
     * there are, each two cost 14. */
    C_STORE_RQ_MAX_LENGTH = 196,
    C_STORE_RQ_MAX_ENCODED = C_STORE_RQ_MAX_LENGTH / 2 * (P_DATA_PREFIX_LENGTH + 2),
    /* A C-STORE-RSP has two UIDs, a comment and a list of tags; far more than that is not one. */
    COMMAND_SET_MAX_LENGTH = 16384,
    /* Fragments are no longer than this even for a peer without a limit. */
    FRAGMENT_MAX_LENGTH = 0x7FFFFF00
};

enum pdu_event {
    PDU_NEED_MORE = 0, /* all input was used */
    PDU_COMMAND,       /* a whole command set is in reader->command */
    PDU_ABORTED,       /* A-ABORT; source and reason are in the reader */
    PDU_RELEASE_REQUESTED,
    /* From here on: what the Standard does not allow, PS3.8 9.3 and Annex E. */
    PDU_BAD_TYPE,
    PDU_TOO_LONG,
    PDU_BAD_LENGTH,
    PDU_BAD_PDV_LENGTH,
    PDU_UNEXPECTED_DATA_SET,
    PDU_COMMAND_TOO_LONG,
    PDU_CONTEXT_CHANGED,
    /* PS3.7 6.3.1 and 9.3.1.2. */
    PDU_COMMAND_CORRUPT,
    PDU_COMMAND_INCOMPLETE,
    PDU_NOT_C_STORE_RSP,
    PDU_RESPONSE_HAS_DATA_SET
};

typedef struct {
    uint32_t max_pdu_length; /* what was proposed to the peer; 0: no limit */
    uint64_t consumed;       /* bytes, for messages */
    uint32_t pdu_left;       /* bytes of the current PDU after its header */
    uint32_t pdv_left;
    uint8_t header[PDU_HEADER_LENGTH];
    uint8_t header_have;
    uint8_t pdv_header[PDV_HEADER_LENGTH];
    uint8_t pdv_header_have;
    uint8_t command_complete; /* the next fragment starts a new command set */
    uint8_t context_id;       /* of the command set */
    uint8_t abort_source, abort_reason;
    uint32_t command_length;
    uint8_t command[COMMAND_SET_MAX_LENGTH];
} pdu_reader;

typedef struct {
    const char *sop_class_uid, *sop_instance_uid; /* at most 64 characters */
    uint32_t fragment_length;                     /* of pdu_fragment_length */
    uint16_t message_id;
    uint8_t context_id;
} pdu_c_store_rq;

typedef struct {
    uint16_t message_id; /* (0000,0120) */
    uint16_t status;     /* (0000,0900) */
    uint8_t sop_instance_length, error_comment_length;
    char sop_instance_uid[UID_MAX_LENGTH + 1]; /* (0000,1000), "" where absent */
    char error_comment[UID_MAX_LENGTH + 1];    /* (0000,0902), LO, "" where absent */
} pdu_c_store_rsp;

/* The bytes of a PDV's message fragment for a peer with this maximum length (PS3.8 D.1: it counts
 * what follows the PDU header; 0 is no limit), even as PS3.8 Annex E asks; 0 where none fits. */
uint32_t pdu_fragment_length(uint32_t max_pdu_length);

/* The headers of a P-DATA-TF PDU with one PDV (PS3.8 9.3.5, message control header E.2). */
void pdu_put_p_data_prefix(uint8_t out[P_DATA_PREFIX_LENGTH], uint32_t fragment_length,
                           uint8_t context_id, int command, int last);

/* Writes a C-STORE-RQ (PS3.7 9.3.1.1) as P-DATA-TF PDUs; `out` holds C_STORE_RQ_MAX_ENCODED bytes.
 * Returns their number. */
size_t pdu_encode_c_store_rq(uint8_t *out, const pdu_c_store_rq *request);

void pdu_reader_init(pdu_reader *reader, uint32_t max_pdu_length);
/* Takes input until an event; `*used` bytes of it were taken. After an event from PDU_BAD_TYPE on,
 * the stream cannot be read further. */
enum pdu_event pdu_reader_feed(pdu_reader *reader, const uint8_t *input, size_t length,
                               size_t *used);
/* True inside a PDU or a message: more bytes are due at once. */
int pdu_reader_inside(const pdu_reader *reader);

/* Decodes a C-STORE-RSP (PS3.7 9.3.1.2); PDU_COMMAND or why not. */
enum pdu_event pdu_decode_c_store_rsp(const uint8_t *command, size_t length, pdu_c_store_rsp *out);

/* A sentence about an event from PDU_BAD_TYPE on. */
const char *pdu_event_text(enum pdu_event event);

#endif
