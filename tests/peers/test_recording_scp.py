"""The recording SCP itself, against pynetdicom's SCU and a client of plain bytes."""

from __future__ import annotations

import hashlib
import socket
import struct
from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID
from pynetdicom import AE

from peers import pdu_bytes
from peers.plain_scu import receive_exactly
from peers.recording_scp import (
    Close,
    HalfClose,
    Interrupt,
    RecordingSCP,
    Reset,
    Send,
    Stall,
    accept_only,
    refuse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pynetdicom.association import Association as Requestor

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


def data_set(length: int = 0) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID(IMPLICIT)
    made.SOPClassUID = CT
    made.SOPInstanceUID = "1.2.3.4.5"
    made.PatientID = "X"
    if length:
        made.add_new(0x7FE00010, "OW", bytes(length))
    return made


# Implicit VR little endian by hand: SOP Class UID, SOP Instance UID, Patient ID.
ENCODED = (
    b"\x08\x00\x16\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.2\x00"
    b"\x08\x00\x18\x00\x0a\x00\x00\x001.2.3.4.5\x00"
    b"\x10\x00\x20\x00\x02\x00\x00\x00X "
)


def associate(scp: RecordingSCP) -> Requestor:
    ae = AE("TESTER")
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 10
    ae.add_requested_context(CT, [IMPLICIT, EXPLICIT])
    ae.add_requested_context(MR, EXPLICIT)
    return ae.associate("127.0.0.1", scp.port, ae_title="RECORDER")


def test_records_association_and_data_set() -> None:
    with RecordingSCP(keep_data=True, max_pdu_length=128, status=0xB007) as scp:
        requestor = associate(scp)
        assert requestor.send_c_store(data_set(), msg_id=7).Status == 0xB007
        requestor.release()
        (association,) = scp.finished(1)
    request = association.request
    assert request is not None
    assert (request.called_ae_title, request.calling_ae_title) == ("RECORDER", "TESTER")
    assert request.contexts == ((1, CT, (IMPLICIT, EXPLICIT)), (3, MR, (EXPLICIT,)))
    assert request.max_pdu_length == 16382
    assert request.implementation_class_uid is not None
    assert request.implementation_class_uid.startswith("1.2.826.0.1.3680043.9.3811")
    assert request.raw[:2] == b"\x01\x00"
    assert association.accepted == {1: IMPLICIT, 3: EXPLICIT}
    assert association.ended == "released"
    (store,) = association.stores
    assert (store.context_id, store.message_id) == (1, 7)
    assert (store.sop_class_uid, store.sop_instance_uid) == (CT, "1.2.3.4.5")
    assert store.data_set == ENCODED
    assert store.data_set_length == len(ENCODED)
    assert store.data_set_sha256 == hashlib.sha256(ENCODED).hexdigest()
    assert association.pdus[-1] == (5, 4)
    assert all(length <= 128 for _, length in association.pdus)
    data = [pdv for pdvs in store.pdus for pdv in pdvs if not pdv.is_command]
    assert sum(pdv.length for pdv in data) == len(ENCODED)
    assert [pdv.is_last for pdv in data] == [False] * (len(data) - 1) + [True]


def test_large_data_set_without_limit() -> None:
    with RecordingSCP(max_pdu_length=0) as scp:
        requestor = associate(scp)
        assert requestor.send_c_store(data_set(3_000_000)).Status == 0
        requestor.release()
        (association,) = scp.finished(1)
    expected = ENCODED + b"\xe0\x7f\x10\x00" + struct.pack("<I", 3_000_000) + bytes(3_000_000)
    assert association.stores[0].data_set_sha256 == hashlib.sha256(expected).hexdigest()
    assert association.stores[0].data_set is None


def test_accepts_and_refuses_by_rule() -> None:
    with RecordingSCP(accept=accept_only(EXPLICIT)) as scp:
        requestor = associate(scp)
        accepted = [(c.context_id, c.transfer_syntax[0]) for c in requestor.accepted_contexts]
        requestor.release()
    assert accepted == [(1, EXPLICIT), (3, EXPLICIT)]
    with RecordingSCP(accept=refuse(MR, result=1)) as scp:
        requestor = associate(scp)
        refused = [(c.context_id, c.result) for c in requestor.rejected_contexts]
        requestor.release()
    assert refused == [(3, 1)]
    with RecordingSCP(
        on_associate=lambda _: [Send(pdu_bytes.associate_rj(1, 1, 7)), Close()]
    ) as scp:
        assert associate(scp).is_rejected


@pytest.mark.parametrize("segment_bytes", [None, 1])
@pytest.mark.parametrize("fragment_bytes", [None, 1, 10])
def test_fragmented_responses_are_valid(
    segment_bytes: int | None, fragment_bytes: int | None
) -> None:
    with RecordingSCP(
        on_store=lambda store: [
            Send(store.response(0xB000, fragment_bytes=fragment_bytes), segment_bytes)
        ]
    ) as scp:
        requestor = associate(scp)
        assert requestor.send_c_store(data_set()).Status == 0xB000
        requestor.release()


# A client of plain bytes.


def associate_rq(
    *contexts: tuple[int, str, str], application: str = "1.2.840.10008.3.1.1.1"
) -> bytes:
    def item(item_type: int, value: bytes) -> bytes:
        return struct.pack(">BBH", item_type, 0, len(value)) + value

    body = struct.pack(">H2x16s16s32x", 1, b"SCP".ljust(16), b"SCU".ljust(16))
    body += item(0x10, application.encode())
    for context_id, abstract_syntax, transfer_syntax in contexts:
        names = item(0x30, abstract_syntax.encode()) + item(0x40, transfer_syntax.encode())
        body += item(0x20, bytes((context_id, 0, 0, 0)) + names)
    body += item(0x50, item(0x51, struct.pack(">I", 0)))
    return struct.pack(">BBI", 1, 0, len(body)) + body


def store_rq(message_id: int = 1, **changes: bytes) -> bytes:
    elements = {
        0x0002: CT.encode(),
        0x0100: b"\x01\x00",
        0x0110: struct.pack("<H", message_id),
        0x0700: b"\0\0",
        0x0800: b"\0\0",
        0x1000: b"1.2.3.4.5",
    }
    elements |= {int(name[1:], 16): value for name, value in changes.items()}
    return pdu_bytes.encode_command_set(elements)


class Client:
    def __init__(self, scp: RecordingSCP) -> None:
        self.socket = socket.create_connection(("127.0.0.1", scp.port), timeout=10)
        self.socket.sendall(associate_rq((1, CT, IMPLICIT)))
        assert self.pdu()[0] == 2

    def pdu(self) -> tuple[int, bytes]:
        pdu_type, length = struct.unpack(">BxI", receive_exactly(self.socket, 6))
        return pdu_type, receive_exactly(self.socket, length)

    def send(self, *parts: bytes) -> None:
        self.socket.sendall(b"".join(parts))


COMMAND = pdu_bytes.p_data(1, 3, store_rq())
DATA = pdu_bytes.p_data(1, 2, b"datadata")


@pytest.fixture
def client() -> Iterator[Callable[[RecordingSCP], Client]]:
    made: list[Client] = []

    def make(scp: RecordingSCP) -> Client:
        made.append(Client(scp))
        return made[-1]

    yield make
    for one in made:
        one.socket.close()


@pytest.mark.parametrize(
    ("sent", "violation"),
    [
        (b"\x01\0\0\0\0\x04\0\0\0\0", "a PDU of type 1"),
        (pdu_bytes.pdu(4, bytes(200)), "200 bytes where 128 are allowed"),
        (pdu_bytes.pdu(4, b""), "without any PDV"),
        (pdu_bytes.pdu(4, bytes(5)), "5 bytes after the last PDV"),
        (pdu_bytes.pdu(4, b"\0\0\0\x01\x01\x03"), "PDV length of 1"),
        (pdu_bytes.pdu(4, b"\0\0\0\xff\x01\x03"), "PDV length of 255"),
        (pdu_bytes.p_data(1, 4, b""), "message control header 0x04"),
        (pdu_bytes.p_data(3, 1, b""), "context 3 was not accepted"),
        (pdu_bytes.p_data(1, 2, b"data"), "a data set fragment out of its turn"),
        (pdu_bytes.p_data(1, 1, b"x") + pdu_bytes.p_data(1, 2, b""), "data set fragment out of"),
        (COMMAND + COMMAND, "a command fragment out of its turn"),
        (COMMAND + pdu_bytes.p_data(5, 0, b""), "context 5 inside a message on 1"),
        (COMMAND + pdu_bytes.release_rq(), "A-RELEASE-RQ inside a message"),
        (
            COMMAND + pdu_bytes.pdu(4, b"\0\0\0\x02\x01\x02\0\0\0\x02\x01\x02"),
            "a further PDV after the last",
        ),
        (pdu_bytes.p_data(1, 3, store_rq(_0800=b"\x01\x01")), "without a data set"),
        (pdu_bytes.p_data(1, 3, store_rq(_0700=b"\x03\0")), "priority 0300"),
        (pdu_bytes.p_data(1, 3, store_rq(_0100=b"\x30\0")), "command field 3000"),
        (pdu_bytes.p_data(1, 3, store_rq(_1000=b"")), "UID '' in command element (0000,1000)"),
        (pdu_bytes.p_data(1, 3, store_rq(_1000=b"1.2 ")), "UID '1.2 '"),
        (pdu_bytes.p_data(1, 3, store_rq()[:-1]), "(0000,1000) is wrong"),
        (pdu_bytes.p_data(1, 3, b"\0\0\0\0\4\0\0\0\1\0\0\0"), "group length is wrong"),
    ],
)
def test_violations(sent: bytes, violation: str, client: Callable[[RecordingSCP], Client]) -> None:
    with RecordingSCP(max_pdu_length=128, strict=False) as scp:
        client(scp).send(sent)
        (association,) = scp.finished(1)
    assert association.ended == "violation"
    assert len(association.violations) == 1
    assert violation in association.violations[0]


def test_violations_fail_a_test(client: Callable[[RecordingSCP], Client]) -> None:
    with pytest.raises(AssertionError, match="without any PDV"), RecordingSCP() as scp:
        client(scp).send(pdu_bytes.pdu(4, b""))
        scp.finished(1)


@pytest.mark.parametrize(
    ("request_bytes", "violation"),
    [
        (associate_rq(), "presentation context IDs []"),
        (associate_rq((2, CT, IMPLICIT)), "IDs [2]"),
        (associate_rq((1, CT, IMPLICIT), (1, CT, IMPLICIT)), "IDs [1, 1]"),
        (associate_rq((1, CT, IMPLICIT), application="1.2"), "application context '1.2'"),
        (pdu_bytes.release_rq(), "no A-ASSOCIATE-RQ, but type 5"),
        (pdu_bytes.pdu(1, bytes(10)), "at least 74 bytes"),
        (pdu_bytes.pdu(1, bytes(68) + b"\x10\0\0\x09"), "longer than what holds it"),
    ],
)
def test_violations_of_the_request(request_bytes: bytes, violation: str) -> None:
    with (
        RecordingSCP(strict=False) as scp,
        socket.create_connection(("127.0.0.1", scp.port)) as connection,
    ):
        connection.sendall(request_bytes)
        (association,) = scp.finished(1)
    assert violation in association.violations[0]


def test_ways_to_end(client: Callable[[RecordingSCP], Client]) -> None:
    with RecordingSCP() as scp:
        aborting, leaving, resetting = client(scp), client(scp), client(scp)
        aborting.send(COMMAND, pdu_bytes.abort(0, 0))
        leaving.send(COMMAND)
        leaving.socket.close()
        resetting.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        resetting.socket.close()
        first, second, third = scp.finished(3)
        waiting = client(scp)
    assert (first.ended, first.abort) == ("aborted", (0, 0))
    assert first.incomplete is not None
    assert first.incomplete.sop_class_uid == CT
    assert (second.ended, third.ended) == ("eof", "reset")
    assert scp.associations[3].ended == "closed"
    assert waiting.socket.recv(1) == b""


def test_actions_after_a_request(client: Callable[[RecordingSCP], Client]) -> None:
    with RecordingSCP(on_store=lambda store: [Send(store.response()[:20]), Close()]) as scp:
        one = client(scp)
        one.send(COMMAND, DATA)
        assert len(receive_exactly(one.socket, 20)) == 20
        assert one.socket.recv(1) == b""
    with RecordingSCP(on_store=lambda store: [Send(pdu_bytes.abort()), Reset()]) as scp:
        one = client(scp)
        one.send(COMMAND, DATA)
        with pytest.raises((ConnectionResetError, EOFError)):
            receive_exactly(one.socket, 1000)
    with RecordingSCP(on_store=lambda _: [HalfClose()]) as scp:
        one = client(scp)
        one.send(COMMAND, DATA)
        assert one.socket.recv(1) == b""
        one.send(pdu_bytes.abort(0, 0))
        assert scp.finished(1)[0].ended == "aborted"
    with RecordingSCP(on_store=lambda _: [Send(pdu_bytes.release_rq())]) as scp:
        one = client(scp)
        one.send(COMMAND, DATA)
        assert one.pdu() == (5, bytes(4))
        one.send(pdu_bytes.release_rp())
        assert scp.finished(1)[0].ended == "released"
    with RecordingSCP(
        on_store=lambda store: [
            Send(store.response(message_id=9, sop_instance_uid="1.9", context_id=77))
        ]
    ) as scp:
        one = client(scp)
        one.send(COMMAND, DATA)
        _, body = one.pdu()
        assert body[4] == 77
        command = pdu_bytes.decode_command_set(body[6:])
        assert (command[0x0120], command[0x1000]) == (b"\x09\0", b"1.9\0")


def test_stall_ends_with_the_sender(client: Callable[[RecordingSCP], Client]) -> None:
    with RecordingSCP(on_store=lambda store: [Stall(), Send(store.response())]) as scp:
        one = client(scp)
        one.send(COMMAND, DATA)
        scp.wait_until(lambda: len(scp.associations[0].stores) == 1)
        one.send(pdu_bytes.abort(0, 0))
        one.socket.close()
        assert scp.finished(1)[0].ended == "aborted"


def test_stall_for_a_while(client: Callable[[RecordingSCP], Client]) -> None:
    with RecordingSCP(on_store=lambda store: [Stall(0.05), Send(store.response())]) as scp:
        one = client(scp)
        one.send(COMMAND, DATA)
        assert one.pdu()[0] == 4


@pytest.mark.parametrize("after_bytes", [0, 1, len(COMMAND), len(COMMAND) + 7])
def test_interrupt_reads_no_byte_more(
    after_bytes: int, client: Callable[[RecordingSCP], Client]
) -> None:
    with RecordingSCP(interrupt=Interrupt(after_bytes, [Send(b"!"), Stall()])) as scp:
        one = client(scp)
        one.send((COMMAND + DATA)[:after_bytes])
        assert one.socket.recv(10) == b"!"
        one.send((COMMAND + DATA)[after_bytes:])
        assert not scp.associations[0].stores
    assert scp.associations[0].ended == "closed"
