"""What ``--list-decoders`` prints: transfer syntaxes, and the codecs behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastsend._version import __version__
from fastsend.codecs.codec_table import DECODERS, ENCODERS
from fastsend.codecs.registry import available, installed
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    transfer_syntax_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastsend.codecs.codec_table import Codec

    Table = Mapping[str, tuple[Codec, ...]]

_NATIVE = (IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN)
_DEFLATED = "1.2.840.10008.1.2.1.99"
_DCMTK_NAMES = {
    IMPLICIT_VR_LITTLE_ENDIAN: "Little Endian Implicit",
    EXPLICIT_VR_LITTLE_ENDIAN: "Little Endian Explicit",
    EXPLICIT_VR_BIG_ENDIAN: "Big Endian Explicit",
    "1.2.840.10008.1.2.4.50": "JPEG Baseline",
    "1.2.840.10008.1.2.4.51": "JPEG Extended, Process 2+4",
    "1.2.840.10008.1.2.4.53": "JPEG Spectral Selection, Non-hierarchical, Process 6+8",
    "1.2.840.10008.1.2.4.55": "JPEG Full Progression, Non-hierarchical, Process 10+12",
    "1.2.840.10008.1.2.4.57": "JPEG Lossless, Non-hierarchical, Process 14",
    "1.2.840.10008.1.2.4.70": "JPEG Lossless, Non-hierarchical, 1st Order Prediction",
    "1.2.840.10008.1.2.4.80": "JPEG-LS Lossless",
    "1.2.840.10008.1.2.4.81": "JPEG-LS Lossy (Near-lossless)",
}
"""What dcmsend calls those that it lists; scripts look for them."""


HEADER = f"fastsend {__version__}: send DICOM instances to a Storage SCP\n\n"


class _Row(NamedTuple):
    """One codec of one transfer syntax."""

    codec: str
    library: str
    version: str | None
    runs_in: str
    releases_gil: bool
    pixels: str


def listing(verbose: bool, header: str = HEADER) -> str:
    """Return the list as ``dcmsend --list-decoders`` has it, or with all codecs and encoders.

    Parameters
    ----------
    verbose : bool
        Tell of the codecs, too.
    header : str
        The lines that come first: which program this is.
    """
    return header + "\n".join(_lines(verbose)) + "\n"


def listing_json() -> str:
    """Return all that the verbose list tells, as one JSON object."""
    import json

    return json.dumps(_tree(), indent=2) + "\n"


def _lines(verbose: bool) -> Iterator[str]:
    yield "Transfer syntaxes supported natively:"
    yield from (f"- {_name(uid)}" for uid in _NATIVE)
    yield ""
    yield "Transfer syntaxes supported by decoders:"
    yield from _table_lines(DECODERS, verbose)
    if verbose:
        yield ""
        yield "Transfer syntaxes supported by encoders:"
        yield from _table_lines(ENCODERS, verbose)
        missing = list(_missing())
        if missing:
            yield ""
            yield "Libraries that are not installed:"
        for library in missing:
            yield f"- {library['library']}{_would_add(library)}"


def _table_lines(table: Table, verbose: bool) -> Iterator[str]:
    yield f"- {_name(_DEFLATED)}"
    if verbose:
        yield _row_line(_deflate_row(table))
    for uid, codecs in table.items():
        if not verbose and not _possible(codecs):
            continue
        yield f"- {_name(uid)}"
        if verbose:
            yield from (_row_line(_row(codec)) for codec in codecs)


def _row_line(row: _Row) -> str:
    if row.version is None:
        return f"    {row.codec}: {row.library} is missing"
    gil = "" if row.releases_gil else ", holds the GIL"
    place = "a thread" if row.runs_in == "thread" else "a worker process"
    return f"    {row.codec} ({row.library} {row.version}), in {place}{gil}: {row.pixels}"


def _row(codec: Codec) -> _Row:
    return _Row(
        codec.name,
        codec.library,
        __version__ if codec.package == "fastsend" else available(codec),
        codec.runs_in,
        codec.releases_gil,
        codec.pixels.words,
    )


def _deflate_row(table: Table) -> _Row:
    from fastsend._native import deflate

    library = deflate.DECODER_LIBRARY if table is DECODERS else deflate.ENCODER_LIBRARY
    words = f"whole data sets, by {library}"
    return _Row("fastsend deflate", "dicom-fastsend", __version__, "thread", True, words)


def _possible(codecs: tuple[Codec, ...]) -> bool:
    return any(installed(codec.package) for codec in codecs)


def _missing() -> Iterator[dict[str, Any]]:
    """Yield what is not installed, and for which transfer syntaxes it would be the only codec."""
    codecs = {codec for table in (DECODERS, ENCODERS) for row in table.values() for codec in row}
    libraries = {codec.library: codec.package for codec in codecs}
    for library, package in sorted(libraries.items()):
        if not installed(package):
            yield {
                "library": library,
                "adds_decoders": _adds(DECODERS, library),
                "adds_encoders": _adds(ENCODERS, library),
                "alternate_decoder_for": [
                    uid
                    for uid, row in DECODERS.items()
                    if _possible(row) and any(codec.library == library for codec in row)
                ],
            }


def _adds(table: Table, library: str) -> list[str]:
    return [
        uid
        for uid, row in table.items()
        if not _possible(row) and any(codec.library == library for codec in row)
    ]


def _would_add(library: dict[str, Any]) -> str:
    parts = [
        f"{word} {', '.join(_name(uid) for uid in library[key])}"
        for word, key in (
            ("decoders for", "adds_decoders"),
            ("encoders for", "adds_encoders"),
            ("a second decoder for", "alternate_decoder_for"),
        )
        if library[key]
    ]
    return f" would add {'; '.join(parts)}" if parts else ""


def _tree() -> dict[str, Any]:
    return {
        "fastsend": __version__,
        "native": [{"uid": uid, "name": transfer_syntax_name(uid)} for uid in _NATIVE],
        "decoders": _table_tree(DECODERS),
        "encoders": _table_tree(ENCODERS),
        "missing": list(_missing()),
    }


def _table_tree(table: Table) -> list[dict[str, Any]]:
    rows = {_DEFLATED: [_deflate_row(table)]}
    rows |= {uid: [_row(codec) for codec in codecs] for uid, codecs in table.items()}
    return [
        {
            "uid": uid,
            "name": transfer_syntax_name(uid),
            "available": any(row.version is not None for row in codecs),
            "codecs": [row._asdict() for row in codecs],
        }
        for uid, codecs in rows.items()
    ]


def _name(uid: str) -> str:
    return _DCMTK_NAMES.get(uid, transfer_syntax_name(uid))
