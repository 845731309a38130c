/* A long link on loopback: passes connections on to a port, each byte a while later, all of them
 * together no faster than a rate.
 *
 *     link TARGET_PORT ROUND_TRIP_MICROSECONDS [BITS_PER_SECOND]
 *
 * Prints its own port and runs until it is killed. Half of the round trip is spent in each
 * direction, and the first bytes of a connection wait another whole one: they could not have left
 * before its handshake. What is on its way is bounded as by a receive window. Slow start and losses
 * are not imitated. */
#include "listen.h"
#include "scp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 8 << 20, LARGEST_READ = 16 << 10, MOST_PIECES = 4096 };

static const int64_t SECOND = 1000000000;

static uint16_t target_port;
static int64_t one_way; /* nanoseconds */
static int64_t bits_per_second;

/* What all connections share in one direction: when the last byte has left the sending end. */
struct wire {
    pthread_mutex_t lock;
    int64_t free_at;
};

static struct wire wires[2] = {{PTHREAD_MUTEX_INITIALIZER, 0}, {PTHREAD_MUTEX_INITIALIZER, 0}};

struct piece {
    int64_t due;
    size_t length; /* 0: the end of the stream */
};

/* One direction of one connection: bytes in a ring, and when each piece of them arrives. */
struct lane {
    int from, to;
    struct wire *wire;
    int64_t opened;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct piece pieces[MOST_PIECES];
    size_t first_piece, piece_count, held;
    size_t read_at, write_at;
    int dead;
    uint8_t ring[WINDOW];
};

struct connection {
    struct lane lanes[2];
};

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void sleep_until(int64_t when)
{
    struct timespec t = {.tv_sec = when / SECOND, .tv_nsec = when % SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

/* Returns when the bytes that are read now arrive at the other end. */
static int64_t arrival(struct lane *lane, size_t length)
{
    int64_t leaves = now();
    if (bits_per_second > 0) {
        pthread_mutex_lock(&lane->wire->lock);
        if (lane->wire->free_at > leaves)
            leaves = lane->wire->free_at;
        leaves += (int64_t)length * 8 * SECOND / bits_per_second;
        lane->wire->free_at = leaves;
        pthread_mutex_unlock(&lane->wire->lock);
    }
    int64_t first = lane->opened + 2 * one_way;
    return (leaves > first ? leaves : first) + one_way;
}

static void put(struct lane *lane, size_t length)
{
    struct piece piece = {arrival(lane, length), length};
    pthread_mutex_lock(&lane->lock);
    lane->pieces[(lane->first_piece + lane->piece_count++) % MOST_PIECES] = piece;
    lane->held += length;
    pthread_cond_signal(&lane->changed);
    pthread_mutex_unlock(&lane->lock);
}

/* Reads from one end until it is closed. */
static void *take_in(void *argument)
{
    struct lane *lane = argument;
    for (;;) {
        pthread_mutex_lock(&lane->lock);
        while (!lane->dead && (lane->held == WINDOW || lane->piece_count == MOST_PIECES))
            pthread_cond_wait(&lane->changed, &lane->lock);
        size_t room = WINDOW - lane->held;
        int dead = lane->dead;
        pthread_mutex_unlock(&lane->lock);
        if (dead)
            return NULL;
        if (room > WINDOW - lane->read_at)
            room = WINDOW - lane->read_at;
        if (room > LARGEST_READ)
            room = LARGEST_READ;
        ssize_t n = recv(lane->from, lane->ring + lane->read_at, room, 0);
        if (n < 0 && errno == EINTR)
            continue;
        put(lane, n > 0 ? (size_t)n : 0);
        if (n <= 0)
            return NULL;
        lane->read_at = (lane->read_at + (size_t)n) % WINDOW;
    }
}

/* Writes to the other end what has arrived; one end that is lost ends the whole connection. */
static void *let_out(void *argument)
{
    struct lane *lane = argument;
    for (;;) {
        pthread_mutex_lock(&lane->lock);
        while (lane->piece_count == 0)
            pthread_cond_wait(&lane->changed, &lane->lock);
        struct piece piece = lane->pieces[lane->first_piece];
        pthread_mutex_unlock(&lane->lock);

        sleep_until(piece.due);
        int lost = piece.length > 0 &&
                   scp_write(lane->to, lane->ring + lane->write_at, piece.length) != 0;
        if (lost || piece.length == 0) {
            shutdown(lane->to, SHUT_WR);
            if (lost)
                shutdown(lane->from, SHUT_RD);
            pthread_mutex_lock(&lane->lock);
            lane->dead = 1;
            pthread_cond_signal(&lane->changed);
            pthread_mutex_unlock(&lane->lock);
            return NULL;
        }
        lane->write_at = (lane->write_at + piece.length) % WINDOW;
        pthread_mutex_lock(&lane->lock);
        lane->first_piece = (lane->first_piece + 1) % MOST_PIECES;
        lane->piece_count--;
        lane->held -= piece.length;
        pthread_cond_signal(&lane->changed);
        pthread_mutex_unlock(&lane->lock);
    }
}

static int connect_to_target(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(target_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static void *serve(void *argument)
{
    int client = (int)(intptr_t)argument, target = connect_to_target(), on = 1;
    struct connection *connection = calloc(1, sizeof *connection);
    pthread_t threads[4];
    if (target >= 0 && connection != NULL) {
        int ends[2] = {client, target};
        for (int i = 0; i < 2; i++) {
            struct lane *lane = &connection->lanes[i];
            setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            lane->from = ends[i];
            lane->to = ends[1 - i];
            lane->wire = &wires[i];
            lane->opened = now();
            pthread_mutex_init(&lane->lock, NULL);
            pthread_cond_init(&lane->changed, NULL);
            if (pthread_create(&threads[2 * i], NULL, take_in, lane) != 0 ||
                pthread_create(&threads[2 * i + 1], NULL, let_out, lane) != 0)
                abort();
        }
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
    }
    free(connection);
    if (target >= 0)
        close(target);
    close(client);
    return NULL;
}

int main(int argc, char **argv)
{
    uint16_t port;
    if (argc < 3) {
        fputs("link TARGET_PORT ROUND_TRIP_MICROSECONDS [BITS_PER_SECOND]\n", stderr);
        return 2;
    }
    target_port = (uint16_t)strtoul(argv[1], NULL, 10);
    one_way = strtoll(argv[2], NULL, 10) * 1000 / 2;
    bits_per_second = argc > 3 ? strtoll(argv[3], NULL, 10) : 0;
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_on_loopback(&port);
    if (listener < 0) {
        perror("link");
        return 1;
    }
    printf("%u\n", port);
    fflush(stdout);
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    }
}
