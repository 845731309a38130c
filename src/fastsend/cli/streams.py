"""Writing to stdout and stderr when somebody may have closed them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from fastsend.cli.exit_codes import EXIT_OUTPUT
from fastsend.errors import EXIT_OK

if TYPE_CHECKING:
    from typing import TextIO


def write_stdout(text: str) -> int:
    """Write a result.

    Returns
    -------
    int
        0, also where the reader went away, as ``| head`` does; 40 where the text cannot be
        written.
    """
    try:
        _write(sys.stdout, text)
    except BrokenPipeError:
        return EXIT_OK
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        write_stderr(f"E: The output cannot be written: {reason}\n")
        return EXIT_OUTPUT
    return EXIT_OK


def write_stderr(text: str) -> None:
    """Write a message; it is lost where nobody can read it."""
    write_log(sys.stderr, text)


def write_log(stream: TextIO | None, text: str) -> None:
    """Write to a stream; the text is lost where nobody can read it."""
    with suppress(OSError, ValueError):
        _write(stream, text)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed before Python started
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError:
        discard(stream)
        raise


def discard(stream: TextIO) -> None:
    """Let what `stream` still buffers go nowhere; Python would fail on it once more at its end."""
    with suppress(OSError):
        descriptor = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)


def is_terminal(stream: TextIO | None) -> bool:
    """Return True where `stream` shows what is written to it and understands cursor movements."""
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:  # closed
        return False


def wants_colour(stream: TextIO | None) -> bool:
    """Return True where `stream` is a terminal whose user has not set NO_COLOR."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.name != "nt"
