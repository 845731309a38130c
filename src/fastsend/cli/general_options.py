"""The options about output, input files and invalid ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.cli.option import LOG_LEVELS, Argument, Option, any_of

if TYPE_CHECKING:
    from fastsend.model.options import Compat

_WITH_DIRECTORIES: tuple[tuple[Compat, tuple[str, ...]], ...] = (
    ("storescu", ("--scan-directories",)),
    ("dcmsend", ("--scan-directories",)),
)

GENERAL = (
    Option("-h", "--help", "print this help text and exit", action="help"),
    Option("", "--version", "print the version and exit", action="version"),
    Option(
        "",
        "--list-decoders",
        "list the transfer syntaxes that can be decoded and exit; with --verbose all codecs with "
        "their libraries, and what can be encoded",
        action="list_decoders",
        known="dcmsend",
    ),
    Option(
        "",
        "--json",
        "print the list as JSON, with all that is known",
        field="json",
        value=True,
        needs=("--list-decoders",),
        known="fastsend",
        not_in=("storescu",),
    ),
    Option(
        "",
        "--demo",
        "start a receiver of its own, send a small study of real images to it, verify "
        "what arrived, and exit",
        action="demo",
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
    Option(
        "",
        "--arguments",
        "print the command line, with command files expanded and all options in their long "
        "spelling",
        field="arguments",
        value=True,
    ),
    Option(
        "",
        "--compat",
        "take the options of this program of DCMTK and do as it does, as fastsend-storescu and "
        "fastsend-dcmsend do",
        field="compat",
        arguments=(Argument("program", "choice", choices=("storescu", "dcmsend")),),
        without="none",
        known="fastsend",
        not_in=("storescu", "dcmsend"),
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
        "-lc",
        "--log-config",
        "use this config file for the logger: DCMTK's (log4cplus), or Python's in TOML or JSON",
        field="log_config",
        arguments=(Argument("filename"),),
        without="none",
        conflicts=("--log-level", "--verbose", "--debug", "--quiet"),
    ),
    Option(
        "+v",
        "--verbose-pc",
        "show presentation contexts",
        field="verbose_contexts",
        value=True,
        needs=("--verbose", "--debug", "--log-level", "--log-config"),
        needs_in=(("storescu", ()), ("dcmsend", ())),  # they look at the level instead
    ),
)

FILE_FORMAT = (
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
)

FILES = (
    Option(
        "+rd",
        "--read-from-dicomdir",
        "read information on input files from DICOMDIR: it stands for the files that it names",
        field="read_dicomdir",
        value=True,
        known="dcmsend",
    ),
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
        needs_in=_WITH_DIRECTORIES,
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
        needs_in=_WITH_DIRECTORIES,
    ),
    Option(
        "-rn",
        "--no-rename",
        "do not rename processed files",
        field="rename",
        value=False,
        group="renaming",
        known="storescu",
    ),
    Option(
        "+rn",
        "--rename",
        "append .done to the names of files that were stored, .bad to those of other processed "
        "files; what has that name already is replaced",
        field="rename",
        value=True,
        group="renaming",
        known="storescu",
    ),
)

PROCESSING = (
    Option(
        "-nh",
        "--no-halt",
        "do not halt on the first invalid input file or if an instance could not be sent",
        field="halt",
        value=False,
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
    Option(
        "",
        "--repeat",
        "send each file this many times in a row",
        field="repeat",
        arguments=(Argument("number", "integer", 1),),
        known="storescu",
    ),
    Option(
        "-up",
        "--uid-padding",
        "silently correct space-padded UIDs; without this option they are corrected with a warning",
        field="uid_padding",
        value=True,
        known="storescu",
    ),
)

REPORTS = (
    Option(
        "+crf",
        "--create-report-file",
        "create a detailed report on the transfer at the end of the run, and write it to this "
        "text file",
        field="report_file",
        arguments=(Argument("filename"),),
        without="none",
        known="dcmsend",
    ),
)
