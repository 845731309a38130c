#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
#ifndef MSG_MORE
#define MSG_MORE 0
#endif

enum {
    PATH_CAPACITY = 8192,
    COPY_CAPACITY = 1 << 16,
    BATCH_FRAGMENTS = 64, /* PDUs in one system call */
    TAIL_LENGTH = 512,
    /* A response that usually comes sooner than this is waited for without sleeping: waking a
     * thread costs more than that, and the time is paid for every instance. */
    SPIN_NS = 60000,
    CANCEL_GRACE_NS = 300000000
};

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int wire_cancel_init(wire_cancel *cancel) {
    int fds[2];
    memset(cancel, 0, sizeof *cancel);
    cancel->read_fd = cancel->write_fd = -1;
    if (pipe(fds) != 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    cancel->read_fd = fds[0];
    cancel->write_fd = fds[1];
    return 0;
}

void wire_cancel_request(wire_cancel *cancel) {
    __atomic_store_n(&cancel->requested, 1, __ATOMIC_RELEASE);
    ssize_t written = write(cancel->write_fd, "", 1); /* a full pipe is readable all the same */
    (void)written;
}

void wire_cancel_free(wire_cancel *cancel) {
    if (cancel->read_fd >= 0)
        close(cancel->read_fd);
    if (cancel->write_fd >= 0)
        close(cancel->write_fd);
    cancel->read_fd = cancel->write_fd = -1;
}

static int cancelled(const wire_channel *ch) {
    return __atomic_load_n(&ch->cancel->requested, __ATOMIC_ACQUIRE);
}

void wire_init(wire_channel *ch, int socket, const wire_cancel *cancel,
               uint32_t max_send_pdu_length, uint32_t max_receive_pdu_length) {
    memset(ch, 0, sizeof *ch);
    ch->socket = socket;
    ch->cancel = cancel;
    ch->fragment_length = pdu_fragment_length(max_send_pdu_length);
    ch->next.fd = -1;
    pdu_reader_init(&ch->reader, max_receive_pdu_length);
}

/* ---- input ---------------------------------------------------------------------------------- */

static enum wire_status fail(wire_channel *ch, enum wire_status status, int detail) {
    ch->detail = detail;
    return status;
}

/* Decodes what was received; stops behind a response. */
static enum wire_status take_input(wire_channel *ch) {
    while (ch->input_used < ch->input_have && !ch->has_response) {
        size_t used;
        enum pdu_event event = pdu_reader_feed(&ch->reader, ch->input + ch->input_used,
                                               ch->input_have - ch->input_used, &used);
        ch->input_used += used;
        if (event == PDU_COMMAND) {
            event = pdu_decode_c_store_rsp(ch->reader.command, ch->reader.command_length,
                                           &ch->response);
            ch->has_response = event == PDU_COMMAND;
            ch->response_context_id = ch->reader.context_id;
        }
        if (event == PDU_ABORTED)
            return fail(ch, WIRE_PEER_ABORTED, 0);
        if (event == PDU_RELEASE_REQUESTED)
            return fail(ch, WIRE_PEER_RELEASED, 0);
        if (event >= PDU_BAD_TYPE)
            return fail(ch, WIRE_PROTOCOL, (int)event);
    }
    return WIRE_OK;
}

/* Reads once, without waiting. `*got` is 0 where nothing was there. */
static enum wire_status receive(wire_channel *ch, int *got) {
    *got = 0;
    if (ch->input_used < ch->input_have) {
        if (ch->has_response)
            return WIRE_OK; /* what is behind the response waits for its turn */
        *got = 1;
        return take_input(ch);
    }
#ifdef TCP_QUICKACK
    /* Not lasting: the kernel falls back to delayed acknowledgements, and a peer that writes its
     * response in two segments under Nagle's algorithm then loses 40 ms an instance. */
    int on = 1;
    setsockopt(ch->socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
    ssize_t n = recv(ch->socket, ch->input, sizeof ch->input, MSG_DONTWAIT);
    if (n > 0) {
        ch->input_used = 0;
        ch->input_have = (size_t)n;
        *got = 1;
        return take_input(ch);
    }
    if (n == 0)
        return fail(ch, WIRE_CONNECTION_LOST, 0);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return WIRE_OK;
    return fail(ch, WIRE_CONNECTION_LOST, errno);
}

/* After a failed write: what the peer said last tells more than the broken pipe. */
static enum wire_status last_words(wire_channel *ch, int write_errno) {
    int got = 1;
    while (got) {
        enum wire_status status = receive(ch, &got);
        if (status == WIRE_CONNECTION_LOST)
            break;
        if (status != WIRE_OK)
            return status;
    }
    return fail(ch, WIRE_CONNECTION_LOST, write_errno);
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* Waits until the socket is ready for `events`, until `idle_deadline` or the request's deadline, or
 * for a cancellation. Inside a PDU a cancelled transfer may still go on for a moment, so that an
 * A-ABORT can follow it. */
static enum wire_status wait_for(wire_channel *ch, short events, int64_t idle_deadline) {
    for (;;) {
        int64_t now = now_ns();
        int64_t deadline = idle_deadline;
        enum wire_status late = WIRE_SOCKET_TIMEOUT;
        if (ch->request_deadline_ns < deadline) {
            deadline = ch->request_deadline_ns;
            late = WIRE_DIMSE_TIMEOUT;
        }
        nfds_t watched = 2;
        if (cancelled(ch)) {
            if (!ch->inside_pdu)
                return fail(ch, WIRE_CANCELLED, 0);
            if (ch->cancel_deadline_ns == 0)
                ch->cancel_deadline_ns = now + CANCEL_GRACE_NS;
            if (ch->cancel_deadline_ns < deadline) {
                deadline = ch->cancel_deadline_ns;
                late = WIRE_CANCELLED;
            }
            watched = 1; /* the pipe stays readable */
        }
        if (now >= deadline)
            return fail(ch, late, 0);
        int timeout_ms = -1;
        if (deadline != INT64_MAX) {
            int64_t left_ms = (deadline - now + 999999) / 1000000;
            timeout_ms = left_ms > INT_MAX ? INT_MAX : (int)left_ms;
        }
        struct pollfd fds[2] = {{.fd = ch->socket, .events = events},
                                {.fd = ch->cancel->read_fd, .events = POLLIN}};
        int n = poll(fds, watched, timeout_ms);
        if (n < 0 && errno != EINTR)
            return fail(ch, WIRE_CONNECTION_LOST, errno);
        if (n > 0 && fds[0].revents != 0)
            return WIRE_OK; /* errors and hang-ups show at the next read or write */
    }
}

static int64_t idle_deadline(const wire_channel *ch) {
    return ch->socket_timeout_ns ? now_ns() + ch->socket_timeout_ns : INT64_MAX;
}

/* The socket takes no more: wait until it does, and listen to the peer meanwhile. */
static enum wire_status wait_to_send(wire_channel *ch) {
    int64_t deadline = idle_deadline(ch);
    for (;;) {
        /* An early response is kept; more than one would be read when its turn comes. */
        short events = ch->has_response ? POLLOUT : POLLOUT | POLLIN;
        enum wire_status status = wait_for(ch, events, deadline);
        if (status != WIRE_OK)
            return status;
        struct pollfd now = {.fd = ch->socket, .events = POLLOUT};
        int writable = poll(&now, 1, 0) > 0;
        if (!ch->has_response) {
            int got;
            status = receive(ch, &got);
            if (status != WIRE_OK)
                return status;
        }
        if (writable)
            return WIRE_OK;
    }
}

static int64_t mtime_ns(const struct stat *st) {
#ifdef __APPLE__
    return (int64_t)st->st_mtimespec.tv_sec * 1000000000 + st->st_mtimespec.tv_nsec;
#else
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
#endif
}

static int unchanged(const table_row *row, int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && (uint64_t)st.st_size == row->file_size &&
           mtime_ns(&st) == row->mtime_ns;
}

/* ---- output --------------------------------------------------------------------------------- */

static enum wire_status send_bytes(wire_channel *ch, const uint8_t *bytes, size_t length,
                                   int flags) {
    while (length > 0) {
        ssize_t n = send(ch->socket, bytes, length, MSG_NOSIGNAL | flags);
        if (n >= 0) {
            bytes += n;
            length -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            enum wire_status status = wait_to_send(ch);
            if (status != WIRE_OK)
                return status;
        } else if (errno != EINTR) {
            return last_words(ch, errno);
        }
    }
    return WIRE_OK;
}

/* For file systems that cannot map files. */
static enum wire_status send_copied(wire_channel *ch, int fd, uint64_t offset, size_t length) {
    uint8_t copy[COPY_CAPACITY];
    while (length > 0) {
        size_t want = length < sizeof copy ? length : sizeof copy;
        ssize_t n = pread(fd, copy, want, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(ch, WIRE_FILE_READ, errno);
        if (n == 0)
            return fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
        enum wire_status status = send_bytes(ch, copy, (size_t)n, MSG_MORE);
        if (status != WIRE_OK)
            return status;
        offset += (uint64_t)n;
        length -= (size_t)n;
        ch->sent_bytes += (uint64_t)n;
    }
    return WIRE_OK;
}

/* A run of P-DATA-TF PDUs of one PDV each, cut out of a file: `parts` alternate between headers
 * (even) and bodies (odd), so that the stream is between two PDUs before an even part. */
typedef struct {
    struct iovec parts[2 * BATCH_FRAGMENTS];
    int count;
    uint8_t prefixes[BATCH_FRAGMENTS][P_DATA_PREFIX_LENGTH];
    uint64_t offset; /* of the first body in the file */
    size_t length;   /* of all bodies */
} pdu_batch;

/* The kernel met a page of the mapping that the file does not have. */
static enum wire_status unreadable(wire_channel *ch, int fd, uint64_t end) {
    struct stat st;
    if (fstat(fd, &st) == 0 && (uint64_t)st.st_size >= end)
        return fail(ch, WIRE_FILE_READ, EIO);
    return fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
}

/* Hands a batch to the kernel, which copies the bodies out of the page cache: no page of the mapping
 * is touched here, so a file that shrinks is an error and not a SIGBUS. */
static enum wire_status send_mapped(wire_channel *ch, pdu_batch *batch, int fd) {
    int at = 0, end = batch->count;
    while (at < end) {
        struct msghdr message = {.msg_iov = batch->parts + at,
                                 .msg_iovlen = (size_t)(end - at)};
        ssize_t n = sendmsg(ch->socket, &message, MSG_NOSIGNAL | MSG_MORE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            /* A cancelled batch ends with the PDU that it is in. */
            if (cancelled(ch))
                end = ch->inside_pdu ? (at | 1) + 1 : at;
            enum wire_status status = wait_to_send(ch);
            if (status != WIRE_OK)
                return status;
            continue;
        }
        if (n < 0)
            return errno == EFAULT ? unreadable(ch, fd, batch->offset + batch->length)
                                   : last_words(ch, errno);
        size_t left = (size_t)n;
        while (at < end && left >= batch->parts[at].iov_len) {
            left -= batch->parts[at].iov_len;
            ch->sent_bytes += at & 1 ? batch->parts[at].iov_len : 0;
            at++;
        }
        if (left > 0) {
            ch->sent_bytes += at & 1 ? left : 0;
            batch->parts[at].iov_base = (uint8_t *)batch->parts[at].iov_base + left;
            batch->parts[at].iov_len -= left;
        }
        ch->inside_pdu = left > 0 || (at & 1);
    }
    return end < batch->count ? fail(ch, WIRE_CANCELLED, 0) : WIRE_OK;
}

static enum wire_status send_batch(wire_channel *ch, pdu_batch *batch, int fd) {
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t start = batch->offset / page * page;
    size_t mapped = (size_t)(batch->offset - start) + batch->length;
    uint8_t *map = mapped > 0 ? mmap(NULL, mapped, PROT_READ, MAP_SHARED, fd, (off_t)start) : NULL;
    if (map == MAP_FAILED) {
        uint64_t offset = batch->offset;
        enum wire_status status = WIRE_OK;
        for (int i = 0; i < batch->count && status == WIRE_OK; i++) {
            struct iovec *part = &batch->parts[i];
            ch->inside_pdu = 1;
            status = i & 1 ? send_copied(ch, fd, offset, part->iov_len)
                           : send_bytes(ch, part->iov_base, part->iov_len, MSG_MORE);
            offset += i & 1 ? part->iov_len : 0;
            if (status == WIRE_OK && (i & 1))
                ch->inside_pdu = 0;
        }
        return status;
    }
    uint8_t *body = map + (batch->offset - start);
    for (int i = 1; i < batch->count; i += 2) {
        batch->parts[i].iov_base = body;
        body += batch->parts[i].iov_len;
    }
    enum wire_status status = send_mapped(ch, batch, fd);
    if (mapped > 0)
        munmap(map, mapped);
    return status;
}

/* ---- files ---------------------------------------------------------------------------------- */

static void open_row(wire_file *file, const instance_table *table, size_t row) {
    char path[PATH_CAPACITY];
    file->row = (uint32_t)row;
    file->error = ENAMETOOLONG;
    file->fd = -1;
    if (table_path(table, table_at(table, row), path, sizeof path) == 0)
        return;
    file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    file->error = file->fd < 0 ? errno : 0;
}

void wire_close_files(wire_channel *ch) {
    if (ch->next.fd >= 0)
        close(ch->next.fd);
    ch->next.fd = -1;
}

/* ---- one instance --------------------------------------------------------------------------- */

/* The data set in P-DATA-TF PDUs; `head`, the command, leaves with the first of them.
 *
 * The last bytes are kept back until everything else is in the kernel's hands, and read before the
 * file is compared with what was scanned: an object that is completed is the object that was
 * scanned, whatever happens to the file meanwhile. */
static enum wire_status send_data_set(wire_channel *ch, const table_row *row, int fd,
                                      uint8_t *head, size_t head_length, uint8_t context_id) {
    uint8_t tail[TAIL_LENGTH + 1];
    pdu_batch batch;
    uint64_t left = row->file_size - row->data_set_offset;
    /* Fragments are even (PS3.8 Annex E; DCMTK aborts on an odd one). Only the last can be odd: of
     * a deflated stream, which PS3.5 A.5 pads with a NUL, or of a file with odd elements. */
    size_t padding = left & 1;
    size_t last_fragment = left ? (size_t)((left - 1) % ch->fragment_length) + 1 : 0;
    size_t tail_length = last_fragment < TAIL_LENGTH ? last_fragment : TAIL_LENGTH;
    uint64_t offset = row->data_set_offset;
    do {
        if (cancelled(ch))
            return fail(ch, WIRE_CANCELLED, 0);
        batch.count = 0;
        batch.offset = offset;
        for (int i = 0; i < BATCH_FRAGMENTS && (left > 0 || i == 0); i++) {
            size_t fragment = left < ch->fragment_length ? (size_t)left : ch->fragment_length;
            int last = fragment == left;
            uint8_t *prefix = batch.prefixes[i];
            pdu_put_p_data_prefix(prefix, (uint32_t)(fragment + (last ? padding : 0)),
                                  context_id, 0, last);
            struct iovec *parts = batch.parts + batch.count;
            parts[0] = (struct iovec){prefix, P_DATA_PREFIX_LENGTH};
            if (head_length > 0) {
                memcpy(head + head_length, prefix, P_DATA_PREFIX_LENGTH);
                parts[0] = (struct iovec){head, head_length + P_DATA_PREFIX_LENGTH};
                head_length = 0;
            }
            parts[1].iov_len = last ? fragment - tail_length : fragment;
            batch.count += 2;
            offset += parts[1].iov_len;
            left -= fragment;
        }
        batch.length = (size_t)(offset - batch.offset);
        enum wire_status status = send_batch(ch, &batch, fd);
        if (status != WIRE_OK)
            return status;
    } while (left > 0);

    ch->inside_pdu = 1;
    for (size_t have = 0; have < tail_length;) {
        ssize_t n = pread(fd, tail + have, tail_length - have, (off_t)(offset + have));
        if (n < 0 && errno != EINTR)
            return fail(ch, WIRE_FILE_READ, errno);
        if (n == 0)
            break; /* which shows in the next line */
        have += n > 0 ? (size_t)n : 0;
    }
    if (!unchanged(row, fd))
        return fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
    tail[tail_length] = 0;
    enum wire_status status = send_bytes(ch, tail, tail_length + padding, 0);
    if (status != WIRE_OK)
        return status;
    ch->sent_bytes += tail_length;
    ch->inside_pdu = 0;
    return WIRE_OK;
}

static enum wire_status await_response(wire_channel *ch) {
    int64_t start = now_ns(), spin_until = start;
    int64_t idle = INT64_MAX; /* no limit but the request's, until a response has begun */
    uint64_t seen = 0;
    if (ch->usual_wait_ns < SPIN_NS)
        spin_until += SPIN_NS;
    while (!ch->has_response) {
        int got;
        enum wire_status status = receive(ch, &got);
        if (status != WIRE_OK)
            return status;
        if (ch->has_response)
            break;
        if (cancelled(ch))
            return fail(ch, WIRE_CANCELLED, 0);
        if (!got && now_ns() >= spin_until) {
            if (pdu_reader_inside(&ch->reader) && ch->reader.consumed != seen) {
                seen = ch->reader.consumed;
                idle = idle_deadline(ch);
            }
            status = wait_for(ch, POLLIN, idle);
            if (status != WIRE_OK)
                return status;
        }
        if (ch->request_deadline_ns != INT64_MAX && now_ns() >= ch->request_deadline_ns)
            return fail(ch, WIRE_DIMSE_TIMEOUT, 0); /* a peer that dribbles bytes never waits */
    }
    ch->usual_wait_ns = (3 * ch->usual_wait_ns + (now_ns() - start)) / 4;
    return WIRE_OK;
}

static int means_stored(uint16_t status) {
    return status == 0 || (status >= 0xB000 && status <= 0xBFFF) || status == 0x0001 ||
           status == 0x0107 || status == 0x0116; /* success or warning: PS3.4 B.2.3, PS3.7 C */
}

static enum wire_status check_response(wire_channel *ch, const table_row *row,
                                       uint8_t context_id) {
    const pdu_c_store_rsp *response = &ch->response;
    const char *uid = table_sop_instance_uid(row);
    if (response->message_id != ch->message_id)
        return fail(ch, WIRE_WRONG_MESSAGE_ID, response->message_id);
    if (ch->response_context_id != context_id)
        return fail(ch, WIRE_WRONG_CONTEXT, ch->response_context_id);
    if (response->sop_instance_length != 0 && strcmp(response->sop_instance_uid, uid) != 0)
        return fail(ch, WIRE_WRONG_SOP_INSTANCE, 0);
    if (response->status >= 0xFE00) /* pending and cancelled do not exist for C-STORE */
        return fail(ch, WIRE_PENDING_STATUS, response->status);
    return WIRE_OK;
}

static enum wire_status store(wire_channel *ch, const instance_table *table, size_t number,
                              size_t after, uint8_t context_id) {
    table_row *row = table_at(table, number);
    const table_kind *kind = table->kinds[row->kind];
    uint8_t head[C_STORE_RQ_MAX_ENCODED + P_DATA_PREFIX_LENGTH];
    wire_file file = ch->next;
    ch->next.fd = -1;
    if (file.fd < 0 || file.row != number) {
        if (file.fd >= 0)
            close(file.fd);
        open_row(&file, table, number);
    }
    row->outcome = OUTCOME_NOT_SENT;
    if (file.fd < 0)
        return fail(ch, WIRE_FILE_OPEN, file.error);
    if (!unchanged(row, file.fd)) {
        close(file.fd);
        return fail(ch, WIRE_FILE_CHANGED, 0);
    }
    ch->message_id = ch->message_id == UINT16_MAX ? 1 : (uint16_t)(ch->message_id + 1);
    ch->has_response = 0;
    pdu_c_store_rq request = {.sop_class_uid = kind->sop_class_uid,
                              .sop_instance_uid = table_sop_instance_uid(row),
                              .fragment_length = ch->fragment_length,
                              .message_id = ch->message_id,
                              .context_id = context_id};
    size_t head_length = pdu_encode_c_store_rq(head, &request);
    int64_t start = now_ns();
    ch->request_deadline_ns = ch->dimse_timeout_ns ? start + ch->dimse_timeout_ns : INT64_MAX;

    enum wire_status status = send_data_set(ch, row, file.fd, head, head_length, context_id);
    if (status == WIRE_OK) {
        row->outcome = OUTCOME_UNKNOWN;
        if (after != number)
            open_row(&ch->next, table, after); /* while the peer is busy */
        status = await_response(ch);
        if (status == WIRE_OK)
            status = check_response(ch, row, context_id);
    }
    if (status == WIRE_OK) {
        int64_t elapsed_us = (now_ns() - start) / 1000;
        row->elapsed_us = elapsed_us > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed_us;
        row->outcome = OUTCOME_ANSWERED;
        row->status = ch->response.status;
        if (!means_stored(row->status))
            status = WIRE_STATUS_FAILED;
    }
    close(file.fd);
    return status;
}

static size_t next_row(const instance_table *table, size_t row, size_t end,
                       const uint8_t *context_ids, size_t kinds) {
    for (; row < end; row++) {
        uint16_t kind = table_at(table, row)->kind;
        if (kind < kinds && context_ids[kind] != 0)
            break;
    }
    return row;
}

enum wire_status wire_store_rows(wire_channel *ch, const instance_table *table, size_t *row,
                                 size_t end, const uint8_t *context_ids, size_t kinds,
                                 uint16_t association) {
    size_t at = next_row(table, *row, end, context_ids, kinds);
    while (at < end) {
        if (cancelled(ch)) {
            *row = at;
            return fail(ch, WIRE_CANCELLED, 0);
        }
        size_t after = next_row(table, at + 1, end, context_ids, kinds);
        table_row *r = table_at(table, at);
        r->association = association;
        r->context_id = context_ids[r->kind];
        enum wire_status status = store(ch, table, at, after < end ? after : at, r->context_id);
        r->error = (uint8_t)status;
        if (status != WIRE_OK && status != WIRE_STATUS_FAILED)
            r->error_detail = ch->detail;
        __atomic_store_n(&ch->done_rows, ch->done_rows + 1, __ATOMIC_RELEASE);
        __atomic_store_n(&ch->position, at + 1, __ATOMIC_RELEASE);
        if (status != WIRE_OK) {
            *row = at + 1;
            return status;
        }
        at = after;
    }
    *row = end;
    return WIRE_OK;
}
