#include "association.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_ASSOCIATE_RQ = 1 << 20 };

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
        if (item[at] == 0x53 && sub_length == 4) {
            a->asked_window = 1;
            a->proposed_window = be16(item + at + 4);
        }
        at += 4 + sub_length;
    }
    return 0;
}

/* Appends the Asynchronous Operations Window (PS3.7 D.3.3.3.2) where one is granted and was asked
 * for: never more than proposed, and no operation is invoked here, so one is performed there. */
static size_t put_window(struct association *a, uint8_t *at)
{
    uint8_t value[4];
    if (a->policy->window == 0 || !a->asked_window)
        return 0;
    a->window = a->policy->window;
    if (a->proposed_window != 0 && a->proposed_window < a->window)
        a->window = a->proposed_window;
    put_be16(value, a->window);
    put_be16(value + 2, 1);
    return put_item(at, 0x53, value, sizeof value);
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
    put_be32(announced, a->policy->max_pdu_length);
    size_t user_length = put_item(user, 0x51, announced, 4);
    user_length += put_item(user + user_length, 0x52, class_uid, sizeof class_uid - 1);
    user_length += put_window(a, user + user_length);
    user_length += put_item(user + user_length, 0x55, version, sizeof version - 1);
    end += put_item(out + end, 0x50, user, user_length);
    put_be32(out + 2, end - 6);
    return end;
}

int negotiate(struct association *a, const uint8_t head[6], int full)
{
    /* Result 2: rejected-transient. Source 3: service provider (presentation). Reason 2: local
     * limit exceeded (PS3.8 9.3.4). */
    static const uint8_t associate_rj[10] = {A_ASSOCIATE_RJ, 0, 0, 0, 0, 4, 0, 2, 3, 2};
    size_t length = be32(head + 2);
    if (head[0] != A_ASSOCIATE_RQ || length < 68 || length > LONGEST_ASSOCIATE_RQ)
        return -1;
    uint8_t *rq = malloc(length), *ac = malloc(length + 128);
    int result = -1;
    if (rq != NULL && ac != NULL && scp_read(a->fd, rq, length) == 0) {
        size_t ac_length = encode_associate_ac(a, rq, length, ac);
        if (ac_length > 0 && full)
            result = scp_write(a->fd, associate_rj, sizeof associate_rj) == 0 ? REJECTED : -1;
        else if (ac_length > 0)
            result = scp_write(a->fd, ac, ac_length) == 0 ? ACCEPTED : -1;
    }
    free(rq);
    free(ac);
    return result;
}
