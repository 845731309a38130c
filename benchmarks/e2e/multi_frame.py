"""One instance of 4 GB, native or encapsulated, to be converted within little memory.

One frame in four is a slice of `ct100`, the others are empty: holes in the native file, which makes
it sparse, and a few bytes each in the encapsulated one. What the slices cost at the peak is the
same as if all frames were such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from benchmarks.e2e import encoded
from benchmarks.e2e.compare import say
from benchmarks.e2e.data import DataSet, data_set_offset
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import fastsend
from benchmarks.e2e.storescp import TunedStorescp, data_set
from benchmarks.process_tree import peak_of_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.e2e.one_syntax import OneSyntaxStorescp
    from benchmarks.process_tree import TreeMemory

_FRAME = 512 * 512 * 2
_FRAMES = 8191
"""As many as an element may hold (PS3.5 7.1)."""
NATIVE_BYTES = _FRAMES * _FRAME
_SLICES = 50
_EMPTY = 4
_NATIVE = "1.2.840.10008.1.2.1"


def _header(path: Path, slices: DataSet, transfer_syntax_uid: str) -> str:
    """Write all but Pixel Data, and return the SOP Instance UID."""
    from pydicom import dcmread

    from benchmarks.e2e.recipes import MULTI_FRAME_GRAYSCALE_WORD_SC

    name = next(iter(slices.uids.values()))
    dataset: Any = dcmread(slices.folder / name, stop_before_pixels=True)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = MULTI_FRAME_GRAYSCALE_WORD_SC
    dataset.file_meta.TransferSyntaxUID = transfer_syntax_uid
    dataset.Modality = "OT"
    dataset.NumberOfFrames = _FRAMES
    dataset.save_as(path, enforce_file_format=True)
    return str(dataset.SOPInstanceUID)


def _described(folder: Path, uid: str) -> DataSet:
    (path,) = folder.iterdir()
    size = path.stat().st_size
    uids = {uid: path.name}
    return DataSet(folder.name, folder, 1, 1, size, size - data_set_offset(path), uids)


def _frames(slices: list[bytes], empty: bytes, put: Callable[[bytes], object]) -> None:
    for number in range(_FRAMES):
        put(empty if number % _EMPTY else slices[number // _EMPTY % len(slices)])


def _slices_of(data: DataSet) -> list[Path]:
    return [data.folder / name for name in list(data.uids.values())[:_SLICES]]


def make_native(slices: DataSet, folder: Path) -> DataSet:
    """Write the instance in Explicit VR Little Endian."""
    path = folder / "00001.dcm"
    uid = _header(path, slices, _NATIVE)
    images = [data_set(one)[-_FRAME:] for one in _slices_of(slices)]
    with path.open("ab") as file:
        file.write(b"\xe0\x7f\x10\x00OW\0\0" + (_FRAMES * _FRAME).to_bytes(4, "little"))
        end = file.tell() + _FRAMES * _FRAME
    with path.open("r+b") as file:
        file.seek(0, 2)
        _frames(images, b"", lambda image: _put_or_skip(file, image))
        file.truncate(end)
    return _described(folder, uid)


def _put_or_skip(file: BinaryIO, image: bytes) -> None:
    if image:
        file.write(image)
    else:
        file.seek(_FRAME, 1)


def make_encapsulated(slices: DataSet, coding: str, empty: Path, folder: Path) -> DataSet:
    """Write the instance in a compressed transfer syntax.

    Parameters
    ----------
    slices : DataSet
        Single frames in that transfer syntax.
    coding : str
        Which that is, as `encoded.CODINGS` names it.
    empty : Path
        A single empty frame in it.
    folder : Path
        Where to.
    """
    path = folder / "00001.dcm"
    uid = _header(path, slices, encoded.CODINGS[coding].transfer_syntax_uid)
    items = [_item(one) for one in _slices_of(slices)]
    with path.open("ab") as file:
        # Pixel Data of undefined length, and an empty Basic Offset Table (PS3.5 A.4).
        file.write(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + _tagged(0xE000, b""))
        _frames(items, _item(empty), file.write)
        file.write(_tagged(0xE0DD, b""))
    return _described(folder, uid)


def _tagged(element: int, value: bytes) -> bytes:
    return b"\xfe\xff" + element.to_bytes(2, "little") + len(value).to_bytes(4, "little") + value


def _item(path: Path) -> bytes:
    """Return the only frame of an encapsulated instance as an item."""
    from pydicom import dcmread
    from pydicom.encaps import get_frame

    frame = get_frame(dcmread(path).PixelData, 0, number_of_frames=1)
    return _tagged(0xE000, frame + bytes(len(frame) % 2))


def make_empty(slices: DataSet, coding: str, folder: Path) -> Path:
    """Write a single empty frame in a compressed transfer syntax."""
    native, out = folder / "empty-native.dcm", folder / f"empty-{coding}.dcm"
    whole = _slices_of(slices)[0].read_bytes()
    native.write_bytes(whole[:-_FRAME] + bytes(_FRAME))
    encoded.encode(native, out, coding)
    return out


class _Discarding(TunedStorescp):
    """Throws away what it reads at once: the tuned ones keep a data set until its end."""

    name = "storescp-discarding"

    def __init__(self, scratch: Path, option: str) -> None:
        super().__init__(scratch)
        self.options = (*TunedStorescp.options, "+B", option)

    def verify(self, data: DataSet, *, exact: bool = True) -> None:
        """At least the size expected was read: how well an encoder does is not foreseen."""
        del exact
        read = self.bytes_read()
        if read < data.data_set_bytes:
            raise NotArrivedError(f"{read} bytes read of at least {data.data_set_bytes}")


def peak(
    data: DataSet,
    kind: type[OneSyntaxStorescp],
    options: tuple[str, ...],
    least_bytes: int,
    scratch: Path,
) -> TreeMemory:
    """Send the instance once and return what fastsend and its workers needed.

    Parameters
    ----------
    data : DataSet
        The instance.
    kind : type of OneSyntaxStorescp
        What the receiver takes.
    options : tuple of str
        Of fastsend.
    least_bytes : int
        What has to arrive.
    scratch : Path
        For the receiver.
    """
    say(f"memory of a multi-frame of 4 GB to {kind.name}")
    with _Discarding(scratch, kind.option) as receiver:
        receiver.prepare()
        found = peak_of_tree(fastsend(data, receiver, *options))
        receiver.verify(data._replace(data_set_bytes=least_bytes))
    return found
