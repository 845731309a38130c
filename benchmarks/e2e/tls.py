"""fastsend against storescu over TLS, to storescp with TLS: ``python -m benchmarks.e2e.tls``.

Of DCMTK 3.6.7 only storescu knows TLS. Both senders verify the receiver's certificate, and both are
measured with one small instance, too: what is left of a time without that is the transfer. Where
Python may not keep compiled modules (PYTHONDONTWRITEBYTECODE), fastsend's start takes longer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import machine
from benchmarks.alternate import Sample, Spread, alternate, spread_of
from benchmarks.e2e import data as data_sets
from benchmarks.e2e.compare import say, wake
from benchmarks.e2e.link import LINKS, over
from benchmarks.e2e.senders import SENDERS
from benchmarks.e2e.storescp import StockStorescp, TunedStorescp
from benchmarks.measure import Command, run
from benchmarks.report import machine_table, seconds, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.alternate import Timing
    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.receivers import Receiver

_OPENSSL = (
    *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
    *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
)
_SENDERS = ("fastsend", "storescu")


class Certificate(NamedTuple):
    """A key and the certificate of it, which is its own authority."""

    key: Path
    certificate: Path


def make_certificate(folder: Path) -> Certificate:
    """Make a key pair for the receiver, valid for two days."""
    made = Certificate(folder / "receiver.key", folder / "receiver.crt")
    files = ("-keyout", str(made.key), "-out", str(made.certificate))
    subprocess.run((*_OPENSSL, *files), check=True, capture_output=True)
    return made


def receivers(own: Certificate) -> dict[str, type[Receiver]]:
    """Return the receivers, each with the certificate; clients need none."""
    secure = ("+tls", str(own.key), str(own.certificate), "-ic")

    class Stock(StockStorescp):
        name = "storescp-tls-stock"
        options = secure

    class Tuned(TunedStorescp):
        name = "storescp-tls-tuned"
        options = (*TunedStorescp.options, *secure)

    return {"stock": Stock, "tuned": Tuned}


def command(sender: str, data: DataSet, receiver: Receiver, own: Certificate) -> Command:
    """Return the command line of a sender with what it needs for TLS."""
    plain = SENDERS[sender](data, receiver)
    program, *rest = plain.argv
    return plain._replace(argv=(program, "+tla", "+cf", str(own.certificate), *rest))


class Load(NamedTuple):
    """What a receiver used while a sender ran: seconds of a processor, and per second."""

    cpu: float
    share: float


def _cpu_seconds(receiver: Receiver) -> float:
    process = receiver._process  # noqa: SLF001
    assert process is not None
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Measured(NamedTuple):
    """One data set sent to one receiver by both senders."""

    data: DataSet
    timings: dict[str, Timing]
    """Under the sender's name the data set; behind "one, " a single small instance."""
    loads: dict[str, list[Load]]

    def transfer(self, sender: str) -> float | None:
        """Return the seconds of the median run without those of the single instance.

        None where the rest is no longer than what the runs differ by.
        """
        whole, one = self.timings[sender].wall, self.timings[f"one, {sender}"].wall
        rest = whole.median - one.median
        return rest if rest > max(whole.most - whole.least, one.most - one.least) / 2 else None


def measure(
    kind: type[Receiver], data: DataSet, one: DataSet, own: Certificate, scratch: Path, runs: int
) -> Measured:
    """Measure both senders, alternating; every run is verified as the receiver can."""
    loads: dict[str, list[Load]] = {sender: [] for sender in _SENDERS}
    say(f"{data.name} to {kind.name}")

    def send(sender: str, what: DataSet, receiver: Receiver) -> Sample:
        receiver.prepare()
        wake(what)
        before = _cpu_seconds(receiver)
        finished = run(command(sender, what, receiver, own))
        receiver.verify(what)
        if what is data:
            used = _cpu_seconds(receiver) - before
            loads[sender].append(Load(used, used / finished.wall))
            say(f"  {sender}: {finished.wall:.3f} s")
        return Sample(finished.wall, finished.cpu)

    with kind(scratch) as receiver:
        actions: dict[str, Callable[[], Sample | None]]
        actions = {s: partial(send, s, data, receiver) for s in _SENDERS}
        actions |= {f"one, {s}": partial(send, s, one, receiver) for s in _SENDERS}
        timings = alternate(runs, 1, actions)
        receiver.prepare()
        run(command("fastsend", data, receiver, own))
        receiver.verify(data)
        receiver.verify_bytes(data)
    return Measured(data, timings, loads)


def rows(work: str, measured: Measured) -> list[tuple[str, ...]]:
    """Return one row a sender; the first round of the receiver's load was the warm-up."""
    reference = measured.timings["storescu"].wall.median
    slow = measured.transfer("storescu")
    found: list[tuple[str, ...]] = []
    for sender in _SENDERS:
        timing, transfer = measured.timings[sender], measured.transfer(sender)
        loads = measured.loads[sender][1:]
        share: Spread = spread_of([load.share for load in loads])
        found.append(
            (
                work,
                sender,
                seconds(timing.wall),
                seconds(timing.cpu),
                f"{spread_of([load.cpu for load in loads]).median:.2f}",
                f"{share.median:.0%}",
                f"{measured.data.data_set_bytes / transfer / 1e6:,.0f}" if transfer else "",
                f"{reference / timing.wall.median:.2f}",
                f"{slow / transfer:.2f}" if slow and transfer else "",
            )
        )
    return found


_HEAD = (
    *("work", "sender", "wall, s", "CPU, s", "receiver's CPU, s", "of a core"),
    *("transfer, MB/s", "times as fast as storescu", "transfer alone"),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.e2e.tls", description=__doc__)
    add = parser.add_argument
    add("--receivers", default="tuned", help="stock, tuned or both with a comma (default: tuned)")
    add("--links", default="local", help=f"of {', '.join(LINKS)} (default: local)")
    add("--sets", default="ct600", help="data sets (default: ct600)")
    add("--runs", type=int, default=5, help="measured runs of each (default: 5)")
    add("--data", type=Path, default=Path(tempfile.gettempdir(), "fastsend-benchmark-data"))
    options = parser.parse_args()
    machine.keep_awake()
    told = machine.describe()
    found: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory(prefix="fastsend-benchmarks-") as folder:
        scratch = Path(folder)
        own = make_certificate(scratch)
        known = receivers(own)
        one = data_sets.provide("one", options.data)
        for name in options.sets.split(","):
            data = data_sets.provide(name, options.data)
            for receiver in options.receivers.split(","):
                for link in options.links.split(","):
                    kind = over(LINKS[link], known[receiver])
                    measured = measure(kind, data, one, own, scratch, options.runs)
                    found += rows(f"{name} to {kind.name}", measured)
    print(machine_table(told | {"OpenSSL of the receiver": _openssl()}))
    print(f"\n{table(_HEAD, found)}")


def _openssl() -> str:
    shown = subprocess.run(("openssl", "version"), capture_output=True, text=True, check=False)
    return shown.stdout.strip()


if __name__ == "__main__":
    main()
