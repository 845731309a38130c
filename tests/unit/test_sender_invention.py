"""Runs that invent identifiers, or have dictionaries, against a scripted SCP."""

from __future__ import annotations

import logging
import os
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pydicom.filereader import read_dataset

from fastsend.model.invention import Invention
from fastsend.model.options import SendOptions
from fastsend.model.pixels import Quality
from fastsend.model.report import exit_code
from fastsend.model.result import Outcome
from fastsend.report.console import ConsoleObserver
from fastsend.report.summary import summary_lines
from fastsend.sender import send
from peers import study as study_files
from peers.image_files import ImageLayout, encode_image, rle_of, write_image
from peers.recording_scp import Close, RecordingSCP, accept_only
from reference.part10_files import (
    CT,
    EXPLICIT,
    IMPLICIT,
    element,
    meta_elements,
    part10,
    with_group_length,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom import Dataset

    from fastsend.model.report import SendReport
    from peers.scp_records import Association

BIG, DEFLATED, RLE = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
UID = "1.2.826.0.1.3680043.10.999.7"
PIXELS = bytes(range(256)) * 2
AS_NATIVE = encode_image(UID, ImageLayout(bits_stored=16), native=PIXELS)
AS_RLE = encode_image(UID, ImageLayout(bits_stored=16), codestreams=[rle_of(PIXELS)])
INVENTION = Invention(images_per_series=2, series_per_study=2, studies_per_patient=1)


class Study(study_files.Study):
    def options(self, port: int, **changes: object) -> SendOptions:
        options = SendOptions("127.0.0.1", port, (str(self.folder),), dimse_timeout=20)
        return options._replace(invention=INVENTION, **changes)  # type: ignore[arg-type]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


def arrived(association: Association) -> list[Dataset]:
    """Return the data sets, each checked to be what its command calls it."""
    data_sets = []
    for store in association.stores:
        syntax = association.accepted[store.context_id]
        content = store.data_set or b""
        if syntax == DEFLATED:
            content = zlib.decompress(content, -15)
        data_set = read_dataset(BytesIO(content), syntax == IMPLICIT, syntax != BIG)
        assert data_set.SOPInstanceUID == store.sop_instance_uid
        data_sets.append(data_set)
    return data_sets


def check(report: SendReport, data_sets: list[Dataset], olds: list[str]) -> None:
    assert [one.sop_instance_uid for one in report.results] == olds
    news = [one.sent_sop_instance_uid for one in report.results]
    assert [data_set.SOPInstanceUID for data_set in data_sets] == news
    assert len({*news, *olds}) == 2 * len(olds)


@pytest.mark.parametrize(
    ("syntax", "proposed"),
    [(EXPLICIT, None), (IMPLICIT, IMPLICIT), (BIG, BIG), (DEFLATED, DEFLATED)],
)
def test_every_instance_gets_its_own(study: Study, syntax: str, proposed: str | None) -> None:
    # Without Bits Allocated nobody knows how the bytes of pixels change places.
    size = 0 if syntax == BIG else 20_000
    olds = [study.add(pixel_bytes=size * number) for number in range(6)]
    before = [path.read_bytes() for path in study.paths]
    with RecordingSCP(accept=accept_only(syntax), keep_data=True) as scp:
        report = send(study.options(scp.port, proposed=proposed))
        (association,) = scp.finished(1)
    assert exit_code(report) == 0
    data_sets = arrived(association)
    check(report, data_sets, olds)
    assert len({one.SeriesInstanceUID for one in data_sets}) == 3
    assert len({one.StudyInstanceUID for one in data_sets}) == 2
    assert len({str(one.PatientName) for one in data_sets}) == 2
    assert not any("StudyID" in one or "InstanceNumber" in one for one in data_sets)
    assert all(one.PatientBirthDate == study_files.BIRTH_DATE.decode() for one in data_sets)
    assert [path.read_bytes() for path in study.paths] == before


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS_NEAR])
def test_compressed_instances_have_one_new_uid(tmp_path: Path, syntax: str) -> None:
    write_image(tmp_path / "one", AS_NATIVE, UID, EXPLICIT)
    options = SendOptions("127.0.0.1", 0, (str(tmp_path),), invention=INVENTION, proposed=syntax)
    options = options._replace(quality=Quality(near=1))
    with RecordingSCP(accept=accept_only(syntax), keep_data=True) as scp:
        report = send(options._replace(port=scp.port))
        (association,) = scp.finished(1)
    (data_set,) = arrived(association)
    check(report, [data_set], [UID])
    if syntax == JPEG_LS_NEAR:
        assert report.lossy_conversions == 1
        assert data_set.SourceImageSequence[0].ReferencedSOPInstanceUID == UID
    else:
        assert report.lossy_conversions == 0


def test_decompressed_instances(tmp_path: Path) -> None:
    write_image(tmp_path / "one", AS_RLE, UID, RLE)
    options = SendOptions("127.0.0.1", 0, (str(tmp_path),), invention=INVENTION)
    pixels = []
    for syntax in (RLE, EXPLICIT):
        with RecordingSCP(accept=accept_only(syntax), keep_data=True) as scp:
            report = send(options._replace(port=scp.port))
            (association,) = scp.finished(1)
        (data_set,) = arrived(association)
        check(report, [data_set], [UID])
        pixels.append(data_set.PixelData)
    plain = read_dataset(BytesIO(AS_NATIVE), False, True)
    coded = read_dataset(BytesIO(AS_RLE), False, True)
    assert pixels == [coded.PixelData, plain.PixelData]


def test_another_attempt_sends_the_same_instance(study: Study) -> None:
    for _ in range(4):
        study.add()
    left = iter([1])
    with RecordingSCP(
        keep_data=True, on_store=lambda store: [Close()] if next(left, 0) else [_answer(store)]
    ) as scp:
        report = send(study.options(scp.port, halt=False))
        first, second = scp.finished(2)
    assert [one.outcome for one in report.results] == [Outcome.UNKNOWN] + 3 * [Outcome.ANSWERED]
    names = [one.sent_sop_instance_uid for one in report.results]
    assert [store.sop_instance_uid for one in (first, second) for store in one.stores] == names


def _answer(store: object) -> object:
    from peers.recording_scp import Send

    return Send(store.response())  # type: ignore[attr-defined]


def test_instances_that_are_not_sent_are_counted(study: Study) -> None:
    study.add()
    study.add()
    content = study.paths[0].read_bytes()
    study.paths[0].write_bytes(content + b"\x08\0\x70\0LO\2\0ab")
    with RecordingSCP(keep_data=True) as scp:
        report = send(study.options(scp.port))
        (association,) = scp.finished(1)
    assert [one.outcome for one in report.results] == [Outcome.NOT_SENT, Outcome.ANSWERED]
    assert report.results[0].sent_sop_instance_uid is None
    assert "do not increase" in (report.results[0].error or "")
    assert [one.sop_instance_uid for one in association.stores] == [
        report.results[1].sent_sop_instance_uid
    ]


def test_a_data_set_without_its_uid_is_not_sent(tmp_path: Path) -> None:
    data_set = element(0x00080016, "UI", CT.encode() + b"\0") + element(0x00100020, "LO", b"secret")
    meta = with_group_length(meta_elements(EXPLICIT, CT, "1.2.3"))
    (tmp_path / "one").write_bytes(part10(data_set, meta))
    options = SendOptions("127.0.0.1", 0, (str(tmp_path),))
    for invention, outcome in ((Invention(), Outcome.ANSWERED), (INVENTION, Outcome.NOT_SENT)):
        with RecordingSCP() as scp:
            report = send(options._replace(port=scp.port, invention=invention))
            scp.finished(1)
        assert [one.outcome for one in report.results] == [outcome]
    assert "SOP Instance UID" in (report.results[0].error or "")


def test_unknown_transfer_syntaxes_are_not_edited(study: Study) -> None:
    unknown = "1.2.826.0.1.3680043.10.999.99"
    study.add(transfer_syntax=unknown)
    with RecordingSCP() as scp:
        report = send(study.options(scp.port, check_uids=False))
        scp.finished(1)
    assert [one.outcome for one in report.results] == [Outcome.NOT_SENT]
    assert unknown in (report.results[0].error or "")
    assert "+II" in (report.results[0].error or "")


def test_what_is_told(study: Study, caplog: pytest.LogCaptureFixture) -> None:
    old = study.add()
    caplog.set_level(logging.DEBUG, "fastsend")
    with RecordingSCP() as scp:
        report = send(study.options(scp.port), observer=ConsoleObserver())
        scp.finished(1)
    new = report.results[0].sent_sop_instance_uid
    assert new
    assert f"{old}: " in caplog.text
    assert f"a new instance {new}" in caplog.text
    assert "invented patient 0, study 0, series 0, image 0" in caplog.text
    for name in ("Study ID (0020,0010)", "Series Number (0020,0011)"):
        assert f"instance 1 has no {name} to replace" in caplog.text
    assert not any(word.decode() in caplog.text for word in study_files.PATIENT)
    assert "- with invented identifiers" in "\n".join(summary_lines(report))


def test_failures_are_told_with_both_uids(study: Study) -> None:
    old = study.add()
    with RecordingSCP(status=0xA700) as scp:
        report = send(study.options(scp.port))
        scp.finished(1)
    new = report.results[0].sent_sop_instance_uid
    assert f"({old}, sent as {new})" in "\n".join(summary_lines(report))


@pytest.mark.parametrize("invention", [Invention(), INVENTION])
@pytest.mark.parametrize("syntax", [EXPLICIT, BIG, DEFLATED])
def test_dictionaries_are_used_on_each_route(
    tmp_path: Path, syntax: str, invention: Invention, caplog: pytest.LogCaptureFixture
) -> None:
    def implicit(tag: int, value: bytes) -> bytes:
        return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value)) + value

    data_set = implicit(0x00080016, CT.encode() + b"\0") + implicit(0x00080018, b"1.2.3\0")
    data_set += implicit(0x00110010, b"ACME") + implicit(0x00111001, b"\1\2")
    meta = with_group_length(meta_elements(IMPLICIT, CT, "1.2.3"))
    (tmp_path / "one.dcm").write_bytes(part10(data_set, meta))
    dictionary = tmp_path / "acme.dic"
    dictionary.write_text('(0011,"ACME",01)\tUS\tName\t1\tACME\nbroken\n')
    options = SendOptions(
        "127.0.0.1",
        0,
        (str(tmp_path / "one.dcm"),),
        dictionaries=(os.fspath(dictionary), os.fspath(tmp_path / "none.dic")),
        proposed=syntax,
        invention=invention,
    )
    with RecordingSCP(accept=accept_only(syntax), keep_data=True) as scp:
        report = send(options._replace(port=scp.port))
        (association,) = scp.finished(1)
    assert exit_code(report) == 0
    (received,) = arrived(association)
    assert received[0x00111001].VR == "US"
    assert received[0x00111001].value == 0x0201
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 2
    assert told[0] == f"{dictionary}, line 2: too few fields between tabs"
    assert "none.dic" in told[1]
