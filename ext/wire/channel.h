/* What the parts of the socket loop share: the channel's socket, its deadlines and its failures. */
#ifndef FASTSEND_CHANNEL_H
#define FASTSEND_CHANNEL_H

#include <sys/socket.h>

#include "wire.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif
#ifndef MSG_MORE
#define MSG_MORE 0
#endif

int64_t channel_now_ns(void);
int channel_cancelled(const wire_channel *ch);
/* Closes the file that was opened ahead, if there is one. */
void channel_close_next(wire_channel *ch);
enum wire_status channel_fail(wire_channel *ch, enum wire_status status, int detail);

/* Reads once, without waiting, if anything is unanswered. `*got` is 0 where nothing was there. */
enum wire_status channel_receive(wire_channel *ch, int *got);
/* While nothing is unanswered: whatever the peer says then ends the association. With `all` also
 * what was not received yet. */
enum wire_status channel_listen(wire_channel *ch, int all);
/* After a failed write: what the peer said last tells more than the broken pipe. */
enum wire_status channel_last_words(wire_channel *ch, int write_errno);

int64_t channel_idle_deadline(const wire_channel *ch);
/* Waits until the socket is ready for `events`, until `idle_deadline` or the request's deadline, or
 * for a cancellation. Inside a PDU a cancelled transfer may still go on for a moment, so that an
 * A-ABORT can follow it. */
enum wire_status channel_wait_for(wire_channel *ch, short events, int64_t idle_deadline);
/* The socket takes no more: wait until it does, and listen to the peer meanwhile. */
enum wire_status channel_wait_to_send(wire_channel *ch);
/* How many of `wanted` bytes the limit lets pass now; 0 after a wait for it, with the peer listened
 * to meanwhile. What is not sent of them has to be given back. */
enum wire_status channel_take(wire_channel *ch, size_t wanted, size_t *granted);
void channel_give_back(wire_channel *ch, size_t unused);
/* As sendmsg(2), over TLS where the connection is secure. */
ssize_t channel_write(wire_channel *ch, const struct msghdr *message, int flags);
/* At the end: what was taken and waits for room in a secure connection goes out, or the stream stops
 * within a PDU. */
void channel_flush(wire_channel *ch);
/* All of the bytes, with `flags` of send(2). */
enum wire_status channel_send(wire_channel *ch, const uint8_t *bytes, size_t length, int flags);

#endif
