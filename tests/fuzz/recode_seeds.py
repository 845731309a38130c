"""Where the fuzzer of data set re-encoding begins: small data sets with a little of everything."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from reference.data_set_bytes import IMPLICIT_LE, SYNTAXES, Encoding

if TYPE_CHECKING:
    from collections.abc import Iterator

DICTIONARY, SLICES, COPY_FRAGMENTS = 0x20, 0x40, 0x80
EXTERNAL, NO_NEW_VR, SAME_SYNTAX, EDITS = 1, 2, 4, 0xF8


def data_set_seeds() -> Iterator[tuple[str, bytes]]:
    """Yield inputs by name: a byte for the transfer syntaxes, one for changes, a data set."""
    for number, (one, other) in enumerate(itertools.permutations(SYNTAXES, 2)):
        encoding = Encoding(one)
        for name, data_set in data_sets(encoding).items():
            for options, changes in itertools.product(
                (0, DICTIONARY, SLICES, COPY_FRAGMENTS),
                (0, EXTERNAL, EXTERNAL | SAME_SYNTAX | EDITS, NO_NEW_VR | SAME_SYNTAX, EDITS),
            ):
                # The byte modulo 6 is the pair of syntaxes; the option is among its highest bits.
                wanted = (byte for byte in range(options, 256) if byte & 0xE0 == options)
                first = next(byte for byte in wanted if byte % 6 == number)
                head = bytes([first, changes])
                yield f"{name}_{one}_{other}_{options}_{changes}", head + data_set


def data_sets(encoding: Encoding) -> dict[str, bytes]:
    """Return data sets that can be re-encoded, by name."""
    implicit = Encoding(IMPLICIT_LE)
    modality = encoding.element(0x00080060, "CS", b"OT")
    item = encoding.item(encoding.numbers(0x00080000, "UL", len(modality)) + modality)
    fragments = encoding.open_sequence(
        0x7FE00010, encoding.item(b""), encoding.item(b"\xff\xd8"), vr="OB"
    )
    inside = implicit.open_item(implicit.element(0x00091002, "UN", b"ab")) + implicit.sequence_end
    return {
        "sequences": encoding.element(0x00081140, "SQ", item + encoding.open_item(modality))
        + encoding.open_sequence(0x0008114A, item),
        "private": encoding.element(0x00090010, "LO", b"ACME")
        + encoding.element(0x00091001, "UN", inside, 0xFFFFFFFF)
        + encoding.element(0x00091002, "UN", b"abcd"),
        "pixels": encoding.numbers(0x00189810, "US", 1)
        + encoding.numbers(0x00280100, "US", 16)
        + encoding.numbers(0x00280103, "US", 0)
        + encoding.numbers(0x7FE00010, "OW", *range(50))
        + encoding.element(0xFFFCFFFC, "OB", bytes(8)),
        "icon": encoding.element(0x00880200, "SQ", encoding.item(fragments)) + fragments,
        "waveform": encoding.open_sequence(
            0x54000100,
            encoding.item(
                encoding.open_sequence(0x003A0200, encoding.item(b""))
                + encoding.numbers(0x54001004, "US", 16)
                + encoding.numbers(0x54001010, "OW", 1, 2)
            ),
        ),
    }
