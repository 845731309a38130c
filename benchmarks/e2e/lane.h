/* One direction of one connection over a long link: bytes on their way, and when they arrive. */
#ifndef FASTSEND_BENCHMARKS_LANE_H
#define FASTSEND_BENCHMARKS_LANE_H

#include <stddef.h>
#include <stdint.h>

/* 20 MB are on their way in a round trip of 20 ms at 1 GB/s; here only half of it counts. */
enum { WINDOW = 32 << 20, MOST_PIECES = 1 << 14 };

static const int64_t SECOND = 1000000000;

/* One direction of the link, which all connections share. Times are in nanoseconds. */
struct link {
    int64_t one_way;
    int64_t bits_per_second; /* 0: without limit */
    int64_t free_at;         /* when the last byte taken in has left the sending end */
};

struct piece {
    int64_t due;
    size_t length; /* 0: the end of the stream */
};

struct lane {
    int from, to;
    struct link *link;
    int64_t opened;
    struct piece pieces[MOST_PIECES];
    size_t first_piece, piece_count, held;
    size_t read_at, write_at;
    int ended;   /* the end of the stream was read */
    int blocked; /* something is due and the other end does not take it */
    int done;    /* the end was passed on, or the other end is lost */
    uint8_t ring[WINDOW];
};

/* NULL without memory; pages are used only as they are filled. */
struct lane *lane_new(int from, int to, struct link *link, int64_t now);
void lane_free(struct lane *lane);

/* Whether it wants to read. Lowers `wake` to when it has something to do that no event tells. */
int lane_takes(const struct lane *lane, int64_t now, int64_t *wake);

/* Reads what is there, once. */
void lane_take_in(struct lane *lane, int64_t now);

/* Writes to the other end what has arrived by now; an end that is lost ends the lane. */
void lane_let_out(struct lane *lane, int64_t now);

#endif
