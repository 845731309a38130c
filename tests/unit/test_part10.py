from __future__ import annotations

import gc
import os
import signal
import socket
import struct
import threading
from pathlib import Path

import pytest
from pydicom.data.data_manager import DATA_ROOT

from fastsend._native import part10
from fastsend._native.part10 import InstanceTable
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax
from reference import part10 as oracle
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

PAPYRUS = "1.2.840.10008.1.20"
STATUS = {value: name for name, value in vars(part10).items() if name.isupper()}
META_END = 132 + len(with_group_length(meta_elements()))


def scan(file: bytes, *, check_uids: bool = True) -> tuple[str, int]:
    status, detail, *_ = part10.scan_bytes(file, check_uids)
    return STATUS[status], detail


def identified(file: bytes, *, check_uids: bool = True) -> tuple[str, str]:
    """SOP class and instance of a file that is found good."""
    status, _, sop_class, sop_instance, *_ = part10.scan_bytes(file, check_uids)
    assert STATUS[status] == "OK"
    return sop_class.decode(), sop_instance.decode()


def scan_file(path, *, check_uids: bool = True) -> tuple[InstanceTable, list]:
    table = InstanceTable()
    folder = table.add_folder(os.fsencode(path.parent))
    failures = table.scan(folder, [os.fsencode(path.name)], check_uids)
    return table, [(STATUS[status], detail) for _, status, detail in failures]


# ---------------------------------------------------------------- File Meta Information


def test_a_file_written_by_hand() -> None:
    file = (
        bytes(128)
        + b"DICM"
        + b"\x02\x00\x00\x00UL\x04\x00\x48\x00\x00\x00"  # 12, then 72 bytes
        + b"\x02\x00\x02\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.7\x00"  # 34
        + b"\x02\x00\x03\x00UI\x04\x001.2\x00"  # 12
        + b"\x02\x00\x10\x00UI\x12\x001.2.840.10008.1.2\x00"  # 26
        + b"\x08\x00\x16\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.7\x00"
        + b"\x08\x00\x18\x00\x04\x00\x00\x001.2\x00"
        + b"\xe0\x7f\x10\x00\x02\x00\x00\x00\xff\xff"
    )

    assert part10.scan_bytes(file, True) == (
        part10.OK,
        0,
        b"1.2.840.10008.5.1.4.1.1.7",
        b"1.2",
        b"1.2.840.10008.1.2",
        132 + 12 + 72,
        False,
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    "file",
    [b"", b"\0" * 7, b"\0" * 131, b"\0" * 132, b"#!/bin/sh\n" * 40, b"\0" * 128 + b"DICN" + b"\2"],
)
def test_what_is_no_dicom(file: bytes) -> None:
    assert scan(file) == ("NOT_PART10", 0)


@pytest.mark.parametrize(
    "beginning",
    [
        identity(),
        identity(syntax=IMPLICIT),
        identity(syntax=BIG_ENDIAN),
        with_group_length(meta_elements()),
    ],
)
def test_what_may_be_a_data_set_without_preamble(beginning: bytes) -> None:
    assert scan(beginning + bytes(200)) == ("NOT_PART10", 1)


@pytest.mark.parametrize("wrong", [0, 4, 10_000, 0xFFFFFFFF])
def test_a_wrong_group_length_does_not_matter(wrong: int) -> None:
    file = make_file(identity() + pixels(), with_group_length(meta_elements(), wrong))

    assert part10.scan_bytes(file, True)[5] == META_END


def test_a_missing_group_length_does_not_matter() -> None:
    file = make_file(identity() + pixels(), meta_elements())

    assert part10.scan_bytes(file, True)[5] == META_END - 12


def test_deflated_bytes_that_look_like_group_0002_are_data() -> None:
    # 02 00 ... "UI" is what the walk would take for one more element.
    deflated = b"\x02\x00\x16\x00UI\x04\x00abcd" + b"\x33" * 40
    meta = with_group_length(meta_elements(DEFLATED))

    status, _, _, _, _, offset, *_ = part10.scan_bytes(make_file(deflated, meta), True)

    assert (status, offset) == (part10.OK, 132 + len(meta))


def test_private_information_of_any_size_in_the_meta_group(tmp_path) -> None:
    # (0002,0100) and (0002,0102) reach past the first read.
    private = element(0x00020100, "UI", uid("1.2.9")) + element(0x00020102, "OB", bytes(50_000))
    file = make_file(identity() + pixels(), with_group_length(meta_elements() + private))
    path = tmp_path / "private.dcm"
    path.write_bytes(file)

    table, failures = scan_file(path)

    assert not failures
    assert table.data_set_length(0) == len(identity() + pixels())


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        (b"", ("BAD_META", 132)),
        (meta_elements()[:14] + b"\x02\x00\x02\x00??\x04\x00abcd", ("BAD_META", 132 + 14)),
        (element(0x00020010, "UI", uid(EXPLICIT)) * 2, ("BAD_META", 132 + 28)),
        (element(0x00020001, "OB", b"", length=UNDEFINED), ("BAD_META", 132)),
        (element(0x00020002, "UI", uid(CT), syntax=IMPLICIT), ("BAD_META", 132)),
        # OB with the short form of the length: the reserved bytes are not 0000H.
        (b"\x02\x00\x01\x00OB\x02\x00\x00\x01" + meta_elements()[14:], ("BAD_META", 132)),
        (element(0x00020002, "UI", b"", length=0xFFFE), ("TRUNCATED", 132)),
        (element(0x00020102, "OB", b"", length=0xFFFFFFFE), ("TRUNCATED", 132)),
    ],
)
def test_broken_meta(meta: bytes, expected: tuple[str, int]) -> None:
    assert scan(make_file(identity() + pixels(), meta)) == expected


@pytest.mark.parametrize("syntax", [None, "", " "])
def test_no_transfer_syntax(syntax: str | None) -> None:
    meta = with_group_length(meta_elements(syntax))

    assert scan(make_file(identity() + pixels(), meta)) == ("NO_TRANSFER_SYNTAX", 132 + len(meta))


# ---------------------------------------------------------------- UIDs


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN, JPEG, "1.2.3.4.5"])
def test_the_data_sets_own_uids_count(syntax: str) -> None:
    meta = with_group_length(meta_elements(syntax, CT, "1.1"))
    data_set = identity(MR, "1.2", syntax=syntax) + pixels(syntax=syntax)

    assert identified(make_file(data_set, meta)) == (MR, "1.2")


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("defined", [True, False])
def test_what_comes_before_the_uids_is_skipped(syntax: str, defined: bool) -> None:
    inner = identity("1.9.9", "1.8.8", syntax=syntax)  # of an item: not the instance's
    leading = [
        element(0x00030010, "LO", b"ODD GROUP ", syntax=syntax),
        element(0x00080000, "UL", b"\x10\0\0\0", syntax=syntax),
        element(0x00080005, "CS", b"ISO_IR 100", syntax=syntax),
        sequence(
            0x00080006,
            item(inner, syntax=syntax, defined=defined),
            item(sequence(0x00080006, syntax=syntax), syntax=syntax),
            syntax=syntax,
            defined=defined,
        ),
    ]
    data_set = b"".join(leading) + identity(MR, "1.2", syntax=syntax)

    assert identified(make_file(data_set, syntax=syntax)) == (MR, "1.2")


def test_un_of_undefined_length_is_implicit_inside() -> None:
    inner = element(0x00080005, "CS", b"ISO_IR 100", syntax=IMPLICIT)
    nested = sequence(0x00080006, item(inner, syntax=IMPLICIT), syntax=IMPLICIT)
    unknown = sequence(0x00080006, item(nested, syntax=IMPLICIT), item(inner), vr="UN")

    assert identified(make_file(unknown + identity(MR, "1.2"))) == (MR, "1.2")


@pytest.mark.parametrize(
    "data_set",
    [
        pixels(),  # neither
        element(0x00080016, "UI", b"") + element(0x00080018, "UI", b"\0\0") + pixels(),  # empty
        b"\x08\0\x05\0zz\x02\0ab" + identity(MR, "1.2"),  # no walk gets past this
    ],
)
def test_the_metas_uids_where_the_data_sets_cannot_be_read(data_set: bytes) -> None:
    assert identified(make_file(data_set)) == (CT, "1.2.3.4")


ENCODINGS = (IMPLICIT, EXPLICIT, BIG_ENDIAN)


# A receiver believes the transfer syntax, and aborts the association (storescp 3.6.7).
@pytest.mark.parametrize("announced", [*ENCODINGS, JPEG, PAPYRUS])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_another_encoding_than_was_announced(announced: str, encoding: str) -> None:
    charset = element(0x00080005, "CS", b"ISO_IR 100", syntax=encoding)
    data_set = charset + identity(MR, "1.2", syntax=encoding) + pixels(syntax=encoding)
    file = make_file(data_set, syntax=announced)

    if {announced, encoding} in ({JPEG, EXPLICIT}, {PAPYRUS, IMPLICIT}, {encoding}):
        assert identified(file) == (MR, "1.2")
    else:
        assert scan(file) == ("OTHER_ENCODING", ENCODINGS.index(encoding))


def test_another_encoding_is_told_from_damage_by_a_sop_class() -> None:
    for data_set in (
        identity(None, "1.2", syntax=IMPLICIT) + pixels(syntax=IMPLICIT),
        identity("1.02", "1.2", syntax=IMPLICIT) + pixels(syntax=IMPLICIT),
        b"\x08\0\x05\0zz\x02\0ab" + identity(MR, "1.2", syntax=IMPLICIT),
    ):
        assert identified(make_file(data_set)) == (CT, "1.2.3.4")


def test_private_transfer_syntaxes_may_have_any_encoding() -> None:
    for encoding in (IMPLICIT, BIG_ENDIAN):
        file = make_file(identity(MR, "1.2", syntax=encoding), syntax="1.2.3.4.5")
        assert identified(file) == (CT, "1.2.3.4")


@pytest.mark.parametrize("transfer_syntax", TRANSFER_SYNTAXES.values(), ids=lambda one: one.name)
def test_the_encoding_of_each_transfer_syntax(transfer_syntax: TransferSyntax) -> None:
    encoding = (
        IMPLICIT
        if transfer_syntax.implicit_vr
        else BIG_ENDIAN
        if transfer_syntax.uid == BIG_ENDIAN
        else EXPLICIT
    )
    data_set = identity(MR, "1.2", syntax=encoding) + pixels(syntax=encoding)

    own = identified(make_file(data_set, syntax=transfer_syntax.uid))

    walked = transfer_syntax.uid.encode() not in oracle.NOT_WALKED
    assert own == ((MR, "1.2") if walked else (CT, "1.2.3.4"))


def test_a_deflated_data_set_is_not_read() -> None:
    deflated = identity(MR, "1.2")  # reads like a data set, and must not be read as one

    assert identified(make_file(deflated, syntax=DEFLATED)) == (CT, "1.2.3.4")


@pytest.mark.parametrize(
    ("sop_class", "sop_instance", "expected"),
    [(None, "1.2", "NO_SOP_CLASS"), (CT, None, "NO_SOP_INSTANCE"), (None, None, "NO_SOP_CLASS")],
)
def test_missing_uids(sop_class: str | None, sop_instance: str | None, expected: str) -> None:
    meta = with_group_length(meta_elements(EXPLICIT, sop_class, sop_instance))
    file = make_file(identity(sop_class, sop_instance) + pixels(), meta)

    assert scan(file) == (expected, 132 + len(meta))


LONGEST = "1.2." + "3" * 60

# What dcmsend 3.6.7 made of a file with this UID in data set and File Meta Information.
DCMSEND = {
    "1": True,
    "1.2.0": True,
    LONGEST: True,
    "1.2.03": False,
    "00.1": False,
    "1.2.3.": False,
    ".1.2": False,
    "1..2": False,
    "1.2.3a": False,
    "1.2\\1.3": False,
    LONGEST + "3": False,
    LONGEST + "33": False,
}


@pytest.mark.parametrize("text", DCMSEND)
@pytest.mark.parametrize("place", ["class", "instance", "syntax"])
def test_uids_are_checked_as_dcmsend_does(text: str, place: str) -> None:
    sop_class, sop_instance, syntax = CT, "1.2.3.4", EXPLICIT
    if place == "class":
        sop_class = text
    elif place == "instance":
        sop_instance = text
    else:
        syntax = text
    meta = with_group_length(meta_elements(syntax, sop_class, sop_instance))
    file = make_file(identity(sop_class, sop_instance) + pixels(), meta)

    assert (scan(file)[0] == "OK") is DCMSEND[text]
    if not DCMSEND[text]:
        assert scan(file)[0] == "BAD_UID"
        # Unchecked, all goes that fits into a C-STORE request.
        fits = len(text) <= 64
        assert scan(file, check_uids=False)[0] == ("OK" if fits else "BAD_UID")


@pytest.mark.parametrize("padding", [b"\0", b" ", b"\0\0\0", b" \0 ", b""])
def test_padding_is_no_part_of_a_uid(padding: bytes) -> None:
    own = element(0x00080016, "UI", CT.encode() + padding)
    own += element(0x00080018, "UI", b"1.2.5" + padding)

    assert identified(make_file(own + pixels())) == (CT, "1.2.5")


@pytest.mark.parametrize("value", [b"1.2\n.3", b"1.2\0.3\0", b"1.2. 3", b"1.2.\xe9 ", b"\x1b[2J"])
@pytest.mark.parametrize("check_uids", [True, False])
def test_bytes_that_no_uid_has_are_never_sent(value: bytes, check_uids: bool) -> None:
    own = element(0x00080016, "UI", uid(CT)) + element(0x00080018, "UI", value)
    offset = META_END + len(element(0x00080016, "UI", uid(CT)))

    assert scan(make_file(own + pixels()), check_uids=check_uids) == ("BAD_UID", offset)


def test_an_irregular_uid_passes_where_dcmsend_sees_a_regular_one() -> None:
    # dcmsend checks the meta's UIDs and sends the data set's: hashed UIDs are seen in the field.
    hashed = "dccc9599087131742838cc1162a630fea87ba9bf61ac09bfda90d4adfa5ddaed"

    assert identified(make_file(identity(CT, hashed) + pixels())) == (CT, hashed)


# ---------------------------------------------------------------- files that are cut


def test_pixel_data_that_is_cut() -> None:
    file = make_file(identity() + pixels())
    offset = META_END + len(identity())

    assert scan(file[:-1]) == ("TRUNCATED", offset)
    assert scan(file[: offset + 12]) == ("TRUNCATED", offset)
    assert scan(file[: offset + 11]) == ("TRUNCATED", offset)
    assert scan(file[: offset + 3]) == ("TRUNCATED", offset)
    assert scan(file[:offset])[0] == "OK"  # nothing tells that there was more


def test_a_fragment_that_is_cut() -> None:
    file = make_file(identity() + fragments(b"a" * 100, b"b" * 50), syntax=JPEG)
    second = file.index(b"b" * 50) - 8

    assert scan(file)[0] == "OK"
    for end in (second + 4, second + 8, second + 57):
        assert scan(file[:end]) == ("TRUNCATED", second)
    assert scan(file[: second - 50]) == ("TRUNCATED", file.index(b"a" * 100) - 8)


def unterminated(file: bytes) -> bool:
    status, *_, flag, _ = part10.scan_bytes(file, True)
    assert STATUS[status] == "OK"
    return flag


@pytest.mark.parametrize("missing", range(1, 9))
def test_a_missing_sequence_delimitation_item_is_noted(missing: int) -> None:
    file = make_file(identity() + fragments(b"a" * 100), syntax=JPEG)

    assert not unterminated(file)
    assert unterminated(file[:-missing])


DELIMITER = element(0xFFFEE0DD, "", b"")


# What storescp 3.6.7 makes of each: it looks for an item or the delimiter, whatever its length.
@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (bytes(8), True),
        (bytes(100), True),
        (b"garbage!" * 4, True),
        (element(0xFFFCFFFC, "OB", bytes(10)), True),
        (element(0xFFFEE00D, "", b"") + DELIMITER, True),
        (element(0xFFFEE000, "", b"", length=UNDEFINED) + bytes(20), True),
        (DELIMITER, False),
        (DELIMITER + bytes(100), False),
        (element(0xFFFEE0DD, "", b"", length=8), False),
    ],
)
def test_what_follows_the_last_fragment(tail: bytes, expected: bool) -> None:
    file = make_file(identity() + fragments(b"a" * 100, end=False) + tail, syntax=JPEG)

    assert unterminated(file) is expected


def test_only_pixel_data_can_be_unterminated() -> None:
    icon = sequence(0x00880200, item(fragments(b"a" * 100)))

    assert not unterminated(make_file(identity() + icon + pixels(), syntax=JPEG))
    assert not unterminated(make_file(identity() + pixels(), syntax=JPEG))
    assert not unterminated(make_file(b"\x33" * 100, syntax=DEFLATED))


def test_rows_know_what_is_unterminated(tmp_path) -> None:
    whole = make_file(identity() + fragments(b"a" * 100), syntax=JPEG)
    for number, file in enumerate((whole, whole[:-8], whole)):
        (tmp_path / f"{number}").write_bytes(file)
    table = InstanceTable()
    folder = table.add_folder(os.fsencode(tmp_path))

    assert table.scan(folder, [b"0", b"1", b"2"], True) == []

    append(table, folder=folder)
    append(table, folder=folder, unterminated=True)
    assert [table.unterminated(row) for row in range(5)] == [False, True, False, False, True]
    with pytest.raises(IndexError):
        table.unterminated(5)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_a_file_that_ends_inside_a_sequence(syntax: str) -> None:
    inner = element(0x00080100, "SH", b"T-D1100 ", syntax=syntax)
    nested = sequence(0x00082218, item(inner, syntax=syntax), syntax=syntax)
    file = make_file(identity(syntax=syntax) + nested, syntax=syntax)
    begin = len(file) - len(nested)

    assert scan(file)[0] == "OK"
    head = 12 if syntax != IMPLICIT else 8
    for end in range(begin + head, len(file)):
        assert scan(file[:end])[0] == "TRUNCATED"


@pytest.mark.parametrize("length", [0x201, 0xFFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_lengths_past_the_end(length: int, syntax: str) -> None:
    huge = element(0x00081111, "OB", b"\1" * 0x200, syntax=syntax, length=length)
    nested = sequence(0x00081140, item(huge, syntax=syntax), syntax=syntax)
    items = sequence(
        0x00081140, element(0xFFFEE000, "", b"x", syntax=syntax, length=length), syntax=syntax
    )
    begin = 132 + len(with_group_length(meta_elements(syntax))) + len(identity(syntax=syntax))
    head = 12 if syntax != IMPLICIT else 8
    expected = {
        make_file(identity(syntax=syntax) + huge, syntax=syntax): begin,
        # The delimiters behind it are the 16 bytes that this length takes in.
        make_file(identity(syntax=syntax) + nested[:-16], syntax=syntax): begin + head + 8,
        make_file(identity(syntax=syntax) + items[:-8], syntax=syntax): begin + head,
    }

    for file, offset in expected.items():
        assert scan(file) == ("TRUNCATED", offset)


def test_a_file_without_data_set() -> None:
    assert scan(make_file(b"")) == ("TRUNCATED", META_END)
    assert scan(make_file(b"", syntax=DEFLATED))[0] == "TRUNCATED"


@pytest.mark.parametrize(
    "tail",
    [
        bytes(1),
        bytes(5),
        bytes(512),
        b"\xff" * 100,
        b"garbage!" * 10,
        b"\r\n",
        element(0xFFFCFFFC, "OB", bytes(10)),
        element(0xFFFCFFFC, "OB", bytes(10))[:-3],
        element(0xFFFCFFFC, "OB", b"", length=0xFFFFFFF0),
    ],
)
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_what_follows_the_pixels_costs_nothing(tail: bytes, syntax: str) -> None:
    file = make_file(identity(syntax=syntax) + pixels(syntax=syntax), syntax=syntax)
    # Bytes short of a tag could be the start of anything that should have been there.
    if len(tail) < 4 and tail.strip(b"\0"):
        assert scan(file + tail)[0] == "TRUNCATED"
    else:
        assert scan(file + tail)[0] == "OK"


@pytest.mark.parametrize("name", ["MR_small.dcm", "MR_small_implicit.dcm", "JPEG2000.dcm"])
def test_a_real_file_cut_at_every_byte(name: str) -> None:
    file = Path(DATA_ROOT, "test_files", name).read_bytes()

    for end in range(2001):
        expected = oracle.scan(file[:end], check_uids=True)
        assert scan(file[:end]) == (expected.status, expected.detail), end


def test_nesting_of_any_depth_is_walked() -> None:
    levels = 30_000
    begin = element(0x00081140, "SQ", b"", length=UNDEFINED)
    begin += element(0xFFFEE000, "", b"", length=UNDEFINED)
    end = element(0xFFFEE00D, "", b"") + element(0xFFFEE0DD, "", b"")
    file = make_file(identity() + begin * levels + end * levels + pixels())

    assert scan(file)[0] == "OK"
    assert scan(file[:-1]) == ("TRUNCATED", len(file) - len(pixels()))


# ---------------------------------------------------------------- files


def test_a_good_file(tmp_path) -> None:
    file = make_file(identity() + pixels())
    path = tmp_path / "a.dcm"
    path.write_bytes(file)

    table, failures = scan_file(path)

    assert not failures
    assert len(table) == 1
    assert table.path(0) == os.fsencode(path)
    assert table.sop_instance_uid(0) == "1.2.3.4"
    assert table.kinds() == [(CT, EXPLICIT)]
    assert table.data_set_length(0) == len(identity() + pixels())


def test_all_that_is_no_regular_file(tmp_path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(tmp_path / "socket"))
        table = InstanceTable()
        folder = table.add_folder(os.fsencode(tmp_path))
        names = [b"fifo", b"folder", b"socket", b"/dev/null", b"/dev/tty"]
        failures = table.scan(folder, names, True)

    assert [index for index, _, _ in failures] == [0, 1, 2, 3, 4]
    assert {STATUS[status] for _, status, _ in failures[:4]} == {"NOT_REGULAR"}


def test_files_that_cannot_be_opened(tmp_path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").write_bytes(b"")
    table = InstanceTable()
    folder = table.add_folder(os.fsencode(tmp_path))
    names = [b"loop", b"dangling", b"file/below", b"n" * 300, b""]

    failures = table.scan(folder, names, True)

    assert [(STATUS[status], os.strerror(detail)) for _, status, detail in failures] == [
        ("OPEN_FAILED", "Too many levels of symbolic links"),
        ("OPEN_FAILED", "No such file or directory"),
        ("OPEN_FAILED", "Not a directory"),
        ("OPEN_FAILED", "File name too long"),
        ("OPEN_FAILED", "No such file or directory"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path) -> None:
    path = tmp_path / "secret.dcm"
    path.write_bytes(make_file(identity() + pixels()))
    path.chmod(0)

    assert scan_file(path)[1] == [("OPEN_FAILED", 13)]


def test_a_folder_that_is_gone(tmp_path) -> None:
    table = InstanceTable()
    folder = table.add_folder(os.fsencode(tmp_path / "gone"))

    assert table.scan(folder, [b"a", b"b"], True) == [
        (0, part10.OPEN_FAILED, 2),
        (1, part10.OPEN_FAILED, 2),
    ]


@pytest.mark.parametrize("size", [8150, 8191, 8192, 8193, 16_000, 70_000])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_uids_and_pixels_that_are_further_on(tmp_path, size: int, syntax: str) -> None:
    leading = element(0x00080005, "UN", b"\x41" * size, syntax=syntax)
    private = element(0x00291010, "OB", b"\x42" * size, syntax=syntax)
    data_set = leading + identity(MR, "1.2", syntax=syntax) + private + pixels(syntax=syntax)
    path = tmp_path / "far.dcm"
    path.write_bytes(make_file(data_set, syntax=syntax))

    table, failures = scan_file(path)

    assert not failures
    assert (table.kinds(), table.sop_instance_uid(0)) == ([(MR, syntax)], "1.2")
    path.write_bytes(make_file(data_set[:-1], syntax=syntax))
    offset = path.stat().st_size - len(pixels(syntax=syntax)) + 1
    assert scan_file(path)[1] == [("TRUNCATED", offset)]


def test_a_file_of_five_gigabytes(tmp_path) -> None:
    # Sparse: Pixel Data of 4 GiB - 16, then 1 GiB of zeros behind it.
    head = make_file(identity() + element(0x7FE00010, "OW", b"", length=0xFFFFFFF0))
    path = tmp_path / "large.dcm"
    path.write_bytes(head)
    size = 5 << 30
    try:
        os.truncate(path, size)
    except OSError as error:
        pytest.skip(f"no file of that size here: {error}")

    table, failures = scan_file(path)

    assert not failures
    assert table.data_set_length(0) == table.total_data_set_bytes() == size - META_END
    os.truncate(path, len(head) + 0xFFFFFFF0 - 1)
    assert scan_file(path)[1] == [("TRUNCATED", META_END + len(identity()))]


def test_a_walk_of_a_hostile_file_is_bounded(tmp_path) -> None:
    # A million empty fragments 8 KiB apart would be a million reads.
    step = element(0xFFFEE000, "", b"", length=1 << 13)
    path = tmp_path / "slow.dcm"
    head = make_file(identity() + element(0x7FE00010, "OB", b"", length=UNDEFINED), syntax=JPEG)
    with path.open("wb") as file:
        file.write(head)
        for number in range(10_000):
            file.seek(len(head) + number * (8 + (1 << 13)))
            file.write(step)
    # The last fragment is cut, but far behind what is looked at: not refused, and not slow.
    table, failures = scan_file(path)

    assert not failures
    assert not table.unterminated(0)


def test_a_data_set_that_was_found_otherwise(tmp_path) -> None:
    path = tmp_path / "bare"
    path.write_bytes(b"junk" + identity(CT, None, syntax=IMPLICIT) + pixels(syntax=IMPLICIT))
    with path.open("rb") as file:
        arguments = (file.fileno(), 4, IMPLICIT.encode(), True)
        without = part10.scan_data_set(*arguments)
        with_meta = part10.scan_data_set(*arguments, CT.encode(), b"1.5")

    assert without[:2] == (part10.NO_SOP_INSTANCE, 4)
    assert with_meta == (0, 0, CT.encode(), b"1.5", IMPLICIT.encode(), 4, False, True, False, False)


# ---------------------------------------------------------------- lists of files


@pytest.fixture
def folder(tmp_path):
    files = {
        "a": make_file(identity(CT, "1.1") + pixels()),
        "b": b"no DICOM",
        "c": make_file(identity(MR, "1.3") + pixels()),
        "d": identity(CT, "1.4") + pixels(),
        "e": make_file(identity(CT, "1.5") + pixels()),
        "f": make_file(identity() + pixels())[:-1],
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_good_files_are_appended_in_order(folder) -> None:
    table = InstanceTable()
    number = table.add_folder(os.fsencode(folder))

    failures = table.scan(number, [b"e", b"b", b"c", b"f", b"a"], True)

    assert failures == [
        (1, part10.NOT_PART10, 0),
        (3, part10.TRUNCATED, META_END + len(identity())),
    ]
    assert [table.path(row) for row in range(3)] == [
        os.fsencode(folder / name) for name in ("e", "c", "a")
    ]
    assert table.kinds() == [(CT, EXPLICIT), (MR, EXPLICIT)]
    column = table.kind_column()
    assert (column.format, column.tolist(), column.readonly) == ("H", [0, 1, 0], True)


def test_kinds_are_judged_once_and_files_left_out(folder) -> None:
    table = InstanceTable()
    number = table.add_folder(os.fsencode(folder))
    asked = []

    def judge(sop_class: str, transfer_syntax: str) -> int:
        asked.append((sop_class, transfer_syntax))
        return 7 if sop_class == MR else 0

    failures = table.scan(number, [b"a", b"c", b"e"], True, judge)

    assert failures == [(1, part10.KIND_REFUSED, 7)]
    assert asked == [(CT, EXPLICIT), (MR, EXPLICIT)]
    assert table.kinds() == [(CT, EXPLICIT)]
    assert len(table) == 2


def test_irregular_files_are_handed_out_in_their_turn(folder) -> None:
    table = InstanceTable()
    number = table.add_folder(os.fsencode(folder))
    seen = []

    def irregular(index: int, status: int, detail: int) -> None:
        seen.append((index, STATUS[status], detail, len(table)))
        table.append(number, b"d", CT.encode(), b"1.4", EXPLICIT.encode(), 0, 10, 0)

    failures = table.scan(number, [b"a", b"b", b"d", b"e"], True, None, irregular)

    assert failures == [(1, part10.NOT_PART10, 0)]
    assert seen == [(2, "NOT_PART10", 1, 1)]
    assert [table.sop_instance_uid(row) for row in range(3)] == ["1.1", "1.4", "1.5"]


def test_exceptions_of_the_callers_functions_pass_through(folder) -> None:
    table = InstanceTable()
    number = table.add_folder(os.fsencode(folder))
    before = os.dup(0)  # the lowest free descriptor
    os.close(before)

    def fail(*_: object) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        table.scan(number, [b"a"], True, fail)
    with pytest.raises(ZeroDivisionError):
        table.scan(number, [b"d"], True, None, fail)
    with pytest.raises(ValueError, match="null"):
        table.scan(number, [b"a", b"a\0b"], True)
    with pytest.raises(TypeError):
        table.scan(number, ["a"], True)
    with pytest.raises(IndexError):
        table.scan(number + 1, [b"a"], True)
    after = os.dup(0)
    os.close(after)
    assert after == before


def test_other_threads_run_while_files_are_scanned(tmp_path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "many").mkdir()
    names = []
    for number in range(200):
        names.append(f"{number}".encode())
        (tmp_path / "many" / f"{number}").write_bytes(make_file(identity(CT, f"1.{number}")))
    tables = [InstanceTable() for _ in range(4)]

    def run(table: InstanceTable) -> None:
        folder = table.add_folder(os.fsencode(tmp_path / "many"))
        for _ in range(20):
            assert table.scan(folder, names, True) == []

    threads = [threading.Thread(target=run, args=(table,)) for table in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(table) for table in tables] == [4000] * 4
    assert {table.sop_instance_uid(3999) for table in tables} == {"1.199"}


def test_a_signal_ends_a_long_scan(folder) -> None:
    table = InstanceTable()
    number = table.add_folder(os.fsencode(folder))
    names = [b"a"] * 1_000_000

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            table.scan(number, names, True)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert len(table) < len(names)


# ---------------------------------------------------------------- the table


def append(table: InstanceTable, number: int = 1, **changes: object) -> None:
    values = {
        "folder": 0,
        "name": b"name",
        "sop_class_uid": CT.encode(),
        "sop_instance_uid": f"1.2.{number}".encode(),
        "transfer_syntax_uid": EXPLICIT.encode(),
        "data_set_offset": 200,
        "file_size": 1000,
        "mtime_ns": 5,
    }
    table.append(**(values | changes))


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        (b"", b"a/b.dcm", b"a/b.dcm"),
        (b"x", b"y", b"x/y"),
        (b"/x//", b"y", b"/x/y"),
        (b"/", b"y", b"/./y"),
        (b".", b"y", b"./y"),
        (b"\xff\n", b"\x1b\xfe", b"\xff\n/\x1b\xfe"),
        (b"f" * 5000, b"n" * 70_000, b"f" * 5000 + b"/" + b"n" * 70_000),
    ],
)
def test_paths(path: bytes, name: bytes, expected: bytes) -> None:
    table = InstanceTable()

    append(table, folder=table.add_folder(path), name=name)

    assert table.path(0) == expected


def test_many_rows_and_folders() -> None:
    table = InstanceTable()
    folders = [table.add_folder(f"/study/{number}".encode()) for number in range(100)]

    for number in range(10_000):
        append(table, number, folder=folders[number % 100], name=f"IM{number}".encode())

    assert len(table) == 10_000
    for row in (0, 4095, 4096, 8191, 8192, 9999):
        assert table.path(row) == f"/study/{row % 100}/IM{row}".encode()
        assert table.sop_instance_uid(row) == f"1.2.{row}"
    assert table.total_data_set_bytes() == 8_000_000
    assert table.kind_column().tolist() == [0] * 10_000


def test_twenty_thousand_kinds() -> None:
    table = InstanceTable()
    table.add_folder(b"")

    for number in range(20_000):
        append(table, number, sop_class_uid=f"1.2.{number}".encode())
    for number in range(20_000):
        append(table, number, sop_class_uid=f"1.2.{number}".encode())

    assert table.kinds() == [(f"1.2.{number}", EXPLICIT) for number in range(20_000)]
    assert table.kind_column().tolist() == list(range(20_000)) * 2


def test_more_kinds_than_the_table_holds(folder) -> None:
    table = InstanceTable()
    number = table.add_folder(os.fsencode(folder))
    for count in range(65_535):
        append(table, count, folder=number, sop_class_uid=f"1.2.{count}".encode())

    assert table.scan(number, [b"a"], True) == [(0, part10.TOO_MANY_KINDS, 0)]
    with pytest.raises(OverflowError):
        append(table)
    append(table, sop_class_uid=b"1.2.0")
    assert len(table) == 65_536


def test_the_two_uids_of_a_kind_do_not_run_together() -> None:
    table = InstanceTable()
    table.add_folder(b"")

    append(table, sop_class_uid=b"1.2", transfer_syntax_uid=b"3.4")
    append(table, sop_class_uid=b"1.23", transfer_syntax_uid=b".4".strip(b"."))

    assert table.kinds() == [("1.2", "3.4"), ("1.23", "4")]


@pytest.mark.parametrize(
    "changes",
    [
        {"sop_class_uid": b""},
        {"sop_instance_uid": b"1" * 65},
        {"sop_instance_uid": b"1.2\0"},
        {"sop_instance_uid": b"1.2 "},
        {"transfer_syntax_uid": b"1.2\n"},
        {"name": b"a\0b"},
        {"data_set_offset": 1001},
    ],
)
def test_rows_that_cannot_be(changes: dict[str, object]) -> None:
    table = InstanceTable()
    table.add_folder(b"")

    with pytest.raises(ValueError, match=r"."):
        append(table, **changes)
    assert len(table) == 0


def test_numbers_out_of_range() -> None:
    table = InstanceTable()
    table.add_folder(b"")
    append(table)

    for row in (1, -1, 1 << 40):
        for method in (table.path, table.sop_instance_uid, table.data_set_length, table.result):
            with pytest.raises(IndexError):
                method(row)
        with pytest.raises(IndexError):
            table.set_not_sent(row, 1)
    with pytest.raises(IndexError):
        append(table, folder=1)
    with pytest.raises(OverflowError):
        append(table, data_set_offset=1 << 32)
    with pytest.raises(ValueError, match="null"):
        table.add_folder(b"a\0b")


def test_results() -> None:
    table = InstanceTable()
    table.add_folder(b"")
    for number in range(5):
        append(table, number)

    table.set_not_sent(1, 3)
    table.set_not_sent(4, 0)

    assert table.result(0) == (0, 0, 0, 0, 0, 0, 0)
    assert table.result(1) == (2, 0, 0, 0, 3, 0, 0)
    assert table.counts() == {(0, 0): 3, (2, 0): 2}
    assert table.answered_bytes() == 0


def test_an_empty_table() -> None:
    table = InstanceTable()

    assert (len(table), table.kinds(), table.counts()) == (0, [], {})
    assert table.kind_column().tolist() == []
    assert table.total_data_set_bytes() == 0


def test_the_capsule_names_what_it_holds() -> None:
    table = InstanceTable()

    assert '"fastsend.instance_table"' in repr(table.capsule())


def test_memory_goes_back_when_a_table_ends() -> None:
    for _ in range(20):
        table = InstanceTable()
        table.add_folder(b"folder")
        for number in range(5000):
            append(table, number, name=b"n" * 100)
        del table
    gc.collect()


def test_scan_bytes_takes_any_contiguous_bytes() -> None:
    file = make_file(identity() + pixels())

    assert part10.scan_bytes(bytearray(file), True) == part10.scan_bytes(memoryview(file), True)
    with pytest.raises((ValueError, BufferError)):
        part10.scan_bytes(memoryview(file)[::2], True)


def test_group_length_larger_than_the_file_in_big_numbers() -> None:
    # (0002,0000) is only a number: it never moves the walk.
    meta = element(0x00020000, "UL", struct.pack("<L", 0xFFFFFFFF)) + meta_elements(DEFLATED)

    assert scan(make_file(b"\x33" * 100, meta))[0] == "OK"


class TestRepeat:
    def test_rows_in_a_row(self, tmp_path) -> None:
        for number in (1, 2):
            content = make_file(identity(CT, f"1.2.{number}") + pixels())
            (tmp_path / str(number)).write_bytes(content)
        table = InstanceTable()
        folder = table.add_folder(bytes(tmp_path))
        table.set_repeat(3)
        assert not table.scan(folder, [b"1", b"2"], True)
        assert [table.sop_instance_uid(row) for row in range(len(table))] == ["1.2.1"] * 3 + [
            "1.2.2"
        ] * 3
        assert len({table.file(row) for row in range(3)}) == 1
        table.set_not_sent(1, 7)
        assert [table.result(row)[0] for row in range(3)] == [0, 2, 0]

    def test_over_the_border_of_blocks(self) -> None:
        table = InstanceTable()
        table.add_folder(b"folder")
        table.set_repeat(5000)
        for number in range(3):
            append(table, number)
        assert len(table) == 15000
        uids = [table.sop_instance_uid(row) for row in (0, 4095, 4096, 4999, 5000, 9999, 10000)]
        assert uids == [uids[0]] * 4 + [uids[4]] * 2 + [uids[6]]
        assert len(set(uids)) == 3

    def test_no_more_than_a_table_holds(self) -> None:
        table = InstanceTable()
        table.add_folder(b"folder")
        table.set_repeat(part10.MAX_ROWS + 1)
        with pytest.raises(MemoryError):
            append(table, 1)
        assert len(table) == 0
        table.set_repeat(1)
        append(table, 1)
        assert len(table) == 1

    @pytest.mark.parametrize("number", [0, -1, 1 << 32])
    def test_no_number(self, number: int) -> None:
        with pytest.raises((ValueError, OverflowError)):
            InstanceTable().set_repeat(number)


@pytest.mark.parametrize(
    ("sop_class", "sop_instance", "padded"),
    [
        (b"%s\0", b"1.2.3\0", False),
        (b"%s ", b"1.2.3\0", True),
        (b"%s\0", b"1.2.3 ", True),
        (b"%s\0", b" 1.2.3", True),
        (b"%s\0", b"1.2.3  \0", True),
    ],
)
def test_uids_padded_with_spaces(tmp_path, sop_class, sop_instance, padded) -> None:
    class_value = sop_class % CT.encode()
    data_set = (
        element(0x00080016, "UI", class_value) + element(0x00080018, "UI", sop_instance) + pixels()
    )
    file = make_file(data_set)
    assert part10.scan_bytes(file, True)[2:4] == (CT.encode(), b"1.2.3")
    assert part10.scan_bytes(file, True)[9] == padded

    (tmp_path / "1").write_bytes(make_file(identity() + pixels()))
    (tmp_path / "2").write_bytes(file)
    table = InstanceTable()
    assert not table.scan(table.add_folder(bytes(tmp_path)), [b"1", b"2"], True)
    assert table.space_padded() == ((1, 1) if padded else (0, 0))


def test_a_dicomdir_in_its_place(tmp_path) -> None:
    for number in (1, 3, 9):
        (tmp_path / str(number)).write_bytes(make_file(identity(CT, f"1.2.{number}") + pixels()))
    (tmp_path / "2").write_bytes(make_file(identity("1.2.840.10008.1.3.10")))
    table = InstanceTable()
    folder = table.add_folder(bytes(tmp_path))
    seen = []

    def directory(index: int) -> None:
        seen.append(index)
        assert not table.scan(table.add_folder(bytes(tmp_path)), [b"9"], True)

    assert not table.scan(folder, [b"1", b"2", b"3"], True, lambda *_: 0, None, directory)
    assert seen == [1]
    assert [table.sop_instance_uid(row) for row in range(3)] == ["1.2.1", "1.2.9", "1.2.3"]


def test_what_the_reader_of_a_dicomdir_raises(tmp_path) -> None:
    (tmp_path / "2").write_bytes(make_file(identity("1.2.840.10008.1.3.10")))
    table = InstanceTable()

    def directory(index: int) -> None:
        raise KeyError(index)

    with pytest.raises(KeyError):
        table.scan(table.add_folder(bytes(tmp_path)), [b"2"], True, lambda *_: 0, None, directory)
