#include "association.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { SMALLEST_PDU = 10 };

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
    if (left < PDV_HEADER || (a->policy->max_pdu_length != 0 && left > a->policy->max_pdu_length))
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

/* Takes a place among the open associations; false where all are taken. */
static int take_place(const struct sink_policy *policy, struct sink_counts *counts)
{
    unsigned open = atomic_fetch_add(&counts->open, 1) + 1;
    if (policy->associations != 0 && open > policy->associations) {
        atomic_fetch_sub(&counts->open, 1);
        return 0;
    }
    return 1;
}

static void raise_to(atomic_ullong *highest, unsigned long long value)
{
    unsigned long long seen = atomic_load(highest);
    while (seen < value && !atomic_compare_exchange_weak(highest, &seen, value))
        ;
}

/* The peer closes after a rejection; closing first would be right too, but with bytes unread it
 * would reset the connection and take the answer away. */
static void wait_for_close(int fd)
{
    uint8_t waste[256];
    while (recv(fd, waste, sizeof waste, 0) > 0)
        ;
}

static const uint8_t abort_by_provider[10] = {A_ABORT, 0, 0, 0, 0, 4, 0, 0, 2, 0};

/* Serves an accepted association. Returns with its place given back: before the A-RELEASE-RP, for
 * the peer may come again the moment that it has it. */
static void converse(struct association *a)
{
    static const uint8_t release_rp[10] = {6, 0, 0, 0, 0, 4};
    uint8_t headers[FIRST_HEADERS];
    const uint8_t *farewell = abort_by_provider;
    for (;;) {
        if (read_headers(a->fd, headers) != 0 || headers[0] == A_ABORT) {
            farewell = NULL;
            break;
        }
        if (headers[0] == A_RELEASE_RQ && !a->in_data_set) {
            atomic_fetch_add(&a->counts->released, 1);
            farewell = release_rp;
            break;
        }
        if (headers[0] != P_DATA_TF || take_pdvs(a, headers) != 0)
            break;
    }
    atomic_fetch_sub(&a->counts->open, 1);
    if (farewell != NULL)
        scp_write(a->fd, farewell, sizeof release_rp);
}

void scp_serve(int fd, const uint8_t head[6], const struct sink_policy *policy,
               struct sink_counts *counts)
{
    struct association a = {.fd = fd, .policy = policy, .counts = counts};
    int place = take_place(policy, counts);
    int outcome = negotiate(&a, head, !place);
    if (outcome == ACCEPTED) {
        atomic_fetch_add(&counts->associations, 1);
        raise_to(&counts->most_at_once, atomic_load(&counts->open));
        raise_to(&counts->window, a.window);
        converse(&a);
        return;
    }
    if (place)
        atomic_fetch_sub(&counts->open, 1);
    if (outcome == REJECTED) {
        atomic_fetch_add(&counts->rejected, 1);
        wait_for_close(fd);
    } else {
        scp_write(fd, abort_by_provider, sizeof abort_by_provider);
    }
}
