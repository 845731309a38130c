"""A file that processes share and that nobody finds by a name."""

from __future__ import annotations

import os


def open_unnamed_file(size: int, whole_size: int) -> int:
    """Return the descriptor of a new file without a name, in memory where the system has such.

    Parameters
    ----------
    size : int
        Bytes that are in constant use.
    whole_size : int
        Bytes that there can be; those that were never used take no room.
    """
    if hasattr(os, "memfd_create"):
        import fcntl

        fd = os.memfd_create("fastsend-frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(fd, whole_size)
            # A worker must not be able to cut it short: touching what is gone ends a process.
            fcntl.fcntl(
                fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
            )
        except BaseException:
            os.close(fd)
            raise
        return fd
    import tempfile

    with tempfile.TemporaryFile(buffering=0) as file:
        # What the disk has no room for must show here: a write to a mapping cannot fail politely.
        zeros = bytes(1 << 20)
        for start in range(0, size, len(zeros)):
            file.write(zeros[: size - start])
        file.truncate(whole_size)
        return os.dup(file.fileno())
