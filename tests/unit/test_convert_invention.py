"""Invented identifiers: storescu's counters, the VRs' limits, and elements in each encoding."""

from __future__ import annotations

import re
import uuid
from contextlib import closing
from io import BytesIO
from itertools import islice, product
from typing import TYPE_CHECKING

import pytest
from pydicom import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import UID

from fastsend._native import recode
from fastsend.convert.conversion import Conversion
from fastsend.convert.image import Target
from fastsend.convert.invention import (
    ELEMENTS,
    Identity,
    Inventor,
    edits,
    inventor,
    missing_elements,
)
from fastsend.convert.refusal import AttributeRefusedError
from fastsend.convert.source import Source, Stored
from fastsend.model.invention import Invention

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
RUN = uuid.UUID("c0ffee00-1234-4abc-8def-000000000001")


def storescu_counters(images: int, series: int, studies: int) -> Iterator[tuple[int, ...]]:
    """Yield patient, study, series and image as the loop of storescu counts and prints them."""
    patient_counter = study_counter = series_counter = image_counter = 0
    study_number = series_number = 0
    while True:
        if image_counter >= images:
            image_counter = 0
            series_counter += 1
            series_number = series_counter
        if series_counter >= series:
            series_counter = 0
            study_counter += 1
            study_number = study_counter
        if study_counter >= studies:
            study_counter = 0
            patient_counter += 1
        yield patient_counter, study_number, series_number, image_counter
        image_counter += 1


@pytest.mark.parametrize(("images", "series", "studies"), list(product((1, 2, 5), repeat=3)))
def test_counters(images: int, series: int, studies: int) -> None:
    made = Inventor(RUN, 0, images, series, studies)
    number = 4 * images * series * studies + 3
    expected = list(islice(storescu_counters(images, series, studies), number))
    assert [made.counters(position) for position in range(number)] == expected


def test_the_numbers_that_are_not_given_are_those_of_storescu() -> None:
    made = inventor(Invention(instances=True))
    assert made[2:] == (100, 50, 25)
    assert inventor(Invention(series_per_study=7))[2:] == (100, 7, 25)


def test_uids_change_where_counters_do() -> None:
    made = Inventor(RUN, 0, 2, 2, 2)
    names = [made.identity(position) for position in range(16)]
    assert len({one.sop_instance_uid for one in names}) == 16
    assert [len({getattr(one, level) for one in names}) for level in Identity._fields] == [
        *(16, 2, 2, 4, 8, 3, 3, 2)
    ]
    assert names[3].series_instance_uid != names[4].series_instance_uid
    assert names[4].series_instance_uid == names[5].series_instance_uid


def test_the_same_instance_is_the_same_again() -> None:
    made = inventor(Invention(instances=True))
    assert made.identity(7) == made.identity(7)


def test_another_run_shares_nothing_that_identifies() -> None:
    one, other = (inventor(Invention(instances=True)).identity(0) for _ in range(2))
    for level in ("sop_instance_uid", "study_instance_uid", "series_instance_uid"):
        assert getattr(one, level) != getattr(other, level)
    # A million to one that two patients of runs in the same second are told apart.
    runs = {inventor(Invention(instances=True)).identity(0).patient_id for _ in range(3)}
    assert len(runs) > 1


@pytest.mark.parametrize("position", [0, 1, 999, 10**9, 10**15])
@pytest.mark.parametrize("counts", [(1, 1, 1), (1, 1, 2**31 - 1), (1, 2**31 - 1, 1), (100, 50, 25)])
def test_values_have_the_form_of_their_vr(position: int, counts: tuple[int, int, int]) -> None:
    one = Inventor(RUN, 1_795_000_000, *counts).identity(position)
    for uid in (one.sop_instance_uid, one.study_instance_uid, one.series_instance_uid):
        assert UID(uid).is_valid
        assert uid.startswith("2.25.")
        assert uuid.UUID(int=int(uid[5:])).version == 5
    assert re.fullmatch(r"OFFIS\^TEST_PN_1795000000\d+", one.patient_name)
    assert re.fullmatch(r"PID_1795000000\d+", one.patient_id)
    assert re.fullmatch(r"SID_\d{11,12}", one.study_id)
    assert len(one.patient_name) <= 64
    assert len(one.patient_id) <= 64
    for number in (one.series_number, one.instance_number):
        assert number == str(int(number))
    assert len(one.series_number) <= 12


def test_study_ids_of_a_run_are_told_apart() -> None:
    made = Inventor(RUN, 1_795_000_000, 1, 1, 10**6)
    assert len({made.identity(position).study_id for position in range(3000)}) == 3000


IDENTITY = Identity("2.25.1", "N", "P", "2.25.22", "2.25.333", "S", "4", "55")


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
def test_elements(syntax: str) -> None:
    encoded = b"".join(element for _, element, _ in edits(IDENTITY, syntax))
    data_set = read_dataset(BytesIO(encoded), syntax == IMPLICIT, syntax != BIG)
    assert [
        (int(tag), data_set[tag].VR)
        for tag in data_set.keys()  # noqa: SIM118
    ] == [(tag, vr) for tag, vr, _ in ELEMENTS]
    assert tuple(str(element.value) for element in data_set) == IDENTITY
    assert len(encoded) % 2 == 0


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
def test_what_is_not_there_is_not_added(syntax: str) -> None:
    found = Dataset()
    found.SOPInstanceUID = "1.2.3"
    found.PatientID = "X"
    found.ReferencedSOPInstanceUID = "1.2.3"
    before = encoded(found, syntax)
    after = recode.to_bytes(before, syntax, syntax, edits=edits(IDENTITY, syntax))
    found.SOPInstanceUID = IDENTITY.sop_instance_uid
    found.PatientID = IDENTITY.patient_id
    assert after == encoded(found, syntax)


@pytest.mark.parametrize("vr", ["UN", "SH", "OB", "UT"])
def test_an_element_of_another_vr_gets_its_own(vr: str) -> None:
    head = b"\x10\0\x20\0" + vr.encode()
    head += b"\2\0" if vr == "SH" else b"\0\0\2\0\0\0"
    after = recode.to_bytes(head + b"ab", EXPLICIT, EXPLICIT, edits=edits(IDENTITY, EXPLICIT))
    assert after == b"\x10\0\x20\0LO\2\0P "


def encoded(data_set: Dataset, syntax: str) -> bytes:
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_dataset

    file = DicomBytesIO()
    file.is_implicit_VR, file.is_little_endian = syntax == IMPLICIT, syntax != BIG
    write_dataset(file, data_set)
    return file.getvalue()


def source(folder: Path, data_set: Dataset, syntax: str) -> Source:
    path = folder / "file"
    path.write_bytes(encoded(data_set, syntax))
    status = path.stat()
    return Source(
        Stored(bytes(path), 0, status.st_size, status.st_mtime_ns, syntax, "1.2", "1.2.3")
    )


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
def test_missing_elements_are_named(tmp_path: Path, syntax: str) -> None:
    data_set = Dataset()
    for tag, vr, _ in ELEMENTS:
        data_set.add_new(tag, vr, "")
    with closing(source(tmp_path, data_set, syntax)) as opened:
        assert missing_elements(opened) == []  # empty ones are there
    del data_set.PatientID, data_set.InstanceNumber
    with closing(source(tmp_path, data_set, syntax)) as opened:
        assert missing_elements(opened) == ["Patient ID (0010,0020)", "Instance Number (0020,0013)"]


def test_a_data_set_without_a_sop_instance_uid_is_refused(tmp_path: Path) -> None:
    data_set = Dataset()
    data_set.PatientID = "secret"
    with (
        closing(source(tmp_path, data_set, EXPLICIT)) as opened,
        pytest.raises(AttributeRefusedError, match="no SOP Instance UID") as caught,
    ):
        missing_elements(opened)
    assert "secret" not in str(caught.value)


GE = "1.2.840.113619.5.2"


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG, GE, "1.2.840.10008.1.2.4.102"])
def test_an_instance_in_its_own_syntax(tmp_path: Path, syntax: str) -> None:
    found = Dataset()
    found.SOPInstanceUID = "1.2.3"
    found.StudyID = "old"
    found.ReferencedImageSequence = [Dataset()]
    found.ReferencedImageSequence[0].StudyID = "old"
    encoding = {GE: IMPLICIT, "1.2.840.10008.1.2.4.102": EXPLICIT}.get(syntax, syntax)
    opened = source(tmp_path, found, encoding)
    stored = opened.stored._replace(transfer_syntax_uid=syntax, identity=IDENTITY)
    opened.close()
    with closing(Conversion(stored, Target(syntax, 1))) as conversion:
        conversion.prepare()
        sent = b"".join(map(bytes, conversion.pieces()))
        assert len(conversion.missing_elements) == 6
    found.SOPInstanceUID, found.StudyID = IDENTITY.sop_instance_uid, IDENTITY.study_id
    assert sent == encoded(found, encoding)
