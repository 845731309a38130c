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
from fastsend.cli.unneeded_imports import leave_out_unneeded_imports
from fastsend.errors import EXIT_INTERRUPTED, CommandLineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.cli.option import Output

_GARBAGE_THRESHOLD = 200_000
"""New objects between two searches for garbage; the imports make about as many."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``fastsend``.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the name of the command; those of the process by default.

    Returns
    -------
    int
        The exit code: docs/options.md lists them.
    """
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def main_process() -> NoReturn:
    """Run ``fastsend`` as a process of its own, which ends with it.

    For a small study most of the time goes into Python itself: importing what is not needed,
    looking for garbage meanwhile, and taking all to pieces at the end. The second is done seldom,
    the others never.
    """
    gc.set_threshold(_GARBAGE_THRESHOLD)
    leave_out_unneeded_imports()
    code = main()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            pass  # a closed pipe, which `main` has answered for
    os._exit(code)


def _run(arguments: Sequence[str]) -> int:
    try:
        command = parse(arguments)
    except CommandLineError as error:
        from fastsend.cli.streams import write_stderr
        from fastsend.model.escape import printable

        write_stderr(f"error: {printable(str(error))}\n'fastsend --help' lists all options.\n")
        return error.exit_code
    if command.action == "version":
        from fastsend._version import __version__
        from fastsend.cli.streams import write_stdout

        return write_stdout(f"fastsend {__version__}\n")
    if command.action == "help":
        from fastsend.cli.help import help_text
        from fastsend.cli.streams import write_stdout

        return write_stdout(help_text())
    if command.action == "list_decoders":
        from fastsend.cli.streams import write_stdout

        return write_stdout(_decoders(command.output))
    if command.action in ("list_ciphers", "list_profiles"):
        from fastsend.association.tls_profiles import cipher_listing, listing
        from fastsend.cli.streams import write_stdout

        return write_stdout(cipher_listing() if command.action == "list_ciphers" else listing())
    from fastsend.cli.run import run

    return run(command)


def _decoders(output: Output) -> str:
    from fastsend.report import decoders

    if output.json:
        text = decoders.listing_json()
    else:
        text = decoders.listing(output.log_level in ("info", "debug", "trace"))
    return text.rstrip("\n") + "\n"
