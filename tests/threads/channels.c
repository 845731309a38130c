/* Several channels send the rows of one queue, over connections that are lost now and then, while
 * rows are published and others look on: a program for -fsanitize=thread. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

enum { ROWS = 3000, CHANNELS = 4, WINDOW = 4, LOST_AFTER = 97, DATA_SET = 300 };

static instance_table table;
static wire_queue queue;
static wire_cancel cancel;
static wire_limit limit;
static const wire_route routes[] = {{1, WIRE_AS_STORED, 0, 0}, {1, WIRE_PUSHED, 0, 0}, {0, 0, 0, 0}};
static int answered[ROWS], sent[ROWS], is_over;
static uint64_t done;
static wire_channel *seen[CHANNELS];
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;

static void check(int holds, const char *what, size_t number) {
    if (holds) return;
    fprintf(stderr, "%s of %zu\n", what, number);
    abort();
}

/* ---- the peer -------------------------------------------------------------------------------- */

static int read_all(int fd, uint8_t *out, size_t length) {
    while (length > 0) {
        ssize_t n = read(fd, out, length);
        if (n <= 0) return -1;
        out += n;
        length -= (size_t)n;
    }
    return 0;
}

/* One request: its Message ID, and the row that its SOP Instance UID names. */
static int read_request(int fd, uint8_t *id, size_t *row) {
    uint8_t head[12], body[4096], control;
    do {
        if (read_all(fd, head, sizeof head)) return -1;
        size_t length = ((size_t)head[4] << 8 | head[5]) - 6;
        check(length < sizeof body && read_all(fd, body, length) == 0, "fragment", length);
        control = head[11];
        if (!(control & 1)) continue;
        for (size_t at = 0; at + 8 <= length; at += 8 + body[at + 4]) {
            if (body[at + 2] == 0x10 && body[at + 3] == 0x01) memcpy(id, body + at + 8, 2);
            if (body[at + 2] == 0x00 && body[at + 3] == 0x10) {
                char uid[65] = {0};
                memcpy(uid, body + at + 8, body[at + 4]);
                check(sscanf(uid, "1.2.3.%zu", row) == 1 && *row < ROWS, "UID", length);
            }
        }
    } while (control != 2);
    return 0;
}

/* PS3.7 9.3.1.2: Command Field, Message ID Being Responded To, no data set, Status. */
static void answer(int fd, const uint8_t *id, size_t row) {
    uint8_t pdu[] = {4, 0, 0, 0, 0, 46, 0, 0, 0, 42, 1, 3, /**/
                     0, 0, 0x00, 0x01, 2, 0, 0, 0, 0x01, 0x80, /**/
                     0, 0, 0x20, 0x01, 2, 0, 0, 0, id[0], id[1], /**/
                     0, 0, 0x00, 0x08, 2, 0, 0, 0, 0x01, 0x01, /**/
                     0, 0, 0x00, 0x09, 2, 0, 0, 0, 0x00, 0x00};
    __atomic_fetch_add(&answered[row], 1, __ATOMIC_RELAXED);
    ssize_t n = write(fd, pdu, sizeof pdu);
    check(n == (ssize_t)sizeof pdu || n < 0, "answer", row);
}

/* Answers every second request late, and leaves after some. */
static void *receive(void *socket) {
    int fd = (int)(intptr_t)socket, held = 0;
    uint8_t id[2], held_id[2] = {0};
    size_t row, held_row = 0;
    for (int number = 1; number < LOST_AFTER; number++) {
        struct pollfd more = {.fd = fd, .events = POLLIN};
        if (held && poll(&more, 1, 1) == 0) {
            answer(fd, held_id, held_row);
            held = 0;
        }
        if (read_request(fd, id, &row)) break;
        __atomic_fetch_add(&sent[row], 1, __ATOMIC_RELAXED);
        if (!held && number % 2) {
            held = 1;
            held_row = row;
            memcpy(held_id, id, 2);
            continue;
        }
        answer(fd, id, row);
        if (held) answer(fd, held_id, held_row);
        held = 0;
    }
    close(fd);
    return NULL;
}

/* ---- the sender ------------------------------------------------------------------------------ */

static enum wire_status push(wire_channel *channel, uint32_t row) {
    static const uint8_t bytes[DATA_SET];
    if (row % 30 == 1) {
        wire_refuse(channel);
        return WIRE_OK;
    }
    wire_begin(channel, 1, NULL);
    enum wire_status status = wire_push(channel, bytes, sizeof bytes, 0);
    if (status == WIRE_OK) status = wire_push(channel, bytes, sizeof bytes, 1);
    return status == WIRE_OK ? wire_finish(channel) : status;
}

/* Sends on one connection; returns whether it was lost. */
static int send_once(size_t number, wire_channel *channel) {
    int ends[2];
    pthread_t peer;
    enum wire_status status;
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "sockets", number);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    check(wire_init(channel, ends[0], &cancel, 4000, 16384, WINDOW) == 0, "channel", number);
    channel->limit = &limit;
    pthread_mutex_lock(&seen_lock);
    seen[number] = channel;
    pthread_mutex_unlock(&seen_lock);
    pthread_create(&peer, NULL, receive, (void *)(intptr_t)ends[1]);
    do {
        uint32_t row = 0;
        status = wire_store_rows(channel, &queue, (uint16_t)(number + 1), &row);
        if (status == WIRE_PUSH && (status = push(channel, row)) < WIRE_FIRST_FATAL)
            status = WIRE_PUSH; /* the row has its result */
    } while (status == WIRE_PUSH);
    wire_settle(channel, 1);
    pthread_mutex_lock(&seen_lock);
    seen[number] = NULL;
    done += wire_done_rows(channel);
    pthread_mutex_unlock(&seen_lock);
    shutdown(ends[0], SHUT_RDWR);
    pthread_join(peer, NULL);
    close(ends[0]);
    wire_close(channel);
    return status != WIRE_OK || __atomic_load_n(&channel->retired, __ATOMIC_RELAXED);
}

static void *send_rows(void *number) {
    wire_channel *channel = malloc(sizeof *channel);
    while (send_once((size_t)number, channel)) continue;
    free(channel);
    return NULL;
}

static void *look_on(void *unused) {
    uint64_t sum = 0;
    (void)unused;
    for (size_t turn = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); turn++) {
        wire_queue_state state = wire_queue_look(&queue);
        check(state.next <= state.end, "cursor", state.next);
        size_t told = table_final_prefix(&table, 0);
        for (size_t row = 0; row < told; row++)
            sum += table_at(&table, row)->outcome + (size_t)table_at(&table, row)->error;
        pthread_mutex_lock(&seen_lock);
        for (size_t i = 0; i < CHANNELS; i++)
            if (seen[i] != NULL) {
                sum += wire_done_rows(seen[i]) + wire_sent_bytes(seen[i]);
                if (turn % 20 == 19 && i == turn / 20 % CHANNELS) wire_retire(seen[i]);
            }
        pthread_mutex_unlock(&seen_lock);
        usleep(1000);
    }
    return sum ? NULL : &table;
}

static void append(const char *folder) {
    char uid[65], path[4096];
    struct stat file;
    uint32_t at;
    uint16_t kinds[3];
    snprintf(path, sizeof path, "%s/data", folder);
    check(stat(path, &file) == 0, "file", 0);
    check(!table_add_folder(&table, folder, strlen(folder), &at), "folder", 0);
    for (int kind = 0; kind < 3; kind++) {
        snprintf(uid, sizeof uid, "1.2.%d", kind);
        check(!table_add_kind(&table, uid, "1.2.840.10008.1.2", &kinds[kind]), "kind", 0);
    }
    for (uint32_t number = 0; number < ROWS; number++) {
        table_row row = {.file_size = (uint64_t)file.st_size, .mtime_ns = table_mtime_ns(&file)};
        row.folder = at;
        row.kind = kinds[number % 10 == 1 ? 1 : number % 10 == 2 ? 2 : 0];
        snprintf(uid, sizeof uid, "1.2.3.%u", number);
        check(!table_append(&table, &row, "data", 4, uid), "row", number);
        if (number % 100 == 0) wire_queue_publish(&queue, number, 0);
        if (number % 500 == 0) usleep(5000);
    }
    wire_queue_publish(&queue, ROWS, 1);
}

int main(int count, char **arguments) {
    pthread_t senders[CHANNELS], looker;
    check(count == 2, "arguments", (size_t)count);
    table_init(&table);
    check(!wire_queue_init(&queue, &table, 0, 0, 0), "queue", 0);
    check(!wire_queue_set_routes(&queue, routes, 3), "routes", 0);
    check(!wire_cancel_init(&cancel), "pipe", 0);
    check(!wire_limit_init(&limit, 1e8, 0), "limit", 0);
    for (size_t i = 0; i < CHANNELS; i++) pthread_create(&senders[i], NULL, send_rows, (void *)i);
    pthread_create(&looker, NULL, look_on, NULL);
    append(arguments[1]);
    for (size_t i = 0; i < CHANNELS; i++) pthread_join(senders[i], NULL);
    __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
    pthread_join(looker, NULL);

    size_t told = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const table_row *row = table_at(&table, i);
        int kind = row->kind, refused = kind == 1 && i % 30 == 1;
        check(table_is_final(row), "end", i);
        check(sent[i] <= 2, "requests", i); /* a second time at most */
        check(answered[i] <= sent[i], "answers", i);
        if (kind == 2 || refused)
            check(row->outcome == OUTCOME_NOT_SENT && sent[i] == 0, "row without a context", i);
        else if (row->outcome == OUTCOME_ANSWERED)
            check(answered[i] > 0, "answer", i);
        else /* lost twice: told as what it is */
            check(row->outcome == OUTCOME_UNKNOWN || sent[i] < 2, "loss", i);
        told += kind != 2;
    }
    check(done == told, "rows", done);
    check(!wire_queue_look(&queue).left && queue.held == 0 && queue.begun == 0, "queue", 0);
    wire_queue_free(&queue);
    wire_cancel_free(&cancel);
    wire_limit_free(&limit);
    table_free(&table);
    puts("all rows sent");
    return 0;
}
