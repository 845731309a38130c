/* The names in one folder, sorted. No Python here. */
#ifndef FASTSEND_LISTING_H
#define FASTSEND_LISTING_H

#include <dirent.h>
#include <stddef.h>

/* Of this order are the entries of a listing. */
enum listing_entry { LISTING_FILE = 1, LISTING_SPECIAL, LISTING_FOLDER };

typedef struct {
    DIR *stream;
    char *text; /* of each entry its kind, as one byte, its name and a NUL */
    size_t used, capacity;
    size_t count;
    const char **sorted; /* where each entry begins in `text`: by kind, then by name */
} folder_listing;

/* Each returns 0 or an errno. Whatever it returned, `listing_close` comes last. */
int listing_open(folder_listing *listing, const char *folder);
/* Reads entries for some `milliseconds`; `*more` is 0 where these were the last. */
int listing_read(folder_listing *listing, long milliseconds, int *more);
int listing_sort(folder_listing *listing);
void listing_close(folder_listing *listing);

static inline int listing_kind(const folder_listing *listing, size_t entry) {
    return listing->sorted[entry][0];
}

static inline const char *listing_name(const folder_listing *listing, size_t entry) {
    return listing->sorted[entry] + 1;
}

#endif
