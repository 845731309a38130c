"""The bytes of the DICOM Upper Layer, as the socket loop writes and reads them."""

from typing import Final, Self, final

from typing_extensions import Buffer

COMMAND: Final[int]
ABORTED: Final[int]
RELEASE_REQUESTED: Final[int]

def fragment_length(max_pdu_length: int) -> int: ...
def p_data_prefix(length: int, context_id: int, command: bool, last: bool) -> bytes: ...
def encode_c_store_rq(
    context_id: int,
    message_id: int,
    sop_class_uid: bytes,
    sop_instance_uid: bytes,
    max_pdu_length: int,
) -> bytes: ...
def decode_c_store_rsp(command: Buffer) -> tuple[int, int, bytes, bytes]: ...

@final
class Reader:
    """Decodes what a Storage SCP sends, however it is cut into pieces."""

    def __new__(cls, max_pdu_length: int) -> Self: ...
    def feed(self, data: Buffer) -> list[tuple[int, int, int | bytes]]: ...
    @property
    def inside(self) -> bool: ...
