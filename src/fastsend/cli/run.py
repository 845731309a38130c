"""A run as the command does it: logs, signals, errors, the summary."""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import fastsend.sender  # noqa: F401 - not in a run, which listens for Ctrl-C: see __main__
from fastsend.cli.exit_codes import EXIT_OUTPUT, EXIT_UNEXPECTED
from fastsend.cli.logs import log_to_stderr
from fastsend.cli.streams import discard, is_terminal, wants_colour, write_stdout
from fastsend.errors import EXIT_INTERRUPTED, FastsendError
from fastsend.report.console import ConsoleObserver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.cli.parser import Command
    from fastsend.model.options import SendOptions

logger = logging.getLogger("fastsend")


def run(command: Command) -> int:
    """Do what the command line asks for and return the exit code; no exception leaves."""
    with log_to_stderr(command.output.log_level), _interrupted_by_signals():
        try:
            observer = ConsoleObserver(
                bar=_wants_bar(), verbose_contexts=command.output.verbose_contexts
            )
            with closing(observer):
                if command.options is None:
                    return _demonstrate(observer)
                return _send(command.options, observer)
        except FastsendError as error:
            _complain(str(error))
            return error.exit_code
        except KeyboardInterrupt:
            _complain("Interrupted")
            return EXIT_INTERRUPTED
        except Exception as error:
            _complain_of_fault(error)
            return EXIT_UNEXPECTED


def _send(options: SendOptions, observer: ConsoleObserver) -> int:
    from fastsend.cli.environment import with_environment
    from fastsend.model.report import exit_code
    from fastsend.sender import send

    report = send(with_environment(options), observer=observer)
    observer.close()
    code = exit_code(report)
    if report.error is not None and not report.interrupted:
        _complain(str(report.error))
    if not logger.isEnabledFor(logging.ERROR):
        return code
    from fastsend.report.summary import summary_lines

    every = logger.isEnabledFor(logging.INFO)
    lines = summary_lines(report, every=every, colour=wants_colour(sys.stdout))
    written = write_stdout("\n".join(lines) + "\n")
    return code or written


def _demonstrate(observer: ConsoleObserver) -> int:
    from fastsend.demo import run_demo

    try:
        return run_demo(observer)
    except BrokenPipeError:  # it prints; nobody reads any more
        discard(sys.stdout)
        return EXIT_OUTPUT


def _wants_bar() -> bool:
    """Return True where the bar helps: a terminal, and no line for each instance on it."""
    if not logger.isEnabledFor(logging.ERROR) or logger.isEnabledFor(logging.INFO):
        return False
    return is_terminal(sys.stderr)


def _complain(sentence: str) -> None:
    """Say why a run ended: an error, and where only fatal ones are shown a fatal one."""
    shown = logger.isEnabledFor(logging.ERROR)
    logger.log(logging.ERROR if shown else logging.CRITICAL, "%s", sentence)


def _complain_of_fault(error: Exception) -> None:
    # Its message may hold what a file holds.
    debug = logger.isEnabledFor(logging.DEBUG)
    _complain(
        f"A fault of fastsend ({type(error).__name__}) ended the run"
        + ("" if debug else "; --debug shows where")
    )
    logger.debug("it came from here", exc_info=error)


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Make Ctrl-C and SIGTERM raise KeyboardInterrupt while the context lasts.

    Each stays ignored where it was, and as it was outside the main thread, which gets no signals.
    """

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if handler not in (signal.SIG_IGN, None):
                signal.signal(number, interrupt)
                before[number] = handler
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
