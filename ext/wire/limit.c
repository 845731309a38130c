#include "limit.h"

#include <errno.h>

enum {
    MOST_SAVED_NS = 20000000, /* what was not used for longer is lost: no bursts after a pause */
    LEAST_GRANT_NS = 5000000  /* less than this much is not worth a system call */
};

int wire_limit_init(wire_limit *limit, double bytes_per_second, int64_t now_ns) {
    int error = pthread_mutex_init(&limit->lock, NULL);
    if (error != 0) {
        errno = error;
        return -1;
    }
    limit->ns_per_byte = 1e9 / bytes_per_second;
    limit->free_at_ns = now_ns;
    return 0;
}

void wire_limit_free(wire_limit *limit) {
    pthread_mutex_destroy(&limit->lock);
}

static int64_t duration(const wire_limit *limit, size_t bytes) {
    return (int64_t)((double)bytes * limit->ns_per_byte);
}

size_t wire_limit_take(wire_limit *limit, int64_t now_ns, size_t wanted, int64_t *again_ns) {
    pthread_mutex_lock(&limit->lock);
    /* The saved time has to hold at least one byte. */
    int64_t most_saved = duration(limit, 1) + MOST_SAVED_NS;
    if (limit->free_at_ns < now_ns - most_saved)
        limit->free_at_ns = now_ns - most_saved;
    int64_t least = duration(limit, wanted);
    if (least > LEAST_GRANT_NS)
        least = LEAST_GRANT_NS > duration(limit, 1) ? LEAST_GRANT_NS : duration(limit, 1);
    int64_t saved = now_ns - limit->free_at_ns;
    size_t granted = 0;
    if (saved < least) {
        *again_ns = limit->free_at_ns + least;
    } else {
        double possible = (double)saved / limit->ns_per_byte;
        granted = possible >= (double)wanted ? wanted : (size_t)possible;
        if (granted == 0)
            granted = 1;
        limit->free_at_ns += duration(limit, granted);
    }
    pthread_mutex_unlock(&limit->lock);
    return granted;
}

void wire_limit_return(wire_limit *limit, size_t unused) {
    pthread_mutex_lock(&limit->lock);
    limit->free_at_ns -= duration(limit, unused);
    pthread_mutex_unlock(&limit->lock);
}
