/* The socket loop: C-STORE requests out, responses in, over a connected socket that another layer
 * negotiated. The only code that reads or writes that socket during a transfer. No Python. */
#ifndef FASTSEND_WIRE_H
#define FASTSEND_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "limit.h"
#include "pdu.h"
#include "queue.h"
#include "recode.h"
#include "secure.h"
#include "table.h"

enum wire_status {
    WIRE_OK = 0,
    /* The instance failed, the association goes on. */
    WIRE_STATUS_FAILED,  /* the peer answered with a status that does not mean stored */
    WIRE_FILE_OPEN,      /* detail: errno */
    WIRE_FILE_CHANGED,   /* not what was scanned; nothing of it was sent */
    WIRE_NOT_RECODED,    /* detail: enum recode_status; nothing of it was sent */
    WIRE_NOT_CONVERTED,  /* the caller knows why; nothing of it was sent */
    WIRE_PUSH,           /* no result: the row is to be pushed now */
    /* The association is over. */
    WIRE_FIRST_FATAL,
    WIRE_FILE_CHANGED_SENDING = WIRE_FIRST_FATAL,
    WIRE_FILE_READ, /* detail: errno */
    WIRE_NOT_CONVERTED_SENDING, /* the caller knows why */
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
    WIRE_PENDING_STATUS,
    WIRE_ANSWERED_EARLY, /* as stored, before it was sent to its end */
    WIRE_OTHER_FAULT /* another instance ended the association */
};

enum {
    BATCH_FRAGMENTS = 64, /* PDUs in one system call at most */
    /* Small enough to stay in the processor's cache between reading and sending, large enough for
     * the largest PDU that DCMTK takes. */
    BODY_CAPACITY = 1 << 17,
    /* Of the next file, read while the peer is busy with this one: most images as a whole. */
    AHEAD_CAPACITY = 1 << 20,
    MOST_OUTSTANDING = 1024 /* requests, of a larger asynchronous operations window */
};

/* Set from another thread; `fd` becomes readable so that a wait ends at once. */
typedef struct {
    int requested;
    int read_fd, write_fd;
} wire_cancel;

typedef struct {
    int fd;
    int error; /* errno of the failed open, 0 where `fd` is good */
    size_t ahead; /* bytes of its data set that are in the channel's `ahead` already */
} wire_file;

/* The C-STORE request that is being sent. */
typedef struct {
    uint16_t message_id;
    uint8_t context_id;
    int open;      /* between wire_begin and wire_finish */
    size_t staged; /* bytes in the channel's `body` that wait for more: see data_set_push */
    size_t head_length; /* of the command, 0 once it is sent */
    uint8_t head[C_STORE_RQ_MAX_ENCODED + P_DATA_PREFIX_LENGTH]; /* with room for one more prefix */
} wire_request;

/* A request from its first byte on until its response is there, and until it is sent as a whole. */
typedef struct {
    uint32_t position; /* in the queue */
    uint16_t message_id, status;
    uint8_t context_id, sent, answered;
    uint8_t again; /* its association was lost the time before */
    char sop_instance_uid[UID_MAX_LENGTH + 1];
    int64_t start_ns;
    int64_t deadline_ns; /* INT64_MAX: none */
} wire_outstanding;

/* Where the time went, in nanoseconds. */
typedef struct {
    int64_t responses; /* waiting for them */
    int64_t sending;   /* waiting for room in the socket */
    int64_t limit;     /* held back by the limit */
    int64_t files;     /* opening and reading */
    int64_t rows;      /* waiting for rows */
} wire_times;

typedef struct {
    int socket;
    wire_secure *secure; /* NULL: none */
    const wire_cancel *cancel;
    wire_limit *limit;                               /* NULL: none */
    uint32_t fragment_length;                        /* of data PDVs */
    int64_t socket_timeout_ns, dimse_timeout_ns;     /* 0: none */
    wire_request request;
    size_t window; /* requests that may be outstanding */
    size_t outstanding_count, unanswered;
    wire_outstanding *outstanding; /* the oldest first; room for `window` */
    wire_queue *queue;
    uint16_t association;
    wire_piece piece;      /* what was claimed and not begun */
    uint32_t next_position; /* of the row that was claimed ahead */
    int has_next;
    int retired; /* atomic, set by wire_retire */
    int failed; /* an instance was answered, and is not stored: `failed_row` */
    uint32_t failed_row;
    wire_times times;
    int64_t cancel_deadline_ns;  /* until then a cancelled PDU may still be completed; 0: unset */
    int64_t usual_wait_ns;       /* running mean of the time to a response */
    int inside_pdu;              /* the stream stops within a PDU: no A-ABORT can follow */
    int detail; /* errno or event, see enum wire_status */
    wire_file next; /* opened ahead */
    const added_dictionary *added; /* for re-encoding; the caller's, NULL: none */
    recode_state *recode; /* made when the first data set has to be re-encoded */
    pdu_reader reader;
    pdu_c_store_rsp refusal; /* the last response that does not mean stored */
    /* Read by other threads: with the functions for it. */
    uint64_t done_rows;
    uint64_t sent_bytes;
    size_t input_used, input_have;
    uint8_t input[16384];
    uint8_t *body, *ahead; /* of the file on its way to the socket, and of the next one */
    uint8_t bodies[2][AHEAD_CAPACITY];
} wire_channel;

/* `cancel` has a pipe of its own; -1 and errno where the system gives none. */
int wire_cancel_init(wire_cancel *cancel);
void wire_cancel_request(wire_cancel *cancel);
int wire_cancel_requested(const wire_cancel *cancel);
void wire_cancel_free(wire_cancel *cancel);

/* `socket` must be non-blocking; up to `window` requests are outstanding at a time. -1 where memory
 * runs out. */
int wire_init(wire_channel *channel, int socket, const wire_cancel *cancel,
              uint32_t max_send_pdu_length, uint32_t max_receive_pdu_length, size_t window);
/* Frees what the channel holds; the socket is the caller's. */
void wire_close(wire_channel *channel);

/* Whether a C-STORE status is success or a warning (PS3.4 B.2.3, PS3.7 C). */
int wire_means_stored(uint16_t status);

/* Sends rows of the queue as long as there are any, and fills in their results. Returns WIRE_OK when
 * all of its own are answered and no more come; WIRE_PUSH with a `*row` that is to be pushed next;
 * else the status of `*row`. Below WIRE_FIRST_FATAL the transfer can go on with another call; from it
 * on what was outstanding has the status, too, and waits for wire_settle. */
enum wire_status wire_store_rows(wire_channel *channel, wire_queue *queue, uint16_t association,
                                 uint32_t *row);

/* One instance whose data set the caller makes piece by piece, in PDUs as the bytes come: begin, push
 * until `last`, finish; for the row that wire_store_rows gave. A status other than WIRE_OK is final
 * for the row and its result is in it, but that wire_finish may tell of an earlier row: `failed_row`.
 * `sop_instance_uid` is NULL for that of the row. `wire_give_up` instead of the rest, where no more
 * bytes can be had: WIRE_NOT_CONVERTED if none was sent yet, else WIRE_NOT_CONVERTED_SENDING, and the
 * association has to be aborted. `wire_refuse` instead of all: the row ends with WIRE_NOT_CONVERTED. */
void wire_begin(wire_channel *channel, uint8_t context_id, const char *sop_instance_uid);
enum wire_status wire_push(wire_channel *channel, const uint8_t *bytes, size_t length, int last);
enum wire_status wire_finish(wire_channel *channel);
enum wire_status wire_give_up(wire_channel *channel);
void wire_refuse(wire_channel *channel);

/* Ends the channel's part in the queue. Rows that were claimed and not begun are given back. Those
 * that a lost association left without a response get their final result, or with `again` are given
 * back, too, unless they were before. Returns how many of these were given back. */
size_t wire_settle(wire_channel *channel, int again);

/* For any thread: nothing more is claimed. */
void wire_retire(wire_channel *channel);
/* For any thread: instances done with, and bytes of data sets handed to the kernel, so far. */
uint64_t wire_done_rows(const wire_channel *channel);
uint64_t wire_sent_bytes(const wire_channel *channel);

#endif
