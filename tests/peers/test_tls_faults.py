"""Faults of a secure connection: what is reported is what happened, and nothing hangs."""

from __future__ import annotations

import os
import signal
import ssl
import threading
from typing import TYPE_CHECKING, Any, Literal

import pytest

from fastsend.model.options import SendOptions
from fastsend.model.report import exit_code
from fastsend.model.result import Outcome
from fastsend.model.tls import Identity, Tls
from fastsend.sender import send
from peers import pdu_bytes
from peers.certificates import Authority
from peers.fastsend_command import Command
from peers.recording_scp import Close, RecordingSCP, Send
from peers.relay import Fault, Relay
from peers.study import Study
from peers.test_faults import DisturbedRun, check_truth
from peers.tls_front import TLSFront

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fastsend.model.report import SendReport

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Keys:
    """Of a server and a client that trust each other."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.server = self.authority.issue("server")
        self.client = self.authority.issue("client", "client")

    def tls(self, **changes: Any) -> Tls:
        ours = Tls(
            Identity(os.fspath(self.client.key), os.fspath(self.client.certificate)),
            ca_files=(os.fspath(self.authority.certificate),),
        )
        return ours._replace(**changes)

    @property
    def options(self) -> tuple[str, ...]:
        return *self.client.options, "+cf", str(self.authority.certificate)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys") / "ca")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study")


@pytest.fixture
def small(study: Study) -> Study:
    """Two instances of several PDUs, and one of few."""
    for size in (300, 60, 0):
        study.add(pixel_bytes=size)
    return study


def send_secured(
    study: Study,
    keys: Keys,
    *,
    faults: Sequence[Fault] = (),
    encrypted_faults: Sequence[Fault] = (),
    segment_bytes: int | None = None,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ending: Literal["close_notify", "cut"] = "close_notify",
    scp: RecordingSCP | None = None,
    **changes: Any,
) -> tuple[DisturbedRun, TLSFront]:
    """Send a study through a relay of what is encrypted, and one of what is not.

    Raises TimeoutError where that hangs.
    """
    changes = {"acse_timeout": 20, "dimse_timeout": 20, **changes}
    reports: list[SendReport] = []
    with (
        scp or RecordingSCP(max_pdu_length=128, strict=False) as behind,
        Relay(behind.port, faults=faults) as plain,
        TLSFront(
            plain.port, keys.server, keys.authority.certificate, newest=newest, ending=ending
        ) as front,
        Relay(front.port, faults=encrypted_faults, segment_bytes=segment_bytes) as relay,
    ):
        options = SendOptions(
            "127.0.0.1", relay.port, (os.fspath(study.folder),), halt=False, tls=keys.tls()
        )._replace(**changes)
        sender = threading.Thread(target=lambda: reports.append(send(options)), daemon=True)
        sender.start()
        sender.join(10)
        hung = sender.is_alive()
        relay.close()
        sender.join()
        front.close()
    if hung:
        raise TimeoutError("the run ended with the connection only")
    return DisturbedRun(reports[0], plain.connections, behind), front


@pytest.mark.parametrize("newest", VERSIONS)
def test_all_arrive_and_the_end_is_in_order(
    newest: ssl.TLSVersion, study: Study, keys: Keys
) -> None:
    for size in (300, 0, 3 << 20, 17, 200_000):
        study.add(pixel_bytes=size)
    run, front = send_secured(study, keys, newest=newest, scp=RecordingSCP())
    assert exit_code(run.report) == 0
    (association,) = run.scp.associations
    assert association.ended == "released"
    assert [one.sop_instance_uid for one in association.stores] == list(study.data_sets)
    assert (front.clean_ends, front.versions) == (1, [newest.name.replace("_", ".")])
    check_truth(run, study)


def test_segments_of_one_byte(small: Study, keys: Keys) -> None:
    run, _ = send_secured(small, keys, segment_bytes=1)
    assert exit_code(run.report) == 0
    check_truth(run, small)


@pytest.mark.parametrize("ending", ["close_notify", "cut"])
@pytest.mark.parametrize("direction", ["to_scp", "to_scu"])
def test_a_connection_that_ends_anywhere(
    direction: Literal["to_scp", "to_scu"],
    ending: Literal["close_notify", "cut"],
    small: Study,
    keys: Keys,
) -> None:
    run, _ = send_secured(small, keys)
    (connection,) = run.connections
    stream = bytes(getattr(connection, direction))
    negotiation = 6 + int.from_bytes(stream[2:6])
    step = (len(stream) - negotiation) // 6
    for after_bytes in (0, 5, *range(negotiation, len(stream) - 10, step), len(stream) - 4):
        fault = Fault(direction, after_bytes, "cut")
        run, _ = send_secured(small, keys, faults=[fault], ending=ending, acse_timeout=5)
        try:
            check_stored(run, small)
        except AssertionError as error:
            error.add_note(f"{ending} after {after_bytes} bytes {direction}")
            raise
        stored = run.report.counts.get((Outcome.ANSWERED, 0), 0)
        if after_bytes < negotiation:
            assert (stored, exit_code(run.report)) == (0, 67)
            assert "before it answered the association request" in str(run.report.error)
        elif after_bytes > negotiation:
            assert stored >= 2
            assert run.report.error is None


def check_stored(run: DisturbedRun, study: Study) -> None:
    """What is reported as stored was answered, and arrived as it is in its file."""
    digests = study.digests()
    arrived = {}
    for association in run.scp.associations:
        for store in association.stores:
            assert store.data_set_sha256 == digests[store.sop_instance_uid]
            arrived[store.sop_instance_uid] = store
    for result in run.report.results:
        if result.stored:
            assert result.sop_instance_uid in arrived
        if result.outcome in (Outcome.NOT_SENT, Outcome.PENDING):
            assert result.sop_instance_uid not in arrived


# ssl leaves its socket open where the connection has ended before the handshake.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["cut", "reset"])
@pytest.mark.parametrize("after_bytes", [0, 300, 4000, 6000, 8000])
def test_an_encrypted_stream_that_breaks(
    after_bytes: int, kind: Literal["cut", "reset"], study: Study, keys: Keys
) -> None:
    for _ in range(4):
        study.add(pixel_bytes=1500)
    fault = Fault("to_scp", after_bytes, kind)
    run, _ = send_secured(study, keys, encrypted_faults=[fault])
    check_stored(run, study)
    if after_bytes == 8000:
        assert run.report.counts.get((Outcome.ANSWERED, 0), 0) == 3
    if after_bytes == 300:
        assert exit_code(run.report) == 67
    if after_bytes == 0:  # before or behind the moment at which the connection is made
        assert exit_code(run.report) in (61, 67)


@pytest.mark.parametrize(("limit", "words"), [("socket_timeout", "-ts"), ("dimse_timeout", "-td")])
def test_a_connection_that_stalls_within_much_data(
    limit: str, words: str, study: Study, keys: Keys
) -> None:
    study.add(pixel_bytes=20 << 20)
    study.add()
    limits = {"dimse_timeout": None, "socket_timeout": None, limit: 0.5}
    stall = Fault("to_scp", 1 << 20, "stall")
    run, _ = send_secured(study, keys, encrypted_faults=[stall], **limits)
    check_stored(run, study)
    first, second = run.report.results
    assert (first.outcome, second.stored) == (Outcome.NOT_SENT, True)
    assert words in (first.error or "")


@pytest.mark.parametrize("part", ["handshake", "negotiation", "answer"])
def test_a_peer_that_falls_silent(part: str, small: Study, keys: Keys) -> None:
    faults = {
        "negotiation": [Fault("to_scu", 3, "stall")],
        "answer": [Fault("to_scu", 200, "stall")],
    }
    encrypted = [Fault("to_scu", 300, "stall")] if part == "handshake" else []
    run, _ = send_secured(
        small,
        keys,
        faults=faults.get(part, []),
        encrypted_faults=encrypted,
        acse_timeout=0.5,
        dimse_timeout=0.5,
        socket_timeout=0.5,
    )
    check_stored(run, small)
    if part == "answer":
        assert run.report.error is None
        assert run.report.counts.get((Outcome.ANSWERED, 0), 0) == 2
    else:
        assert exit_code(run.report) == 61
        assert {"handshake": "-ts", "negotiation": "-ta"}[part] in str(run.report.error)


def test_what_the_peer_said_last_is_heard(small: Study, keys: Keys) -> None:
    scp = RecordingSCP(
        on_store=lambda _: [Send(pdu_bytes.abort()), Close()], max_pdu_length=128, strict=False
    )
    run, _ = send_secured(small, keys, scp=scp, halt=True)
    assert exit_code(run.report) == 62
    assert "abort" in str(run.report.error)
    assert run.report.results[0].outcome is Outcome.UNKNOWN


def test_a_release_request_of_the_peer_is_answered(small: Study, keys: Keys) -> None:
    scp = RecordingSCP(on_store=lambda _: [Send(pdu_bytes.release_rq())], strict=False)
    run, _ = send_secured(small, keys, scp=scp, halt=True)
    assert exit_code(run.report) == 62
    assert scp.associations[0].ended != "cut"
    assert pdu_bytes.release_rp() in bytes(run.connections[0].to_scp)


@pytest.mark.parametrize("where", ["within an answer", "within a request"])
def test_ctrl_c(where: str, study: Study, keys: Keys) -> None:
    study.add(pixel_bytes=8 << 20)
    within_answer = where == "within an answer"
    fault = Fault("to_scu", 200, "stall") if within_answer else Fault("to_scp", 4 << 20, "stall")
    with (
        RecordingSCP(strict=False) as scp,
        Relay(scp.port, faults=[fault]) as relay,
        TLSFront(relay.port, keys.server, keys.authority.certificate) as front,
    ):
        command = Command(*keys.options, "localhost", str(front.port), study.folder)
        relay.wait_for_fault()
        command.signal(signal.SIGINT)
        finished = command.finish(5)
    assert finished.exit_code == 130, finished
    assert finished.headline.startswith("Interrupted: stored 0 of 1 instance")


@pytest.mark.parametrize("newest", VERSIONS)
def test_each_association_has_a_connection(
    newest: ssl.TLSVersion, small: Study, keys: Keys
) -> None:
    """The second association is secured as the first, with the same context."""
    run, front = send_secured(small, keys, faults=[Fault("to_scu", 200, "cut")], newest=newest)
    assert len(front.versions) == 2
    assert run.report.counts[Outcome.ANSWERED, 0] == 2
    check_stored(run, small)
