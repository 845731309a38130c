"""``fastsend --demo``: the main job on real images, with a receiver of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastsend.errors import EXIT_NOT_ALL_STORED, InvalidInputFileError
from fastsend.model.options import SendOptions
from fastsend.model.proposal import InstanceKind
from fastsend.model.report import exit_code
from fastsend.model.transfer_syntax import transfer_syntax_name
from fastsend.report.summary import summary_lines
from fastsend.sender import send

if TYPE_CHECKING:
    from fastsend.association.receiver import ReceivedInstance
    from fastsend.model.observer import Observer
    from fastsend.model.report import SendReport

# Real images of pydicom's own test data, one for each of several transfer syntaxes.
_FILES = (
    "CT_small.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_jp2klossless.dcm",
    "JPEG-lossy.dcm",
    "examples_rgb_color.dcm",
    "examples_jpeg2k.dcm",
    "image_dfl.dcm",
    "rtdose.dcm",
)

_HOW_TO_GO_ON = """\
To send a real study to a real PACS:

    fastsend -aec PACS-AE-TITLE pacs.example.org 104 path/to/study

-aet sets your own AE title, -v shows each instance, --help shows every option."""


def run_demo(observer: Observer | None = None) -> int:
    """Send a small study to a receiver in this process and verify every byte that arrived.

    Returns
    -------
    int
        The exit code: 0 only where every data set arrived as it is in its file.
    """
    from fastsend.association.receiver import Receiver

    paths = _study()
    with Receiver(_kinds(paths)) as receiver:
        print(f"A Storage SCP listens on 127.0.0.1:{receiver.port}; sending {len(paths)} images.")
        options = SendOptions("127.0.0.1", receiver.port, tuple(map(str, paths)))
        report = send(options, observer=observer)
    altered = _verify(report, receiver.received)
    print("\n".join(summary_lines(report)))
    print()
    print(_HOW_TO_GO_ON)
    return exit_code(report) or (EXIT_NOT_ALL_STORED if altered else 0)


def _study() -> list[Path]:
    from pydicom.data import get_testdata_file

    found = [get_testdata_file(name, download=False) for name in _FILES]
    if None in found:
        raise InvalidInputFileError("this installation of pydicom has no test images to send")
    return [Path(str(path)) for path in found]


def _kinds(paths: list[Path]) -> list[InstanceKind]:
    from pydicom.filereader import read_file_meta_info

    metas = [read_file_meta_info(path) for path in paths]
    return [
        InstanceKind(str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID))
        for meta in metas
    ]


def _verify(report: SendReport, received: list[ReceivedInstance]) -> int:
    """Compare each data set with its file, byte for byte; print and return what differs."""
    arrived = {
        (instance.sop_instance_uid, instance.transfer_syntax_uid): instance.data_set
        for instance in received
    }
    altered = 0
    for result in report.results:
        data = Path(result.path).read_bytes()
        stored = data[len(data) - result.data_set_bytes :]
        stored += bytes(len(stored) % 2)  # as PS3.5 A.5 pads a deflated data set
        same = arrived.get((result.sop_instance_uid, result.transfer_syntax_uid)) == stored
        altered += not same
        verdict = "arrived byte for byte" if same else "DID NOT ARRIVE AS STORED"
        name = transfer_syntax_name(result.transfer_syntax_uid)
        print(f"  {Path(result.path).name:30} {name:46.46} {len(stored):>7} bytes  {verdict}")
    return altered
