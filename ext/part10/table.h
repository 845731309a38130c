/* The table of instances: one compact row each, filled by the scanner, read by the socket loop.
 *
 * The rule for threads. One thread appends: rows, kinds and folders. Nothing that it has appended
 * ever moves, and none of it changes but the result columns of rows. A count is stored with release
 * order when all that it counts is in place, with the kinds and folders that rows refer to. So any
 * thread may, without a lock and while the table grows, load a count with acquire order
 * (`table_count`, `table_kind_count`, `table_folder_count`) and read what is below it. What only the
 * appending thread may use is said where it stands.
 *
 * The result columns of a row belong to the one association that has it, and may be read by others
 * once the row is final (`table_is_final`); after that nobody changes them. No Python here. */
#ifndef FASTSEND_TABLE_H
#define FASTSEND_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define TABLE_CAPSULE "fastsend.instance_table"

enum {
    TABLE_BLOCK_ROWS = 4096,
    TABLE_BLOCK_FOLDERS = 1024,
    TABLE_MAX_BLOCKS = 1 << 16,
    TABLE_MAX_KINDS = 65535,
    TABLE_NO_UID_IN_NAME = 255
};

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
    const char *text;         /* SOP Instance UID, NUL, then the name without the UID, no NUL */
    uint32_t name_length;     /* of the path below the folder, with the UID where that is in it */
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
    uint8_t final;            /* by table_set_final and table_is_final only */
    /* of the scan again */
    uint8_t uid_at;           /* where in the name the UID goes, or TABLE_NO_UID_IN_NAME */
    uint8_t unterminated : 1; /* encapsulated Pixel Data without Sequence Delimitation Item */
    uint8_t space_padded : 1; /* a UID is padded with spaces in the file */
} table_row;

_Static_assert(sizeof(table_row) <= 56, "a run of millions of instances pays for each byte");

typedef struct {
    char sop_class_uid[65];
    char transfer_syntax_uid[65];
} table_kind;

/* A path without a slash at its end; of length 0 for the working directory. What it has in common
 * with a folder before it is kept there. */
typedef struct {
    const char *own; /* the path from `shared` on, no NUL */
    uint32_t length; /* of the whole path */
    uint32_t shared; /* bytes at the start that are those of `base`; less than it shares itself */
    uint32_t base;
} table_folder;

/* The pointers take a place of their own for all that there can be: what of it is not used is
 * memory that was never touched, which costs none. */
typedef struct instance_table {
    size_t count;
    uint32_t repeat; /* rows for each instance that is appended */
    size_t kind_count;
    size_t folder_count;
    /* for the thread that appends */
    uint32_t *kind_slots; /* open addressing: index of a kind + 1, 0 empty */
    size_t slot_capacity; /* a power of two */
    char **arenas;
    size_t arena_count, arena_capacity, arena_used, arena_size;
    size_t arena_bytes; /* of all */
    /* for all */
    table_row *blocks[TABLE_MAX_BLOCKS];
    table_folder *folder_blocks[TABLE_MAX_BLOCKS];
    table_kind *kinds[TABLE_MAX_KINDS];
} instance_table;

static inline size_t table_count(const instance_table *table) {
    return __atomic_load_n(&table->count, __ATOMIC_ACQUIRE);
}

static inline size_t table_kind_count(const instance_table *table) {
    return __atomic_load_n(&table->kind_count, __ATOMIC_ACQUIRE);
}

static inline size_t table_folder_count(const instance_table *table) {
    return __atomic_load_n(&table->folder_count, __ATOMIC_ACQUIRE);
}

static inline table_row *table_at(const instance_table *table, size_t row) {
    return &table->blocks[row / TABLE_BLOCK_ROWS][row % TABLE_BLOCK_ROWS];
}

static inline const table_folder *table_folder_at(const instance_table *table, size_t folder) {
    return &table->folder_blocks[folder / TABLE_BLOCK_FOLDERS][folder % TABLE_BLOCK_FOLDERS];
}

static inline const char *table_sop_instance_uid(const table_row *row) {
    return row->text;
}

/* Says that the result columns of a row are what they will stay; all of them come before. */
static inline void table_set_final(table_row *row) {
    __atomic_store_n(&row->final, 1, __ATOMIC_RELEASE);
}

static inline int table_is_final(const table_row *row) {
    return __atomic_load_n(&row->final, __ATOMIC_ACQUIRE);
}

/* What was sent before, on an association that was lost, stays unknown. */
static inline void table_set_not_sent(table_row *row, uint16_t association) {
    if (row->outcome != OUTCOME_UNKNOWN) {
        row->outcome = OUTCOME_NOT_SENT;
        row->association = association;
    }
    table_set_final(row);
}

/* When a file was modified, in nanoseconds, for `mtime_ns` of a row. */
static inline int64_t table_mtime_ns(const struct stat *file) {
#ifdef __APPLE__
    const struct timespec *modified = &file->st_mtimespec;
#else
    const struct timespec *modified = &file->st_mtim;
#endif
    return (int64_t)modified->tv_sec * 1000000000 + modified->tv_nsec;
}

/* Before any other thread knows of the table, and when none does any more. */
void table_init(instance_table *table);
void table_free(instance_table *table);

/* For the thread that appends. All return 0, or -1 where memory or numbers run out; then nothing
 * was added. */
int table_add_folder(instance_table *table, const char *path, size_t length, uint32_t *folder);
int table_add_kind(instance_table *table, const char *sop_class_uid,
                   const char *transfer_syntax_uid, uint16_t *kind);
/* Returns 0 and the kind where it is known, -1 where it is not; adds nothing. */
int table_find_kind(const instance_table *table, const char *sop_class_uid,
                    const char *transfer_syntax_uid, uint16_t *kind);
/* Appends `row` as often as `repeat` says; its name and UID are copied once. No NUL is in `name`
 * but the one behind its end. */
int table_append(instance_table *table, const table_row *row, const char *name,
                 size_t name_length, const char *sop_instance_uid);
/* Room for `size` bytes that stay where they are; NULL where there is none. */
char *table_take(instance_table *table, size_t size);
/* Bytes that the table has asked of the system and does not hold for the number of rows alone. */
size_t table_memory_bytes(const instance_table *table);

/* For all, of what they have seen counted. */

/* Writes the path of a folder, without a NUL; `out` has room for its `length`. */
void table_folder_path(const instance_table *table, uint32_t folder, char *out);
/* Writes the path of `row`, NUL-terminated; returns its length, or 0 where `capacity` is short. */
size_t table_path(const instance_table *table, const table_row *row, char *out, size_t capacity);
static inline size_t table_path_length(const instance_table *table, const table_row *row) {
    size_t length = table_folder_at(table, row->folder)->length;
    return length + (length != 0) + row->name_length;
}
/* The first row from `start` on that is not final, or the count of rows. */
size_t table_final_prefix(const instance_table *table, size_t start);
/* Marks the rows from `first` to before `end` of the kinds that have a flag as not sent, but for
 * those that are final; returns how many. Kinds from `kind_count` on have no flag. */
size_t table_mark_not_sent(instance_table *table, size_t first, size_t end, const uint8_t *flags,
                           size_t kind_count, uint16_t association);

#endif
