/* What the parts of the Storage SCP share: the state of one association, and byte order. */
#ifndef FASTSEND_BENCHMARKS_ASSOCIATION_H
#define FASTSEND_BENCHMARKS_ASSOCIATION_H

#include "scp.h"

enum { A_ASSOCIATE_RQ = 1, A_ASSOCIATE_AC = 2, A_ASSOCIATE_RJ = 3, P_DATA_TF = 4,
       A_RELEASE_RQ = 5, A_ABORT = 7 };
enum { PDV_HEADER = 6, FIRST_HEADERS = 12 /* of a PDU and of its first PDV */ };
enum { LONGEST_COMMAND_SET = 4096, LONGEST_UID = 64 };

struct association {
    int fd;
    const struct sink_policy *policy;
    uint32_t peer_max_pdu_length; /* what the peer announced */
    uint8_t asked_window;         /* the peer sent an Asynchronous Operations Window */
    uint16_t proposed_window;     /* how many operations it would invoke; 0 is without limit */
    uint32_t window;              /* what was granted; 0: nothing was said, so one */
    uint8_t accepted[32];         /* bit set of context ids */
    struct sink_counts *counts;

    uint8_t command[LONGEST_COMMAND_SET];
    size_t command_length;
    int in_data_set; /* a whole C-STORE-RQ was read and its data set is coming */
    uint8_t context_id;
    uint16_t message_id;
    uint8_t sop_class[LONGEST_UID], sop_instance[LONGEST_UID];
    size_t sop_class_length, sop_instance_length;
};

/* Reads the rest of the A-ASSOCIATE-RQ and answers it: accepted, rejected because `full`, or -1
 * when it is malformed. */
enum { REJECTED = 0, ACCEPTED = 1 };
int negotiate(struct association *a, const uint8_t head[6], int full);

/* Takes the C-STORE-RQ (PS3.7 9.3.1.1) out of the collected command set; -1 when it is not one. */
int parse_command(struct association *a);

/* Writes a C-STORE-RSP with status 0000 (PS3.7 9.3.1.2); -1 when the connection failed. */
int respond(struct association *a);

static inline uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static inline uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint16_t le16(const uint8_t *p) { return (uint16_t)(p[1] << 8 | p[0]); }
static inline uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static inline void put_be16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void put_be32(uint8_t *p, size_t v)
{
    put_be16(p, v >> 16);
    put_be16(p + 2, v);
}

#endif
