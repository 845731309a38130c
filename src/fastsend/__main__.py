"""``python -m fastsend`` and the command ``fastsend``: Ctrl-C is answered before anything else."""

import os
from _signal import (  # type: ignore[import-not-found]  # what it is in costs milliseconds
    SIGINT,
    default_int_handler,
    getsignal,
    signal,
)


def start(program: str = "fastsend") -> None:
    """Run a command; until a run listens for it, Ctrl-C ends the process at once.

    As an exception it would come out anywhere in Python's import system, which lets some through
    with a traceback and swallows others; and nothing has begun yet that needs care.
    """
    # It stays ignored where it is, as for a job in the background.
    if getsignal(SIGINT) is default_int_handler:
        signal(SIGINT, lambda *_: os._exit(128 + SIGINT))
    from fastsend.cli import main_process

    main_process(program)


def start_storescu() -> None:
    """Run ``fastsend-storescu``."""
    start("storescu")


def start_dcmsend() -> None:
    """Run ``fastsend-dcmsend``."""
    start("dcmsend")


if __name__ == "__main__":
    start()
