"""What the conversion of one CT costs around its pixels: ``python -m benchmarks.micro.header``.

Elements are found, and the header is written with edits, against pydicom doing the same.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import dcmread, dcmwrite
from pydicom.tag import Tag

from benchmarks.alternate import spread_of
from benchmarks.machine import describe
from benchmarks.micro.recode import EXPLICIT_LE, make_ct
from benchmarks.report import machine_table, table
from fastsend._native import part10, recode

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
PHOTOMETRIC, ROWS, PIXEL_DATA = 0x00280004, 0x00280010, 0x7FE00010
TAGS = (
    *(0x00080008, 0x00080016, 0x00080018, 0x00082111, 0x00280002, PHOTOMETRIC, 0x00280006),
    *(0x00280008, ROWS, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00282110),
)
EDITS = (
    (PHOTOMETRIC, bytes.fromhex("28000400 4353 0c00") + b"YBR_FULL_422", True),
    (0x00282110, bytes.fromhex("28001021 4353 0200") + b"01", False),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ct")
        offset, data_set = make_ct(path, EXPLICIT_LE)
        descriptor, length = os.open(path, os.O_RDONLY), len(data_set)

        def find() -> object:
            return part10.find_elements(descriptor, offset, length, TAGS)

        def find_with_pydicom() -> object:
            return dcmread(path, stop_before_pixels=True, specific_tags=[*map(Tag, TAGS)])

        def write() -> list[bytes | tuple[int, int] | None]:
            recoder = recode.Recoder(
                descriptor,
                offset,
                length,
                EXPLICIT_LE,
                EXPLICIT_LE,
                edits=EDITS,
                external_pixel_data=True,
            )
            recoder.measure()
            return list(recoder)

        def write_with_pydicom() -> bytes:
            ct = dcmread(path, stop_before_pixels=True)
            ct.PhotometricInterpretation = "YBR_FULL_422"
            ct.LossyImageCompression = "01"
            out = io.BytesIO()
            dcmwrite(out, ct, implicit_vr=False, little_endian=True, enforce_file_format=False)
            return out.getvalue()

        header, place = write()
        assert isinstance(header, bytes)
        assert place is None
        assert write_with_pydicom().endswith(header)
        work: dict[str, tuple[Callable[[], object], int]] = {
            "find elements: fastsend": (find, 5000),
            "find elements: pydicom": (find_with_pydicom, 100),
            "write the header: fastsend": (write, 5000),
            "write the header: pydicom": (write_with_pydicom, 50),
        }
        taken: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(ROUNDS):
            for name, (action, times) in work.items():
                start = time.perf_counter()
                for _ in range(times):
                    action()
                taken[name].append((time.perf_counter() - start) / times)
        os.close(descriptor)
    medians = {name: spread_of(times).median for name, times in taken.items()}
    rows = [
        (name, f"{median * 1e6:,.1f}", f"{medians[name.split(':')[0] + ': pydicom'] / median:,.1f}")
        for name, median in medians.items()
    ]
    print(machine_table(describe()))
    print(f"\nA CT of {length} bytes, page cache warm, median of {ROUNDS} rounds:\n")
    print(table(("work", "us", "times pydicom"), rows))


if __name__ == "__main__":
    main()
