#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int wire_queue_init(wire_queue *queue, const instance_table *table, uint32_t first, uint32_t end) {
    memset(queue, 0, sizeof *queue);
    int error = pthread_mutex_init(&queue->lock, NULL);
    if (error == 0) {
        error = pthread_cond_init(&queue->changed, NULL);
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
    return 0;
}

void wire_queue_free(wire_queue *queue) {
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue->returned);
}

void wire_queue_set_routes(wire_queue *queue, const wire_route *routes, size_t kinds) {
    pthread_mutex_lock(&queue->lock);
    queue->routes = routes;
    queue->kinds = kinds;
    queue->stopped = 0;
    pthread_mutex_unlock(&queue->lock);
}

void wire_queue_set_order(wire_queue *queue, const uint32_t *order, const uint32_t *starts,
                          uint32_t groups) {
    pthread_mutex_lock(&queue->lock);
    queue->order = order;
    queue->starts = starts;
    queue->next = 0;
    queue->end = groups;
    pthread_mutex_unlock(&queue->lock);
}

void wire_queue_publish(wire_queue *queue, uint32_t end, int closed) {
    pthread_mutex_lock(&queue->lock);
    if (!queue->foreign && end > queue->end)
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

/* The next row of the piece that has a route; 0 where there is none. */
static int take_row(wire_queue *queue, wire_piece *piece, uint16_t association,
                    uint32_t *position) {
    while (piece->first < piece->end) {
        table_row *found = table_at(queue->table, wire_queue_row(queue, piece->first));
        if (found->kind >= queue->kinds || queue->routes[found->kind].way == WIRE_FOREIGN) {
            queue->end = queue->next = piece->first;
            queue->foreign = 1;
            piece->end = piece->first;
            return 0;
        }
        *position = piece->first++;
        if (queue->routes[found->kind].context_id != 0)
            return 1;
        table_set_not_sent(found, association);
    }
    return 0;
}

static void wait_for_change(wire_queue *queue, int64_t wait_ns) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + wait_ns;
    until.tv_sec += (time_t)(ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_cond_timedwait(&queue->changed, &queue->lock, &until);
}

enum wire_claim wire_queue_claim(wire_queue *queue, wire_piece *piece, uint16_t association,
                                 int64_t wait_ns, uint32_t *position) {
    enum wire_claim claim = CLAIM_LATER;
    pthread_mutex_lock(&queue->lock);
    for (int waited = 0; claim == CLAIM_LATER; waited = 1) {
        if (queue->stopped)
            claim = CLAIM_NONE;
        while (claim == CLAIM_LATER && (piece->first < piece->end || take_piece(queue, piece)))
            if (take_row(queue, piece, association, position))
                claim = CLAIM_ROW;
        if (claim == CLAIM_LATER && is_over(queue) && queue->held == 0)
            claim = CLAIM_NONE;
        if (claim == CLAIM_LATER && (wait_ns == 0 || waited))
            break;
        if (claim == CLAIM_LATER)
            wait_for_change(queue, wait_ns);
    }
    if (claim == CLAIM_ROW)
        queue->held++;
    pthread_mutex_unlock(&queue->lock);
    return claim;
}

static void let_go(wire_queue *queue, size_t count) {
    queue->held -= count;
    if (queue->held == 0)
        pthread_cond_broadcast(&queue->changed);
}

void wire_queue_done(wire_queue *queue) {
    pthread_mutex_lock(&queue->lock);
    let_go(queue, 1);
    pthread_mutex_unlock(&queue->lock);
}

static int add_returned(wire_queue *queue, wire_piece piece) {
    if (queue->returned_count == queue->returned_capacity) {
        size_t capacity = queue->returned_capacity ? 2 * queue->returned_capacity : 16;
        wire_piece *grown = realloc(queue->returned, capacity * sizeof *grown);
        if (grown == NULL)
            return -1;
        queue->returned = grown;
        queue->returned_capacity = capacity;
    }
    queue->returned[queue->returned_count++] = piece;
    return 0;
}

int wire_queue_give_back(wire_queue *queue, const uint32_t *positions, size_t count,
                         wire_piece *piece) {
    int result = 0;
    pthread_mutex_lock(&queue->lock);
    wire_piece rest = *piece;
    /* From the last: what is left of a group stays together, for one channel. */
    for (size_t i = count; i-- > 0;) {
        if (queue->order != NULL && positions[i] + 1 == rest.first && rest.first < rest.end) {
            rest.first--;
            continue;
        }
        if (rest.first < rest.end)
            result |= add_returned(queue, rest);
        rest = (wire_piece){positions[i], positions[i] + 1};
    }
    if (rest.first < rest.end)
        result |= add_returned(queue, rest);
    piece->end = piece->first;
    let_go(queue, count);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    return result;
}
