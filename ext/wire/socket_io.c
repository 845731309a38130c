#include "channel.h"
#include "requests.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CANCEL_GRACE_NS = 300000000 };

int64_t channel_now_ns(void) {
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

int wire_cancel_requested(const wire_cancel *cancel) {
    return __atomic_load_n(&cancel->requested, __ATOMIC_ACQUIRE);
}

int channel_cancelled(const wire_channel *ch) {
    return wire_cancel_requested(ch->cancel);
}

void channel_close_next(wire_channel *ch) {
    if (ch->next.fd >= 0)
        close(ch->next.fd);
    ch->next = (wire_file){.fd = -1};
}

/* ---- input ---------------------------------------------------------------------------------- */

enum wire_status channel_fail(wire_channel *ch, enum wire_status status, int detail) {
    ch->detail = detail;
    return status;
}

/* Decodes what was received, up to the last response that is expected, if any is: what is behind it
 * is for the next request, or for whoever ends the association. */
static enum wire_status take_input(wire_channel *ch) {
    size_t unanswered = ch->unanswered;
    while (ch->input_used < ch->input_have && (ch->unanswered > 0 || unanswered == 0)) {
        size_t used;
        enum pdu_event event = pdu_reader_feed(&ch->reader, ch->input + ch->input_used,
                                               ch->input_have - ch->input_used, &used);
        ch->input_used += used;
        if (event == PDU_COMMAND) {
            pdu_c_store_rsp response;
            event = pdu_decode_c_store_rsp(ch->reader.command, ch->reader.command_length,
                                           &response);
            enum wire_status status = WIRE_OK;
            if (event == PDU_COMMAND)
                status = request_answered(ch, &response, ch->reader.context_id);
            if (status != WIRE_OK)
                return status;
        }
        if (event == PDU_ABORTED)
            return channel_fail(ch, WIRE_PEER_ABORTED, 0);
        if (event == PDU_RELEASE_REQUESTED)
            return channel_fail(ch, WIRE_PEER_RELEASED, 0);
        if (event >= PDU_BAD_TYPE)
            return channel_fail(ch, WIRE_PROTOCOL, (int)event);
    }
    return WIRE_OK;
}

static enum wire_status receive(wire_channel *ch, int *got) {
    *got = 0;
    if (ch->input_used < ch->input_have) {
        *got = 1;
        return take_input(ch);
    }
#ifdef TCP_QUICKACK
    /* Not lasting: the kernel falls back to delayed acknowledgements, and a peer that writes its
     * response in two segments under Nagle's algorithm then loses 40 ms an instance. */
    int on = 1;
    setsockopt(ch->socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
    ssize_t n = ch->secure == NULL
                    ? recv(ch->socket, ch->input, sizeof ch->input, MSG_DONTWAIT)
                    : secure_receive(ch->secure, ch->input, sizeof ch->input);
    if (n > 0) {
        ch->input_used = 0;
        ch->input_have = (size_t)n;
        *got = 1;
        return take_input(ch);
    }
    if (n == 0)
        return channel_fail(ch, WIRE_CONNECTION_LOST, 0);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return WIRE_OK;
    return channel_fail(ch, WIRE_CONNECTION_LOST, errno);
}

enum wire_status channel_receive(wire_channel *ch, int *got) {
    *got = 0;
    return ch->unanswered > 0 ? receive(ch, got) : WIRE_OK;
}

enum wire_status channel_listen(wire_channel *ch, int all) {
    int got = 0;
    return all || ch->input_used < ch->input_have ? receive(ch, &got) : WIRE_OK;
}

enum wire_status channel_last_words(wire_channel *ch, int write_errno) {
    int got = 1;
    while (got) {
        enum wire_status status = channel_receive(ch, &got);
        if (status == WIRE_CONNECTION_LOST)
            break;
        if (status != WIRE_OK)
            return status;
    }
    return channel_fail(ch, WIRE_CONNECTION_LOST, write_errno);
}

/* ---- waiting -------------------------------------------------------------------------------- */

enum wire_status channel_wait_for(wire_channel *ch, short events, int64_t idle_deadline) {
    for (;;) {
        int64_t now = channel_now_ns();
        int64_t deadline = idle_deadline;
        enum wire_status late = WIRE_SOCKET_TIMEOUT;
        if (ch->outstanding_count > 0 && ch->outstanding[0].deadline_ns < deadline) {
            deadline = ch->outstanding[0].deadline_ns;
            late = WIRE_DIMSE_TIMEOUT;
        }
        nfds_t watched = 2;
        if (channel_cancelled(ch)) {
            if (!ch->inside_pdu)
                return channel_fail(ch, WIRE_CANCELLED, 0);
            if (ch->cancel_deadline_ns == 0)
                ch->cancel_deadline_ns = now + CANCEL_GRACE_NS;
            if (ch->cancel_deadline_ns < deadline) {
                deadline = ch->cancel_deadline_ns;
                late = WIRE_CANCELLED;
            }
            watched = 1; /* the pipe stays readable */
        }
        if (now >= deadline)
            return channel_fail(ch, late, 0);
        int timeout_ms = -1;
        if (deadline != INT64_MAX) {
            int64_t left_ms = (deadline - now + 999999) / 1000000;
            timeout_ms = left_ms > INT_MAX ? INT_MAX : (int)left_ms;
        }
        short asked = ch->secure == NULL ? events : secure_events(ch->secure, events);
        struct pollfd fds[2] = {{.fd = ch->socket, .events = asked},
                                {.fd = ch->cancel->read_fd, .events = POLLIN}};
        int n = poll(fds, watched, timeout_ms);
        if (n < 0 && errno != EINTR)
            return channel_fail(ch, WIRE_CONNECTION_LOST, errno);
        if (n > 0 && fds[0].revents != 0)
            return WIRE_OK; /* errors and hang-ups show at the next read or write */
    }
}

int64_t channel_idle_deadline(const wire_channel *ch) {
    return ch->socket_timeout_ns ? channel_now_ns() + ch->socket_timeout_ns : INT64_MAX;
}

static int has_room(wire_channel *ch) {
    if (ch->secure != NULL)
        return secure_flush(ch->secure) == 0 || errno != EAGAIN;
    struct pollfd now = {.fd = ch->socket, .events = POLLOUT};
    return poll(&now, 1, 0) > 0;
}

/* Until the socket takes more, with early responses taken meanwhile. */
static enum wire_status await_room(wire_channel *ch) {
    int64_t deadline = channel_idle_deadline(ch);
    if (ch->secure != NULL && has_room(ch))
        return WIRE_OK;
    for (;;) {
        short events = ch->unanswered > 0 ? POLLOUT | POLLIN : POLLOUT;
        enum wire_status status = channel_wait_for(ch, events, deadline);
        if (status != WIRE_OK)
            return status;
        int got;
        status = channel_receive(ch, &got); /* which may have made room, on a secure connection */
        if (status != WIRE_OK || has_room(ch))
            return status;
    }
}

enum wire_status channel_wait_to_send(wire_channel *ch) {
    int64_t start = channel_now_ns();
    enum wire_status status = await_room(ch);
    ch->times.sending += channel_now_ns() - start;
    return status;
}

/* Waits for a moment that has nothing to do with the peer, who may still say something. */
static enum wire_status wait_until(wire_channel *ch, int64_t moment_ns) {
    int64_t start = channel_now_ns();
    enum wire_status status = WIRE_OK;
    while (status == WIRE_OK && channel_now_ns() < moment_ns) {
        status = channel_wait_for(ch, ch->unanswered > 0 ? POLLIN : 0, moment_ns);
        int got;
        if (status == WIRE_OK)
            status = channel_receive(ch, &got);
    }
    ch->times.limit += channel_now_ns() - start;
    return status == WIRE_SOCKET_TIMEOUT ? WIRE_OK : status;
}

enum wire_status channel_take(wire_channel *ch, size_t wanted, size_t *granted) {
    int64_t again = 0;
    *granted = wanted;
    if (ch->limit != NULL)
        *granted = wire_limit_take(ch->limit, channel_now_ns(), wanted, &again);
    return *granted > 0 ? WIRE_OK : wait_until(ch, again);
}

void channel_give_back(wire_channel *ch, size_t unused) {
    if (ch->limit != NULL && unused > 0)
        wire_limit_return(ch->limit, unused);
}

/* ---- output --------------------------------------------------------------------------------- */

ssize_t channel_write(wire_channel *ch, const struct msghdr *message, int flags) {
    return ch->secure == NULL ? sendmsg(ch->socket, message, flags)
                              : secure_send(ch->secure, message, flags);
}

void channel_flush(wire_channel *ch) {
    if (ch->secure == NULL || ch->inside_pdu)
        return;
    int64_t deadline = channel_now_ns() + CANCEL_GRACE_NS, left;
    while (secure_flush(ch->secure) != 0 && errno == EAGAIN &&
           (left = deadline - channel_now_ns()) > 0) {
        struct pollfd now = {.fd = ch->socket, .events = secure_events(ch->secure, 0)};
        poll(&now, 1, (int)(left / 1000000) + 1);
    }
    if (!secure_is_flushed(ch->secure))
        ch->inside_pdu = 1;
}

enum wire_status channel_send(wire_channel *ch, const uint8_t *bytes, size_t length,
                                   int flags) {
    while (length > 0) {
        size_t granted;
        enum wire_status waited = channel_take(ch, length, &granted);
        if (waited != WIRE_OK)
            return waited;
        if (granted == 0)
            continue;
        struct iovec part = {(uint8_t *)(uintptr_t)bytes, granted};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t n = channel_write(ch, &message, MSG_NOSIGNAL | flags);
        channel_give_back(ch, n > 0 ? granted - (size_t)n : granted);
        if (n >= 0) {
            bytes += n;
            length -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            enum wire_status status = channel_wait_to_send(ch);
            if (status != WIRE_OK)
                return status;
        } else if (errno != EINTR) {
            return channel_last_words(ch, errno);
        }
    }
    return WIRE_OK;
}
