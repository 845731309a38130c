/* Where the bytes of a data set come from: a file, memory, or a function. Files are read, never
 * mapped: one that shrinks while it is mapped raises a signal. */
#ifndef FASTSEND_RECODE_SOURCE_H
#define FASTSEND_RECODE_SOURCE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Reads up to `size` bytes at `offset`. Returns how many, 0 at the end, or -1 and sets errno. */
typedef ptrdiff_t recode_read(void *context, uint64_t offset, uint8_t *to, size_t size);

enum { SOURCE_WINDOW = 16384 };

typedef struct {
    recode_read *read; /* NULL: from the file `fd`, or all is in memory already */
    void *context;
    const uint8_t *bytes; /* of the data set, from `start` on */
    uint64_t start, length;
    uint64_t end; /* offset behind the last byte that may be read */
    int fd;       /* -1: none */
    int error;    /* errno; 0 where the bytes end too early */
    uint8_t window[SOURCE_WINDOW];
} recode_source;

/* Reads all of `size` bytes. Returns -1 where they cannot be had. */
static inline int source_read(recode_source *source, uint64_t offset, uint8_t *to, size_t size) {
    while (size) {
        ptrdiff_t got = source->read      ? source->read(source->context, offset, to, size)
                        : source->fd >= 0 ? pread(source->fd, to, size, (off_t)offset)
                                          : 0;
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || (size_t)got > size) {
            source->error = got < 0 ? errno : 0;
            return -1;
        }
        offset += (uint64_t)got;
        to += got;
        size -= (size_t)got;
    }
    return 0;
}

/* Makes the window begin at `offset`; what it held from there on is kept, not read again. */
static inline int source_move(recode_source *source, uint64_t offset) {
    size_t kept = 0;
    if (offset >= source->start && offset - source->start < source->length) {
        kept = (size_t)(source->start + source->length - offset);
        memmove(source->window, source->bytes + (offset - source->start), kept);
    }
    uint64_t left = source->end - offset;
    size_t wanted = left < SOURCE_WINDOW ? (size_t)left : SOURCE_WINDOW;
    source->bytes = source->window;
    source->start = offset;
    source->length = 0;
    if (source_read(source, offset + kept, source->window + kept, wanted - kept)) return -1;
    source->length = wanted;
    return 0;
}

/* `size` bytes at `offset`, at most SOURCE_WINDOW and none behind the end; NULL where they cannot
 * be read. */
static inline const uint8_t *source_view(recode_source *source, uint64_t offset, size_t size) {
    if (offset < source->start || offset - source->start > source->length ||
        size > source->length - (offset - source->start)) {
        if (source_move(source, offset)) return NULL;
    }
    return source->bytes + (offset - source->start);
}

/* Copies `size` bytes at `offset`, none of them behind the end, past the window where they are not
 * in it. */
static inline int source_copy(recode_source *source, uint64_t offset, uint8_t *to, size_t size) {
    if (offset >= source->start && offset - source->start < source->length) {
        uint64_t held = source->length - (offset - source->start);
        size_t part = held < size ? (size_t)held : size;
        memcpy(to, source->bytes + (offset - source->start), part);
        offset += part;
        to += part;
        size -= part;
    }
    return size ? source_read(source, offset, to, size) : 0;
}

#endif
