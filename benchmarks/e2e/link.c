/* A long link on loopback: passes connections on to a port, each byte a while later, all of them
 * together no faster than a rate.
 *
 *     link TARGET_PORT ROUND_TRIP_MICROSECONDS [BITS_PER_SECOND]
 *
 * Prints its own port and runs until it is killed. Half of the round trip is spent in each
 * direction, and the first bytes of a connection wait another whole one: they could not have left
 * before its handshake. What is on its way is bounded as by a receive window, and what waits for
 * the narrow link as by a router's queue. Acknowledgements are the relay's own and come at once:
 * Nagle's algorithm against delayed ones, slow start and losses are not imitated.
 *
 * One thread, for the machine's cores belong to sender and receiver. */
#define _GNU_SOURCE
#include "lane.h"
#include "listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 256, MAX_FDS = 1 + 2 * MOST_CONNECTIONS };

/* lanes[0] goes from the client to the target, lanes[1] back. */
struct connection {
    int client, target;
    struct lane *lanes[2];
};

static struct link wires[2];
static uint16_t target_port;
static struct connection connections[MOST_CONNECTIONS];
static size_t open_connections;

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static int connect_to_target(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(target_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void close_connection(struct connection *c)
{
    if (c->target >= 0)
        close(c->target);
    close(c->client);
    lane_free(c->lanes[0]);
    lane_free(c->lanes[1]);
}

static void take_connection(int listener)
{
    int on = 1;
    struct connection c = {.client = accept4(listener, NULL, NULL, SOCK_CLOEXEC)};
    if (c.client < 0)
        return;
    c.target = connect_to_target();
    c.lanes[0] = lane_new(c.client, c.target, &wires[0], now());
    c.lanes[1] = lane_new(c.target, c.client, &wires[1], now());
    if (c.target < 0 || c.lanes[0] == NULL || c.lanes[1] == NULL) {
        close_connection(&c);
        return;
    }
    setsockopt(c.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(c.target, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections[open_connections++] = c;
}

/* A descriptor without events is left out: poll would report its end again and again. */
static struct pollfd watched(int fd, int in, int out)
{
    short events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));
    return (struct pollfd){.fd = events != 0 ? fd : -1, .events = events};
}

/* What poll said of one end: `in` reads from it, `out` writes to it. */
static void take_events(const struct pollfd *end, struct lane *in, struct lane *out)
{
    if (end->revents == 0)
        return;
    if ((end->events & POLLIN) != 0 && (end->revents & ~POLLOUT) != 0)
        lane_take_in(in, now());
    if ((end->events & POLLOUT) != 0)
        out->blocked = 0;
}

/* Lets out what is due, and waits for more to come in, to be due or to be taken. */
static void step(int listener)
{
    struct pollfd fds[MAX_FDS];
    int64_t start = now(), wake = INT64_MAX;
    for (size_t i = 0; i < open_connections;) {
        struct connection *c = &connections[i];
        lane_let_out(c->lanes[0], start);
        lane_let_out(c->lanes[1], start);
        if (c->lanes[0]->done && c->lanes[1]->done) {
            close_connection(c);
            *c = connections[--open_connections];
            continue;
        }
        struct lane *there = c->lanes[0], *back = c->lanes[1];
        fds[1 + 2 * i] = watched(c->client, lane_takes(there, start, &wake), back->blocked);
        fds[2 + 2 * i] = watched(c->target, lane_takes(back, start, &wake), there->blocked);
        i++;
    }
    fds[0] = watched(listener, open_connections < MOST_CONNECTIONS, 0);

    int64_t left = wake - now();
    if (left < 0)
        left = 0;
    struct timespec timeout = {.tv_sec = left / SECOND, .tv_nsec = left % SECOND};
    size_t polled = open_connections;
    if (ppoll(fds, 1 + 2 * polled, wake == INT64_MAX ? NULL : &timeout, NULL) <= 0)
        return;
    static size_t first; /* the narrow link is shared in turn */
    for (size_t k = 0; k < polled; k++) {
        size_t i = (first + k) % polled;
        struct lane *there = connections[i].lanes[0], *back = connections[i].lanes[1];
        take_events(&fds[1 + 2 * i], there, back);
        take_events(&fds[2 + 2 * i], back, there);
    }
    first++;
    if (fds[0].revents != 0)
        take_connection(listener);
}

int main(int argc, char **argv)
{
    uint16_t port;
    if (argc < 3) {
        fputs("link TARGET_PORT ROUND_TRIP_MICROSECONDS [BITS_PER_SECOND]\n", stderr);
        return 2;
    }
    target_port = (uint16_t)strtoul(argv[1], NULL, 10);
    for (int i = 0; i < 2; i++) {
        wires[i].one_way = strtoll(argv[2], NULL, 10) * 1000 / 2;
        wires[i].bits_per_second = argc > 3 ? strtoll(argv[3], NULL, 10) : 0;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_TIMERSLACK, 1000UL); /* nanoseconds; 50,000 is the default */
    int listener = listen_on_loopback(&port);
    if (listener < 0 || fcntl(listener, F_SETFL, O_NONBLOCK) != 0) {
        perror("link");
        return 1;
    }
    printf("%u\n", port);
    fflush(stdout);
    for (;;)
        step(listener);
}
