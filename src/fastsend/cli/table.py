"""The one table of options: the parser, ``--help`` and docs/options.md come from it.

An option sets one field of `fastsend.model.options.SendOptions` or of `Output`, and the default
that is shown is that field's. To add an option, add a row.
"""

from __future__ import annotations

from fastsend.cli.option import LOG_LEVELS, Argument, Option, Parameter, Section, any_of

LONGEST_WAIT = 2147483
"""Seconds; poll() counts the milliseconds of a wait in 31 bits."""

PARAMETERS = (
    Parameter("peer", "host name or address of the DICOM peer"),
    Parameter("port", "its TCP port, 1..65535"),
    Parameter("file-or-directory", "DICOM file, or directory to scan for DICOM files"),
)

SECTIONS = (
    Section(
        "general options",
        "",
        (
            Option("-h", "--help", "print this help text and exit", action="help"),
            Option("", "--version", "print the version and exit", action="version"),
            Option(
                "",
                "--demo",
                "start a receiver of its own, send a small study of real images to it, verify "
                "what arrived, and exit",
                action="demo",
                known="fastsend",
            ),
            Option(
                "-q",
                "--quiet",
                "quiet mode, print nothing but fatal errors",
                field="log_level",
                value="fatal",
                group="verbosity",
            ),
            Option(
                "-v",
                "--verbose",
                "verbose mode, print processing details",
                field="log_level",
                value="info",
                group="verbosity",
            ),
            Option(
                "-d",
                "--debug",
                "debug mode, print debug information, which may name patients",
                field="log_level",
                value="debug",
                group="verbosity",
            ),
            Option(
                "-ll",
                "--log-level",
                f"use this level: {any_of(LOG_LEVELS)}",
                field="log_level",
                arguments=(Argument("level", "log_level"),),
                conflicts=("--verbose", "--debug", "--quiet"),
            ),
            Option(
                "+v",
                "--verbose-pc",
                "show presentation contexts",
                field="verbose_contexts",
                value=True,
                needs=("--verbose", "--debug", "--log-level"),
            ),
        ),
    ),
    Section(
        "input options",
        "input file format",
        (
            Option(
                "+f",
                "--read-file",
                "read file format or data set",
                field="file_format",
                value="any",
                group="file format",
            ),
            Option(
                "+fo",
                "--read-file-only",
                "read file format only",
                field="file_format",
                value="file",
                group="file format",
            ),
            Option(
                "-f",
                "--read-dataset",
                "read data set without file meta information",
                field="file_format",
                value="data_set",
                group="file format",
            ),
        ),
    ),
    Section(
        "input options",
        "input files",
        (
            Option(
                "+sd",
                "--scan-directories",
                "scan directories as DCMTK does: below the first level only with --recurse; "
                "without this option directories are scanned with all that is in them",
                field="scan_directories",
                value=True,
            ),
            Option(
                "+sp",
                "--scan-pattern",
                "pattern for the names of the files of scanned directories (wildcards)",
                field="scan_pattern",
                arguments=(Argument("pattern"),),
            ),
            Option(
                "-r",
                "--no-recurse",
                "do not recurse within directories",
                field="recurse",
                value=False,
                group="recursion",
            ),
            Option(
                "+r",
                "--recurse",
                "recurse within specified directories",
                field="recurse",
                value=True,
                group="recursion",
            ),
        ),
    ),
    Section(
        "processing options",
        "other processing options",
        (
            Option(
                "-nh",
                "--no-halt",
                "do not halt on the first invalid input file or if an instance could not be sent",
                field="halt",
                value=False,
                # storescu also halts where the peer answers with a failure.
                known="dcmsend",
            ),
            Option(
                "-nip",
                "--no-illegal-proposal",
                "do not propose any presentation context that does not contain the default "
                "transfer syntax (if needed)",
                field="illegal_proposals",
                value=False,
                known="dcmsend",
            ),
            Option(
                "-nuc",
                "--no-uid-checks",
                "do not check UID values of input files",
                field="check_uids",
                value=False,
                known="dcmsend",
            ),
        ),
    ),
    Section(
        "network options",
        "application entity titles",
        (
            Option(
                "-aet",
                "--aetitle",
                "set my calling AE title",
                field="calling_ae_title",
                arguments=(Argument("title", "ae_title"),),
            ),
            Option(
                "-aec",
                "--call",
                "set called AE title of peer",
                field="called_ae_title",
                arguments=(Argument("title", "ae_title"),),
            ),
        ),
    ),
    Section(
        "network options",
        "association handling",
        (
            Option(
                "+ma",
                "--multi-associations",
                "use multiple associations (one after the other) if needed to transfer the "
                "instances",
                field="multiple_associations",
                value=True,
                group="associations",
                known="dcmsend",
            ),
            Option(
                "-ma",
                "--single-association",
                "always use a single association",
                field="multiple_associations",
                value=False,
                group="associations",
                known="dcmsend",
            ),
        ),
    ),
    Section(
        "network options",
        "other network options",
        (
            Option(
                "-to",
                "--timeout",
                "timeout for connection requests",
                field="connection_timeout",
                arguments=(Argument("seconds", "seconds", 1, LONGEST_WAIT),),
                without="unlimited",
            ),
            Option(
                "-ts",
                "--socket-timeout",
                "timeout for the network socket (0 for none)",
                field="socket_timeout",
                # storescu takes -1 for none as well.
                arguments=(Argument("seconds", "seconds", -1, LONGEST_WAIT),),
                without="none",
                known="storescu",
            ),
            Option(
                "-ta",
                "--acse-timeout",
                "timeout for ACSE messages",
                field="acse_timeout",
                arguments=(Argument("seconds", "seconds", 1, LONGEST_WAIT),),
                without="unlimited",
            ),
            Option(
                "-td",
                "--dimse-timeout",
                "timeout for DIMSE messages: from the first byte of a request to the last of its "
                "response",
                field="dimse_timeout",
                arguments=(Argument("seconds", "seconds", 1, LONGEST_WAIT),),
                without="unlimited",
            ),
            Option(
                "-pdu",
                "--max-pdu",
                "set max receive pdu to this number of bytes",
                field="max_pdu_length",
                arguments=(Argument("bytes", "integer", 4096, 131072),),
            ),
            Option(
                "",
                "--max-send-pdu",
                "restrict max send pdu to this number of bytes",
                field="max_send_pdu_length",
                arguments=(Argument("bytes", "integer", 4096, 131072),),
                without="what the peer allows",
            ),
        ),
    ),
)

OPTIONS = tuple(option for section in SECTIONS for option in section.options)
