"""Receivers that take one transfer syntax, so that what has another must be converted."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

from benchmarks.e2e.encoded import CODINGS, decode
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.storescp import TUNING, StockStorescp, TunedStorescp, data_set
from benchmarks.measure import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.receivers import Receiver
    from benchmarks.measure import Command

_PIXELS = 512 * 512 * 2
"""Bytes of native Pixel Data, which is the last element of the slices that are sent."""
_HEADERS_VARY = 0.999
"""By some bytes, in the length of a UID or a number: what arrives is estimated from a sample."""


class OneSyntaxStorescp(TunedStorescp):
    """The tuned storescp that takes one transfer syntax, or prefers it to native ones."""

    option: ClassVar[str]
    coding: ClassVar[str | None] = None
    """What it takes, as `CODINGS` names it; None: Implicit VR Little Endian."""
    verification = (
        "bytes read after every run; before, requests counted in a run of their own, and the "
        "pixels of 100 distinct instances compared"
    )

    def __init_subclass__(cls) -> None:
        cls.options = (*TunedStorescp.options, cls.option)


class ImplicitStorescp(OneSyntaxStorescp):
    """It takes nothing but Implicit VR Little Endian."""

    name = "storescp-implicit"
    option = "+xi"


class JpegLosslessStorescp(OneSyntaxStorescp):
    """It takes native syntaxes, too."""

    name = "storescp-jpeg-lossless"
    option = "+xs"
    coding = "jpeg-lossless"


class JpegLsStorescp(OneSyntaxStorescp):
    """It takes native syntaxes, too."""

    name = "storescp-jpeg-ls"
    option = "+xt"
    coding = "jpeg-ls"


class RleStorescp(OneSyntaxStorescp):
    """It takes native syntaxes, too."""

    name = "storescp-rle"
    option = "+xr"
    coding = "rle"


class _Keeping(StockStorescp):
    """Writes what it gets, as it gets it."""

    name = "storescp-keeping"
    tuned = True
    settings = TUNING

    def __init__(self, scratch: Path, kind: type[OneSyntaxStorescp]) -> None:
        super().__init__(scratch)
        self.options = ("-pdu", "131072", "+B", kind.option)


def verify_sample(
    kind: type[OneSyntaxStorescp],
    command: Callable[[DataSet, Receiver], Command],
    sent: DataSet,
    native: DataSet,
    scratch: Path,
) -> int:
    """Have a sample sent to a receiver that keeps it, and compare its pixels.

    Parameters
    ----------
    kind : type of OneSyntaxStorescp
        What that receiver takes.
    command : callable
        The sender.
    sent, native : DataSet
        The sample as it is sent, and the native original of it.
    scratch : Path
        Where it is kept for a moment.

    Returns
    -------
    int
        The bytes of all data sets that arrived.

    Raises
    ------
    NotArrivedError
        Where an instance is missing, is not in the transfer syntax, or has other pixels.
    """
    with _Keeping(scratch, kind) as receiver, TemporaryDirectory(dir=scratch) as folder:
        receiver.prepare()
        run(command(sent, receiver))
        received = receiver.files()
        if received.keys() != native.uids.keys():
            raise NotArrivedError(f"{len(received)} instances arrived of {len(native.uids)}")
        for uid, name in native.uids.items():
            pixels = _pixels(received[uid], kind.coding, Path(folder))
            if pixels != data_set(native.folder / name)[-_PIXELS:]:
                raise NotArrivedError(f"the pixels of {name} were changed")
        return sum(len(data_set(path)) for path in received.values())


def _pixels(path: Path, coding: str | None, folder: Path) -> bytes:
    """Return the native pixels of what was received, by another program's decoder."""
    if coding is None:
        return data_set(path)[-_PIXELS:]
    with path.open("rb") as file:
        if CODINGS[coding].transfer_syntax_uid.encode() not in file.read(1024):
            raise NotArrivedError(f"an instance is not in {CODINGS[coding].text}")
    out = folder / "native.dcm"
    try:
        decode(path, out, coding)
    except subprocess.CalledProcessError as error:
        raise NotArrivedError(f"an instance cannot be decoded: {error.stderr!r}") from error
    return data_set(out)[-_PIXELS:]


def arriving(data: DataSet, sample: DataSet, sample_bytes: int) -> DataSet:
    """Return `data` with the size that it has where it arrives.

    Parameters
    ----------
    data : DataSet
        What is to be sent.
    sample : DataSet
        A part of it.
    sample_bytes : int
        The bytes of that which arrived, at least.
    """
    estimate = sample_bytes * data.files / sample.files * _HEADERS_VARY
    return data._replace(data_set_bytes=int(estimate))
