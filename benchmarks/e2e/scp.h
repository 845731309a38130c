/* One association of a Storage SCP that keeps nothing: the protocol half of the sink. */
#ifndef FASTSEND_BENCHMARKS_SCP_H
#define FASTSEND_BENCHMARKS_SCP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* What a Storage SCP allows its peers; the same for all associations. */
struct sink_policy {
    uint32_t max_pdu_length;   /* announced; 0 is without limit */
    uint32_t associations;     /* at once; 0 is without limit */
    uint32_t window;           /* operations outstanding, granted to who asks; 0: no answer, so one */
    uint32_t delay_microseconds; /* before each response: an archive's work on an instance */
};

struct sink_counts {
    atomic_ullong associations;   /* A-ASSOCIATE-AC sent */
    atomic_ullong released;       /* ended with A-RELEASE-RP */
    atomic_ullong rejected;       /* A-ASSOCIATE-RJ sent: too many at once */
    atomic_ullong most_at_once;   /* associations */
    atomic_ullong window;         /* the largest granted */
    atomic_ullong instances;      /* answered with C-STORE-RSP 0000 */
    atomic_ullong data_set_bytes; /* without PDU and PDV headers */
    atomic_uint open;             /* associations now; not a count */
};

/* Serves the connection until it is released, aborted or lost. `head` are the six bytes already
 * read, the header of an A-ASSOCIATE-RQ. Every length is compared with what may follow before it
 * is used, and whatever the Standard does not allow ends in A-ABORT. The caller closes `fd`. */
void scp_serve(int fd, const uint8_t head[6], const struct sink_policy *policy,
               struct sink_counts *counts);

/* Blocking, whole or nothing: 0, or -1 when the connection ended or failed. */
int scp_read(int fd, void *buffer, size_t length);
int scp_discard(int fd, uint64_t length);
int scp_write(int fd, const void *buffer, size_t length);

#endif
