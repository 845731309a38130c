# cython: language_level=3, auto_pickle=False, autotestdict=False
"""The socket loop of a transfer, without the GIL."""

cimport cython
from cpython.buffer cimport PyBUF_READ, PyBUF_WRITE
from cpython.exc cimport PyErr_SetFromErrno
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.memoryview cimport PyMemoryView_FromMemory
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.errno cimport EAGAIN, EIO
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from wire cimport (
    ADDED_CAPSULE, TABLE_CAPSULE, WIRE_ANSWERED_EARLY, WIRE_CANCELLED, WIRE_CONNECTION_LOST,
    WIRE_DIMSE_TIMEOUT, WIRE_FILE_CHANGED, WIRE_FILE_CHANGED_SENDING, WIRE_FILE_OPEN,
    WIRE_FILE_READ, WIRE_FIRST_FATAL, WIRE_NOT_CONVERTED, WIRE_NOT_CONVERTED_SENDING,
    WIRE_NOT_RECODED, WIRE_OK, WIRE_OTHER_FAULT, WIRE_PEER_ABORTED, WIRE_PEER_RELEASED,
    WIRE_PENDING_STATUS, WIRE_PROTOCOL, WIRE_PUSH, WIRE_SOCKET_TIMEOUT, WIRE_STATUS_FAILED,
    WIRE_WRONG_CONTEXT, WIRE_WRONG_MESSAGE_ID, WIRE_WRONG_SOP_INSTANCE, added_dictionary,
    channel_now_ns, instance_table, pdu_event, pdu_event_text, recode_status,
    recode_status_text, secure_init, table_count, wire_begin, wire_cancel, wire_cancel_free,
    wire_cancel_init, wire_cancel_request, wire_cancel_requested, wire_channel, wire_close,
    wire_done_rows, wire_finish, wire_give_up, wire_init, wire_limit, wire_limit_free,
    wire_limit_init, wire_limit_take, wire_means_stored, wire_path, wire_path_of, wire_push,
    wire_queue, wire_queue_free, wire_queue_init, wire_queue_look, wire_queue_publish,
    wire_queue_set_order, wire_queue_set_routes, wire_queue_stop, wire_refuse, wire_retire,
    wire_route, wire_secure, wire_sent_bytes, wire_settle, wire_status, wire_store_rows, wire_times,
)

OK = WIRE_OK
STATUS_FAILED = WIRE_STATUS_FAILED
FILE_OPEN = WIRE_FILE_OPEN
FILE_CHANGED = WIRE_FILE_CHANGED
NOT_RECODED = WIRE_NOT_RECODED
NOT_CONVERTED = WIRE_NOT_CONVERTED
PUSH = WIRE_PUSH
FIRST_FATAL = WIRE_FIRST_FATAL
FILE_CHANGED_SENDING = WIRE_FILE_CHANGED_SENDING
FILE_READ = WIRE_FILE_READ
NOT_CONVERTED_SENDING = WIRE_NOT_CONVERTED_SENDING
CANCELLED = WIRE_CANCELLED
SOCKET_TIMEOUT = WIRE_SOCKET_TIMEOUT
DIMSE_TIMEOUT = WIRE_DIMSE_TIMEOUT
CONNECTION_LOST = WIRE_CONNECTION_LOST
PEER_ABORTED = WIRE_PEER_ABORTED
PEER_RELEASED = WIRE_PEER_RELEASED
PROTOCOL = WIRE_PROTOCOL
WRONG_MESSAGE_ID = WIRE_WRONG_MESSAGE_ID
WRONG_SOP_INSTANCE = WIRE_WRONG_SOP_INSTANCE
WRONG_CONTEXT = WIRE_WRONG_CONTEXT
PENDING_STATUS = WIRE_PENDING_STATUS
ANSWERED_EARLY = WIRE_ANSWERED_EARLY
OTHER_FAULT = WIRE_OTHER_FAULT


def means_stored(uint16_t status):
    """Return True for a C-STORE status that the loop takes for stored: success or a warning."""
    return wire_means_stored(status)


def protocol_text(int detail):
    """Return a sentence about the `detail` of a row or channel that ended with PROTOCOL."""
    return pdu_event_text(<pdu_event>detail).decode()


def recode_text(int detail):
    """Return a sentence about the `detail` of a row that ended with NOT_RECODED."""
    return recode_status_text(<recode_status>detail).decode()


@cython.final
cdef class Cancel:
    """Ends transfers from another thread, within a moment even while they wait."""

    cdef wire_cancel cancel

    def __cinit__(self):
        if wire_cancel_init(&self.cancel) != 0:
            PyErr_SetFromErrno(OSError)

    def __dealloc__(self):
        wire_cancel_free(&self.cancel)

    def request(self):
        """Ask every transfer that uses this object to stop; safe in a signal handler."""
        wire_cancel_request(&self.cancel)

    @property
    def requested(self):
        """True once a stop was asked for."""
        return wire_cancel_requested(&self.cancel) != 0


@cython.final
cdef class Limit:
    """A rate that all channels with it keep together, counted in bytes of PDUs.

    Parameters
    ----------
    bytes_per_second : float
        Above 0.
    now_ns : int, optional
        The time of a clock that `take` is told the time of.
    """

    cdef wire_limit limit
    cdef bint made

    def __cinit__(self, double bytes_per_second, *, now_ns=None):
        cdef int64_t start = channel_now_ns() if now_ns is None else now_ns
        if not bytes_per_second > 0:
            raise ValueError("a limit is above 0 bytes a second")
        if wire_limit_init(&self.limit, bytes_per_second, start) != 0:
            PyErr_SetFromErrno(OSError)
        self.made = True

    def __dealloc__(self):
        if self.made:
            wire_limit_free(&self.limit)

    def take(self, int64_t now_ns, size_t wanted):
        """Return how many of `wanted` bytes may be sent now, and else when to ask again.

        Returns
        -------
        tuple of int
            Bytes and a time; 0 bytes where that is later than `now_ns`.
        """
        cdef int64_t again_ns = now_ns
        cdef size_t granted = wire_limit_take(&self.limit, now_ns, wanted, &again_ns)
        return granted, again_ns


@cython.final
cdef class Queue:
    """The rows of a run, for the channels of all its associations.

    Parameters
    ----------
    table : InstanceTable
        The instances.
    first, end : int
        The rows that are there, half open.
    closed : bool
        False where more of them will be published.
    """

    cdef wire_queue queue
    cdef bint made
    cdef object table
    cdef const uint8_t[::1] routes
    cdef const uint32_t[::1] order
    cdef const uint32_t[::1] starts

    def __cinit__(self, table not None, uint32_t first, uint32_t end, *, bint closed=True):
        cdef instance_table *rows = <instance_table *>PyCapsule_GetPointer(
            table.capsule(), TABLE_CAPSULE
        )
        if end > table_count(rows) or first > end:
            raise IndexError("rows beyond the table")
        self.table = table
        if wire_queue_init(&self.queue, rows, first, end, closed) != 0:
            PyErr_SetFromErrno(OSError)
        self.made = True

    def __dealloc__(self):
        if self.made:
            wire_queue_free(&self.queue)

    def set_routes(self, const uint8_t[::1] routes not None):
        """Say how the instances of each kind are sent; only while no channel sends.

        Parameters
        ----------
        routes : bytes
            Four for each kind of the table: the presentation context id, or 0 where rows of it are
            not sent; 0 where data sets go as stored, 1 where they are re-encoded, 2 where they are
            pushed, 3 where the queue ends before such a row; and the syntaxes from and to which
            they are re-encoded, as `enum recode_syntax` numbers them. The queue also ends before a
            row of a kind beyond them.
        """
        cdef size_t kinds = routes.shape[0] // sizeof(wire_route)
        if wire_queue_set_routes(
            &self.queue, <const wire_route *>&routes[0] if kinds else NULL, kinds
        ) != 0:
            raise RuntimeError("a channel holds rows")
        self.routes = routes

    def set_order(self, const uint32_t[::1] order not None, const uint32_t[::1] starts not None):
        """Hand out groups of rows, each to one channel, in the place of the table's order.

        Parameters
        ----------
        order : array of int
            Rows of the table.
        starts : array of int
            Where in it each group starts, rising, and its end; so at least one.
        """
        cdef size_t i
        cdef instance_table *rows = <instance_table *>self.queue.table
        if starts.shape[0] < 1 or starts[starts.shape[0] - 1] != order.shape[0]:
            raise ValueError("the groups do not end where the order does")
        for i in range(1, starts.shape[0]):
            if starts[i - 1] > starts[i]:
                raise ValueError("the groups do not rise")
        for i in range(order.shape[0]):
            if order[i] >= table_count(rows):
                raise IndexError("rows beyond the table")
        if wire_queue_set_order(
            &self.queue, &order[0] if order.shape[0] else NULL, &starts[0], starts.shape[0] - 1
        ) != 0:
            raise RuntimeError("a channel holds rows")
        self.order, self.starts = order, starts

    def publish(self, uint32_t end, *, bint closed=False):
        """Add the rows up to `end`; the last ones, if `closed`."""
        cdef instance_table *rows = <instance_table *>self.queue.table
        if end > table_count(rows):
            raise IndexError("rows beyond the table")
        wire_queue_publish(&self.queue, end, closed)

    def stop(self):
        """Hand out nothing any more, until routes are set again."""
        wire_queue_stop(&self.queue)

    @property
    def end(self):
        """The end of the rows that are there; of groups, where the order was set."""
        return wire_queue_look(&self.queue).end

    @property
    def next(self):
        """The first row, or group, that no channel was given yet."""
        return wire_queue_look(&self.queue).next

    @property
    def closed(self):
        """True where nothing comes behind `end`."""
        return wire_queue_look(&self.queue).over

    @property
    def left(self):
        """True where rows wait for a channel."""
        return wire_queue_look(&self.queue).left


cdef ssize_t _encrypt(
    void *context, const uint8_t *data, size_t length, short *events
) noexcept with gil:
    piece = PyMemoryView_FromMemory(<char *>data, length, PyBUF_READ)
    return _call((<object>context).encrypt, piece, events)


cdef ssize_t _decrypt(
    void *context, uint8_t *data, size_t capacity, short *events
) noexcept with gil:
    room = PyMemoryView_FromMemory(<char *>data, capacity, PyBUF_WRITE)
    return _call((<object>context).decrypt, room, events)


cdef ssize_t _call(object move, object view, short *events) except? -1:
    cdef ssize_t moved
    try:
        moved = move(view)
    except OSError as error:
        return -<ssize_t>(error.errno or EIO)
    if moved < 0:
        events[0] = <short>-moved
        return -EAGAIN
    return moved


@cython.final
cdef class Channel:
    """One association's socket during a transfer.

    Parameters
    ----------
    socket : int
        The descriptor of a connected, non-blocking socket; it is not closed here.
    cancel : Cancel
        What may end the transfer.
    max_send_pdu_length : int
        The maximum length that the peer answered, as lowered by the options, in bytes; 0 is no
        limit (PS3.8 D.1).
    max_receive_pdu_length : int
        The maximum length that was proposed to the peer, in bytes.
    socket_timeout, dimse_timeout : float or None
        Seconds: without any progress while sending or within a response; from the first byte of
        a request to the last of its response. None is without limit.
    limit : Limit, optional
        The rate to keep.
    dictionary : recode.Dictionary, optional
        Where the VRs of data sets that are re-encoded from Implicit VR are looked up first.
    window : int
        How many requests may be outstanding at a time (PS3.7 D.3.3.3); at most 1,024 are.
    secure : object, optional
        What encrypts to and decrypts from the socket, without waiting: `encrypt` with bytes to
        write, `decrypt` with room for bytes to read. Both return how many were moved, 0 at the end
        of the connection, or minus the events of poll(2) that they have to wait for.

    Raises
    ------
    ValueError
        Where no message fragment fits `max_send_pdu_length`.
    """

    cdef wire_channel channel
    cdef Cancel cancel
    cdef Limit limit
    cdef object dictionary
    cdef object secure
    cdef Queue queue
    cdef bint made

    def __cinit__(
        self, int socket, Cancel cancel not None, *, uint32_t max_send_pdu_length,
        uint32_t max_receive_pdu_length, socket_timeout, dimse_timeout, Limit limit=None,
        dictionary=None, size_t window=1, secure=None,
    ):
        if window < 1:
            raise ValueError("a window holds at least one request")
        self.cancel = cancel
        self.limit = limit
        self.dictionary = dictionary
        if wire_init(
            &self.channel, socket, &cancel.cancel, max_send_pdu_length, max_receive_pdu_length,
            window,
        ) != 0:
            raise MemoryError
        self.made = True
        if secure is not None:
            self.secure = secure
            self.channel.secure = <wire_secure *>PyMem_Malloc(sizeof(wire_secure))
            if self.channel.secure == NULL:
                raise MemoryError
            secure_init(self.channel.secure, socket, <void *>secure, _encrypt, _decrypt)
        if dictionary is not None:
            self.channel.added = <const added_dictionary *>PyCapsule_GetPointer(
                dictionary.capsule(), ADDED_CAPSULE
            )
        if self.channel.fragment_length == 0:
            raise ValueError(f"no message fragment fits a PDU of {max_send_pdu_length} bytes")
        if limit is not None:
            self.channel.limit = &limit.limit
        if socket_timeout is not None:
            self.channel.socket_timeout_ns = int(socket_timeout * 1e9)
        if dimse_timeout is not None:
            self.channel.dimse_timeout_ns = int(dimse_timeout * 1e9)

    def __dealloc__(self):
        if self.made:  # else its descriptors are 0, which is somebody else's
            PyMem_Free(self.channel.secure)
            wire_close(&self.channel)

    def store_rows(self, Queue queue not None, uint16_t association):
        """Send instances as long as the queue has any, and fill in their results.

        Parameters
        ----------
        queue : Queue
            With its routes set; another one only where nothing is under way.
        association : int
            The number of the association, for the results.

        Returns
        -------
        tuple of int
            The status and a row. OK where nothing is left, and every request answered; PUSH where
            the row is to be pushed, or refused, next; a status below FIRST_FATAL is the result of
            the row, and the transfer can go on with another call; after one from FIRST_FATAL on
            nothing more can be sent, and `settle` has to follow.
        """
        cdef uint32_t row = 0
        cdef wire_status status
        if queue.routes is None:
            raise ValueError("the queue has no routes")
        if self.queue is not queue and (
            self.channel.outstanding_count or self.channel.has_next
            or self.channel.piece.first < self.channel.piece.end
        ):
            raise ValueError("rows of another queue are under way")
        self.queue = queue
        with nogil:
            status = wire_store_rows(&self.channel, &queue.queue, association, &row)
        return status, row

    def begin(self, uint8_t context_id, *, sop_instance_uid=None):
        """Begin the request of the instance that is to be pushed.

        Parameters
        ----------
        context_id : int
            What carries it.
        sop_instance_uid : bytes, optional
            In the place of the table's own, at most 64 bytes.
        """
        cdef const char *uid = NULL
        self._check_claimed()
        if sop_instance_uid is not None:
            uid = sop_instance_uid
        wire_begin(&self.channel, context_id, uid)

    def push(self, const uint8_t[::1] piece not None, *, bint last=False):
        """Send the next bytes of the data set and return the status.

        Parameters
        ----------
        piece : bytes-like
            Any number of bytes; of the last ones together not none. Some may be kept back, as a
            copy, until more come.
        last : bool
            True where the data set ends here.

        Returns
        -------
        int
            Other than OK it is the result of the instance, and nothing more can be sent.
        """
        cdef wire_status status
        cdef size_t length = piece.shape[0]
        cdef const uint8_t *start = &piece[0] if length else NULL
        self._check_open()
        with nogil:
            status = wire_push(&self.channel, start, length, last)
        return status

    def finish(self):
        """Wait until the window has room again and return the status, as of `store_rows`.

        STATUS_FAILED is for `failed_row`: the one that was pushed, or with a larger window one
        before it.
        """
        cdef wire_status status
        self._check_open()
        with nogil:
            status = wire_finish(&self.channel)
        return status

    def give_up(self):
        """End the request without the rest and return the status.

        NOT_CONVERTED where nothing was sent yet, else NOT_CONVERTED_SENDING: then the association
        has to be aborted.
        """
        self._check_open()
        return wire_give_up(&self.channel)

    def refuse(self):
        """Note that the instance that is to be pushed is not sent, for it cannot be converted."""
        self._check_claimed()
        wire_refuse(&self.channel)

    def settle(self, *, bint again=False):
        """End the part in the queue, and return how many instances will be sent again.

        What was not begun is left to other channels. What was lost with the association gets its
        final result, or with `again` is left to them, too, unless it was lost before.
        """
        return wire_settle(&self.channel, again)

    def retire(self):
        """Send nothing beyond what is under way, and the one behind it; for any thread."""
        wire_retire(&self.channel)

    def skip_message_ids(self, unsigned int count):
        """Leave out Message IDs, for instances that are not sent and count all the same."""
        cdef unsigned int last = self.channel.request.message_id
        if count:
            self.channel.request.message_id = <uint16_t>((last + count - 1) % 65535 + 1)

    cdef int _check_claimed(self) except -1:
        if (
            self.channel.request.open or not self.channel.has_next
            or self.channel.outstanding_count >= self.channel.window
        ):
            raise RuntimeError("no instance is to be pushed")
        return 0

    cdef int _check_open(self) except -1:
        if not self.channel.request.open:
            raise RuntimeError("no request is under way")
        return 0

    def unread(self):
        """Return bytes that were received and belong to no response, for the next reader.

        None where they start within a PDU, so that nobody can read on.
        """
        if self.channel.reader.header_have == 6 or not self.channel.reader.command_complete:
            return None
        head = bytes(self.channel.reader.header[:self.channel.reader.header_have])
        tail = self.channel.input[self.channel.input_used:self.channel.input_have]
        return head + bytes(tail)

    @property
    def done_rows(self):
        """The number of instances treated so far."""
        return wire_done_rows(&self.channel)

    @property
    def failed_row(self):
        """The last row that was answered with a status that does not mean stored."""
        return self.channel.failed_row

    @property
    def outstanding(self):
        """How many requests are under way, or were when the association was lost."""
        return self.channel.outstanding_count

    @property
    def times(self):
        """Nanoseconds of waiting: for responses, the socket, the limit, files and rows."""
        cdef wire_times times = self.channel.times
        return times.responses, times.sending, times.limit, times.files, times.rows

    @property
    def sent_bytes(self):
        """Bytes of data sets handed to the kernel so far."""
        return wire_sent_bytes(&self.channel)

    @property
    def received_bytes(self):
        """Bytes of the peer decoded so far."""
        return self.channel.reader.consumed

    @property
    def detail(self):
        """More about the last failure: an errno, a protocol event or a value, by its status."""
        return self.channel.detail

    def path(self):
        """Return what the system says of the connection, 0 where it says nothing.

        Returns
        -------
        tuple of float
            The smallest round trip and the time in which the peer's receive window was closed, in
            seconds; the highest rate of delivery that was seen lately, in bytes a second.
        """
        cdef wire_path path = wire_path_of(self.channel.socket)
        return path.round_trip, path.window_limited, path.delivery_rate

    @property
    def recode_error(self):
        """Tag and offset in the file of the last data set that could not be re-encoded."""
        if self.channel.recode == NULL:
            return 0, 0
        return self.channel.recode.error_tag, self.channel.recode.error_offset

    @property
    def inside_pdu(self):
        """True where the last transfer stopped within a PDU, so that no A-ABORT can follow."""
        return self.channel.inside_pdu != 0

    @property
    def abort(self):
        """The source and reason of the peer's A-ABORT (PS3.8 9.3.8)."""
        return self.channel.reader.abort_source, self.channel.reader.abort_reason

    @property
    def error_comment(self):
        """(0000,0902) of the last response that does not mean stored.

        The peer's own words, which may name a patient.
        """
        cdef size_t length = self.channel.refusal.error_comment_length
        return bytes(self.channel.refusal.error_comment[:length])
