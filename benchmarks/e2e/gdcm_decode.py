"""Decodes all instances of a folder with GDCM, one after the other, and prints the seconds.

Run as a program of its own: ``python -P gdcm_decode.py FOLDER``. Its transfer syntax changer leaves
the pixels in GDCM's own memory: copying them to Python would add to the time. Starting Python
and importing GDCM are not among the seconds, reading the files is.

GDCM has OpenJPEG decode with a thread for each core of the machine; this process stays on one core,
so that it is one thread's work whatever the codec.
"""

import json
import os
import sys
import time

import gdcm  # type: ignore[import-untyped,import-not-found,unused-ignore]


def decode(path: str) -> int:
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        sys.exit(f"{path} cannot be read")
    changer = gdcm.ImageChangeTransferSyntax()
    changer.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ImplicitVRLittleEndian))
    changer.SetInput(reader.GetImage())
    if not changer.Change():
        sys.exit(f"{path} cannot be decoded")
    # A value length is a class of GDCM's that only knows how it is written.
    return int(str(changer.GetOutput().GetDataElement().GetByteValue().GetLength()))


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    paths = [entry.path for entry in os.scandir(sys.argv[1])]
    start = time.perf_counter()
    native_bytes = sum(map(decode, paths))
    seconds = time.perf_counter() - start
    figures = {"instances": len(paths), "native_bytes": native_bytes, "seconds": seconds}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
