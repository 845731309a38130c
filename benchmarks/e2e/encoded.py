"""Instances in compressed transfer syntaxes: made, and taken apart again, by other programs."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Coding(NamedTuple):
    """A lossless compression, and the programs for it."""

    text: str
    transfer_syntax_uid: str
    encode: tuple[str, ...]
    decode: tuple[str, ...]


CODINGS = {
    "jpeg-lossless": Coding(
        "JPEG Lossless SV1",
        "1.2.840.10008.1.2.4.70",
        ("/usr/bin/dcmcjpeg", "+e1"),
        ("/usr/bin/dcmdjpeg",),
    ),
    "jpeg-ls": Coding(
        "JPEG-LS Lossless",
        "1.2.840.10008.1.2.4.80",
        ("/usr/bin/dcmcjpls",),
        ("/usr/bin/dcmdjpls",),
    ),
    "rle": Coding(
        "RLE Lossless",
        "1.2.840.10008.1.2.5",
        ("/usr/bin/dcmcrle",),
        ("/usr/bin/dcmdrle",),
    ),
    "jpeg-2000": Coding(
        "JPEG 2000 Lossless",
        "1.2.840.10008.1.2.4.90",
        ("/usr/bin/gdcmconv", "--j2k"),
        ("/usr/bin/gdcmconv", "--raw"),
    ),
}


def encode(source: Path, out: Path, coding: str) -> None:
    """Write a native instance compressed."""
    _run(CODINGS[coding].encode, source, out)


def decode(source: Path, out: Path, coding: str) -> None:
    """Write a compressed instance as a native one."""
    _run(CODINGS[coding].decode, source, out)


def _run(command: tuple[str, ...], source: Path, out: Path) -> None:
    try:
        subprocess.run([*command, source, out], check=True, capture_output=True)
    except FileNotFoundError as error:
        raise RuntimeError(f"{command[0]} is not installed") from error
    if not out.exists():
        raise RuntimeError(f"{command[0]} wrote nothing for {source.name}")
