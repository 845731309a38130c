"""What one frame may cost: bytes, seconds, memory of a worker process."""

from __future__ import annotations

from typing import Final

MEMORY_BYTES: Final = 96 << 20
"""Shared memory for the frames that are being worked on or wait to be sent."""

LARGEST_BLOCK_BYTES: Final = 2 << 30
"""What one frame may take at most, its input and its output together."""

JOBS_IN_WORKER: Final = 2
"""Jobs that a worker is given at least: the one it works on, and one that it need not wait for."""

QUICK_JOBS_IN_WORKER: Final = 32
QUEUED_SECONDS: Final = 0.006
"""More of them where they are quick: as many as take this long together."""

LONGEST_PAUSE_SECONDS: Final = 0.004
"""How long answers may lie: a thread that wakes for each costs a twentieth of a quick job."""

START_SECONDS: Final = 60.0
"""How long a worker may take until it is ready for its first job."""

START_TRIES: Final = 3
"""Workers in a row that may end before they are ready; then there is no use in another."""

_LEAST_SECONDS = 10.0
_DECODED_BYTES_A_SECOND = 5_000_000
_ENCODED_BYTES_A_SECOND = 1_000_000

_ADDRESS_SPACE_BYTES = 512 << 20
_ADDRESS_SPACE_TIMES = 4

_KEPT_BYTES = 256 << 20


def deadline_seconds(operation: str, size: int) -> float:
    """Return the wall-clock seconds that a worker gets for one frame.

    The slowest decoder in use makes about 20 MB/s and the slowest encoder 3 MB/s on one core;
    the rest is for cores that are shared, and for the import of the library by the first job.

    Parameters
    ----------
    operation : str
        ``"decode"``, ``"encode"`` or ``"transcode"``.
    size : int
        The bytes of the frame, decoded or encoded, whichever is more.
    """
    rate = _DECODED_BYTES_A_SECOND if operation == "decode" else _ENCODED_BYTES_A_SECOND
    return _LEAST_SECONDS + size / rate


def address_space_bytes(size: int) -> int:
    """Return the address space that one frame of `size` bytes may take beyond what is in use.

    Codecs hold a frame more than once: JPEG 2000 in words of 32 bits, some as a copy for numpy.
    """
    return _ADDRESS_SPACE_BYTES + _ADDRESS_SPACE_TIMES * size


def kept_bytes(size: int) -> int:
    """Return what a worker may keep after a frame of `size` bytes before it is replaced.

    Libraries keep little; more is a leak.
    """
    return _KEPT_BYTES + _ADDRESS_SPACE_TIMES * size
