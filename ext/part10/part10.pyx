# cython: language_level=3, auto_pickle=False, autotestdict=False
"""Scanning of files (PS3.10) and the compact table of instances."""

cimport cython
from cpython.bytes cimport PyBytes_AsStringAndSize, PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.pycapsule cimport PyCapsule_New
from cpython.pythread cimport PyThread_get_thread_ident
from libc.errno cimport EINTR, ENOMEM, errno
from libc.stdint cimport (
    INT64_MAX, UINT32_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t,
)
from libc.stdlib cimport free
from libc.string cimport memcpy, memset, strlen

import os

from part10 cimport (
    FIND_NO_MEMORY, FIND_OK, FIND_READ_FAILED, LISTING_FILE, LISTING_FOLDER, LISTING_SPECIAL,
    OUTCOME_ANSWERED, PART10_BAD_META, PART10_BAD_UID, PART10_KIND_REFUSED, PART10_NOT_PART10,
    PART10_NOT_REGULAR, PART10_NO_SOP_CLASS, PART10_NO_SOP_INSTANCE, PART10_NO_TRANSFER_SYNTAX,
    PART10_OK, PART10_OPEN_FAILED, PART10_OTHER_ENCODING, PART10_READ_FAILED,
    PART10_TOO_MANY_KINDS, PART10_TRUNCATED, PAUSE_IRREGULAR, PAUSE_NEW_KIND, PAUSE_NO_MEMORY,
    TABLE_BLOCK_ROWS, TABLE_CAPSULE, TABLE_MAX_BLOCKS, TABLE_MAX_KINDS, UID_IRREGULAR, UID_REGULAR,
    element_search, find_in_file, find_items_in_file, find_status, find_status_text,
    folder_listing, found_item, found_uid, instance_table, item_search, listing_close,
    listing_kind, listing_name, listing_open, listing_read, listing_sort, part10_accept_pending,
    part10_failure, part10_instance, part10_list, part10_pause, part10_refuse_pending,
    part10_scan_bytes, part10_scan_data_set, part10_scan_list, part10_start, table_add_folder,
    table_add_kind, table_append, table_at, table_count, table_final_prefix, table_find_kind,
    table_folder_at, table_folder_count, table_folder_path, table_free, table_init,
    table_kind_count, table_mark_not_sent, table_memory_bytes, table_path, table_path_length,
    table_row, table_set_not_sent, table_sop_instance_uid, uid_take, wanted_element,
)


cdef extern from "<fcntl.h>" nogil:
    const int AT_FDCWD, O_RDONLY, O_DIRECTORY, O_CLOEXEC
    int open_folder "open"(const char *path, int flags) noexcept

cdef extern from "<unistd.h>" nogil:
    int close(int fd) noexcept

OK = PART10_OK
OPEN_FAILED = PART10_OPEN_FAILED
READ_FAILED = PART10_READ_FAILED
NOT_REGULAR = PART10_NOT_REGULAR
NOT_PART10 = PART10_NOT_PART10
BAD_META = PART10_BAD_META
NO_TRANSFER_SYNTAX = PART10_NO_TRANSFER_SYNTAX
NO_SOP_CLASS = PART10_NO_SOP_CLASS
NO_SOP_INSTANCE = PART10_NO_SOP_INSTANCE
BAD_UID = PART10_BAD_UID
TRUNCATED = PART10_TRUNCATED
OTHER_ENCODING = PART10_OTHER_ENCODING
KIND_REFUSED = PART10_KIND_REFUSED
MAX_ROWS = TABLE_MAX_BLOCKS * TABLE_BLOCK_ROWS
TOO_MANY_KINDS = PART10_TOO_MANY_KINDS

cdef bytes MEDIA_STORAGE_DIRECTORY = b"1.2.840.10008.1.3.10"

# Files between two looks at pending signals: Ctrl-C must end a scan of a slow disk, too.
cdef enum:
    FILES_AT_ONCE = 64
    LISTING_MILLISECONDS = 50  # the same for a folder


cdef tuple _found(int status, part10_instance *instance):
    return (
        status,
        instance.detail,
        <bytes>instance.sop_class.text,
        <bytes>instance.sop_instance.text,
        <bytes>instance.transfer_syntax.text,
        instance.data_set_offset,
        instance.encapsulated != 0,
        instance.complete != 0,
        instance.unterminated != 0,
        instance.sop_class.space_padded or instance.sop_instance.space_padded,
    )


def scan_bytes(const uint8_t[::1] file, bint check_uids):
    cdef part10_instance instance
    cdef const uint8_t *start = &file[0] if file.shape[0] else NULL
    cdef size_t length = file.shape[0]
    cdef int status
    with nogil:
        status = part10_scan_bytes(start, length, check_uids, &instance)
    return _found(status, &instance)


def scan_data_set(
    int fd,
    uint64_t data_set_offset,
    bytes transfer_syntax_uid not None,
    bint check_uids,
    bytes media_sop_class_uid not None = b"",
    bytes media_sop_instance_uid not None = b"",
):
    cdef part10_instance instance
    cdef part10_start start
    cdef int status
    start.data_set_offset = data_set_offset
    start.transfer_syntax_uid = transfer_syntax_uid
    start.media_sop_class_uid = media_sop_class_uid
    start.media_sop_instance_uid = media_sop_instance_uid
    with nogil:
        status = part10_scan_data_set(fd, &start, check_uids, &instance)
    return _found(status, &instance)


class DataSetError(Exception):
    def __init__(self, reason, tag, offset):
        super().__init__(f"{reason}: ({tag >> 16:04x},{tag & 0xFFFF:04x}) at byte {offset}")
        self.reason = reason
        self.tag = tag
        self.offset = offset

    def __reduce__(self):
        return type(self), (self.reason, self.tag, self.offset)


cdef str _vr_text(uint16_t vr):
    return chr(vr >> 8) + chr(vr & 0xFF) if vr else ""


cdef tuple _found_elements(element_search *search):
    cdef dict found = {}
    cdef wanted_element *one
    for i in range(search.wanted_count):
        one = &search.wanted[i]
        if one.found:
            value = (search.values + one.value)[:one.length]
            found[one.tag] = (_vr_text(one.vr), value)
    if not search.has_pixel_data:
        return found, None
    length = -1 if search.pixel_data_length == UINT32_MAX else search.pixel_data_length
    return found, (_vr_text(search.pixel_data_vr), search.pixel_data_offset, length)


cdef int _check_range(int fd, uint64_t offset, uint64_t length) except -1:
    if fd < 0:
        raise ValueError("not a file descriptor")
    if offset > INT64_MAX or length > INT64_MAX - offset:
        raise ValueError("no file is that long")
    return 0


cdef int _check_found(
    find_status status, uint32_t tag, uint64_t offset, int read_error
) except -1:
    if status == FIND_READ_FAILED:
        raise OSError(read_error, os.strerror(read_error))
    if status == FIND_NO_MEMORY:
        raise MemoryError
    if status != FIND_OK:
        raise DataSetError(find_status_text(status).decode(), tag, offset)
    return 0


def find_elements(
    int fd,
    uint64_t offset,
    uint64_t length,
    tags,
    *,
    bint implicit_vr=False,
    bint big_endian=False,
    uint32_t longest_value=4096,
    bint pixel_data=True,
):
    cdef element_search search
    cdef find_status status
    cdef size_t i = 0
    cdef int64_t last_tag = -1
    _check_range(fd, offset, length)
    memset(&search, 0, sizeof(search))
    search.explicit_vr = not implicit_vr
    search.big_endian = big_endian
    search.longest_value = longest_value
    search.only_wanted = not pixel_data
    search.wanted_count = len(tags)
    search.wanted = <wanted_element *>PyMem_Calloc(
        search.wanted_count + 1, sizeof(wanted_element)
    )
    if search.wanted is NULL:
        raise MemoryError
    try:
        for i in range(search.wanted_count):
            search.wanted[i].tag = tags[i]
            if search.wanted[i].tag <= last_tag:
                raise ValueError("the tags do not increase")
            last_tag = search.wanted[i].tag
        with nogil:
            status = find_in_file(fd, offset, length, &search)
        _check_found(status, search.error_tag, search.error_offset, search.read_error)
        return _found_elements(&search)
    finally:
        PyMem_Free(search.wanted)
        free(search.values)


def find_items(
    int fd,
    uint64_t offset,
    uint64_t length,
    uint32_t sequence,
    *,
    bint implicit_vr=False,
    bint big_endian=False,
    size_t most=16,
):
    cdef item_search search
    cdef find_status status
    _check_range(fd, offset, length)
    if most < 1:
        raise ValueError("an item has to be asked for")
    memset(&search, 0, sizeof(search))
    search.explicit_vr = not implicit_vr
    search.big_endian = big_endian
    search.sequence = sequence
    search.capacity = most
    search.items = <found_item *>PyMem_Calloc(most, sizeof(found_item))
    if search.items is NULL:
        raise MemoryError
    try:
        with nogil:
            status = find_items_in_file(fd, offset, length, &search)
        _check_found(status, search.error_tag, search.error_offset, search.read_error)
        return [(search.items[i].offset, search.items[i].length) for i in range(search.count)]
    finally:
        PyMem_Free(search.items)


cdef bytes _joined(const folder_listing *listing, size_t first, size_t end):
    """Return the names from `first` to before `end` with a NUL between each two."""
    cdef size_t i, length, size = 0
    cdef bytes joined
    cdef char *out
    for i in range(first, end):
        size += strlen(listing_name(listing, i)) + 1
    joined = PyBytes_FromStringAndSize(NULL, size - 1)
    out = joined
    for i in range(first, end):
        # The NUL behind the last one is where bytes have theirs.
        length = strlen(listing_name(listing, i)) + 1
        memcpy(out, listing_name(listing, i), length)
        out += length
    return joined


cdef list _batches(const folder_listing *listing, int kind, size_t most):
    cdef list batches = []
    cdef size_t first = 0, end, i
    while first < listing.count and listing_kind(listing, first) < kind:
        first += 1
    end = first
    while end < listing.count and listing_kind(listing, end) == kind:
        end += 1
    for i in range(first, end, most):
        batches.append(_joined(listing, i, min(i + most, end)))
    return batches


def list_folder(bytes path not None, size_t most, tick=None):
    cdef folder_listing listing
    cdef char *folder = NULL
    cdef int error, more = 1
    PyBytes_AsStringAndSize(path, &folder, NULL)  # refuses a NUL inside
    if most < 1:
        raise ValueError("a batch without names")
    memset(&listing, 0, sizeof(listing))
    try:
        with nogil:
            error = listing_open(&listing, folder)
        while more and not error:
            with nogil:
                error = listing_read(&listing, LISTING_MILLISECONDS, &more)
            if not error:
                PyErr_CheckSignals()
                if tick is not None:
                    tick()
        if not error:
            with nogil:
                error = listing_sort(&listing)
        if error == ENOMEM:
            raise MemoryError
        if error:
            return error
        return (
            _batches(&listing, LISTING_FILE, most),
            _batches(&listing, LISTING_SPECIAL, most),
            _batches(&listing, LISTING_FOLDER, most),
        )
    finally:
        listing_close(&listing)


# What rows are counted by.
ctypedef uint64_t (*row_key)(const table_row *row) noexcept nogil


cdef uint64_t _result_key(const table_row *row) noexcept nogil:
    cdef uint64_t status = row.status if row.outcome == OUTCOME_ANSWERED else 0
    return <uint64_t>row.outcome << 16 | status


cdef uint64_t _carrier_key(const table_row *row) noexcept nogil:
    if row.outcome != OUTCOME_ANSWERED:
        return 0
    return <uint64_t>row.kind << 24 | <uint64_t>row.association << 8 | row.context_id


cdef dict _count_by(const instance_table *table, row_key key_of):
    cdef dict counts = {}
    cdef size_t count = table_count(table), i = 0, first
    cdef uint64_t key
    while i < count:
        first, key = i, key_of(table_at(table, i))
        # Runs of equal keys are the rule: Python hears of each run once.
        with nogil:
            while i < count and key_of(table_at(table, i)) == key:
                i += 1
        counts[key] = counts.get(key, 0) + i - first
    return counts


@cython.final
cdef class InstanceTable:
    cdef instance_table *table
    cdef int scans  # under way, one within the other
    cdef unsigned long scanner

    def __cinit__(self):
        self.table = <instance_table *>PyMem_Malloc(sizeof(instance_table))
        if self.table is NULL:
            raise MemoryError
        table_init(self.table)

    def __dealloc__(self):
        if self.table is not NULL:
            table_free(self.table)
            PyMem_Free(self.table)

    def __len__(self):
        return table_count(self.table)

    cdef const table_row *_row(self, Py_ssize_t row) except NULL:
        if row < 0 or <size_t>row >= table_count(self.table):
            raise IndexError(row)
        return table_at(self.table, row)

    cdef int _check_thread(self) except -1:
        """Refuse a second thread while the first appends without the GIL."""
        if self.scans and self.scanner != <unsigned long>PyThread_get_thread_ident():
            raise RuntimeError("another thread is scanning into this table")
        return 0

    def set_repeat(self, uint32_t repeat):
        self._check_thread()
        if repeat < 1:
            raise ValueError("each instance needs a row")
        self.table.repeat = repeat

    def add_folder(self, bytes path not None):
        cdef uint32_t folder = 0
        cdef char *text = NULL
        self._check_thread()
        PyBytes_AsStringAndSize(path, &text, NULL)  # refuses a NUL inside
        if table_add_folder(self.table, text, len(path), &folder):
            raise MemoryError
        return folder

    cdef int _check_folder(self, uint32_t folder) except -1:
        if folder >= table_folder_count(self.table):
            raise IndexError(f"no folder {folder}")
        return 0

    cdef bytes _folder_path(self, uint32_t folder):
        cdef uint32_t length = table_folder_at(self.table, folder).length
        cdef bytes path = PyBytes_FromStringAndSize(NULL, length)
        table_folder_path(self.table, folder, <char *>path)
        return path

    def scan(
        self,
        uint32_t folder,
        names,
        bint check_uids,
        judge=None,
        irregular=None,
        directory=None,
        tick=None,
    ):
        cdef tuple held = tuple(names)
        cdef part10_list todo
        cdef bytes folder_path
        cdef const char *path
        cdef size_t i
        self._check_thread()
        self._check_folder(folder)
        memset(&todo, 0, sizeof(todo))
        todo.table = self.table
        todo.count = len(held)
        todo.folder = folder
        todo.folder_fd = AT_FDCWD
        todo.check_uids = check_uids
        todo.ask_for_kinds = judge is not None
        todo.ask_for_irregular = irregular is not None
        todo.names = <const char **>PyMem_Calloc(todo.count + 1, sizeof(char *))
        todo.failures = <part10_failure *>PyMem_Calloc(todo.count + 1, sizeof(part10_failure))
        try:
            if todo.names is NULL or todo.failures is NULL:
                raise MemoryError
            for i in range(todo.count):
                PyBytes_AsStringAndSize(held[i], <char **>&todo.names[i], NULL)
            folder_path = self._folder_path(folder)
            path = folder_path
            if path[0]:
                with nogil:
                    todo.folder_fd = open_folder(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                    while todo.folder_fd < 0 and errno == EINTR:
                        todo.folder_fd = open_folder(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                if todo.folder_fd < 0:
                    return [(i, OPEN_FAILED, errno) for i in range(todo.count)]
            self.scanner = <unsigned long>PyThread_get_thread_ident()
            self.scans += 1
            try:
                self._scan_list(&todo, judge, irregular, directory, tick)
            finally:
                self.scans -= 1
            return [
                (todo.failures[i].index, todo.failures[i].status, todo.failures[i].detail)
                for i in range(todo.failure_count)
            ]
        finally:
            if todo.folder_fd >= 0:
                close(todo.folder_fd)
            PyMem_Free(todo.names)
            PyMem_Free(todo.failures)

    cdef int _scan_list(self, part10_list *todo, judge, irregular, directory, tick) except -1:
        cdef part10_pause pause
        cdef uint64_t refusal
        while todo.next < todo.count:
            with nogil:
                pause = part10_scan_list(todo, FILES_AT_ONCE)
            if pause == PAUSE_NEW_KIND and directory is not None and (
                <bytes>todo.pending.sop_class.text == MEDIA_STORAGE_DIRECTORY
            ):
                directory(todo.next - 1)  # may scan, too: all that it needs is in its own list
            elif pause == PAUSE_NEW_KIND:
                refusal = judge(
                    (<bytes>todo.pending.sop_class.text).decode("ascii"),
                    (<bytes>todo.pending.transfer_syntax.text).decode("ascii"),
                )
                if refusal:
                    part10_refuse_pending(todo, PART10_KIND_REFUSED, refusal)
                else:
                    pause = part10_accept_pending(todo)
            elif pause == PAUSE_IRREGULAR:
                irregular(todo.next - 1, todo.pending_status, todo.pending.detail)
            if pause == PAUSE_NO_MEMORY:
                raise MemoryError
            PyErr_CheckSignals()
            if tick is not None:
                tick()
        return 0

    def append(
        self,
        uint32_t folder,
        bytes name not None,
        bytes sop_class_uid not None,
        bytes sop_instance_uid not None,
        bytes transfer_syntax_uid not None,
        uint32_t data_set_offset,
        uint64_t file_size,
        int64_t mtime_ns,
        bint unterminated=False,
        bint space_padded=False,
    ):
        cdef table_row row
        cdef found_uid uid
        cdef char *text = NULL
        self._check_thread()
        self._check_folder(folder)
        PyBytes_AsStringAndSize(name, &text, NULL)
        for value in (sop_class_uid, sop_instance_uid, transfer_syntax_uid):
            uid_take(&uid, <const uint8_t *><const char *>value, len(value))
            if uid.quality not in (UID_REGULAR, UID_IRREGULAR) or <bytes>uid.text != value:
                raise ValueError(f"{value!r} cannot be sent as a UID")
        if data_set_offset > file_size:
            raise ValueError("the data set begins behind the end of the file")
        memset(&row, 0, sizeof(row))
        row.folder = folder
        row.data_set_offset = data_set_offset
        row.file_size = file_size
        row.mtime_ns = mtime_ns
        row.unterminated = unterminated
        row.space_padded = space_padded
        if table_find_kind(self.table, sop_class_uid, transfer_syntax_uid, &row.kind):
            if table_kind_count(self.table) == TABLE_MAX_KINDS:
                raise OverflowError("too many SOP classes and transfer syntaxes")
            if table_add_kind(self.table, sop_class_uid, transfer_syntax_uid, &row.kind):
                raise MemoryError
        if table_append(self.table, &row, text, len(name), sop_instance_uid):
            raise MemoryError

    def kinds(self):
        return [
            (
                (<bytes>self.table.kinds[i].sop_class_uid).decode("ascii"),
                (<bytes>self.table.kinds[i].transfer_syntax_uid).decode("ascii"),
            )
            for i in range(table_kind_count(self.table))
        ]

    def kind_column(self, size_t first=0, end=None):
        cdef size_t count = table_count(self.table), i
        if end is not None:
            count = min(<size_t>end, count)
        first = min(first, count)
        cdef bytes column = PyBytes_FromStringAndSize(NULL, (count - first) * sizeof(uint16_t))
        cdef uint16_t *kinds = <uint16_t *><char *>column
        with nogil:
            for i in range(first, count):
                kinds[i - first] = table_at(self.table, i).kind
        return memoryview(column).cast("H")

    def kind(self, Py_ssize_t row):
        return self._row(row).kind

    def path(self, Py_ssize_t row):
        cdef const table_row *found = self._row(row)
        cdef size_t length = table_path_length(self.table, found)
        cdef bytes path = PyBytes_FromStringAndSize(NULL, length)
        # The NUL that table_path writes at the end is where bytes have theirs.
        table_path(self.table, found, <char *>path, length + 1)
        return path

    def file(self, Py_ssize_t row):
        cdef const table_row *found = self._row(row)
        return self.path(row), found.data_set_offset, found.file_size, found.mtime_ns

    def sop_instance_uid(self, Py_ssize_t row):
        return (<bytes>table_sop_instance_uid(self._row(row))).decode("ascii")

    def data_set_length(self, Py_ssize_t row):
        cdef const table_row *found = self._row(row)
        return found.file_size - found.data_set_offset

    def unterminated(self, Py_ssize_t row):
        return self._row(row).unterminated != 0

    def space_padded(self):
        cdef size_t count = table_count(self.table), i
        cdef size_t found = 0, first = 0
        with nogil:
            for i in range(count):
                if table_at(self.table, i).space_padded:
                    if not found:
                        first = i
                    found += 1
        return found, first

    def unterminated_rows(self, size_t first, size_t end):
        cdef size_t count = min(end, table_count(self.table)), i
        cdef list rows = []
        for i in range(first, count):
            if table_at(self.table, i).unterminated:
                rows.append(i)
        return rows

    def total_data_set_bytes(self):
        cdef size_t count = table_count(self.table), i
        cdef uint64_t total = 0
        cdef const table_row *row
        with nogil:
            for i in range(count):
                row = table_at(self.table, i)
                total += row.file_size - row.data_set_offset
        return total

    def answered_bytes(self):
        cdef size_t count = table_count(self.table), i
        cdef uint64_t total = 0
        cdef const table_row *row
        with nogil:
            for i in range(count):
                row = table_at(self.table, i)
                if row.outcome == OUTCOME_ANSWERED:
                    total += row.file_size - row.data_set_offset
        return total

    def counts(self):
        cdef dict found = _count_by(self.table, _result_key)
        return {(key >> 16, key & 0xFFFF): number for key, number in found.items()}

    def carried(self):
        cdef dict found = _count_by(self.table, _carrier_key)
        return {
            (key >> 24 & 0xFFFF, key >> 8 & 0xFFFF, key & 0xFF): number
            for key, number in found.items()
            if key
        }

    def result(self, Py_ssize_t row):
        cdef const table_row *found = self._row(row)
        return (
            found.outcome,
            found.status,
            found.error,
            found.error_detail,
            found.association,
            found.context_id,
            found.elapsed_us,
        )

    def set_not_sent(self, Py_ssize_t row, uint16_t association):
        table_set_not_sent(<table_row *>self._row(row), association)

    def mark_not_sent(
        self, size_t first, size_t end, const uint8_t[::1] kinds not None, uint16_t association
    ):
        cdef const uint8_t *flags = &kinds[0] if kinds.shape[0] else NULL
        cdef size_t count = kinds.shape[0], marked
        with nogil:
            marked = table_mark_not_sent(self.table, first, end, flags, count, association)
        return marked

    def final_prefix(self, size_t start):
        cdef size_t row
        with nogil:
            row = table_final_prefix(self.table, start)
        return row

    def memory_bytes(self):
        return table_memory_bytes(self.table)

    def capsule(self):
        return PyCapsule_New(self.table, TABLE_CAPSULE, NULL)
