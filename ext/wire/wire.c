#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "data_set.h"
#include "requests.h"

enum {
    PATH_CAPACITY = 8192,
    /* A response that usually comes sooner than this is waited for without sleeping: waking a
     * thread costs more than that, and the time is paid for every instance. */
    SPIN_NS = 150000,
    ROWS_WAIT_NS = 50000000, /* for rows, before a look at what else there is */
    LONG_PAUSE_NS = 1000000 /* after one, the peer may be gone */
};

int wire_init(wire_channel *ch, int socket, const wire_cancel *cancel,
              uint32_t max_send_pdu_length, uint32_t max_receive_pdu_length, size_t window) {
    memset(ch, 0, offsetof(wire_channel, input));
    ch->socket = socket;
    ch->cancel = cancel;
    ch->fragment_length = pdu_fragment_length(max_send_pdu_length);
    ch->next.fd = -1;
    ch->body = ch->bodies[0];
    ch->ahead = ch->bodies[1];
    ch->window = window < MOST_OUTSTANDING ? window : MOST_OUTSTANDING;
    ch->outstanding = calloc(ch->window, sizeof *ch->outstanding);
    pdu_reader_init(&ch->reader, max_receive_pdu_length);
    return ch->outstanding == NULL ? -1 : 0;
}

void wire_close(wire_channel *ch) {
    channel_close_next(ch);
    if (ch->recode != NULL)
        recode_close(ch->recode);
    free(ch->recode);
    ch->recode = NULL;
    free(ch->outstanding);
    ch->outstanding = NULL;
}

/* Waits until at most `most` requests are outstanding. */
static enum wire_status await_responses(wire_channel *ch, size_t most) {
    int64_t start = channel_now_ns(), spin_until = start;
    int64_t idle = INT64_MAX; /* no limit but the request's, until a response has begun */
    uint64_t seen = 0;
    if (ch->usual_wait_ns < SPIN_NS)
        spin_until += SPIN_NS;
    while (ch->outstanding_count > most) {
        int got;
        enum wire_status status = channel_receive(ch, &got);
        if (status != WIRE_OK)
            return status;
        if (ch->outstanding_count <= most)
            break;
        if (channel_cancelled(ch))
            return channel_fail(ch, WIRE_CANCELLED, 0);
        if (!got && channel_now_ns() < spin_until) {
            sched_yield(); /* the peer may need this very processor to answer */
        } else if (!got) {
            if (pdu_reader_inside(&ch->reader) && ch->reader.consumed != seen) {
                seen = ch->reader.consumed;
                idle = channel_idle_deadline(ch);
            }
            status = channel_wait_for(ch, POLLIN, idle);
            if (status != WIRE_OK)
                return status;
        }
        int64_t deadline = ch->outstanding[0].deadline_ns;
        if (deadline != INT64_MAX && channel_now_ns() >= deadline)
            return channel_fail(ch, WIRE_DIMSE_TIMEOUT, 0); /* a peer that dribbles bytes never waits */
    }
    int64_t waited = channel_now_ns() - start;
    ch->usual_wait_ns = (3 * ch->usual_wait_ns + waited) / 4;
    ch->times.responses += waited;
    return WIRE_OK;
}

/* Room in the window, and whatever else has been answered. */
static enum wire_status await_window(wire_channel *ch) {
    int got;
    if (ch->outstanding_count >= ch->window)
        return await_responses(ch, ch->window - 1);
    return ch->outstanding_count > 0 ? channel_receive(ch, &got) : WIRE_OK;
}

static void open_row(wire_channel *ch, wire_file *file, const table_row *row) {
    char path[PATH_CAPACITY];
    *file = (wire_file){.fd = -1, .error = ENAMETOOLONG};
    if (table_path(ch->queue->table, row, path, sizeof path) == 0)
        return;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    file->error = file->fd < 0 ? errno : 0;
}

/* Whether its bytes come from the caller: also where what is missing at their end has to be added,
 * for a receiver that looks for more aborts the association. */
static int is_pushed(const table_row *row, const wire_route *route) {
    return route->way == WIRE_PUSHED || (route->way == WIRE_AS_STORED && row->unterminated);
}

static enum wire_claim claim_next(wire_channel *ch, int64_t wait_ns) {
    if (ch->has_next)
        return CLAIM_ROW;
    if (__atomic_load_n(&ch->retired, __ATOMIC_ACQUIRE))
        return CLAIM_NONE;
    enum wire_claim claim = wire_queue_claim(ch->queue, &ch->piece, ch->association, wait_ns,
                                             &ch->next_position);
    ch->has_next = claim == CLAIM_ROW;
    return claim;
}

/* While the peer is busy: the next file, and the first bytes of its data set. */
static void look_ahead(wire_channel *ch) {
    if (claim_next(ch, 0) != CLAIM_ROW)
        return;
    const table_row *row = request_row(ch, ch->next_position);
    const wire_route *route = &ch->queue->routes[row->kind];
    if (is_pushed(row, route))
        return;
    int64_t start = channel_now_ns();
    open_row(ch, &ch->next, row);
    if (ch->next.fd >= 0 && route->way == WIRE_AS_STORED)
        ch->next.ahead = data_set_read_ahead(ch, row, ch->next.fd);
    ch->times.files += channel_now_ns() - start;
}

/* Takes the file that was opened ahead, or opens it, and compares it with what was scanned. */
static enum wire_status open_file(wire_channel *ch, const table_row *row, wire_file *file) {
    *file = ch->next;
    ch->next = (wire_file){.fd = -1};
    if (file->fd < 0)
        open_row(ch, file, row);
    if (file->fd < 0)
        return channel_fail(ch, WIRE_FILE_OPEN, file->error);
    return data_set_unchanged(row, file->fd) ? WIRE_OK : channel_fail(ch, WIRE_FILE_CHANGED, 0);
}

/* Sends the row that was claimed. Before its first byte the row alone may fail, behind it only the
 * association. */
static enum wire_status store(wire_channel *ch) {
    uint32_t position = ch->next_position;
    table_row *row = row_begun(ch, position);
    const wire_route *route = &ch->queue->routes[row->kind];
    wire_file file;
    uint64_t length = 0;
    ch->has_next = 0;
    int64_t start = channel_now_ns();
    enum wire_status status = open_file(ch, row, &file);
    ch->times.files += channel_now_ns() - start;
    if (status == WIRE_OK && route->way == WIRE_RECODED)
        status = data_set_prepare_recoded(ch, row, file.fd, route, &length);
    if (status != WIRE_OK) {
        row_done(ch, position, status);
    } else {
        request_begin(ch, position, route->context_id, table_sop_instance_uid(row));
        status = route->way == WIRE_RECODED ? data_set_send_recoded(ch, row, file.fd, length)
                                            : data_set_send_stored(ch, row, file.fd, file.ahead);
        if (status == WIRE_OK)
            request_sent(ch);
    }
    if (file.fd >= 0)
        close(file.fd);
    return status;
}

/* One step of wire_store_rows: WIRE_OK where there is more to do, but for `*over`. */
static enum wire_status step(wire_channel *ch, uint32_t *row, int *over) {
    enum wire_status status = await_window(ch);
    if (status != WIRE_OK)
        return status;
    if (ch->failed) {
        ch->failed = 0;
        *row = ch->failed_row;
        return WIRE_STATUS_FAILED;
    }
    if (channel_cancelled(ch))
        return channel_fail(ch, WIRE_CANCELLED, 0);
    int idle = ch->outstanding_count == 0;
    int64_t start = channel_now_ns();
    enum wire_claim claim = claim_next(ch, idle ? ROWS_WAIT_NS : 0);
    int64_t waited = channel_now_ns() - start;
    if (claim != CLAIM_ROW && !idle)
        return await_responses(ch, ch->outstanding_count - 1);
    ch->times.rows += waited;
    *over = claim == CLAIM_NONE;
    if (*over)
        return WIRE_OK;
    if (ch->unanswered == 0) {
        status = channel_listen(ch, waited >= LONG_PAUSE_NS);
        if (status != WIRE_OK || claim != CLAIM_ROW)
            return status;
    }
    const table_row *next = request_row(ch, ch->next_position);
    *row = wire_queue_row(ch->queue, ch->next_position);
    if (is_pushed(next, &ch->queue->routes[next->kind]))
        return WIRE_PUSH;
    status = store(ch);
    if (status == WIRE_OK)
        look_ahead(ch);
    return status;
}

/* The association cannot go on. What the peer has answered, or will where it is not to blame, is
 * taken before: what is left without an answer is sent again, or nobody knows what became of it. */
static uint32_t lose(wire_channel *ch, enum wire_status status) {
    int detail = ch->detail, got = 1;
    if (is_own_fault(status))
        await_responses(ch, 1);
    else if (status == WIRE_CANCELLED || status == WIRE_SOCKET_TIMEOUT ||
             status == WIRE_DIMSE_TIMEOUT)
        while (got && channel_receive(ch, &got) == WIRE_OK)
            continue;
    channel_flush(ch);
    ch->detail = detail;
    return requests_lost(ch, status);
}

enum wire_status wire_store_rows(wire_channel *ch, wire_queue *queue, uint16_t association,
                                 uint32_t *row) {
    enum wire_status status = WIRE_OK;
    ch->queue = queue;
    ch->association = association;
    for (int over = 0; status == WIRE_OK && !over;)
        status = step(ch, row, &over);
    if (status >= WIRE_FIRST_FATAL)
        *row = lose(ch, status);
    else if (status == WIRE_OK)
        channel_flush(ch);
    return status;
}

/* ---- data sets from the caller ---------------------------------------------------------------- */

static enum wire_status lost_if_fatal(wire_channel *ch, enum wire_status status) {
    if (status >= WIRE_FIRST_FATAL)
        lose(ch, status);
    ch->request.open = ch->request.open && status == WIRE_OK;
    return status;
}

void wire_begin(wire_channel *ch, uint8_t context_id, const char *sop_instance_uid) {
    const table_row *row = row_begun(ch, ch->next_position);
    ch->has_next = 0;
    if (sop_instance_uid == NULL)
        sop_instance_uid = table_sop_instance_uid(row);
    request_begin(ch, ch->next_position, context_id, sop_instance_uid);
    ch->request.open = 1;
}

enum wire_status wire_push(wire_channel *ch, const uint8_t *bytes, size_t length, int last) {
    enum wire_status status = channel_cancelled(ch) ? channel_fail(ch, WIRE_CANCELLED, 0)
                                                    : data_set_push(ch, bytes, length, last);
    return lost_if_fatal(ch, status);
}

enum wire_status wire_finish(wire_channel *ch) {
    request_sent(ch);
    ch->request.open = 0;
    enum wire_status status = lost_if_fatal(ch, await_window(ch));
    if (status != WIRE_OK || !ch->failed)
        return status;
    ch->failed = 0;
    return WIRE_STATUS_FAILED;
}

enum wire_status wire_give_up(wire_channel *ch) {
    int unsent = ch->request.head_length > 0;
    enum wire_status status =
        channel_fail(ch, unsent ? WIRE_NOT_CONVERTED : WIRE_NOT_CONVERTED_SENDING, 0);
    ch->request.open = 0;
    if (unsent)
        request_dropped(ch, status);
    return lost_if_fatal(ch, status);
}

void wire_refuse(wire_channel *ch) {
    row_begun(ch, ch->next_position);
    ch->has_next = 0;
    row_done(ch, ch->next_position, channel_fail(ch, WIRE_NOT_CONVERTED, 0));
}

/* ---- for other threads ------------------------------------------------------------------------ */

void wire_retire(wire_channel *ch) {
    __atomic_store_n(&ch->retired, 1, __ATOMIC_RELEASE);
}

uint64_t wire_done_rows(const wire_channel *ch) {
    return __atomic_load_n(&ch->done_rows, __ATOMIC_ACQUIRE);
}

uint64_t wire_sent_bytes(const wire_channel *ch) {
    return __atomic_load_n(&ch->sent_bytes, __ATOMIC_RELAXED);
}
