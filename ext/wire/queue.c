#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Waits are measured by a clock that nobody sets. */
static int init_condition(pthread_cond_t *condition) {
#ifdef __APPLE__
    return pthread_cond_init(condition, NULL);
#else
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);
    if (error != 0)
        return error;
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (error == 0)
        error = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return error;
#endif
}

static void wait_for_change(wire_queue *queue, int64_t wait_ns) {
    struct timespec until = {(time_t)(wait_ns / 1000000000), (long)(wait_ns % 1000000000)};
#ifdef __APPLE__
    pthread_cond_timedwait_relative_np(&queue->changed, &queue->lock, &until);
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    until.tv_sec += now.tv_sec + (until.tv_nsec + now.tv_nsec) / 1000000000;
    until.tv_nsec = (until.tv_nsec + now.tv_nsec) % 1000000000;
    pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
#endif
}

int wire_queue_init(wire_queue *queue, const instance_table *table, uint32_t first, uint32_t end,
                    int closed) {
    memset(queue, 0, sizeof *queue);
    int error = pthread_mutex_init(&queue->lock, NULL);
    if (error == 0) {
        error = init_condition(&queue->changed);
        if (error != 0)
            pthread_mutex_destroy(&queue->lock);
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    queue->table = table;
    queue->next = first;
    queue->end = end;
    queue->closed = closed;
    return 0;
}

void wire_queue_free(wire_queue *queue) {
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue->returned);
}

static int is_idle(const wire_queue *queue) {
    return queue->held == 0 && queue->begun == 0;
}

int wire_queue_set_routes(wire_queue *queue, const wire_route *routes, size_t kinds) {
    pthread_mutex_lock(&queue->lock);
    int idle = is_idle(queue);
    if (idle) {
        queue->routes = routes;
        queue->kinds = kinds;
        queue->stopped = 0;
    }
    pthread_mutex_unlock(&queue->lock);
    return idle ? 0 : -1;
}

int wire_queue_set_order(wire_queue *queue, const uint32_t *order, const uint32_t *starts,
                         uint32_t groups) {
    pthread_mutex_lock(&queue->lock);
    int idle = is_idle(queue);
    if (idle) {
        queue->order = order;
        queue->starts = starts;
        queue->next = 0;
        queue->end = groups;
        queue->returned_count = 0;
        queue->closed = 1;
    }
    pthread_mutex_unlock(&queue->lock);
    return idle ? 0 : -1;
}

void wire_queue_publish(wire_queue *queue, uint32_t end, int closed) {
    pthread_mutex_lock(&queue->lock);
    if (!queue->foreign && queue->order == NULL && end > queue->end)
        queue->end = end;
    queue->closed |= closed;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

void wire_queue_stop(wire_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    queue->stopped = 1;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static int is_over(const wire_queue *queue) {
    return queue->closed || queue->foreign;
}

wire_queue_state wire_queue_look(wire_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    wire_queue_state state = {.next = queue->next,
                              .end = queue->end,
                              .over = is_over(queue),
                              .left = queue->returned_count > 0 || queue->next < queue->end};
    pthread_mutex_unlock(&queue->lock);
    return state;
}

static int has_rows(const wire_piece *piece) {
    return piece->first < piece->end;
}

/* Room for what may be given back once one more row is claimed: giving back cannot fail then. */
static int reserve(wire_queue *queue) {
    size_t most = queue->returned_count + queue->held + queue->begun + 2;
    if (most <= queue->returned_capacity)
        return 0;
    size_t capacity = 2 * most + 16;
    wire_piece *grown = realloc(queue->returned, capacity * sizeof *grown);
    if (grown == NULL)
        return -1;
    queue->returned = grown;
    queue->returned_capacity = capacity;
    return 0;
}

/* What was given back comes first, the earliest of it. */
static int take_piece(wire_queue *queue, wire_piece *piece) {
    if (queue->returned_count > 0) {
        size_t earliest = 0;
        for (size_t i = 1; i < queue->returned_count; i++)
            if (queue->returned[i].first < queue->returned[earliest].first)
                earliest = i;
        *piece = queue->returned[earliest];
        queue->returned[earliest] = queue->returned[--queue->returned_count];
        return 1;
    }
    if (queue->next >= queue->end)
        return 0;
    *piece = queue->order == NULL
                 ? (wire_piece){queue->next, queue->next + 1}
                 : (wire_piece){queue->starts[queue->next], queue->starts[queue->next + 1]};
    queue->next++;
    return 1;
}

static int is_foreign(const wire_queue *queue, const table_row *row) {
    return row->kind >= queue->kinds || queue->routes[row->kind].way == WIRE_FOREIGN;
}

/* The run ends before the row at `position`, and so does what is there. */
static void end_before(wire_queue *queue, uint32_t position) {
    if (position < queue->next)
        queue->next = position;
    queue->end = queue->next;
    queue->foreign = 1;
}

/* The next row of the piece that has a route; 0 where there is none. */
static int take_row(wire_queue *queue, wire_piece *piece, uint16_t association,
                    uint32_t *position) {
    while (has_rows(piece)) {
        *position = piece->first++;
        table_row *found = table_at(queue->table, wire_queue_row(queue, *position));
        if (table_is_final(found))
            continue;
        if (!is_foreign(queue, found)) {
            if (queue->routes[found->kind].context_id != 0)
                return 1;
            table_set_not_sent(found, association);
        } else if (queue->order == NULL) {
            end_before(queue, *position);
            piece->end = piece->first;
        }
    }
    return 0;
}

enum wire_claim wire_queue_claim(wire_queue *queue, wire_piece *piece, uint16_t association,
                                 int64_t wait_ns, uint32_t *position) {
    enum wire_claim claim = CLAIM_LATER;
    pthread_mutex_lock(&queue->lock);
    for (int waited = 0;; waited = 1) {
        if (queue->stopped) {
            claim = CLAIM_NONE;
        } else if (reserve(queue) == 0) {
            size_t had = has_rows(piece);
            while (claim == CLAIM_LATER && (has_rows(piece) || take_piece(queue, piece)))
                if (take_row(queue, piece, association, position))
                    claim = CLAIM_ROW;
            queue->begun += has_rows(piece);
            queue->begun -= had;
            if (claim == CLAIM_LATER && is_over(queue) && is_idle(queue))
                claim = CLAIM_NONE;
        } /* else there may be memory later */
        if (claim != CLAIM_LATER || wait_ns == 0 || waited)
            break;
        wait_for_change(queue, wait_ns);
    }
    if (claim == CLAIM_ROW)
        queue->held++;
    if (claim == CLAIM_NONE)
        pthread_cond_broadcast(&queue->changed); /* nor for the others */
    pthread_mutex_unlock(&queue->lock);
    return claim;
}

void wire_queue_done(wire_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    if (--queue->held == 0)
        pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

/* Whether nothing is left to do between a position and the start of a piece. */
static int reaches(const wire_queue *queue, uint32_t position, const wire_piece *piece) {
    if (!has_rows(piece) || position >= piece->first)
        return 0;
    while (++position < piece->first)
        if (!table_is_final(table_at(queue->table, wire_queue_row(queue, position))))
            return 0;
    return 1;
}

void wire_queue_give_back(wire_queue *queue, const uint32_t *positions, size_t count,
                          wire_piece *piece) {
    pthread_mutex_lock(&queue->lock);
    wire_piece rest = *piece;
    queue->begun -= (size_t)has_rows(piece);
    /* From the last: what is left of a group stays together, for one channel. */
    for (size_t i = count; i-- > 0;) {
        if (queue->order != NULL && reaches(queue, positions[i], &rest)) {
            rest.first = positions[i];
            continue;
        }
        if (has_rows(&rest))
            queue->returned[queue->returned_count++] = rest;
        rest = (wire_piece){positions[i], positions[i] + 1};
    }
    if (has_rows(&rest))
        queue->returned[queue->returned_count++] = rest;
    piece->end = piece->first;
    queue->held -= count;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}
