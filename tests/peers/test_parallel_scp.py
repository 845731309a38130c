"""The SCP for parallel sending itself, against plain bytes, pynetdicom and DCMTK's storescu."""

from __future__ import annotations

import contextlib
import hashlib
import random
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from pynetdicom import AE

from peers import pdu_bytes
from peers.parallel_scp import Ending, ParallelSCP
from peers.plain_scu import PlainSCU
from peers.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peers.parallel_scp import Away, Order

CT = "1.2.840.10008.5.1.4.1.1.2"
ABORTED = (pdu_bytes.ABORT, bytes((0, 0, 2, 0)))


@pytest.mark.peer
def test_storescu_four_at_once(tmp_path: Path, program: Callable[[str], Path]) -> None:
    study = Study(tmp_path)
    for _ in range(12):
        study.add(pixel_bytes=5000)
    shares = [study.paths[at::4] for at in range(4)]
    with ParallelSCP(window=8, delay=0.1, max_pdu_length=4096) as scp:
        command = [program("storescu"), "127.0.0.1", str(scp.port)]
        runs = [subprocess.Popen([*command, *share]) for share in shares]
        assert [run.wait(30) for run in runs] == [0] * 4
        associations = scp.finished(4)
    assert {one.ended for one in associations} == {"released"}
    assert {one.sop_instance_uid: one.data_set_sha256 for one in scp.arrivals} == study.digests()
    assert len(scp.arrivals) == len(scp.answers) == 12
    assert scp.most_at_once > 1
    assert {one.outstanding for one in scp.arrivals} == {1}
    assert scp.at_once() == scp.turned_away == 0


def associate(port: int) -> Any:
    ae = AE("TESTER")
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 10
    ae.add_requested_context(CT, "1.2.840.10008.1.2")
    return ae.associate("127.0.0.1", port)


def test_what_pynetdicom_makes_of_being_turned_away() -> None:
    with ParallelSCP(most=1) as scp, PlainSCU(scp.port):
        rejected = associate(scp.port)
        assert rejected.is_rejected
        answer = rejected.acceptor.primitive
        assert (answer.result, answer.result_source, answer.diagnostic) == (2, 3, 2)
        assert scp.turned_away == 1
    with ParallelSCP(most=1, away="abort") as scp, PlainSCU(scp.port):
        aborted = associate(scp.port)
        aborted.join(5)
        assert aborted.is_aborted


@pytest.mark.parametrize(
    ("away", "answer"),
    [
        ("reject", (pdu_bytes.ASSOCIATE_RJ, bytes((0, 2, 3, 2)))),
        ("close", EOFError),
        ("silent", TimeoutError),
        ("abort", ABORTED),
    ],
)
def test_a_further_association_is_turned_away(away: Away, answer: Any) -> None:
    with ParallelSCP(most=2, away=away) as scp:
        with PlainSCU(scp.port) as first, PlainSCU(scp.port) as second:
            with contextlib.ExitStack() as stack:
                if away == "abort":
                    third = stack.enter_context(PlainSCU(scp.port))
                    assert third.answer[0] == pdu_bytes.ASSOCIATE_AC
                    assert third.pdu() == answer
                elif away == "reject":
                    assert stack.enter_context(PlainSCU(scp.port)).answer == answer
                else:
                    with pytest.raises(answer):
                        stack.enter_context(Impatient(scp.port))
            for number, scu in enumerate((first, second)):
                scu.store(number)
                assert scu.response() == (number, 0)
            first.release()
            with PlainSCU(scp.port) as fourth:
                fourth.store(1)
                assert fourth.response() == (1, 0)
                fourth.release()
            second.release()
        scp.finished(4)
    assert (scp.most_at_once, scp.turned_away, len(scp.established)) == (2, 1, 3)
    assert [one.number for one in scp.established] == [1, 2, 4]


class Impatient(PlainSCU):
    def pdu(self) -> tuple[int, bytes]:
        self.socket.settimeout(0.3)
        return super().pdu()


def test_a_further_connection_is_refused() -> None:
    with ParallelSCP(most=1, away="refuse") as scp:
        with PlainSCU(scp.port) as first:
            wait_for_refusal(scp.port)
            first.store(1)
            assert first.response() == (1, 0)
            with pytest.raises(ConnectionRefusedError):
                PlainSCU(scp.port)
            first.release()
        deadline = time.monotonic() + 10
        second = None
        while second is None:
            with contextlib.suppress(ConnectionError):
                second = PlainSCU(scp.port)
            assert time.monotonic() < deadline
        second.release()
        wait_for_acceptance(scp.port)
        assert len(scp.established) == 2


def wait_for_refusal(port: int) -> None:
    """Wait until the listener is closed, a moment after the connection was made."""
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.01)


def wait_for_acceptance(port: int) -> None:
    for _ in range(500):
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("proposed", "window", "granted"),
    [
        (None, 4, None),
        ((4, 1), None, None),
        ((4, 1), 8, (4, 1)),
        ((8, 1), 4, (4, 1)),
        ((0, 1), 4, (4, 1)),
        ((8, 1), (0, 0), (0, 0)),
        ((8, 1), (100, 7), (100, 7)),
    ],
)
def test_the_window_that_is_granted(
    proposed: tuple[int, int] | None,
    window: int | tuple[int, int] | None,
    granted: tuple[int, int] | None,
) -> None:
    with ParallelSCP(window=window) as scp, PlainSCU(scp.port, proposed) as scu:
        assert scu.granted == granted
        scu.release()


@pytest.mark.parametrize("order", ["arrival", "reversed", "shuffled"])
def test_the_order_of_responses(order: Order) -> None:
    def answered(seed: int) -> list[tuple[int, int]]:
        with (
            ParallelSCP(
                window=8,
                order=order,
                seed=seed,
                hold_seconds=0.3,
                status=lambda store: 0xA700 if store.sop_instance_uid == "1.5" else 0,
            ) as scp,
            PlainSCU(scp.port, (8, 1)) as scu,
        ):
            for number in range(11):
                scu.store(100 + number, f"1.{number}", b"x" * (number + 1) * 2)
                if number == 7:
                    responses = [scu.response() for _ in range(8)]
            responses += [scu.response() for _ in range(3)]
            scu.release()
        (association,) = scp.finished(1)
        assert [(1, number) for number, _ in responses] == scp.answers
        assert {one.association for one in scp.arrivals} == {association.number}
        assert [one.message_id for one in scp.arrivals] == [*range(100, 111)]
        assert [one.sop_instance_uid for one in scp.arrivals] == [f"1.{n}" for n in range(11)]
        assert [one.data_set_length for one in scp.arrivals] == [*range(2, 24, 2)]
        assert scp.arrivals[3].data_set_sha256 == hashlib.sha256(b"x" * 8).hexdigest()
        if order != "arrival":  # which answers the first ones before the last are there
            assert [one.outstanding for one in scp.arrivals] == [*range(1, 9), *range(1, 4)]
        return responses

    first = answered(1)
    assert sorted(first) == [(100 + n, 0xA700 if n == 5 else 0) for n in range(11)]
    numbers = [number - 100 for number, _ in first]
    if order == "shuffled":
        assert sorted(numbers[:8]) == [*range(8)]
        assert numbers[:8] not in ([*range(8)], [*range(8)][::-1])
        assert answered(1) == first
        assert answered(2) != first
    else:
        expected = {"arrival": [*range(11)], "reversed": [*range(7, -1, -1), 10, 9, 8]}
        assert numbers == expected[order]


@pytest.mark.parametrize(
    ("proposed", "sent", "violation"),
    [
        (None, [1, 2], "2 requests outstanding, 1 are allowed"),
        ((4, 1), [1, 2, 3, 4, 5], "5 requests outstanding, 4 are allowed"),
        ((4, 1), [1, 2, 1], "Message ID 1 is that of an outstanding request"),
    ],
)
def test_violations(proposed: tuple[int, int] | None, sent: list[int], violation: str) -> None:
    with (
        ParallelSCP(window=8, delay=30, strict=False) as scp,
        PlainSCU(scp.port, proposed) as scu,
    ):
        for number in sent:
            scu.store(number)
        (association,) = scp.finished(1)
    assert association.violations == [violation]


def test_a_release_before_all_is_answered() -> None:
    with ParallelSCP(delay=30, strict=False) as scp, PlainSCU(scp.port) as scu:
        scu.store(1)
        scu.send(pdu_bytes.release_rq())
        (association,) = scp.finished(1)
    assert association.violations == ["A-RELEASE-RQ with 1 requests outstanding"]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("kind", "sign", "ended"),
    [
        ("abort", ABORTED, "closed"),
        ("close", EOFError, "closed"),
        ("reset", ConnectionResetError, "closed"),
        ("release", (pdu_bytes.RELEASE_RQ, bytes(4)), "released"),
        ("stall", TimeoutError, "eof"),
    ],
)
def test_endings(kind: Any, sign: Any, ended: str, whole: bool) -> None:
    with ParallelSCP(endings={2: Ending(kind, 2, whole=whole)}) as scp, PlainSCU(scp.port) as first:
        with PlainSCU(scp.port) as second:
            for number in (1, 2):
                second.store(number)
                assert second.response() == (number, 0)
            second.command(3)
            if whole:
                second.send(pdu_bytes.p_data(1, 2, b"data"))
            if isinstance(sign, tuple):
                assert second.pdu() == sign
            else:
                second.socket.settimeout(0.3)
                with pytest.raises(sign):
                    second.pdu()
            if kind == "release":
                second.send(pdu_bytes.release_rp())
        for number in (1, 2, 3):
            first.store(number)
            assert first.response() == (number, 0)
        first.release()
        scp.finished(2)
    assert scp.associations[1].ended == ended
    assert scp.associations[0].ended == "released"
    assert [one.message_id for one in scp.arrivals if one.association == 2] == [1, 2, 3][
        : 2 + whole
    ]


def test_an_ending_with_and_without_the_answers_of_those_before() -> None:
    for answer_first in (True, False):
        ending = Ending("abort", 3, answer_first=answer_first)
        with (
            ParallelSCP(window=4, order="reversed", endings={1: ending}, hold_seconds=0.5) as scp,
            PlainSCU(scp.port, (4, 1)) as scu,
        ):
            for number in (1, 2, 3):
                scu.store(number)
            scu.command(4)
            if answer_first:
                assert [scu.response()[0] for _ in range(3)] == [3, 2, 1]
            assert scu.pdu() == ABORTED


def test_delays_and_other_responses() -> None:
    at_once: list[int] = []

    def delay(associations: int) -> float:
        at_once.append(associations)
        return 0.01 * associations

    with (
        ParallelSCP(delay=delay, respond=lambda store: store.response(message_id=9) * 2) as scp,
        PlainSCU(scp.port) as first,
        PlainSCU(scp.port) as second,
    ):
        first.store(1)
        assert [first.response() for _ in range(2)] == [(9, 0)] * 2
        second.release()
        first.store(1)
        assert first.response() == (9, 0)
    assert at_once == [2, 1]
    assert [one.at_once for one in scp.arrivals] == [2, 1]


def test_many_instances_without_their_stores() -> None:
    with ParallelSCP(window=64, keep_stores=False) as scp, PlainSCU(scp.port, (64, 1)) as scu:
        numbers = [random.Random(1).randrange(1 << 16) for _ in range(1)] + [*range(60)]
        for number in dict.fromkeys(numbers):
            scu.store(number)
        assert [scu.response()[0] for _ in dict.fromkeys(numbers)] == [*dict.fromkeys(numbers)]
        scu.release()
        (association,) = scp.finished(1)
    assert association.stores == []
    assert len(scp.arrivals) == len({*numbers})
