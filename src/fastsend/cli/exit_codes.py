"""What each exit code of the command means; docs/options.md lists them."""

from __future__ import annotations

from fastsend import errors

EXIT_OUTPUT = 40
EXIT_UNEXPECTED = 70

EXIT_CODES: tuple[tuple[int, str], ...] = (
    (errors.EXIT_OK, "Every instance was stored; no named and no DICOM file was left out."),
    (errors.EXIT_COMMAND_LINE, "The command line is wrong."),
    (errors.EXIT_NO_INPUT_FILES, "There is nothing to send."),
    (
        errors.EXIT_INVALID_INPUT_FILE,
        "A file that was named is not a DICOM instance that can be sent.",
    ),
    (errors.EXIT_NO_VALID_INPUT_FILES, "Files were found, and none of them can be sent."),
    (EXIT_OUTPUT, "The report cannot be written to stdout."),
    (errors.EXIT_REPORT_FILE, "The report (`+crf`) cannot be written to its file."),
    (errors.EXIT_NETWORK, "The network of this machine cannot be used."),
    (errors.EXIT_NEGOTIATION, "No association with the peer came about."),
    (
        errors.EXIT_SEND,
        "The association was lost, or an instance could not be sent, and the run halted.",
    ),
    (errors.EXIT_PRESENTATION_CONTEXT, "A presentation context cannot be proposed."),
    (
        errors.EXIT_NOT_ALL_STORED,
        "The run came to its end, and some instances were refused, failed or left out.",
    ),
    (
        errors.EXIT_TLS,
        "No secure connection (TLS): a key or certificate cannot be used, or is not trusted.",
    ),
    (EXIT_UNEXPECTED, "A fault of fastsend."),
    (errors.EXIT_INTERRUPTED, "Ctrl-C or SIGTERM ended the run."),
)
FASTSENDS_OWN = (
    errors.EXIT_NOT_ALL_STORED,
    errors.EXIT_TLS,
    EXIT_UNEXPECTED,
    errors.EXIT_INTERRUPTED,
)
"""The others are those of dcmsend for the same causes."""
