"""The socket loop of a transfer, without the GIL."""

from typing import Final, Self, final

from typing_extensions import Buffer

from fastsend._native.recode import Dictionary

OK: Final[int]
STATUS_FAILED: Final[int]
FILE_OPEN: Final[int]
FILE_CHANGED: Final[int]
NOT_RECODED: Final[int]
NOT_CONVERTED: Final[int]
FIRST_FATAL: Final[int]
FILE_CHANGED_SENDING: Final[int]
FILE_READ: Final[int]
NOT_CONVERTED_SENDING: Final[int]
CANCELLED: Final[int]
SOCKET_TIMEOUT: Final[int]
DIMSE_TIMEOUT: Final[int]
CONNECTION_LOST: Final[int]
PEER_ABORTED: Final[int]
PEER_RELEASED: Final[int]
PROTOCOL: Final[int]
WRONG_MESSAGE_ID: Final[int]
WRONG_SOP_INSTANCE: Final[int]
WRONG_CONTEXT: Final[int]
PENDING_STATUS: Final[int]

def means_stored(status: int) -> bool: ...
def protocol_text(detail: int) -> str: ...
def recode_text(detail: int) -> str: ...

@final
class Cancel:
    """Ends transfers from another thread, within a moment even while they wait."""

    def __new__(cls) -> Self: ...
    def request(self) -> None: ...
    @property
    def requested(self) -> bool: ...

@final
class Limit:
    """A rate that all channels with it keep together, counted in bytes of PDUs."""

    def __new__(cls, bytes_per_second: float, *, now_ns: int | None = None) -> Self: ...
    def take(self, now_ns: int, wanted: int) -> tuple[int, int]: ...

@final
class Channel:
    """One association's socket during a transfer."""

    def __new__(
        cls,
        socket: int,
        cancel: Cancel,
        *,
        max_send_pdu_length: int,
        max_receive_pdu_length: int,
        socket_timeout: float | None,
        dimse_timeout: float | None,
        limit: Limit | None = None,
        dictionary: Dictionary | None = None,
    ) -> Self: ...
    def store_rows(
        self, capsule: object, first: int, end: int, routes: Buffer, association: int
    ) -> tuple[int, int]: ...
    def begin(
        self,
        capsule: object,
        row: int,
        association: int,
        context_id: int,
        *,
        sop_instance_uid: bytes | None = None,
    ) -> None: ...
    def push(self, piece: Buffer, *, last: bool = False) -> int: ...
    def finish(self) -> int: ...
    def give_up(self) -> int: ...
    def refuse(self, capsule: object, row: int, association: int) -> None: ...
    def skip_message_ids(self, count: int) -> None: ...
    def unread(self) -> bytes | None: ...
    @property
    def done_rows(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def sent_bytes(self) -> int: ...
    @property
    def received_bytes(self) -> int: ...
    @property
    def detail(self) -> int: ...
    @property
    def recode_error(self) -> tuple[int, int]: ...
    @property
    def inside_pdu(self) -> bool: ...
    @property
    def abort(self) -> tuple[int, int]: ...
    @property
    def error_comment(self) -> bytes: ...
