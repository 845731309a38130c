/* The table of instances: one compact row each, filled by the scanner, read by the socket loop.
 *
 * Rows and names live in blocks that never move, so that a row may be read while others are
 * appended. One thread appends; a row's result columns belong to the one association that sends
 * it. No Python here. */
#ifndef FASTSEND_TABLE_H
#define FASTSEND_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define TABLE_CAPSULE "fastsend.instance_table"

enum { TABLE_BLOCK_ROWS = 4096, TABLE_MAX_BLOCKS = 1 << 16, TABLE_MAX_KINDS = 65535 };

/* fastsend.model.result.Outcome has the same numbers. */
enum table_outcome {
    OUTCOME_PENDING = 0,
    OUTCOME_ANSWERED = 1,
    OUTCOME_NOT_SENT = 2,
    OUTCOME_UNKNOWN = 3
};

typedef struct {
    uint64_t file_size;       /* bytes, from fstat when it was scanned */
    int64_t mtime_ns;         /* modification time then, to see a change before it is sent */
    const char *name;         /* path below the folder, then NUL, then the SOP Instance UID, NUL */
    uint32_t name_length;     /* without the NUL */
    uint32_t data_set_offset; /* bytes from the start of the file */
    uint32_t folder;          /* index of the folder */
    uint16_t kind;            /* index of (SOP class, transfer syntax) */
    /* results */
    uint16_t status;          /* (0000,0900), if answered */
    uint32_t elapsed_us;
    int32_t error_detail;     /* errno or the like */
    uint16_t association;     /* from 1 */
    uint8_t context_id;
    uint8_t outcome;          /* enum table_outcome */
    uint8_t error;            /* enum wire_status of wire.h */
    /* of the scan again */
    uint8_t unterminated : 1; /* encapsulated Pixel Data without Sequence Delimitation Item */
    uint8_t space_padded : 1; /* a UID is padded with spaces in the file */
} table_row;

typedef struct {
    char sop_class_uid[65];
    char transfer_syntax_uid[65];
} table_kind;

typedef struct {
    char *path; /* NUL-terminated, without a slash at the end; "" is the working directory */
    size_t length;
} table_folder;

typedef struct instance_table {
    table_row *blocks[TABLE_MAX_BLOCKS];
    size_t count;
    uint32_t repeat; /* rows for each instance that is appended */
    table_kind **kinds;
    size_t kind_count, kind_capacity;
    uint32_t *kind_slots; /* open addressing: index of a kind + 1, 0 empty */
    size_t slot_capacity; /* a power of two */
    table_folder *folders;
    size_t folder_count, folder_capacity;
    char **arenas;
    size_t arena_count, arena_capacity, arena_used, arena_size;
} instance_table;

/* When a file was modified, in nanoseconds, for `mtime_ns` of a row. */
static inline int64_t table_mtime_ns(const struct stat *file) {
#ifdef __APPLE__
    const struct timespec *modified = &file->st_mtimespec;
#else
    const struct timespec *modified = &file->st_mtim;
#endif
    return (int64_t)modified->tv_sec * 1000000000 + modified->tv_nsec;
}

static inline table_row *table_at(const instance_table *table, size_t row) {
    return &table->blocks[row / TABLE_BLOCK_ROWS][row % TABLE_BLOCK_ROWS];
}

static inline const char *table_sop_instance_uid(const table_row *row) {
    return row->name + row->name_length + 1;
}

/* All return 0, or -1 where memory or numbers run out; then nothing was added. */
int table_init(instance_table *table);
void table_free(instance_table *table);
int table_add_folder(instance_table *table, const char *path, size_t length, uint32_t *folder);
int table_add_kind(instance_table *table, const char *sop_class_uid,
                   const char *transfer_syntax_uid, uint16_t *kind);
/* Returns 0 and the kind where it is known, -1 where it is not; adds nothing. */
int table_find_kind(const instance_table *table, const char *sop_class_uid,
                    const char *transfer_syntax_uid, uint16_t *kind);
/* Appends `row` as often as `repeat` says; its name and UID are copied once. */
int table_append(instance_table *table, const table_row *row, const char *name,
                 size_t name_length, const char *sop_instance_uid);
/* Writes the path of `row`, NUL-terminated; returns its length, or 0 where `capacity` is short. */
size_t table_path(const instance_table *table, const table_row *row, char *out, size_t capacity);

#endif
