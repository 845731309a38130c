/* A rate that all channels of a run keep together. No Python. */
#ifndef FASTSEND_LIMIT_H
#define FASTSEND_LIMIT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    pthread_mutex_t lock;
    double ns_per_byte;
    int64_t free_at_ns; /* when all that was granted will have been sent at the rate */
} wire_limit;

/* `bytes_per_second` is above 0; -1 and errno where the system gives no lock. */
int wire_limit_init(wire_limit *limit, double bytes_per_second, int64_t now_ns);
void wire_limit_free(wire_limit *limit);

/* Returns how many of `wanted` bytes may be sent now, or 0 and the time to ask again. */
size_t wire_limit_take(wire_limit *limit, int64_t now_ns, size_t wanted, int64_t *again_ns);
/* Gives back what was granted and not sent. */
void wire_limit_return(wire_limit *limit, size_t unused);

#endif
