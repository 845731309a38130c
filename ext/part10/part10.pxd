# cython: language_level=3
"""The C interfaces of the scanner and of the table of instances."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "table.h" nogil:
    const char *TABLE_CAPSULE
    enum:
        TABLE_MAX_KINDS
        TABLE_MAX_BLOCKS
        TABLE_BLOCK_ROWS
        OUTCOME_ANSWERED
        OUTCOME_NOT_SENT

    ctypedef struct table_row:
        uint64_t file_size
        int64_t mtime_ns
        uint32_t name_length
        uint32_t data_set_offset
        uint32_t folder
        uint16_t kind
        uint16_t status
        uint32_t elapsed_us
        int32_t error_detail
        uint16_t association
        uint8_t context_id
        uint8_t outcome
        uint8_t error
        uint8_t unterminated
        uint8_t space_padded

    ctypedef struct table_kind:
        char *sop_class_uid
        char *transfer_syntax_uid

    ctypedef struct table_folder:
        uint32_t length

    ctypedef struct instance_table:
        uint32_t repeat
        table_kind **kinds

    size_t table_count(const instance_table *table) noexcept
    size_t table_kind_count(const instance_table *table) noexcept
    size_t table_folder_count(const instance_table *table) noexcept
    table_row *table_at(const instance_table *table, size_t row) noexcept
    const table_folder *table_folder_at(const instance_table *table, size_t folder) noexcept
    const char *table_sop_instance_uid(const table_row *row) noexcept
    void table_set_not_sent(table_row *row, uint16_t association) noexcept
    void table_init(instance_table *table) noexcept
    void table_free(instance_table *table) noexcept
    int table_add_folder(instance_table *table, const char *path, size_t length,
                         uint32_t *folder) noexcept
    int table_add_kind(instance_table *table, const char *sop_class_uid,
                       const char *transfer_syntax_uid, uint16_t *kind) noexcept
    int table_find_kind(const instance_table *table, const char *sop_class_uid,
                        const char *transfer_syntax_uid, uint16_t *kind) noexcept
    int table_append(instance_table *table, const table_row *row, const char *name,
                     size_t name_length, const char *sop_instance_uid) noexcept
    size_t table_memory_bytes(const instance_table *table) noexcept
    void table_folder_path(const instance_table *table, uint32_t folder, char *out) noexcept
    size_t table_path(const instance_table *table, const table_row *row, char *out,
                      size_t capacity) noexcept
    size_t table_path_length(const instance_table *table, const table_row *row) noexcept
    size_t table_final_prefix(const instance_table *table, size_t start) noexcept
    size_t table_mark_not_sent(instance_table *table, size_t first, size_t end,
                               const uint8_t *flags, size_t kind_count,
                               uint16_t association) noexcept


cdef extern from "listing.h" nogil:
    enum listing_entry:
        LISTING_FILE
        LISTING_SPECIAL
        LISTING_FOLDER

    ctypedef struct folder_listing:
        size_t count

    int listing_open(folder_listing *listing, const char *folder) noexcept
    int listing_read(folder_listing *listing, long milliseconds, int *more) noexcept
    int listing_sort(folder_listing *listing) noexcept
    void listing_close(folder_listing *listing) noexcept
    int listing_kind(const folder_listing *listing, size_t entry) noexcept
    const char *listing_name(const folder_listing *listing, size_t entry) noexcept


cdef extern from "find.h" nogil:
    enum find_status:
        FIND_OK
        FIND_READ_FAILED
        FIND_NO_MEMORY

    ctypedef struct wanted_element:
        uint32_t tag
        int found
        uint16_t vr
        uint32_t length
        size_t value

    ctypedef struct element_search:
        int explicit_vr
        int big_endian
        wanted_element *wanted
        size_t wanted_count
        uint32_t longest_value
        int only_wanted
        uint8_t *values
        int has_pixel_data
        uint16_t pixel_data_vr
        uint64_t pixel_data_offset
        uint32_t pixel_data_length
        uint32_t error_tag
        uint64_t error_offset
        int read_error

    ctypedef struct found_item:
        uint64_t offset
        uint64_t length

    ctypedef struct item_search:
        int explicit_vr
        int big_endian
        uint32_t sequence
        found_item *items
        size_t capacity
        size_t count
        uint32_t error_tag
        uint64_t error_offset
        int read_error

    const char *find_status_text(find_status status) noexcept
    find_status find_in_file "find_elements"(int fd, uint64_t offset, uint64_t length,
                                             element_search *search) noexcept
    find_status find_items_in_file "find_items"(int fd, uint64_t offset, uint64_t length,
                                                item_search *search) noexcept


cdef extern from "uid.h" nogil:
    enum uid_quality:
        UID_ABSENT
        UID_REGULAR
        UID_IRREGULAR
        UID_UNUSABLE

    ctypedef struct found_uid:
        char *text
        uint8_t quality
        uint8_t space_padded

    void uid_take(found_uid *uid, const uint8_t *value, size_t length) noexcept


cdef extern from "part10.h" nogil:
    enum part10_status:
        PART10_OK
        PART10_OPEN_FAILED
        PART10_READ_FAILED
        PART10_NOT_REGULAR
        PART10_NOT_PART10
        PART10_BAD_META
        PART10_NO_TRANSFER_SYNTAX
        PART10_NO_SOP_CLASS
        PART10_NO_SOP_INSTANCE
        PART10_BAD_UID
        PART10_TRUNCATED
        PART10_OTHER_ENCODING
        PART10_KIND_REFUSED
        PART10_TOO_MANY_KINDS

    ctypedef struct part10_instance:
        found_uid sop_class
        found_uid sop_instance
        found_uid transfer_syntax
        uint64_t data_set_offset
        uint64_t file_size
        int64_t mtime_ns
        uint64_t detail
        int encapsulated
        int complete
        int unterminated

    ctypedef struct part10_start:
        uint64_t data_set_offset
        const char *transfer_syntax_uid
        const char *media_sop_class_uid
        const char *media_sop_instance_uid

    int part10_scan_bytes(const uint8_t *bytes, size_t length, int check_uids,
                          part10_instance *instance) noexcept
    int part10_scan_data_set(int fd, const part10_start *start, int check_uids,
                             part10_instance *instance) noexcept

    ctypedef struct part10_failure:
        size_t index
        uint64_t detail
        int status

    enum part10_pause:
        PAUSE_NONE
        PAUSE_NEW_KIND
        PAUSE_IRREGULAR
        PAUSE_NO_MEMORY

    ctypedef struct part10_list:
        instance_table *table
        const char **names
        size_t count
        size_t next
        part10_failure *failures
        size_t failure_count
        part10_instance pending
        int pending_status
        uint32_t folder
        int folder_fd
        int check_uids
        int ask_for_kinds
        int ask_for_irregular

    part10_pause part10_scan_list(part10_list *list, size_t limit) noexcept
    part10_pause part10_accept_pending(part10_list *list) noexcept
    void part10_refuse_pending(part10_list *list, int status, uint64_t detail) noexcept
