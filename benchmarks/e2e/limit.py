"""fastsend's transfer phase against what a plain socket can do with the same files.

Two limits, both from push.c to the sink, files read and written and nothing else done:

push
    One way, no waiting before the end. What the machine can move at all.
ping-pong
    The same, waiting for eight bytes after each file. A C-STORE without an asynchronous
    operations window must wait like that (PS3.7 D.3.3.3), so no such sender can be faster.

Each is measured with read(2) and send(2), which the name means, and with sendfile(2), which saves
a copy.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.alternate import Sample, Timing, alternate
from benchmarks.e2e.compare import say
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.sink import Sink, compiled
from benchmarks.measure import Command, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.e2e.data import DataSet

FASTSEND = "fastsend, transfer phase"
LIMITS = {
    "push": ("push", "read"),
    "ping-pong": ("ping-pong", "read"),
    "push by sendfile": ("push", "sendfile"),
    "ping-pong by sendfile": ("ping-pong", "sendfile"),
}


def _fastsend(data: DataSet, sink: Sink) -> Sample:
    script = Path(__file__).with_name("transfer_phase.py")
    argv = (sys.executable, "-P", str(script), str(sink.port), str(data.target))
    sink.prepare()
    finished = run(Command(FASTSEND, argv))
    sink.verify(data)
    return Sample(json.loads(finished.output)["seconds"], finished.cpu)


def _push(program: Path, way: tuple[str, str], data: DataSet, sink: Sink) -> Sample:
    argv = (str(program), str(sink.port), *way, str(data.folder))
    sink.prepare()
    finished = run(Command("push", argv))
    counts = sink.counts()
    if (counts["instances"], counts["data_set_bytes"]) != (data.files, data.file_bytes):
        raise NotArrivedError(f"the sink counted {counts}")
    return Sample(json.loads(finished.output)["seconds"], finished.cpu)


def measure(data: DataSet, scratch: Path, runs: int) -> dict[str, Timing]:
    """Return the seconds of fastsend's transfer phase and of the limits, alternating.

    `cpu` is that of the whole processes.
    """
    say(f"{data.name}: transfer phase and limits")
    push = compiled("push", scratch)
    with Sink(scratch) as sink:
        actions: dict[str, Callable[[], Sample]] = {FASTSEND: partial(_fastsend, data, sink)}
        for name, way in LIMITS.items():
            actions[name] = partial(_push, push, way, data, sink)
        return alternate(runs, 1, actions)
