/* A connection whose bytes another library encrypts and decrypts, in the place of the socket. As
 * much as fills some PDUs is copied out of the way of the caller: what that library could not write
 * at once it wants to be given again. */
#ifndef FASTSEND_SECURE_H
#define FASTSEND_SECURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum { SECURE_CAPACITY = 1 << 18 };

/* As write(2) and read(2) of a non-blocking socket, but that an error is the negative errno. With
 * EAGAIN, `*events` of poll(2) are what to wait for. */
typedef ssize_t secure_encrypt(void *context, const uint8_t *bytes, size_t length, short *events);
typedef ssize_t secure_decrypt(void *context, uint8_t *bytes, size_t capacity, short *events);

typedef struct {
    int socket;
    void *context;
    secure_encrypt *encrypt;
    secure_decrypt *decrypt;
    short write_events, read_events; /* what the last attempt waits for */
    int corked, last;                /* nothing follows soon on what is in `out` */
    int decrypted;                   /* more may be there that poll(2) does not see */
    int ended, error;                /* by the peer, and the errno of that */
    size_t at, length;               /* of `out`: taken and not written yet */
    uint8_t out[SECURE_CAPACITY];
} wire_secure;

void secure_init(wire_secure *secure, int socket, void *context, secure_encrypt *encrypt,
                 secure_decrypt *decrypt);
/* As sendmsg(2), with MSG_MORE or 0: the bytes that were taken. */
ssize_t secure_send(wire_secure *secure, const struct msghdr *message, int flags);
/* As recv(2), without waiting; the end of the connection comes after all that the peer said. */
ssize_t secure_receive(wire_secure *secure, uint8_t *bytes, size_t capacity);
/* Writes what was taken; -1 and errno, EAGAIN where it has to wait. */
int secure_flush(wire_secure *secure);
int secure_is_flushed(const wire_secure *secure);
/* What to ask poll(2) for instead of `wanted`. */
short secure_events(const wire_secure *secure, short wanted);

#endif
