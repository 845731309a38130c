"""The relay and the decoder of what it records, against bytes made by hand and pynetdicom's SCU."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID
from pynetdicom import AE

from peers import pdu_bytes
from peers.conversation import decode_conversation
from peers.recording_scp import RecordingSCP
from peers.relay import Fault, Relay
from peers.study import CT, IMPLICIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from peers.relay import Direction


def data_set(pixel_bytes: int) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = UID(IMPLICIT)
    made.SOPClassUID = CT
    made.SOPInstanceUID = f"1.2.3.{pixel_bytes}"
    made.add_new(0x7FE00010, "OW", bytes(pixel_bytes))
    return made


@pytest.mark.parametrize("segment_bytes", [None, 1, 100])
def test_what_went_by_is_decoded(segment_bytes: int | None) -> None:
    statuses = {1: 0, 2: 0xB000, 3: 0xA700}
    with (
        RecordingSCP(
            keep_data=True, max_pdu_length=1000, status=lambda s: statuses[s.number]
        ) as scp,
        Relay(scp.port, segment_bytes=segment_bytes) as relay,
    ):
        ae = AE("SCU")
        ae.add_requested_context(CT, IMPLICIT)
        association = ae.associate("127.0.0.1", relay.port)
        for size in (0, 10, 5000):
            association.send_c_store(data_set(size))
        association.release()
        (recorded,) = scp.finished(1)
        relay.wait()
        (connection,) = relay.connections
    talk = decode_conversation(connection.to_scp, connection.to_scu)
    assert talk.request == recorded.request
    assert talk.accepted == {1: (CT, IMPLICIT)}
    assert talk.max_pdu_length == 1000
    assert [one.status for one in talk.responses] == list(statuses.values())
    for store, expected in zip(talk.stores, recorded.stores, strict=True):
        assert store.complete
        assert store.data_set == expected.data_set
        assert store.sop_instance_uid == expected.sop_instance_uid
        assert store.message_id == expected.message_id
    assert talk.scu_pdus[0] == pdu_bytes.ASSOCIATE_RQ
    assert talk.scu_pdus[-1] == pdu_bytes.RELEASE_RQ
    assert (talk.unfinished_pdu, connection.disturbed) == (b"", False)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def connected_to(port: int) -> Iterator[socket.socket]:
    """Give a connection whose first error, if it comes at once, is seen by who uses it."""
    with socket.socket() as client:
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))  # on loopback, the handshake is over by then
        client.settimeout(10)
        yield client


def received(connection: socket.socket) -> tuple[int, str]:
    """Return how many bytes came, and how it ended."""
    connection.settimeout(10)
    count = 0
    try:
        while data := connection.recv(1000):
            count += len(data)
    except ConnectionResetError:
        return count, "reset"
    return count, "cut"


@pytest.mark.parametrize("direction", ["to_scp", "to_scu"])
@pytest.mark.parametrize("kind", ["cut", "reset"])
@pytest.mark.parametrize("after_bytes", [0, 1, 77, 5000])
def test_faults_come_after_exactly_so_many_bytes(
    direction: Direction,
    kind: Literal["cut", "reset"],
    after_bytes: int,
    server: socket.socket,
) -> None:
    with (
        Relay(port_of(server), faults=[Fault(direction, after_bytes, kind)]) as relay,
        connected_to(relay.port) as client,
        server.accept()[0] as accepted,
    ):
        source, target = (client, accepted) if direction == "to_scp" else (accepted, client)
        with contextlib.suppress(OSError):
            source.sendall(bytes(10_000))
        # What the kernel still had is lost with a reset.
        count, ending = received(target)
        assert ending == kind
        assert count == after_bytes or (kind == "reset" and count < after_bytes)
        relay.wait()
    (connection,) = relay.connections
    assert connection.disturbed
    assert len(getattr(connection, direction)) == after_bytes


def test_a_stall_lets_the_other_direction_pass(server: socket.socket) -> None:
    with (
        Relay(port_of(server), faults=[Fault("to_scp", 10, "stall")]) as relay,
        socket.create_connection(("127.0.0.1", relay.port), timeout=10) as client,
        server.accept()[0] as accepted,
    ):
        client.sendall(bytes(30))
        accepted.settimeout(10)
        assert len(accepted.recv(100)) == 10
        accepted.sendall(b"answer")
        assert client.recv(100) == b"answer"
        accepted.settimeout(0.05)
        with pytest.raises(TimeoutError):
            accepted.recv(100)


REQUEST = pdu_bytes.pdu(
    1,
    b"\0\1\0\0"
    + b"SCP".ljust(16)
    + b"SCU".ljust(16)
    + bytes(32)
    + b"\x20\0\0\x2a\1\0\0\0\x30\0\0\x19"
    + CT.encode()
    + b"\x40\0\0\x05"
    + b"1.2.3",
)
COMMAND = pdu_bytes.encode_command_set(
    {
        0x0002: CT.encode(),
        0x0100: b"\1\0",
        0x0110: b"\1\0",
        0x0700: b"\0\0",
        0x0800: b"\0\0",
        0x1000: b"1.2.3",
    }
)


def accept() -> bytes:
    request = pdu_bytes.decode_associate_rq(REQUEST)
    return pdu_bytes.associate_ac(request, {1: "1.2.3"}, max_pdu_length=400)


@pytest.mark.parametrize(
    ("sent", "violation"),
    [
        (pdu_bytes.p_data(1, 3, COMMAND) + pdu_bytes.p_data(1, 2, b"odd"), "odd length"),
        (pdu_bytes.p_data(1, 3, COMMAND) + pdu_bytes.p_data(1, 0, bytes(396)), "402 bytes"),
        (pdu_bytes.p_data(3, 3, COMMAND), "a PDV on context 3"),
        (pdu_bytes.p_data(1, 2, b"data"), "0x02 out of its turn"),
        (pdu_bytes.p_data(1, 3, COMMAND) * 2, "0x03 out of its turn"),
        (pdu_bytes.pdu(4, b""), "without any PDV"),
        (pdu_bytes.pdu(4, b"\0\0\0\x09\1\3"), "PDV length of 9"),
        (pdu_bytes.p_data(1, 3, COMMAND[:-2]), "is wrong"),
    ],
)
def test_violations(sent: bytes, violation: str) -> None:
    with pytest.raises(ValueError, match=violation):
        decode_conversation(REQUEST + sent, accept())


def test_streams_may_end_anywhere() -> None:
    data = b"abcdefgh"
    sent = REQUEST + pdu_bytes.p_data(1, 3, COMMAND)
    for at in range(0, 8, 2):
        sent += pdu_bytes.p_data(1, 2 if at == 6 else 0, data[at : at + 2])
    for length in range(len(sent) + 1):
        talk = decode_conversation(sent[:length], accept())
        assert data.startswith(b"".join(one.data_set for one in talk.stores))
        assert [one.complete for one in talk.stores if one.complete] == [True] * (
            length == len(sent)
        )
        assert talk.accepted == ({1: (CT, "1.2.3")} if length >= len(REQUEST) else {})
