#include "secure.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#ifndef MSG_MORE
#define MSG_MORE 0
#endif

enum { RECORD_LENGTH = 1 << 14 }; /* of the greatest, RFC 8446 5.1 */

void secure_init(wire_secure *secure, int socket, void *context, secure_encrypt *encrypt,
                 secure_decrypt *decrypt) {
    memset(secure, 0, offsetof(wire_secure, out));
    secure->socket = socket;
    secure->context = context;
    secure->encrypt = encrypt;
    secure->decrypt = decrypt;
    secure->read_events = POLLIN;
    secure->decrypted = 1; /* by whoever used the connection before */
}

/* Records are written one by one: let them fill segments. */
static void cork(wire_secure *secure, int on) {
#ifdef TCP_CORK
    if (on != secure->corked)
        setsockopt(secure->socket, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
#endif
    secure->corked = on;
}

int secure_is_flushed(const wire_secure *secure) {
    return secure->at == secure->length;
}

int secure_flush(wire_secure *secure) {
    while (secure->at < secure->length) {
        ssize_t n = secure->encrypt(secure->context, secure->out + secure->at,
                                    secure->length - secure->at, &secure->write_events);
        if (n <= 0) {
            errno = n < 0 ? (int)-n : EIO;
            return -1;
        }
        secure->at += (size_t)n;
    }
    if (secure->last)
        cork(secure, 0);
    return 0;
}

ssize_t secure_send(wire_secure *secure, const struct msghdr *message, int flags) {
    if (secure_flush(secure) != 0)
        return -1;
    secure->at = secure->length = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++) {
        const struct iovec *part = &message->msg_iov[i];
        size_t room = SECURE_CAPACITY - secure->length;
        size_t taken = part->iov_len < room ? part->iov_len : room;
        if (taken > 0)
            memcpy(secure->out + secure->length, part->iov_base, taken);
        secure->length += taken;
        if (taken < part->iov_len)
            flags |= MSG_MORE;
    }
    secure->last = !(flags & MSG_MORE);
    if (secure->length > RECORD_LENGTH || !secure->last)
        cork(secure, 1);
    ssize_t taken = (ssize_t)secure->length;
    return secure_flush(secure) == 0 || errno == EAGAIN ? taken : -1;
}

short secure_events(const wire_secure *secure, short wanted) {
    short events = wanted & POLLIN ? secure->read_events : 0;
    if (!secure_is_flushed(secure))
        events |= secure->write_events;
    return events;
}

ssize_t secure_receive(wire_secure *secure, uint8_t *bytes, size_t capacity) {
    size_t have = 0;
    /* Where that fails the peer may have said why, and then there is only the end. */
    int lost = secure_flush(secure) != 0 && errno != EAGAIN ? errno : 0;
    if (!secure->decrypted && !secure->ended) {
        struct pollfd now = {.fd = secure->socket, .events = secure->read_events};
        if (poll(&now, 1, 0) <= 0) {
            errno = EAGAIN;
            return -1;
        }
    }
    /* All records that are there: the caller decodes a response once. */
    while (have < capacity && !secure->ended) {
        ssize_t n =
            secure->decrypt(secure->context, bytes + have, capacity - have, &secure->read_events);
        if (n == -EAGAIN)
            break;
        secure->ended = n <= 0;
        secure->error = n < 0 ? (int)-n : lost;
        have += n > 0 ? (size_t)n : 0;
    }
    secure->decrypted = have == capacity;
    secure_flush(secure); /* it may have waited for what was read */
    if (have > 0 || (secure->ended && secure->error == 0))
        return (ssize_t)have;
    errno = secure->ended ? secure->error : EAGAIN;
    return -1;
}
