/* How push.c and sink.c talk: six bytes that say which limit, then records, each a length (64 bits,
 * this machine's order: both ends are on it) and that many bytes. After a ping-pong record the
 * sink answers with its total so far; after LIMIT_END it does so in both. */
#ifndef FASTSEND_BENCHMARKS_LIMIT_H
#define FASTSEND_BENCHMARKS_LIMIT_H

#define LIMIT_PUSH "PUSH\r\n"
#define LIMIT_PING_PONG "PONG\r\n"
#define LIMIT_END UINT64_MAX

#endif
