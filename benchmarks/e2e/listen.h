/* A listening socket on a free loopback port. */
#ifndef FASTSEND_BENCHMARKS_LISTEN_H
#define FASTSEND_BENCHMARKS_LISTEN_H

#include <stdint.h>

/* Returns the socket, or -1 with errno. */
int listen_on_loopback(uint16_t *port);

#endif
