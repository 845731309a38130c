"""Whole runs of `send` against a scripted SCP: what arrives, what is reported, how it ends."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest

from fastsend.errors import (
    AssociationRejectedError,
    ConnectionFailedError,
    ConnectionLostError,
    DimseTimeoutError,
    FileChangedError,
    InterruptedRunError,
    NegotiationError,
    PeerAbortedError,
    PeerProtocolError,
    PeerReleasedError,
)
from fastsend.model.options import SendOptions
from fastsend.model.report import exit_code
from fastsend.model.result import Outcome
from fastsend.sender import send
from peers import pdu_bytes
from peers import study as study_files
from peers.image_files import ImageLayout, encode_image, write_image
from peers.recording_scp import (
    Close,
    Interrupt,
    RecordingSCP,
    Reset,
    Send,
    Stall,
    accept_first,
    accept_only,
    refuse,
)
from reference.part10_files import (
    CT,
    EXPLICIT,
    JPEG,
    MR,
    RLE,
    fragments,
    identity,
    meta_elements,
    part10,
    with_group_length,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastsend.model.report import SendReport


JPEG_LS = "1.2.840.10008.1.2.4.80"


class Study(study_files.Study):
    """Sends itself, too."""

    def options(self, port: int, **changes: object) -> SendOptions:
        options = SendOptions("127.0.0.1", port, (str(self.folder),), dimse_timeout=20)
        return options._replace(**changes)  # type: ignore[arg-type]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path)


def outcomes(report: SendReport) -> list[Outcome]:
    return [result.outcome for result in report.results]


@pytest.mark.parametrize("max_pdu_length", [0, 128, 16384, 2**20])
def test_everything_arrives(study: Study, max_pdu_length: int) -> None:
    for number in range(20):
        study.add(sop_class=CT if number % 2 else MR, pixel_bytes=100 + 997 * number)
    with RecordingSCP(max_pdu_length=max_pdu_length) as scp:
        report = send(study.options(scp.port))
        (association,) = scp.finished(1)
    assert exit_code(report) == 0
    assert association.ended == "released"
    assert association.request is not None
    assert association.request.calling_ae_title == "FASTSEND"
    assert association.request.called_ae_title == "ANY-SCP"
    arrived = {store.sop_instance_uid: store.data_set_sha256 for store in association.stores}
    assert arrived == {
        uid: hashlib.sha256(data).hexdigest() for uid, data in study.data_sets.items()
    }
    assert [store.message_id for store in association.stores] == list(range(1, 21))
    assert report.counts == {(Outcome.ANSWERED, 0): 20}
    assert report.data_set_bytes == sum(map(len, study.data_sets.values()))
    for result, path in zip(report.results, study.paths, strict=True):
        assert result.stored
        assert result.path == str(path)
        assert result.transfer_syntax_uid == result.sent_transfer_syntax_uid == EXPLICIT
        assert result.data_set_bytes == len(study.data_sets[result.sop_instance_uid])
        assert (result.association, result.error) == (1, None)
        assert result.seconds > 0


def test_max_send_pdu_restricts(study: Study) -> None:
    study.add(pixel_bytes=100_000)
    with RecordingSCP(max_pdu_length=0) as scp:
        send(study.options(scp.port, max_send_pdu_length=4096))
        (association,) = scp.finished(1)
    assert max(length for _, length in association.pdus) == 4096


def test_refused_class_does_not_hold_up_the_others(study: Study) -> None:
    for number in range(6):
        study.add(sop_class=CT if number % 2 else MR)
    with RecordingSCP(accept=refuse(MR)) as scp:
        report = send(study.options(scp.port))
        scp.finished(1)
    assert outcomes(report) == [Outcome.NOT_SENT, Outcome.ANSWERED] * 3
    assert exit_code(report) == 66
    assert MR in (report.results[0].error or "")
    assert [result.no_context for result in report.results] == [True, False] * 3
    assert [result.proposed_context_id for result in report.results] == [1, 3] * 3
    assert report.accepted_contexts == (1,)


def test_nothing_accepted(study: Study) -> None:
    study.add()
    with RecordingSCP(accept=refuse(), strict=False) as scp:
        report = send(study.options(scp.port))
        (association,) = scp.finished(1)
    assert outcomes(report) == [Outcome.NOT_SENT]
    assert exit_code(report) == 66
    assert association.stores == []
    assert report.results[0].no_context
    assert report.accepted_contexts == (0,)


def test_another_context_that_fits_is_used(study: Study) -> None:
    # the RLE context is refused as RLE, but the native one takes the native instance
    study.add()
    study.add(transfer_syntax=RLE)
    with RecordingSCP(accept=accept_only(EXPLICIT)) as scp:
        report = send(study.options(scp.port))
        scp.finished(1)
    assert outcomes(report) == [Outcome.ANSWERED, Outcome.NOT_SENT]


def test_failing_statuses_are_reported_and_the_run_goes_on(study: Study) -> None:
    for _ in range(4):
        study.add()
    statuses = {1: 0xA700, 2: 0xB007, 3: 0xC001, 4: 0}
    with RecordingSCP(status=lambda store: statuses[store.number]) as scp:
        report = send(study.options(scp.port))
        (association,) = scp.finished(1)
    assert association.ended == "released"
    assert [result.status for result in report.results] == list(statuses.values())
    assert [result.stored for result in report.results] == [False, True, False, True]
    assert "0xa700" in (report.results[0].error or "")
    assert exit_code(report) == 66


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda store: [Send(pdu_bytes.abort())], PeerAbortedError),
        (lambda store: [Send(pdu_bytes.release_rq())], PeerReleasedError),
        (lambda store: [Close()], ConnectionLostError),
        (lambda store: [Reset()], ConnectionLostError),
        (lambda store: [Send(b"garbage!")], PeerProtocolError),
        (lambda store: [Send(struct.pack(">BBI", 4, 0, 2**31))], PeerProtocolError),
        (lambda store: [Send(store.response(message_id=999))], PeerProtocolError),
        (lambda store: [Send(store.response(sop_instance_uid="1.2"))], PeerProtocolError),
        (lambda store: [Send(store.response()[:20]), Stall()], DimseTimeoutError),
    ],
)
def test_lost_association_ends_the_run(
    study: Study, answer: Callable[..., list[object]], error: type[Exception]
) -> None:
    for _ in range(3):
        study.add()

    def on_store(store):
        return answer(store) if store.number == 2 else [Send(store.response())]

    with RecordingSCP(on_store=on_store, strict=False) as scp:
        report = send(study.options(scp.port, dimse_timeout=1))
        (association,) = scp.finished(1)
    assert type(report.error) is error
    assert exit_code(report) == 62
    assert outcomes(report) == [Outcome.ANSWERED, Outcome.UNKNOWN, Outcome.PENDING]
    assert all(result.error for result in report.results[1:])
    if error in {PeerProtocolError, DimseTimeoutError}:
        assert association.ended == "aborted"
    assert _pynetdicom_threads() == []


def test_no_halt_goes_on_with_a_new_association(study: Study) -> None:
    uids = [study.add() for _ in range(4)]
    seen = []

    def on_store(store):
        seen.append(store.sop_instance_uid)
        last = store.sop_instance_uid == uids[1]
        return [Send(pdu_bytes.abort()), Close()] if last else [Send(store.response())]

    with RecordingSCP(on_store=on_store, strict=False) as scp:
        report = send(study.options(scp.port, halt=False))
        scp.finished(2)
    assert seen == uids
    assert outcomes(report) == [
        Outcome.ANSWERED,
        Outcome.UNKNOWN,
        Outcome.ANSWERED,
        Outcome.ANSWERED,
    ]
    assert [result.association for result in report.results] == [1, 1, 2, 2]
    assert report.error is None
    assert exit_code(report) == 66


def test_no_halt_gives_up_on_a_peer_that_always_drops(study: Study) -> None:
    for _ in range(10):
        study.add()
    with RecordingSCP(on_store=lambda store: [Reset()], strict=False) as scp:
        report = send(study.options(scp.port, halt=False))
        scp.finished(3)
    assert isinstance(report.error, ConnectionLostError)
    assert outcomes(report) == [Outcome.UNKNOWN] * 3 + [Outcome.PENDING] * 7


def test_more_than_128_contexts(study: Study) -> None:
    for number in range(130):
        study.add(sop_class=f"1.2.840.10008.5.1.4.1.1.{number + 1000}")
    with RecordingSCP() as scp:
        report = send(study.options(scp.port))
        first, second = scp.finished(2)
        single = send(study.options(scp.port, multiple_associations=False))
        scp.finished(3)
    assert (len(first.stores), len(second.stores)) == (128, 2)
    assert exit_code(report) == 0
    assert outcomes(single) == [Outcome.ANSWERED] * 128 + [Outcome.PENDING] * 2
    assert exit_code(single) == 66


def test_rejected_association(study: Study) -> None:
    study.add()
    reject = pdu_bytes.associate_rj(1, 1, 7)
    with RecordingSCP(on_associate=lambda request: [Send(reject), Close()]) as scp:
        report = send(study.options(scp.port))
    assert isinstance(report.error, AssociationRejectedError)
    assert "-aec" in str(report.error)
    assert exit_code(report) == 61
    assert outcomes(report) == [Outcome.PENDING]


@pytest.mark.parametrize(
    "answer", [[Close()], [Send(b"HTTP/1.1 400 Bad Request\r\n\r\n")], [Send(pdu_bytes.abort())]]
)
def test_no_dicom_receiver(study: Study, answer: list[object]) -> None:
    study.add()
    with RecordingSCP(on_associate=lambda request: answer, strict=False) as scp:
        report = send(study.options(scp.port, acse_timeout=2))
    assert type(report.error) is NegotiationError
    assert exit_code(report) == 61


def test_acse_timeout(study: Study) -> None:
    study.add()
    start = time.monotonic()
    with RecordingSCP(on_associate=lambda request: [Stall()], strict=False) as scp:
        report = send(study.options(scp.port, acse_timeout=1))
    assert isinstance(report.error, NegotiationError)
    assert "-ta" in str(report.error)
    assert 0.9 < time.monotonic() - start < 5


def test_nobody_listens(study: Study) -> None:
    study.add()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        report = send(study.options(unused.getsockname()[1]))
    assert isinstance(report.error, ConnectionFailedError)
    assert "refused" in str(report.error)
    assert exit_code(report) == 61


def test_unknown_host(study: Study) -> None:
    study.add()
    report = send(study.options(104, peer="no-such-host.invalid"))
    assert isinstance(report.error, ConnectionFailedError)
    assert "no-such-host.invalid" in str(report.error)


def test_a_context_accepted_with_another_syntax_is_not_believed(study: Study) -> None:
    study.add()
    with RecordingSCP(accept=lambda context: RLE, strict=False) as scp:
        report = send(study.options(scp.port))
        (association,) = scp.finished(1)
    assert association.stores == []
    assert outcomes(report) == [Outcome.NOT_SENT]


def test_receiver_without_room_for_data(study: Study) -> None:
    study.add()
    with RecordingSCP(max_pdu_length=7, strict=False) as scp:
        report = send(study.options(scp.port))
    assert isinstance(report.error, NegotiationError)
    assert "7 bytes" in str(report.error)


@pytest.mark.parametrize("halt", [True, False])
def test_file_that_vanishes_after_the_scan(study: Study, halt: bool) -> None:
    for _ in range(3):
        study.add()

    def on_store(store):
        if store.number == 1:
            # the second is open already, ahead of its turn
            study.paths[2].unlink()
        return [Send(store.response())]

    with RecordingSCP(on_store=on_store) as scp:
        report = send(study.options(scp.port, halt=halt))
        (association,) = scp.finished(1)
    assert association.ended == "released"
    assert outcomes(report) == [Outcome.ANSWERED, Outcome.ANSWERED, Outcome.NOT_SENT]
    assert "cannot be opened" in (report.results[2].error or "")
    assert not any(result.no_context for result in report.results)
    assert exit_code(report) == (62 if halt else 66)
    assert isinstance(report.error, FileChangedError) == halt


@pytest.mark.parametrize("new_vr", [True, False])
@pytest.mark.parametrize("syntax", [JPEG, "1.2.826.0.1.3680043.10.999.77"])
def test_pixel_data_without_its_end_gets_one(study: Study, syntax: str, *, new_vr: bool) -> None:
    study.add(transfer_syntax=RLE)
    meta = with_group_length(meta_elements(syntax, CT, "1.2.9"))
    ended = identity(CT, "1.2.9") + fragments(b"\xff\xd8")
    (study.folder / "1.dcm").write_bytes(part10(ended[:-8], meta))
    study.add("2.dcm")
    with RecordingSCP(keep_data=True) as scp:
        report = send(study.options(scp.port, new_vr=new_vr))
        (association,) = scp.finished(1)
    assert association.ended == "released"
    assert outcomes(report) == [Outcome.ANSWERED] * 3
    assert [store.data_set for store in association.stores][1] == ended
    result = report.results[1]
    assert result.sent_transfer_syntax_uid == result.transfer_syntax_uid == syntax
    assert "Sequence Delimitation Item" in (result.remark or "")
    assert (report.results[0].remark, report.results[2].remark) == (None, None)
    assert exit_code(report) == 0


@pytest.mark.parametrize(
    ("rest", "words"),
    [(b"\xfe\xff\xdd\xe0\0\0", "head of an item"), (b"\x11\x22\x33\x44" * 3, "neither an item")],
)
def test_pixel_data_that_ends_with_anything_else_is_not_sent(
    study: Study, rest: bytes, words: str
) -> None:
    study.add(transfer_syntax=RLE)
    meta = with_group_length(meta_elements(JPEG, CT, "1.2.9"))
    broken = identity(CT, "1.2.9") + fragments(b"\xff\xd8", end=False) + rest
    (study.folder / "1.dcm").write_bytes(part10(broken, meta))
    study.add("2.dcm")
    with RecordingSCP() as scp:
        report = send(study.options(scp.port))
        (association,) = scp.finished(1)
    assert association.ended == "released"
    assert [store.sop_instance_uid for store in association.stores] == list(study.data_sets)
    assert outcomes(report) == [Outcome.ANSWERED, Outcome.NOT_SENT, Outcome.ANSWERED]
    error = report.results[1].error or ""
    assert "without a Sequence Delimitation Item" in error
    assert words in error
    assert not report.results[1].no_context
    assert exit_code(report) == 66


@pytest.mark.parametrize("accepts_native", [True, False])
def test_what_cannot_be_compressed_after_all_goes_as_it_is(
    study: Study, *, accepts_native: bool
) -> None:
    """No encoder of JPEG-LS takes 32 bits, which shows only when there is a frame to encode."""
    layout = ImageLayout(rows=3, columns=5)
    images = {
        "1.2.7": encode_image("1.2.7", layout, native=bytes(30)),
        "1.2.8": encode_image("1.2.8", layout._replace(bits_allocated=32), native=bytes(60)),
        "1.2.9": encode_image("1.2.9", layout, native=bytes(30)),
    }
    for uid, data_set in images.items():
        write_image(study.folder / uid, data_set, uid)
    accept = accept_first if accepts_native else accept_only(JPEG_LS)
    with RecordingSCP(accept=accept, keep_data=True) as scp:
        report = send(study.options(scp.port, proposed=JPEG_LS))
        (association,) = scp.finished(1)
    assert association.ended == "released"
    sent_as = [result.sent_transfer_syntax_uid for result in report.results]
    assert (sent_as[0], sent_as[2]) == (JPEG_LS, JPEG_LS)
    result = report.results[1]
    if not accepts_native:
        assert outcomes(report)[1] is Outcome.NOT_SENT
        assert "a frame cannot be converted" in (result.error or "")
        return
    assert outcomes(report) == [Outcome.ANSWERED] * 3
    assert (sent_as[1], result.error) == (EXPLICIT, None)
    assert "Compression is not possible: a frame cannot be" in (result.remark or "")
    assert association.stores[1].data_set == images["1.2.8"]


def test_file_that_shrinks_while_it_is_sent(study: Study) -> None:
    study.add(pixel_bytes=20 << 20)
    small = study.add()

    def shrink() -> None:
        while scp.associations == [] or not scp.associations[0].pdus:
            time.sleep(0.01)
        os.truncate(study.paths[0], 5000)

    interrupt = Interrupt(after_bytes=200_000, actions=[Stall(0.5)])
    with RecordingSCP(interrupt=interrupt, strict=False) as scp:
        thread = threading.Thread(target=shrink)
        thread.start()
        report = send(study.options(scp.port, halt=False))
        thread.join()
        first, second = scp.finished(2)
    assert first.stores == []
    assert outcomes(report) == [Outcome.NOT_SENT, Outcome.ANSWERED]
    assert "changed while it was sent" in (report.results[0].error or "")
    assert [store.sop_instance_uid for store in second.stores] == [small]


@pytest.mark.parametrize("where", ["associating", "sending", "waiting", "releasing"])
def test_interrupt_ends_the_run_within_a_second(study: Study, where: str) -> None:
    study.add()
    study.add(pixel_bytes=30 << 20)
    stall = [Stall()]
    scp = RecordingSCP(
        on_associate=(lambda request: stall) if where == "associating" else None,
        on_store=(lambda store: stall) if where == "waiting" else None,
        on_release=(lambda: stall) if where == "releasing" else None,
        interrupt=Interrupt(100_000, stall) if where == "sending" else None,
        strict=False,
    )
    pressed: list[float] = []

    def press() -> None:
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    with scp:
        threading.Timer(1.0, press).start()
        report = send(study.options(scp.port, dimse_timeout=None, acse_timeout=None))
        ended = time.monotonic()
    assert ended - pressed[0] < 1.5
    assert report.interrupted
    assert exit_code(report) == 130
    expected = {
        "associating": [Outcome.PENDING, Outcome.PENDING],
        "sending": [Outcome.ANSWERED, Outcome.NOT_SENT],
        "waiting": [Outcome.UNKNOWN, Outcome.PENDING],
        "releasing": [Outcome.ANSWERED, Outcome.ANSWERED],
    }
    assert outcomes(report) == expected[where]
    if where == "waiting":
        assert scp.associations[0].ended == "aborted"
    if where != "releasing":
        assert isinstance(report.error, InterruptedRunError)
    assert _pynetdicom_threads() == []


def _pynetdicom_threads() -> list[str]:
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        names = [
            thread.name
            for thread in threading.enumerate()
            if type(thread).__module__.startswith("pynetdicom")
        ]
        if not names:
            break
        time.sleep(0.05)
    return names


class Recorder:
    """An observer that notes what it is told."""

    wants_results = True

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def scanned(self, instances: int, data_set_bytes: int, skipped: int) -> None:
        self.events.append(("scanned", instances, data_set_bytes, skipped))

    def association_opened(self, number, description, contexts) -> None:
        self.events.append(("opened", number, [uid for _, uid in contexts]))

    def association_closed(self, number: int, how: str) -> None:
        self.events.append(("closed", number, how))

    def result(self, result) -> None:
        self.events.append(("result", result.number, result.stored))

    def progress(self, instances: int, data_set_bytes: int) -> None:
        self.last_progress = (instances, data_set_bytes)

    def warning(self, text: str) -> None:
        self.events.append(("warning", text))


def test_observer_is_told_in_order(study: Study) -> None:
    for _ in range(3):
        study.add()
    total = sum(map(len, study.data_sets.values()))
    recorder = Recorder()
    with RecordingSCP() as scp:
        send(study.options(scp.port), observer=recorder)
        scp.finished(1)
    assert recorder.events == [
        ("scanned", 3, total, 0),
        ("opened", 1, [EXPLICIT]),
        ("result", 1, True),
        ("result", 2, True),
        ("result", 3, True),
        ("closed", 1, "released"),
    ]
    assert recorder.last_progress == (3, total)
