from __future__ import annotations

import errno
import os

import pytest

from fastsend._native import part10
from fastsend.scan.kinds import KindJudge
from fastsend.scan.skipped import SkippedFile, refusal_of, unreadable

JUDGE = KindJudge(check_uids=True)
STATUSES = [
    value
    for name, value in vars(part10).items()
    if name.isupper() and name not in {"OK", "KIND_REFUSED", "MAX_ROWS"}
]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_words(status: int) -> None:
    refusal = refusal_of(status, 0, JUDGE)

    assert len(refusal.reason) > 10
    assert refusal.reason.isprintable()


def test_the_words_are_the_same_for_the_same_cause() -> None:
    one, other = (refusal_of(part10.TRUNCATED, offset, JUDGE) for offset in (1488, 2000))

    assert one.reason == other.reason
    assert (one.offset, other.offset) == (1488, 2000)


@pytest.mark.parametrize(
    ("status", "detail", "is_dicom"),
    [
        (part10.NOT_PART10, 0, False),
        (part10.NOT_PART10, 1, True),
        (part10.NOT_REGULAR, 0, False),
        (part10.TRUNCATED, 0, True),
        (part10.OTHER_ENCODING, 0, True),
        (part10.NO_SOP_INSTANCE, 300, True),
        (part10.BAD_META, 132, True),
        # It may have been an instance: nobody knows.
        (part10.OPEN_FAILED, errno.EACCES, True),
    ],
)
def test_what_is_dicom(status: int, detail: int, is_dicom: bool) -> None:
    assert refusal_of(status, detail, JUDGE).is_dicom is is_dicom


def test_errors_of_the_system_are_told() -> None:
    assert refusal_of(part10.OPEN_FAILED, errno.EACCES, JUDGE).reason == (
        f"it cannot be opened: {os.strerror(errno.EACCES)}"
    )
    assert refusal_of(part10.READ_FAILED, errno.EIO, JUDGE).reason == (
        f"it cannot be read: {os.strerror(errno.EIO)}"
    )
    assert refusal_of(part10.READ_FAILED, 0, JUDGE).reason == (
        "it became shorter while it was read"
    )
    assert unreadable("x", errno.ENOENT).reason == "there is no such file"
    assert unreadable("it cannot be opened", None).reason == "it cannot be opened"


@pytest.mark.parametrize(
    ("detail", "name"),
    [
        (0, "Implicit VR Little Endian"),
        (1, "Explicit VR Little Endian"),
        (2, "Explicit VR Big Endian"),
    ],
)
def test_the_encoding_that_a_data_set_has_is_named(detail: int, name: str) -> None:
    assert refusal_of(part10.OTHER_ENCODING, detail, JUDGE).reason == (
        f"its data set is in {name}, its Transfer Syntax UID says otherwise"
    )


def test_refused_kinds() -> None:
    number = JUDGE("1.2.840.10008.1.3.10", "1.2.840.10008.1.2.1")

    refusal = refusal_of(part10.KIND_REFUSED, number, JUDGE)

    assert (refusal.reason, refusal.is_dicom) == ("a DICOMDIR, not an instance", False)


def test_a_line_for_the_reader() -> None:
    skipped = SkippedFile("a\n.dcm", "cut short", True, True, 1488)

    assert str(skipped) == r"a\n.dcm: cut short (at byte 1488)"
    assert str(skipped._replace(offset=None)) == r"a\n.dcm: cut short"
    assert skipped.path == "a\n.dcm"
