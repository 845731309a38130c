"""A run as the command does it: logs, signals, errors, the summary."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import fastsend.sender  # noqa: F401 - not in a run, which listens for Ctrl-C: see __main__
from fastsend.cli.exit_codes import EXIT_OUTPUT, EXIT_UNEXPECTED
from fastsend.cli.logs import log_to_stderr
from fastsend.cli.streams import discard, is_terminal, wants_colour, write_stdout
from fastsend.errors import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    CommandLineError,
    FastsendError,
    ReportFileError,
)
from fastsend.report.console import ConsoleObserver

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from fastsend.cli.option import Output
    from fastsend.cli.parser import Command
    from fastsend.model.options import SendOptions
    from fastsend.model.report import SendReport

logger = logging.getLogger("fastsend")


def run(command: Command) -> int:
    """Do what the command line asks for and return the exit code.

    Raises
    ------
    CommandLineError
        Where the log cannot be set up as asked for. No other exception leaves.
    """
    log, progress = _log_of(command.output, command.program.name)
    with log, _interrupted_by_signals():
        try:
            if command.output.arguments:
                _log_arguments(command.expanded)
            if command.program.compat and command.options is not None:
                return _send_as_dcmtk(command.options, command.output)
            observer = ConsoleObserver(
                bar=_wants_bar(progress), verbose_contexts=command.output.verbose_contexts
            )
            with closing(observer):
                if command.options is None:
                    return _demonstrate(observer)
                return _send(command.options, command.output.report_file, observer)
        except FastsendError as error:
            _complain(str(error))
            return error.exit_code
        except KeyboardInterrupt:
            _complain("Interrupted")
            return EXIT_INTERRUPTED
        except Exception as error:
            _complain_of_fault(error)
            return EXIT_UNEXPECTED


def _log_of(output: Output, program: str) -> tuple[AbstractContextManager[None], bool | None]:
    """Return the log, and whether the configuration wants progress; None where it has no say."""
    if output.log_config is None:
        return log_to_stderr(output.log_level), None
    from fastsend.cli.log_config import configured_log, read_log_config

    config = read_log_config(output.log_config, program)
    if output.verbose_contexts and not config.is_verbose:
        config.close()
        raise CommandLineError("--verbose-pc only allowed with verbose mode")
    return configured_log(config), config.shows_progress


def _send(options: SendOptions, report_file: str | None, observer: ConsoleObserver) -> int:
    from fastsend.cli.environment import with_environment
    from fastsend.model.report import exit_code
    from fastsend.sender import send

    if report_file:
        from fastsend.report.dcmtk_report import check_report_file

        check_report_file(report_file)
    logger.info(
        "Sending to %s:%d, AE titles %s -> %s; checking input files",
        options.peer,
        options.port,
        options.calling_ae_title,
        options.called_ae_title,
    )
    report = send(with_environment(options), observer=observer)
    observer.close()
    code = exit_code(report)
    if report.error is not None and not report.interrupted:
        _complain(str(report.error))
    if report_file:
        code = _write_report(report, report_file) or code
        _log_status_summary(report)
    if not logger.isEnabledFor(logging.ERROR):
        return code
    from fastsend.report.summary import summary_lines

    every = logger.isEnabledFor(logging.INFO)
    lines = summary_lines(report, every=every, colour=wants_colour(sys.stdout))
    written = write_stdout("\n".join(lines) + "\n")
    return code or written


def _send_as_dcmtk(options: SendOptions, output: Output) -> int:
    from fastsend.cli.environment import with_environment
    from fastsend.model.report import error_exit_code, exit_code
    from fastsend.report.dcmtk_console import DcmtkObserver
    from fastsend.sender import send

    observer = DcmtkObserver(options, verbose_contexts=output.verbose_contexts)
    try:
        report = send(with_environment(options), observer=observer)
    except FastsendError as error:
        observer.failed(error)
        return error_exit_code(error, options.compat)
    written = _write_report(report, output.report_file) if output.report_file else EXIT_OK
    observer.finished(report)
    return written or exit_code(report)


def _log_arguments(expanded: Sequence[str]) -> None:
    """Log the command line whatever the level is, as DCMTK does."""
    words = "".join(f"'{word}' " for word in expanded)
    text = f"calling '{sys.argv[0]}' with {len(expanded)} arguments: {words}"
    for line in (text, ""):
        record = logger.makeRecord(logger.name, logging.INFO, __file__, 0, line, (), None)
        logger.handle(record)


def _write_report(report: SendReport, path: str) -> int:
    """Write dcmsend's report where dcmsend does; return 0 or 43."""
    from fastsend.report import dcmtk_report

    if not dcmtk_report.has_report(report):
        logger.warning("the run did not come to its end: no report (+crf) is written")
        return EXIT_OK
    logger.info("creating detailed report on the transfer ...")
    if os.path.exists(path):  # noqa: PTH110
        logger.warning("file '%s' already exists, overwriting", path)
    try:
        dcmtk_report.write_report(report, path)
    except ReportFileError as error:
        _complain(str(error))
        return error.exit_code
    return EXIT_OK


def _log_status_summary(report: SendReport) -> None:
    if logger.isEnabledFor(logging.INFO):
        from fastsend.report.dcmtk_report import status_summary

        for line in ("", *status_summary(report)):
            logger.info("%s", line)


def _demonstrate(observer: ConsoleObserver) -> int:
    from fastsend.demo import run_demo

    try:
        return run_demo(observer)
    except BrokenPipeError:  # it prints; nobody reads any more
        discard(sys.stdout)
        return EXIT_OUTPUT


def _wants_bar(configured: bool | None) -> bool:
    """Return True where the bar helps: a terminal, and no line for each instance on it."""
    if configured is not None:
        return configured and is_terminal(sys.stderr)
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
