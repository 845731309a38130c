# cython: language_level=3, auto_pickle=False, autotestdict=False
"""The bytes of the DICOM Upper Layer, as the socket loop writes and reads them."""

cimport cython
from pdu cimport (
    C_STORE_RQ_MAX_ENCODED, P_DATA_PREFIX_LENGTH, PDU_ABORTED, PDU_BAD_TYPE, PDU_COMMAND,
    PDU_NEED_MORE, PDU_RELEASE_REQUESTED, UID_MAX_LENGTH, pdu_c_store_rq, pdu_c_store_rsp,
    pdu_decode_c_store_rsp, pdu_encode_c_store_rq, pdu_event, pdu_event_text,
    pdu_fragment_length, pdu_put_p_data_prefix, pdu_reader, pdu_reader_feed, pdu_reader_init,
    pdu_reader_inside,
)
from libc.stdint cimport uint8_t, uint16_t, uint32_t

COMMAND = PDU_COMMAND
ABORTED = PDU_ABORTED
RELEASE_REQUESTED = PDU_RELEASE_REQUESTED


def fragment_length(uint32_t max_pdu_length):
    """Return the length of the message fragments sent to a peer, in bytes.

    Parameters
    ----------
    max_pdu_length : int
        The peer's maximum length (PS3.8 D.1): what follows the PDU header; 0 is no limit.

    Returns
    -------
    int
        The largest even length that fits a PDU with one PDV; 0 where none does.
    """
    return pdu_fragment_length(max_pdu_length)


def p_data_prefix(uint32_t length, uint8_t context_id, bint command, bint last):
    """Return the 12 bytes before a fragment of `length` bytes: PDU and PDV header (PS3.8 9.3.5)."""
    cdef uint8_t out[P_DATA_PREFIX_LENGTH]
    pdu_put_p_data_prefix(out, length, context_id, command, last)
    return bytes(out[:P_DATA_PREFIX_LENGTH])


def encode_c_store_rq(
    uint8_t context_id, uint16_t message_id, bytes sop_class_uid, bytes sop_instance_uid,
    uint32_t max_pdu_length,
):
    """Return a C-STORE-RQ (PS3.7 9.3.1.1) as P-DATA-TF PDUs.

    Raises
    ------
    ValueError
        Where a UID has more than 64 characters, or no fragment fits `max_pdu_length`.
    """
    cdef uint8_t out[C_STORE_RQ_MAX_ENCODED]
    cdef pdu_c_store_rq request
    if len(sop_class_uid) > UID_MAX_LENGTH or len(sop_instance_uid) > UID_MAX_LENGTH:
        raise ValueError("a UID has at most 64 characters")
    request.sop_class_uid = sop_class_uid
    request.sop_instance_uid = sop_instance_uid
    request.fragment_length = pdu_fragment_length(max_pdu_length)
    request.message_id = message_id
    request.context_id = context_id
    if request.fragment_length == 0:
        raise ValueError(f"no fragment fits a maximum PDU length of {max_pdu_length}")
    cdef size_t length = pdu_encode_c_store_rq(out, &request)
    return bytes(out[:length])


def decode_c_store_rsp(const uint8_t[::1] command not None):
    """Return (message id, status, SOP Instance UID, error comment) of a C-STORE-RSP.

    Raises
    ------
    ValueError
        Where the command set is not a C-STORE-RSP (PS3.7 9.3.1.2), with the reason.
    """
    cdef pdu_c_store_rsp response
    cdef const uint8_t *data = &command[0] if command.shape[0] else NULL
    cdef pdu_event event = pdu_decode_c_store_rsp(data, command.shape[0], &response)
    if event != PDU_COMMAND:
        raise ValueError(pdu_event_text(event).decode())
    return (
        response.message_id,
        response.status,
        response.sop_instance_uid[:response.sop_instance_length],
        response.error_comment[:response.error_comment_length],
    )


@cython.final
cdef class Reader:
    """Decodes what a Storage SCP sends, however it is cut into pieces.

    Parameters
    ----------
    max_pdu_length : int
        The maximum length that was proposed to the peer; 0 is no limit.
    """

    cdef pdu_reader reader

    def __cinit__(self, uint32_t max_pdu_length):
        pdu_reader_init(&self.reader, max_pdu_length)

    def feed(self, const uint8_t[::1] data not None):
        """Take bytes; return the events in them.

        Returns
        -------
        list of tuple
            ``(COMMAND, context id, command set)``, ``(ABORTED, source, reason)`` or
            ``(RELEASE_REQUESTED, 0, 0)``.

        Raises
        ------
        ValueError
            Where the bytes are not what PS3.8 9.3 allows here; nothing can be read after it.
        """
        cdef size_t at = 0, used = 0, length = data.shape[0]
        cdef pdu_event event
        events = []
        while at < length:
            event = pdu_reader_feed(&self.reader, &data[at], length - at, &used)
            at += used
            if event >= PDU_BAD_TYPE:
                raise ValueError(
                    f"{pdu_event_text(event).decode()}, at byte {self.reader.consumed}"
                )
            if event == PDU_COMMAND:
                command = bytes(self.reader.command[:self.reader.command_length])
                events.append((event, self.reader.context_id, command))
            elif event == PDU_ABORTED:
                events.append((event, self.reader.abort_source, self.reader.abort_reason))
            elif event != PDU_NEED_MORE:
                events.append((event, 0, 0))
        return events

    @property
    def inside(self):
        """True where a PDU or a message has begun and is not complete."""
        return pdu_reader_inside(&self.reader) != 0
