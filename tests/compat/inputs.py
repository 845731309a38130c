"""What the programs are given to send, made once from files that come with pydicom."""

from __future__ import annotations

import shutil
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import Dataset, dcmread, dcmwrite
from pydicom.data.data_manager import DATA_ROOT
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from compat.certificates import make_certificates
from compat.configurations import FILES

if TYPE_CHECKING:
    from collections.abc import Callable

TEST_FILES = Path(DATA_ROOT) / "test_files"
ROOT = "1.2.826.0.1.3680043.10.999"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
J = "1.2.840.10008.1.2.4."
STORAGE = "1.2.840.10008.5.1.4.1.1."

COPIES = {
    "ct.dcm": "CT_small.dcm",
    "mr.dcm": "MR_small.dcm",
    "mr_implicit.dcm": "MR_small_implicit.dcm",
    "mr_big.dcm": "MR_small_bigendian.dcm",
    "mr_rle.dcm": "MR_small_RLE.dcm",
    "mr_jls.dcm": "MR_small_jpeg_ls_lossless.dcm",
    "mr_j2k.dcm": "MR_small_jp2klossless.dcm",
    "sc_jpeg.dcm": "SC_rgb_jpeg_dcmtk.dcm",
    "sc_jpeg12.dcm": "JPGExtended.dcm",
    "sc_lossless.dcm": "SC_rgb_jpeg_gdcm.dcm",
    "sc_j2k_lossy.dcm": "JPEG2000.dcm",
    "sc_jls_lossy.dcm": "SC_rgb_jls_lossy_line.dcm",
    "sc_rle.dcm": "SC_rgb_rle.dcm",
    "sc_odd.dcm": "SC_rgb_small_odd.dcm",
    "deflated.dcm": "image_dfl.dcm",
    "seg.dcm": "liver_1frame.dcm",
    "sr.dcm": "reportsi.dcm",
    "plan.dcm": "rtplan.dcm",
    "dose_big.dcm": "rtdose_expb_1frame.dcm",
    "us_big.dcm": "ExplVR_BigEnd.dcm",
    "truncated.dcm": "MR_truncated.dcm",
}

VIDEO = {
    "mpeg2": "100",
    "mpeg2_high": "101",
    "mpeg4": "102",
    "mpeg4_bd": "103",
    "mpeg4_2d": "104",
    "mpeg4_3d": "105",
    "mpeg4_stereo": "106",
    "hevc": "107",
    "hevc10": "108",
}

TEXTS = {
    "text.txt": "This is no DICOM file.\n",
    "empty.dcm": "",
    "options.txt": "-aet  FROM_FILE\n\t-aec 'THE PEER'\r\n",
    "blanks.txt": '"a name with blanks.dcm"\n',
    "files.txt": "ct.dcm mr.dcm\n",
    "nested.txt": "@options.txt\n",
    "ticket.bin": "a ticket of Kerberos, or so",
    "assertion.xml": "<saml:Assertion>someone</saml:Assertion>",
    "token.jwt": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lb25lIn0.",
    "seed.bin": "0123456789abcdef" * 64,
}


def make_inputs(folder: Path) -> None:
    """Write all inputs into a folder."""
    for name, source in COPIES.items():
        shutil.copyfile(TEST_FILES / source, folder / name)
    for name, text in (TEXTS | FILES).items():
        (folder / name).write_bytes(text.encode())
    for name, number in VIDEO.items():
        _video(folder / f"{name}.dcm", J + number)
    _variants_of_ct(folder)
    _odd_elements(folder)
    _raw(folder / "ct.dcm", folder / "raw_explicit")
    _raw(folder / "mr_implicit.dcm", folder / "raw_implicit")
    _study(folder)
    _media(folder)
    _many(folder / "many")
    make_certificates(folder)


def _variants_of_ct(folder: Path) -> None:
    def variant(name: str, change: Callable[[Dataset], None]) -> None:
        data_set = dcmread(folder / "ct.dcm")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong is so on purpose
            change(data_set)
            dcmwrite(folder / name, data_set, enforce_file_format=False)

    def number(n: int) -> Callable[[Dataset], None]:
        def change(data_set: Dataset) -> None:
            data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.{n}"
            data_set.InstanceNumber = n

        return change

    for n in range(2, 8):
        variant(f"ct{n}.dcm", number(n))
    variant("a name with blanks.dcm", number(8))

    def of_class(uid: str) -> Callable[[Dataset], None]:
        def change(data_set: Dataset) -> None:
            data_set.SOPClassUID = data_set.file_meta.MediaStorageSOPClassUID = uid

        return change

    variant("verification.dcm", of_class("1.2.840.10008.1.1"))
    variant("private_class.dcm", of_class("1.2.826.0.1.3680043.10.999.77"))
    variant("bad_class.dcm", of_class("1.2.840.abc"))

    def other_meta(data_set: Dataset) -> None:
        data_set.file_meta.MediaStorageSOPClassUID = STORAGE + "4"
        data_set.file_meta.MediaStorageSOPInstanceUID = f"{ROOT}.9"

    variant("other_meta.dcm", other_meta)

    def no_uids(data_set: Dataset) -> None:
        for name in ("SOPClassUID", "SOPInstanceUID"):
            delattr(data_set, name)
            delattr(data_set.file_meta, f"MediaStorage{name}")

    variant("no_uids.dcm", no_uids)

    def few_elements(data_set: Dataset) -> None:
        for name in ("PatientName", "StudyID", "SeriesNumber", "InstanceNumber"):
            del data_set[name]

    variant("few_elements.dcm", few_elements)

    # A UID of odd length, filled with a blank where the Standard has a NUL (PS3.5 6.2).
    variant("blank_padded.dcm", number(12))
    content = (folder / "blank_padded.dcm").read_bytes()
    uid = f"{ROOT}.12".encode()
    assert content.count(uid + b"\0") == 2
    (folder / "blank_padded.dcm").write_bytes(content.replace(uid + b"\0", uid + b" "))
    uid = LEE.encode()
    assert content.count(uid + b"\0") == 1
    (folder / "unknown_syntax.dcm").write_bytes(
        content.replace(uid + b"\0", b"1.2.840.10008.9.9.9\0")
    )


def _file(path: Path, sop_class_uid: str, n: int, transfer_syntax_uid: str) -> Dataset:
    data_set = Dataset()
    data_set.SOPClassUID = sop_class_uid
    data_set.SOPInstanceUID = f"{ROOT}.100.{n}"
    data_set.PatientName = "Pair"
    data_set.PatientID = "PAIR"
    data_set.preamble = bytes(128)
    meta = data_set.file_meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class_uid
    meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax_uid
    return data_set


def _write(path: Path, data_set: Dataset) -> None:
    implicit = data_set.file_meta.TransferSyntaxUID == LEI
    dcmwrite(
        path,
        data_set,
        implicit_vr=implicit,
        little_endian=True,
        enforce_file_format=False,
        force_encoding=True,
    )


def _video(path: Path, transfer_syntax_uid: str) -> None:
    number = int(transfer_syntax_uid.rpartition(".")[2])
    data_set = _file(path, STORAGE + "77.1.1.1", number, transfer_syntax_uid)
    data_set.Rows = data_set.Columns = 16
    data_set.PixelData = encapsulate([b"\0\0\1\xb3" * 16])
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True
    _write(path, data_set)


def _odd_elements(folder: Path) -> None:
    path = folder / "new_vrs.dcm"
    data_set = _file(path, STORAGE + "66", 1, LEE)
    data_set.add_new(0x00081190, "UR", "http://example.org/a/long/path")
    data_set.add_new(0x00080119, "UC", "unlimited characters")
    data_set.add_new(0x0040A160, "UT", "unlimited text")
    data_set.add_new(0x00660129, "OL", struct.pack("<2I", 1, 2))
    data_set.add_new(0x00090010, "LO", "SOMEONE")
    data_set.add_new(0x00091001, "UN", b"unknown bytes ")
    item = Dataset()
    item.CodeValue = "1"
    data_set.add_new(0x00081032, "SQ", Sequence([item]))
    _write(path, data_set)

    path = folder / "private.dcm"
    data_set = _file(path, STORAGE + "7", 2, LEI)
    data_set.add_new(0x00290010, "LO", "SOMEONE")
    data_set.add_new(0x00291001, "DS", "1.5\\2")
    data_set.add_new(0x00291002, "US", 7)
    _write(path, data_set)


def _raw(source: Path, target: Path) -> None:
    """Write a data set without meta information."""
    content = source.read_bytes()
    (group_length,) = struct.unpack_from("<I", content, 140)
    target.write_bytes(content[144 + group_length :])


def _study(folder: Path) -> None:
    study = folder / "study"
    (study / "deeper" / "still").mkdir(parents=True)
    shutil.copyfile(folder / "ct2.dcm", study / "one.dcm")
    shutil.copyfile(folder / "ct3.dcm", study / "two.img")
    shutil.copyfile(folder / "mr.dcm", study / ".hidden.dcm")
    shutil.copyfile(folder / "ct4.dcm", study / "deeper" / "three.dcm")
    shutil.copyfile(folder / "ct5.dcm", study / "deeper" / "still" / "four.dcm")
    (folder / "mixed").mkdir()
    shutil.copyfile(folder / "ct6.dcm", folder / "mixed" / "good.dcm")
    (folder / "mixed" / "notes.txt").write_text("no DICOM\n")
    (folder / "nothing").mkdir()


def _media(folder: Path) -> None:
    source = TEST_FILES / "dicomdirtests" / "TINY_ALPHA"
    shutil.copytree(source, folder / "media")
    lost = folder / "lost"
    shutil.copytree(source, lost)
    (lost / "PT000000" / "ST000000" / "SE000000" / "IM000001").unlink()


def _many(folder: Path) -> None:
    """Write what needs more presentation contexts than one association has (PS3.8 9.3.2.2)."""
    folder.mkdir()
    classes = [STORAGE + end for end in ("2", "4", "6.1", "7", "1", "20", "128", "12.1", "12.2")]
    syntaxes = [LEE, *(J + end for end in ("50", "51", "57", "70", "80", "81", "90", "91"))]
    syntaxes += [J + end for end in ("100", "101", "102", "103", "104", "105")]
    for n, (sop_class, syntax) in enumerate(
        (sop_class, syntax) for syntax in syntaxes for sop_class in classes
    ):
        path = folder / f"{n:03}.dcm"
        _write(path, _file(path, sop_class, 1000 + n, syntax))
