"""RLE Lossless (PS3.5 Annex G): frames, between native and encoded bytes."""

from typing import TypeVar, overload

from typing_extensions import Buffer

_WritableBuffer = TypeVar("_WritableBuffer", bound=Buffer)

def check(
    data: Buffer,
    *,
    rows: int,
    columns: int,
    samples_per_pixel: int,
    bits_allocated: int,
) -> tuple[int, ...]: ...
@overload
def decode(
    data: Buffer,
    *,
    rows: int,
    columns: int,
    samples_per_pixel: int,
    bits_allocated: int,
    planar_configuration: int = 0,
    out: None = None,
) -> bytes: ...
@overload
def decode(
    data: Buffer,
    *,
    rows: int,
    columns: int,
    samples_per_pixel: int,
    bits_allocated: int,
    planar_configuration: int = 0,
    out: _WritableBuffer,
) -> _WritableBuffer: ...
def decode_frames(
    frames: list[tuple[Buffer, Buffer]],
    *,
    rows: int,
    columns: int,
    samples_per_pixel: int,
    bits_allocated: int,
    planar_configuration: int = 0,
) -> list[ValueError | None]: ...
def encode(
    data: Buffer,
    *,
    rows: int,
    columns: int,
    samples_per_pixel: int,
    bits_allocated: int,
    planar_configuration: int = 0,
) -> bytes: ...
