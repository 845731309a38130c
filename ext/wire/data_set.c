#include "data_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channel.h"
#include "requests.h"

/* Shorter values are cheaper to pass through the walker's buffer than to read once more. */
enum { SLICE_LEAST = 16384 };

int data_set_unchanged(const table_row *row, int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && (uint64_t)st.st_size == row->file_size &&
           table_mtime_ns(&st) == row->mtime_ns;
}

/* The stream of one data set: which fragment is under way and what is still to come. */
typedef struct {
    wire_channel *ch;
    uint8_t context_id;
    uint8_t *head; /* not sent yet, with room for a prefix behind it */
    size_t head_length;
    uint32_t limit;         /* bytes of a fragment at most */
    uint64_t unsent;        /* bytes that are known of, those of the current fragment included */
    uint32_t fragment_left; /* bytes of the current fragment */
    int open;               /* more will be known of: no fragment of these is the last one */
    int padding;            /* a NUL follows */
} data_set_writer;

/* A run of PDUs: `parts` alternate between headers (even) and bodies (odd). The first header is
 * empty where a fragment goes on that began before, and the last fragment may go on afterwards;
 * otherwise the stream is between two PDUs before an even part. */
typedef struct {
    struct iovec parts[2 * BATCH_FRAGMENTS];
    int count;
    int ends_inside;
    uint8_t prefixes[BATCH_FRAGMENTS][P_DATA_PREFIX_LENGTH];
} pdu_batch;

/* Begins a fragment: `prefix` gets its headers, the command before the first of them. */
static enum wire_status begin_fragment(data_set_writer *w, struct iovec *part, uint8_t *prefix) {
    if (channel_cancelled(w->ch))
        return channel_fail(w->ch, WIRE_CANCELLED, 0);
    int rest = w->unsent <= w->limit, last = rest && !w->open;
    w->fragment_left = rest ? (uint32_t)w->unsent : w->limit;
    uint32_t length = w->fragment_left + (last && w->padding ? 1 : 0);
    if (w->head_length > 0)
        prefix = w->head + w->head_length;
    pdu_put_p_data_prefix(prefix, length, w->context_id, 0, last);
    *part = (struct iovec){prefix, P_DATA_PREFIX_LENGTH};
    if (w->head_length > 0)
        *part = (struct iovec){w->head, w->head_length + P_DATA_PREFIX_LENGTH};
    w->head_length = 0;
    return WIRE_OK;
}

/* Cuts the bytes into fragments, as many as fit; `*taken` of them. */
static enum wire_status fill_batch(data_set_writer *w, pdu_batch *batch, const uint8_t *bytes,
                                   size_t length, size_t *taken) {
    batch->count = 0;
    *taken = 0;
    do {
        struct iovec *parts = batch->parts + batch->count;
        uint8_t *prefix = batch->prefixes[batch->count / 2];
        parts[0] = (struct iovec){prefix, 0};
        if (w->fragment_left == 0) {
            enum wire_status status = begin_fragment(w, &parts[0], prefix);
            if (status != WIRE_OK && batch->count == 0)
                return status;
            if (status != WIRE_OK)
                break; /* cancelled: what is in the batch ends between two PDUs */
        }
        size_t body = length - *taken < w->fragment_left ? length - *taken : w->fragment_left;
        parts[1] = (struct iovec){(uint8_t *)(uintptr_t)(bytes + *taken), body};
        w->unsent -= body;
        w->fragment_left -= (uint32_t)body;
        *taken += body;
        batch->count += 2;
    } while (*taken < length && batch->count < 2 * BATCH_FRAGMENTS);
    batch->ends_inside = w->fragment_left > 0 || (w->unsent == 0 && w->padding);
    return WIRE_OK;
}

/* Shortens the message to `length` bytes; `*cut` gets what the last part of it has lost. */
static void shorten(struct msghdr *message, size_t length, size_t *cut) {
    struct iovec *part = message->msg_iov;
    for (; length > part->iov_len; part++)
        length -= part->iov_len;
    *cut = part->iov_len - length;
    part->iov_len = length;
    message->msg_iovlen = (size_t)(part - message->msg_iov) + 1;
}

/* As sendmsg(2), for as much as the limit lets pass: EAGAIN where that was nothing yet. */
static enum wire_status send_limited(wire_channel *ch, struct msghdr *message, int flags,
                                     ssize_t *sent) {
    size_t wanted = 0, granted, cut;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++)
        wanted += message->msg_iov[i].iov_len;
    enum wire_status status = channel_take(ch, wanted, &granted);
    if (status != WIRE_OK || granted == 0) {
        *sent = -1;
        errno = EAGAIN;
        return status;
    }
    shorten(message, granted, &cut);
    *sent = channel_write(ch, message, flags);
    int error = errno;
    message->msg_iov[message->msg_iovlen - 1].iov_len += cut;
    channel_give_back(ch, *sent > 0 ? granted - (size_t)*sent : granted);
    errno = error;
    return WIRE_OK;
}

static void count_sent(wire_channel *ch, size_t bytes) {
    __atomic_store_n(&ch->sent_bytes, ch->sent_bytes + bytes, __ATOMIC_RELAXED);
}

static enum wire_status send_batch(wire_channel *ch, pdu_batch *batch, int flags) {
    int at = 0, end = batch->count;
    while (at < end) {
        struct msghdr message = {.msg_iov = batch->parts + at, .msg_iovlen = (size_t)(end - at)};
        ssize_t n = 0;
        enum wire_status limited = WIRE_OK;
        if (ch->limit == NULL)
            n = channel_write(ch, &message, MSG_NOSIGNAL | flags);
        else
            limited = send_limited(ch, &message, MSG_NOSIGNAL | flags, &n);
        if (limited != WIRE_OK)
            return limited;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            /* A cancelled batch ends with the PDU that it is in. */
            if (channel_cancelled(ch))
                end = ch->inside_pdu ? (at | 1) + 1 : at;
            enum wire_status status = channel_wait_to_send(ch);
            if (status != WIRE_OK)
                return status;
            continue;
        }
        if (n < 0)
            return channel_last_words(ch, errno);
        size_t left = (size_t)n;
        while (at < end && left >= batch->parts[at].iov_len) {
            left -= batch->parts[at].iov_len;
            count_sent(ch, at & 1 ? batch->parts[at].iov_len : 0);
            at++;
        }
        if (left > 0) {
            count_sent(ch, at & 1 ? left : 0);
            batch->parts[at].iov_base = (uint8_t *)batch->parts[at].iov_base + left;
            batch->parts[at].iov_len -= left;
        }
        ch->inside_pdu = left > 0 || (at & 1) || (at == batch->count && batch->ends_inside);
    }
    return end < batch->count ? channel_fail(ch, WIRE_CANCELLED, 0) : WIRE_OK;
}

/* The next bytes of the data set; many PDUs leave in one system call. */
static enum wire_status write_bytes(data_set_writer *w, const uint8_t *bytes, size_t length) {
    pdu_batch batch;
    do {
        size_t taken;
        enum wire_status status = fill_batch(w, &batch, bytes, length, &taken);
        if (status != WIRE_OK)
            return status;
        int more = w->unsent > 0 || w->padding;
        status = send_batch(w->ch, &batch, more ? MSG_MORE : 0);
        if (status != WIRE_OK)
            return status;
        bytes += taken;
        length -= taken;
    } while (length > 0);
    if (w->unsent > 0 || !w->padding)
        return WIRE_OK;
    enum wire_status status = channel_send(w->ch, (const uint8_t *)"", 1, 0);
    w->ch->inside_pdu = status != WIRE_OK;
    return status;
}

/* Bytes of the file; 0 where it ends before. */
static enum wire_status read_file(wire_channel *ch, int fd, uint64_t offset, size_t length) {
    for (size_t have = 0; have < length;) {
        ssize_t n = pread(fd, ch->body + have, length - have, (off_t)(offset + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return channel_fail(ch, WIRE_FILE_READ, errno);
        if (n == 0)
            return channel_fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
        have += (size_t)n;
    }
    return WIRE_OK;
}

/* Fragments are even (PS3.8 Annex E; DCMTK aborts on an odd one). Only the last can be odd: of a
 * deflated stream, which PS3.5 A.5 pads with a NUL, or of a file with odd elements. */
static data_set_writer start(wire_channel *ch, uint64_t length) {
    return (data_set_writer){.ch = ch,
                             .context_id = ch->request.context_id,
                             .head = ch->request.head,
                             .head_length = ch->request.head_length,
                             .limit = ch->fragment_length,
                             .unsent = length,
                             .padding = (int)(length & 1)};
}

/* How many bytes of a file are read and sent at once: whole fragments, where they fit. */
static size_t chunk_length(const wire_channel *ch, size_t capacity, uint64_t left) {
    uint32_t fragment = ch->fragment_length;
    size_t whole = fragment < capacity ? capacity / fragment * fragment : capacity;
    return left < whole ? (size_t)left : whole;
}

/* Bytes of the file as they are, of which `have` are read already; where they are the last of the
 * data set, only if the file is still what was scanned. */
static enum wire_status write_slice(data_set_writer *w, const table_row *row, int fd,
                                    uint64_t offset, uint64_t left, size_t have) {
    wire_channel *ch = w->ch;
    int compared = have == left; /* when it was taken up, and so after all of it was read */
    do {
        size_t length = have > 0 ? have : chunk_length(ch, BODY_CAPACITY, left);
        enum wire_status status = have > 0 ? WIRE_OK : read_file(ch, fd, offset, length);
        if (status != WIRE_OK)
            return status;
        have = 0;
        offset += length;
        left -= length;
        if (length == w->unsent && !compared && !data_set_unchanged(row, fd))
            return channel_fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
        status = write_bytes(w, ch->body, length);
        if (status != WIRE_OK)
            return status;
    } while (left > 0);
    return WIRE_OK;
}

size_t data_set_read_ahead(wire_channel *ch, const table_row *row, int fd) {
    size_t length = chunk_length(ch, AHEAD_CAPACITY, row->file_size - row->data_set_offset);
    ssize_t n = pread(fd, ch->ahead, length, (off_t)row->data_set_offset);
    return n == (ssize_t)length ? length : 0;
}

enum wire_status data_set_send_stored(wire_channel *ch, const table_row *row, int fd,
                                      size_t ahead) {
    uint64_t length = row->file_size - row->data_set_offset;
    data_set_writer w = start(ch, length);
    if (ahead > 0) {
        uint8_t *read = ch->ahead;
        ch->ahead = ch->body;
        ch->body = read;
    }
    return write_slice(&w, row, fd, row->data_set_offset, length, ahead);
}

enum wire_status data_set_prepare_recoded(wire_channel *ch, const table_row *row, int fd,
                                          const wire_route *route, uint64_t *length) {
    if (ch->recode == NULL) {
        ch->recode = malloc(sizeof *ch->recode);
        if (ch->recode == NULL)
            return channel_fail(ch, WIRE_NOT_RECODED, RECODE_NO_MEMORY);
    } else {
        recode_close(ch->recode);
    }
    recode_options options = {.from = (enum recode_syntax)route->from,
                              .to = (enum recode_syntax)route->to,
                              .slice_least = SLICE_LEAST,
                              .added = ch->added};
    recode_open_file(ch->recode, fd, row->data_set_offset, row->file_size - row->data_set_offset,
                     &options);
    enum recode_status status = recode_measure(ch->recode, length);
    return status == RECODE_END ? WIRE_OK : channel_fail(ch, WIRE_NOT_RECODED, (int)status);
}

enum wire_status data_set_send_recoded(wire_channel *ch, const table_row *row, int fd,
                                       uint64_t length) {
    data_set_writer w = start(ch, length);
    recode_piece piece;
    enum recode_status found;
    if (length == 0) /* its one fragment is empty */
        return write_bytes(&w, (const uint8_t *)"", 0);
    while ((found = recode_next(ch->recode, &piece)) == RECODE_OK && piece.length <= w.unsent) {
        enum wire_status status;
        if (piece.bytes == NULL)
            status = write_slice(&w, row, fd, piece.offset, piece.length, 0);
        else if (piece.length == w.unsent && !data_set_unchanged(row, fd))
            status = channel_fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
        else
            status = write_bytes(&w, piece.bytes, (size_t)piece.length);
        if (status != WIRE_OK)
            return status;
    }
    /* It was measured before: only another file can give something else. */
    if (found == RECODE_END && w.unsent == 0)
        return WIRE_OK;
    if (w.unsent == 0)
        request_left(ch);
    return channel_fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
}

enum wire_status data_set_push(wire_channel *ch, const uint8_t *bytes, size_t length, int last) {
    wire_request *request = &ch->request;
    uint32_t limit = ch->fragment_length < BODY_CAPACITY ? ch->fragment_length : BODY_CAPACITY;
    size_t staged = request->staged, total = staged + length;
    if (length == 0)
        bytes = ch->body; /* a place at least */
    if (total == 0 && !last)
        return WIRE_OK;
    /* What may be the end of the data set stays, for nothing says so yet. */
    size_t now = last ? total : (total - 1) / limit * limit;
    size_t direct = now > staged ? now - staged : 0;
    if (now > 0 || last) {
        data_set_writer w = start(ch, now);
        w.limit = limit;
        w.open = !last;
        enum wire_status status = staged > 0 ? write_bytes(&w, ch->body, staged) : WIRE_OK;
        if (status == WIRE_OK && (direct > 0 || now == 0)) /* at least one fragment */
            status = write_bytes(&w, bytes, direct);
        if (status != WIRE_OK)
            return status;
        request->head_length = 0;
        request->staged = 0;
    }
    if (length > direct)
        memcpy(ch->body + request->staged, bytes + direct, length - direct);
    request->staged += length - direct;
    return WIRE_OK;
}
