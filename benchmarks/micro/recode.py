"""Re-encoding of one CT against pydicom and dcmconv: ``python -m benchmarks.micro.recode``."""

from __future__ import annotations

import io
import subprocess
import tempfile
import time
import warnings
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydicom import Dataset, FileMetaDataset, dcmread, dcmwrite
from pydicom.filereader import read_dataset
from pydicom.uid import UID, CTImageStorage, generate_uid

from benchmarks.alternate import spread_of
from benchmarks.machine import describe
from benchmarks.report import machine_table, table
from fastsend._native import recode

if TYPE_CHECKING:
    from collections.abc import Callable

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
OPTIONS = {IMPLICIT_LE: "+ti", EXPLICIT_LE: "+te", EXPLICIT_BE: "+tb"}
ROWS = COLUMNS = 512
ROUNDS = 7


class Case(NamedTuple):
    name: str
    path: Path
    offset: int
    data_set: bytes
    one: str
    other: str


def make_ct(path: Path, syntax: str) -> tuple[int, bytes]:
    """Write a CT of 512 x 512 x 16 bit with 100 elements and some sequences."""
    ct = Dataset()
    ct.SOPClassUID, ct.SOPInstanceUID = CTImageStorage, generate_uid()
    ct.PatientName, ct.PatientID, ct.Modality = "Test^Image", "TEST", "CT"
    ct.StudyInstanceUID, ct.SeriesInstanceUID = generate_uid(), generate_uid()
    ct.add_new(0x00090010, "LO", "FASTSEND BENCHMARK")
    for number in range(60):
        ct.add_new(0x00091000 + number, "DS", f"{number}.5")
    for keyword in ("ReferencedImageSequence", "SourceImageSequence"):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, generate_uid()
        setattr(ct, keyword, [item] * 4)
    ct.Rows, ct.Columns, ct.SamplesPerPixel = ROWS, COLUMNS, 1
    ct.BitsAllocated, ct.BitsStored, ct.HighBit, ct.PixelRepresentation = 16, 12, 11, 1
    ct.PhotometricInterpretation = "MONOCHROME2"
    ct.ImagePositionPatient, ct.PixelSpacing = [0, 0, 0], [0.5, 0.5]
    ct.add_new(0x00280106, "SS", -1000)
    ct.add_new(0x7FE00010, "OW", bytes(range(256)) * (ROWS * COLUMNS * 2 // 256))
    ct.file_meta = FileMetaDataset()
    ct.file_meta.TransferSyntaxUID = UID(syntax)
    implicit, little = syntax == IMPLICIT_LE, syntax != EXPLICIT_BE
    dcmwrite(path, ct, implicit_vr=implicit, little_endian=little, enforce_file_format=True)
    with path.open("rb") as file:
        file.seek(140)
        offset = 144 + int.from_bytes(file.read(4), "little")
        file.seek(offset)
        return offset, file.read()


def ours_in_slices(case: Case) -> None:
    """As a socket loop takes it: measured, then pulled; the pixels stay in the file."""
    with case.path.open("rb") as file:
        length = len(case.data_set)
        recoder = recode.Recoder(file.fileno(), case.offset, length, case.one, case.other)
        recoder.measure()
        for _ in recoder:
            pass


def ours_in_bytes(case: Case) -> None:
    """The same with every byte in memory, as TLS needs it."""
    with case.path.open("rb") as file:
        length = len(case.data_set)
        recoder = recode.Recoder(
            file.fileno(), case.offset, length, case.one, case.other, slice_least=0
        )
        recoder.measure()
        for _ in recoder:
            pass


def with_pydicom(case: Case) -> None:
    ct = dcmread(case.path)
    ct.file_meta.TransferSyntaxUID = UID(case.other)
    implicit, little = case.other == IMPLICIT_LE, case.other != EXPLICIT_BE
    dcmwrite(io.BytesIO(), ct, implicit_vr=implicit, little_endian=little)


def with_dcmconv(case: Case) -> None:
    """A process for each file: what it costs to start is in it, and named in the table."""
    command = ["/usr/bin/dcmconv", OPTIONS[case.other], str(case.path), "/dev/null"]
    subprocess.run(command, check=True, capture_output=True)


def start_of_dcmconv(_: Case) -> None:
    subprocess.run(["/usr/bin/dcmconv", "--version"], check=True, capture_output=True)


WORK: dict[str, tuple[Callable[[Case], None], int]] = {
    "fastsend, pixels as a slice": (ours_in_slices, 2000),
    "fastsend, all in memory": (ours_in_bytes, 300),
    "pydicom": (with_pydicom, 20),
    "dcmconv, whole process": (with_dcmconv, 5),
    "dcmconv --version": (start_of_dcmconv, 5),
}


def check(case: Case) -> None:
    """Pydicom must read the same from the result; it leaves the words of OW as they come."""
    ours = recode.to_bytes(case.data_set, case.one, case.other)
    big = case.other == EXPLICIT_BE
    found = read_dataset(io.BytesIO(ours), case.other == IMPLICIT_LE, not big)
    expected = dcmread(case.path)
    words = array("H", found.PixelData)
    if big:
        words.byteswap()
    assert words.tobytes() == expected.PixelData
    assert found.SmallestImagePixelValue == expected.SmallestImagePixelValue
    assert found.SourceImageSequence == expected.SourceImageSequence


def seconds_each(action: Callable[[Case], None], case: Case, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        action(case)
    return (time.perf_counter() - start) / times


def measure(case: Case) -> list[tuple[str, ...]]:
    """Return a row for each way, taken in turns."""
    taken: dict[str, list[float]] = {name: [] for name in WORK}
    for _ in range(ROUNDS):
        for name, (action, times) in WORK.items():
            taken[name].append(seconds_each(action, case, times))
    medians = {name: spread_of(times).median for name, times in taken.items()}
    peer = medians["dcmconv, whole process"] - medians["dcmconv --version"]
    return [
        (
            case.name,
            name,
            f"{median * 1e6:,.1f}",
            f"{len(case.data_set) / median / 1e6:,.0f}",
            f"{medians['pydicom'] / median:,.1f}",
            f"{peer / median:,.1f}",
        )
        for name, median in medians.items()
    ]


def main() -> None:
    warnings.simplefilter("ignore")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for one, other, name in (
            (EXPLICIT_LE, IMPLICIT_LE, "explicit to implicit"),
            (IMPLICIT_LE, EXPLICIT_LE, "implicit to explicit"),
            (EXPLICIT_LE, EXPLICIT_BE, "little to big endian"),
        ):
            path = Path(folder, name)
            case = Case(name, path, *make_ct(path, one), one, other)
            check(case)
            rows += measure(case)
    print(machine_table(describe()))
    print(f"\nA CT of {ROWS} x {COLUMNS} x 16 bit, page cache warm, median of {ROUNDS} rounds:\n")
    head = ("work", "by", "us", "MB/s", "times pydicom", "times dcmconv without its start")
    print(table(head, rows))


if __name__ == "__main__":
    main()
