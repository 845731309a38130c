#define _FILE_OFFSET_BITS 64

#include "part10.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "data_set.h"
#include "other_encoding.h"

/* One read of this size covers File Meta Information, the UIDs and the head of Pixel Data in most
 * files; larger ones cost more than they save. */
enum { WINDOW_BYTES = 8192 };
/* Reads for one file: a few, and more for a large one, which costs more to send than to walk. */
enum { READS_AT_LEAST = 64, READS_AT_MOST = 4096, BYTES_A_READ = 1 << 16 };

/* For a data set whose encoding was guessed, which the walk has to confirm. */
enum { READS_OF_GUESS = 1 << 18 };

enum { PREAMBLE_BYTES = 128, META_OFFSET = 132 };

static int stop(part10_instance *instance, int status, uint64_t detail) {
    instance->detail = detail;
    return status;
}

static int stop_unread(part10_instance *instance, const file_window *window, int otherwise,
                       uint64_t offset) {
    if (window->read_failed)
        return stop(instance, PART10_READ_FAILED, (uint64_t)window->read_error);
    return stop(instance, otherwise, offset);
}

/* The data set's own UID goes into the C-STORE request; that of the File Meta Information where
 * the data set has none. A UID against the rules passes where dcmsend, which looks at the File
 * Meta Information, would let it pass. */
static const found_uid *choose_uid(const found_uid *own, const found_uid *meta, int check_uids,
                                   int *bad) {
    const found_uid *chosen = own->quality == UID_ABSENT ? meta : own;
    *bad = chosen->quality == UID_UNUSABLE ||
           (check_uids && chosen->quality == UID_IRREGULAR && meta->quality != UID_REGULAR);
    return chosen;
}

/* Private transfer syntaxes may have any encoding. */
static int is_of_the_standard(const char *transfer_syntax_uid) {
    static const char root[] = "1.2.840.10008.";
    return !strncmp(transfer_syntax_uid, root, sizeof root - 1);
}

/* Finishes an instance whose data set begins at `data_set_offset`. */
static int scan_data_set(file_window *window, const found_pair *meta, int check_uids,
                         part10_instance *instance) {
    uint64_t begin = instance->data_set_offset;
    walk at = {.window = window, .offset = begin, .implicit_depth = UINT32_MAX};
    if (begin >= window->file_size) return stop(instance, PART10_TRUNCATED, begin);
    if (encoding_of(instance->transfer_syntax.text, &at.encoding)) {
        enum step step;
        do step = walk_step(&at);
        while (step == STEP_ON);
        if (step == STEP_TRUNCATED) return stop(instance, PART10_TRUNCATED, at.offset);
        if (step == STEP_READ_FAILED) return stop_unread(instance, window, PART10_OK, 0);
        if (at.offset == begin && is_of_the_standard(instance->transfer_syntax.text)) {
            int other = find_other_encoding(window, begin);
            if (other >= 0) return stop(instance, PART10_OTHER_ENCODING, (uint64_t)other);
        }
        instance->encapsulated = at.encapsulated;
        instance->complete = at.complete;
        instance->unterminated = at.unterminated;
    }
    int bad_class, bad_instance;
    const found_uid *sop_class =
        choose_uid(&at.uids.sop_class, &meta->sop_class, check_uids, &bad_class);
    const found_uid *sop_instance =
        choose_uid(&at.uids.sop_instance, &meta->sop_instance, check_uids, &bad_instance);
    if (sop_class->quality == UID_ABSENT) return stop(instance, PART10_NO_SOP_CLASS, begin);
    if (sop_instance->quality == UID_ABSENT)
        return stop(instance, PART10_NO_SOP_INSTANCE, begin);
    if (bad_class) return stop(instance, PART10_BAD_UID, sop_class->offset);
    if (bad_instance) return stop(instance, PART10_BAD_UID, sop_instance->offset);
    instance->sop_class = *sop_class;
    instance->sop_instance = *sop_instance;
    return PART10_OK;
}

/* ------------------------------------------------------------ the head of a file (PS3.10 7.1) */

/* Without the prefix a file may still be a data set, or have its File Meta Information at 0: it
 * begins with a tag of group 0002 or 0008 in either byte order. */
static int may_be_data_set(file_window *window) {
    if (window->file_size < SHORT_HEAD) return 0;
    const uint8_t *at = window_view(window, 0, 4);
    if (!at) return 0;
    uint32_t little = read_u16(at, 0), big = read_u16(at, 1);
    return little == 0x0008 || big == 0x0008 || (little == 0x0002 && !at[3]);
}

/* Walks group 0002, which is Explicit VR Little Endian, to the first element of another group.
 * The group length (0002,0000) is often wrong or missing in the field, and the walk needs none;
 * only before deflated bytes, which could look like anything, is it believed. */
static int scan_meta(file_window *window, found_pair *meta, part10_instance *instance) {
    const element_encoding little_explicit = {.explicit_vr = 1};
    uint64_t offset = META_OFFSET, size = window->file_size, group_end = 0;
    uint32_t last_tag = 0;
    while (offset < size) {
        data_element element;
        element_encoding ignored;
        enum element_status status = element_read(window, offset, little_explicit, &element);
        if (status == ELEMENT_UNREAD)
            return stop_unread(instance, window, PART10_BAD_META, offset);
        if (element.tag >> 16 != 0x0002) break;
        if (last_tag && offset == group_end &&
            instance->transfer_syntax.quality == UID_REGULAR &&
            !encoding_of(instance->transfer_syntax.text, &ignored))
            break;
        if (status == ELEMENT_CUT) return stop(instance, PART10_TRUNCATED, offset);
        if (status == ELEMENT_STRANGE || element.tag <= last_tag ||
            element.length == UNDEFINED_LENGTH)
            return stop(instance, PART10_BAD_META, offset);
        if (element.length > size - offset - element.head)
            return stop(instance, PART10_TRUNCATED, offset);
        found_uid *uid = element.tag == TAG(0x0002, 0x0002)   ? &meta->sop_class
                         : element.tag == TAG(0x0002, 0x0003) ? &meta->sop_instance
                         : element.tag == TAG(0x0002, 0x0010) ? &instance->transfer_syntax
                                                              : NULL;
        if (uid && read_uid(window, offset, &element, uid))
            return stop_unread(instance, window, PART10_BAD_META, offset);
        uint64_t value = offset + element.head;
        offset = value + element.length;
        if (element.tag == TAG(0x0002, 0x0000) && element.length == 4) {
            const uint8_t *at = window_view(window, value, 4);
            if (!at) return stop_unread(instance, window, PART10_BAD_META, value);
            group_end = offset + read_u32(at, 0);
        }
        last_tag = element.tag;
    }
    if (!last_tag || offset > UINT32_MAX) return stop(instance, PART10_BAD_META, META_OFFSET);
    instance->data_set_offset = offset;
    return PART10_OK;
}

static int scan_window(file_window *window, int check_uids, part10_instance *instance) {
    found_pair meta = {0};
    const uint8_t *prefix = NULL;
    if (window->file_size >= META_OFFSET) {
        prefix = window_view(window, 0, META_OFFSET);
        if (!prefix) return stop_unread(instance, window, PART10_READ_FAILED, 0);
    }
    if (!prefix || memcmp(prefix + PREAMBLE_BYTES, "DICM", 4)) {
        int may_be = may_be_data_set(window);
        if (window->read_failed) return stop_unread(instance, window, PART10_READ_FAILED, 0);
        return stop(instance, PART10_NOT_PART10, (uint64_t)may_be);
    }
    int status = scan_meta(window, &meta, instance);
    if (status) return status;
    const found_uid *syntax = &instance->transfer_syntax;
    if (syntax->quality == UID_ABSENT)
        return stop(instance, PART10_NO_TRANSFER_SYNTAX, instance->data_set_offset);
    if (syntax->quality == UID_UNUSABLE || (check_uids && syntax->quality == UID_IRREGULAR))
        return stop(instance, PART10_BAD_UID, syntax->offset);
    return scan_data_set(window, &meta, check_uids, instance);
}

/* ------------------------------------------------------------ files */

/* Fills in what fstat says; an enum part10_status. */
static int examine(int fd, part10_instance *instance) {
    struct stat file;
    if (fstat(fd, &file)) return stop(instance, PART10_OPEN_FAILED, (uint64_t)errno);
    if (!S_ISREG(file.st_mode)) return PART10_NOT_REGULAR;
    instance->file_size = (uint64_t)file.st_size;
    instance->mtime_ns = table_mtime_ns(&file);
    return PART10_OK;
}

int part10_scan_file(int folder_fd, const char *name, int check_uids, part10_instance *instance) {
    uint8_t buffer[WINDOW_BYTES];
    int fd;
    memset(instance, 0, sizeof *instance);
    /* A FIFO without a writer or a terminal must neither hang nor be taken over. */
    do fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        if (errno == ENXIO) return PART10_NOT_REGULAR; /* a socket */
        return stop(instance, PART10_OPEN_FAILED, (uint64_t)errno);
    }
    int status = examine(fd, instance);
    if (!status) {
        uint64_t reads = READS_AT_LEAST + instance->file_size / BYTES_A_READ;
        file_window window = {
            .file_size = instance->file_size,
            .buffer = buffer,
            .capacity = sizeof buffer,
            .fd = fd,
            .reads_left = reads < READS_AT_MOST ? (uint32_t)reads : READS_AT_MOST,
        };
        status = scan_window(&window, check_uids, instance);
    }
    close(fd);
    return status;
}

int part10_scan_bytes(const uint8_t *bytes, size_t length, int check_uids,
                      part10_instance *instance) {
    memset(instance, 0, sizeof *instance);
    instance->file_size = length;
    file_window window = {.bytes = bytes, .length = length, .file_size = length, .fd = -1};
    return scan_window(&window, check_uids, instance);
}

static void take_text(found_uid *uid, const char *text) {
    uid_take(uid, (const uint8_t *)text, strlen(text));
}

int part10_scan_data_set(int fd, const part10_start *start, int check_uids,
                         part10_instance *instance) {
    uint8_t buffer[WINDOW_BYTES];
    found_pair meta = {0};
    memset(instance, 0, sizeof *instance);
    int status = examine(fd, instance);
    if (status) return status;
    file_window window = {
        .file_size = instance->file_size,
        .buffer = buffer,
        .capacity = sizeof buffer,
        .fd = fd,
        .reads_left = READS_OF_GUESS,
    };
    take_text(&instance->transfer_syntax, start->transfer_syntax_uid);
    take_text(&meta.sop_class, start->media_sop_class_uid);
    take_text(&meta.sop_instance, start->media_sop_instance_uid);
    instance->data_set_offset = start->data_set_offset;
    return scan_data_set(&window, &meta, check_uids, instance);
}

/* ------------------------------------------------------------ lists of files */

static void fail(part10_list *list, int status, uint64_t detail) {
    list->failures[list->failure_count++] =
        (part10_failure){.index = list->next - 1, .detail = detail, .status = status};
}

enum part10_pause part10_accept_pending(part10_list *list) {
    const part10_instance *instance = &list->pending;
    const char *name = list->names[list->next - 1];
    table_row row = {
        .file_size = instance->file_size,
        .mtime_ns = instance->mtime_ns,
        .data_set_offset = (uint32_t)instance->data_set_offset,
        .folder = list->folder,
        .unterminated = instance->unterminated != 0,
        .space_padded = instance->sop_class.space_padded || instance->sop_instance.space_padded,
    };
    const char *sop_class = instance->sop_class.text, *syntax = instance->transfer_syntax.text;
    if (table_find_kind(list->table, sop_class, syntax, &row.kind)) {
        if (table_kind_count(list->table) == TABLE_MAX_KINDS) {
            fail(list, PART10_TOO_MANY_KINDS, 0);
            return PAUSE_NONE;
        }
        if (table_add_kind(list->table, sop_class, syntax, &row.kind)) return PAUSE_NO_MEMORY;
    }
    if (table_append(list->table, &row, name, strlen(name), instance->sop_instance.text))
        return PAUSE_NO_MEMORY;
    return PAUSE_NONE;
}

void part10_refuse_pending(part10_list *list, int status, uint64_t detail) {
    fail(list, status, detail);
}

/* Whether a slower reader may make something of the file. */
static int is_irregular(int status, uint64_t detail) {
    return status == PART10_BAD_META || status == PART10_NO_TRANSFER_SYNTAX ||
           (status == PART10_NOT_PART10 && detail);
}

enum part10_pause part10_scan_list(part10_list *list, size_t limit) {
    part10_instance *instance = &list->pending;
    while (limit-- && list->next < list->count) {
        uint16_t kind;
        int status = part10_scan_file(list->folder_fd, list->names[list->next++],
                                      list->check_uids, instance);
        if (status) {
            list->pending_status = status;
            if (list->ask_for_irregular && is_irregular(status, instance->detail))
                return PAUSE_IRREGULAR;
            fail(list, status, instance->detail);
            continue;
        }
        if (list->ask_for_kinds &&
            table_find_kind(list->table, instance->sop_class.text,
                            instance->transfer_syntax.text, &kind))
            return PAUSE_NEW_KIND;
        enum part10_pause pause = part10_accept_pending(list);
        if (pause) return pause;
    }
    return PAUSE_NONE;
}
