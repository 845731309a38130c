#include "association.h"

#include <string.h>
#include <unistd.h>

enum { C_STORE_RQ = 0x0001, C_STORE_RSP = 0x8001, NO_DATA_SET = 0x0101 };

int parse_command(struct association *a)
{
    const uint8_t *p = a->command;
    size_t left = a->command_length;
    uint16_t command_field = 0, data_set_type = NO_DATA_SET;
    a->sop_class_length = a->sop_instance_length = 0;
    while (left >= 8) {
        uint32_t tag = (uint32_t)le16(p) << 16 | le16(p + 2);
        size_t length = le32(p + 4);
        const uint8_t *value = p + 8;
        if (length > left - 8)
            return -1;
        if (tag == 0x00000002 && length <= LONGEST_UID) {
            memcpy(a->sop_class, value, a->sop_class_length = length);
        } else if (tag == 0x00001000 && length <= LONGEST_UID) {
            memcpy(a->sop_instance, value, a->sop_instance_length = length);
        } else if (length == 2 && tag == 0x00000100) {
            command_field = le16(value);
        } else if (length == 2 && tag == 0x00000110) {
            a->message_id = le16(value);
        } else if (length == 2 && tag == 0x00000800) {
            data_set_type = le16(value);
        }
        p = value + length;
        left -= 8 + length;
    }
    int complete = left == 0 && command_field == C_STORE_RQ && data_set_type != NO_DATA_SET &&
                   a->sop_class_length > 0 && a->sop_instance_length > 0;
    return complete ? 0 : -1;
}

static size_t put_element(uint8_t *at, uint16_t element, const void *value, size_t length)
{
    const uint8_t header[8] = {0, 0, (uint8_t)element, (uint8_t)(element >> 8), (uint8_t)length};
    memcpy(at, header, 8);
    memcpy(at + 8, value, length);
    return 8 + length;
}

static size_t put_us(uint8_t *at, uint16_t element, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};
    return put_element(at, element, bytes, 2);
}

/* One P-DATA-TF with one PDV, in one write. */
int respond(struct association *a)
{
    uint8_t pdu[FIRST_HEADERS + 256];
    uint8_t *command = pdu + FIRST_HEADERS;
    size_t length = 12; /* Command Group Length comes first and is known last */
    length += put_element(command + length, 0x0002, a->sop_class, a->sop_class_length);
    length += put_us(command + length, 0x0100, C_STORE_RSP);
    length += put_us(command + length, 0x0120, a->message_id);
    length += put_us(command + length, 0x0800, NO_DATA_SET);
    length += put_us(command + length, 0x0900, 0x0000);
    length += put_element(command + length, 0x1000, a->sop_instance, a->sop_instance_length);
    const uint8_t group_length[4] = {(uint8_t)(length - 12)};
    put_element(command, 0x0000, group_length, 4);
    if (a->peer_max_pdu_length != 0 && length + PDV_HEADER > a->peer_max_pdu_length)
        return -1;
    pdu[0] = P_DATA_TF;
    pdu[1] = 0;
    put_be32(pdu + 2, length + PDV_HEADER);
    put_be32(pdu + 6, length + 2);
    pdu[10] = a->context_id;
    pdu[11] = 0x03; /* command, last fragment */
    if (a->policy->delay_microseconds != 0)
        usleep(a->policy->delay_microseconds);
    atomic_fetch_add(&a->counts->instances, 1);
    return scp_write(a->fd, pdu, FIRST_HEADERS + length);
}
