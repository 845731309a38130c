"""What a worker process gives up before it looks at the first codestream.

It keeps its memory, its socket to the pool and the right to read files, which the libraries that
are still to be imported need. On Linux it may neither write nor make files, start programs,
open TCP connections, signal other processes nor gain privileges; no core file shows what it held.
"""

from __future__ import annotations

import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_VERSION = 1

# Bits of access to files: all but to read a file and to list a folder. The kernel takes those it
# knows: 13 is of version 2 of its interface, 14 of version 3, 15 of version 5.
_FILE_ACCESS_BITS = (0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
_FILE_ACCESS_SINCE = {13: 2, 14: 3, 15: 5}
_TCP_BIND_CONNECT = 0b11  # version 4
_SCOPE_SOCKETS_SIGNALS = 0b11  # version 6


def die_with(parent: int) -> None:
    """End this process when its parent, of process number `parent`, ends.

    The kernel looks at the thread that started this process, which is the pool's own.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def confine() -> None:
    """Give up what no codec needs; what the system does not offer is left out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The shared memory is mapped, which this does not limit.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1):
        _landlock()


def limit_address_space(size: int) -> None:
    """Let allocations fail that would make the address space larger than `size` bytes."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        size = min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (size, hard))


def _prctl(option: int, value: int) -> bool:
    import ctypes

    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except AttributeError:
        return False  # not Linux
    return bool(prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)


def _landlock() -> None:
    """Forbid all that Landlock can, without an exception to it."""
    import ctypes

    syscall = ctypes.CDLL(None, use_errno=True).syscall
    version = syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return
    known = (bit for bit in _FILE_ACCESS_BITS if _FILE_ACCESS_SINCE.get(bit, 1) <= version)
    handled = (
        sum(1 << bit for bit in known),
        _TCP_BIND_CONNECT if version >= 4 else 0,
        _SCOPE_SOCKETS_SIGNALS if version >= 6 else 0,
    )
    words = 3 if version >= 6 else 2 if version >= 4 else 1
    attributes = (ctypes.c_uint64 * words)(*handled[:words])
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    if ruleset < 0:
        return
    syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
