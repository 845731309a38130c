# cython: language_level=3
"""The C interface of data set re-encoding."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "added.h" nogil:
    const char *ADDED_CAPSULE

    enum added_parity:
        ADDED_ANY
        ADDED_EVEN
        ADDED_ODD

    ctypedef struct added_entry:
        uint32_t creator
        uint32_t tag
        uint16_t vr

    ctypedef struct added_range:
        uint32_t creator
        uint16_t group_low
        uint16_t group_high
        uint16_t element_low
        uint16_t element_high
        uint8_t group_parity
        uint8_t element_parity
        uint16_t vr

    ctypedef struct added_creator:
        const uint8_t *name
        size_t length

    ctypedef struct added_dictionary:
        const added_entry *entries
        size_t entry_count
        const added_range *ranges
        size_t range_count
        const added_creator *creators
        size_t creator_count

    bint added_vr_fits(uint16_t vr) noexcept


cdef extern from "recode.h" nogil:
    enum recode_syntax:
        RECODE_IMPLICIT_LE
        RECODE_EXPLICIT_LE
        RECODE_EXPLICIT_BE

    enum recode_status:
        RECODE_OK
        RECODE_END
        RECODE_READ_FAILED
        RECODE_CHANGED
        RECODE_NO_MEMORY
        RECODE_FIRST_UNSURE

    enum:
        RECODE_MAX_DEPTH

    ctypedef struct recode_edit:
        uint32_t tag
        int only_if_present
        const uint8_t *element
        size_t length

    ctypedef struct recode_options:
        recode_syntax from_ "from"
        recode_syntax to
        uint32_t slice_least
        int copy_fragments
        const recode_edit *edits
        size_t edit_count
        int external_pixel_data
        int disable_new_vr
        const added_dictionary *added

    ctypedef struct recode_piece:
        const uint8_t *bytes
        uint64_t offset
        uint64_t length

    ctypedef struct recode_source:
        int error

    ctypedef struct recode_state:
        recode_source source
        recode_options options
        uint64_t produced
        recode_status status
        uint32_t error_tag
        uint64_t error_offset

    const char *recode_edit_fault(const recode_edit *edit, const recode_options *options,
                                  uint32_t last_tag) noexcept
    const char *recode_status_text(recode_status status) noexcept
    void recode_open_file(recode_state *state, int fd, uint64_t offset, uint64_t length,
                          const recode_options *options) noexcept
    void recode_open_bytes(recode_state *state, const uint8_t *bytes, uint64_t length,
                           const recode_options *options) noexcept
    recode_status recode_measure(recode_state *state, uint64_t *length) noexcept
    recode_status recode_next(recode_state *state, recode_piece *piece) noexcept
    void recode_close(recode_state *state) noexcept
