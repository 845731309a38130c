from __future__ import annotations

import logging
import os
import zlib

import pytest

from fastsend._native import part10
from fastsend.scan.irregular import IrregularInstance, read_irregular
from fastsend.scan.kinds import KindJudge
from fastsend.scan.skipped import NOT_DICOM, Refusal
from reference.part10_files import (
    BIG_ENDIAN,
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    MR,
    UNDEFINED,
    element,
    fragments,
    identity,
    item,
    meta_elements,
    pixels,
    sequence,
    uid,
    with_group_length,
)
from reference.part10_files import part10 as make_file


@pytest.fixture
def read(tmp_path):
    def read(content: bytes, *, check_uids: bool = True, data_set_only: bool = False):
        path = tmp_path / "file"
        path.write_bytes(content)
        judge = KindJudge(check_uids=check_uids)
        return read_irregular(
            os.fsencode(path), judge, check_uids=check_uids, data_set_only=data_set_only
        )

    return read


def found(result: object) -> tuple[str, str, str, int]:
    assert isinstance(result, IrregularInstance), result
    texts = (result.sop_class_uid, result.sop_instance_uid, result.transfer_syntax_uid)
    return (*(text.decode() for text in texts), result.data_set_offset)


@pytest.mark.parametrize("data_set_only", [True, False])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_a_data_set_alone(read, syntax: str, data_set_only: bool) -> None:
    charset = element(0x00080005, "CS", b"ISO_IR 100", syntax=syntax)
    content = charset + identity(MR, "1.2", syntax=syntax) + pixels(syntax=syntax)

    assert found(read(content, data_set_only=data_set_only)) == (MR, "1.2", syntax, 0)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_meta_without_preamble(read, syntax: str) -> None:
    meta = with_group_length(meta_elements(syntax))
    content = meta + identity(MR, "1.2", syntax=syntax) + pixels(syntax=syntax)

    assert found(read(content)) == (MR, "1.2", syntax, len(meta))


def test_a_preamble_without_meta(read) -> None:
    content = make_file(identity(MR, "1.2") + pixels(), b"")

    assert found(read(content)) == (MR, "1.2", EXPLICIT, 132)


def test_meta_in_implicit_vr(read) -> None:
    parts = [(0x00020002, CT), (0x00020003, "1.1"), (0x00020010, JPEG)]
    meta = b"".join(element(tag, "UI", uid(text), syntax=IMPLICIT) for tag, text in parts)
    content = make_file(identity(MR, "1.2") + fragments(b"\xff\xd8"), meta)

    assert found(read(content)) == (MR, "1.2", JPEG, 132 + len(meta))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_meta_without_transfer_syntax(read, syntax: str) -> None:
    meta = with_group_length(meta_elements(None))
    data_set = identity(MR, "1.2", syntax=syntax) + pixels(syntax=syntax)

    assert found(read(make_file(data_set, meta))) == (MR, "1.2", syntax, 132 + len(meta))


def test_the_metas_uids_stand_in(read) -> None:
    # Explicit in name only: the meta group has an element out of order.
    parts = [(0x00020010, EXPLICIT), (0x00020002, MR), (0x00020003, "1.7")]
    meta = b"".join(element(tag, "UI", uid(text)) for tag, text in parts)
    patient = element(0x00100010, "PN", b"Doe^Jane")
    content = make_file(patient + pixels(), meta)

    assert part10.scan_bytes(content, True)[0] == part10.BAD_META
    assert found(read(content)) == (MR, "1.7", EXPLICIT, 132 + len(meta))


def test_sizes_and_times_are_those_of_the_file(read, tmp_path) -> None:
    result = read(identity() + pixels())

    status = (tmp_path / "file").stat()
    assert (result.file_size, result.mtime_ns) == (status.st_size, status.st_mtime_ns)


OTHER_FILES = [
    b"",
    b"\x08\0",
    b"\x08\0\x05\0CS\x0a\0ISO",
    b"just some text, nothing more\n" * 20,
    b"\x89PNG\r\n\x1a\n" + bytes(400),
    b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(400),
    b"PK\3\4" + bytes(400),
    bytes(1000),
    b"\x7fELF" + bytes(400),
    b"II*\0\x08\0\0\0" + bytes(400),
]


@pytest.mark.parametrize("content", OTHER_FILES, ids=range(len(OTHER_FILES)))
@pytest.mark.parametrize("data_set_only", [True, False])
def test_what_is_no_dicom(read, content: bytes, data_set_only: bool) -> None:
    assert read(content, data_set_only=data_set_only) == NOT_DICOM


def test_a_beginning_like_dicom_is_not_enough(read) -> None:
    # pydicom reads all of these with force=True, and finds no fault.
    for content in (
        b"\x08\0\x18\0UI\x08\0text\0\0\0\0" + b"and so on, " * 100,
        b"\x08\0\x16\0\x04\0\0\0" + b"\x01\x02\x03\x04" * 500,
        b"\x02\0\x02\0" + b"\x93\x01\xc4\x7e" + b"#" * 1000,
    ):
        assert read(content) == NOT_DICOM
        assert read(content, check_uids=False) == NOT_DICOM


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (identity() + pixels()[:-1], "cut short"),
        (identity(None) + element(0x00081150, "UI", uid(CT)) + pixels(), "no SOP Class UID"),
        (identity(CT, None) + pixels(), "no SOP Instance UID"),
        (identity(CT, "1.02") + pixels(), "a UID that is not valid"),
        (identity() + fragments(b"\xff\xd8"), "compressed Pixel Data"),
        (identity() + b"\x08\0\x50\0zz\x04\0abcd" + pixels(), "no certainty"),
        (identity("1.2.840.10008.1.1") + pixels(), "no storage class"),
        (identity("1.2.840.10008.1.3.10") + pixels(), "a DICOMDIR"),
        (make_file(identity(), b"\2\0\2\0??" + bytes(20)), "damaged"),
        (make_file(b"", element(0x00020001, "OB", b"", length=UNDEFINED)), "damaged"),
    ],
)
def test_dicom_that_cannot_be_used(read, content: bytes, reason: str) -> None:
    refusal = read(content)

    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_damage_is_located(read) -> None:
    refusal = read(make_file(identity(), meta_elements() + b"\2\0\x12\0??" + bytes(20)))

    assert (refusal.reason, refusal.offset) == (
        "damaged File Meta Information",
        132 + len(meta_elements()),
    )


@pytest.mark.parametrize(
    ("data_set", "reason"),
    [
        (identity(syntax=IMPLICIT) + pixels(syntax=IMPLICIT), "its data set is in Implicit VR"),
        (identity() + b"\x08\0\x50\0zz\x04\0abcd" + pixels(), "no certainty"),
    ],
)
def test_a_data_set_that_no_walk_confirms_is_not_sent(read, data_set: bytes, reason: str) -> None:
    # The transfer syntax is known, and the bytes after a broken meta group do not follow it.
    parts = [(0x00020010, JPEG), (0x00020002, MR), (0x00020003, "1.7")]
    meta = b"".join(element(tag, "UI", uid(text)) for tag, text in parts)

    refusal = read(make_file(data_set, meta))

    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


@pytest.mark.parametrize("missing", [0, 8])
def test_pixel_data_without_its_end_is_noted(read, missing: int) -> None:
    parts = [(0x00020010, JPEG), (0x00020002, MR), (0x00020003, "1.7")]
    meta = b"".join(element(tag, "UI", uid(text)) for tag, text in parts)
    content = make_file(identity(MR, "1.2") + fragments(b"\xff\xd8"), meta)

    assert read(content[: len(content) - missing]).unterminated is bool(missing)


def test_a_guess_stands_only_on_proper_uids(read) -> None:
    assert isinstance(read(identity(CT, "1.2.x") + pixels(), check_uids=False), Refusal)


def test_a_file_where_a_data_set_was_promised(read) -> None:
    refusal = read(make_file(identity() + pixels()), data_set_only=True)

    assert refusal.reason == "not a data set alone, it has File Meta Information"


def test_deflated_bytes_behind_a_broken_meta_group_are_not_inflated_without_end(read) -> None:
    # 200 MB of zeros in 200 kB.
    bomb = zlib.compressobj(9, wbits=-15)
    deflated = bomb.compress(bytes(200_000_000)) + bomb.flush()
    parts = [(0x00020010, DEFLATED), (0x00020002, MR), (0x00020003, "1.7")]
    meta = b"".join(element(tag, "UI", uid(text)) for tag, text in parts)

    assert isinstance(read(make_file(deflated, meta)), Refusal)


def test_lengths_are_not_believed(read) -> None:
    for tag, vr in ((0x00020001, "OB"), (0x00020002, "UN"), (0x00020102, "OB")):
        huge = element(tag, vr, b"", length=0xFFFFFFF0)
        assert isinstance(read(make_file(identity(), huge)), Refusal)
        assert isinstance(read(huge + identity()), Refusal)


def test_deep_nesting_is_no_danger(read) -> None:
    begin = element(0x00080006, "SQ", b"", length=UNDEFINED)
    begin += element(0xFFFEE000, "", b"", length=UNDEFINED)
    end = element(0xFFFEE00D, "", b"") + element(0xFFFEE0DD, "", b"")
    content = begin * 30_000 + end * 30_000 + identity(MR, "1.2") + pixels()

    assert found(read(content)) == (MR, "1.2", EXPLICIT, 0)


def test_sequences_of_undefined_length_before_pixels(read) -> None:
    inner = element(0x00080100, "SH", b"T-D1100 ")
    content = identity(MR, "1.2") + sequence(0x00082218, item(inner)) + pixels()

    assert found(read(content)) == (MR, "1.2", EXPLICIT, 0)


def test_what_is_no_regular_file(tmp_path) -> None:
    os.mkfifo(tmp_path / "fifo")
    judge = KindJudge(check_uids=True)

    for name, reason in (
        ("fifo", "it cannot be read"),
        (".", "it cannot be read"),
        ("gone", "there is no such file"),
    ):
        refusal = read_irregular(os.fsencode(tmp_path / name), judge, check_uids=True)
        assert isinstance(refusal, Refusal)
        assert refusal.reason.startswith(reason) or refusal.reason == "not a regular file"


def test_pydicom_does_not_talk_over_us(read, caplog, recwarn) -> None:
    caplog.set_level(logging.DEBUG)

    for content in (
        identity() + pixels(),
        make_file(identity(), element(0x00020002, "UI", uid(CT), syntax=IMPLICIT)),
        make_file(identity(), b"\2\0\2\0ZZ\4\0abcd" * 3),
    ):
        read(content)

    assert [record for record in caplog.records if record.name == "pydicom"] == []
    assert recwarn.list == []
    assert not logging.getLogger("pydicom").disabled
