#include "requests.h"

#include <string.h>

#include "channel.h"

int wire_means_stored(uint16_t status) {
    return status == 0 || (status >= 0xB000 && status <= 0xBFFF) || status == 0x0001 ||
           status == 0x0107 || status == 0x0116;
}

table_row *request_row(const wire_channel *ch, uint32_t position) {
    return table_at(ch->queue->table, wire_queue_row(ch->queue, position));
}

static void set_error(wire_channel *ch, table_row *row, enum wire_status status) {
    row->error = (uint8_t)status;
    row->error_detail = status != WIRE_OK && status != WIRE_STATUS_FAILED ? ch->detail : 0;
}

static void close_row(wire_channel *ch, table_row *row) {
    table_set_final(row);
    __atomic_store_n(&ch->done_rows, ch->done_rows + 1, __ATOMIC_RELEASE);
    wire_queue_done(ch->queue);
}

table_row *row_begun(wire_channel *ch, uint32_t position) {
    table_row *row = request_row(ch, position);
    if (row->error == WIRE_OK) { /* else it was sent before, by that association, and may be stored */
        row->outcome = OUTCOME_NOT_SENT;
        row->association = ch->association;
    }
    return row;
}

void row_done(wire_channel *ch, uint32_t position, enum wire_status status) {
    table_row *row = request_row(ch, position);
    set_error(ch, row, status);
    close_row(ch, row);
}

/* No two requests that are under way have the same (PS3.7 9.1.1.1.1): where responses come in any
 * order, an old one may still be there when the numbers come round. They rise in the list. */
static uint16_t next_message_id(const wire_channel *ch) {
    uint16_t id = ch->request.message_id;
    size_t i = 0;
    do {
        id = id == UINT16_MAX ? 1 : (uint16_t)(id + 1);
    } while (i < ch->outstanding_count && ch->outstanding[i++].message_id == id);
    return id;
}

void request_begin(wire_channel *ch, uint32_t position, uint8_t context_id,
                   const char *sop_instance_uid) {
    table_row *row = request_row(ch, position);
    wire_request *request = &ch->request;
    request->message_id = next_message_id(ch);
    wire_outstanding *one = &ch->outstanding[ch->outstanding_count++];
    ch->unanswered++;
    row->association = ch->association;
    row->context_id = context_id;
    request->context_id = context_id;
    request->staged = 0;
    *one = (wire_outstanding){.position = position,
                              .message_id = request->message_id,
                              .context_id = context_id,
                              .again = row->error != WIRE_OK,
                              .start_ns = channel_now_ns(),
                              .deadline_ns = INT64_MAX};
    if (ch->dimse_timeout_ns)
        one->deadline_ns = one->start_ns + ch->dimse_timeout_ns;
    memcpy(one->sop_instance_uid, sop_instance_uid, strnlen(sop_instance_uid, UID_MAX_LENGTH));
    pdu_c_store_rq command = {
        .sop_class_uid = ch->queue->table->kinds[row->kind]->sop_class_uid,
        .sop_instance_uid = one->sop_instance_uid,
        .fragment_length = ch->fragment_length,
        .message_id = request->message_id,
        .context_id = context_id};
    request->head_length = pdu_encode_c_store_rq(request->head, &command);
}

static void forget(wire_channel *ch, wire_outstanding *one) {
    size_t behind = (size_t)(ch->outstanding + ch->outstanding_count - one) - 1;
    memmove(one, one + 1, behind * sizeof *one);
    ch->outstanding_count--;
}

/* The request is sent and answered: its result is final. */
static void complete(wire_channel *ch, wire_outstanding *one) {
    table_row *row = request_row(ch, one->position);
    int64_t elapsed_us = (channel_now_ns() - one->start_ns) / 1000;
    row->elapsed_us = elapsed_us > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed_us;
    row->outcome = OUTCOME_ANSWERED;
    row->status = one->status;
    if (!wire_means_stored(one->status)) {
        ch->failed = 1;
        ch->failed_row = wire_queue_row(ch->queue, one->position);
    }
    set_error(ch, row, wire_means_stored(one->status) ? WIRE_OK : WIRE_STATUS_FAILED);
    close_row(ch, row);
    forget(ch, one);
}

void request_left(wire_channel *ch) {
    request_row(ch, ch->outstanding[ch->outstanding_count - 1].position)->outcome = OUTCOME_UNKNOWN;
}

void request_sent(wire_channel *ch) {
    wire_outstanding *one = &ch->outstanding[ch->outstanding_count - 1];
    request_left(ch);
    one->sent = 1;
    if (one->answered)
        complete(ch, one);
}

void request_dropped(wire_channel *ch, enum wire_status status) {
    wire_outstanding *one = &ch->outstanding[ch->outstanding_count - 1];
    ch->unanswered -= !one->answered;
    row_done(ch, one->position, status);
    forget(ch, one);
}

enum wire_status request_answered(wire_channel *ch, const pdu_c_store_rsp *response,
                                  uint8_t context_id) {
    wire_outstanding *one = ch->outstanding, *end = one + ch->outstanding_count;
    while (one < end && (one->answered || one->message_id != response->message_id))
        one++;
    if (one == end)
        return channel_fail(ch, WIRE_WRONG_MESSAGE_ID, response->message_id);
    if (context_id != one->context_id)
        return channel_fail(ch, WIRE_WRONG_CONTEXT, context_id);
    if (response->sop_instance_length != 0 &&
        strcmp(response->sop_instance_uid, one->sop_instance_uid) != 0)
        return channel_fail(ch, WIRE_WRONG_SOP_INSTANCE, 0);
    if (response->status >= 0xFE00) /* pending and cancelled do not exist for C-STORE */
        return channel_fail(ch, WIRE_PENDING_STATUS, response->status);
    if (!one->sent && wire_means_stored(response->status)) /* what it does not have */
        return channel_fail(ch, WIRE_ANSWERED_EARLY, response->message_id);
    one->answered = 1;
    one->status = response->status;
    ch->unanswered--;
    if (!wire_means_stored(response->status))
        ch->refusal = *response;
    if (one->sent)
        complete(ch, one);
    return WIRE_OK;
}

int is_own_fault(unsigned status) {
    return status == WIRE_FILE_CHANGED_SENDING || status == WIRE_FILE_READ ||
           status == WIRE_NOT_CONVERTED_SENDING;
}

uint32_t requests_lost(wire_channel *ch, enum wire_status status) {
    int own_fault = is_own_fault(status);
    size_t count = ch->outstanding_count, to_blame = own_fault && count > 0 ? count - 1 : 0;
    for (size_t i = 0; i < count; i++)
        set_error(ch, request_row(ch, ch->outstanding[i].position),
                  own_fault && i != to_blame ? WIRE_OTHER_FAULT : status);
    return count > 0 ? wire_queue_row(ch->queue, ch->outstanding[to_blame].position) : 0;
}

size_t wire_settle(wire_channel *ch, int again) {
    uint32_t back[MOST_OUTSTANDING + 1];
    size_t count = 0, unsent;
    for (size_t i = 0; i < ch->outstanding_count; i++) {
        uint32_t position = ch->outstanding[i].position;
        table_row *row = request_row(ch, position);
        if (again && !ch->outstanding[i].again && !is_own_fault(row->error))
            back[count++] = position;
        else
            close_row(ch, row);
    }
    unsent = ch->has_next ? 1 : 0;
    if (unsent)
        back[count] = ch->next_position;
    if (ch->queue != NULL)
        wire_queue_give_back(ch->queue, back, count + unsent, &ch->piece);
    channel_close_next(ch);
    ch->has_next = 0;
    ch->outstanding_count = ch->unanswered = 0;
    ch->request.open = 0;
    return count;
}
