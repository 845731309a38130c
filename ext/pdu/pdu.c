#include "pdu.h"

#include <string.h>

/* PS3.7 E.1: elements and values of the command set. */
enum {
    COMMAND_GROUP_LENGTH = 0x0000,
    AFFECTED_SOP_CLASS_UID = 0x0002,
    COMMAND_FIELD = 0x0100,
    MESSAGE_ID = 0x0110,
    MESSAGE_ID_BEING_RESPONDED_TO = 0x0120,
    PRIORITY = 0x0700,
    COMMAND_DATA_SET_TYPE = 0x0800,
    STATUS = 0x0900,
    ERROR_COMMENT = 0x0902,
    AFFECTED_SOP_INSTANCE_UID = 0x1000,

    C_STORE_RQ = 0x0001,
    C_STORE_RSP = 0x8001,
    PRIORITY_MEDIUM = 0x0000,
    DATA_SET_PRESENT = 0x0001,
    NO_DATA_SET = 0x0101
};

enum { COMMAND_FRAGMENT = 0x01, LAST_FRAGMENT = 0x02 }; /* PS3.8 E.2 */

static void put_be32(uint8_t *out, uint32_t value) {
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

static uint32_t get_be32(const uint8_t *in) {
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

static void put_le16(uint8_t *out, uint16_t value) {
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

static void put_le32(uint8_t *out, uint32_t value) {
    put_le16(out, (uint16_t)value);
    put_le16(out + 2, (uint16_t)(value >> 16));
}

static uint16_t get_le16(const uint8_t *in) {
    return (uint16_t)(in[0] | in[1] << 8);
}

static uint32_t get_le32(const uint8_t *in) {
    return get_le16(in) | (uint32_t)get_le16(in + 2) << 16;
}

uint32_t pdu_fragment_length(uint32_t max_pdu_length) {
    if (max_pdu_length == 0 || max_pdu_length > FRAGMENT_MAX_LENGTH)
        return FRAGMENT_MAX_LENGTH;
    if (max_pdu_length < PDV_HEADER_LENGTH + 2)
        return 0;
    return (max_pdu_length - PDV_HEADER_LENGTH) & ~(uint32_t)1;
}

void pdu_put_p_data_prefix(uint8_t out[P_DATA_PREFIX_LENGTH], uint32_t fragment_length,
                           uint8_t context_id, int command, int last) {
    out[0] = PDU_P_DATA_TF;
    out[1] = 0;
    put_be32(out + 2, fragment_length + PDV_HEADER_LENGTH);
    put_be32(out + 6, fragment_length + 2); /* context id and message control header */
    out[10] = context_id;
    out[11] = (uint8_t)((command ? COMMAND_FRAGMENT : 0) | (last ? LAST_FRAGMENT : 0));
}

/* Command sets are always Implicit VR Little Endian, PS3.7 6.3.1. */
static size_t put_element(uint8_t *out, uint16_t element, size_t length) {
    put_le16(out, 0x0000);
    put_le16(out + 2, element);
    put_le32(out + 4, (uint32_t)length);
    return 8;
}

static size_t put_us(uint8_t *out, uint16_t element, uint16_t value) {
    size_t at = put_element(out, element, 2);
    put_le16(out + at, value);
    return at + 2;
}

static size_t put_ui(uint8_t *out, uint16_t element, const char *uid) {
    size_t length = strnlen(uid, UID_MAX_LENGTH);
    size_t at = put_element(out, element, length + (length & 1));
    memcpy(out + at, uid, length);
    at += length;
    if (length & 1)
        out[at++] = 0; /* PS3.5 9.1: padded with a trailing NUL */
    return at;
}

size_t pdu_encode_c_store_rq(uint8_t *out, const pdu_c_store_rq *request) {
    uint8_t command[C_STORE_RQ_MAX_LENGTH];
    size_t at = put_element(command, COMMAND_GROUP_LENGTH, 4);
    size_t group_length_at = at;
    at += 4;
    at += put_ui(command + at, AFFECTED_SOP_CLASS_UID, request->sop_class_uid);
    at += put_us(command + at, COMMAND_FIELD, C_STORE_RQ);
    at += put_us(command + at, MESSAGE_ID, request->message_id);
    at += put_us(command + at, PRIORITY, PRIORITY_MEDIUM);
    at += put_us(command + at, COMMAND_DATA_SET_TYPE, DATA_SET_PRESENT);
    at += put_ui(command + at, AFFECTED_SOP_INSTANCE_UID, request->sop_instance_uid);
    put_le32(command + group_length_at, (uint32_t)(at - group_length_at - 4));

    size_t written = 0;
    for (size_t sent = 0; sent < at;) {
        size_t left = at - sent;
        size_t fragment = left < request->fragment_length ? left : request->fragment_length;
        pdu_put_p_data_prefix(out + written, (uint32_t)fragment, request->context_id, 1,
                              fragment == left);
        memcpy(out + written + P_DATA_PREFIX_LENGTH, command + sent, fragment);
        written += P_DATA_PREFIX_LENGTH + fragment;
        sent += fragment;
    }
    return written;
}

void pdu_reader_init(pdu_reader *reader, uint32_t max_pdu_length) {
    memset(reader, 0, offsetof(pdu_reader, command));
    reader->max_pdu_length = max_pdu_length;
    reader->command_complete = 1;
}

int pdu_reader_inside(const pdu_reader *reader) {
    return reader->header_have != 0 || !reader->command_complete;
}

static enum pdu_event check_header(pdu_reader *reader) {
    uint32_t length = get_be32(reader->header + 2);
    reader->pdu_left = length;
    switch (reader->header[0]) {
    case PDU_P_DATA_TF:
        if (reader->max_pdu_length != 0 && length > reader->max_pdu_length)
            return PDU_TOO_LONG;
        return length < PDV_HEADER_LENGTH ? PDU_BAD_LENGTH : PDU_NEED_MORE;
    case PDU_A_RELEASE_RQ:
    case PDU_A_ABORT:
        return length == 4 ? PDU_NEED_MORE : PDU_BAD_LENGTH;
    default:
        return PDU_BAD_TYPE;
    }
}

static enum pdu_event check_pdv_header(pdu_reader *reader) {
    uint32_t length = get_be32(reader->pdv_header);
    uint8_t context_id = reader->pdv_header[4], control = reader->pdv_header[5];
    /* The length counts the two bytes already read; the rest must lie in this PDU. */
    if (length < 2 || length - 2 > reader->pdu_left)
        return PDU_BAD_PDV_LENGTH;
    reader->pdv_left = length - 2;
    if (!(control & COMMAND_FRAGMENT))
        return PDU_UNEXPECTED_DATA_SET; /* a C-STORE-RSP has none, PS3.7 9.3.1.2 */
    if (reader->command_complete) {
        reader->command_complete = 0;
        reader->command_length = 0;
        reader->context_id = context_id;
    } else if (context_id != reader->context_id) {
        return PDU_CONTEXT_CHANGED;
    }
    if (reader->pdv_left > COMMAND_SET_MAX_LENGTH - reader->command_length)
        return PDU_COMMAND_TOO_LONG;
    return PDU_NEED_MORE;
}

/* One step: fill the header, or the PDV header, or take bytes of a fragment. */
static enum pdu_event feed_p_data(pdu_reader *reader, const uint8_t *input, size_t length,
                                  size_t *used) {
    size_t take;
    if (reader->pdv_header_have < PDV_HEADER_LENGTH) {
        if (reader->pdv_header_have == 0 && reader->pdu_left < PDV_HEADER_LENGTH)
            return PDU_BAD_PDV_LENGTH; /* the PDVs do not fill the PDU */
        take = PDV_HEADER_LENGTH - (size_t)reader->pdv_header_have;
        take = take < length ? take : length;
        memcpy(reader->pdv_header + reader->pdv_header_have, input, take);
        reader->pdv_header_have = (uint8_t)(reader->pdv_header_have + take);
        reader->pdu_left -= (uint32_t)take;
        *used += take;
        if (reader->pdv_header_have < PDV_HEADER_LENGTH)
            return PDU_NEED_MORE;
        enum pdu_event event = check_pdv_header(reader);
        if (event != PDU_NEED_MORE)
            return event;
    } else {
        take = reader->pdv_left < length ? reader->pdv_left : length;
        memcpy(reader->command + reader->command_length, input, take);
        reader->command_length += (uint32_t)take;
        reader->pdv_left -= (uint32_t)take;
        reader->pdu_left -= (uint32_t)take;
        *used += take;
    }
    if (reader->pdv_left != 0)
        return PDU_NEED_MORE;
    reader->pdv_header_have = 0;
    if (reader->pdu_left == 0)
        reader->header_have = 0;
    if (reader->pdv_header[5] & LAST_FRAGMENT) {
        reader->command_complete = 1;
        return PDU_COMMAND;
    }
    return PDU_NEED_MORE;
}

static enum pdu_event feed_fixed(pdu_reader *reader, const uint8_t *input, size_t length,
                                 size_t *used) {
    for (size_t i = 0; i < length; i++) {
        if (reader->pdu_left == 2)
            reader->abort_source = input[i]; /* PS3.8 Table 9-26: byte 9 */
        if (reader->pdu_left == 1)
            reader->abort_reason = input[i];
        *used += 1;
        if (--reader->pdu_left == 0) {
            reader->header_have = 0;
            return reader->header[0] == PDU_A_ABORT ? PDU_ABORTED : PDU_RELEASE_REQUESTED;
        }
    }
    return PDU_NEED_MORE;
}

enum pdu_event pdu_reader_feed(pdu_reader *reader, const uint8_t *input, size_t length,
                               size_t *used) {
    enum pdu_event event = PDU_NEED_MORE;
    *used = 0;
    while (*used < length && event == PDU_NEED_MORE) {
        const uint8_t *in = input + *used;
        size_t left = length - *used;
        if (reader->header_have < PDU_HEADER_LENGTH) {
            size_t take = PDU_HEADER_LENGTH - (size_t)reader->header_have;
            take = take < left ? take : left;
            memcpy(reader->header + reader->header_have, in, take);
            reader->header_have = (uint8_t)(reader->header_have + take);
            *used += take;
            if (reader->header_have == PDU_HEADER_LENGTH)
                event = check_header(reader);
        } else if (reader->header[0] == PDU_P_DATA_TF) {
            event = feed_p_data(reader, in, left, used);
        } else {
            event = feed_fixed(reader, in, left, used);
        }
    }
    reader->consumed += *used;
    return event;
}

/* Copies a text value without its padding; returns its length. */
static uint8_t copy_text(char out[UID_MAX_LENGTH + 1], const uint8_t *value, uint32_t length) {
    while (length > 0 && (value[length - 1] == 0 || value[length - 1] == ' '))
        length--;
    if (length > UID_MAX_LENGTH)
        length = UID_MAX_LENGTH;
    memcpy(out, value, length);
    out[length] = 0;
    return (uint8_t)length;
}

enum pdu_event pdu_decode_c_store_rsp(const uint8_t *command, size_t length,
                                      pdu_c_store_rsp *out) {
    int has_field = 0, has_message_id = 0, has_status = 0;
    uint16_t field = 0, data_set_type = NO_DATA_SET;
    memset(out, 0, sizeof *out);
    for (size_t at = 0; at < length;) {
        if (length - at < 8)
            return PDU_COMMAND_CORRUPT;
        uint16_t group = get_le16(command + at), element = get_le16(command + at + 2);
        uint32_t value_length = get_le32(command + at + 4);
        const uint8_t *value = command + at + 8;
        if (group != 0x0000 || value_length > length - at - 8)
            return PDU_COMMAND_CORRUPT;
        at += 8 + (size_t)value_length;
        int is_us = element == COMMAND_FIELD || element == MESSAGE_ID_BEING_RESPONDED_TO ||
                    element == COMMAND_DATA_SET_TYPE || element == STATUS;
        if (is_us && value_length != 2)
            return PDU_COMMAND_CORRUPT;
        switch (element) {
        case COMMAND_FIELD:
            field = get_le16(value);
            has_field = 1;
            break;
        case MESSAGE_ID_BEING_RESPONDED_TO:
            out->message_id = get_le16(value);
            has_message_id = 1;
            break;
        case COMMAND_DATA_SET_TYPE:
            data_set_type = get_le16(value);
            break;
        case STATUS:
            out->status = get_le16(value);
            has_status = 1;
            break;
        case AFFECTED_SOP_INSTANCE_UID:
            if (value_length > UID_MAX_LENGTH)
                return PDU_COMMAND_CORRUPT;
            out->sop_instance_length = copy_text(out->sop_instance_uid, value, value_length);
            break;
        case ERROR_COMMENT:
            out->error_comment_length = copy_text(out->error_comment, value, value_length);
            break;
        default:
            break;
        }
    }
    if (!has_field || !has_message_id)
        return PDU_COMMAND_INCOMPLETE;
    if (field != C_STORE_RSP)
        return PDU_NOT_C_STORE_RSP;
    if (!has_status)
        return PDU_COMMAND_INCOMPLETE;
    return data_set_type == NO_DATA_SET ? PDU_COMMAND : PDU_RESPONSE_HAS_DATA_SET;
}

const char *pdu_event_text(enum pdu_event event) {
    switch (event) {
    case PDU_BAD_TYPE:
        return "a PDU of a type that does not belong here";
    case PDU_TOO_LONG:
        return "a PDU longer than the maximum length that was negotiated";
    case PDU_BAD_LENGTH:
        return "a PDU whose length does not fit its type";
    case PDU_BAD_PDV_LENGTH:
        return "a presentation data value that does not fit its PDU";
    case PDU_UNEXPECTED_DATA_SET:
        return "a data set where only a response belongs";
    case PDU_COMMAND_TOO_LONG:
        return "a command set too long for any response";
    case PDU_CONTEXT_CHANGED:
        return "a message spread over several presentation contexts";
    case PDU_COMMAND_CORRUPT:
        return "a command set that cannot be decoded";
    case PDU_COMMAND_INCOMPLETE:
        return "a response without a message id or a status";
    case PDU_NOT_C_STORE_RSP:
        return "a message that is not a C-STORE response";
    case PDU_RESPONSE_HAS_DATA_SET:
        return "a C-STORE response that announces a data set";
    default:
        return "";
    }
}
