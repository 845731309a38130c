"""The command: from arguments to an exit code.

Only what reads the command line is imported up here, so that ``--version`` and ``--help`` are
there at once; everything else when it is needed.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from fastsend.cli.parser import parse
from fastsend.cli.programs import PROGRAMS
from fastsend.cli.unneeded_imports import leave_out_unneeded_imports
from fastsend.errors import EXIT_INTERRUPTED, CommandLineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.cli.option import Output
    from fastsend.cli.programs import Program

_GARBAGE_THRESHOLD = 200_000
"""New objects between two searches for garbage; the imports make about as many."""


def main(argv: Sequence[str] | None = None, program: str = "fastsend") -> int:
    """Run ``fastsend``, ``fastsend-storescu`` or ``fastsend-dcmsend``.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the name of the command; those of the process by default.
    program : str
        The program whose options they are: ``fastsend``, ``storescu`` or ``dcmsend``.

    Returns
    -------
    int
        The exit code: docs/options.md lists them.
    """
    try:
        return _run(sys.argv[1:] if argv is None else argv, PROGRAMS[program])
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def main_process(program: str = "fastsend") -> NoReturn:
    """Run a command as a process of its own, which ends with it; `program` as for `main`.

    For a small study most of the time goes into Python itself: importing what is not needed,
    looking for garbage meanwhile, and taking all to pieces at the end. The second is done seldom,
    the others never.
    """
    gc.set_threshold(_GARBAGE_THRESHOLD)
    leave_out_unneeded_imports()
    code = main(program=program)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            pass  # a closed pipe, which `main` has answered for
    os._exit(code)


def _run(arguments: Sequence[str], program: Program) -> int:
    try:
        command = parse(arguments, program)
    except CommandLineError as error:
        return _refuse(error)
    if command.action == "version":
        from fastsend.cli.help import version_text
        from fastsend.cli.streams import write_stdout

        return write_stdout(version_text(command.program))
    if command.action == "help":
        from fastsend.cli.help import help_text
        from fastsend.cli.streams import write_stdout

        return write_stdout(help_text(command.program))
    if command.action == "list_decoders":
        from fastsend.cli.streams import write_stdout

        return write_stdout(_decoders(command.output, command.program))
    if command.action in ("list_ciphers", "list_profiles"):
        from fastsend.association.tls_profiles import cipher_listing, listing
        from fastsend.cli.streams import write_stdout

        return write_stdout(cipher_listing() if command.action == "list_ciphers" else listing())
    from fastsend.cli.run import run

    try:
        return run(command)
    except CommandLineError as error:
        error.program = command.program.name
        return _refuse(error)


def _refuse(error: CommandLineError) -> int:
    from fastsend.cli.help import usage_error
    from fastsend.cli.streams import write_stderr

    write_stderr(usage_error(error))
    return error.exit_code


def _decoders(output: Output, program: Program) -> str:
    from fastsend.report import decoders

    verbose = output.log_level in ("info", "debug", "trace")
    if output.json:
        text = decoders.listing_json()
    elif program.compat is None:
        text = decoders.listing(verbose)
    else:
        from fastsend.cli.help import header

        text = decoders.listing(verbose, header(program))
    return text.rstrip("\n") + "\n"
