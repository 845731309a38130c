"""Conversions of one instance as tests make them: from a file to what would be sent."""

from __future__ import annotations

from contextlib import closing
from io import BytesIO
from typing import TYPE_CHECKING

from pydicom import dcmread

from fastsend.convert.conversion import Conversion
from fastsend.convert.source import Stored
from peers.study import CT, encode_meta

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset

    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.image import Target


def stored(path: Path, syntax: str, data_set: bytes, uid: str) -> Stored:
    """What a scan finds of a file that ends with `data_set`."""
    status = path.stat()
    offset = status.st_size - len(data_set)
    return Stored(bytes(path), offset, status.st_size, status.st_mtime_ns, syntax, CT, uid)


def convert(source: Stored, target: Target, pool: CodecPool) -> bytes:
    """Everything that would be sent."""
    with closing(Conversion(source, target)) as conversion:
        conversion.submit(pool)
        conversion.prepare()
        return b"".join(bytes(piece) for piece in conversion.pieces())


def read(data_set: bytes, syntax: str) -> Dataset:
    """What pydicom makes of it."""
    return dcmread(BytesIO(encode_meta(CT, "1.2.3", syntax) + data_set))
