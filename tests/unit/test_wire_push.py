"""Data sets that come in pieces, against a scripted peer on a real TCP connection."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

import pytest

from fastsend._native import wire
from fastsend.model.result import Outcome
from scripted_peer import CONNECTIONS, Bench, Peer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PUSHED = bytes([1, 2, 0, 0])


@pytest.fixture(params=CONNECTIONS, ids=CONNECTIONS.get)
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    return Bench(tmp_path, request.param)


def claim(channel: wire.Channel, bench: Bench, row: int = 0, association: int = 1) -> None:
    queue = bench.queue(row, row + 1, PUSHED)
    assert channel.store_rows(queue, association) == (wire.PUSH, row)


def push(channel: wire.Channel, bench: Bench, pieces: Sequence[bytes], row: int = 0) -> int:
    claim(channel, bench, row)
    channel.begin(1)
    for piece in pieces[:-1]:
        if (status := channel.push(piece)) != wire.OK:
            return status
    status = channel.push(pieces[-1], last=True)
    return channel.finish() if status == wire.OK else status


def cut(data: bytes, seed: int) -> list[bytes]:
    """Pieces of all sizes, empty ones too, the last of them not."""
    dice, pieces, at = random.Random(seed), [], 0
    while at < len(data):
        length = dice.choice([0, 1, 2, 7, 100, 16378, 16380, 131072, 300001])
        pieces.append(data[at : at + length])
        at += length
    return pieces


@pytest.mark.parametrize("pdu", [8, 128, 16384, 131072, 1 << 20])
@pytest.mark.parametrize("length", [1, 2, 2000, 131066, 131072, 131073, 1_000_001])
def test_pieces_arrive_as_one_data_set(bench: Bench, pdu: int, length: int) -> None:
    if length // pdu > 2000:
        length = 2000 + length % 2
    data_set = os.urandom(length)
    bench.add(b"what the file holds does not matter")
    received = []

    def script(peer: Peer) -> None:
        received.append(peer.read_message())
        peer.answer()
        assert max(peer.pdu_lengths) <= pdu

    with bench.channel(script, pdu=pdu) as channel:
        assert push(channel, bench, cut(data_set, seed=length + pdu)) == wire.OK
        assert channel.sent_bytes == length
        assert (channel.done_rows, bench.table.final_prefix(0)) == (1, 1)
    # PS3.8 Annex E: fragments are even; PS3.5 A.5 pads a deflated data set with a NUL
    assert received[0][2] == data_set + bytes(length % 2)
    outcome, status, error, _, association, context_id, elapsed = bench.table.result(0)
    assert (outcome, status, association, context_id, error) == (Outcome.ANSWERED, 0, 1, 1, 0)
    assert elapsed > 0


def test_pieces_leave_before_the_last_one_is_known(bench: Bench) -> None:
    bench.add(b"")
    seen = []

    def script(peer: Peer) -> None:
        while not peer.read_pdv()[1] & 1:
            pass  # pragma: no cover - the command comes first
        seen.append(peer.read_pdv())
        seen.append(peer.read_pdv())

    with bench.channel(script, pdu=16384) as channel:
        claim(channel, bench)
        channel.begin(1)
        assert channel.push(bytes(40000)) == wire.OK
        deadline = time.monotonic() + 10
        while len(seen) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert channel.give_up() == wire.NOT_CONVERTED_SENDING
        assert not channel.inside_pdu
    assert [control for _, control, _ in seen] == [0, 0]
    assert bench.table.result(0)[:3] == (Outcome.NOT_SENT, 0, wire.NOT_CONVERTED_SENDING)


def test_no_bytes_at_all(bench: Bench) -> None:
    bench.add(b"")

    def script(peer: Peer) -> None:
        assert peer.read_message()[2] == b""
        peer.answer()

    with bench.channel(script) as channel:
        assert push(channel, bench, [b"", b""]) == wire.OK
    assert bench.outcomes() == [Outcome.ANSWERED]


def test_another_sop_instance_uid(bench: Bench) -> None:
    bench.add(b"", uid="1.2.3")
    commands = []

    def script(peer: Peer) -> None:
        commands.append(peer.read_message()[1])
        peer.answer(1, 0, "9.8.7")

    with bench.channel(script) as channel:
        claim(channel, bench)
        channel.begin(1, sop_instance_uid=b"9.8.7")
        assert channel.push(b"ab", last=True) == wire.OK
        assert channel.finish() == wire.OK
    assert b"9.8.7" in commands[0]
    assert b"1.2.3" not in commands[0]


def test_an_answer_that_names_the_old_uid(bench: Bench) -> None:
    bench.add(b"", uid="1.2.3")

    def script(peer: Peer) -> None:
        peer.read_message()
        peer.answer(1, 0, "1.2.3")

    with bench.channel(script) as channel:
        claim(channel, bench)
        channel.begin(1, sop_instance_uid=b"9.8.7")
        assert channel.push(b"ab", last=True) == wire.OK
        assert channel.finish() == wire.WRONG_SOP_INSTANCE
    assert bench.table.result(0)[0] == Outcome.UNKNOWN


def test_stored_and_pushed_in_turn(bench: Bench) -> None:
    for number in range(4):
        bench.add(b"stored %d" % number)
    received = []

    def script(peer: Peer) -> None:
        for number in range(4):
            received.append(peer.read_message()[2])
            peer.answer(number + 1, 0, f"1.2.{number}")

    with bench.channel(script) as channel:
        assert channel.store_rows(bench.queue(0, 1), 1)[0] == wire.OK
        assert push(channel, bench, [b"pus", b"hed 1"], row=1) == wire.OK
        assert channel.store_rows(bench.queue(2), 1)[0] == wire.OK
    assert received == [b"stored 0", b"pushed 1", b"stored 2", b"stored 3"]
    assert bench.outcomes() == [Outcome.ANSWERED] * 4


def test_message_ids_that_are_left_out(bench: Bench) -> None:
    for number in range(4):
        bench.add(b"stored %d" % number)
    ids = (2, 5, 65535, 1)  # (0000,0110) of each request
    received = []

    def script(peer: Peer) -> None:
        for number, message_id in enumerate(ids):
            _, command, _ = peer.read_message()
            element = bytes.fromhex("0000 1001 02000000")
            at = command.index(element) + len(element)
            received.append(int.from_bytes(command[at : at + 2], "little"))
            peer.answer(message_id, 0, f"1.2.{number}")

    with bench.channel(script) as channel:
        for row, count in enumerate((1, 2, 65529, 0)):
            channel.skip_message_ids(count)
            assert channel.store_rows(bench.queue(row, row + 1), 1)[0] == wire.OK
    assert received == [*ids]


def test_refused(bench: Bench) -> None:
    bench.add(b"")
    with bench.channel(lambda _: None) as channel:
        claim(channel, bench, association=3)
        channel.refuse()
        assert bench.table.final_prefix(0) == 1
    assert bench.table.result(0)[:3] == (Outcome.NOT_SENT, 0, wire.NOT_CONVERTED)


def test_given_up_before_anything_was_sent(bench: Bench) -> None:
    bench.add(b"")
    bench.add(b"second")

    def script(peer: Peer) -> None:
        assert peer.read_message()[2] == b"second"
        peer.answer(2, 0, "1.2.1")

    with bench.channel(script) as channel:
        claim(channel, bench)
        channel.begin(1)
        assert channel.push(b"few") == wire.OK
        assert channel.give_up() == wire.NOT_CONVERTED
        assert channel.store_rows(bench.queue(1), 1)[0] == wire.OK
    assert bench.outcomes() == [Outcome.NOT_SENT, Outcome.ANSWERED]


def test_peer_aborts_between_pieces(bench: Bench) -> None:
    bench.add(b"")

    def script(peer: Peer) -> None:
        peer.read_pdv()
        peer.sock.sendall(bytes.fromhex("07 00 00000004 00 00 02 06"))
        peer.sock.close()

    with bench.channel(script, pdu=16384) as channel:
        claim(channel, bench)
        channel.begin(1)
        status = wire.OK
        for _ in range(10_000):
            if (status := channel.push(bytes(1 << 20))) != wire.OK:
                break
        assert status == wire.PEER_ABORTED
        with pytest.raises(RuntimeError):
            channel.push(b"more")
    assert bench.table.result(0)[0] == Outcome.NOT_SENT


def test_interrupted_between_pieces(bench: Bench) -> None:
    bench.add(b"")
    with bench.channel(lambda peer: peer.read_pdv()) as channel:
        claim(channel, bench)
        channel.begin(1)
        assert channel.push(bytes(40000)) == wire.OK
        bench.cancel.request()
        assert channel.push(bytes(40000)) == wire.CANCELLED
        assert not channel.inside_pdu


def test_wrong_use(bench: Bench) -> None:
    bench.add(b"")
    with bench.channel(lambda _: None) as channel:
        with pytest.raises(RuntimeError, match="no request"):
            channel.push(b"x")
        with pytest.raises(RuntimeError, match="no instance"):
            channel.begin(1)
        claim(channel, bench)
        channel.begin(1)
        with pytest.raises(RuntimeError, match="no instance"):
            channel.begin(1)
        with pytest.raises(ValueError, match="another queue"):
            channel.store_rows(bench.queue(), 1)
