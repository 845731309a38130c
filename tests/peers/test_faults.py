"""Faults of the system, of the network and of the peer: each costs what it must, and is told.

Whatever happens, three things hold. What arrived complete is what the file holds. What is reported
as stored was answered with success, and what was answered is reported. Nothing hangs.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from fastsend.model.options import SendOptions
from fastsend.model.report import exit_code
from fastsend.model.result import Outcome
from fastsend.sender import send
from peers.conversation import decode_conversation
from peers.fastsend_command import Command, run
from peers.faulty_system import injected, with_faults
from peers.recording_scp import RecordingSCP, Send, Stall
from peers.relay import Fault, Relay
from peers.study import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Literal

    from fastsend.model.report import SendReport
    from peers.fastsend_command import Finished
    from peers.relay import Direction, RelayedConnection
    from peers.scp_records import Store

LOOPBACK = "127.0.0.1"
INSTANCES = 4


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study")


# ---- the system


def answer_slowly(store: Store) -> list[Any]:
    """Let the sender wait for the answer: one that is there at once is read without a wait."""
    return [Stall(0.02), Send(store.response())]


class FaultyRun:
    """A study of `INSTANCES`, sent by the command while system calls fail."""

    def __init__(self, study: Study, folder: Path) -> None:
        for _ in range(INSTANCES):
            study.add(pixel_bytes=2_400_000)  # more than is read ahead of its turn
        self.study = study
        self.victim = study.paths[1]
        self.log = folder / "strace.log"

    def __call__(
        self,
        *injections: str,
        options: tuple[str, ...] = ("-nh",),
        only_victim: bool = False,
        named: bool = False,
    ) -> tuple[Finished, list[str]]:
        """Return the run and the UIDs that were reported as stored, after checks of both."""
        only = (self.victim,) if only_victim else ()
        prefix = with_faults(*injections, log=self.log, only=only)
        paths = self.study.paths if named else [self.study.folder]
        with RecordingSCP(on_store=answer_slowly, strict=False) as scp:
            finished = run("-v", *options, LOOPBACK, str(scp.port), *paths, prefix=prefix)
        # A fault that never happened shows nothing.
        names = {injection.partition(":")[0] for injection in injections}
        assert set(injected(self.log)) == names, finished
        assert [one.violations for one in scp.associations if one.violations] == []
        digests = self.study.digests()
        arrived = [store for one in scp.associations for store in one.stores]
        for store in arrived:
            assert store.data_set_sha256 == digests[store.sop_instance_uid]
        stored = re.findall(r"^I: Instance .* ([\d.]+): Success", finished.stderr, re.MULTILINE)
        assert stored == [store.sop_instance_uid for store in arrived]
        if scp.associations:
            (count,) = re.findall(r"^- stored +(\d+)$", finished.stdout, re.MULTILINE)
            assert int(count) == len(arrived)
        return finished, stored


@pytest.fixture
def faulty_run(study: Study, tmp_path: Path) -> FaultyRun:
    return FaultyRun(study, tmp_path)


@pytest.mark.peer
@pytest.mark.parametrize(
    "injection",
    [
        "sendmsg:error=EINTR:when=1..50",
        "sendmsg:error=EAGAIN:when=1+2",
        "sendto:error=EINTR:when=1+2",
        "recvfrom:error=EINTR:when=1+2",
        "poll:error=EINTR:when=1+2",
        "pread64:error=EINTR:when=1+2",
        "openat:error=EMFILE:when=1",  # opened ahead in vain, then in its turn
    ],
)
def test_faults_that_cost_nothing(injection: str, faulty_run: FaultyRun) -> None:
    of_files = injection.startswith(("openat", "pread64"))
    finished, stored = faulty_run(injection, options=(), only_victim=of_files)
    assert finished.exit_code == 0, finished
    assert len(stored) == INSTANCES


@pytest.mark.peer
@pytest.mark.parametrize(
    ("error", "words", "nth"),
    [
        ("ECONNRESET", "Connection reset by peer", 1),
        ("ECONNRESET", "Connection reset by peer", 12),
        ("EPIPE", "Broken pipe", 2),
        ("ETIMEDOUT", "Connection timed out", 5),
    ],
)
def test_a_failed_write_costs_one_instance(
    error: str, words: str, nth: int, faulty_run: FaultyRun
) -> None:
    finished, stored = faulty_run(f"sendmsg:error={error}:when={nth}")
    assert finished.exit_code == 66, finished
    assert len(stored) == INSTANCES - 1
    (line,) = re.findall(r"^W: Instance .* ([\d.]+: .*), \d+ bytes", finished.stderr, re.MULTILINE)
    uid, _, reason = line.partition(": ")
    assert uid in faulty_run.study.data_sets
    assert uid not in stored
    assert words in reason
    assert re.search(r"^- not sent +1$", finished.stdout, re.MULTILINE)


@pytest.mark.peer
def test_a_failed_write_ends_a_run_that_halts(faulty_run: FaultyRun) -> None:
    finished, stored = faulty_run("sendmsg:error=ECONNRESET:when=12", options=())
    assert finished.exit_code == 62, finished
    assert len(stored) < INSTANCES
    assert finished.headline.startswith(f"Ended early: stored {len(stored)} of {INSTANCES} ")


@pytest.mark.peer
@pytest.mark.parametrize(
    ("injection", "words", "options"),
    [
        # The scan reads less than four times; it opens files by their names in a folder.
        ("pread64:error=EIO:when=4", "Input/output error", ("-nh",)),
        ("pread64:error=EIO:when=4", "Input/output error", ()),
        ("pread64:retval=0:when=4", "file changed while it was sent", ("-nh",)),  # it ends there
        ("openat:error=EMFILE", "Too many open files", ("-nh",)),
        ("openat:error=EMFILE", "Too many open files", ()),
        ("openat:error=EACCES", "Permission denied", ("-nh",)),
    ],
)
def test_a_file_that_cannot_be_read_when_its_turn_comes(
    injection: str, words: str, options: tuple[str, ...], faulty_run: FaultyRun
) -> None:
    finished, stored = faulty_run(injection, options=options, only_victim=True)
    victim = list(faulty_run.study.data_sets)[1]
    assert victim not in stored
    assert finished.exit_code == (66 if options else 62), finished
    assert len(stored) == (INSTANCES - 1 if options else 1)
    assert words in finished.stdout
    assert str(faulty_run.victim) in finished.stdout


@pytest.mark.peer
@pytest.mark.parametrize(
    ("injection", "words", "options"),
    [
        ("openat:error=EMFILE", "cannot be opened: Too many open files", ("-nh",)),
        ("openat:error=EIO", "cannot be opened: Input/output error", ()),
        ("pread64:error=EIO", "cannot be read: Input/output error", ("-nh",)),
        ("pread64:error=EIO", "cannot be read: Input/output error", ()),
    ],
)
def test_a_file_that_cannot_be_scanned(
    injection: str, words: str, options: tuple[str, ...], faulty_run: FaultyRun
) -> None:
    finished, stored = faulty_run(injection, options=options, only_victim=True, named=True)
    if not options:
        assert finished.exit_code == 22, finished
        assert finished.stdout == ""
        assert f"{faulty_run.victim}: it {words}" in finished.stderr
        return
    assert finished.exit_code == 66, finished
    assert len(stored) == INSTANCES - 1
    assert f"Skipped, it {words}: 1 file" in finished.stdout
    assert str(faulty_run.victim) in finished.stdout


@pytest.mark.peer
@pytest.mark.parametrize(
    ("injection", "words"),
    [
        ("connect:error=EHOSTUNREACH", "No route to host"),
        ("connect:error=ETIMEDOUT", "no answer"),
        ("setsockopt:error=ENOBUFS", "No buffer space available"),
    ],
)
def test_a_connection_that_cannot_be_made(
    injection: str, words: str, faulty_run: FaultyRun
) -> None:
    finished, stored = faulty_run(injection)
    assert (finished.exit_code, stored) == (61, []), finished
    assert words in finished.stderr
    assert f"tored 0 of {INSTANCES} " in finished.headline


@pytest.mark.peer
@pytest.mark.parametrize("injection", ["socket:error=EMFILE", "pipe2:error=EMFILE"])
def test_no_descriptor_left_for_the_network(injection: str, faulty_run: FaultyRun) -> None:
    finished, stored = faulty_run(injection)
    assert (finished.exit_code, stored) == (60, []), finished
    assert "Too many open files" in finished.stderr


class Remover:
    """An observer that removes a file between the scan and the transfer."""

    wants_results = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def scanned(self, *_: object) -> None:
        self._path.unlink()

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def test_the_record_of_an_instance_of_which_nothing_was_sent(study: Study) -> None:
    for _ in range(3):
        study.add()
    with RecordingSCP() as scp:
        report = send(options_for(scp.port, study), observer=Remover(study.paths[1]))
    lost = report.results[1]
    assert (lost.outcome, lost.stored) == (Outcome.NOT_SENT, False)
    assert "No such file" in (lost.error or "")
    assert (lost.context_id, lost.sent_transfer_syntax_uid) == (0, None)


# ---- the network


def options_for(port: int, study: Study, **changes: Any) -> SendOptions:
    options = SendOptions(LOOPBACK, port, (os.fspath(study.folder),), halt=False)
    return options._replace(**changes)


class DisturbedRun(NamedTuple):
    report: SendReport
    connections: list[RelayedConnection]
    scp: RecordingSCP


def send_disturbed(
    study: Study,
    *,
    faults: Sequence[Fault] = (),
    segment_bytes: int | None = None,
    **changes: Any,
) -> DisturbedRun:
    """Send a study through a relay, to an SCP with PDUs of 128 bytes.

    Raises TimeoutError where that hangs.
    """
    changes = {"acse_timeout": 20, "dimse_timeout": 20, **changes}
    reports: list[SendReport] = []
    with (
        RecordingSCP(max_pdu_length=128, strict=False) as scp,
        Relay(scp.port, segment_bytes=segment_bytes, faults=faults) as relay,
    ):
        options = options_for(relay.port, study, **changes)
        sender = threading.Thread(target=lambda: reports.append(send(options)), daemon=True)
        sender.start()
        sender.join(5)
        hung = sender.is_alive()
        relay.close()
        sender.join()
    if hung:
        raise TimeoutError("the run ended with the connection only")
    for association in scp.associations:
        # An abort there is right for an SCU that never saw the A-RELEASE-RP.
        assert set(association.violations) <= {"0x07 after A-RELEASE-RP"}
    return DisturbedRun(reports[0], relay.connections, scp)


def check_truth(run: DisturbedRun, study: Study) -> None:
    """Compare a report with what went over the wire, in either direction."""
    digests = study.digests()
    for association in run.scp.associations:
        for store in association.stores:
            assert store.data_set_sha256 == digests[store.sop_instance_uid]
    answered: dict[str, int] = {}
    complete: set[str] = set()
    for connection in run.connections:
        talk = decode_conversation(connection.to_scp, connection.to_scu)
        numbers = {one.message_id: one.sop_instance_uid for one in talk.stores if one.command}
        complete |= {one.sop_instance_uid for one in talk.stores if one.complete}
        answered |= {numbers[one.message_id]: one.status for one in talk.responses}
    report = run.report
    assert [result.sop_instance_uid for result in report.results] == list(digests)
    for result in report.results:
        uid = result.sop_instance_uid
        assert (result.outcome is Outcome.ANSWERED) == (uid in answered), result
        assert result.stored == (answered.get(uid) == 0), result
        assert (result.error is None) == result.stored, result
        if result.outcome in (Outcome.NOT_SENT, Outcome.PENDING):
            assert uid not in complete, result
    assert report.counts.get((Outcome.ANSWERED, 0), 0) == len(answered)
    assert sum(report.counts.values()) == len(digests)
    if len(answered) == len(digests):
        assert exit_code(report) == 0
    else:
        assert exit_code(report) == (report.error.exit_code if report.error else 66)


class Lengths(NamedTuple):
    """Of an association without a fault, in bytes."""

    to_scp: int
    to_scu: int
    negotiation_to_scp: int
    negotiation_to_scu: int


@pytest.fixture
def small(study: Study) -> Study:
    """Two instances of several PDUs, and one of few."""
    for size in (300, 60, 0):
        study.add(pixel_bytes=size)
    return study


def lengths_of(study: Study) -> Lengths:
    run = send_disturbed(study)
    assert exit_code(run.report) == 0
    (connection,) = run.connections
    streams = connection.to_scp, connection.to_scu
    negotiation = (6 + int.from_bytes(stream[2:6]) for stream in streams)
    return Lengths(*map(len, streams), *negotiation)


def test_segments_of_one_byte(small: Study) -> None:
    run = send_disturbed(small, segment_bytes=1)
    assert exit_code(run.report) == 0
    assert [len(one.stores) for one in run.scp.associations] == [3]
    assert run.scp.associations[0].ended == "released"
    check_truth(run, small)


@pytest.mark.parametrize("direction", ["to_scp", "to_scu"])
@pytest.mark.parametrize(("kind", "step"), [("cut", 9), ("reset", 31)])
def test_a_connection_cut_anywhere(
    direction: Direction, kind: Literal["cut", "reset"], step: int, small: Study
) -> None:
    lengths = lengths_of(small)
    end = getattr(lengths, direction)
    negotiation = getattr(lengths, f"negotiation_{direction}")
    near_the_ends = {*range(negotiation - 3, negotiation + 25), *range(end - 25, end + 1)}
    for after_bytes in sorted({*range(0, end, step), *near_the_ends}):
        if (direction, after_bytes) == ("to_scu", end - 10):
            continue  # the next test
        run = send_disturbed(small, faults=[Fault(direction, after_bytes, kind)])
        try:
            check_truth(run, small)
        except AssertionError as error:
            error.add_note(f"{kind} after {after_bytes} bytes {direction}")
            raise
        # It costs the instance that is on its way, or the run where none can be yet.
        stored = run.report.counts.get((Outcome.ANSWERED, 0), 0)
        if after_bytes < negotiation:
            assert (stored, exit_code(run.report)) == (0, 61)
        elif after_bytes > negotiation or direction == "to_scu":
            assert stored >= 2
            assert run.report.error is None


def test_a_peer_that_closes_behind_its_last_response(small: Study) -> None:
    end = lengths_of(small).to_scu - 10
    for _ in range(40):  # it depends on which thread is first
        run = send_disturbed(small, faults=[Fault("to_scu", end, "cut")], acse_timeout=6)
        check_truth(run, small)
        assert exit_code(run.report) == 0


@pytest.mark.parametrize(
    ("direction", "part", "after_bytes"),
    [
        ("to_scp", "negotiation", 0),
        ("to_scp", "negotiation", 100),
        ("to_scp", "transfer", 0),
        ("to_scp", "transfer", 3),
        ("to_scp", "transfer", 250),
        ("to_scp", "transfer", 1000),
        ("to_scp", "end", -10),
        ("to_scp", "end", -3),
        ("to_scu", "negotiation", 0),
        ("to_scu", "negotiation", 3),
        ("to_scu", "negotiation", 100),
        ("to_scu", "transfer", 0),
        ("to_scu", "transfer", 3),
        ("to_scu", "transfer", 100),
        ("to_scu", "transfer", 200),
        ("to_scu", "end", -10),
        ("to_scu", "end", -9),
        ("to_scu", "end", -3),
    ],
)
def test_a_connection_that_stalls(
    direction: Direction, part: str, after_bytes: int, small: Study
) -> None:
    lengths = lengths_of(small)
    start = {
        "negotiation": 0,
        "transfer": getattr(lengths, f"negotiation_{direction}"),
        "end": getattr(lengths, direction),
    }[part]
    fault = Fault(direction, start + after_bytes, "stall")
    run = send_disturbed(small, faults=[fault], acse_timeout=0.3, dimse_timeout=0.3)
    check_truth(run, small)
    stored = run.report.counts.get((Outcome.ANSWERED, 0), 0)
    if part == "negotiation":
        assert exit_code(run.report) == 61
        assert "-ta" in str(run.report.error)
    else:
        assert run.report.error is None
        assert stored == (3 if part == "end" else 2)


@pytest.mark.parametrize(("limit", "words"), [("socket_timeout", "-ts"), ("dimse_timeout", "-td")])
def test_a_connection_that_stalls_within_much_data(limit: str, words: str, study: Study) -> None:
    study.add(pixel_bytes=20 << 20)
    study.add()
    limits = {"dimse_timeout": None, "socket_timeout": None, limit: 0.3}
    run = send_disturbed(study, faults=[Fault("to_scp", 1 << 20, "stall")], **limits)
    check_truth(run, study)
    first, second = run.report.results
    assert (first.outcome, second.stored) == (Outcome.NOT_SENT, True)
    assert words in (first.error or "")


@pytest.mark.parametrize("after_bytes", [3, 100])
def test_ctrl_c_while_the_peer_stalls_within_its_answer(after_bytes: int, small: Study) -> None:
    fault = Fault("to_scu", after_bytes, "stall")
    with RecordingSCP(strict=False) as scp, Relay(scp.port, faults=[fault]) as relay:
        command = Command(LOOPBACK, str(relay.port), small.folder)
        relay.wait_for_fault()
        command.signal(signal.SIGINT)
        finished = command.finish(5)
    assert finished.exit_code == 130, finished
    assert finished.headline.startswith("Interrupted: stored 0 of 3 instances")
