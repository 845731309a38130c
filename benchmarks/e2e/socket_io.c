#include "scp.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

int scp_read(int fd, void *buffer, size_t length)
{
    uint8_t *at = buffer;
    while (length > 0) {
        ssize_t n = recv(fd, at, length, MSG_WAITALL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

int scp_discard(int fd, uint64_t length)
{
#ifdef __linux__
    /* tcp(7): MSG_TRUNC drops the bytes in the kernel, so the sink costs no copy. */
    const int flags = MSG_TRUNC | MSG_WAITALL;
#else
    const int flags = 0;
#endif
    static _Thread_local uint8_t waste[1 << 18];
    while (length > 0) {
#ifdef __linux__
        size_t want = length < (1u << 30) ? (size_t)length : (1u << 30);
#else
        size_t want = length < sizeof waste ? (size_t)length : sizeof waste;
#endif
        ssize_t n = recv(fd, waste, want, flags);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        length -= (uint64_t)n;
    }
    return 0;
}

int scp_write(int fd, const void *buffer, size_t length)
{
    const uint8_t *at = buffer;
    while (length > 0) {
        ssize_t n = send(fd, at, length, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}
