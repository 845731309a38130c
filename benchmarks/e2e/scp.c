#include "scp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { A_ASSOCIATE_RQ = 1, A_ASSOCIATE_AC = 2, P_DATA_TF = 4, A_RELEASE_RQ = 5, A_ABORT = 7 };
enum { SMALLEST_PDU = 10, PDV_HEADER = 6, FIRST_HEADERS = 12 };
enum { LONGEST_ASSOCIATE_RQ = 1 << 20, LONGEST_COMMAND_SET = 4096, LONGEST_UID = 64 };
enum { C_STORE_RQ = 0x0001, C_STORE_RSP = 0x8001, NO_DATA_SET = 0x0101 };

struct association {
    int fd;
    uint32_t max_pdu_length;      /* what we announced; 0 is without limit */
    uint32_t peer_max_pdu_length; /* what the peer announced */
    uint8_t accepted[32];         /* bit set of context ids */
    struct sink_counts *counts;

    uint8_t command[LONGEST_COMMAND_SET];
    size_t command_length;
    int in_data_set; /* a whole C-STORE-RQ was read and its data set is coming */
    uint8_t context_id;
    uint16_t message_id;
    uint8_t sop_class[LONGEST_UID], sop_instance[LONGEST_UID];
    size_t sop_class_length, sop_instance_length;
};

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static uint16_t le16(const uint8_t *p) { return (uint16_t)(p[1] << 8 | p[0]); }
static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static void put_be16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static void put_be32(uint8_t *p, size_t v)
{
    put_be16(p, v >> 16);
    put_be16(p + 2, v);
}

/* Appends an item of PS3.8 9.3.2: type, a reserved byte, length, value. */
static size_t put_item(uint8_t *at, uint8_t type, const void *value, size_t length)
{
    at[0] = type;
    at[1] = 0;
    put_be16(at + 2, length);
    memcpy(at + 4, value, length);
    return 4 + length;
}

/* Accepts a proposed context with its first transfer syntax; `item` is the value of an item 20H.
 * Returns the bytes written to `out` (never more than the item had), 0 when it is malformed. */
static size_t accept_context(struct association *a, const uint8_t *item, size_t length,
                             uint8_t *out)
{
    if (length < 4 || (item[0] & 1) == 0)
        return 0;
    for (size_t at = 4; at + 4 <= length;) {
        size_t sub_length = be16(item + at + 2);
        if (sub_length > length - at - 4)
            return 0;
        if (item[at] == 0x40) {
            size_t value = 4 + put_item(out + 8, 0x40, item + at + 4, sub_length);
            out[0] = 0x21;
            out[1] = 0;
            put_be16(out + 2, value);
            out[4] = item[0];
            out[5] = out[6] = out[7] = 0; /* result 0: acceptance */
            a->accepted[item[0] >> 3] |= (uint8_t)(1u << (item[0] & 7));
            return 4 + value;
        }
        at += 4 + sub_length;
    }
    return 0;
}

static int read_user_information(struct association *a, const uint8_t *item, size_t length)
{
    for (size_t at = 0; at + 4 <= length;) {
        size_t sub_length = be16(item + at + 2);
        if (sub_length > length - at - 4)
            return -1;
        if (item[at] == 0x51 && sub_length == 4)
            a->peer_max_pdu_length = be32(item + at + 4);
        at += 4 + sub_length;
    }
    return 0;
}

/* Writes the A-ASSOCIATE-AC for `rq` (PS3.8 Table 9-11 without the header). `out` has room for
 * `length` + 128 bytes: each item of the answer is at most as long as the one it answers. */
static size_t encode_associate_ac(struct association *a, const uint8_t *rq, size_t length,
                                  uint8_t *out)
{
    static const char class_uid[] = "1.2.826.0.1.3680043.8.498.1", version[] = "SINK";
    size_t end = 74;
    memset(out, 0, 74);
    out[0] = A_ASSOCIATE_AC;
    memcpy(out + 6, rq, 68); /* version, AE titles: returned as received */
    for (size_t at = 68; at + 4 <= length;) {
        size_t item_length = be16(rq + at + 2);
        if (item_length > length - at - 4)
            return 0;
        if (rq[at] == 0x10) {
            end += put_item(out + end, 0x10, rq + at + 4, item_length);
        } else if (rq[at] == 0x20) {
            size_t written = accept_context(a, rq + at + 4, item_length, out + end);
            if (written == 0)
                return 0;
            end += written;
        } else if (rq[at] == 0x50 && read_user_information(a, rq + at + 4, item_length) != 0) {
            return 0;
        }
        at += 4 + item_length;
    }
    uint8_t user[64], announced[4];
    put_be32(announced, a->max_pdu_length);
    size_t user_length = put_item(user, 0x51, announced, 4);
    user_length += put_item(user + user_length, 0x52, class_uid, sizeof class_uid - 1);
    user_length += put_item(user + user_length, 0x55, version, sizeof version - 1);
    end += put_item(out + end, 0x50, user, user_length);
    put_be32(out + 2, end - 6);
    return end;
}

static int negotiate(struct association *a, const uint8_t head[6])
{
    size_t length = be32(head + 2);
    if (head[0] != A_ASSOCIATE_RQ || length < 68 || length > LONGEST_ASSOCIATE_RQ)
        return -1;
    uint8_t *rq = malloc(length), *ac = malloc(length + 128);
    int result = -1;
    if (rq != NULL && ac != NULL && scp_read(a->fd, rq, length) == 0) {
        size_t ac_length = encode_associate_ac(a, rq, length, ac);
        if (ac_length > 0)
            result = scp_write(a->fd, ac, ac_length);
    }
    free(rq);
    free(ac);
    return result;
}

/* Reads the C-STORE-RQ (PS3.7 9.3.1.1) out of the collected command set. */
static int parse_command(struct association *a)
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

/* One P-DATA-TF with one PDV, written at once (PS3.7 9.3.1.2). */
static int respond(struct association *a)
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
    atomic_fetch_add(&a->counts->instances, 1);
    return scp_write(a->fd, pdu, FIRST_HEADERS + length);
}

/* One PDV whose header is read; `length` bytes of its fragment follow on the socket. */
static int take_pdv(struct association *a, uint8_t context_id, uint8_t control, size_t length)
{
    int is_command = control & 1, is_last = control & 2;
    if ((a->accepted[context_id >> 3] >> (context_id & 7) & 1) == 0)
        return -1;
    if (is_command == a->in_data_set)
        return -1;
    if (a->in_data_set) {
        if (context_id != a->context_id || scp_discard(a->fd, length) != 0)
            return -1;
        atomic_fetch_add(&a->counts->data_set_bytes, length);
        if (!is_last)
            return 0;
        a->in_data_set = 0;
        return respond(a);
    }
    if (length > sizeof a->command - a->command_length ||
        scp_read(a->fd, a->command + a->command_length, length) != 0)
        return -1;
    a->command_length += length;
    a->context_id = context_id;
    if (!is_last)
        return 0;
    if (parse_command(a) != 0)
        return -1;
    a->command_length = 0;
    a->in_data_set = 1;
    return 0;
}

static int take_pdvs(struct association *a, const uint8_t head[FIRST_HEADERS])
{
    size_t left = be32(head + 2);
    uint8_t pdv[PDV_HEADER];
    if (left < PDV_HEADER || (a->max_pdu_length != 0 && left > a->max_pdu_length))
        return -1;
    memcpy(pdv, head + 6, PDV_HEADER);
    for (;;) {
        size_t length = be32(pdv);
        if (length < 2 || length > left - 4)
            return -1;
        if (take_pdv(a, pdv[4], pdv[5], length - 2) != 0)
            return -1;
        left -= 4 + length;
        if (left == 0)
            return 0;
        if (left < PDV_HEADER || scp_read(a->fd, pdv, PDV_HEADER) != 0)
            return -1;
    }
}

/* Reads a PDU header and, of a P-DATA-TF, its first PDV's header, in one system call as a rule.
 * Nothing may follow the ten bytes of the other PDUs, so asking for twelve takes nothing away. */
static int read_headers(int fd, uint8_t head[FIRST_HEADERS])
{
    size_t have = 0, need = SMALLEST_PDU;
    while (have < need) {
        ssize_t n = recv(fd, head + have, FIRST_HEADERS - have, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        have += (size_t)n;
        if (head[0] == P_DATA_TF)
            need = FIRST_HEADERS;
    }
    return 0;
}

void scp_serve(int fd, const uint8_t head[6], uint32_t max_pdu_length, struct sink_counts *counts)
{
    static const uint8_t release_rp[10] = {6, 0, 0, 0, 0, 4};
    static const uint8_t abort_by_provider[10] = {A_ABORT, 0, 0, 0, 0, 4, 0, 0, 2, 0};
    struct association a = {.fd = fd, .max_pdu_length = max_pdu_length, .counts = counts};
    uint8_t headers[FIRST_HEADERS];
    int good = negotiate(&a, head) == 0;
    if (good)
        atomic_fetch_add(&counts->associations, 1);
    while (good) {
        if (read_headers(fd, headers) != 0)
            return;
        if (headers[0] == A_ABORT)
            return;
        if (headers[0] == A_RELEASE_RQ && !a.in_data_set) {
            atomic_fetch_add(&counts->released, 1);
            scp_write(fd, release_rp, sizeof release_rp);
            return;
        }
        good = headers[0] == P_DATA_TF && take_pdvs(&a, headers) == 0;
    }
    scp_write(fd, abort_by_provider, sizeof abort_by_provider);
}
