# cython: language_level=3, auto_pickle=False, autotestdict=False
"""Data sets from one native transfer syntax to another, and edited on the way."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport INT64_MAX, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

import os

from recode cimport (
    ADDED_ANY, ADDED_CAPSULE, ADDED_EVEN, ADDED_ODD,
    RECODE_END, RECODE_EXPLICIT_BE, RECODE_EXPLICIT_LE, RECODE_FIRST_UNSURE, RECODE_IMPLICIT_LE,
    RECODE_MAX_DEPTH, RECODE_NO_MEMORY, RECODE_OK, RECODE_READ_FAILED, added_creator,
    added_dictionary, added_entry, added_range, added_vr_fits, recode_close, recode_edit,
    recode_edit_fault, recode_measure, recode_next, recode_open_bytes, recode_open_file,
    recode_options, recode_piece, recode_state, recode_status, recode_status_text,
)

MAX_DEPTH = RECODE_MAX_DEPTH

cdef dict _SYNTAXES = {
    "1.2.840.10008.1.2": RECODE_IMPLICIT_LE,
    "1.2.840.10008.1.2.1": RECODE_EXPLICIT_LE,
    "1.2.840.10008.1.2.2": RECODE_EXPLICIT_BE,
}


class RecodeError(Exception):
    def __init__(self, reason, tag, offset):
        super().__init__(f"{reason}: ({tag >> 16:04x},{tag & 0xFFFF:04x}) at byte {offset}")
        self.reason = reason
        self.tag = tag
        self.offset = offset

    def __reduce__(self):
        return type(self), (self.reason, self.tag, self.offset)


class UnsureError(RecodeError):
    pass


cdef dict _PARITIES = {"any": ADDED_ANY, "even": ADDED_EVEN, "odd": ADDED_ODD}


@cython.final
cdef class Dictionary:
    cdef added_dictionary added
    cdef added_creator *creators
    cdef added_entry *entries
    cdef added_range *ranges
    cdef list names  # the creators point into them

    def __cinit__(self, entries, ranges=()):
        cdef dict by_key = {(creator, tag): vr for creator, tag, vr in entries}
        cdef list listed = list(ranges)
        names = {bytes(key[0]) for key in by_key} | {bytes(one[0]) for one in listed}
        self.names = sorted(names - {b""})
        numbers = {name: number for number, name in enumerate(self.names, 1)}
        numbers[b""] = 0
        self.creators = <added_creator *>PyMem_Calloc(len(self.names) + 1, sizeof(added_creator))
        self.entries = <added_entry *>PyMem_Calloc(len(by_key) + 1, sizeof(added_entry))
        self.ranges = <added_range *>PyMem_Calloc(len(listed) + 1, sizeof(added_range))
        if self.creators is NULL or self.entries is NULL or self.ranges is NULL:
            raise MemoryError
        for i in range(len(self.names)):
            self.creators[i].name = <const uint8_t *>PyBytes_AS_STRING(self.names[i])
            self.creators[i].length = len(self.names[i])
        keys = sorted((numbers[creator], tag, vr) for (creator, tag), vr in by_key.items())
        for i in range(len(keys)):
            self.entries[i].creator, self.entries[i].tag, vr = keys[i]
            self.entries[i].vr = _vr_number(vr)
        for i in range(len(listed)):
            creator, groups, elements, vr = listed[i]
            self.ranges[i].creator = numbers[creator]
            self.ranges[i].group_low, self.ranges[i].group_high, parity = groups
            self.ranges[i].group_parity = _PARITIES[parity]
            self.ranges[i].element_low, self.ranges[i].element_high, parity = elements
            self.ranges[i].element_parity = _PARITIES[parity]
            self.ranges[i].vr = _vr_number(vr)
        self.added.creators = self.creators
        self.added.creator_count = len(self.names)
        self.added.entries = self.entries
        self.added.entry_count = len(keys)
        self.added.ranges = self.ranges
        self.added.range_count = len(listed)

    def __dealloc__(self):
        PyMem_Free(self.creators)
        PyMem_Free(self.entries)
        PyMem_Free(self.ranges)

    def __len__(self):
        return self.added.entry_count + self.added.range_count

    def capsule(self):
        return PyCapsule_New(&self.added, ADDED_CAPSULE, NULL)


cdef uint16_t _vr_number(str vr) except 0:
    cdef bytes text = vr.encode()
    cdef uint16_t number = text[0] << 8 | text[1] if len(text) == 2 else 0
    if not added_vr_fits(number):
        raise ValueError(f"{vr!r} is no Value Representation")
    return number


@cython.final
cdef class _Edits:
    # Edits as the walk wants them, and the bytes that they point into.
    cdef recode_edit *array
    cdef tuple held

    def __cinit__(self, edits):
        cdef bytes element
        self.held = tuple([(tag, bytes(value), present) for tag, value, present in edits])
        self.array = <recode_edit *>PyMem_Calloc(len(self.held) + 1, sizeof(recode_edit))
        if self.array is NULL:
            raise MemoryError
        for i in range(len(self.held)):
            tag, element, present = self.held[i]
            self.array[i].tag = tag
            self.array[i].only_if_present = bool(present)
            self.array[i].element = <const uint8_t *>PyBytes_AS_STRING(element)
            self.array[i].length = len(element)

    def __dealloc__(self):
        PyMem_Free(self.array)

    cdef int fill(self, recode_options *options) except -1:
        cdef const char *fault
        cdef uint32_t last_tag = 0
        options.edits = self.array
        options.edit_count = len(self.held)
        for i in range(options.edit_count):
            fault = recode_edit_fault(&self.array[i], options, last_tag)
            last_tag = self.array[i].tag
            if fault is not NULL:
                raise ValueError(
                    f"{fault.decode()}: ({last_tag >> 16:04x},{last_tag & 0xFFFF:04x})"
                )
        return 0


cdef int _fill_options(
    recode_options *options,
    from_syntax,
    to_syntax,
    uint32_t slice_least,
    bint copy_fragments,
    _Edits edits,
    bint external_pixel_data,
    bint disable_new_vr,
    Dictionary dictionary,
) except -1:
    memset(options, 0, sizeof(recode_options))
    for syntax in (from_syntax, to_syntax):
        if syntax not in _SYNTAXES:
            raise ValueError(f"{syntax} is not a native transfer syntax")
    if from_syntax == to_syntax and not (edits.held or external_pixel_data or disable_new_vr):
        raise ValueError("the data set is in this transfer syntax already")
    options.from_ = _SYNTAXES[from_syntax]
    options.to = _SYNTAXES[to_syntax]
    options.slice_least = slice_least
    options.copy_fragments = copy_fragments
    options.external_pixel_data = external_pixel_data
    options.disable_new_vr = disable_new_vr
    options.added = NULL if dictionary is None else &dictionary.added
    return edits.fill(options)


@cython.final
cdef class Recoder:
    cdef recode_state *state
    cdef _Edits edits
    cdef Dictionary dictionary

    def __cinit__(
        self,
        int fd,
        uint64_t offset,
        uint64_t length,
        str from_syntax not None,
        str to_syntax not None,
        *,
        uint32_t slice_least=16384,
        bint copy_fragments=False,
        edits=(),
        bint external_pixel_data=False,
        bint disable_new_vr=False,
        Dictionary dictionary=None,
    ):
        cdef recode_options options
        if fd < 0:
            raise ValueError("not a file descriptor")
        if offset > INT64_MAX or length > INT64_MAX - offset:
            raise ValueError("no file is that long")
        self.edits = _Edits(edits)
        self.dictionary = dictionary
        _fill_options(
            &options,
            from_syntax,
            to_syntax,
            slice_least,
            copy_fragments,
            self.edits,
            external_pixel_data,
            disable_new_vr,
            dictionary,
        )
        self.state = <recode_state *>PyMem_Malloc(sizeof(recode_state))
        if self.state is NULL:
            raise MemoryError
        recode_open_file(self.state, fd, offset, length, &options)

    def __dealloc__(self):
        if self.state is not NULL:
            recode_close(self.state)
            PyMem_Free(self.state)

    def __iter__(self):
        return self

    def __next__(self):
        cdef recode_piece piece
        cdef recode_status status
        with nogil:
            status = recode_next(self.state, &piece)
        PyErr_CheckSignals()
        if status == RECODE_END:
            raise StopIteration
        if status != RECODE_OK:
            _fail(self.state, status)
        if piece.length == 0:
            return None
        if piece.bytes is NULL:
            return piece.offset, piece.length
        return piece.bytes[:piece.length]

    def measure(self):
        return _measure(self.state)


cdef uint64_t _measure(recode_state *state) except? 0:
    cdef uint64_t length = 0
    cdef recode_status status
    with nogil:
        status = recode_measure(state, &length)
    if status != RECODE_END:
        _fail(state, status)
    return length


cdef int _fail(recode_state *state, recode_status status) except -1:
    if status == RECODE_READ_FAILED:
        raise OSError(state.source.error, os.strerror(state.source.error))
    if status == RECODE_NO_MEMORY:
        raise MemoryError
    kind = UnsureError if status >= RECODE_FIRST_UNSURE else RecodeError
    raise kind(recode_status_text(status).decode(), state.error_tag, state.error_offset)


def to_bytes(
    const uint8_t[::1] data_set not None,
    str from_syntax not None,
    str to_syntax not None,
    *,
    bint copy_fragments=False,
    edits=(),
    bint disable_new_vr=False,
    Dictionary dictionary=None,
):
    cdef recode_options options
    cdef recode_piece piece
    cdef recode_status status = RECODE_OK
    cdef uint64_t length
    cdef bytes result
    cdef char *to
    cdef const uint8_t *start = &data_set[0] if data_set.shape[0] else NULL
    cdef _Edits held = _Edits(edits)
    _fill_options(
        &options, from_syntax, to_syntax, 4096, copy_fragments, held, False, disable_new_vr,
        dictionary,
    )
    cdef recode_state *state = <recode_state *>PyMem_Malloc(sizeof(recode_state))
    if state is NULL:
        raise MemoryError
    recode_open_bytes(state, start, data_set.shape[0], &options)
    try:
        length = _measure(state)
        result = PyBytes_FromStringAndSize(NULL, length)
        to = PyBytes_AS_STRING(result)
        with nogil:
            while state.produced < length:
                status = recode_next(state, &piece)
                # The bytes may be shared with a thread that changes them.
                if status != RECODE_OK or state.produced > length:
                    break
                memcpy(to, piece.bytes, piece.length)
                to += piece.length
            if state.produced == length:
                status = recode_next(state, &piece)
        if status != RECODE_END:
            if status == RECODE_OK:
                raise RuntimeError("the data set changed meanwhile")
            _fail(state, status)
        return result
    finally:
        recode_close(state)
        PyMem_Free(state)
