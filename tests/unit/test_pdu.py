"""The encoder and decoder of PDUs against bytes of the Standard and against pynetdicom."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsend._native import pdu
from reference.upper_layer import c_store_rq_pdus, c_store_rsp_pdus

CT = "1.2.840.10008.5.1.4.1.1.2"
INSTANCE = "1.2.826.0.1.3680043.9.3811.1"


@pytest.mark.parametrize(
    ("max_pdu_length", "fragment"),
    [
        (16384, 16378),  # PS3.8 D.1: what follows the PDU header; 6 bytes of it are the PDV header
        (16383, 16376),  # PS3.8 Annex E: fragments are even
        (128, 122),
        (9, 2),
        (8, 2),
        (7, 0),
        (1, 0),
    ],
)
def test_fragment_fills_the_pdu(max_pdu_length: int, fragment: int) -> None:
    assert pdu.fragment_length(max_pdu_length) == fragment


def test_no_limit_is_a_long_even_fragment() -> None:
    for unlimited in (0, 2**32 - 1):
        length = pdu.fragment_length(unlimited)
        assert length % 2 == 0
        assert 2**24 < length < 2**31


def test_p_data_prefix() -> None:
    # PDU type 04, reserved, PDU length 0x104, PDV length 0xFE + 2, context 3, last of data set
    assert pdu.p_data_prefix(0xFE, 3, False, True) == bytes.fromhex("0400 00000104 00000100 03 02")
    assert pdu.p_data_prefix(2, 255, True, False) == bytes.fromhex("0400 00000008 00000004 ff 01")


def test_c_store_rq_byte_for_byte() -> None:
    # fmt: off
    command = bytes.fromhex(
        "0000 0000 04000000 42000000"                     # Command Group Length 66
        "0000 0200 06000000 312e322e3300"                 # Affected SOP Class UID 1.2.3
        "0000 0001 02000000 0100"                         # Command Field C-STORE-RQ
        "0000 1001 02000000 0700"                         # Message ID 7
        "0000 0007 02000000 0000"                         # Priority MEDIUM
        "0000 0008 02000000 0100"                         # Command Data Set Type: there is one
        "0000 0010 04000000 312e3435"                     # Affected SOP Instance UID 1.45
    )
    # fmt: on
    expected = struct.pack(">BxLLBB", 4, len(command) + 6, len(command) + 2, 5, 3) + command
    assert pdu.encode_c_store_rq(5, 7, b"1.2.3", b"1.45", 16384) == expected


@pytest.mark.parametrize("max_pdu_length", [8, 9, 10, 57, 128, 16384, 131072])
@pytest.mark.parametrize("instance", ["1.2", INSTANCE, "2.25." + "9" * 59])
def test_c_store_rq_as_pynetdicom_encodes_it(max_pdu_length: int, instance: str) -> None:
    expected = c_store_rq_pdus(1, 65535, CT, instance, max_pdu_length - max_pdu_length % 2)
    ours = pdu.encode_c_store_rq(1, 65535, CT.encode(), instance.encode(), max_pdu_length)
    assert ours == expected


def test_c_store_rq_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="64 characters"):
        pdu.encode_c_store_rq(1, 1, b"1" * 65, b"1.2", 16384)
    with pytest.raises(ValueError, match="no fragment fits"):
        pdu.encode_c_store_rq(1, 1, b"1.2", b"1.2", 7)


def test_c_store_rsp_of_pynetdicom() -> None:
    stream = c_store_rsp_pdus(3, 4711, 0xA700, INSTANCE, error_comment="disk full")
    [(event, context_id, command)] = pdu.Reader(16384).feed(stream)
    assert (event, context_id) == (pdu.COMMAND, 3)
    assert isinstance(command, bytes)
    assert pdu.decode_c_store_rsp(command) == (4711, 0xA700, INSTANCE.encode(), b"disk full")


@given(
    cuts=st.lists(st.integers(0, 600), max_size=12),
    max_pdu_length=st.sampled_from([8, 10, 30, 128, 16384]),
)
def test_any_fragmentation_gives_the_same_responses(cuts: list[int], max_pdu_length: int) -> None:
    stream = b"".join(
        c_store_rsp_pdus(1, message_id, 0, f"1.2.{message_id}", max_pdu_length)
        for message_id in (1, 2)
    )
    reader = pdu.Reader(16384)
    events = []
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for start, end in itertools.pairwise(edges):
        events += reader.feed(stream[start:end])
    assert not reader.inside
    decoded = [pdu.decode_c_store_rsp(command)[:3] for _, _, command in events]
    assert decoded == [(1, 0, b"1.2.1"), (2, 0, b"1.2.2")]


def test_several_pdvs_in_one_pdu() -> None:
    [(_, _, command)] = pdu.Reader(0).feed(c_store_rsp_pdus(1, 9, 0, INSTANCE))
    pdvs = b"".join(
        struct.pack(">LBB", len(part) + 2, 1, control) + part
        for part, control in [(command[:10], 1), (b"", 1), (command[10:], 3)]
    )
    [(_, _, joined)] = pdu.Reader(0).feed(struct.pack(">BxL", 4, len(pdvs)) + pdvs)
    assert joined == command


def test_abort_and_release() -> None:
    abort = bytes.fromhex("07 00 00000004 00 00 02 06")  # PS3.8 9.3.8: source 2, reason 6
    assert pdu.Reader(16384).feed(abort) == [(pdu.ABORTED, 2, 6)]
    release = bytes.fromhex("05 00 00000004 00000000")  # PS3.8 9.3.6
    assert pdu.Reader(16384).feed(release) == [(pdu.RELEASE_REQUESTED, 0, 0)]


def p_data(*pdvs: tuple[bytes, int, int]) -> bytes:
    items = b"".join(struct.pack(">LBB", len(d) + 2, context, c) + d for d, context, c in pdvs)
    return struct.pack(">BxL", 4, len(items)) + items


@pytest.mark.parametrize(
    ("stream", "complaint"),
    [
        (b"HTTP/1.1 400", "type"),
        (bytes.fromhex("02 00 00000004"), "type"),
        (bytes.fromhex("06 00 00000004"), "type"),
        (bytes.fromhex("04 00 fffffff0"), "longer than"),
        (bytes.fromhex("04 00 00004001"), "longer than"),
        (bytes.fromhex("04 00 00000005"), "length"),
        (bytes.fromhex("04 00 00000000"), "length"),
        (bytes.fromhex("07 00 00000005"), "length"),
        (bytes.fromhex("05 00 7fffffff"), "length"),
        (bytes.fromhex("04 00 00000006 00000001 01 03"), "does not fit"),
        (bytes.fromhex("04 00 00000006 00000000 01 03"), "does not fit"),
        (bytes.fromhex("04 00 00000006 ffffffff 01 03"), "does not fit"),
        (bytes.fromhex("04 00 00000008 00000003 01 03 00 00"), "does not fit"),
        (p_data((b"ab", 1, 2)), "data set"),
        (p_data((b"ab", 1, 1), (b"cd", 3, 3)), "several presentation contexts"),
        (p_data((b"x" * 16370, 1, 1)) + p_data((b"x" * 100, 1, 1)), "too long"),
    ],
)
def test_what_the_standard_forbids(stream: bytes, complaint: str) -> None:
    reader = pdu.Reader(16384)
    with pytest.raises(ValueError, match=complaint):
        for position in range(len(stream)):
            reader.feed(stream[position : position + 1])
    with pytest.raises(ValueError, match=complaint):
        pdu.Reader(16384).feed(stream)


def element(tag: int, value: bytes) -> bytes:
    return struct.pack("<HHL", 0, tag, len(value)) + value


RESPONSE = {
    0x0100: b"\x01\x80",
    0x0120: b"\x07\x00",
    0x0800: b"\x01\x01",
    0x0900: b"\x00\x00",
}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({0x0120: None}, "without a message id"),
        ({0x0900: None}, "without a message id or a status"),
        ({0x0100: None}, "without"),
        ({0x0100: b"\x30\x80"}, "not a C-STORE"),
        ({0x0800: b"\x00\x01"}, "announces a data set"),
        ({0x0900: b"\x00"}, "cannot be decoded"),
        ({0x0900: b"\x00" * 4}, "cannot be decoded"),
        ({0x1000: b"1" * 66}, "cannot be decoded"),
    ],
)
def test_responses_that_are_none(changes: dict[int, bytes | None], complaint: str) -> None:
    elements = {**RESPONSE, **changes}
    command = b"".join(element(tag, value) for tag, value in elements.items() if value is not None)
    with pytest.raises(ValueError, match=complaint):
        pdu.decode_c_store_rsp(command)


def test_response_without_uids_is_complete() -> None:
    # PS3.7 Table 9.1-1: the UIDs of a C-STORE response are optional
    command = b"".join(element(tag, value) for tag, value in RESPONSE.items())
    assert pdu.decode_c_store_rsp(command) == (7, 0, b"", b"")


@given(st.binary(max_size=300))
def test_garbage_is_decoded_or_refused(data: bytes) -> None:
    try:
        pdu.decode_c_store_rsp(data)
    except ValueError as exc:
        assert str(exc)
    try:
        pdu.Reader(16384).feed(data)
    except ValueError as exc:
        assert str(exc)
