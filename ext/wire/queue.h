/* The rows of a run, handed out to the channels that send them side by side. No Python. */
#ifndef FASTSEND_QUEUE_H
#define FASTSEND_QUEUE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"

/* How the instances of a kind are sent. */
typedef struct {
    uint8_t context_id; /* 0: not at all */
    uint8_t way;        /* enum wire_way */
    uint8_t from, to;   /* enum recode_syntax, of WIRE_RECODED */
} wire_route;

enum wire_way {
    WIRE_AS_STORED, /* but pushed where Pixel Data goes without its Sequence Delimitation Item */
    WIRE_RECODED,
    WIRE_PUSHED, /* with wire_begin, wire_push and wire_finish */
    WIRE_FOREIGN /* nothing is known of it: the run ends before the first row of this kind */
};

/* Positions in the order of the run, half open. */
typedef struct {
    uint32_t first, end;
} wire_piece;

/* Rows come in the order of the table, or group by group: then the rows of a group go to one
 * channel, in order. A row is held by the channel that claimed it until it is done or given back.
 * A row that is final is never handed out. */
typedef struct {
    pthread_mutex_t lock; /* of all but `table`, `order` and `starts` */
    pthread_cond_t changed;
    const instance_table *table;
    const wire_route *routes; /* the caller's; they stay the same while a row is held */
    size_t kinds;
    uint32_t next, end; /* positions; of groups, where there are any */
    const uint32_t *order, *starts; /* rows by position, positions by group; NULL: as the table */
    size_t held;
    size_t begun; /* pieces of which channels have the rest */
    int closed;   /* nothing comes behind `end` */
    int foreign;  /* a row of a foreign kind is at `end` */
    int stopped;  /* nothing is handed out any more */
    wire_piece *returned; /* with room for all that could be given back */
    size_t returned_count, returned_capacity;
} wire_queue;

/* A moment's look at a queue. */
typedef struct {
    uint32_t next, end;
    int over; /* nothing comes behind `end` */
    int left; /* there is something to claim */
} wire_queue_state;

enum wire_claim { CLAIM_ROW, CLAIM_LATER, CLAIM_NONE };

/* Rows `first` to `end` are there; more may be published, unless `closed`. -1 and errno where there
 * is no lock. */
int wire_queue_init(wire_queue *queue, const instance_table *table, uint32_t first, uint32_t end,
                    int closed);
void wire_queue_free(wire_queue *queue);
/* -1 while a channel has rows: nothing was changed then. */
int wire_queue_set_routes(wire_queue *queue, const wire_route *routes, size_t kinds);
/* Instead of rows `first` to `end`: `groups` groups; `starts` has one more entry, the end. More
 * cannot be published then, and rows of a foreign kind are passed over. -1 as above. */
int wire_queue_set_order(wire_queue *queue, const uint32_t *order, const uint32_t *starts,
                         uint32_t groups);

/* More rows are there; the last ones, if `closed`. */
void wire_queue_publish(wire_queue *queue, uint32_t end, int closed);
/* Hands out nothing any more: channels end with what they hold. */
void wire_queue_stop(wire_queue *queue);
wire_queue_state wire_queue_look(wire_queue *queue);

/* Gives the position of the next row to send, from the rest of `piece` first. Rows that no context
 * carries are marked on the way. CLAIM_LATER: none is there now, but may be; with `wait_ns` after a
 * wait of that long at most. CLAIM_NONE: none will be, and no channel has one that could come
 * back. */
enum wire_claim wire_queue_claim(wire_queue *queue, wire_piece *piece, uint16_t association,
                                 int64_t wait_ns, uint32_t *position);
static inline uint32_t wire_queue_row(const wire_queue *queue, uint32_t position) {
    return queue->order == NULL ? position : queue->order[position];
}
/* A claimed row needs nothing more. */
void wire_queue_done(wire_queue *queue);
/* Claimed rows, by their positions, and the rest of a piece are for other channels. */
void wire_queue_give_back(wire_queue *queue, const uint32_t *positions, size_t count,
                          wire_piece *piece);

#endif
