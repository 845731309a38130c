/* A file seen through a window: the few kilobytes of it that are in memory, moved on demand. */
#ifndef FASTSEND_WINDOW_H
#define FASTSEND_WINDOW_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

typedef struct {
    const uint8_t *bytes; /* of the file, from `start` on */
    size_t length;
    uint64_t start;
    uint64_t file_size;
    uint8_t *buffer; /* where more is read to; NULL where `bytes` are the whole file */
    size_t capacity;
    int fd;
    uint32_t reads_left; /* a hostile file must not keep the scanner for ever */
    int read_failed;
    int read_error; /* errno, or 0 where the file is shorter than it was */
} file_window;

/* Moves the window so that it begins at `offset`. */
static inline int window_move(file_window *window, uint64_t offset) {
    uint64_t left = window->file_size - offset;
    size_t wanted = left < window->capacity ? (size_t)left : window->capacity, held = 0;
    window->reads_left--;
    while (held < wanted) {
        ssize_t got = pread(window->fd, window->buffer + held, wanted - held,
                            (off_t)(offset + held));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            window->read_failed = 1;
            window->read_error = got < 0 ? errno : 0;
            window->length = 0;
            return -1;
        }
        held += (size_t)got;
    }
    window->bytes = window->buffer;
    window->start = offset;
    window->length = held;
    return 0;
}

/* The bytes from `offset` on, which the caller has compared with the size of the file; NULL where
 * they cannot be read or where enough was read. `size` is at most the capacity. */
static inline const uint8_t *window_view(file_window *window, uint64_t offset, size_t size) {
    if (offset < window->start || offset - window->start > window->length ||
        size > window->length - (size_t)(offset - window->start)) {
        if (!window->buffer || !window->reads_left || window_move(window, offset)) return NULL;
    }
    return window->bytes + (offset - window->start);
}

#endif
