#include "data_set.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channel.h"

enum {
    COPY_CAPACITY = 1 << 16,
    BATCH_FRAGMENTS = 64, /* PDUs in one system call */
    TAIL_LENGTH = 512
};

static int64_t mtime_ns(const struct stat *st) {
#ifdef __APPLE__
    return (int64_t)st->st_mtimespec.tv_sec * 1000000000 + st->st_mtimespec.tv_nsec;
#else
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
#endif
}

int data_set_unchanged(const table_row *row, int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && (uint64_t)st.st_size == row->file_size &&
           mtime_ns(&st) == row->mtime_ns;
}

/* The stream of one data set: which fragment is under way and what is still to come. */
typedef struct {
    wire_channel *ch;
    const table_row *row;
    int fd;
    uint8_t context_id;
    uint8_t *head; /* not sent yet, with room for a prefix behind it */
    size_t head_length;
    uint64_t unsent;        /* bytes of the data set, those of the current fragment included */
    uint32_t fragment_left; /* bytes of the current fragment */
    int padding;            /* a NUL follows */
} data_set_writer;

/* Fragments are even (PS3.8 Annex E; DCMTK aborts on an odd one). Only the last can be odd: of a
 * deflated stream, which PS3.5 A.5 pads with a NUL, or of a file with odd elements. */
static data_set_writer start(wire_channel *ch, const table_row *row, int fd, uint8_t context_id,
                             uint64_t length) {
    return (data_set_writer){.ch = ch,
                             .row = row,
                             .fd = fd,
                             .context_id = context_id,
                             .unsent = length,
                             .padding = (int)(length & 1)};
}

/* Begins a fragment: `prefix` gets its headers. */
static enum wire_status begin_fragment(data_set_writer *w, uint8_t prefix[P_DATA_PREFIX_LENGTH]) {
    if (channel_cancelled(w->ch))
        return channel_fail(w->ch, WIRE_CANCELLED, 0);
    uint32_t limit = w->ch->fragment_length;
    int last = w->unsent <= limit;
    w->fragment_left = last ? (uint32_t)w->unsent : limit;
    uint32_t length = w->fragment_left + (last && w->padding ? 1 : 0);
    pdu_put_p_data_prefix(prefix, length, w->context_id, 0, last);
    return WIRE_OK;
}

static void advance(data_set_writer *w, size_t length) {
    w->unsent -= length;
    w->fragment_left -= (uint32_t)length;
}

/* The command leaves with the first prefix. */
static struct iovec take_head(data_set_writer *w, uint8_t *prefix) {
    if (w->head_length == 0)
        return (struct iovec){prefix, P_DATA_PREFIX_LENGTH};
    memcpy(w->head + w->head_length, prefix, P_DATA_PREFIX_LENGTH);
    struct iovec both = {w->head, w->head_length + P_DATA_PREFIX_LENGTH};
    w->head_length = 0;
    return both;
}

/* ---- bytes in memory ------------------------------------------------------------------------ */

/* `bytes` may also be the end of the data set, with which the last segment leaves. */
static enum wire_status write_bytes(data_set_writer *w, const uint8_t *bytes, size_t length) {
    wire_channel *ch = w->ch;
    enum wire_status status = WIRE_OK;
    do {
        if (w->fragment_left == 0) {
            uint8_t prefix[P_DATA_PREFIX_LENGTH];
            status = begin_fragment(w, prefix);
            if (status != WIRE_OK)
                return status;
            struct iovec head = take_head(w, prefix);
            ch->inside_pdu = 1;
            status = channel_send(ch, head.iov_base, head.iov_len, w->unsent ? MSG_MORE : 0);
            if (status != WIRE_OK)
                return status;
        }
        size_t part = length < w->fragment_left ? length : w->fragment_left;
        int more = w->unsent > part || w->padding;
        status = channel_send(ch, bytes, part, more ? MSG_MORE : 0);
        if (status != WIRE_OK)
            return status;
        ch->sent_bytes += part;
        advance(w, part);
        bytes += part;
        length -= part;
        if (w->unsent == 0 && w->padding)
            status = channel_send(ch, (const uint8_t *)"", 1, 0);
        if (status != WIRE_OK)
            return status;
        ch->inside_pdu = w->fragment_left > 0;
    } while (length > 0);
    return WIRE_OK;
}

/* ---- slices of the file --------------------------------------------------------------------- */

/* A run of PDUs cut out of a file: `parts` alternate between headers (even) and bodies (odd). The
 * first header is empty where a fragment goes on that began before, and the last fragment may go on
 * afterwards; otherwise the stream is between two PDUs before an even part. */
typedef struct {
    struct iovec parts[2 * BATCH_FRAGMENTS];
    int count;
    int begins_inside, ends_inside;
    uint8_t prefixes[BATCH_FRAGMENTS][P_DATA_PREFIX_LENGTH];
    uint64_t offset; /* of the first body in the file */
    size_t length;   /* of all bodies */
} pdu_batch;

static enum wire_status fill_batch(data_set_writer *w, pdu_batch *batch, uint64_t offset,
                                   uint64_t length) {
    batch->count = 0;
    batch->offset = offset;
    batch->length = 0;
    batch->begins_inside = w->fragment_left > 0;
    while (length > 0 && batch->count < 2 * BATCH_FRAGMENTS) {
        struct iovec *parts = batch->parts + batch->count;
        uint8_t *prefix = batch->prefixes[batch->count / 2];
        parts[0] = (struct iovec){prefix, 0};
        if (w->fragment_left == 0) {
            enum wire_status status = begin_fragment(w, prefix);
            if (status != WIRE_OK && batch->count == 0)
                return status;
            if (status != WIRE_OK)
                break; /* cancelled: what is in the batch ends between two PDUs */
            parts[0] = take_head(w, prefix);
        }
        size_t body = length < w->fragment_left ? (size_t)length : w->fragment_left;
        parts[1].iov_len = body;
        advance(w, body);
        length -= body;
        batch->length += body;
        batch->count += 2;
    }
    batch->ends_inside = w->fragment_left > 0;
    return WIRE_OK;
}

/* The kernel met a page of the mapping that the file does not have. */
static enum wire_status unreadable(wire_channel *ch, int fd, uint64_t end) {
    struct stat st;
    if (fstat(fd, &st) == 0 && (uint64_t)st.st_size >= end)
        return channel_fail(ch, WIRE_FILE_READ, EIO);
    return channel_fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
}

/* Hands a batch to the kernel, which copies the bodies out of the page cache: no page of the mapping
 * is touched here, so a file that shrinks is an error and not a SIGBUS. */
static enum wire_status send_mapped(wire_channel *ch, pdu_batch *batch, int fd) {
    int at = 0, end = batch->count;
    while (at < end) {
        struct msghdr message = {.msg_iov = batch->parts + at, .msg_iovlen = (size_t)(end - at)};
        ssize_t n = sendmsg(ch->socket, &message, MSG_NOSIGNAL | MSG_MORE);
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
            return errno == EFAULT ? unreadable(ch, fd, batch->offset + batch->length)
                                   : channel_last_words(ch, errno);
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
        ch->inside_pdu = left > 0 || (at & 1) || (at == batch->count && batch->ends_inside);
    }
    return end < batch->count ? channel_fail(ch, WIRE_CANCELLED, 0) : WIRE_OK;
}

/* For file systems that cannot map files. */
static enum wire_status send_copied(wire_channel *ch, const pdu_batch *batch, int fd) {
    uint8_t copy[COPY_CAPACITY];
    uint64_t offset = batch->offset;
    for (int i = 0; i < batch->count; i += 2) {
        const struct iovec *head = batch->parts + i, *body = head + 1;
        ch->inside_pdu = 1;
        enum wire_status status = channel_send(ch, head->iov_base, head->iov_len, MSG_MORE);
        for (size_t left = body->iov_len; left > 0 && status == WIRE_OK;) {
            ssize_t n = pread(fd, copy, left < sizeof copy ? left : sizeof copy, (off_t)offset);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return n < 0 ? channel_fail(ch, WIRE_FILE_READ, errno)
                             : channel_fail(ch, WIRE_FILE_CHANGED_SENDING, 0);
            status = channel_send(ch, copy, (size_t)n, MSG_MORE);
            offset += (uint64_t)n;
            left -= (size_t)n;
            ch->sent_bytes += (uint64_t)n;
        }
        if (status != WIRE_OK)
            return status;
        ch->inside_pdu = i + 2 == batch->count && batch->ends_inside;
    }
    return WIRE_OK;
}

static enum wire_status send_batch(wire_channel *ch, pdu_batch *batch, int fd) {
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t begin = batch->offset / page * page;
    size_t mapped = (size_t)(batch->offset - begin) + batch->length;
    uint8_t *map = mmap(NULL, mapped, PROT_READ, MAP_SHARED, fd, (off_t)begin);
    if (map == MAP_FAILED)
        return send_copied(ch, batch, fd);
    uint8_t *body = map + (batch->offset - begin);
    for (int i = 1; i < batch->count; i += 2) {
        batch->parts[i].iov_base = body;
        body += batch->parts[i].iov_len;
    }
    ch->inside_pdu = batch->begins_inside;
    enum wire_status status = send_mapped(ch, batch, fd);
    munmap(map, mapped);
    return status;
}

/* Never the end of the data set, which `write_end` sends. */
static enum wire_status write_slice(data_set_writer *w, uint64_t offset, uint64_t length) {
    pdu_batch batch;
    while (length > 0) {
        enum wire_status status = fill_batch(w, &batch, offset, length);
        if (status == WIRE_OK)
            status = send_batch(w->ch, &batch, w->fd);
        if (status != WIRE_OK)
            return status;
        offset += batch.length;
        length -= batch.length;
    }
    return WIRE_OK;
}

/* ---- whole data sets ------------------------------------------------------------------------ */

/* The slice of the file that ends the data set. */
static enum wire_status write_end(data_set_writer *w, uint64_t offset, uint64_t length) {
    uint8_t tail[TAIL_LENGTH];
    size_t tail_length = length < TAIL_LENGTH ? (size_t)length : TAIL_LENGTH;
    enum wire_status status = write_slice(w, offset, length - tail_length);
    if (status != WIRE_OK)
        return status;
    offset += length - tail_length;
    for (size_t have = 0; have < tail_length;) {
        ssize_t n = pread(w->fd, tail + have, tail_length - have, (off_t)(offset + have));
        if (n < 0 && errno != EINTR)
            return channel_fail(w->ch, WIRE_FILE_READ, errno);
        if (n == 0)
            break; /* which the next line sees, too */
        have += n > 0 ? (size_t)n : 0;
    }
    if (!data_set_unchanged(w->row, w->fd))
        return channel_fail(w->ch, WIRE_FILE_CHANGED_SENDING, 0);
    return write_bytes(w, tail, tail_length);
}

enum wire_status data_set_send_stored(wire_channel *ch, const table_row *row, int fd, uint8_t *head,
                                      size_t head_length, uint8_t context_id) {
    uint64_t length = row->file_size - row->data_set_offset;
    data_set_writer w = start(ch, row, fd, context_id, length);
    w.head = head;
    w.head_length = head_length;
    return write_end(&w, row->data_set_offset, length);
}
