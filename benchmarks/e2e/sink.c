/* A receiver that discards, on a free loopback port: a Storage SCP that accepts every proposed
 * presentation context, and the far end of the plain-socket limit (push.c).
 *
 *     sink [--max-pdu BYTES] [--associations N] [--window N] [--delay MICROSECONDS]
 *
 * BYTES are 131072 by default; 0 announces no limit. More than N associations at once are rejected
 * with "local limit exceeded" (PS3.8 9.3.4); 0, the default, is as many as connections. A window
 * of asynchronous operations is granted, at most N, to peers that propose one; 0, the default,
 * grants none. Each response comes so many microseconds later.
 *
 * Prints the port. On SIGUSR1 prints the counts since the last time as one line of JSON; on
 * SIGTERM the same, and ends. */
#include "limit.h"
#include "listen.h"
#include "scp.h"

#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 64, SILENCE_SECONDS = 120 };

static struct sink_counts counts;
static atomic_int connections;
static struct sink_policy policy = {.max_pdu_length = 131072};

/* The limit's own protocol (limit.h): records of a length and that many bytes. */
static void serve_limit(int fd, int answers)
{
    uint64_t record, total = 0;
    while (scp_read(fd, &record, sizeof record) == 0) {
        if (record == LIMIT_END) {
            scp_write(fd, &total, sizeof total);
            return;
        }
        if (scp_discard(fd, record) != 0)
            return;
        total += record;
        atomic_fetch_add(&counts.instances, 1);
        atomic_fetch_add(&counts.data_set_bytes, record);
        if (answers && scp_write(fd, &total, sizeof total) != 0)
            return;
    }
}

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument, on = 1;
    struct timeval silence = {.tv_sec = SILENCE_SECONDS};
    uint8_t head[6];
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
    if (scp_read(fd, head, sizeof head) == 0) {
        if (memcmp(head, LIMIT_PUSH, sizeof head) == 0)
            serve_limit(fd, 0);
        else if (memcmp(head, LIMIT_PING_PONG, sizeof head) == 0)
            serve_limit(fd, 1);
        else
            scp_serve(fd, head, &policy, &counts);
    }
    close(fd);
    atomic_fetch_sub(&connections, 1);
    return NULL;
}

static void *accept_connections(void *argument)
{
    int listener = (int)(intptr_t)argument;
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (atomic_fetch_add(&connections, 1) < MOST_CONNECTIONS &&
            pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0) {
            pthread_detach(thread);
        } else {
            atomic_fetch_sub(&connections, 1);
            close(fd);
        }
    }
    return NULL;
}

static void print_counts(void)
{
    printf("{\"associations\": %llu, \"released\": %llu, \"rejected\": %llu, "
           "\"most_at_once\": %llu, \"window\": %llu, \"instances\": %llu, "
           "\"data_set_bytes\": %llu}\n",
           atomic_exchange(&counts.associations, 0), atomic_exchange(&counts.released, 0),
           atomic_exchange(&counts.rejected, 0), atomic_exchange(&counts.most_at_once, 0),
           atomic_exchange(&counts.window, 0), atomic_exchange(&counts.instances, 0),
           atomic_exchange(&counts.data_set_bytes, 0));
    fflush(stdout);
}

static int read_options(int argc, char **argv)
{
    static const struct option options[] = {
        {"max-pdu", required_argument, NULL, 'p'}, {"associations", required_argument, NULL, 'a'},
        {"window", required_argument, NULL, 'w'},  {"delay", required_argument, NULL, 'd'},
        {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        char *end = NULL;
        unsigned long value = optarg == NULL ? 0 : strtoul(optarg, &end, 10);
        if (option == '?' || end == optarg || *end != '\0' || value > UINT32_MAX ||
            (option == 'w' && value > UINT16_MAX))
            return -1;
        *(option == 'p'   ? &policy.max_pdu_length
          : option == 'a' ? &policy.associations
          : option == 'w' ? &policy.window
                          : &policy.delay_microseconds) = (uint32_t)value;
    }
    return optind == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
    pthread_t acceptor;
    sigset_t signals;
    uint16_t port;
    int signal_number;

    if (read_options(argc, argv) != 0) {
        fputs("sink [--max-pdu BYTES] [--associations N] [--window N] [--delay MICROSECONDS]\n",
              stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread: they inherit it */

    int listener = listen_on_loopback(&port);
    if (listener < 0 ||
        pthread_create(&acceptor, NULL, accept_connections, (void *)(intptr_t)listener) != 0) {
        perror("sink");
        return 1;
    }
    printf("%u\n", port);
    fflush(stdout);
    while (sigwait(&signals, &signal_number) == 0) {
        print_counts();
        if (signal_number != SIGUSR1)
            break;
    }
    return 0;
}
