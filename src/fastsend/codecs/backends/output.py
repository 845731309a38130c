"""Encoded frames on their way out of an encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.codecs.job import CodecError

if TYPE_CHECKING:
    from typing_extensions import Buffer


def put_encoded(encoded: Buffer, out: memoryview) -> int:
    """Copy an encoded frame to `out` and return its length in bytes.

    Raises
    ------
    CodecError
        Where it is longer than `out`.
    """
    view = memoryview(encoded)
    if view.nbytes > len(out):
        raise CodecError(
            f"the encoded frame has {view.nbytes} bytes, and there is room for {len(out)}"
        )
    out[: view.nbytes] = view
    return view.nbytes
