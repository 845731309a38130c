/* The socket loop: C-STORE requests out, responses in, over a connected socket that another layer
 * negotiated. The only code that reads or writes that socket during a transfer. No Python. */
#ifndef FASTSEND_WIRE_H
#define FASTSEND_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "pdu.h"
#include "recode.h"
#include "table.h"

enum wire_status {
    WIRE_OK = 0,
    /* The instance failed, the association goes on. */
    WIRE_STATUS_FAILED,  /* the peer answered with a status that does not mean stored */
    WIRE_FILE_OPEN,      /* detail: errno */
    WIRE_FILE_CHANGED,   /* not what was scanned; nothing of it was sent */
    WIRE_NOT_RECODED,    /* detail: enum recode_status; nothing of it was sent */
    /* The association is over. */
    WIRE_FIRST_FATAL,
    WIRE_FILE_CHANGED_SENDING = WIRE_FIRST_FATAL,
    WIRE_FILE_READ, /* detail: errno */
    WIRE_CANCELLED,
    WIRE_SOCKET_TIMEOUT,
    WIRE_DIMSE_TIMEOUT,
    WIRE_CONNECTION_LOST, /* detail: errno, 0 for an end of file */
    WIRE_PEER_ABORTED,
    WIRE_PEER_RELEASED,
    WIRE_PROTOCOL, /* detail: enum pdu_event */
    WIRE_WRONG_MESSAGE_ID,
    WIRE_WRONG_SOP_INSTANCE,
    WIRE_WRONG_CONTEXT,
    WIRE_PENDING_STATUS
};

enum {
    BATCH_FRAGMENTS = 64, /* PDUs in one system call at most */
    /* Small enough to stay in the processor's cache between reading and sending, large enough for
     * the largest PDU that DCMTK takes. */
    BODY_CAPACITY = 1 << 17
};

/* Set from another thread; `fd` becomes readable so that a wait ends at once. */
typedef struct {
    int requested;
    int read_fd, write_fd;
} wire_cancel;

typedef struct {
    int fd;
    uint32_t row;
    uint64_t file_size;
    int64_t mtime_ns;
    int error; /* errno of the failed open, 0 where `fd` is good */
    size_t ahead; /* bytes of its data set that are in the channel's `ahead` already */
} wire_file;

typedef struct {
    int socket;
    const wire_cancel *cancel;
    uint32_t fragment_length;                        /* of data PDVs */
    int64_t socket_timeout_ns, dimse_timeout_ns;     /* 0: none */
    uint16_t message_id;
    int64_t request_deadline_ns; /* of the request under way; INT64_MAX: none */
    int64_t cancel_deadline_ns;  /* until then a cancelled PDU may still be completed; 0: unset */
    int64_t usual_wait_ns;       /* running mean of the time to a response */
    int inside_pdu;              /* the stream stops within a PDU: no A-ABORT can follow */
    int has_response;
    int detail; /* errno or event, see enum wire_status */
    wire_file next; /* opened ahead */
    recode_state *recode; /* made when the first data set has to be re-encoded */
    pdu_reader reader;
    pdu_c_store_rsp response;
    uint8_t response_context_id;
    /* Read by another thread to show progress. */
    uint64_t done_rows;
    uint64_t position; /* the row behind the last one whose result is final */
    uint64_t sent_bytes;
    size_t input_used, input_have;
    uint8_t input[16384];
    uint8_t *body, *ahead; /* of the file on its way to the socket, and of the next one */
    uint8_t bodies[2][BODY_CAPACITY];
} wire_channel;

/* `cancel` has a pipe of its own; -1 and errno where the system gives none. */
int wire_cancel_init(wire_cancel *cancel);
void wire_cancel_request(wire_cancel *cancel);
void wire_cancel_free(wire_cancel *cancel);

/* `socket` must be non-blocking. */
void wire_init(wire_channel *channel, int socket, const wire_cancel *cancel,
               uint32_t max_send_pdu_length, uint32_t max_receive_pdu_length);
/* Frees what the channel holds; the socket is the caller's. */
void wire_close(wire_channel *channel);

/* How the instances of a kind are sent. */
typedef struct {
    uint8_t context_id; /* 0: not at all */
    uint8_t recode;     /* 0: as stored */
    uint8_t from, to;   /* enum recode_syntax */
} wire_route;

/* Sends the rows from `*row` on to before `end` whose kind has a context, one after the other, and
 * fills in their results. `routes` has one for each of `kinds` kinds. Returns WIRE_OK at the end, or
 * the first other status with `*row` behind the row that it belongs to. */
enum wire_status wire_store_rows(wire_channel *channel, const instance_table *table, size_t *row,
                                 size_t end, const wire_route *routes, size_t kinds,
                                 uint16_t association);

#endif
