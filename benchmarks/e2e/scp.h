/* One association of a Storage SCP that keeps nothing: the protocol half of the sink. */
#ifndef FASTSEND_BENCHMARKS_SCP_H
#define FASTSEND_BENCHMARKS_SCP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct sink_counts {
    atomic_ullong associations;   /* A-ASSOCIATE-AC sent */
    atomic_ullong released;       /* ended with A-RELEASE-RP */
    atomic_ullong instances;      /* answered with C-STORE-RSP 0000 */
    atomic_ullong data_set_bytes; /* without PDU and PDV headers */
};

/* Serves the connection until it is released, aborted or lost. `head` are the six bytes already
 * read, the header of an A-ASSOCIATE-RQ. Every length is compared with what may follow before it
 * is used, and whatever the Standard does not allow ends in A-ABORT. The caller closes `fd`. */
void scp_serve(int fd, const uint8_t head[6], uint32_t max_pdu_length, struct sink_counts *counts);

/* Blocking, whole or nothing: 0, or -1 when the connection ended or failed. */
int scp_read(int fd, void *buffer, size_t length);
int scp_discard(int fd, uint64_t length);
int scp_write(int fd, const void *buffer, size_t length);

#endif
