"""JPEG Lossless, Process 14 with selection value 1 (ISO/IEC 10918-1 Annex H): encodes one frame."""

from typing_extensions import Buffer

def encode(
    data: Buffer,
    *,
    rows: int,
    columns: int,
    samples_per_pixel: int,
    bits_allocated: int,
    planar_configuration: int = 0,
    out: Buffer,
) -> int: ...
