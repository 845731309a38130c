#define _GNU_SOURCE
#include "lane.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { LARGEST_READ = 256 << 10, SMALLEST_READ = 1500 };

/* How much may wait for a narrow link, in time: a router's queue. */
static const int64_t QUEUE = 10000000;

struct lane *lane_new(int from, int to, struct link *link, int64_t now)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return NULL;
    lane->from = from;
    lane->to = to;
    lane->link = link;
    lane->opened = now;
    return lane;
}

void lane_free(struct lane *lane) { free(lane); }

/* A millisecond's worth on a narrow link: bytes of one read arrive together. */
static size_t largest_read(const struct link *link)
{
    int64_t share = link->bits_per_second / 8 / 1000;
    if (link->bits_per_second == 0 || share > LARGEST_READ)
        return LARGEST_READ;
    return share < SMALLEST_READ ? SMALLEST_READ : (size_t)share;
}

/* Returns when the bytes that were read now arrive at the other end. */
static int64_t arrival(const struct lane *lane, size_t length, int64_t now)
{
    struct link *link = lane->link;
    int64_t leaves = now;
    if (link->bits_per_second > 0) {
        if (link->free_at > leaves)
            leaves = link->free_at;
        leaves += (int64_t)length * 8 * SECOND / link->bits_per_second;
        link->free_at = leaves;
    }
    int64_t first = lane->opened + 2 * link->one_way;
    return (leaves > first ? leaves : first) + link->one_way;
}

int lane_takes(const struct lane *lane, int64_t now, int64_t *wake)
{
    if (lane->piece_count > 0 && !lane->blocked && !lane->done) {
        int64_t due = lane->pieces[lane->first_piece].due;
        if (due < *wake)
            *wake = due;
    }
    if (lane->ended || lane->done || lane->held == WINDOW || lane->piece_count == MOST_PIECES)
        return 0;
    int64_t room_at = lane->link->free_at - QUEUE;
    if (room_at > now) {
        if (room_at < *wake)
            *wake = room_at;
        return 0;
    }
    return 1;
}

void lane_take_in(struct lane *lane, int64_t now)
{
    size_t room = WINDOW - lane->held, largest = largest_read(lane->link);
    if (lane->held == 0)
        lane->read_at = lane->write_at = 0; /* the same few pages, which the cache has */
    if (room > WINDOW - lane->read_at)
        room = WINDOW - lane->read_at;
    if (room > largest)
        room = largest;
    ssize_t n = recv(lane->from, lane->ring + lane->read_at, room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    size_t length = n > 0 ? (size_t)n : 0;
    struct piece piece = {arrival(lane, length, now), length};
    lane->pieces[(lane->first_piece + lane->piece_count++) % MOST_PIECES] = piece;
    lane->held += length;
    lane->read_at = (lane->read_at + length) % WINDOW;
    lane->ended = length == 0;
    int on = 1; /* tcp(7): not a lasting flag */
    setsockopt(lane->from, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

/* Returns how many bytes from `write_at` on are due and lie in one piece of memory. */
static size_t due_bytes(const struct lane *lane, int64_t now)
{
    size_t due = 0, most = WINDOW - lane->write_at;
    for (size_t i = 0; i < lane->piece_count && due < most; i++) {
        const struct piece *piece = &lane->pieces[(lane->first_piece + i) % MOST_PIECES];
        if (piece->due > now || piece->length == 0)
            break;
        due += piece->length;
    }
    return due < most ? due : most;
}

static void drop(struct lane *lane, size_t length)
{
    lane->held -= length;
    lane->write_at = (lane->write_at + length) % WINDOW;
    while (length > 0) {
        struct piece *piece = &lane->pieces[lane->first_piece];
        size_t part = piece->length < length ? piece->length : length;
        piece->length -= part;
        length -= part;
        if (piece->length == 0) {
            lane->first_piece = (lane->first_piece + 1) % MOST_PIECES;
            lane->piece_count--;
        }
    }
}

void lane_let_out(struct lane *lane, int64_t now)
{
    if (lane->blocked || lane->done)
        return;
    for (size_t due; (due = due_bytes(lane, now)) > 0;) {
        ssize_t n = send(lane->to, lane->ring + lane->write_at, due, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            lane->blocked = 1;
            return;
        }
        if (n < 0) {
            shutdown(lane->from, SHUT_RD);
            lane->done = 1;
            return;
        }
        drop(lane, (size_t)n);
    }
    const struct piece *next = &lane->pieces[lane->first_piece];
    if (lane->piece_count > 0 && next->length == 0 && next->due <= now) {
        shutdown(lane->to, SHUT_WR);
        lane->done = 1;
    }
}
