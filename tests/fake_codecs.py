"""A registry of codecs that behave, or not, as the first bytes of their input say.

Workers import it by name: their PYTHONPATH has the folder of this file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import struct
import sys
import threading
import time
from typing import TYPE_CHECKING

from fastsend.codecs.job import CodecError, FrameResult

if TYPE_CHECKING:
    from fastsend.codecs.job import FrameJob

THREAD_SYNTAX = "1.2.3.4"
"""Runs in a thread of the pool's own process."""

FRAMES_AT_ONCE = 4

COMMAND_LENGTH = 16


def runs_in_thread(transfer_syntax_uid: str, operation: str) -> bool:
    return transfer_syntax_uid == THREAD_SYNTAX and operation != "transcode"


def run(job: FrameJob, source: memoryview, output: memoryview) -> FrameResult:
    """Do what the first 16 bytes say, then copy the input to the output.

    A transfer syntax of "imagecodecs" and a name is decoded by that, with no questions asked.
    """
    library, _, codec = job.transfer_syntax_uid.partition(" ")
    if library == "imagecodecs":
        return _decode_with_imagecodecs(codec, source, output)
    command = bytes(source[:COMMAND_LENGTH]).rstrip(b"\0").decode(errors="replace")
    name, _, argument = command.partition(" ")
    behaviour = _BEHAVIOURS.get(name)
    if behaviour is not None:
        answer = behaviour(argument, output)
        if answer is not None:
            output[: len(answer)] = answer
            return FrameResult(len(answer), "MONOCHROME2", "fake")
    output[: len(source)] = source
    return FrameResult(len(source), job.pixels.photometric_interpretation, "fake", lossy=job.rgb)


def frames_at_once(job: FrameJob) -> int:
    return FRAMES_AT_ONCE if runs_in_thread(job.transfer_syntax_uid, job.operation) else 1


def run_frames(
    job: FrameJob, frames: list[tuple[memoryview, memoryview]]
) -> list[FrameResult | CodecError]:
    """Do the same for several; the first that raises anything but `CodecError` ends it."""
    outcomes: list[FrameResult | CodecError] = []
    for source, output in frames:
        try:
            outcomes.append(run(job, source, output))
        except CodecError as error:
            outcomes.append(error)
    return outcomes


def _decode_with_imagecodecs(codec: str, source: memoryview, output: memoryview) -> FrameResult:
    import imagecodecs

    pixels = getattr(imagecodecs, f"{codec}_decode")(bytes(source)).tobytes()[: len(output)]
    output[: len(pixels)] = pixels
    return FrameResult(len(pixels), "MONOCHROME2", codec)


def _crash(number: str, output: memoryview) -> None:
    os.kill(os.getpid(), int(number or signal.SIGSEGV))


def _crash_once(_: str, output: memoryview) -> None:
    # The output is the one thing that outlives the worker.
    if output[0] != ord("!"):
        output[0] = ord("!")
        os.abort()


def _hang(_: str, output: memoryview) -> None:
    while True:
        pass


def _sleep(milliseconds: str, output: memoryview) -> None:
    time.sleep(int(milliseconds) / 1000)


def _work(milliseconds: str, output: memoryview) -> None:
    end = time.process_time() + int(milliseconds) / 1000
    while time.process_time() < end:
        pass


def _refuse(_: str, output: memoryview) -> None:
    raise CodecError("no such \x1bcodestream\nat all " + "x" * 5000)


def _raise(_: str, output: memoryview) -> None:
    raise ZeroDivisionError("in the codec")


def _eat(mebibytes: str, output: memoryview) -> None:
    eaten = bytearray(int(mebibytes) << 20)
    eaten[0] = 1


def _leak(mebibytes: str, output: memoryview) -> None:
    _LEAKED.append(b"\1" * (int(mebibytes) << 20))


_LEAKED: list[bytes] = []


def _exit(code: str, output: memoryview) -> None:
    os._exit(int(code))


def _say(what: str, output: memoryview) -> None:
    """Write to the pool behind the worker's back."""
    os.write(int(sys.argv[1]), _ANSWERS[what])


def _message(kind: int, body: bytes) -> bytes:
    return struct.pack("<IB", len(body), kind) + body


def _result(number: int, length: int, lossy: int = 0, names: bytes = b"RGB\0c") -> bytes:
    return _message(2, struct.pack("<QQIB", number, length, 10, lossy) + names)


# As if to the second job of a pool.
_ANSWERS = {
    "noise": b"\xff" * 64,
    "short": _message(2, b"\2\0\0"),
    "kind": _message(77, b""),
    "bytes": _result(2, 1, names=b"\xff\0c"),
    "names": _result(2, 1, names=b"RGB"),
    "other": _result(0, 1),
    "long": _result(2, 8193),
    "lossy": _result(2, 1, lossy=2),
    "early": _result(3, 1),
    "retire": _message(5, b""),
    "job": _message(1, b""),
}


def _end(_: str, output: memoryview) -> None:
    raise SystemExit  # which is no Exception


def _print(_: str, output: memoryview) -> None:
    os.write(1, b"printed by a codec\n")
    os.write(2, b"complained by a codec\n")


def _process(_: str, output: memoryview) -> bytes:
    return str(os.getpid()).encode()


def _thread(_: str, output: memoryview) -> bytes:
    return threading.current_thread().name.encode()


def _try(what: str, output: memoryview) -> bytes:
    """Do what no codec should; answer with the error's name, or "done"."""
    try:
        _ATTEMPTS[what]()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "?").encode()
    return b"done"


def _connect() -> None:
    with socket.socket() as connection:
        connection.connect(("127.0.0.1", 9))


_ATTEMPTS = {
    "write": lambda: os.close(os.open("/tmp/fastsend-x", os.O_WRONLY | os.O_CREAT)),
    "read": lambda: os.close(os.open("/proc/self/status", os.O_RDONLY)),
    "connect": _connect,
    "signal": lambda: os.kill(os.getppid(), 0),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "truncate": lambda: os.ftruncate(int(sys.argv[2]), 0),
}


def _descriptors(_: str, output: memoryview) -> bytes:
    names = sorted(map(int, os.listdir("/proc/self/fd")))  # noqa: PTH208
    kinds = []
    for fd in names:
        with contextlib.suppress(OSError):  # that of the listing
            kinds.append(os.readlink(f"/proc/self/fd/{fd}"))  # noqa: PTH115
    return "\n".join(kinds).encode()


def _status(_: str, output: memoryview) -> bytes:
    with open("/proc/self/status", "rb") as file:  # noqa: PTH123
        return file.read()


_BEHAVIOURS = {
    "crash": _crash,
    "crash_once": _crash_once,
    "hang": _hang,
    "sleep": _sleep,
    "work": _work,
    "refuse": _refuse,
    "raise": _raise,
    "eat": _eat,
    "leak": _leak,
    "exit": _exit,
    "say": _say,
    "systemexit": _end,
    "print": _print,
    "process": _process,
    "thread": _thread,
    "try": _try,
    "descriptors": _descriptors,
    "status": _status,
}
