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

enum {
    PATH_CAPACITY = 8192,
    /* A response that usually comes sooner than this is waited for without sleeping: waking a
     * thread costs more than that, and the time is paid for every instance. */
    SPIN_NS = 150000
};

static void open_row(wire_file *file, const instance_table *table, size_t row) {
    char path[PATH_CAPACITY];
    file->ahead = 0;
    file->row = (uint32_t)row;
    file->error = ENAMETOOLONG;
    file->fd = -1;
    if (table_path(table, table_at(table, row), path, sizeof path) == 0)
        return;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    file->error = file->fd < 0 ? errno : 0;
}

void wire_close(wire_channel *ch) {
    if (ch->next.fd >= 0)
        close(ch->next.fd);
    ch->next.fd = -1;
    if (ch->recode != NULL)
        recode_close(ch->recode);
    free(ch->recode);
    ch->recode = NULL;
}

static enum wire_status await_response(wire_channel *ch) {
    int64_t start = channel_now_ns(), spin_until = start;
    int64_t idle = INT64_MAX; /* no limit but the request's, until a response has begun */
    uint64_t seen = 0;
    if (ch->usual_wait_ns < SPIN_NS)
        spin_until += SPIN_NS;
    while (!ch->has_response) {
        int got;
        enum wire_status status = channel_receive(ch, &got);
        if (status != WIRE_OK)
            return status;
        if (ch->has_response)
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
        if (ch->request.deadline_ns != INT64_MAX && channel_now_ns() >= ch->request.deadline_ns)
            return channel_fail(ch, WIRE_DIMSE_TIMEOUT, 0); /* a peer that dribbles bytes never waits */
    }
    ch->usual_wait_ns = (3 * ch->usual_wait_ns + (channel_now_ns() - start)) / 4;
    return WIRE_OK;
}

int wire_means_stored(uint16_t status) {
    return status == 0 || (status >= 0xB000 && status <= 0xBFFF) || status == 0x0001 ||
           status == 0x0107 || status == 0x0116;
}

static enum wire_status check_response(wire_channel *ch) {
    const pdu_c_store_rsp *response = &ch->response;
    if (response->message_id != ch->request.message_id)
        return channel_fail(ch, WIRE_WRONG_MESSAGE_ID, response->message_id);
    if (ch->response_context_id != ch->request.context_id)
        return channel_fail(ch, WIRE_WRONG_CONTEXT, ch->response_context_id);
    if (response->sop_instance_length != 0 &&
        strcmp(response->sop_instance_uid, ch->request.sop_instance_uid) != 0)
        return channel_fail(ch, WIRE_WRONG_SOP_INSTANCE, 0);
    if (response->status >= 0xFE00) /* pending and cancelled do not exist for C-STORE */
        return channel_fail(ch, WIRE_PENDING_STATUS, response->status);
    return WIRE_OK;
}

/* While the peer is busy with one instance: the next file, and the first bytes of its data set. */
static void look_ahead(wire_channel *ch, const instance_table *table, size_t row, int as_stored) {
    open_row(&ch->next, table, row);
    if (ch->next.fd >= 0 && as_stored)
        ch->next.ahead = data_set_read_ahead(ch, table_at(table, row), ch->next.fd);
}

/* Takes the file that was opened ahead, or opens it, and compares it with what was scanned. */
static enum wire_status open_file(wire_channel *ch, const instance_table *table, size_t number,
                                  wire_file *file) {
    *file = ch->next;
    ch->next.fd = -1;
    if (file->fd < 0 || file->row != number) {
        if (file->fd >= 0)
            close(file->fd);
        open_row(file, table, number);
    }
    if (file->fd < 0)
        return channel_fail(ch, WIRE_FILE_OPEN, file->error);
    return data_set_unchanged(table_at(table, number), file->fd)
               ? WIRE_OK
               : channel_fail(ch, WIRE_FILE_CHANGED, 0);
}

static void begin_request(wire_channel *ch, const instance_table *table, table_row *row,
                          uint8_t context_id, const char *sop_instance_uid) {
    wire_request *request = &ch->request;
    row->context_id = context_id;
    ch->has_response = 0;
    request->message_id = request->message_id == UINT16_MAX ? 1 : (uint16_t)(request->message_id + 1);
    request->context_id = context_id;
    request->staged = 0;
    memcpy(request->sop_instance_uid, sop_instance_uid,
           strnlen(sop_instance_uid, UID_MAX_LENGTH) + 1);
    request->sop_instance_uid[UID_MAX_LENGTH] = 0;
    pdu_c_store_rq command = {.sop_class_uid = table->kinds[row->kind]->sop_class_uid,
                              .sop_instance_uid = request->sop_instance_uid,
                              .fragment_length = ch->fragment_length,
                              .message_id = request->message_id,
                              .context_id = context_id};
    request->head_length = pdu_encode_c_store_rq(request->head, &command);
    request->start_ns = channel_now_ns();
    request->deadline_ns =
        ch->dimse_timeout_ns ? request->start_ns + ch->dimse_timeout_ns : INT64_MAX;
}

/* Waits for the response to what was sent whole, and notes it in the row. */
static enum wire_status end_request(wire_channel *ch, table_row *row) {
    enum wire_status status = await_response(ch);
    if (status == WIRE_OK)
        status = check_response(ch);
    if (status != WIRE_OK)
        return status;
    int64_t elapsed_us = (channel_now_ns() - ch->request.start_ns) / 1000;
    row->elapsed_us = elapsed_us > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed_us;
    row->outcome = OUTCOME_ANSWERED;
    row->status = ch->response.status;
    return wire_means_stored(row->status) ? WIRE_OK : WIRE_STATUS_FAILED;
}

/* From the first byte of the request to the last of its response. */
static enum wire_status exchange(wire_channel *ch, const instance_table *table, size_t number,
                                 size_t after, const wire_route *routes, const wire_file *file,
                                 uint64_t length) {
    table_row *row = table_at(table, number);
    const wire_route *route = &routes[row->kind];
    begin_request(ch, table, row, route->context_id, table_sop_instance_uid(row));
    enum wire_status status = route->way == WIRE_RECODED
                                  ? data_set_send_recoded(ch, row, file->fd, length)
                                  : data_set_send_stored(ch, row, file->fd, file->ahead);
    if (status != WIRE_OK)
        return status;
    row->outcome = OUTCOME_UNKNOWN;
    enum wire_way next = routes[table_at(table, after)->kind].way;
    if (after != number && next != WIRE_PUSHED)
        look_ahead(ch, table, after, next == WIRE_AS_STORED);
    return end_request(ch, row);
}

static enum wire_status store(wire_channel *ch, const instance_table *table, size_t number,
                              size_t after, const wire_route *routes) {
    table_row *row = table_at(table, number);
    const wire_route *route = &routes[row->kind];
    wire_file file;
    uint64_t length = 0;
    row->outcome = OUTCOME_NOT_SENT;
    enum wire_status status = open_file(ch, table, number, &file);
    if (status == WIRE_OK && route->way == WIRE_RECODED)
        status = data_set_prepare_recoded(ch, row, file.fd, route, &length);
    if (status == WIRE_OK)
        status = exchange(ch, table, number, after, routes, &file, length);
    if (file.fd >= 0)
        close(file.fd);
    return status;
}

static size_t next_row(const instance_table *table, size_t row, size_t end,
                       const wire_route *routes, size_t kinds) {
    for (; row < end; row++) {
        uint16_t kind = table_at(table, row)->kind;
        if (kind < kinds && routes[kind].context_id != 0)
            break;
    }
    return row;
}

/* Whether its bytes come from the caller: also where what is missing at their end has to be added,
 * for a receiver that looks for more aborts the association. */
static int is_pushed(const table_row *row, const wire_route *routes) {
    enum wire_way way = routes[row->kind].way;
    return way == WIRE_PUSHED || (way == WIRE_AS_STORED && row->unterminated);
}

/* The row's result is final. */
static void close_row(wire_channel *ch, table_row *row, size_t number, enum wire_status status) {
    row->error = (uint8_t)status;
    if (status != WIRE_OK && status != WIRE_STATUS_FAILED)
        row->error_detail = ch->detail;
    __atomic_store_n(&ch->done_rows, ch->done_rows + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&ch->position, number + 1, __ATOMIC_RELEASE);
}

enum wire_status wire_store_rows(wire_channel *ch, const instance_table *table, size_t *row,
                                 size_t end, const wire_route *routes, size_t kinds,
                                 uint16_t association) {
    size_t at = next_row(table, *row, end, routes, kinds);
    while (at < end && !is_pushed(table_at(table, at), routes)) {
        if (channel_cancelled(ch)) {
            *row = at;
            return channel_fail(ch, WIRE_CANCELLED, 0);
        }
        size_t after = next_row(table, at + 1, end, routes, kinds);
        table_row *r = table_at(table, at);
        r->association = association;
        enum wire_status status = store(ch, table, at, after < end ? after : at, routes);
        close_row(ch, r, at, status);
        if (status != WIRE_OK) {
            *row = at + 1;
            return status;
        }
        at = after;
    }
    *row = at < end ? at : end;
    return WIRE_OK;
}

void wire_begin(wire_channel *ch, const instance_table *table, size_t number, uint16_t association,
                uint8_t context_id, const char *sop_instance_uid) {
    table_row *row = table_at(table, number);
    row->association = association;
    row->outcome = OUTCOME_NOT_SENT;
    if (sop_instance_uid == NULL)
        sop_instance_uid = table_sop_instance_uid(row);
    begin_request(ch, table, row, context_id, sop_instance_uid);
    ch->request.open = 1;
}

static enum wire_status end_pushed(wire_channel *ch, const instance_table *table, size_t number,
                                   enum wire_status status) {
    ch->request.open = 0;
    close_row(ch, table_at(table, number), number, status);
    return status;
}

enum wire_status wire_push(wire_channel *ch, const instance_table *table, size_t number,
                           const uint8_t *bytes, size_t length, int last) {
    enum wire_status status = channel_cancelled(ch) ? channel_fail(ch, WIRE_CANCELLED, 0)
                                                    : data_set_push(ch, bytes, length, last);
    return status == WIRE_OK ? status : end_pushed(ch, table, number, status);
}

enum wire_status wire_finish(wire_channel *ch, const instance_table *table, size_t number) {
    table_row *row = table_at(table, number);
    row->outcome = OUTCOME_UNKNOWN;
    return end_pushed(ch, table, number, end_request(ch, row));
}

enum wire_status wire_give_up(wire_channel *ch, const instance_table *table, size_t number) {
    enum wire_status status =
        ch->request.head_length > 0 ? WIRE_NOT_CONVERTED : WIRE_NOT_CONVERTED_SENDING;
    return end_pushed(ch, table, number, channel_fail(ch, status, 0));
}

void wire_refuse(wire_channel *ch, const instance_table *table, size_t number,
                 uint16_t association) {
    table_row *row = table_at(table, number);
    row->association = association;
    row->outcome = OUTCOME_NOT_SENT;
    close_row(ch, row, number, channel_fail(ch, WIRE_NOT_CONVERTED, 0));
}
