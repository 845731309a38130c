#include "listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FIRST_BYTES = 4096, ENTRIES_AT_ONCE = 64 };

int listing_open(folder_listing *listing, const char *folder) {
    memset(listing, 0, sizeof *listing);
    do {
        listing->stream = opendir(folder);
    } while (!listing->stream && errno == EINTR);
    return listing->stream ? 0 : errno;
}

/* What cannot be told is taken for a file: opening it brings the reason out. So is a link to what
 * is neither file nor folder. */
static enum listing_entry ask_for_kind(int folder_fd, const char *name) {
    struct stat found;
    if (fstatat(folder_fd, name, &found, 0)) return LISTING_FILE;
    if (S_ISREG(found.st_mode)) return LISTING_FILE;
    if (S_ISDIR(found.st_mode)) return LISTING_FOLDER;
    if (fstatat(folder_fd, name, &found, AT_SYMLINK_NOFOLLOW)) return LISTING_FILE;
    return S_ISLNK(found.st_mode) ? LISTING_FILE : LISTING_SPECIAL;
}

static enum listing_entry kind_of(int folder_fd, const struct dirent *entry) {
    switch (entry->d_type) {
        case DT_REG: return LISTING_FILE;
        case DT_DIR: return LISTING_FOLDER;
        case DT_LNK:
        case DT_UNKNOWN: return ask_for_kind(folder_fd, entry->d_name);
        default: return LISTING_SPECIAL; /* not opened: a device may act on that */
    }
}

static int add(folder_listing *listing, enum listing_entry kind, const char *name) {
    size_t size = strlen(name) + 1;
    if (size + 1 > listing->capacity - listing->used) {
        size_t wanted = 2 * listing->capacity + FIRST_BYTES + size;
        char *text = realloc(listing->text, wanted);
        if (!text) return ENOMEM;
        listing->text = text;
        listing->capacity = wanted;
    }
    listing->text[listing->used] = (char)kind;
    memcpy(listing->text + listing->used + 1, name, size);
    listing->used += size + 1;
    listing->count++;
    return 0;
}

static int read_some(folder_listing *listing, int *more) {
    for (int i = 0; i < ENTRIES_AT_ONCE; i++) {
        errno = 0;
        const struct dirent *entry = readdir(listing->stream);
        if (!entry) {
            *more = 0;
            return errno;
        }
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        int error = add(listing, kind_of(dirfd(listing->stream), entry), entry->d_name);
        if (error) return error;
    }
    return 0;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int listing_read(folder_listing *listing, long milliseconds, int *more) {
    int64_t end = now_ms() + milliseconds;
    int error;
    *more = 1;
    do {
        error = read_some(listing, more);
    } while (!error && *more && now_ms() < end);
    return error;
}

static int compare(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int listing_sort(folder_listing *listing) {
    listing->sorted = malloc((listing->count + 1) * sizeof *listing->sorted);
    if (!listing->sorted) return ENOMEM;
    const char *next = listing->text;
    for (size_t i = 0; i < listing->count; i++) {
        listing->sorted[i] = next;
        next += strlen(next) + 1;
    }
    qsort(listing->sorted, listing->count, sizeof *listing->sorted, compare);
    return 0;
}

void listing_close(folder_listing *listing) {
    if (listing->stream) closedir(listing->stream);
    free(listing->text);
    free(listing->sorted);
    memset(listing, 0, sizeof *listing);
}
