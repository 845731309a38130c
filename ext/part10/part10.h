/* What must be known of a DICOM file (PS3.10) to send it: its UIDs, where its data set begins, and
 * whether it is all there. Nothing here recurses, and no length is used before it is compared
 * with what is left of the file. No Python here. */
#ifndef FASTSEND_PART10_H
#define FASTSEND_PART10_H

#include <stddef.h>
#include <stdint.h>

#include "table.h"
#include "uid.h"

enum part10_status {
    PART10_OK = 0,
    PART10_OPEN_FAILED,        /* detail: errno */
    PART10_READ_FAILED,        /* detail: errno, or 0 where the file became shorter meanwhile */
    PART10_NOT_REGULAR,        /* a FIFO, a device, a socket, a directory */
    PART10_NOT_PART10,         /* no DICM prefix; detail: 1 where a data set may begin at 0 */
    PART10_BAD_META,           /* no File Meta Information that is certain; detail: offset */
    PART10_NO_TRANSFER_SYNTAX, /* detail: where the data set begins */
    PART10_NO_SOP_CLASS,       /* detail: where the data set begins */
    PART10_NO_SOP_INSTANCE,    /* detail: where the data set begins */
    PART10_BAD_UID,            /* detail: offset of its Data Element */
    PART10_TRUNCATED,          /* detail: offset of the Data Element that the file cuts */
    /* The data set is not in the encoding of its transfer syntax; detail: it is in 0 Implicit VR
     * Little Endian, 1 Explicit VR Little Endian, 2 Explicit VR Big Endian. */
    PART10_OTHER_ENCODING,
    PART10_KIND_REFUSED,       /* detail: what the judge of kinds said */
    PART10_TOO_MANY_KINDS      /* more SOP classes and transfer syntaxes than the table holds */
};

typedef struct {
    found_uid sop_class, sop_instance, transfer_syntax;
    uint64_t data_set_offset; /* bytes from the start of the file */
    uint64_t file_size;       /* bytes */
    int64_t mtime_ns;
    uint64_t detail;
    int encapsulated; /* Pixel Data of undefined length was seen */
    int complete;     /* the walk came to the end of the data set, or of Pixel Data */
    int unterminated; /* Pixel Data without a Sequence Delimitation Item behind its last fragment */
} part10_instance;

/* Each returns an enum part10_status. A file is given by a name below `folder_fd`, which may be
 * AT_FDCWD. `bytes` stand for a whole file. */
int part10_scan_file(int folder_fd, const char *name, int check_uids, part10_instance *instance);
int part10_scan_bytes(const uint8_t *bytes, size_t length, int check_uids,
                      part10_instance *instance);

/* The same for a data set whose beginning and encoding are known by other means, and the UIDs of
 * File Meta Information with them; "" where there are none. */
typedef struct {
    uint64_t data_set_offset;
    const char *transfer_syntax_uid, *media_sop_class_uid, *media_sop_instance_uid;
} part10_start;

int part10_scan_data_set(int fd, const part10_start *start, int check_uids,
                         part10_instance *instance);

typedef struct {
    size_t index; /* in the names */
    uint64_t detail;
    int status;
} part10_failure;

enum part10_pause { PAUSE_NONE, PAUSE_NEW_KIND, PAUSE_IRREGULAR, PAUSE_NO_MEMORY };

/* A list of files that goes into a table. `next` moves on, `failures` has room for all. */
typedef struct {
    instance_table *table;
    const char *const *names;
    size_t count, next;
    part10_failure *failures;
    size_t failure_count;
    part10_instance pending; /* of the file before `next`, on a pause */
    int pending_status;
    uint32_t folder;
    int folder_fd;
    int check_uids;
    int ask_for_kinds; /* pause where a file has a kind that the table does not hold */
    int ask_for_irregular; /* pause where other means may find the data set */
} part10_list;

/* Scans up to `limit` files of the list. */
enum part10_pause part10_scan_list(part10_list *list, size_t limit);
/* Puts the pending instance into the table, or among the failures. */
enum part10_pause part10_accept_pending(part10_list *list);
void part10_refuse_pending(part10_list *list, int status, uint64_t detail);

#endif
