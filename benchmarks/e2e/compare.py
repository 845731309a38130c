"""Senders against each other: one receiver, one data set, alternating whole processes."""

from __future__ import annotations

import itertools
import math
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.alternate import Sample, Timing, alternate
from benchmarks.e2e.orthanc import Orthanc
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import ENCODE_ANEW, SENDERS
from benchmarks.e2e.sink import Sink, SinkOfFour, SinkOfShortPdus, SinkWithWindow
from benchmarks.e2e.storescp import StockStorescp, TunedStorescp
from benchmarks.e2e.storing import Dcm4cheStorescp, Dcmqrscp, DicomRsStorescp
from benchmarks.measure import CommandFailedError, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.receivers import Receiver
    from benchmarks.measure import Command

RECEIVERS: dict[str, type[Receiver]] = {
    kind.name: kind
    for kind in (
        StockStorescp,
        TunedStorescp,
        Orthanc,
        Dcmqrscp,
        Dcm4cheStorescp,
        DicomRsStorescp,
        Sink,
        SinkOfShortPdus,
        SinkOfFour,
        SinkWithWindow,
    )
}


_WAKE_SECONDS = 1.0


class Comparison(NamedTuple):
    """Senders measured on one receiver with one data set."""

    receiver: str
    data: str
    instances: int
    bytes: int
    runs: int
    warm_ups: int
    commands: dict[str, str]
    """What was run, with folders and ports left out."""
    senders: dict[str, Timing]
    verification: str
    bytes_compared: bool
    """The data sets that the receiver kept were compared after the last run."""
    failures: tuple[str, ...]
    """Runs that did not send everything; they are not among the times."""

    def times_faster(self, sender: str, peer: str) -> float:
        """Return how many times `sender` fits into the time of `peer`, by medians."""
        return self.senders[peer].wall.median / self.senders[sender].wall.median


def say(text: str) -> None:
    """Print progress to standard error: results go to standard output."""
    print(text, file=sys.stderr, flush=True)


def wake(data: DataSet) -> None:
    """Read files of `data` for a second.

    A processor that was idle is slow at first, on many machines for longer than a fast sender
    takes, and a slow sender that mostly sleeps would leave it so to the next one.
    """
    end = time.monotonic() + _WAKE_SECONDS
    for path in itertools.cycle(sorted(data.folder.iterdir())):
        path.read_bytes()
        if time.monotonic() > end:
            return


def send_once(command: Command, data: DataSet, receiver: Receiver) -> Sample:
    """Run one sender and verify what arrived; the time is that of the process alone."""
    receiver.prepare()
    wake(data)
    receiver_before = receiver.cpu_seconds()
    finished = run(command, sample_memory=True)
    receiver_cpu = receiver.cpu_seconds() - receiver_before
    try:
        receiver.verify(data, exact=command.name not in ENCODE_ANEW)
    except NotArrivedError as error:
        said = finished.output[:500]
        raise NotArrivedError(f"it ended well, and {error}; it said: {said}") from None
    say(f"  {command.name}: {finished.wall:.3f} s")
    return Sample(finished.wall, finished.cpu, finished.memory, finished.high_water, receiver_cpu)


def compare(
    kind: type[Receiver],
    data: DataSet,
    senders: Sequence[str],
    scratch: Path,
    *,
    runs: int,
    warm_ups: int = 1,
    patience_seconds: float = math.inf,
) -> Comparison:
    """Measure `senders` against one kind of receiver; see `alternate` for the numbers."""
    failures: list[str] = []

    def attempt(sender: str, receiver: Receiver) -> Sample | None:
        try:
            return send_once(SENDERS[sender](data, receiver), data, receiver)
        except (CommandFailedError, NotArrivedError, TimeoutError) as error:
            say(f"  {sender} FAILED: {error}")
            said = str(error).replace(str(data.folder), data.name)
            failures.append(f"{sender}: {said}")
            return None

    say(f"{data.name} to {kind.name}")
    receiver = kind(scratch)
    twin = receiver.counting_twin()
    if twin is not None:
        with twin:
            for sender in senders:
                attempt(sender, twin)
    with receiver:
        actions: dict[str, Callable[[], Sample | None]] = {
            sender: partial(attempt, sender, receiver) for sender in senders
        }
        timings = alternate(runs, warm_ups, actions, patience_seconds)
        last_to_send = next(reversed(timings), None)
        verbatim = last_to_send is not None and last_to_send not in ENCODE_ANEW
        compared = verbatim and receiver.verify_bytes(data)
        commands = {
            sender: command_line(SENDERS[sender](data, receiver), data, receiver)
            for sender in senders
        }
    return Comparison(
        receiver=kind.name,
        data=data.name,
        instances=data.files,
        bytes=data.data_set_bytes,
        runs=runs,
        warm_ups=warm_ups,
        commands=commands,
        senders=timings,
        verification=receiver.verification,
        bytes_compared=compared,
        failures=tuple(failures),
    )


def command_line(command: Command, data: DataSet, receiver: Receiver) -> str:
    """Return what is run, without the folders of this machine."""
    words = [_without_place(word, data, receiver.port) for word in command.argv]
    return " ".join([*(f"{name}={value}" for name, value in command.environment), *words])


def _without_place(word: str, data: DataSet, port: int) -> str:
    if word == str(data.target):
        return data.name
    if ":/" in word:
        return "CLASSPATH"
    host, colon, last = word.rpartition(":")
    if last == str(port):
        return f"{host}{colon}PORT"
    return word.rpartition("/")[2]
